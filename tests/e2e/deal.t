# A stream dealt to two workers over sockets and merged again: in order, nothing lost, nothing twice.
$ pipe_source --records=400 --bytes=3000 > s; idc-cat --json < s > want
$ for w in 1 2; do timeout 60 idc-cat -i @ipc://w$w -o ipc://r & done
> timeout 60 idc-cat --deal ipc://w1 ipc://w2 --merge @ipc://r < s > got; echo $?; wait
stdout 0
stderr idc-cat: 400 records, 0 errors; 0 re-sent, 0 came twice and were dropped, 0 without an answer
$ idc-cat --json < got | cmp - want
$ idc-cat --json < got | wc -l
stdout 400
# one is killed half-way: its records go to the other
$ mkfifo f; timeout 60 idc-cat -i @ipc://v1 -o ipc://q & idc-cat -i @ipc://v2 -o ipc://q & victim=$!
> timeout 60 idc-cat --deal ipc://v1 ipc://v2 --merge @ipc://q < f > got 2> said & dealer=$!; exec 3> f; head -c 600000 s >&3
> for i in $(seq 300); do [ $(stat -c %s got) -gt 300000 ] && break; sleep 0.1; done; kill -KILL $victim; tail -c +600001 s >&3; exec 3>&-
> wait $dealer; echo $?; wait
stdout 0
$ cat said
stdout idc-cat: worker ipc://v2 has gone after
stdout its records go to others
stdout idc-cat: 400 records, 0 errors
stdout 0 without an answer
$ idc-cat --json < got | cmp - want
# a worker that answers nothing: after its turn, and two more, the record is given up by name
$ pipe_source --records=2 --bytes=10 > two; timeout 60 idc-cat -i @ipc://u -o ipc://p --kind nothing &
> timeout 60 idc-cat --deal ipc://u --merge @ipc://p --timeout=1 < two | idc-cat --json; wait
status 0
stdout no worker for
stderr is silent after 0 answers; 2 of its records go to others
# usage
$ idc-cat --deal ipc://w1 < s
status 2
stderr --deal wants 1 to 64 workers' endpoints, and --merge ENDPOINT
$ idc-cat --deal --merge @ipc://r --json ipc://w < s
status 2
stderr put a second idc-cat behind it

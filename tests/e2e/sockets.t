# Pipe to socket and back: nothing lost, whoever binds.
$ pipe_source --records=500 --bytes=3000 > s
$ timeout 60 idc-cat -o @ipc://a < s & timeout 60 idc-cat -i ipc://a | idc-cat --json > got; wait; wc -l < got
stdout 500
no stderr
$ timeout 60 idc-cat -i @ipc://b > got & timeout 60 idc-cat -o ipc://b < s; wait; idc-cat --json < got > got.json; idc-cat --json < s > s.json; cmp got.json s.json && echo same
stdout same
no stderr
# two that push to one, and one that reads from two
$ timeout 60 idc-cat -i @ipc://c > got & timeout 60 idc-cat -o ipc://c < s & timeout 60 idc-cat -o ipc://c < s; wait; idc-cat --json < got | wc -l
stdout 1000
$ timeout 60 idc-cat -o @ipc://d < s & timeout 60 idc-cat -o @ipc://e < s & timeout 60 idc-cat -i ipc://d -i ipc://e --json | wc -l; wait
stdout 1000
# a publisher waits for its first subscriber
$ timeout 60 idc-cat -o pub+@ipc://f < s & timeout 60 idc-cat -i sub+ipc://f --json | wc -l; wait
stdout 500
# a slow reader and a writer that drops: what was dropped is counted, the end arrives
$ pipe_source --records=300 --bytes=200000 > big
$ timeout 60 idc-cat --hwm=4 --when-full=drop-oldest -o @ipc://g < big 2> dropped & timeout 60 idc-cat --hwm=4 -i ipc://g > got; wait; idc-cat --json < got | tail -n 1 | cut -c 1-30
stdout "id":"r299"
# a sender killed without an end
$ mkfifo feed; idc-cat -o @ipc://h < feed & victim=$!; timeout 60 idc-cat -i ipc://h > heard 2> said & reader=$!
> exec 3> feed; cat s >&3; for i in $(seq 300); do [ -s heard ] && break; sleep 0.1; done
> kill -KILL $victim; wait $reader; echo $?; cat said
status 0
stdout 1
stdout cut: it stops without an end, after
# addresses that are taken or say nothing
$ idc-cat -o tcp:// < s
status 2
stderr 'tcp://' is no endpoint
$ idc-cat -i pub+ipc://x
status 1
stderr pub+ is for outputs, sub+ for inputs
$ idc-cat -i @ipc:///nonexistent/x
status 1
stderr @ipc:///nonexistent/x:

# SIGTERM and SIGINT: the record in hand is finished, end is written, status 128 + signal.
$ mkfifo f; pipe_source --records=5 --bytes=1000 | head -c 3000 > begun
> idc-cat < f > out & p=$!; exec 3> f; cat begun >&3
> for i in $(seq 300); do [ $(stat -c %s out) -ge 2000 ] && break; sleep 0.1; done; kill -TERM $p; wait $p
status 143
$ idc-cat --json < out | wc -l
stdout 2
$ mkfifo h; exec 3<> h; cat begun > h & exec 4< h; timeout --preserve-status -s INT 1 idc-cat <&4 > out2
status 130
$ idc-cat --json < out2 | wc -l
stdout 2
# a reader that has gone ends a writer quietly
$ pipe_source --records=100000 | head -c 100 > /dev/null; echo ${PIPESTATUS[0]}
stdout 0
no stderr

# Python writes and reads every kind of record with msgpack-numpy.
skip-unless "$PYTHON" -c 'import msgpack_numpy'
$ "$PYTHON" "$TESTS"/reference/msgpack_numpy_check.py write in && idc-cat < in > out
status 1
no stderr
$ "$PYTHON" "$TESTS"/reference/msgpack_numpy_check.py read out
stdout 10 records are the same
# the kinds as idc itself makes them
$ pipe_source --records=2 --bytes=5 > made; "$PYTHON" -c 'import msgpack, msgpack_numpy, sys
> for r in msgpack.Unpacker(open("made", "rb"), object_hook=msgpack_numpy.decode):
>     print(r["kind"], r.get("id"), r["feature"].dtype if "feature" in r else "", r.get("feature"))'
stdout feature r1 uint8 [7 7 7 7 7]
stdout end None
# through sockets
$ timeout 60 idc-cat -o @ipc://s < in & timeout 60 idc-cat -i ipc://s > out2; wait; idc-cat --json < in > a; idc-cat --json < out2 > b; cmp a b && echo same
stdout same

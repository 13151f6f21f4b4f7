# idc-store export: the same numbers in every form; pairs go into idc-decode again
skip-unless "$PYTHON" -c pass
$ cp "$TESTS"/golden/tiny/*.png . && cp "$TESTS/golden/tiny/tiny.safetensors" m; mkdir sub; cp black.png sub/b.png; printf '{"id":"p1","before":"red.png","after":"sub/b.png","type":"color","split":"val","captions":["it is \\"black\\" now","red is gone"]}\n' >pairs; idc-decode --size 48x32 --pairs pairs | idc-encode -m m | tee stream | idc-store put s.db -q; idc-store export s.db npy n -q; idc-store export s.db safetensors t -q; ls n t
stdout red.png.npy
stdout sub%2Fb.png.npy
stdout features-00000.safetensors
$ idc-store export s.db webdataset w.tar
stderr idc-store: 2 features written
$ tar tf w.tar; tar xOf w.tar 00000001.npy | cmp - n/sub%2Fb.png.npy && tar xOf w.tar 00000001.json
stdout 00000000.npy
stdout {"id":"sub/b.png"}
# a plain reader of each form finds the array that the stream had
$ "$PYTHON" "$TESTS/e2e/store_same.py" stream n/red.png.npy t/features-00000.safetensors red.png
stdout same 2784 bytes, shape (4,6,29)
$ idc-store export s.db pairs - | tee list
stdout {"id":"p1","before":"red.png","after":"sub/b.png","type":"color","split":"val","captions":["it is \"black\" now","red is gone"]}
$ idc-decode --size 48x32 --pairs list | idc-encode -m m | idc-store put again.db -q; idc-store cat s.db | idc-cat --json >one; idc-store cat again.db | idc-cat --json >two; diff one two
no stdout
$ idc-store export s.db items -
stdout {"id":"red.png","hash":"dd2e23eb00d38e30a9bcbfa2de57b9d8"}
$ idc-store export s.db hdf5 x
status 1
stderr idc-store: 'hdf5' is none of npy, safetensors, webdataset, pairs, items
$ idc-store export s.db npy missing/folder
status 1
stderr idc-store: missing/folder: No such file or directory

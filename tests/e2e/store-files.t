# idc-store: large features in files beside the store; one file where that is asked for; files that are lost, cut or mixed up
skip-unless "$PYTHON" -c pass
$ "$PYTHON" "$TESTS/e2e/store_source.py" 40 64 a >a.idc; "$PYTHON" "$TESTS/e2e/store_source.py" 40 64 b >b.idc; idc-store put s.db -q <a.idc; ls s.db*; idc-store stats s.db
stdout s.db-001.blob
stdout "features": 40, "pairs": 20
no stdout "beside": 0
$ idc-store put one.db --one-file -q <a.idc; idc-store put one.db -q <b.idc; ls one.db*; idc-store stats one.db
stdout one.db
no stdout blob
stdout "beside": 0
# what comes out is the same; what lies beside is put into one file by merge
$ idc-store put s.db -q <b.idc; for f in s one; do idc-store cat $f.db | idc-cat --json >$f; done; diff s one && wc -l <s
stdout 120
$ idc-store merge packed.db s.db --one-file -q; ls packed.db*; idc-store check packed.db; idc-store cat packed.db | idc-cat --json | diff - s
stdout packed.db
no stdout blob
stdout {"features": 80, "bytes": 5263360, "broken": 0}
$ idc-store merge split.db one.db -q; ls split.db*; idc-store check split.db; idc-store export split.db npy n1 -q; idc-store export one.db npy n2 -q; diff -r n1 n2
stdout split.db-001.blob
stdout "broken": 0}
# small ones stay in their rows
$ "$PYTHON" "$TESTS/e2e/store_source.py" 4 16 a | idc-store put small.db -q; ls small.db*
no stdout blob
# put again writes nothing
$ ls -l s.db-001.blob | cut -d' ' -f5 >before; idc-store put s.db <a.idc 2>said; cat said; ls -l s.db-001.blob | cut -d' ' -f5 | diff before -
stdout 0 features, 0 pairs, 0 captions put; 60 were there already
# a store is renamed with its files; one that lacks them says which
$ mv s.db t.db; idc-store check t.db
status 1
stdout "broken": 81}
stderr idc-store: t.db-001.blob: is not there; it holds features and belongs beside the store
$ idc-store get t.db a1 | idc-cat --json
status 1
stdout "code":"missing","text":"t.db: item 'a1': t.db-001.blob: is not there
# a writer takes another file then, and leaves the lost one's name alone
$ "$PYTHON" "$TESTS/e2e/store_source.py" 10 64 c | idc-store put t.db -q; ls t.db*; idc-store get t.db c1 | idc-cat --json
stdout t.db-002.blob
no stdout t.db-001.blob
stdout "id":"c1"
$ mv s.db-001.blob t.db-001.blob; idc-store check t.db
stdout {"features": 90
stdout "broken": 0}
# a byte that has changed, a file cut short, another store's file
$ cp t.db-001.blob keep; printf '\1' | dd of=t.db-001.blob bs=1 seek=5000 conv=notrunc 2>/dev/null; idc-store check t.db
status 1
stdout "broken": 1}
stderr idc-store: t.db: item 'a0': feature is damaged: checksum differs
$ cp keep t.db-001.blob; truncate -s 5000000 t.db-001.blob; idc-store check t.db
status 1
stderr idc-store: t.db-001.blob: is cut short: 5000000 bytes, a blob ends at 5246976
stderr idc-store: t.db: item 'b39': t.db-001.blob: is cut short
$ cp split.db-001.blob t.db-001.blob; idc-store check t.db
status 1
stdout "broken": 81}
stderr idc-store: t.db-001.blob: holds no blobs of this store
$ idc-store merge u.db t.db 2>said; sort said | tail -n 1; idc-store check u.db
stdout item 'b9': t.db-001.blob: holds no blobs of this store
stdout {"features": 10
$ rm t.db-001.blob; mkfifo t.db-001.blob; idc-store check t.db
status 1
stderr idc-store: t.db-001.blob: holds no blobs of this store
# a new store never writes into a file that was there before it
$ cp split.db-001.blob v.db-001.blob; idc-store put v.db -q <a.idc; cmp split.db-001.blob v.db-001.blob && ls v.db* && idc-store check v.db
stdout v.db-002.blob
stdout "broken": 0}

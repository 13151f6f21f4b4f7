# idc-store import: what is taken, what is refused and why; twice is once
skip-unless "$PYTHON" -c pass
$ printf '{"images":[{"id":7,"file_name":"a.jpg"}],"annotations":[{"image_id":7,"caption":"one bird"},{"image_id":7,"caption":"one bird"},{"image_id":"b.jpg","caption":" two birds"},{"image_id":7},{"image_id":7,"caption":""}]}' >coco.json; idc-store import c.db coco coco.json --images photos --split val
status 1
stdout {"taken": 2, "there": 2, "captions": 2, "duplicates": 1, "refused": 2}
stderr idc-store: coco.json: annotation 3: lacks image_id or caption
stderr idc-store: a.jpg: a sentence is empty, or no string
$ idc-store export c.db items -; idc-store missing c.db
stdout {"id":"photos/a.jpg","hash":"","split":"val","captions":["one bird"]}
stdout {"id":"photos/b.jpg","hash":"","split":"val","captions":["two birds"]}
stdout photos/b.jpg
$ echo '[1,' >bad.json; idc-store import c.db coco bad.json
status 1
stderr idc-store: bad.json: line 2: ']' expected near end of file
$ idc-store import c.db flickr bad.json
status 1
stderr idc-store: 'flickr' is none of birds-to-words clevr-change coco cub
# what export wrote, import takes: the same features under the same names
$ "$PYTHON" "$TESTS/e2e/store_vectors.py" 20 2>/dev/null | idc-store put v.db -q; idc-store export v.db npy npy -q; rm -f npy/v3.npy; echo nonsense >npy/v4.npy; idc-store import w.db npy npy -e 0123456789abcdef --layer l
status 1
stdout {"taken": 18, "there": 0, "captions": 0, "duplicates": 0, "refused": 1}
stderr idc-store: npy/v4.npy: is no .npy file
$ idc-store merge w.db v.db
stderr idc-store: 2 features, 0 pairs, 0 captions merged
$ idc-store nearest v.db v7 | cut -d, -f1,2 >one; idc-store nearest w.db v7 | cut -d, -f1,2 >two; diff one two && idc-store check w.db
stdout {"features": 20, "bytes": 5920, "broken": 0}

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
# lines of JSON, as captioning programs and export write them; words become a sentence
$ printf '{"img1":"a","img2":"b","description":[["it","grew"],["it","is","red"]]}\n{"id":"p","before":"a","after":"c","type":"drop","split":"val","captions":["it is gone"]}\n{"img":"d","description":["a","bird"]}\n\n{"img1":"e","img2":"f","label":0}\n{"img1":"a","img2":"b","description":["x",3]}\n[]\n{"img1":"a"}\n' >lines; idc-store import n.db lines lines --split train
status 1
stdout {"taken": 4, "there": 1, "captions": 4, "duplicates": 0, "refused": 3}
stderr idc-store: a:b: a sentence is empty, or no string
stderr idc-store: lines: line 7: is no JSON object
stderr idc-store: lines: line 8: names neither img1 and img2 nor img
$ idc-store export n.db pairs pairs -q; cat pairs; idc-store import again.db lines pairs; idc-store export again.db pairs - | diff pairs -
stdout {"id":"a:b","before":"a","after":"b","split":"train","captions":["it grew","it is red"]}
stdout {"id":"p","before":"a","after":"c","type":"drop","split":"val","captions":["it is gone"]}
stdout {"id":"e:f","before":"e","after":"f","type":"other class","split":"train"}
stdout {"taken": 3, "there": 0, "captions": 3, "duplicates": 0, "refused": 0}
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

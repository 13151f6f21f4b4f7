# idc-decode on good files: lists, order, sizes, names of preparations
$ for i in 1 2 3 4 5 6 7 8; do cp "$TESTS/golden/image/jpeg-turned-$i.jpg" $i.jpg; done; mkdir img; cp *.jpg img
$ idc-decode -j 4 8.jpg 1.jpg 5.jpg 2.jpg 7.jpg | idc-cat --json | grep -o '"id":"[^"]*"' | tr -d '\n'
stdout "id":"8.jpg""id":"1.jpg""id":"5.jpg""id":"2.jpg""id":"7.jpg"
# the size of the source is that of the upright picture
$ idc-decode 1.jpg | idc-cat --json
stdout "shape":[160,240,3]
stdout "size":[16,8],"prep":"srgb;exif;dct2;bicubic;240x160"}
$ idc-decode --size native 6.jpg | idc-cat --json
stdout "shape":[16,8,3]
stdout "size":[8,16],"prep":"srgb;exif;native"}
$ idc-decode --size 20x10 --filter box 6.jpg | idc-cat --json
stdout "prep":"srgb;exif;dct2;box;20x10"
$ ls ?.jpg | idc-decode --files-from - | idc-cat --json | wc -l
stdout 8
# JSON Lines: other fields pass; paths are seen from the list's folder; a picture that several pairs name comes once
$ cat >img/pairs.jsonl <<'END'
> {"id":"a","before":"1.jpg","after":"2.jpg","type":"color","captions":["it is red"],"boxes":[[0,1,2,3]]}
> # a comment
> {"id":"b","before":"1.jpg","after":"3.jpg","x":null}
> {"before":"1.jpg","after":"1.jpg","id":7}
> END
$ idc-decode --pairs img/pairs.jsonl | idc-cat --json
stdout "id":"1.jpg","image":
stdout "uses":3}
stdout {"kind":"pair","id":"a","before":"1.jpg","after":"2.jpg","type":"color","captions":["it is red"],"boxes":[[0,1,2,3]]}
stdout {"kind":"pair","id":"b","before":"1.jpg","after":"3.jpg","x":null}
stdout {"kind":"pair","id":"7","before":"1.jpg","after":"1.jpg"}
$ idc-decode --pairs img/pairs.jsonl | idc-cat --json | grep -c '"id":"1.jpg"'
stdout 1
$ idc-decode --pair 1.jpg 2.jpg 3.jpg 4.jpg | idc-cat --json | grep pair
stdout "id":"1.jpg:2.jpg"
stdout "id":"3.jpg:4.jpg"
# one thread and four give the same bytes
$ idc-decode -j 1 --pairs img/pairs.jsonl >one && idc-decode -j 4 --pairs img/pairs.jsonl >four && cmp one four

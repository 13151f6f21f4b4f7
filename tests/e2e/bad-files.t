# Bad files among good ones: each is named, the good ones come out, the status is 1
$ cp "$TESTS/golden/image/jpeg-large.jpg" good.jpg && cp "$TESTS/golden/image/png-2-8.png" good.png
> : >empty.png && echo 'This is text.' >text.jpg && mkdir folder && head -c 300 good.jpg >cut.jpg
> cp good.png folder/b.jpg && cp good.jpg folder/a.bin && echo notes >folder/notes.txt
$ idc-decode good.jpg missing.jpg empty.png text.jpg good.png | idc-cat --json
status 1
stdout {"kind":"image","id":"good.jpg"
stdout {"kind":"error","id":"missing.jpg"
stdout {"kind":"image","id":"good.png"
stderr idc-decode: missing.jpg: no such file
stderr idc-decode: empty.png: empty file
stderr idc-decode: text.jpg: neither JPEG nor PNG
$ idc-decode good.jpg missing.jpg >stream
status 1
stderr idc-decode: missing.jpg: no such file
# a damaged JPEG is refused, or kept with a note
$ idc-decode cut.jpg | idc-cat --json
status 1
stdout {"kind":"error","id":"cut.jpg"
stderr idc-decode: cut.jpg: damaged JPEG: Premature end of JPEG file
$ head -c 1000 good.jpg >half.jpg; idc-decode --lenient --size native half.jpg | idc-cat --json
stdout {"kind":"image","id":"half.jpg","image":{"dtype":"|u1","shape":[64,96,3]
stderr idc-decode: half.jpg: damaged JPEG: Premature end of JPEG file
$ idc-decode --max-pixels 6143 good.jpg | idc-cat --json
status 1
stderr idc-decode: good.jpg: 96×64 pixels are more than allowed (6143)
# pairs: the good picture of a bad pair is not sent, the folder is a bad picture
$ printf 'p1\tgood.jpg\tgood.png\np2\tgood.jpg\tmissing.jpg\np3\tgood.jpg\tfolder\np4\n' >pairs.tsv
$ idc-decode --pairs pairs.tsv | idc-cat --json
status 1
stdout "uses":1}
no stdout "uses":2
stdout {"kind":"pair","id":"p1","before":"good.jpg","after":"good.png"}
stdout {"kind":"error","id":"p2","from":"idc-decode"
stdout {"kind":"error","id":"p3"
stderr idc-decode: missing.jpg: no such file
stderr idc-decode: pair p2: picture missing.jpg could not be decoded
stderr idc-decode: folder: is a directory
stderr idc-decode: pairs.tsv:4: neither a JSON object nor 'id<TAB>before<TAB>after'
# a folder stands for its pictures, whatever their names
$ idc-decode folder | idc-cat --json
stdout "id":"folder/a.bin"
stdout "id":"folder/b.jpg"
no stdout notes
# what makes no sense
$ idc-decode >x
status 2
stderr no file is named
$ idc-decode --pair good.jpg >x
status 2
stderr --pair: needs files two by two
$ idc-decode --filter lanczos good.jpg >x
status 2
stderr --filter: 'lanczos' is not bicubic, bilinear or box
$ idc-decode --pairs none.jsonl >x
status 1
stderr idc-decode: none.jsonl: no such file

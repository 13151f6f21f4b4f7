# idc-view draws captioned pairs into one PNG file
$ printf '{"id":"p","before":"before.png","after":"after.png","text":"the cylinder turned red","box_before":[45,90,120,180],"box_after":null}\n' > c.jsonl
$ idc-view --png one.png -C "$ROOT/pipelines/demo" c.jsonl
no stdout
no stderr
# two pictures of 480×320 with margins, and a line of text
$ idc-decode --size native one.png | idc-cat --json --kind image
stdout "size":[984,
# the pairs stand one below the other: three are three times as high
$ cat c.jsonl c.jsonl c.jsonl | idc-view --png three.png -C "$ROOT/pipelines/demo"; for f in one three; do idc-decode --size native $f.png | idc-cat --json --kind image | jq '.size[1]'; done | paste -s | awk '$2 == 3 * $1 { print "three times" }'
stdout three times
$ idc-view --png other.png --id q -C "$ROOT/pipelines/demo" c.jsonl
status 1
stderr idc-view: no pair to show
# a bad line is named, the others are drawn
$ printf '%s\n' 'x' '[]' '{"id":"e","error":"no such file"}' '{"before":"nowhere.png","after":"after.png"}' '{"before":1}' "$(cat c.jsonl)" | idc-view --png some.png -C "$ROOT/pipelines/demo"
status 1
stderr idc-view: stdin:1: not a JSON object
stderr idc-view: stdin:4:
stderr nowhere.png: no such file
stderr idc-view: stdin:5: no "before" and "after"
$ cmp one.png some.png
# boxes that make no sense are cut off, not followed
$ printf '{"before":"before.png","after":"after.png","box_before":[-1e300,5,1e300,1e9],"box_after":[1,2,3]}\n' | idc-view --png odd.png -C "$ROOT/pipelines/demo"
$ idc-view c.jsonl
status 2
stderr idc-view: --png FILE says where the picture goes
$ idc-view --png no/such/folder.png -C "$ROOT/pipelines/demo" c.jsonl
status 1
stderr no/such/folder.png

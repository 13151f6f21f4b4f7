# idc-caption: the five programs in one command, with a tiny model and its pictures
skip-unless command -v jq
$ cp "$TESTS"/golden/tiny/*.png "$TESTS/golden/tiny/tiny.safetensors" .
$ idc-caption -q -m tiny.safetensors --size 48x32 red.png black.png
stdout the square is now black
no stderr
# options may come behind the pictures, and be written as one word
$ IDC_MODEL=tiny.safetensors idc-caption black.png --size=48x32 black.png -n2 -q | head -n 1
stdout there is no change
$ idc-caption -q -m tiny.safetensors --size 48x32 -n 3 red.png black.png | wc -l
stdout 3
$ idc-caption -q -m tiny.safetensors --size 48x32 --json red.png black.png | jq -c '[.id, .text, .changed]'
stdout ["red.png:black.png","the square is now black",true]
# a list, with its folder; what fails is named, the others have their sentences
$ mkdir set && mv red.png black.png set && touch set/empty.png && echo text > set/text.jpg && mkdir set/folder.png
> printf '{"id":"%s","before":"%s","after":"%s"}\n' a red.png black.png b red.png nowhere.png c folder.png red.png d empty.png red.png e red.png text.jpg f black.png black.png > set/list.jsonl
> idc-caption -q -m tiny.safetensors --size 48x32 --pairs set/list.jsonl > sentences; echo "status $?"; tr '\t' '|' < sentences
stdout status 1
stdout a|the square is now black
stdout f|there is no change
stderr nowhere.png: no such file
stderr folder.png: is a directory
stderr empty.png: empty file
stderr text.jpg: neither JPEG nor PNG
$ grep -c . sentences
stdout 2
# the picture: two of 48×32 with margins and the sentence below
$ idc-caption -q -m tiny.safetensors --size 48x32 --show show.png set/red.png set/black.png; idc-decode --size native show.png | idc-cat --json --kind image
stdout the square is now black
stdout "size":[120,
# the script finds its programs when it is called through a link
$ ln -s "$(command -v idc-caption)" what-changed && ./what-changed -q -m tiny.safetensors --size 48x32 set/red.png set/black.png
stdout the square is now black
$ PATH=/usr/bin:/bin sh "$ROOT/pipelines/caption.sh" --help
stdout Usage: idc-caption
# usage and what is missing: status 2
$ idc-caption one.png
status 2
stderr idc-caption: two pictures, please
stderr Try 'idc-caption --help'.
$ idc-caption -m nowhere.safetensors a.png b.png
status 2
stderr idc-caption: nowhere.safetensors: no such model file
$ idc-caption --pairs nowhere.jsonl
status 2
stderr idc-caption: nowhere.jsonl: no such file
$ idc-caption --colour a.png b.png
status 2
stderr idc-caption: unknown option '--colour'
$ idc-caption -n 0 a.png b.png
status 2
stderr -n: '0' is not a whole number of 1 or more
$ cp "$(command -v idc-caption)" alone && PATH=/usr/bin:/bin ./alone -m tiny.safetensors set/red.png set/red.png
status 2
stderr idc-decode is missing

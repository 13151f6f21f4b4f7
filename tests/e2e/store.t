# idc-store: encode once, resume, read again, look inside, refuse what is no store
skip-unless "$PYTHON" -c pass
$ cp "$TESTS"/golden/tiny/*.png . && cp black.png twin.png && cp "$TESTS/golden/tiny/tiny.safetensors" m && printf 'red.png\nblack.png\nstripes.png\n' >list
# nothing is there yet: all is missing; put says what it committed
$ idc-store missing s.db --files-from list | tee all | idc-decode --size 48x32 --files-from - | idc-encode -m m | tee features | idc-store put s.db; cat all
stdout red.png
stdout stripes.png
stderr idc-store: 3 features, 0 pairs, 0 captions put; 0 were there already
$ idc-store missing s.db --files-from list
no stdout
# a file of the same bytes under another name is not encoded again, and has its feature from now on
$ idc-store missing s.db twin.png red.png white.png
stdout white.png
no stdout twin.png
no stdout red.png
$ idc-store get s.db twin.png | idc-cat --json
stdout {"kind":"feature","id":"twin.png"
stdout "prep":"srgb;exif;dct2;bicubic;48x32"
# a changed file is missing again
$ cp black.png stripes.png && idc-store missing s.db --files-from list; cp white.png stripes.png && idc-store missing s.db --files-from list
stdout stripes.png
$ cp "$TESTS"/golden/tiny/stripes.png stripes.png && idc-store missing s.db --files-from list
no stdout
# twice put is once there
$ idc-store put s.db <features
stderr 0 features, 0 pairs, 0 captions put; 3 were there already
# what comes out is what went in
$ idc-cat --json <features >before; idc-store cat s.db | idc-cat --json >after; fields() { tr -d '{}' | tr ',' '\n' | sort; }; fields <before >one; grep -v twin after | fields >two; diff one two && wc -l <after
stdout 4
$ printf '{"id":"p1","before":"red.png","after":"black.png","type":"color","captions":["it is black now","red is gone"],"boxes":[[1,2,3,4]]}\n' >pairs; idc-decode --size 48x32 --pairs pairs | idc-encode -m m | idc-store put s.db
stderr 0 features, 1 pairs, 2 captions put; 2 were there already
$ idc-store get s.db p1 | idc-cat --json
stdout {"kind":"feature","id":"red.png"
stdout "uses":1
stdout {"kind":"pair","id":"p1","before":"red.png","after":"black.png","type":"color","captions":["it is black now","red is gone"],"boxes":[[1,2,3,4]]}
$ idc-store get s.db p1 | idc-diff -m m | idc-contrast -m m | idc-decode-caption -m m >stored; idc-decode --size 48x32 --pairs pairs | idc-encode -m m | idc-diff -m m | idc-contrast -m m | idc-decode-caption -m m | cmp - stored && cut -c1-10 stored
stdout {"id":"p1"
# a pair's name may not come to mean others, and the rest of the stream is kept
$ printf '{"id":"p1","before":"red.png","after":"white.png"}\n{"id":"p2","before":"red.png","after":"white.png"}\n' >pairs; idc-decode --size 48x32 --pairs pairs | idc-encode -m m | idc-store put s.db
status 1
stderr idc-store: p1: the store has a pair of that name, of other items
stderr 1 features, 1 pairs, 0 captions put
$ idc-store check s.db
stdout "broken": 0}
$ idc-store stats s.db
stdout "items": 5, "pictures": 4, "features": 4, "pairs": 2, "captions": 2
$ idc-store query s.db "SELECT name, type FROM pair ORDER BY name"
stdout {"name": "p1", "type": "color"}
stdout {"name": "p2", "type": null}
$ idc-store query s.db "DELETE FROM item"
status 1
stderr idc-store: s.db: a query is one SELECT
$ idc-store query s.db "SELECT nonsense"
status 1
stderr idc-store: s.db: no such column: nonsense
$ idc-store get s.db nobody | idc-cat --json
status 1
stdout {"kind":"error","id":"nobody"
stderr idc-store: s.db: no feature of 'nobody'
$ idc-store cat s.db -e 0123 | wc -c
stdout 0
stderr idc-store: s.db: holds no features of encoder 0123, layer any, dtype any, but of 189c4e415a4983d72182a9c5dfca0d79 fuse+head <f4
$ idc-store missing s.db red.png -e 0123
stdout red.png
$ idc-store stats red.png
status 1
stderr idc-store: red.png: is not a store
$ idc-store cat nothing.db | cat
stderr idc-store: nothing.db: no such file
$ idc-store burn s.db
status 2
stderr idc-store: unknown command 'burn'
$ idc-store get s.db
status 2
stderr idc-store: usage: idc-store get STORE ID...
# a store that is cut short, or overwritten in the middle, is said to be damaged
$ idc-store query s.db "SELECT count(*) FROM item" >/dev/null; cp s.db cut.db; truncate -s 300000 cut.db; idc-store check cut.db
status 1
stderr idc-store: cut.db: is damaged
$ "$PYTHON" -c 'import sys; b=bytearray(open("s.db","rb").read()); i=b.find(b"srgb;exif"); b[i+60]^=1; open("bad.db","wb").write(b)'; idc-store check bad.db; idc-store cat bad.db | idc-cat --json
status 1
stdout "broken": 1}
stderr feature is damaged: checksum differs
stdout "code":"invalid","text":"bad.db: item '

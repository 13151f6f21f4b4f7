# idc-store merge: shards become one store, without duplicates; a store of an earlier version becomes one of today's
skip-unless "$PYTHON" -c 'import sqlite3'
$ cp "$TESTS"/golden/tiny/*.png . && cp black.png twin.png && cp "$TESTS/golden/tiny/tiny.safetensors" m
$ encode() { idc-decode --size 48x32 "$@" | idc-encode -m m; }; encode --pair red.png black.png red.png white.png | idc-store put a.db -q; encode --pair red.png twin.png red.png stripes.png | idc-store put b.db -q
$ idc-store merge all.db a.db b.db
stderr idc-store: 4 features, 4 pairs, 0 captions merged
no stdout
$ idc-store merge all.db a.db b.db a.db
stderr idc-store: 0 features, 0 pairs, 0 captions merged
$ idc-store stats all.db
stdout "items": 5, "pictures": 4, "features": 4, "pairs": 4
$ idc-store check all.db
stdout "broken": 0}
# the whole in one go has the same rows
$ rows() { idc-store cat "$1" | idc-cat --json | sort; }; encode() { idc-decode --size 48x32 "$@" | idc-encode -m m; }; encode --pair red.png black.png red.png white.png red.png twin.png red.png stripes.png | idc-store put whole.db -q; rows all.db >one; rows whole.db >two; diff one two && rows all.db | wc -l
stdout 9
# a damaged feature is named and not taken; the rest is
$ idc-store query a.db "SELECT 1" >/dev/null; "$PYTHON" -c 'b=bytearray(open("a.db","rb").read()); i=b.find(b"srgb;exif"); b[i+60]^=1; open("bad.db","wb").write(b)'; idc-store merge good.db bad.db
status 1
stderr feature is damaged: checksum differs
stderr 2 features, 2 pairs, 0 captions merged
$ idc-store check good.db
stdout {"features": 2
# a name that is another picture elsewhere
$ mv red.png keep && cp white.png red.png && idc-decode --size 48x32 red.png | idc-encode -m m | idc-store put other.db -q && idc-store merge all.db other.db
status 1
stderr idc-store: other.db: 'red.png' is another picture in all.db: left out
$ idc-store merge all.db m
status 1
stderr idc-store: m: is not a store
# version 1: read is refused with the remedy, write brings it up to date, and nothing is lost
$ "$PYTHON" -c 'import sqlite3,sys; d=sqlite3.connect("old.db"); d.executescript(open(sys.argv[1]).read()); d.executescript("PRAGMA application_id=0x69646373; PRAGMA user_version=1; INSERT INTO item(name) VALUES(\"a\"),(\"b\"); INSERT INTO pair(name,before,after) VALUES(\"p\",1,2); INSERT INTO caption(pair,text) VALUES(1,\"there is no change\")")' "$TESTS/golden/store/version-1.sql"; idc-store stats old.db
status 1
stderr idc-store: old.db: is a store of version 1, this program reads version 3
$ idc-store missing old.db; idc-store query old.db "SELECT p.name, text, i.split, (SELECT user_version FROM pragma_user_version) AS v FROM pair p JOIN caption USING (pair) JOIN item i ON i.item = before"; idc-store check old.db
stdout a
stdout b
stdout {"name": "p", "text": "there is no change", "split": null, "v": 3}
stdout "broken": 0}
# its tables are those of a new one
$ tables() { for t in picture item variant feature pooled pair caption box segment store; do idc-store query $1 "SELECT '$t' AS t, name, type, pk FROM pragma_table_info('$t') ORDER BY cid"; done; }; idc-store missing new.db; tables old.db >one; tables new.db >two; diff one two
no stdout
# version 2: its features stay in the one file, also those that come now
$ "$PYTHON" "$TESTS/e2e/store_source.py" 6 64 a >a.idc; idc-store put new2.db --one-file -q <a.idc; "$PYTHON" -c 'import sqlite3,sys; d=sqlite3.connect("old2.db"); d.executescript(open(sys.argv[1]).read()); d.execute("ATTACH \"new2.db\" AS n"); c={"feature": "feature,picture,variant,height,width,channels,checksum,fields,data"}; [d.execute(f"INSERT INTO {t} SELECT {c.get(t, chr(42))} FROM n.{t}") for t in "picture item variant feature pooled pair".split()]; d.commit(); d.executescript("PRAGMA application_id=0x69646373; PRAGMA user_version=2")' "$TESTS/golden/store/version-2.sql"; idc-store cat old2.db
status 1
stderr idc-store: old2.db: is a store of version 2, this program reads version 3
$ idc-store missing old2.db; idc-store check old2.db; "$PYTHON" "$TESTS/e2e/store_source.py" 8 64 a | idc-store put old2.db; ls old2.db*; idc-store check old2.db; tables() { for t in picture item variant feature pooled pair caption box segment store; do idc-store query $1 "SELECT '$t' AS t, name, type, pk FROM pragma_table_info('$t') ORDER BY cid"; done; }; tables old2.db | diff - two
stdout {"features": 6, "bytes": 394752, "broken": 0}
stdout {"features": 8, "bytes": 526336, "broken": 0}
stderr 2 features, 1 pairs, 0 captions put; 9 were there already
no stdout blob
$ "$PYTHON" -c 'import sqlite3; d=sqlite3.connect("old.db"); d.execute("PRAGMA user_version=77")'; idc-store missing old.db
status 1
stderr idc-store: old.db: is a store of version 77; this program knows versions up to 3

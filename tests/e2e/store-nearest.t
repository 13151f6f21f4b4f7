# idc-store nearest: the order is that of numpy's cosines; encoders do not mix
skip-unless "$PYTHON" -c pass
$ cp "$TESTS"/golden/tiny/*.png . && cp black.png twin.png && cp "$TESTS/golden/tiny/tiny.safetensors" m; "$PYTHON" "$TESTS/e2e/store_vectors.py" 300 >v.idc 2>expected; idc-store put s.db -q <v.idc; idc-store nearest s.db v7 -k 5 >found; cut -d, -f1,2 found | diff - expected && wc -l <found
stdout 5
$ idc-store nearest s.db v7 -k 1000 | wc -l
stdout 299
$ idc-decode --size 48x32 red.png black.png stripes.png white.png | idc-encode -m m | idc-store put t.db -q; idc-decode --size 48x32 twin.png | idc-encode -m m | idc-store nearest t.db - -k 1; idc-store nearest t.db twin.png -k 9
stdout {"id":"twin.png","near":"black.png","cosine":1.0}
stdout {"id":"twin.png","near":"white.png"
no stdout {"id":"twin.png","near":"black.png","cosine":0
$ idc-decode --size 48x32 twin.png | idc-encode -m m | idc-store nearest s.db -
status 1
stderr idc-store: twin.png: is of encoder
$ idc-store nearest t.db nobody
status 1
stderr idc-store: t.db: no feature of 'nobody'
# two encoders in one store: one is to be chosen
$ idc-store merge both.db s.db t.db; idc-store nearest both.db v7
status 1
stderr idc-store: both.db: holds features of several kinds (
$ idc-store nearest both.db -e 0123 v7 -k 5 | cmp - found
no stdout

# pipelines/features.sh: a folder into a store, again, beside another encoder, in parts by GNU parallel and by hand
$ idc-synth --count 4 --seed 5 --size 48x32 --samples 1 -o set -q; mv set/img p; cp "$TESTS/golden/tiny/tiny.safetensors" m; printf 'features() { "$ROOT/pipelines/features.sh" -m m --size 48x32 "$@"; }\nrows() { idc-store query "$1" "SELECT name, hex(hash) AS h, f.checksum FROM item JOIN picture USING (picture) JOIN feature f USING (picture) ORDER BY name"; }\n' >f
$ . ./f; features p s.db; idc-store stats s.db
stderr 12 features, 0 pairs, 0 captions put; 0 were there already
stdout "features": 12
# nothing is encoded twice; new pictures are
$ . ./f; features p s.db
stderr 0 features, 0 pairs, 0 captions put; 0 were there already
$ . ./f; cp "$TESTS/golden/tiny/red.png" p/; features -q p s.db; idc-store stats s.db
no stderr
stdout "features": 13
# features of another kind in the store are not taken for these
$ . ./f; features -q --dtype f16 p s.db; idc-store stats s.db
stdout "dtype":"<f4","features":13},{
stdout "dtype":"<f2","features":13}
# a picture that cannot be read is named; the others are there
$ . ./f; : >p/empty.png; features p t.db; s=$?; idc-store stats t.db; rm p/empty.png; exit $s
status 1
stderr idc-decode: p/empty.png: empty file
stdout "features": 13
# in parts, one after the other, with one that is left out at first
$ . ./f; features -q --plan 3 p u.db; for k in 0 2; do "$ROOT/pipelines/features.sh" -q --work $k u.db; done; "$ROOT/pipelines/features.sh" -q --merge u.db
status 1
stderr pictures that were planned have no feature
$ . ./f; "$ROOT/pipelines/features.sh" -q --work 1 u.db && "$ROOT/pipelines/features.sh" -q --merge u.db && rows t.db >one && rows u.db | diff one - && ls -d u.db*
stdout u.db
no stdout shards
# what an earlier plan has left behind is joined before the next is made
$ . ./f; features -q --plan 2 p v.db && "$ROOT/pipelines/features.sh" -q --work 0 v.db && features --plan 2 p v.db
stderr 7 pictures left, in 2 parts
$ "$ROOT/pipelines/features.sh" p
status 2
stderr features.sh: a folder and a store, please
$ "$ROOT/pipelines/features.sh" -m nothing p s.db
status 1
stderr features.sh: p: none of its first pictures could be encoded
$ "$ROOT/pipelines/features.sh" --help | awk 'length > 80'
no stdout

# idc-synth: sets of pictures, packed files, listed scenes, and what it refuses
$ idc-synth --version
stdout idc-synth (idc)
$ idc-synth --help | awk 'length > 80 || / $/'
no stdout
$ idc-synth --count 3 --seed 5 --size 120x80 -o set
no stderr
$ ls set set/img | tr '\n' ' '
stdout set: img pairs.jsonl refs.json scenes.jsonl  set/img: s0000000_b.png s0000000_n.png s0000000_s.png s0000001_b.png
$ wc -l <set/pairs.jsonl; wc -l <set/scenes.jsonl
stdout 6
stdout 3
$ cut -d, -f1-5 set/pairs.jsonl | head -n 2
stdout {"id": "s0000000-s", "triple": "s0000000", "before": "img/s0000000_b.png", "after": "img/s0000000_s.png", "type": "color"
stdout {"id": "s0000000-n", "triple": "s0000000", "before": "img/s0000000_b.png", "after": "img/s0000000_n.png", "type": "none"
# any part of a run gives the same triples
$ idc-synth --count 1 --start 2 --seed 5 --size 120x80 -o part -j 2
$ cmp part/img/s0000002_s.png set/img/s0000002_s.png
# a list of scenes gives its pictures again
$ idc-synth --scenes set/scenes.jsonl --seed 5 --size 120x80 -o again
$ for f in again/*.png; do cmp $f set/img/${f##*/} || echo differs; done
no stdout
# packed: threads do not matter, what is there is skipped, other options are noticed
$ idc-synth --count 4 --shard 2 --seed 5 --size 64x48 --pack a -j 1 && idc-synth --count 4 --shard 2 --seed 5 --size 64x48 --pack b -j 3
$ cmp a/0000.safetensors b/0000.safetensors && cmp a/0001.safetensors b/0001.safetensors
$ touch -d 2001-01-01 a/0000.safetensors && idc-synth --count 6 --shard 2 --seed 5 --size 64x48 --pack a && find a ! -newermt 2002-01-01 -name '*.safetensors' && ls a | wc -l
stdout a/0000.safetensors
stdout 3
$ idc-synth --count 4 --shard 2 --seed 6 --size 64x48 --pack a
status 1
stderr a/0000.safetensors: made with other options
$ idc-synth --count 2 --types move=1 --seed 5 --size 64x48 -o moves && grep -c '"type": "move"' moves/pairs.jsonl
stdout 2
# SIGTERM: no half file
$ idc-synth --count 100000 --seed 5 --pack long -j 1 & pid=$!; until [ -d long ]; do :; done; kill -TERM $pid; wait $pid; echo $?; ls long | wc -l
stdout 143
stdout 0
# refused
$ idc-synth --count 3
status 2
stderr give one of -o DIR and --pack DIR
$ idc-synth --pack a --size 65x48
status 2
stderr needs even sides
$ idc-synth -o x --samples 3
status 2
stderr a power of two
$ idc-synth -o x --types colour=1
status 2
stderr --types colour=1: not like color=1,material=1
$ idc-synth --scenes none.jsonl -o x
status 1
stderr none.jsonl: No such file
$ echo '{"views": {}}' >bad.jsonl; idc-synth --scenes bad.jsonl -o x
status 1
stderr bad.jsonl: line 1: before: file: missing
$ touch plain; idc-synth -o plain/nowhere
status 1
stderr plain/nowhere: 

# idc-train from a store: features of the same pictures give the losses that lists give; splits; what it refuses
$ idc-synth --count 4 --seed 3 --size 64x48 --samples 1 --pack shards -q && idc-synth --count 3 --seed 9 --size 128x96 --samples 1 -o list -q
$ cat >model.json <<END
> {"name": "tiny", "input": {"size": [64, 48], "filter": "bicubic", "mean": [0.45, 0.45, 0.45], "scale": [4, 4, 4]},
>  "encoder": {"kind": "cnn", "widths": [4, 4, 8, 8]},
>  "network": {"width": 16, "heads": 2, "feed_forward": 32, "single_blocks": 1, "pair_blocks": 1, "cross_blocks": 1,
>   "feature": 27, "grid": [6, 8], "pool": 2, "projection": "linear", "position": "fourier", "norm": "sample",
>   "matching": {"heads": 2, "reduce": 4, "hidden": 16}, "helper_heads": true, "caption": "next",
>   "tied_output": true, "max_length": 40, "dropout": 0}}
> END
$ idc-train --stage encoder --data shards -m model.json --save e --steps 3 --batch 4 --set steps.warmup=0 -j 1 -q
# a list alone; every step sees all of it, as it is
$ printf '[steps]\nwarmup = 0\n[augment]\ncrop = 1\ngain = 0\nchannel_gain = 0\noffset = 0\nnoise = 0\nblur = 0\n[report]\nlog_every = 1\n' >plain.ini
$ idc-train --stage finetune --data list/pairs.jsonl --init e --save f -c plain.ini --steps 4 --batch 12 -j 1 -q --log list.log
# the same pictures by way of a store, in f32 and in f16: types, pointers, attributes and words are the list's
$ idc-decode --size 64x48 --pairs list/pairs.jsonl | idc-encode -m f | idc-store put wide.db -q && idc-decode --size 64x48 --pairs list/pairs.jsonl | idc-encode -m f --dtype f16 | idc-store put half.db -q
$ for s in wide half; do idc-train --stage finetune --data $s.db --validate list/pairs.jsonl --init e --save $s -c plain.ini --steps 4 --batch 12 -j 1 -q --log $s.log; done
$ cat >same.py <<END
> import json, sys
> a, b = ([json.loads(line) for line in open(name)] for name in sys.argv[1:3])
> names = 'loss type pointer attributes words change gradient_norm'.split()
> print(all(abs(x[n] / y[n] - 1) < float(sys.argv[3]) for x, y in zip(a[:4], b[:4]) for n in names), [x['step'] for x in b[:4]])
> END
$ $PYTHON same.py list.log wide.log 1e-5; $PYTHON same.py list.log half.log 1e-3
stdout True [1, 2, 3, 4]
stdout True [1, 2, 3, 4]
$ for s in list/pairs.jsonl wide.db; do idc-train --stage finetune --data wide.db --validate $s --init f --save g -c plain.ini --steps 1 --batch 12 -j 1 -q --log $(basename $s).judged; done; for s in pairs.jsonl wide.db; do jq -c 'select(.validation).validation.pair | [.pairs, .type, .full, .change]' $s.judged; done | uniq | wc -l
stdout 1
# the model that a store has taught is used like any other
$ idc-decode --size 64x48 --pair list/img/s0000000_b.png list/img/s0000000_s.png | idc-encode -m wide | idc-diff -m wide | idc-contrast -m wide | idc-decode-caption -m wide | jq 'has("text")'
stdout true
# a file with an encoder alone encodes, and a network of another size takes the encoder from it; of paths the record keeps names
$ jq '.network.width = 8 | .network.heads = 1' model.json >$PWD/narrow.json; idc-decode --size 64x48 --pairs list/pairs.jsonl | idc-encode -m e | idc-store put again.db -q; idc-train --stage finetune --data $PWD/again.db -m $PWD/narrow.json --encoder=$PWD/e --save ./narrow -c plain.ini --steps 1 --batch 4 -j 1 -q
$ grep -ao 'command[^,]*,' narrow
stdout idc-train --stage finetune --data again.db -m narrow.json --encoder=e --save narrow -c plain.ini
no stdout /
$ idc-train --stage finetune --data wide.db -m model.json --encoder shards/0000.safetensors --save x
status 1
stderr shards/0000.safetensors: 
# the other way into a store: the list is imported with its labels, and what is missing is encoded
$ idc-store import listed.db pairs list/pairs.jsonl --split train | jq -c '[.taken, .refused]'; idc-store missing listed.db | idc-decode --size 64x48 --files-from - | idc-encode -m e | idc-store put listed.db -q; idc-train --stage finetune --data listed.db --init e --save i -c plain.ini --steps 4 --batch 12 -j 1 -q --log listed.log; $PYTHON same.py list.log listed.log 1e-5
stdout [6,0]
stdout True [1, 2, 3, 4]
$ (cat list/pairs.jsonl; echo '{"id": "odd", "before": "a.png"}') >list/odd.jsonl; idc-store import odd.db pairs list/odd.jsonl | jq -c '[.taken, .refused]'
stdout [6,1]
stderr list/odd.jsonl: line 7: 'after' is missing
# splits, and pairs of which only the sentences are known
$ sed 's/"id": "\([^"]*\)", /"id": "\1", "split": "train", /; 1,2s/"train"/"val"/' list/pairs.jsonl | jq -c 'del(.changed, .type, .box_before, .box_after)' >list/bare.jsonl
$ idc-decode --size 64x48 --pairs list/bare.jsonl | idc-encode -m f | idc-store put bare.db -q
$ idc-train --stage finetune --data bare.db --validate bare.db --init e --save h -c plain.ini --steps 2 --batch 4 -j 1 -q --log bare.log; jq -c 'if .validation then [.validation.pair.pairs] else [.type, .pointer, .attributes, .change, .words > 1] | map(if . == 0 then 0 else . end) end' bare.log
stdout [0,0,0,0,true]
stdout [2]
$ idc-train --stage finetune --data bare.db --split test --init e --save x
status 1
stderr bare.db: no pair of split 'test' (there are: train 4, val 2)
$ idc-train --stage finetune --data wide.db --init wide --save x --set optimizer.encoder_lr=0.1
status 2
stderr wide.db: has features, no pictures: its encoder cannot be trained
$ idc-train --stage encoder --data wide.db --init e --save x
status 2
stderr wide.db: has features, no pictures: its encoder cannot be trained
$ idc-train --stage finetune --data wide.db --data shards --init e --save x
status 2
stderr wide.db: is a store, which other data cannot join
$ cat >sql.py <<END
> import sqlite3, sys
> c = sqlite3.connect(sys.argv[1])
> c.executescript(sys.argv[2])
> c.commit()
> END
# another encoder's features; a picture that has none; a sentence that is empty; a word that the vocabulary lacks; damage
$ idc-train --stage finetune --data wide.db -m model.json --save x
status 1
stderr wide.db: no features of the model's encoder
$ cp wide.db short.db; $PYTHON sql.py short.db "delete from pooled where feature = 2; delete from feature where feature = 2"; idc-train --stage finetune --data short.db --init e --save x
status 1
stderr short.db: pair 's0000000-
$ cp wide.db empty.db; $PYTHON sql.py empty.db "update caption set text = ' .' where caption = 3"; idc-train --stage finetune --data empty.db --init e --save x
status 1
stderr empty.db: pair 's0000000-s': sentence 2 is empty
$ cp wide.db words.db; $PYTHON sql.py words.db "update caption set text = 'a zebra came' where caption = 3"; idc-train --stage finetune --data words.db --init f --set batch.plain_share=0.5 --save x
status 1
stderr words.db: pair 's0000000-s': the vocabulary of f lacks the word '
$ cp wide.db damaged.db; $PYTHON sql.py damaged.db "update feature set checksum = checksum + 1 where feature = 2"; idc-train --stage finetune --data damaged.db --init e --save x --steps 1 --batch 12
status 1
stderr damaged.db: item 'feature 2': feature is damaged: checksum differs
$ cp wide.db none.db; $PYTHON sql.py none.db "delete from caption"; idc-train --stage finetune --data none.db --init e --save x
status 1
stderr none.db: none of the 6 pairs of split 'train' has a sentence

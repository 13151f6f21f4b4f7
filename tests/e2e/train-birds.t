# pre-training on pairs of pictures with fine classes beside pairs with sentences, from one store (layouts of IDC's bird files)
$ idc-synth --count 6 --seed 9 --size 64x48 --samples 1 -o list -q
$ idc-synth --count 2 --seed 3 --size 64x48 --samples 1 --pack shards -q && idc-train --stage encoder --data shards -m "$TESTS/golden/tiny/birds.json" --save e --steps 1 --batch 4 -j 1 -q
# Birds-to-Words: words of one sentence a line; NABirds: classes of both pictures, 1 where they are one
$ for i in 0 1 2 3 4 5; do echo '{"img1": "s000000'$i'_b.png", "img2": "s000000'$i'_s.png", "description": ["animal1", "is", "redder", "than", "animal2"]}'; done >words.jsonl
$ for i in 0 1 2 3 4 5; do echo '{"img1": "s000000'$i'_b.png", "img2": "s000000'$i'_n.png", "class_id1": '$((i % 3))', "class_id2": '$((i / 2))', "label": '$((i % 3 == i / 2))'}'; done >classes.jsonl
$ for l in words classes; do idc-store import birds.db lines $l.jsonl --images list/img --split train | jq -c '[.taken, .refused]'; done
stdout [6,0]
$ idc-store missing birds.db | idc-decode --size 64x48 --files-from - | idc-encode -m e | idc-store put birds.db -q
$ idc-train --stage pretrain --data birds.db --init e --save f --steps 60 --batch 6 -j 1 -q --log log.jsonl --set steps.warmup=0 --set tasks.nabirds=3 --set tasks.fda=0 --set report.log_every=15
$ jq -s '[.[].nabirds | select(.)] | [length > 2, .[-1] < .[0]] | all' log.jsonl
stdout true
$ jq -s 'map(has("mlm")) | any' log.jsonl
stdout true
# classes alone are enough for their own task, and for no other
$ idc-store import classes.db lines classes.jsonl --images list/img --split train >/dev/null; idc-store missing classes.db | idc-decode --size 64x48 --files-from - | idc-encode -m e | idc-store put classes.db -q
$ idc-train --stage pretrain --data classes.db --init e --save g --steps 3 --batch 6 -j 1 -q --set tasks.nabirds=1 --set tasks.mlm=0 --set tasks.mvcl=0 --set tasks.fda=0
$ idc-train --stage pretrain --data classes.db --init e --save x --steps 3 --batch 6 -j 1 --set tasks.nabirds=1 --set tasks.fda=0
status 1
stderr classes.db: no pair has a sentence
$ idc-store import words.db lines words.jsonl --images list/img --split train >/dev/null; idc-store missing words.db | idc-decode --size 64x48 --files-from - | idc-encode -m e | idc-store put words.db -q
$ idc-train --stage pretrain --data words.db --init e --save x --steps 3 --batch 6 -j 1 --set tasks.nabirds=1 --set tasks.fda=0
status 1
stderr words.db: tasks.nabirds: no pair of pictures whose classes are known
$ idc-train --stage pretrain --data shards --init e --save x --steps 3 --batch 6 -j 1 --set tasks.nabirds=1
status 2
stderr tasks.nabirds: only a store says the classes of pictures
# the stage after it starts from it by name
$ idc-train --stage finetune --data birds.db --init f --save h --steps 2 --batch 6 -j 1 -q; grep -c model.classifier h
status 1
stdout 0

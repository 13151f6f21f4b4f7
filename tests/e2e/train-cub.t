# pre-training on single pictures with sentences of their own, from a store, then on pairs (CUB's folders and IDC's lines)
$ idc-synth --count 6 --seed 9 --size 64x48 --samples 1 -o list -q
$ idc-synth --count 2 --seed 3 --size 64x48 --samples 1 --pack shards -q && idc-train --stage encoder --data shards -m "$TESTS/golden/tiny/birds.json" --save e --steps 1 --batch 4 -j 1 -q
# CUB: a file of ten sentences a picture, here two
$ mkdir -p cub/text_c10/001.Cube cub/images/001.Cube; for i in 0 1 2 3 4 5; do cp list/img/s000000${i}_b.png cub/images/001.Cube/b$i.jpg; printf 'a red cube on the ground.\nthis cube number %d is red\n' $i >cub/text_c10/001.Cube/b$i.txt; done
$ idc-store import cub.db cub cub --images cub/images --split train | jq -c '[.taken, .captions, .refused]'
stdout [6,12,0]
$ idc-store missing cub.db | idc-decode --size 64x48 --files-from - | idc-encode -m e | idc-store put cub.db -q
$ printf 'cub() { idc-train --stage pretrain --data cub.db --init e --batch 6 -j 1 --set batch.single=1 --set fda.replace=0 --set fda.confuse=0 --set steps.warmup=0 "$@"; }\n' >f
$ . ./f; cub --save f1 --steps 60 -q --log log.jsonl --set report.log_every=15 --validate cub.db --validate-split train
$ jq -s '[.[].mlm | select(.)] | .[-1] < .[0]' log.jsonl; jq -c 'select(.validation).validation | [.pairs, has("mvcl"), has("fda")]' log.jsonl
stdout true
stdout [6,true,true]
# lines of a picture and its words
$ for i in 0 1 2; do echo '{"img": "001.Cube/b'$i'.jpg", "description": ["a", "red", "cube"]}'; done >lines.jsonl; idc-store import lines.db lines lines.jsonl --images cub/images --split train | jq -c '[.taken, .refused]'
stdout [3,0]
# what needs pairs is refused
$ . ./f; cub --save x --steps 2 --set tasks.itm_a=1
status 2
stderr batch.single: tasks.itm_a needs pairs
$ . ./f; cub --save x --steps 2 --set soft.weight=1
status 2
stderr batch.single: soft.weight needs pairs
$ idc-train --stage pretrain --data shards --init e --save x --steps 2 --set batch.single=1 --set tasks.fda=0
status 2
stderr batch.single: only stage pretrain reads single pictures, from a store
$ . ./f; cub --split test --save x --steps 2
status 1
stderr cub.db: no picture of split 'test' (there are: train 6)
# pairs go on from it by name, with its words
$ for i in 0 1 2 3; do echo '{"img1": "001.Cube/b'$i'.jpg", "img2": "001.Cube/b'$((i + 1))'.jpg", "description": ["this", "cube", "is", "red"]}'; done >pairs.jsonl; idc-store import pairs.db lines pairs.jsonl --images cub/images --split train >/dev/null; idc-store missing pairs.db | idc-decode --size 64x48 --files-from - | idc-encode -m e | idc-store put pairs.db -q
$ idc-train --stage pretrain --data pairs.db --init f1 --save g --steps 2 --batch 4 -j 1 -q --set tasks.fda=0 && idc-train --stage finetune --data pairs.db --init g --save h --steps 2 --batch 4 -j 1 -q

# idc-train: three steps of each stage, lists beside shards, stop and resume, settings, and what it refuses
$ idc-train --version
stdout idc-train (idc)
$ idc-train --help | awk 'length > 80 || / $/'
no stdout
$ idc-synth --count 4 --seed 3 --size 64x48 --samples 1 --pack shards -q && idc-synth --count 2 --seed 9 --size 128x96 --samples 1 -o list -q
$ cat >model.json <<END
> {"name": "tiny", "input": {"size": [64, 48], "filter": "bicubic", "mean": [0.45, 0.45, 0.45], "scale": [4, 4, 4]},
>  "encoder": {"kind": "cnn", "widths": [4, 4, 8, 8]},
>  "network": {"width": 16, "heads": 2, "feed_forward": 32, "single_blocks": 1, "pair_blocks": 1, "cross_blocks": 1,
>   "feature": 27, "grid": [6, 8], "pool": 2, "projection": "linear", "position": "fourier", "norm": "sample",
>   "matching": {"heads": 2, "reduce": 4, "hidden": 16}, "helper_heads": true, "caption": "next",
>   "tied_output": true, "max_length": 40, "dropout": 0}}
> END
# both stages, the second with a list
$ idc-train --stage encoder --data shards -m model.json --save e --steps 3 --batch 4 --set steps.warmup=0 -j 1
stderr idc-train: step 3
$ idc-train --stage finetune --data shards --data list/pairs.jsonl --validate shards --init e --save f --steps 3 --batch 8 --set batch.triples=4 --set batch.list_share=0.5 --log log.jsonl -j 1
stderr idc-train: step 3: validation {"encoder"
$ jq -r 'keys[]' log.jsonl | sort -u | tr '\n' ' '
stdout type validation words
$ ls
stdout f.checkpoint
# a list to judge by: two triples are four pairs, each both ways; what cells show is not judged
$ idc-train --stage finetune --data shards --validate list/pairs.jsonl --init f --save g --steps 1 --batch 8 --set batch.triples=4 -j 1 -q --log judged.jsonl; jq -c 'select(.validation).validation | [.pair.pairs, has("encoder")]' judged.jsonl
stdout [8,false]
# self-critical training goes on from there; rewards are in the log
$ idc-train --stage reinforce --data shards --data list/pairs.jsonl --init f --save r --steps 2 --batch 6 --set batch.triples=2 --set batch.list_share=0.5 --set reinforce.samples=2 --set reinforce.temperature=3 --set augment.mirror=0.5 --log earned.jsonl -j 1; jq -c 'select(.loss) | [(.reward | type), (.earned.samples >= 0), (.earned.greedy >= 0)]' earned.jsonl
stdout ["number",true,true]
stderr idc-train: step 2
# a model that can be used
$ idc-decode --size 64x48 --pair list/img/s0000000_b.png list/img/s0000000_s.png | idc-encode -m f | idc-diff -m f | idc-contrast -m f | idc-decode-caption -m f | jq 'has("text")'
stdout true
# the calibration of a validation, and the sentence for pairs that did not change, which one of the data's is
$ jq -c 'select(.validation).validation.pair | [.temperature >= 0.1 and .temperature <= 10, .ece >= 0 and .ece <= 1]' log.jsonl; idc-decode --size 64x48 --pair list/img/s0000000_b.png list/img/s0000000_b.png | idc-encode -m f | idc-diff -m f | idc-contrast -m f --min-change 1 | idc-decode-caption -m f | jq -r .text >said; jq -r '.captions[]' list/pairs.jsonl | cat - "$ROOT/pipelines/clevr-change/grammar.json" | grep -c -F -f said | awk '{ print ($1 > 0) }'
stdout [true,true]
stdout 1
# SIGTERM: the step is finished, a checkpoint written, and --resume ends like a run that was not stopped
$ idc-train --stage encoder --data shards -m model.json --save straight --steps 40 --batch 4 -j 1 -q
$ mkfifo log; idc-train --stage encoder --data shards -m model.json --save halves --steps 40 --batch 4 --set report.log_every=1 --log log -j 1 2>said & pid=$!; exec 5<log; read -r line <&5; kill -TERM $pid; cat <&5 >rest; wait $pid; echo $?; cat said
stdout 143
stdout --resume goes on
$ rm log; ls halves
status 2
$ idc-train --stage encoder --data shards -m model.json --save halves --steps 40 --batch 4 --set report.log_every=1 -j 1 --resume
stderr halves.checkpoint: going on at step
$ cat >same.py <<END
> import json, struct, sys
> def tensors(path):
>     f = open(path, 'rb')
>     n = struct.unpack('<Q', f.read(8))[0]
>     h = json.loads(f.read(n))
>     data = f.read()
>     return {k: data[slice(*v['data_offsets'])] for k, v in h.items() if k != '__metadata__'}
> print(tensors('straight') == tensors('halves'))
> END
$ $PYTHON same.py
stdout True
# settings: whole numbers are printed plainly, what is printed is read again, the man page lists them all as they are
$ idc-train --stage finetune --print-config >all.ini; grep -E '^(count|lr|eps) ' all.ini; idc-train --stage finetune -c all.ini --print-config | cmp - all.ini
stdout count = 2000 ; 
stdout lr = 0.001 ; 
stdout eps = 1e-08 ; 
$ for s in encoder finetune pretrain reinforce; do idc-train --stage $s --print-config | awk '/^\[/ { gsub(/[][]/, ""); section = $1 } / = / && section { n = match($0, /\(paper: [^)]*\)$/); print section "." $1, $3, n ? substr($0, n + 8, length($0) - n - 8) : "-" }' | sort >$s.txt; done
$ join encoder.txt finetune.txt | join - pretrain.txt | join - reinforce.txt | awk '{ printf "%s %s, %s, %s, %s; %s, %s\n", $1, $2, $4, $6, $8, $5, $7 }' | sort >is; sed -n 's/^\.It Li \([a-z0-9_.]*\) Pq /\1 /p' $ROOT/docs/man/idc-train.1 | sort >told; diff is told && [ $(wc -l <is) -gt 60 ] && echo all
stdout all
# presets: each reads, and departs from the defaults as it says
$ for f in $ROOT/pipelines/*/*.ini; do idc-train --stage $(sed -n 's/^stage = //p' $f) -c $f --print-config >$(basename $f) || echo $f; done; ls *-*.ini pretrain.ini | wc -l
stdout 6
$ for f in paper-pretrain paper-finetune pretrain-cub finetune-birds; do sed -n 's/^\(count\|warmup\|schedule\|kind\|size\|mlm\|retrieve\|sum\) = \([^ ]*\) .*/\2/p' $f.ini | tr '\n' ' '; echo; done
stdout 250000 8000 inverse_sqrt 200 adam 0 0 8 6
stdout 100000 0 steps 200 adam 0 1 0 2
stdout 60000 4000 inverse_sqrt 350 adam 0 0 9 6
stdout 20000 0 steps 128 adam 0 1 0 2
# pre-training, from which fine-tuning goes on; negatives of both kinds
$ idc-train --stage pretrain --data shards --validate shards -m model.json --encoder e --save p --steps 12 --batch 14 --set batch.triples=4 --set tasks.itm_a=2 --set tasks.itm_b=2 --set soft.weight=1 --set soft.block=0 --set fda.focal=1 --classes $ROOT/pipelines/clevr-change/words.json --log tasks.jsonl -j 1
stderr idc-train: step 12: validation {"pairs": 16, "mlm": {"loss":
$ jq -r 'keys[]' tasks.jsonl | sort -u | tr '\n' ' '
stdout mlm
$ idc-train --stage finetune --data shards --init p --save pf --steps 2 --batch 8 --set batch.triples=4 -j 1 -q
$ idc-train --stage pretrain --data shards --init p --save x --steps 2 --set tasks.mlm=0 --set tasks.mvcl=0 --set tasks.fda=0
status 1
stderr all 0: nothing to learn
$ idc-train --stage pretrain --data shards --init p --save x --steps 2 --set fda.retrieve=40
status 1
stderr fda: 44 negatives a pair, but the data have
$ echo '{"sentences": ["there is no change"], "neg_samples": ["the small red metal cube has moved"]}' >few.jsonl; idc-train --stage pretrain --data shards --init p --save x --steps 2 --negatives few.jsonl
status 1
stderr few.jsonl: line 1: neg_samples: 1 sentences, 6 are wanted
$ printf '[tasks]\nmlmm = 4\n' >bad.ini; idc-train --stage pretrain -c bad.ini --print-config
status 2
stderr bad.ini: line 2: no setting 'tasks.mlmm' (did you mean 'tasks.mlm'?)
# an objective by its name and options; what it starts with comes first, --set and the short options after
$ idc-train --stage finetune --contrast cacr:repel=2,attach=1 --dedup share --print-config | grep -E '^(itc|objective|tau|dedup|repel|attract|attach) ' | cut -d ' ' -f 1,3 | tr '\n' ' '
stdout itc 1 objective cacr tau 0 dedup share attach 1 attract 1 repel 2
$ idc-train --stage finetune --contrast tcl --focal 2 --print-config | grep -E '^(focal|distill) ' | cut -d ' ' -f 1,3 | tr '\n' ' '
stdout focal 2 distill 0.4
$ idc-train --stage finetune --contrast infonse --print-config 2>&1 | head -n 1
stdout no objective 'infonse' (did you mean 'infonce'?)
$ idc-train --stage finetune --contrast dcl:sigma=1 --print-config 2>&1 | head -n 1
stdout dcl: no option 'sigma' (did you mean 'same'? all: tau dedup same )
$ idc-train --stage finetune --dedup some --print-config 2>&1 | head -n 1
stdout contrast.dedup: 'some' is none of off, drop, share
# refused, each in one line
$ idc-train --stage reinforce --set reinforce.samples=0 --print-config
status 2
stderr reinforce.samples: 0 is not a whole number in 1 … 64
$ idc-train --stage dream
status 2
stderr --stage dream: it must be encoder, pretrain, finetune or reinforce
$ idc-train --stage encoder --data shards
status 2
stderr --data and --save are needed
$ idc-train --stage encoder --data shards --save x --set steps.lrr=1 2>&1 | head -n 1
stdout no setting 'steps.lrr' (did you mean 'steps.lr'?)
$ printf '[batch]\nsise = 4\n' >bad.ini; idc-train --stage encoder -c bad.ini --print-config
status 2
stderr bad.ini: line 2: no setting 'batch.sise' (did you mean 'batch.size'?)
$ idc-train --stage encoder --set batch.size=0 --print-config
status 2
stderr batch.size: 0 is not a whole number in 1
$ idc-train --stage encoder --data nowhere -m model.json --save x
status 1
stderr nowhere: No such file
$ mkdir empty; idc-train --stage encoder --data empty -m model.json --save x
status 1
stderr empty: no shard with a triple in it
$ idc-synth --count 1 --seed 3 --size 64x32 --samples 1 --pack wide -q; idc-train --stage encoder --data wide -m model.json --save x
status 1
stderr wide/0000.safetensors: its pictures are 64x32, which is another shape than the model's 64x48
$ idc-train --stage encoder --data e -m model.json --save x
status 1
stderr e: not a shard: no tensor 'images'
$ idc-train --stage encoder --data shards --data list/pairs.jsonl -m model.json --save x
status 2
stderr stage encoder learns from shards alone
$ sed 's/"color": "[a-z]*"/"color": "pink"/' list/pairs.jsonl >list/pink.jsonl; idc-train --stage finetune --data shards --data list/pink.jsonl --init e --save x
status 1
stderr list/pink.jsonl: line 1: changed.before.color: unknown value pink
$ idc-train --stage finetune --data shards --save x
status 1
stderr no configuration in it, and none given (--model)
$ jq '.input.size = [64]' model.json >short.json; idc-train --stage finetune --data shards -m short.json --save x
status 1
stderr short.json: input.size
$ echo '["<PAD>", "<BOS>", "<EOS>", "<UNK>", "<CLS>", "<MASK>", "zebra"]' >words.json; idc-train --stage finetune --data shards --init f --vocabulary words.json --save x
status 1
stderr words.json: word 6 is 'zebra', but
$ idc-train --stage finetune --data shards --init e --vocabulary words.json --save x
status 1
stderr 0000.safetensors: triple 0: the vocabulary of words.json lacks the word
$ idc-train --stage finetune --data shards --init e --save x --resume
status 1
stderr x.checkpoint: no such file
$ idc-train --stage encoder --data shards -m model.json --save nowhere/x --steps 3 --batch 4
status 1
stderr nowhere/x.checkpoint
$ ls x
status 2

#!/bin/sh
# Training from a store. Usage: store_train.sh BUILD. JSON lines: how fast features are read at random, and how long a step of
# idc-train waits for its batch. Writes some 500 MB beside BUILD and takes them away again.
set -eu
build=$(cd "$1" && pwd)
here=$(mktemp -d "$build/bench-store-train-XXXXXX")
trap 'rm -rf "$here"' EXIT
cd "$here"
"$build/tests/bench/store_train"
rm -f bench*.blob
PATH=$build/bin:$PATH

# pairs of small pictures and their features of 16 × 24 × 43 numbers; a network of width 128 beside the same encoder
cat >model.json <<END
{"name": "bench", "input": {"size": [192, 128], "filter": "bicubic", "mean": [0.45, 0.45, 0.45], "scale": [4, 4, 4]},
 "encoder": {"kind": "cnn", "widths": [16, 16, 24, 24]},
 "network": {"width": 128, "heads": 4, "feed_forward": 256, "single_blocks": 1, "pair_blocks": 1, "cross_blocks": 1,
  "feature": 43, "grid": [16, 24], "pool": 2, "projection": "linear", "position": "fourier", "norm": "sample",
  "matching": {"heads": 2, "reduce": 16, "hidden": 64}, "helper_heads": true, "caption": "next",
  "tied_output": true, "max_length": 40, "dropout": 0}}
END
idc-synth --count 2 --seed 3 --size 192x128 --samples 1 --pack shards -q
idc-synth --count 30 --seed 3 --size 192x128 --samples 1 -o list -q
idc-train --stage encoder --data shards -m model.json --save e --steps 1 --batch 4 -q
idc-decode --size 192x128 --pairs list/pairs.jsonl | idc-encode -m e | idc-store put s.db -q
idc-train --stage finetune --data s.db --init e --save f --steps 12 --batch 16 -j 1 --set report.log_every=4 --log log -q
awk -F'"load":' '/"load"/ { split($2, part, /[,}]/); n++; if (n > 1) { wait += part[1]; steps++ } }
    END { printf "{\"name\":\"wait for a batch, store\",\"value\":%.3f,\"unit\":\"ms\",\"goal\":1,\"better\":\"lower\"}\n", 1e3 * wait / steps }' log

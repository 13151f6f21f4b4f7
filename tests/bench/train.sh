#!/bin/sh
# Fine-tuning the default model's network, a batch of 48 pairs, beside the same network in PyTorch where $PYTHON has it: rounds of a
# few steps take turns, the ratio is the median over pairs of rounds. Usage: train.sh BUILD. IDC_BENCH_ROUNDS (3),
# IDC_BENCH_STEPS (8; the first two do not count), IDC_BENCH_THREADS (all cores), IDC_BENCH_PRECISION ("f32 bf16"). JSON lines.
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)
model=$here/../../pipelines/clevr-change/model.json
rounds=${IDC_BENCH_ROUNDS:-3} steps=${IDC_BENCH_STEPS:-8} threads=${IDC_BENCH_THREADS:-$(nproc)}
python=${PYTHON:-python3}
scratch=$(mktemp -d) && trap 'rm -rf "$scratch"' EXIT
"$python" -c 'import torch, numpy, safetensors' 2>/dev/null && peer=yes || peer=
command -v jq >/dev/null || { echo "train.sh: jq is missing" >&2; exit 1; }

# Waiting threads sleep, or each program would take cores from the other.
export OMP_WAIT_POLICY=passive

"$build/bin/idc-synth" -q --pack "$scratch/shards" --size 240x160 --seed 3 -n 32

# ours PRECISION: pairs a second of each step, a line each
ours() {
    rm -f "$scratch/log" "$scratch"/model*
    half=0
    [ "$1" = f32 ] || half=1
    "$build/bin/idc-train" -q --stage finetune -m "$model" --data "$scratch/shards" --save "$scratch/model.safetensors" \
        --log "$scratch/log" -n "$steps" -j "$threads" --set "optimizer.bf16=$half" --set report.log_every=1 \
        --set report.validate_every=0
    jq -r 'select(.items_per_second) | .items_per_second' "$scratch/log" | tail -n +3
}

theirs() {
    "$python" "$here/../reference/bench_train.py" "$scratch/shards" "$scratch/model.safetensors" "$1" "$threads" "$steps" \
        >"$scratch/peer.json"
    jq -r '.rates[]' "$scratch/peer.json"
}

# median: of the numbers on standard input
median() {
    sort -g | awk '{ v[NR] = $1 } END { printf "%.4f", v[int((NR + 1) / 2)] }'
}

for precision in ${IDC_BENCH_PRECISION:-f32 bf16}; do
    : >"$scratch/rounds"
    round=0 them=1
    while [ "$round" -lt "$rounds" ]; do
        round=$((round + 1))
        us=$(ours "$precision" | median)
        [ -z "$peer" ] || them=$(theirs "$precision" | median)
        echo "$us $them" >>"$scratch/rounds"
    done
    us=$(awk '{ print $1 }' "$scratch/rounds" | median)
    printf '{"name":"train_%s","value":%s,"unit":"pairs/s","threads":%s' "$precision" "$us" "$threads"
    if [ -z "$peer" ]; then
        printf ',"peer":null}\n'
        continue
    fi
    ratio=$(awk '{ print $1 / $2 }' "$scratch/rounds" | median)
    printf ',"peer":"PyTorch %s","peer_value":%s,"ratio":%s}\n' "$(jq -r .torch "$scratch/peer.json")" \
        "$(awk '{ print $2 }' "$scratch/rounds" | median)" "$ratio"
    printf '{"name":"train_%s_ratio","value":%s,"unit":"x","goal":1.2}\n' "$precision" "$ratio"
    printf '{"name":"train_%s_gflops","value":%s,"unit":"GFLOP/s"}\n' "$precision" \
        "$(jq -n --slurpfile p "$scratch/peer.json" --argjson us "$us" '$p[0].flops * $us / 1e9 * 10 | round / 10')"
done

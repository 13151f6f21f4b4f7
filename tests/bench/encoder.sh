#!/bin/sh
# ResNet-101 to the end of stage 4 at 224 px, random weights, as idc-encode runs it: f32 beside torchvision's in PyTorch and
# beside onnxruntime where $PYTHON has them, bf16 and int8 beside f32. The two of a pair are kept running with the
# same threads and take turns, a round of a second each; the ratio is the median over pairs of rounds. Usage: encoder.sh BUILD.
# IDC_BENCH_BATCH: pictures at once (16), IDC_BENCH_PEER_BATCH (8, PyTorch's best), IDC_BENCH_ROUNDS (5),
# IDC_BENCH_THREADS (all cores), IDC_BENCH_CLOCK=cpu: time of the processor, for a machine with other work.
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)
rounds=${IDC_BENCH_ROUNDS:-5} threads=${IDC_BENCH_THREADS:-$(nproc)} batch=${IDC_BENCH_BATCH:-16}
python=${PYTHON:-python3} peer_batch=${IDC_BENCH_PEER_BATCH:-8}
scratch=$(mktemp -d) && trap 'rm -rf "$scratch"' EXIT
mkfifo "$scratch/ask-a" "$scratch/a" "$scratch/ask-b" "$scratch/b"

# Waiting threads sleep, or each program would take cores from the other.
export OMP_WAIT_POLICY=passive

ours() { exec "$build/tests/bench/encoder" "$1" "$threads" "$2"; }
peer() { exec "$python" "$here/../reference/bench_resnet.py" "$1" "$threads" "$2"; }

# take_turns "A…" "B…": fills $scratch/rounds with lines of both rates in pictures/s
take_turns() {
    $1 <"$scratch/ask-a" >"$scratch/a" &
    exec 3>"$scratch/ask-a" 4<"$scratch/a"
    $2 <"$scratch/ask-b" >"$scratch/b" 3>&- 4<&- &
    exec 5>"$scratch/ask-b" 6<"$scratch/b"
    : >"$scratch/rounds"
    round=0
    while [ "$round" -lt "$rounds" ]; do
        round=$((round + 1))
        echo >&3 && read -r a <&4 && echo >&5 && read -r b <&6 && echo "$a $b" >>"$scratch/rounds"
    done
    exec 3>&- 4<&- 5>&- 6<&-
    wait
}

# median a|b|ratio
median() {
    awk -v which="$1" '{ print which == "a" ? $1 : which == "b" ? $2 : $1 / $2 }' "$scratch/rounds" | sort -g |
        awk '{ v[NR] = $1 } END { printf "%.3f", v[int((NR + 1) / 2)] }'
}

# pair NAME GOAL PEER "A…" "B…"
pair() {
    take_turns "$4" "$5"
    printf '{"name":"%s","value":%s,"unit":"images/s","threads":%s,"peer":"%s","peer_value":%s,"ratio":%s}\n' \
        "$1" "$(median a)" "$threads" "$3" "$(median b)" "$(median ratio)"
    printf '{"name":"%s_ratio","value":%s,"unit":"x","goal":%s}\n' "$1" "$(median ratio)" "$2"
}

version=$("$python" -c 'import torch, torchvision; print(torch.__version__)' 2>/dev/null) || version=
[ -z "$version" ] || pair resnet101_f32 1.15 "PyTorch $version" "ours $batch f32" "peer $peer_batch torch"
version=$("$python" -c 'import torch, torchvision, onnx, onnxruntime as o; print(o.__version__)' 2>/dev/null) || version=
[ -z "$version" ] || pair resnet101_f32_ort 1 "onnxruntime $version" "ours $batch f32" "peer 1 onnxruntime"
! grep -qw avx512_bf16 /proc/cpuinfo || pair resnet101_bf16 1.8 "our f32" "ours $batch bf16" "ours $batch f32"
! grep -qw avx512_vnni /proc/cpuinfo || pair resnet101_int8 2.7 "our f32" "ours $batch int8" "ours $batch f32"
pair resnet101_batch1 0.5 "16 at once" "ours 1 f32" "ours 16 f32"

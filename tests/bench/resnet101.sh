#!/bin/sh
# ResNet-101 to the end of stage 4 at 224 px, random weights, beside torchvision's in PyTorch where $PYTHON has it: both
# are kept running with the same threads and take turns, a round of a second each; the ratio is the median over pairs of rounds.
# Usage: resnet101.sh BUILD. IDC_BENCH_BATCH: pictures at once ("1 8"), IDC_BENCH_ROUNDS (5), IDC_BENCH_THREADS (all cores).
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)
rounds=${IDC_BENCH_ROUNDS:-5} threads=${IDC_BENCH_THREADS:-$(nproc)}
python=${PYTHON:-python3}
scratch=$(mktemp -d) && trap 'rm -rf "$scratch"' EXIT
mkfifo "$scratch/ask-ours" "$scratch/ours" "$scratch/ask-peer" "$scratch/peer"
version=$("$python" -c 'import torch, torchvision; print(torch.__version__)' 2>/dev/null) || version=

# Waiting threads sleep, or each program would take cores from the other.
export OMP_WAIT_POLICY=passive

# take_turns BATCH: fills $scratch/rounds with lines "OURS PEER" in pictures/s
take_turns() {
    "$build/tests/bench/resnet101" "$1" "$threads" <"$scratch/ask-ours" >"$scratch/ours" &
    exec 3>"$scratch/ask-ours" 4<"$scratch/ours"
    if [ -n "$version" ]; then
        "$python" "$here/../reference/bench_resnet.py" "$1" "$threads" <"$scratch/ask-peer" >"$scratch/peer" 3>&- 4<&- &
        exec 5>"$scratch/ask-peer" 6<"$scratch/peer"
    fi
    : >"$scratch/rounds"
    round=0 peer=1
    while [ "$round" -lt "$rounds" ]; do
        round=$((round + 1))
        echo >&3 && read -r ours <&4
        [ -z "$version" ] || { echo >&5 && read -r peer <&6; }
        echo "$ours $peer" >>"$scratch/rounds"
    done
    exec 3>&- 4<&- 5>&- 6<&-
    wait
}

# median ours|peer|ratio
median() {
    awk -v which="$1" '{ print which == "ours" ? $1 : which == "peer" ? $2 : $1 / $2 }' "$scratch/rounds" | sort -g |
        awk '{ v[NR] = $1 } END { printf "%.3f", v[int((NR + 1) / 2)] }'
}

for batch in ${IDC_BENCH_BATCH:-1 8}; do
    take_turns "$batch"
    printf '{"name":"resnet101_batch%s","value":%s,"unit":"images/s","threads":%s' "$batch" "$(median ours)" "$threads"
    if [ -z "$version" ]; then
        printf ',"peer":null}\n'
    else
        printf ',"peer":"PyTorch %s","peer_value":%s,"ratio":%s}\n' "$version" "$(median peer)" "$(median ratio)"
        printf '{"name":"resnet101_batch%s_ratio","value":%s,"unit":"x","goal":1}\n' "$batch" "$(median ratio)"
    fi
done

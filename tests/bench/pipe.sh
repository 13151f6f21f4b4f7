#!/bin/sh
# 1 MiB tensors between two idc programs, beside zeros between two programs of coreutils.
# Usage: pipe.sh BUILD. One JSON line.
set -eu
build=$1
records=${IDC_BENCH_RECORDS:-3000}
bytes=$((records * 1048576))

now() {
    date +%s.%N
}

# The best of three runs of a command line, in GB/s.
best() {
    top=0
    for _ in 1 2 3; do
        start=$(now)
        sh -c "$1" >/dev/null
        top=$(awk -v a="$start" -v b="$(now)" -v n="$bytes" -v t="$top" 'BEGIN { r = n / 1e9 / (b - a); print (r > t ? r : t) }')
    done
    printf '%.2f' "$top"
}

ours=$(best "'$build/tests/bench/pipe_source' --records=$records | '$build/bin/idc-cat' >/dev/null")
peer=$(best "head -c $bytes /dev/zero | cat >/dev/null")
awk -v o="$ours" -v p="$peer" 'BEGIN { printf "{\"name\":\"pipe_throughput\",\"value\":%s,\"unit\":\"GB/s\",\"goal\":2," \
    "\"peer\":\"head -c | cat\",\"peer_value\":%s,\"ratio\":%.2f}\n", o, p, o / p }'

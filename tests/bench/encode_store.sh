#!/bin/sh
# ResNet-101 features of JPEG files: from files to committed rows of a store, beside encoding alone, of pictures that lie in
# memory decoded. The two take turns; start and weights are part of both. Usage: encode_store.sh BUILD. JSON lines.
# IDC_BENCH_ROUNDS (3), IDC_BENCH_COPIES: how often the 100 photographs are taken (1), IDC_BENCH_PRECISION (f32), $IDC_DATA.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
photos=${IDC_DATA:-$here/../../../shared/data}/photos/imagenet100
rounds=${IDC_BENCH_ROUNDS:-3} precision=${IDC_BENCH_PRECISION:-f32}
[ -d "$photos" ] || { echo "bench: encode_store: no $photos" >&2; exit 0; }
photos=$(cd "$photos" && pwd)
scratch=$(mktemp -d "$build/bench-encode-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
PATH=$build/bin:$PATH
export OMP_WAIT_POLICY=passive
"$build/tests/bench/encoder" weights w.safetensors
copy=0
while [ "$copy" -lt "${IDC_BENCH_COPIES:-1}" ]; do
    copy=$((copy + 1))
    cp -r "$photos" "$copy"
done
set -- [0-9]*
idc-decode -q --size 224x224 "$@" >pictures.idc
n=$(find "$@" -name '*.jpg' | wc -l)

encode() { idc-encode -q -w w.safetensors -b 16 --precision "$precision"; }
from_memory() { encode <pictures.idc >/dev/null; }
to_rows()
{
    rm -rf s.db*
    idc-decode -q --size 224x224 "$@" | encode | idc-store put -q s.db
}

# seconds COMMAND…
seconds()
{
    start=$(date +%s.%N)
    "$@"
    echo "$start $(date +%s.%N)" | awk '{ print $2 - $1 }'
}

round=0
while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    echo "$(seconds from_memory) $(seconds to_rows "$@")"
done >rounds.txt
awk -v n="$n" -v what="$precision" '
    { r[NR] = $1 / $2; v[NR] = n / $2 }
    END {
        for (i = 1; i <= NR; i++) for (j = i + 1; j <= NR; j++) if (r[j] < r[i]) { t = r[i]; r[i] = r[j]; r[j] = t; t = v[i]; v[i] = v[j]; v[j] = t }
        m = int((NR + 1) / 2)
        printf "{\"name\":\"encode_store_%s\",\"value\":%.2f,\"unit\":\"images/s\"}\n", what, v[m]
        printf "{\"name\":\"encode_store_%s_ratio\",\"value\":%.3f,\"unit\":\"x\",\"goal\":0.9}\n", what, r[m]
    }' rounds.txt

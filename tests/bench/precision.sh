#!/bin/sh
# How near bf16 and int8 come to f32 on photographs, with EfficientNet-Lite0's weights as pipelines/weights/efficientnet-lite.sh
# makes them. Usage: precision.sh BUILD. JSON lines; says why it has none. $IDC_WEIGHTS: their folder, $IDC_DATA: test data.
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)
weights=${IDC_WEIGHTS:-$here/../../pipelines/weights/cache}/efficientnet-lite0.safetensors
photos=${IDC_DATA:-$here/../../../shared/data}/photos/imagenet100
for needed in "$weights" "$photos"; do
    [ -e "$needed" ] || { echo "bench: precision: no $needed" >&2; exit 0; }
done
OMP_WAIT_POLICY=passive "$build/tests/bench/precision" "$weights" "$photos"

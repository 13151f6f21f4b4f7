#!/bin/sh
# demo.sh BUILD: captions the two pictures of pipelines/demo/ and says where the picture of the result lies.
set -eu
build=$1
here=$(dirname "$0")
before=$here/demo/before.png after=$here/demo/after.png

found=
for model in "$here"/models/*.safetensors; do
    [ ! -f "$model" ] || found=1
done
[ -n "$found" ] || { echo "demo: no model in $here/models/; pipelines/clevr-change/train.sh makes one" >&2; exit 2; }

echo "\$ idc-caption --show $build/demo.png $before $after"
"$build/bin/idc-caption" --show "$build/demo.png" "$before" "$after"
echo "The pictures with what changed: $build/demo.png"

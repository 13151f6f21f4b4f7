#!/bin/sh
# demo.sh BUILD: captions the two pictures of pipelines/demo/ and says where the picture of the result lies.
set -eu
build=$1
here=$(dirname "$0")
before=$here/demo/before.png after=$here/demo/after.png

[ -f "$here/models/default.safetensors" ] ||
    { echo "demo: there is no $here/models/default.safetensors; pipelines/clevr-change/train.sh makes one" >&2; exit 2; }

echo "\$ idc-caption --show $build/demo.png $before $after"
"$build/bin/idc-caption" --show "$build/demo.png" "$before" "$after"
echo "The pictures with what changed: $build/demo.png"

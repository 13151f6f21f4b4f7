#!/bin/sh
# A pair of PNG files to its sentence through all five programs with the default model. Usage: chain.sh BUILD. JSON lines;
# says so and ends without one where there is no model.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
demo=$here/../../pipelines/demo
[ -n "${IDC_MODEL:-}" ] || [ -f "$here/../../pipelines/models/default.safetensors" ] ||
    { echo "bench: chain: there is no default model" >&2; exit 0; }
exec "$1/tests/bench/chain" "$1" "$demo/before.png" "$demo/after.png"

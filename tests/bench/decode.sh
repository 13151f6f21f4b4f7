#!/bin/sh
# JPEG files of 480×320 to 240×160 records with one thread, files per second of processor time, beside Pillow where $PYTHON
# has it. Usage: decode.sh BUILD. Needs pictures of $IDC_DATA/clevr/dev/img; says so and ends without a line where they are absent.
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)
pictures=${IDC_DATA:-$here/../../../shared/data}/clevr/dev/img
[ -d "$pictures" ] || { echo "bench: decode: $pictures is absent" >&2; exit 0; }
exec "${PYTHON:-python3}" "$here/../reference/bench_decode.py" "$build/bin/idc-decode" "$pictures"

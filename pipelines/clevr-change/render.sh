#!/bin/sh
# render.sh OUT: renders the triples that the default model learns from, packed, into OUT/train and OUT/held-out.
#
#     nice setsid pipelines/clevr-change/render.sh scenes/ &
#
# A triple is a scene before, after a change, and unchanged from the second viewpoint. It depends on seed and number
# only, and finished shards are skipped, so a run that was stopped goes on where it was. Variables: TRIPLES (training, 30000),
# HELD_OUT (1000), THREADS (all cores). About a third of a second a triple and core; 0.35 MB a triple.
set -eu
[ $# -eq 1 ] || { echo "usage: render.sh OUT" >&2; exit 2; }
out=$1
here=$(cd "$(dirname "$0")" && pwd)
PATH=$here/../../build/bin:$PATH
mkdir -p "$out"
idc-synth --pack "$out/held-out" --seed 2 -n "${HELD_OUT:-1000}" --size 240x160 ${THREADS:+-j "$THREADS"}
idc-synth --pack "$out/train" --seed 1 -n "${TRIPLES:-30000}" --size 240x160 ${THREADS:+-j "$THREADS"}

#!/bin/sh
# render.sh OUT: renders the triples that the default model learns from, packed, into OUT/train, OUT/wide, OUT/near and
# OUT/held-out.
#
#     nice setsid pipelines/clevr-change/render.sh scenes/ &
#
# A triple is a scene before, after a change, and unchanged from another viewpoint. It depends on seed and number only, and
# finished shards are skipped, so a run that was stopped goes on where it was. In OUT/wide the camera moves further, as in the
# original CLEVR-Change; OUT/near holds short moves, the hardest to tell from a camera that moved. Variables: TRIPLES (training,
# 17500), WIDE (18500), NEAR (6400), HELD_OUT (500), THREADS (all cores). A core renders about ten triples a second; a triple takes
# 0.35 MB.
set -eu
[ $# -eq 1 ] || { echo "usage: render.sh OUT" >&2; exit 2; }
out=$1
here=$(cd "$(dirname "$0")" && pwd)
PATH=$here/../../build/bin:$PATH
mkdir -p "$out"

# render FOLDER SEED TRIPLES TYPES OPTION...
render()
{
    folder=$out/$1 seed=$2 count=$3 types=$4
    shift 4
    idc-synth --pack "$folder" --seed "$seed" -n "$count" --types "$types" --size 240x160 ${THREADS:+-j "$THREADS"} "$@"
}

mixed=color=1,material=1,add=1,drop=1,move=2
render held-out 2 "${HELD_OUT:-500}" $mixed
render near 11 "${NEAR:-6400}" move=1 --max-move 1.7 --max-shift 1.3
render wide 41 "${WIDE:-18500}" $mixed --max-shift 2
render train 1 "${TRIPLES:-17500}" $mixed

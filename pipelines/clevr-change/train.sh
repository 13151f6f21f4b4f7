#!/bin/sh
# train.sh DATA OUT.safetensors [LIST.jsonl]: trains the default model from what render.sh made.
#
#     nice setsid pipelines/clevr-change/train.sh scenes/ clevr.safetensors > train.log 2>&1 &
#
# First the encoder, on what each cell of a picture shows, then the network on it: change, place and attributes first, the
# words later. LIST adds labelled pairs of pictures (pairs.jsonl) to the second stage. Both stages keep a checkpoint beside their
# file and go on from it when the script is started again. Variables: ENCODER_STEPS, STEPS (those of the .ini files),
# THREADS (all cores; 1 repeats bit for bit), SEED (1).
set -eu
[ $# -eq 2 ] || [ $# -eq 3 ] || { echo "usage: train.sh DATA OUT.safetensors [LIST.jsonl]" >&2; exit 2; }
data=$1 out=$2 list=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
PATH=$here/../../build/bin:$PATH
encoder=${out%.safetensors}-encoder.safetensors

# stage NAME FILE OPTION...: nothing to do when FILE is there and no checkpoint of an unfinished run lies beside it
stage()
{
    name=$1 file=$2
    shift 2
    if [ -f "$file" ] && [ ! -f "$file.checkpoint" ]; then
        echo "train.sh: $file is there"
        return
    fi
    resume=
    [ ! -f "$file.checkpoint" ] || resume=--resume
    idc-train --stage "$name" --config "$here/$name.ini" --data "$data/train" --validate "$data/held-out" --save "$file" \
        --log "$file.jsonl" --seed "${SEED:-1}" ${THREADS:+-j "$THREADS"} $resume "$@"
}

stage encoder "$encoder" -m "$here/model.json" ${ENCODER_STEPS:+--steps "$ENCODER_STEPS"}
stage finetune "$out" --init "$encoder" --half --data "$data/wide" --data "$data/near" ${list:+--data "$list"} ${STEPS:+--steps "$STEPS"}

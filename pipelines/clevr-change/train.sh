#!/bin/sh
# train.sh DATA OUT.safetensors: trains the default model from what render.sh made.
#
#     nice setsid pipelines/clevr-change/train.sh scenes/ clevr.safetensors > train.log 2>&1 &
#
# First the encoder, on what each cell of a picture shows, then the whole network end to end, on change and sentences.
# Both keep a checkpoint beside their file and go on from it when the script is started again. Variables: ENCODER_STEPS,
# STEPS (each stage's own default), THREADS (all cores; 1 repeats bit for bit), SEED (1).
set -eu
[ $# -eq 2 ] || { echo "usage: train.sh DATA OUT.safetensors" >&2; exit 2; }
data=$1 out=$2
here=$(cd "$(dirname "$0")" && pwd)
PATH=$here/../../build/bin:$PATH
encoder=${out%.safetensors}-encoder.safetensors

# stage NAME FILE OPTION...: nothing to do when FILE is there, which idc-train writes at the end
stage()
{
    name=$1 file=$2
    shift 2
    if [ -f "$file" ]; then
        echo "train.sh: $file is there"
        return
    fi
    resume=
    [ ! -f "$file.checkpoint" ] || resume=--resume
    idc-train --stage "$name" --config "$here/$name.ini" --data "$data/train" --validate "$data/held-out" \
        --save "$file" --log "$file.jsonl" --seed "${SEED:-1}" ${THREADS:+-j "$THREADS"} $resume "$@"
}

stage encoder "$encoder" -m "$here/model.json" ${ENCODER_STEPS:+--steps "$ENCODER_STEPS"}
stage finetune "$out" --init "$encoder" --half ${STEPS:+--steps "$STEPS"}

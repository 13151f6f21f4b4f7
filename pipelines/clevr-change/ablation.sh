#!/bin/sh
# ablation.sh WORK: what pre-training tasks and contrastive objectives are worth, on small runs of equal compute.
#
#     nice setsid pipelines/clevr-change/ablation.sh work/ > ablation.log 2>&1 &
#
# Renders pictures and encodes them once with the default model's encoder, which stays frozen; all runs read the features from a
# store. For each seed a small network (ablation.json) first learns where and what changed, without a word (stage "start"); every
# row of ablation.tsv goes on from there: NAME, steps and options of pre-training, steps and options of fine-tuning. The network
# then captions the held-out pairs. WORK/results.tsv gets a line a run: name, seed, seconds of CPU, and what ablation.jq makes of
# the sentences; what is there already is not run again. A file a run: remove it to run it anew.
# Variables: TRIPLES (1000), HELD_OUT (250), SEEDS ("1 2 3 4"), CAPTIONS (1: the plain sentence of a pair
# alone), START (300 steps), LR (0.004), ROWS (names, default all), THREADS (1).
set -eu
[ $# -eq 1 ] || { echo "usage: ablation.sh WORK" >&2; exit 2; }
work=$1
here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "$here/../../build/bin" && pwd)
PATH=$bin:$PATH
model=${MODEL:-$here/../models/default.safetensors} threads=${THREADS:-1}
export OMP_WAIT_POLICY=passive
mkdir -p "$work/runs"

# ---- pictures, features ----

# pictures SPLIT TRIPLES SEED
pictures()
{
    [ -f "$work/$1/done" ] || { idc-synth -q -o "$work/$1" -n "$2" --seed "$3" --size 240x160; : >"$work/$1/done"; }
    if [ ! -f "$work/$1.idc" ]; then
        jq -c --argjson n "${CAPTIONS:-1}" '.captions |= .[:$n]' "$work/$1/pairs.jsonl" >"$work/$1/few.jsonl"
        idc-decode --pairs "$work/$1/few.jsonl" | idc-encode -m "$model" >"$work/$1.idc.part"
        mv "$work/$1.idc.part" "$work/$1.idc"
    fi
}
pictures train "${TRIPLES:-1000}" 71
pictures held-out "${HELD_OUT:-250}" 72
if [ ! -f "$work/stored" ]; then
    idc-store put -q "$work/features.db" <"$work/train.idc"
    : >"$work/stored"
fi

# ---- runs ----

# train NAME STAGE STEPS OPTION...: unless NAME is there
train()
{
    name=$1 stage=$2 steps=$3
    shift 3
    [ ! -f "$work/runs/$name.safetensors" ] || return 0
    rm -f "$work/runs/$name."*
    idc-train -q --stage "$stage" --data "$work/features.db" --save "$work/runs/$name.safetensors" -n "$steps" -j "$threads" \
        --log "$work/runs/$name.jsonl" --batch 24 --set optimizer.bf16=1 --set batch.plain_share=0 --set report.validate_every=0 "$@"
}

# seconds NAME...: that the steps of these runs took, by their logs
seconds()
{
    total=0
    for name in "$@"; do
        [ -f "$work/runs/$name.jsonl" ] || continue
        total=$(jq -n --argjson t "$total" '[inputs | select(.seconds)] as $l | $t + (reduce range($l | length) as $i (0;
            . + ($l[$i].step - (if $i == 0 then 0 else $l[$i - 1].step end)) * ($l[$i].seconds | add)))' "$work/runs/$name.jsonl")
    done
    echo "$total"
}

# judge NAME: sentences of the held-out pairs
judge()
{
    file=$work/runs/$1
    [ -s "$file.hyps" ] || {
        export IDC_MODEL="$file.safetensors"
        idc-diff -q <"$work/held-out.idc" | idc-contrast -q --min-change 0 | idc-decode-caption -q >"$file.hyps.part"
        mv "$file.hyps.part" "$file.hyps"
        unset IDC_MODEL
    }
    "$here/evaluate.sh" --hyps "$file.hyps" "$work/held-out/pairs.jsonl" | awk '
        /^CIDEr_D / { cider = 100 * $2 }
        END { print cider "\t" $0 }'
}

for seed in ${SEEDS:-1 2 3 4}; do
    train "start-$seed" finetune "${START:-300}" -m "$here/ablation.json" --encoder "$model" --lr 0.002 --seed "$seed" --set loss.words=0 \
        --set loss.change=0
    grep -v '^#' "$here/ablation.tsv" | sed "s|-m |-m $here/|g" | while IFS='	' read -r row before options after settings; do
        case " ${ROWS:-$row} " in *" $row "*) ;; *) continue ;; esac
        run=$row-$seed init=$work/runs/start-$seed.safetensors
        # shellcheck disable=SC2086 # options are words
        if [ "$before" -gt 0 ]; then
            train "$run-before" pretrain "$before" --init "$init" --lr "${LR:-0.004}" --seed "$seed" $options
            init=$work/runs/$run-before.safetensors
        fi
        # shellcheck disable=SC2086
        train "$run" finetune "$after" --init "$init" --lr "${LR:-0.004}" --seed "$seed" $settings
        printf '%s\t%s\t%.1f\t%s\n' "$row" "$seed" "$(seconds "$run-before" "$run")" "$(judge "$run")"
    done
done >"$work/results.part"
mv "$work/results.part" "$work/results.tsv"

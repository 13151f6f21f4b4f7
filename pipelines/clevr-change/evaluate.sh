#!/bin/sh
# evaluate.sh: runs the pipe over a labelled list of pairs and says how often the sentences are right.
#
#     pipelines/clevr-change/evaluate.sh dev/pairs.jsonl
#
# A line of the list is a JSON object: id, before, after (files, from the list's folder), type, changed ({before, after}:
# attributes, maybe x and y), captions (reference sentences). scenes.jsonl beside the list is used where it is there.
# Prints what idc-score says of the words, a table by type, a confusion matrix, how often a change is there among pairs of
# about the same probability (expected calibration error: ece), and as the last line one JSON object. How
# sentences are read: grammar.json.
set -eu

usage()
{
    cat <<'END'
Usage: evaluate.sh [OPTION]... PAIRS.jsonl
Say how often the captions of a labelled list of picture pairs are right.

  -m, --model FILE     model file (default: the programs' own default)
  -j, --jobs N         threads that decode pictures (default 2)
      --size WxH       size that the model wants (default: the default model's)
      --device NAME    cpu or auto
      --hyps FILE      score these sentences (JSON Lines with id and text) instead of running the pipe
      --keep FILE      keep the sentences of the pipe in FILE
      --grammar FILE   how sentences are read (default: grammar.json beside this script)
  -h, --help           show this help
END
}

here=$(cd "$(dirname "$0")" && pwd)
instead=--hyps
# shellcheck source=over_list.sh
. "$here/over_list.sh"
hyps=$ready
status=0 seconds=0
if [ -z "$hyps" ]; then
    hyps=${keep:-$tmp/hyps.jsonl}
    command -v idc-decode >/dev/null || fail "idc-decode not found: make all, or put it into PATH"
    start=$(date +%s.%N)
    [ -z "$model" ] || export IDC_MODEL="$model"
    # A failing program makes the stream end early or carry error records, which the last one reports by its status.
    idc-decode --pairs "$list" -j "$jobs" ${size:+--size "$size"} | idc-encode ${device:+--device "$device"} |
        idc-diff ${device:+--device "$device"} | idc-contrast | idc-decode-caption > "$hyps" || status=1
    seconds=$(echo "$start $(date +%s.%N)" | awk '{ printf "%.2f", $2 - $1 }')
fi
[ -f "$hyps" ] || fail "$hyps: no such file"
scenes=$(dirname "$list")/scenes.jsonl
[ -f "$scenes" ] || scenes=/dev/null

# The words: BLEU, METEOR, ROUGE-L and CIDEr by type of change. Pairs without a sentence are counted below, so its status and what
# it says of them are left aside.
if command -v idc-score >/dev/null && idc-score -q --types "$list" -r "$list" "$hyps" > "$tmp/words" 2>/dev/null || [ -s "$tmp/words" ]; then
    cat "$tmp/words"
    echo
fi

jq -n -r -L "$here" --slurpfile grammar "$grammar" --slurpfile pairs "$list" --slurpfile hyps "$hyps" \
    --slurpfile scenes "$scenes" --argjson seconds "$seconds" "$(cat "$here/evaluate.jq")"
exit $status

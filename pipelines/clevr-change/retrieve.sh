#!/bin/sh
# retrieve.sh: finds sentences for pairs and pairs for sentences over a labelled list, and says how often that is right.
#
#     pipelines/clevr-change/retrieve.sh -m model.safetensors dev/pairs.jsonl
#
# Takes the list's pairs with a change and all their sentences. Pair to text: every pair asks for sentences; a sentence is right when
# one of the pair's own sentences states the same (change, object and new value, by grammar.json). Text to pair: every sentence asks
# for pairs; a pair is right when one of its own sentences states the same. Prints recall at 1, 5 and 10 both ways with the level
# of chance, and as the last line one JSON object. List as for evaluate.sh.
set -eu

usage()
{
    cat <<'TEXT'
Usage: retrieve.sh [OPTION]... PAIRS.jsonl
Say how well a model finds sentences for pairs and pairs for sentences.

  -m, --model FILE     model file with a head for retrieval (default: the programs' own default)
  -j, --jobs N         threads that decode pictures (default 2)
      --size WxH       size that the model wants (default: the default model's)
      --device NAME    cpu or auto
      --hits FILE      judge these lines of idc-contrast --retrieve instead of running the pipe
      --keep FILE      keep the lines of the pipe in FILE
      --grammar FILE   how sentences are read (default: grammar.json beside this script)
  -h, --help           show this help
TEXT
}

here=$(cd "$(dirname "$0")" && pwd)
instead=--hits
# shellcheck source=over_list.sh
. "$here/over_list.sh"
hits=$ready
status=0
folder=$(cd "$(dirname "$list")" && pwd)
jq -c --arg folder "$folder" 'def there: if startswith("/") then . else $folder + "/" + . end;
    select(.type != "none") | {id, type, before: (.before | there), after: (.after | there), captions}' "$list" > "$tmp/pairs.jsonl"
[ -s "$tmp/pairs.jsonl" ] || fail "$list: no pair has a change"
if [ -z "$hits" ]; then
    hits=${keep:-$tmp/hits.jsonl}
    [ -z "$model" ] || export IDC_MODEL="$model"
    idc-decode --pairs "$tmp/pairs.jsonl" -j "$jobs" ${size:+--size "$size"} |
        idc-encode ${device:+--device "$device"} | idc-diff ${device:+--device "$device"} |
        idc-contrast --retrieve 10 --captions "$tmp/pairs.jsonl" > "$hits" || status=1
fi
[ -s "$hits" ] || { [ "$status" -eq 0 ] || exit 1; fail "$hits: nothing was found"; }
jq -n -r -L "$here" --slurpfile grammar "$grammar" --slurpfile pairs "$tmp/pairs.jsonl" --slurpfile hits "$hits" \
    "$(cat "$here/retrieve.jq")"
exit $status

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
      --hits FILE      judge these lines of idc-contrast --retrieve instead of running the pipe
      --keep FILE      keep the lines of the pipe in FILE
      --grammar FILE   how sentences are read (default: grammar.json beside this script)
  -h, --help           show this help
TEXT
}

fail()
{
    echo "retrieve.sh: $1" >&2
    exit 2
}

here=$(cd "$(dirname "$0")" && pwd)
model='' jobs=2 size='' hits='' keep='' list='' grammar=$here/grammar.json
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    -m | --model | -j | --jobs | --size | --hits | --keep | --grammar)
        [ $# -ge 2 ] || fail "$1 needs an argument"
        case $1 in
        -m | --model) model=$2 ;;
        -j | --jobs) jobs=$2 ;;
        --size) size=$2 ;;
        --hits) hits=$2 ;;
        --keep) keep=$2 ;;
        --grammar) grammar=$2 ;;
        esac
        shift ;;
    --*=*) option=${1%%=*} value=${1#*=}; shift; set -- "" "$option" "$value" "$@" ;;
    -?*) fail "unknown option $1; try --help" ;;
    *) [ -z "$list" ] || fail "one list at a time"; list=$1 ;;
    esac
    shift
done
[ -n "$list" ] || fail "which list? try --help"
[ -f "$list" ] || fail "$list: no such file"
[ -f "$grammar" ] || fail "$grammar: no such file"
command -v jq >/dev/null || fail "jq is missing: apt-get install jq"

for dir in "$here/../../build/bin" "$here/../bin" "$here/../../../bin"; do
    [ ! -x "$dir/idc-decode" ] || { PATH=$dir:$PATH; break; }
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
status=0
folder=$(cd "$(dirname "$list")" && pwd)
jq -c --arg folder "$folder" 'def there: if startswith("/") then . else $folder + "/" + . end;
    select(.type != "none") | {id, type, before: (.before | there), after: (.after | there), captions}' "$list" > "$tmp/pairs.jsonl"
[ -s "$tmp/pairs.jsonl" ] || fail "$list: no pair has a change"
if [ -z "$hits" ]; then
    hits=${keep:-$tmp/hits.jsonl}
    export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"
    [ -z "$model" ] || export IDC_MODEL="$model"
    idc-decode --pairs "$tmp/pairs.jsonl" -j "$jobs" ${size:+--size "$size"} | idc-encode | idc-diff |
        idc-contrast --retrieve 10 --captions "$tmp/pairs.jsonl" > "$hits" || status=1
fi
[ -s "$hits" ] || { [ "$status" -eq 0 ] || exit 1; fail "$hits: nothing was found"; }
jq -n -r -L "$here" --slurpfile grammar "$grammar" --slurpfile pairs "$tmp/pairs.jsonl" --slurpfile hits "$hits" \
    "$(cat "$here/retrieve.jq")"
exit $status

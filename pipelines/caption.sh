#!/bin/sh
# idc-caption: what changed between two pictures, as a sentence. The pipe of five programs with its defaults.
set -u

usage()
{
    cat <<'END'
Usage: idc-caption [OPTION]... BEFORE AFTER
  or:  idc-caption [OPTION]... --pairs LIST
Say in a sentence what changed between two pictures.

  -m, --model FILE     model file (default: $IDC_MODEL, then the installed one)
      --pairs LIST     pairs of a list: JSON Lines with id, before, after, or TSV
  -n, --number N       print the N best sentences (default 1)
      --json           print JSON Lines instead of sentences
      --show OUT.png   write the pictures side by side, with the sentence and
                       boxes around what changed (of a list: the first 20)
      --heat           with --show: lay over the pictures where the words look
      --word WORD      with --show: where this word of the sentence looks
  -j, --jobs N         threads that decode pictures
      --size WxH       size that the model wants (default: the installed one's)
      --device NAME    cpu or auto
  -q, --quiet          say nothing but errors
  -h, --help           show this help
      --version        show the version

Prints a sentence for a pair, or "ID<tab>sentence" a pair of a list.
Exit status: 0 all good, 1 something failed, 2 usage or a missing program.

Example: idc-caption before.png after.png
END
}

fail()
{
    echo "idc-caption: $1" >&2
    exit 2
}

wrong()
{
    echo "idc-caption: $1" >&2
    echo "Try 'idc-caption --help'." >&2
    exit 2
}

# The programs lie beside this script, in the tree's build folder, or in PATH.
self=$(readlink -f "$0" 2>/dev/null) || self=$0
here=$(dirname "$self")
for dir in "$here" "$here/../build/bin"; do
    [ ! -x "$dir/idc-decode" ] || { PATH=$dir:$PATH; break; }
done

# Five programs share the cores: a thread that waits for another one sleeps instead of spinning.
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"

pairs='' number=1 json='' show='' jobs='' device='' size='' quiet='' heat='' word='' before='' after='' operands=0

operand()
{
    operands=$((operands + 1))
    [ $operands -ne 1 ] || before=$1
    [ $operands -ne 2 ] || after=$1
}

while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    --version)
        version=$(idc-decode --version) || fail "idc-decode is missing"
        echo "idc-caption ${version#idc-decode }"
        exit 0 ;;
    --json) json=1 ;;
    --heat) heat=1 ;;
    -q | --quiet) quiet=1 ;;
    -m | --model | --pairs | -n | --number | --show | --word | -j | --jobs | --device | --size)
        [ $# -ge 2 ] || wrong "$1 needs an argument"
        case $1 in
        -m | --model) IDC_MODEL=$2; export IDC_MODEL ;;
        --pairs) pairs=$2 ;;
        -n | --number) number=$2 ;;
        --show) show=$2 ;;
        --word) word=$2 heat=1 ;;
        -j | --jobs) jobs=$2 ;;
        --device) device=$2 ;;
        --size) size=$2 ;;
        esac
        shift ;;
    --[a-z]*=*)
        option=${1%%=*} value=${1#*=}
        shift
        set -- "" "$option" "$value" "$@" ;;
    --)
        shift
        for file; do operand "$file"; done
        break ;;
    -[mnj]?*)
        value=${1#-?}
        option=${1%"$value"}
        shift
        set -- "" "$option" "$value" "$@" ;;
    -[!-]* | --*) wrong "unknown option '$1'" ;;
    *) operand "$1" ;;
    esac
    shift
done
case $number in '' | 0 | *[!0-9]*) wrong "-n: '$number' is not a whole number of 1 or more" ;; esac
[ -z "$heat" ] || [ -n "$show" ] || wrong "--heat and --word need --show OUT.png"
if [ -n "$pairs" ]; then
    [ $operands -eq 0 ] || wrong "either two pictures or --pairs, not both"
    [ -r "$pairs" ] || fail "$pairs: no such file"
else
    [ $operands -eq 2 ] || wrong "two pictures, please: BEFORE and AFTER"
fi
for program in idc-decode idc-encode idc-diff idc-contrast idc-decode-caption ${show:+idc-view}; do
    command -v "$program" >/dev/null || fail "$program is missing: neither beside $0 nor in PATH"
done
[ -n "$json" ] || command -v jq >/dev/null || fail "jq is missing: apt-get install jq (or use --json)"

# Said once here rather than by four programs.
if [ -n "${IDC_MODEL:-}" ]; then
    [ -f "$IDC_MODEL" ] || fail "$IDC_MODEL: no such model file"
else
    bin=$(dirname "$(command -v idc-encode)") found=
    for dir in ../share/idc ../../pipelines ../../../pipelines; do
        [ ! -f "$bin/$dir/models/default.safetensors" ] || found=1
    done
    [ -n "$found" ] ||
        fail "no model is installed: give -m FILE or set IDC_MODEL"
fi

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs a program of the pipe and notes a status other than 0.
run()
{
    "$@" ${quiet:+-q}
    status=$?
    [ $status -eq 0 ] || echo $status >> "$tmp/status"
}

pipe()
{
    run "$@" | run idc-encode ${device:+--device "$device"} | run idc-diff ${device:+--device "$device"} |
        run idc-contrast ${device:+--device "$device"} | run idc-decode-caption -n "$number" ${heat:+--maps}
}

list=false
if [ -n "$pairs" ]; then
    list=true
    set -- idc-decode ${jobs:+-j "$jobs"} ${size:+--size "$size"} --pairs "$pairs"
else
    set -- idc-decode ${jobs:+-j "$jobs"} ${size:+--size "$size"} --pair "$before" "$after"
fi
# shellcheck disable=SC2016  # jq's variables
filter='select(.text) | [.nbest // [{text}] | .[] | .text // .][] as $s | if $list then .id + "\t" + $s else $s end'
if [ -n "$show" ]; then
    pipe "$@" > "$tmp/captions"
    folder=.
    [ -z "$pairs" ] || folder=$(dirname "$pairs")
    run idc-view --png "$show" --folder "$folder" ${heat:+--heat} ${word:+--word "$word"} < "$tmp/captions"
elif [ -n "$json" ]; then
    pipe "$@"
else
    pipe "$@" | jq --unbuffered -r --argjson list "$list" "$filter"
fi
if [ -n "$show" ]; then
    if [ -n "$json" ]; then cat "$tmp/captions"; else jq -r --argjson list "$list" "$filter" "$tmp/captions"; fi
fi

# 2 of one program outweighs the 1 of those behind it, who saw the stream end early.
[ ! -f "$tmp/status" ] || { grep -qx 2 "$tmp/status" && exit 2; exit 1; }

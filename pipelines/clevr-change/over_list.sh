# shellcheck shell=sh disable=SC2034,SC2154
# over_list.sh: the options and the start of scripts that run the pipe over a labelled list; they source it (evaluate.sh,
# retrieve.sh).
#
# Before: `here` is this folder, `instead` the option that names a file of earlier results, `usage` prints the help. After: `model
# jobs device size keep list grammar` hold the options, `ready` the value of `instead`; programs are in PATH; `tmp` is a folder that
# goes when the script ends.

fail()
{
    echo "${0##*/}: $1" >&2
    exit 2
}

model='' jobs=2 device='' size='' ready='' keep='' list='' grammar=$here/grammar.json
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    -m | --model | -j | --jobs | --device | --size | "$instead" | --keep | --grammar)
        [ $# -ge 2 ] || fail "$1 needs an argument"
        case $1 in
        -m | --model) model=$2 ;;
        -j | --jobs) jobs=$2 ;;
        --device) device=$2 ;;
        --size) size=$2 ;;
        "$instead") ready=$2 ;;
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
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}" # the programs of a pipe share the cores: waiting threads sleep
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

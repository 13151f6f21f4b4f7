#!/bin/sh
# features.sh: encodes the pictures of a folder into a store. What is there is not encoded again; after a crash the same
# line goes on where it stopped.
set -u

usage()
{
    cat <<'END'
Usage: features.sh [OPTION]... FOLDER STORE
  or:  features.sh --work K STORE
  or:  features.sh --merge STORE
Encode the JPEG and PNG files of a folder into a store; go on where it stopped.

  -m, --model FILE       a model file's encoder (default: the installed one)
  -w, --weights FILE     an encoder of these weights, see idc-encode(1)
      --encoder NAME     with --weights: resnet101, efficientnet-lite0, …
      --stage, --precision, --dtype, --calibrate, --device, --batch VALUE
                         as idc-encode's options of these names
      --size WxH         size of the pictures (default: the encoder's)
      --one-file         large features, too, in the store's own file
      --jobs N           N processes side by side by GNU parallel, each with a
                         store of its own; then joined
      --slurm N          the same as an array job of N tasks of Slurm, and a job
                         that joins (sbatch's options: in $IDC_SBATCH)
      --plan N           only write down what is left, in STORE-shards/
      --work K           task K (0 to N-1) of what was planned
      --merge            join what the tasks have done, and say what is left
  -q, --quiet            say nothing but errors
  -h, --help             show this help

Paths are seen from the working directory, by all tasks.
Exit status: 0 all good, 1 something failed, 2 usage or a missing program.

Example: features.sh photos features.db --weights resnet101.safetensors
END
}

fail()
{
    echo "features.sh: $1" >&2
    exit "${2:-1}"
}

self=$(readlink -f "$0") || fail "cannot find itself"
here=$(dirname "$self")
[ ! -x "$here/../build/bin/idc-store" ] || PATH=$here/../build/bin:$PATH
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}" # decoder, encoder and store share the cores

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
: >"$tmp/encode" # idc-encode's options, a word a line

step=all count='' size='' weights='' arch='' one_file='' quiet='' folder='' store='' operands=0
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    -q | --quiet) quiet=-q ;;
    --one-file) one_file=--one-file ;;
    --merge) step=merge ;;
    -[mwbj]?*) value=${1#-?} option=${1%"$value"}; shift; set -- "" "$option" "$value" "$@" ;;
    --[a-z]*=*) option=${1%%=*} value=${1#*=}; shift; set -- "" "$option" "$value" "$@" ;;
    -m | -w | -b | --model | --weights | --encoder | --arch | --stage | --precision | --dtype | --calibrate | --device | \
        --batch | --size | --jobs | --slurm | --plan | --work)
        [ $# -ge 2 ] || fail "$1 needs an argument" 2
        case $1 in
        --jobs | --slurm | --plan | --work) step=${1#--} count=$2 ;;
        *)
            option=$1
            case $1 in
            --size) size=$2 option= ;;
            -w | --weights) weights=$2 ;;
            --arch | --encoder) arch=$2 option=--arch ;;
            esac
            [ -z "$option" ] || printf '%s\n%s\n' "$option" "$2" >>"$tmp/encode" ;;
        esac
        shift ;;
    -?*) fail "unknown option '$1'; try --help" 2 ;;
    '') ;;
    *)
        operands=$((operands + 1))
        [ $operands -ne 1 ] || folder=$1
        store=$1 ;;
    esac
    shift
done
case $count in *[!0-9]*) fail "--$step: '$count' is no number" 2 ;; esac
case $step in
merge | work) [ $operands -eq 1 ] || fail "--$step: usage: features.sh --$step STORE" 2 ;;
*)
    [ $operands -eq 2 ] || fail "a folder and a store, please; try --help" 2
    [ -e "$folder" ] || fail "$folder: no such folder" 2 ;;
esac
for program in idc-store idc-decode idc-encode idc-cat; do
    command -v $program >/dev/null || fail "$program is missing: neither beside $0 nor in PATH" 2
done
[ "$step" != jobs ] || command -v parallel >/dev/null || fail "parallel is missing: apt-get install parallel" 2
[ "$step" != slurm ] || command -v sbatch >/dev/null || fail "sbatch is missing: apt-get install slurm-client" 2
case $step in jobs | slurm | plan) [ "${count:-0}" -ge 1 ] || fail "--$step: 1 or more, please" 2 ;; esac
shards=$store-shards
if [ -n "$weights" ]; then
    [ -n "$size" ] || case $arch in # what they were trained with
    *lite1) size=240x240 ;;
    *lite2) size=260x260 ;;
    *lite3) size=280x280 ;;
    *lite4) size=300x300 ;;
    *) size=224x224 ;;
    esac
    printf -- '--size\n%s\n' "$size" >>"$tmp/encode"
fi

# Runs a program of the pipe and notes a status other than 0.
run()
{
    "$@"
    status=$?
    [ $status -eq 0 ] || echo $status >>"$tmp/status"
}

finish()
{
    [ ! -f "$tmp/status" ] || { grep -qx 2 "$tmp/status" && exit 2; exit 1; }
    exit 0
}

# encode FILE: idc-encode with the options in FILE
encode()
{
    file=$1
    set --
    while IFS= read -r word; do set -- "$@" "$word"; done <"$file"
    idc-encode -q "$@"
}

# decode: pictures of the list on stdin
decode()
{
    idc-decode -q ${size:+--size "$size"} ${threads:+-j "$threads"} --files-from -
}

# What this encoder's features are called, from those of the first picture that can be read: a store may hold others.
kind_of()
{
    idc-store missing "$tmp/none.db" "$folder" 2>/dev/null | head -n 20 | decode 2>/dev/null | encode "$tmp/encode" |
        idc-cat --json -k feature 2>/dev/null | head -n 1 >"$tmp/first"
    for field in encoder layer; do
        sed -n "s/.*\"$field\":\"\\([^\"]*\\)\".*/--$field=\\1/p" "$tmp/first"
    done
    sed -n 's/.*"feature":{"dtype":"\([^"]*\)".*/--dtype=\1/p' "$tmp/first"
}

# left STORE FILES: names of those that have no such feature in the store, which is made. FILES: operands of idc-store missing
left()
{
    while IFS= read -r word; do set -- "$@" "$word"; done <"$tmp/kind"
    idc-store missing $one_file "$@"
}

# work STORE FILES: encodes those that are left
work()
{
    run left "$@" | run decode | run encode "$tmp/encode" | run idc-store put "$1" $quiet
}

# The parts go when all that was planned is in the store; a task that has not ended needs them.
join()
{
    for shard in "$shards"/*.db; do
        [ ! -e "$shard" ] || run idc-store merge "$store" $one_file "$shard" $quiet
    done
    [ -f "$shards/list" ] || return
    cp "$shards/kind" "$tmp/" || exit 1
    n=$(left "$store" --files-from "$shards/list" | wc -l)
    if [ "$n" -eq 0 ] && [ ! -f "$tmp/status" ]; then
        rm -rf "$shards"
    else
        echo "features.sh: $store: $n of the pictures that were planned have no feature" >&2
        echo 1 >>"$tmp/status"
    fi
}

# What an earlier run has done is joined first, so that the plan has what is left.
plan()
{
    [ ! -d "$shards" ] || { cp "$tmp/kind" "$tmp/kind-now"; (join); rm -f "$tmp/status"; mv "$tmp/kind-now" "$tmp/kind"; }
    mkdir -p "$shards" || exit 1
    left "$store" "$folder" >"$shards/list" || exit 1
    cp "$tmp/kind" "$tmp/encode" "$shards/" || exit 1
    printf '%s\n' "$count" >"$shards/count"
    printf '%s\n' "$size" >"$shards/size"
    [ -n "$quiet" ] || echo "features.sh: $(wc -l <"$shards/list") pictures left, in $count parts" >&2
}

case $step in
merge) join; finish ;;
work)
    [ -f "$shards/list" ] || fail "$shards/list: no such file: features.sh --plan N makes it"
    cp "$shards/kind" "$shards/encode" "$tmp/" || exit 1
    size=$(cat "$shards/size") threads=${SLURM_CPUS_PER_TASK:-1}
    awk -v k="$count" -v n="$(cat "$shards/count")" 'NR % n == k' "$shards/list" >"$tmp/list"
    printf -- '--threads\n%s\n' "$threads" >>"$tmp/encode"
    work "$shards/$count.db" --files-from "$tmp/list"
    finish ;;
esac

kind_of >"$tmp/kind"
[ -s "$tmp/kind" ] || fail "$folder: none of its first pictures could be encoded; idc-encode says above why"
case $step in
all) work "$store" "$folder" ;;
plan) plan ;;
jobs)
    plan
    seq 0 $((count - 1)) | run parallel --will-cite --jobs "$count" --retries 2 "$self" --work {} $quiet "$store"
    join ;;
slurm)
    plan
    # shellcheck disable=SC2086  # options are words
    job=$(IDC_FEATURES=$self sbatch --parsable --array=0-$((count - 1)) ${IDC_SBATCH:-} "$here/features.slurm" "$store") ||
        fail "sbatch: could not hand in the job"
    # shellcheck disable=SC2086
    IDC_FEATURES=$self sbatch --parsable --dependency="afterany:${job%%;*}" ${IDC_SBATCH:-} "$here/features.slurm" "$store" \
        merge >"$tmp/join" || fail "sbatch: could not hand in the job that joins"
    echo "${job%%;*} $(cat "$tmp/join")" ;;
esac
finish

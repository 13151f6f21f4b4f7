#!/bin/bash
# store_kill.sh RUNS FEATURES: puts and merges that are killed with -9 at random moments of their work, in the working
# directory; `check` follows each kill; every second kill of a store it is finished and compared with one that was never
# cut. FEATURES is a stream. Prints "RUNS kills: … same rows", status 0, or what differs, status 1.
#
# Before it is killed a process is stopped and looked at: does it hold SQLite's lock to write (a transaction is open), and
# does its file of blobs go on behind what is committed?
set -u
runs=$1 stream=$2
rows()
{
    idc-store query "$1" "SELECT name, hex(hash) AS h, encoder, f.checksum, length(data) AS l FROM item JOIN picture USING (picture) JOIN feature f USING (picture) JOIN variant USING (variant) ORDER BY name"
    idc-store query "$1" "SELECT pair.name, b.name AS b, a.name AS a FROM pair JOIN item b ON b.item = before JOIN item a ON a.item = after ORDER BY pair.name"
}

# in_transaction PID: /proc/locks has the locks of a stopped process; those of fcntl to write are SQLite's.
in_transaction()
{
    grep -qE "POSIX +ADVISORY +WRITE +$1 " /proc/locks 2>/dev/null
}

# uncommitted STORE: bytes of blobs on the disk that no commit has made the store's
uncommitted()
{
    local f size have
    for f in "$1"-*.blob; do
        [ -e "$f" ] || continue
        size=$(stat -c %s "$f") have=${f%.blob} have=$((10#${have##*-}))
        have=$(idc-store query "$1" "SELECT bytes FROM segment WHERE segment = $have" 2>/dev/null | tr -cd 0-9)
        [ "$size" -le "${have:-64}" ] || return 0
    done
    return 1
}

cut=0 open=0 loose=0 work=0
# killed STORE COMMAND...: runs it and kills it within the time that a whole run takes
killed()
{
    local store=$1 pid midst=0
    shift
    "$@" <"$stream" >/dev/null 2>&1 &
    pid=$!
    read -r -t "$(printf '0.%03d' $((RANDOM % ms + 5)))" _ <>"$fifo"
    kill -STOP "$pid" 2>/dev/null
    if in_transaction "$pid"; then open=$((open + 1)) midst=1; fi
    kill -9 "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    if [ $? -eq 137 ]; then
        cut=$((cut + 1))
        if uncommitted "$store"; then loose=$((loose + 1)) midst=1; fi
        work=$((work + midst))
    fi
}

# same STORE COMMAND...: what was cut is finished, and has the rows of the whole
same()
{
    local store=$1
    shift
    "$@" -q <"$stream" || exit 1
    rows "$store" | cmp - want || exit 1
    idc-store check "$store" >log 2>&1 || { cat log; exit 1; }
    rm -f "$store"*
}

fifo=$PWD/never
mkfifo "$fifo" || exit 2
start=$(date +%s%N)
idc-store put whole.db -q <"$stream" || exit 1
ms=$((($(date +%s%N) - start) / 1000000))
[ $ms -lt 900 ] || ms=900
rows whole.db >want
[ "$(wc -l <want)" -gt 0 ] || exit 1
for ((i = 0; i < runs; i++)); do
    if ((i % 2)); then
        store=merged.db command=(idc-store merge merged.db whole.db)
    else
        store=put.db command=(idc-store put put.db)
    fi
    killed $store "${command[@]}"
    if [ -s $store ] && ! idc-store check $store >log 2>&1; then
        # killed before the tables were there: an empty file, which the next run makes a store
        grep -q 'is empty, not a store' log || { cat log; exit 1; }
    fi
    ((i % 4 < 2)) || same $store "${command[@]}"
done
echo "$runs kills: $cut cut a run, $open of them in an open transaction, $loose with blobs written and not committed; same rows"
[ $work -gt 0 ] || { echo "none was killed in the midst of its work"; exit 1; }

#!/bin/bash
# store_kill.sh RUNS FEATURES: puts and merges that are killed with -9 at random moments, in the working
# directory; then the same without. FEATURES is a stream. Prints "RUNS kills, N runs cut, same rows", status 0, or what
# differs, status 1. `check` follows each kill.
set -u
runs=$1 stream=$2
rows() {
    idc-store query "$1" "SELECT name, hex(hash) AS h, encoder, f.checksum FROM item JOIN picture USING (picture) JOIN feature f USING (picture) JOIN variant USING (variant) ORDER BY name"
    idc-store query "$1" "SELECT pair.name, b.name AS b, a.name AS a FROM pair JOIN item b ON b.item = before JOIN item a ON a.item = after ORDER BY pair.name"
}
cut=0
# killed COMMAND...: runs it and kills it after 0 to 60 ms
killed() {
    "$@" <"$stream" >/dev/null 2>&1 &
    local pid=$!
    read -r -t "0.0$((RANDOM % 60 + 10))" _ <>"$fifo"
    kill -9 "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    [ $? -ne 137 ] || cut=$((cut + 1))
}
fifo=$PWD/never
mkfifo "$fifo" || exit 2
idc-store put whole.db -q <"$stream" || exit 1
for ((i = 0; i < runs; i++)); do
    if ((i % 2)); then
        store=merged.db
        killed idc-store merge merged.db whole.db
    else
        store=put.db
        killed idc-store put put.db
    fi
    if [ -s $store ] && ! idc-store check $store >log 2>&1; then
        # killed before the tables were there: an empty file, which the next run makes a store
        grep -q 'is empty, not a store' log || { cat log; exit 1; }
    fi
    ((i % 10 == 9)) && rm -f put.db* merged.db* # begin anew: the first transactions are cut, too
done
idc-store put put.db -q <"$stream" && idc-store merge -q merged.db whole.db || exit 1
rows whole.db >want
for store in put.db merged.db; do
    rows $store | cmp - want || exit 1
    idc-store check $store >log || { cat log; exit 1; }
done
[ "$(wc -l <want)" -gt 0 ] || exit 1
echo "$runs kills, $cut runs cut, same rows"

#!/bin/sh
# run.sh BUILD RESULTS: runs every tests/bench/*.sh, each of which prints JSON lines
#   {"name":…,"value":…,"unit":…,"goal":…,"better":"lower" (else higher),"peer":…,"peer_value":…,"ratio":…}
# (goal and what follows may be left out); prints a table and writes RESULTS, a JSON array.
set -u
build=$1 results=$2
here=$(cd "$(dirname "$0")" && pwd)
lines=$(mktemp) && trap 'rm -f "$lines"' EXIT
status=0
for bench in "$here"/*.sh; do
    [ "${bench##*/}" != run.sh ] || continue
    "$bench" "$build" >>"$lines" || { echo "bench: ${bench##*/} failed" >&2; status=1; }
done

# field NAME: its value on a line of flat JSON
awk '
function field(name,    s) {
    if (!match($0, "\"" name "\":(\"[^\"]*\"|[-+.0-9eE]+)")) return ""
    s = substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3)
    gsub(/"/, "", s)
    return s
}
BEGIN { printf "%-28s %10s %-8s %8s %-5s %s\n", "what", "value", "unit", "goal", "", "beside" }
/^\{/ {
    goal = field("goal")
    met = goal == "" ? "" : (field("better") == "lower" ? field("value") + 0 <= goal + 0 : field("value") + 0 >= goal + 0) ? "met" : "MISS"
    peer = field("peer") == "" ? "" : field("peer") " " field("peer_value") " (ratio " field("ratio") ")"
    printf "%-28s %10s %-8s %8s %-5s %s\n", field("name"), field("value"), field("unit"), goal, met, peer
}' "$lines"
mkdir -p "$(dirname "$results")"
{
    printf '[\n'
    grep '^{' "$lines" | sed '$!s/$/,/'
    printf ']\n'
} >"$results.tmp" && mv "$results.tmp" "$results"
exit $status

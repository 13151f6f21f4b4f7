#!/bin/sh
# run.sh BUILD NAME SECONDS: one fuzz target on a copy of its seed corpus.
set -u
build=$1 name=$2 seconds=$3
here=$(dirname "$0")
work=$build/corpus/$name
mkdir -p "$work"
[ -d "$here/corpus/$name" ] && cp "$here/corpus/$name"/* "$work"/
if "$build/fuzzer/$name" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -artifact_prefix="$build/finding-$name-" \
    "$work" >"$build/$name.log" 2>&1; then
    echo "ok fuzz/$name: $(grep -c . "$build/$name.log") lines of log, $(find "$work" -type f | wc -l) inputs, $seconds s"
else
    echo "FAIL fuzz/$name: see $build/$name.log"
    tail -n 20 "$build/$name.log"
    exit 1
fi

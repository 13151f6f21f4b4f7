#!/bin/sh
# A store's inserts, reads, search, opening and list of what is missing. Usage: store.sh BUILD. JSON lines. Writes some
# 900 MB beside BUILD, on the disk where stores would lie, and takes them away again.
set -eu
build=$(cd "$1" && pwd)
here=$(mktemp -d "$build/bench-store-XXXXXX")
trap 'rm -rf "$here"' EXIT
cd "$here"
"$build/tests/bench/store"

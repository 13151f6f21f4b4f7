#!/bin/sh
# aarch64.sh OUT FLAG... -- FILE...: compiles every file for aarch64, to objects in OUT.
#
# Code generation is checked, linking is not: the libraries of the other architecture need not be there. Their headers
# are the same on both, so those of this machine are linked into OUT/include, apart from this machine's libc headers.
set -eu
out=$1
shift
flags=
while [ "$1" != -- ]; do
    flags="$flags $1"
    shift
done
shift

rm -rf "$out/include"
mkdir -p "$out/include"
packages=$(sed -n 's/^build  *\([a-z0-9]*[a-z0-9-]*-dev\).*/\1/p' "$(dirname "$0")/../../pipelines/deps.sh" | grep -vx libc6-dev)
for package in $packages; do
    dpkg -L "$package" | sed -n 's|^/usr/include/\(.*\.h\)$|\1|p' | while read -r header; do
        short=${header#*-linux-gnu/}
        mkdir -p "$out/include/$(dirname "$short")"
        ln -sf "/usr/include/$header" "$out/include/$short"
    done
done

status=0
for file; do
    object=$out/${file%.c}.o
    mkdir -p "$(dirname "$object")"
    # shellcheck disable=SC2086  # the flags are words
    aarch64-linux-gnu-gcc $flags -Werror -O2 -I"$out/include" -c -o "$object" "$file" || status=1
done
[ $status -eq 0 ] && echo "aarch64: $# files compile"
exit $status

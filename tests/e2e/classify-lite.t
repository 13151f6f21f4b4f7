# the published weights, end to end: what PyTorch gave for this photograph (decoders and resizers move a logit a little)
skip-unless test -f "$IDC_DATA/weights-goldens/rocket.jpg"
skip-unless test -f "${IDC_WEIGHTS:-$ROOT/pipelines/weights/cache}/efficientnet-lite0.safetensors"
$ idc-decode --size 224x224 --crop 224/256 "$IDC_DATA/weights-goldens/rocket.jpg" | idc-encode -w "${IDC_WEIGHTS:-$ROOT/pipelines/weights/cache}/efficientnet-lite0.safetensors" --classify >rocket.jsonl
$ "$PYTHON" -c 'import json
> got = json.load(open("rocket.jsonl"))["classes"]
> want = [(657, 7.55714), (744, 7.17887), (540, 6.01025), (812, 5.52575), (668, 4.53126)]
> print("near" if all(a["class"] == c and abs(a["logit"] - v) < 0.1 for a, (c, v) in zip(got, want)) else "far", got)'
stdout near
stdout missile

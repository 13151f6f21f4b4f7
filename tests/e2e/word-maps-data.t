# the default model's maps of colour and shape words lie on the changed object: the hottest cell, in nine of ten
skip-unless test -f "$IDC_DATA/clevr/dev/pairs.jsonl" -a -f "$ROOT/pipelines/models/default.safetensors"
$ cd "$IDC_DATA/clevr/dev" && head -n 40 pairs.jsonl >"$OLDPWD/pairs.jsonl"; cd "$OLDPWD"; ln -s "$IDC_DATA/clevr/dev/img" img
> export IDC_MODEL=$ROOT/pipelines/models/default.safetensors
> idc-decode --pairs pairs.jsonl | idc-encode | idc-diff | idc-contrast -q | idc-decode-caption --maps >maps.jsonl
> $PYTHON "$TESTS/reference/point_words.py" pairs.jsonl maps.jsonl >found
> awk '$1 == "color" || $1 == "shape" { print $1, ($2 > 10), ($3 >= 0.9), ($5 < 0.1) }' found
stdout color 1 1 1
stdout shape 1 1 1

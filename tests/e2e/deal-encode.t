# Unmodified programs as workers: pictures dealt to two encoders give the features that one encoder gives, bad ones by name.
skip-unless "$PYTHON" -c pass
$ "$PYTHON" "$TESTS/e2e/resnet_weights.py" 1 w.safetensors; cp "$TESTS"/golden/image/jpeg-turned-*.jpg .
$ idc-decode --size 40x24 *.jpg *.jpg *.jpg >s 2>/dev/null; idc-decode --size 24x24 jpeg-turned-1.jpg >other
$ idc-encode -w w.safetensors --arch resnet18 --stage 1 --size 40x24 -j 1 <s | idc-cat --json >want; [ $(wc -l <want) -ge 12 ] && echo many
stdout many
$ for w in 1 2; do timeout 60 idc-encode -w w.safetensors --arch resnet18 --stage 1 --size 40x24 -j 1 -b $w -i @ipc://w$w -o ipc://r & done
> timeout 60 idc-cat --deal ipc://w1 ipc://w2 --merge @ipc://r <s >got; echo $?; wait
stdout 0
stderr 0 re-sent, 0 came twice and were dropped, 0 without an answer
$ idc-cat --json <got | cmp - want
# a picture of another size is an error record of the worker, in its place
$ timeout 60 idc-encode -w w.safetensors --arch resnet18 --stage 1 --size 40x24 -j 1 -i @ipc://v -o ipc://q &
> timeout 60 idc-cat -q --deal ipc://v --merge @ipc://q -i - <other | idc-cat --json; wait
status 0
stdout {"kind":"error","id":"jpeg-turned-1.jpg","from":"idc-encode"
no stdout "deal"

# idc-encode with a ResNet of random weights: features, what passes through, batches, refusals
skip-unless "$PYTHON" -c pass
$ "$PYTHON" "$TESTS/e2e/resnet_weights.py" 1 w.safetensors
$ for i in 1 2 3 4; do cp "$TESTS/golden/image/jpeg-turned-$i.jpg" $i.jpg; done
$ idc-decode --size 40x24 --pair 1.jpg 2.jpg >pair.idc; idc-decode --size 40x24 1.jpg 2.jpg 3.jpg 4.jpg >four.idc
$ idc-encode -w w.safetensors --arch resnet18 --stage 1 --size 40x24 <pair.idc >one.idc
$ idc-cat --json <one.idc
stdout {"kind":"feature","id":"1.jpg"
stdout "feature":{"dtype":"<f4","shape":[6,10,64]
stdout "pooled":{"dtype":"<f4","shape":[64]
stdout "layer":"layer1"
stdout "prep":"srgb;exif;dct2;bicubic;40x24"
stdout {"kind":"pair","id":"1.jpg:2.jpg","before":"1.jpg","after":"2.jpg"}
no stdout "image"
# the order: both pictures, then the pair
$ idc-cat --json <one.idc | grep -o '"kind":"[a-z]*"' | tr -d '\n'
stdout "kind":"feature""kind":"feature""kind":"pair"
$ idc-cat --json <one.idc | grep -c '"encoder":"[0-9a-f]\{32\}"'
stdout 2
# a batch gives what single pictures give, in the same order, also when it is not full at the end
$ idc-encode -w w.safetensors --arch resnet18 --stage 1 --size 40x24 <four.idc | idc-cat --json | cut -c1-90 >a
$ idc-encode -w w.safetensors --arch resnet18 --stage 1 --size 40x24 -b 3 --max-wait 60000 <four.idc | idc-cat --json | cut -c1-90 >b
$ cmp a b && wc -l <a
stdout 4
$ idc-encode -w w.safetensors --arch resnet18 --stage 1 --size 40x24 -b 64 --max-wait 60000 <pair.idc | idc-cat --json | grep -o '"kind":"[a-z]*"' | tr -d '\n'
stdout "kind":"feature""kind":"feature""kind":"pair"
# a batch that is not full goes out once its time has come, though the stream stays open
$ mkfifo in out; (cat four.idc | head -c -40; read -r _ <out; ) >in & idc-encode -w w.safetensors --arch resnet18 --stage 1 --size 40x24 -b 64 --max-wait 1 <in 2>/dev/null | idc-cat --json -n 1 2>/dev/null | cut -c1-32 | tee out
stdout {"kind":"feature","id":"1.jpg"
$ idc-encode -w w.safetensors --arch resnet18 --stage 1 --size 40x24 --dtype f16 -j 1 <pair.idc | idc-cat --json
stdout "feature":{"dtype":"<f2","shape":[6,10,64]
stdout "pooled":{"dtype":"<f4"
# values beyond f16: the pictures fail by name, the pair passes
$ "$PYTHON" "$TESTS/e2e/resnet_weights.py" 1 large.safetensors 50
$ idc-encode -w large.safetensors --arch resnet18 --stage 1 --size 40x24 --dtype f16 <pair.idc | idc-cat --json
status 1
stdout {"kind":"error","id":"1.jpg","from":"idc-encode","code":"range"
stdout {"kind":"pair"
stderr idc-encode: image '1.jpg': a feature of
stderr is beyond f16 (65504): --dtype f32
# another size: refused by name with the remedy; other records pass
$ idc-decode --size 20x24 1.jpg | idc-encode -w w.safetensors --arch resnet18 --stage 1 --size 40x24 -b 2 | idc-cat --json
status 1
stdout {"kind":"error","id":"1.jpg"
stderr idc-encode: image '1.jpg' is 20x24, the encoder wants 40x24: idc-decode --size 40x24
# the wrong file
$ idc-encode -w w.safetensors --arch resnet50 --stage 1 </dev/null
status 1
stderr idc-encode: w.safetensors: tensor 'layer1.0.conv1.weight' has not the shape that resnet50 gives it
$ idc-encode -w w.safetensors --arch resnet18 --stage 2 </dev/null
status 1
stderr idc-encode: w.safetensors: no tensor 'layer2.0.conv1.weight', which resnet18 has
$ idc-encode -w missing.safetensors </dev/null
status 1
stderr missing.safetensors: no such file
$ idc-encode -w 1.jpg --arch resnet18 </dev/null
status 1
stderr idc-encode: 1.jpg: 
$ idc-encode -w w.safetensors --arch vgg16 </dev/null
status 2
stderr 'vgg16' is none of resnet18, resnet34, resnet50, resnet101, resnet152, resnetv2-50
# usage
$ idc-encode --arch resnet18 </dev/null
status 2
stderr --arch, --stage and --size go with --weights
$ idc-encode -m x -w y </dev/null
status 2
stderr only one of them
$ idc-encode -b 0 </dev/null
status 2
stderr --batch: 0 is not within 1 and 256
$ idc-encode --dtype f8 </dev/null
status 2
stderr --dtype: 'f8' is neither f32 nor f16
$ idc-encode -m missing.safetensors </dev/null
status 1
stderr missing.safetensors
# precisions: ranges once into a file, features with names of their own; what is missing or wrong is said
$ idc-encode -w w.safetensors --arch resnet18 --stage 1 --size 40x24 --precision auto <pair.idc | idc-cat --json | grep -c '"kind":"feature"'
stdout 2
$ mkdir samples && cp 1.jpg 2.jpg samples/ && idc-encode -w w.safetensors --arch resnet18 --stage 1 --size 40x24 --calibrate samples -o ranges && ls
stdout ranges
$ if grep -qw avx512_vnni /proc/cpuinfo; then idc-encode -w w.safetensors --arch resnet18 --stage 1 --size 40x24 --precision int8 --calibrate ranges <pair.idc | idc-cat --json | grep -c '"precision":"int8"'; else echo 2; fi
stdout 2
$ idc-encode -w w.safetensors --arch resnet18 --stage 1 --size 40x24 --precision int8 --calibrate w.safetensors </dev/null
status 1
stderr idc-encode: 
$ idc-encode -w w.safetensors --precision int8 </dev/null
status 2
stderr --precision int8 needs --calibrate FOLDER or FILE
$ idc-encode --precision f8 </dev/null
status 2
stderr --precision: 'f8' is none of f32, bf16, int8, auto
$ idc-encode --calibrate samples </dev/null
status 2
stderr --calibrate without --precision writes a file: -o FILE

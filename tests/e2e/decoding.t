# ways to find a sentence: contrastive search, sampling, required and forbidden words
skip-unless command -v jq
$ cp "$TESTS"/golden/tiny/*.png "$TESTS/golden/tiny/tiny.safetensors" .; export IDC_MODEL=$PWD/tiny.safetensors
> idc-decode --size 48x32 --pair red.png black.png --pair white.png white.png | idc-encode | idc-diff | idc-contrast >diff
> say() { idc-decode-caption "$@" <diff | jq -r .text; }
> say; echo contrastive; say --search contrastive --alpha 0 --top-k 3; echo sample; say --search sample --temperature 0.02
stdout the square is now black
stdout there is no change
stdout contrastive
stdout the square is now black
stdout there is no change
stdout sample
# words that must come, and may not
$ export IDC_MODEL=$PWD/tiny.safetensors; say() { idc-decode-caption "$@" <diff | jq -r .text; }
> say --require white | grep -c white; say --require white --require change -b 2 | grep white | grep -c change; say --forbid black --forbid change | grep -cE 'black|change'
> say --forbid black | head -n 1; say --require square --require now | head -n 1
stdout 2
stdout 2
stdout 0
stdout the square is now
stdout the square is now black
# n-best sentences have them, too
$ idc-decode-caption -m tiny.safetensors --require white -n 5 <diff | jq -c '[.nbest | length, (map(.text | contains("white")) | all)]' | uniq
stdout [5,true]
# a hot sample is another one for another seed, and the same for the same
$ export IDC_MODEL=$PWD/tiny.safetensors; for s in 1 2 3 4 1; do idc-decode-caption --search sample --temperature 50 --seed $s <diff | jq -r .text | tr '\n' '|'; echo; done >samples; sort -u samples | wc -l; sed -n '1p;5p' samples | uniq | wc -l
stdout 4
stdout 1
# what cannot be is said in one line before the first pair
$ idc-decode-caption -m tiny.safetensors --require zebra <diff
status 1
no stdout
stderr idc-decode-caption: the model has no word 'zebra'
$ idc-decode-caption -m tiny.safetensors --forbid '<EOS>' <diff
status 1
stderr idc-decode-caption: the model has no word '<EOS>'
$ idc-decode-caption -m tiny.safetensors --require red --forbid red <diff
status 1
no stdout
stderr idc-decode-caption: 'red' is both required and forbidden
$ idc-decode-caption -m tiny.safetensors --require red --require black --require white --require the --require square --require is --require now --require no --require there <diff
status 1
stderr idc-decode-caption: more than 8 words are required
$ idc-decode-caption -m tiny.safetensors -b 64 --require red --require black --require white --require the <diff
status 1
stderr idc-decode-caption: a beam of 64 with 4 required words keeps 320 sentences, at most 256
$ idc-decode-caption --search contrastive --require red </dev/null
status 2
stderr --search contrastive finds one sentence and cannot require words
$ idc-decode-caption --search sample -n 2 </dev/null
status 2
stderr --search sample finds one sentence and keeps one
$ idc-decode-caption --search diverse </dev/null
status 2
stderr --search: 'diverse' is not there: beam, contrastive or sample
$ idc-decode-caption --alpha 2 </dev/null
status 2
stderr --alpha: expected 0 to 1
$ idc-decode-caption --search contrastive --top-k 0 </dev/null
status 2
stderr --top-k: expected 1 to 64

# idc-diff, idc-contrast, idc-decode-caption: a pair's way to its sentence, with a tiny model
$ cp "$TESTS"/golden/tiny/*.png .; cp "$TESTS/golden/tiny/tiny.safetensors" .; export IDC_MODEL=$PWD/tiny.safetensors
> pipe() { idc-decode --size 48x32 "$@" | idc-encode | idc-diff | idc-contrast | idc-decode-caption; }
> pipe --pair red.png black.png; pipe --pair white.png white.png
stdout "text":"the square is now black"
stdout "changed":true
stdout "kind":"color"
stdout "text":"there is no change"
stdout "changed":false
stdout "box_before":null,"box_after":null
no stderr
# every pair of these pictures: the sentence, and to four decimals the numbers, that PyTorch finds from the same files
$ export IDC_MODEL=$PWD/tiny.safetensors
> jq -r '.id | sub(":"; " ")' "$TESTS/golden/tiny/expected.jsonl" | xargs idc-decode --size 48x32 --pair | idc-encode | idc-diff | idc-contrast -q --min-change 0 | idc-decode-caption >ours
> paste -d, ours "$TESTS/golden/tiny/expected.jsonl" | sed 's/.*/[&]/' | jq -c 'map({id, text}) as [$a, $b] | ($a == $b) and ((.[0].logprob - .[1].logprob) | fabs < 1e-4) and ((.[0].change - .[1].change) | fabs < 1e-4)' | sort | uniq -c | tr -s ' '
stdout  12 true
no stdout false
# a list with bad files: good pairs get sentences, bad ones a line that says why
$ export IDC_MODEL=$PWD/tiny.safetensors; : >empty.png
> printf '{"id":"%s","before":"%s","after":"%s"}\n' good red.png red.png bad red.png nowhere.png empty empty.png red.png last black.png red.png >pairs.jsonl
> idc-decode --size 48x32 --pairs pairs.jsonl | idc-encode | idc-diff | idc-contrast | idc-decode-caption >lines; echo "status $?"
> jq -c '[.id, .text, (.error | type)]' lines
stdout status 1
stdout ["good","there is no change","null"]
stdout ["bad",null,"string"]
stdout ["empty",null,"string"]
stdout ["last","the square is now red","null"]
stderr idc-decode: nowhere.png: no such file
# what a diff holds
$ idc-decode --size 48x32 --pair red.png black.png | idc-encode -m tiny.safetensors | idc-diff -m tiny.safetensors >diff; idc-cat --json <diff
stdout "tokens":{"dtype":"<f4","shape":[14,16]
stdout "grid":[2,3]
stdout "pooled":{"dtype":"<f4","shape":[2,29]
stdout "pointer":{"dtype":"<f4","shape":[2,4,6]
stdout "guess":"color"
no stdout "feature"
# pictures of another world are named once, and the number goes along
$ export IDC_MODEL=$PWD/tiny.safetensors
> idc-decode --size 48x32 --pair stripes.png red.png red.png stripes.png | idc-encode | idc-diff | idc-contrast 2>said | idc-decode-caption | jq -c '.domain < 0.5'
> sort said | uniq -c
stdout true
stdout 1 idc-contrast: these pictures are unlike what the model was trained on
# n sentences; records
$ export IDC_MODEL=$PWD/tiny.safetensors
> idc-decode-caption -n 3 <diff | jq -c '.nbest | length, (map(.logprob) | . == (sort | reverse))'
> idc-decode-caption --records <diff | idc-cat --json
stdout 3
stdout true
stdout {"kind":"caption","id":"red.png:black.png"
stdout "text":"the square is now black"
# below --min-change a pair is unchanged: the model's own sentence, and the decoder does not run
$ idc-contrast -m tiny.safetensors --min-change 1 <diff | idc-decode-caption -m tiny.safetensors -n 3 -v --maps
stdout "changed":false
stdout "text":"there is no change"
stdout "box_before":null
no stdout logprob
no stdout nbest
no stdout "map"
stderr idc-decode-caption: 0 pairs decoded, 1 unchanged without decoding
$ idc-contrast -m tiny.safetensors --min-change 1 <diff | idc-decode-caption -m tiny.safetensors --maps --records | idc-cat --json
stdout "kind":"caption"
no stdout "kind":"map"
$ idc-contrast -m tiny.safetensors --min-change 0 <diff | idc-decode-caption -m tiny.safetensors -v
stdout "text":"the square is now black"
stderr idc-decode-caption: 1 pairs decoded, 0 unchanged without decoding
# another model, another encoder: refused by name
$ sed 's/"name\\": \\"tiny/"name\\": \\"tinx/' tiny.safetensors >other.safetensors
> idc-contrast -m other.safetensors <diff | idc-cat --json
status 1
stdout "kind":"error","id":"red.png:black.png"
stderr idc-contrast: diff 'red.png:black.png': made by model
$ idc-decode-caption -m other.safetensors <diff
status 1
stdout {"id":"red.png:black.png","error":"diff 'red.png:black.png': made by model
stderr idc-decode-caption: diff 'red.png:black.png': made by model
$ sed 's/"mean\\": \[0.45/"mean\\": [0.46/' tiny.safetensors >darker.safetensors
> idc-decode --size 48x32 --pair red.png black.png | idc-encode -m darker.safetensors | idc-diff -m tiny.safetensors >/dev/null
status 1
stderr idc-diff: feature 'red.png': made by encoder
# no model, no file, bad options
$ mkdir -p t/bin; cp "$(command -v idc-diff)" t/bin; IDC_MODEL= t/bin/idc-diff </dev/null >/dev/null
status 1
stderr idc-diff: no model: give -m FILE or set IDC_MODEL
$ idc-diff -m nowhere.safetensors </dev/null >/dev/null
status 1
stderr idc-diff: nowhere.safetensors: 
$ idc-decode-caption -m red.png </dev/null
status 1
stderr idc-decode-caption: red.png: 
$ idc-decode-caption -n 0 </dev/null
status 2
stderr idc-decode-caption: -n: expected 1 to 64 sentences
$ idc-decode-caption --greedy -n 2 </dev/null
status 2
stderr --greedy finds one sentence
$ idc-diff --window 0 </dev/null >/dev/null
status 2
stderr --window
$ idc-contrast --device tpu </dev/null >/dev/null
status 2
stderr --device: 'tpu' is not there
# an input that ends without its end
$ head -c 300 diff | idc-contrast -m tiny.safetensors >/dev/null
status 1
stderr idc-contrast: 

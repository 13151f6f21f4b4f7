# idc-contrast --captions, --rerank and --retrieve, with a tiny model that has a head for retrieval
skip-unless command -v jq
$ cp "$TESTS"/golden/tiny/*.png "$TESTS/golden/tiny/aligned.safetensors" "$TESTS/golden/tiny/alignment.jsonl" .
> export IDC_MODEL=aligned.safetensors
> jq -r '.id | sub(":"; " ")' alignment.jsonl | xargs idc-decode --size 48x32 --pair | idc-encode | idc-diff >diffs
> jq -c '{id, captions: [.scores[].text]}' alignment.jsonl >captions.jsonl; wc -l <captions.jsonl
stdout 9
# what PyTorch finds from the same files, to four decimals
$ export IDC_MODEL=aligned.safetensors
> idc-contrast --captions captions.jsonl <diffs | idc-cat --json --kind diff | jq -c '{id, scores}' >ours
> paste -d, ours alignment.jsonl | sed 's/.*/[&]/' | jq -c '.[0].id == .[1].id and ([.[0].scores, .[1].scores] | transpose | all(.[0].text == .[1].text and (.[0].alignment - .[1].alignment | fabs < 1e-4) and (.[0].itc - .[1].itc | fabs < 1e-4)))' | sort | uniq -c | tr -s ' '
stdout  9 true
no stdout false
no stderr
# pairs without sentences and unknown words are said once
$ export IDC_MODEL=aligned.safetensors
> printf '{"id":"red.png:black.png","text":"the %s square"}\n' purple >one.jsonl; idc-contrast --captions one.jsonl <diffs | idc-cat --json --kind diff | jq -c 'select(.scores) | [.id, (.scores | length)]'
stdout ["red.png:black.png",1]
stderr idc-contrast: one.jsonl: 1 words that the model does not know (first: 'purple' of 'red.png:black.png')
stderr idc-contrast: one.jsonl: no sentences of 8 pairs
# an n-best list in the order of the alignment, the best one said; a pair called unchanged keeps its sentence
$ export IDC_MODEL=aligned.safetensors
> idc-contrast -q <diffs | idc-decode-caption -n 4 --records --tokens | idc-contrast --rerank >ranked; jq -c '(.nbest // [] | map(.alignment)) as $a | [($a == ($a | sort | reverse)), (.nbest == null or (.text == .nbest[0].text and .logprob == .nbest[0].logprob)), has("tokens"), .changed, (.nbest | length)]' ranked | sort | uniq -c | tr -s ' '
stdout  6 [true,true,false,true,4]
stdout  3 [true,true,false,false,0]
# with the decoder's own opinion: alignment + 2 logprob
$ export IDC_MODEL=aligned.safetensors
> idc-contrast -q <diffs | idc-decode-caption -n 4 --records --tokens | idc-contrast --rerank --logprob-weight 2 | jq -c '(.nbest // [] | map(.alignment + 2 * .logprob)) as $a | $a == ($a | sort | reverse)' | uniq -c | tr -s ' '
stdout  9 true
$ idc-contrast --logprob-weight 1 <diffs
status 2
stderr idc-contrast: --records and --logprob-weight go with --rerank
# with sentences from a file; the same order as their scores have
$ export IDC_MODEL=aligned.safetensors
> idc-contrast --rerank --captions captions.jsonl <diffs >ranked; paste -d, ranked alignment.jsonl | sed 's/.*/[&]/' | jq -c '(.[0].nbest | map(.text)) == (.[1].scores | sort_by(-.alignment) | map(.text))' | sort | uniq -c | tr -s ' '
stdout  9 true
$ idc-contrast -m aligned.safetensors --rerank --records --captions captions.jsonl <diffs | idc-cat --json | head -n 2 | tail -n 1
stdout {"kind":"caption"
no stdout "tokens"
# lines of idc-decode-caption -n are such a file
$ export IDC_MODEL=aligned.safetensors
> idc-decode-caption -n 3 <diffs >nbest.jsonl; idc-contrast --rerank --captions nbest.jsonl <diffs | jq -c '.nbest | length' | sort | uniq -c | tr -s ' '
stdout  9 3
# the references that such lines carry along are no candidates
$ export IDC_MODEL=aligned.safetensors
> jq -c '. + {captions: ["the white square moved", "x"]}' nbest.jsonl >carried.jsonl; cmp <(idc-contrast --rerank --captions carried.jsonl <diffs) <(idc-contrast --rerank --captions nbest.jsonl <diffs)
no stdout
# retrieval: each pair's two best of four sentences and each sentence's two best of nine pairs, by the embeddings
$ export IDC_MODEL=aligned.safetensors
> idc-contrast --retrieve 2 --captions captions.jsonl <diffs >hits; jq -c 'if .pair then "pair" else "text" end' hits | sort | uniq -c | tr -s ' '
> jq -c --slurpfile truth alignment.jsonl 'select(.pair) | . as $h | ($truth[] | select(.id == $h.pair) | .scores | sort_by(-.itc) | .[:2] | map(.text)) == [$h.texts[].text]' hits | sort | uniq -c | tr -s ' '
> jq -c --slurpfile truth alignment.jsonl 'select(.text) | . as $h | ([$truth[] | {id, s: (.scores[] | select(.text == $h.text) | .itc)}] | sort_by(-.s) | .[:2] | map(.id)) == [$h.pairs[].pair]' hits | sort | uniq -c | tr -s ' '
stdout  9 "pair"
stdout  4 "text"
stdout  9 true
stdout  4 true
$ idc-contrast -m aligned.safetensors --retrieve 100 --captions captions.jsonl <diffs >all.jsonl; jq -c '[.texts, .pairs] | map(length)' all.jsonl | sort | uniq -c | tr -s ' '
no stderr
stdout  9 [4,0]
stdout  4 [0,9]
# recall of a labelled list by its grammar: all three changed pairs are among the first ten; one of three pairs by chance
$ cat >grammar.json <<'END'
> {"attributes": {"color": {"black": ["black"], "red": ["red"], "white": ["white"]}, "shape": {"square": ["square"]}},
>  "anything": ["thing"], "relations": {}, "threshold": 0.2,
>  "types": {"none": ["there is no change"], "color": ["the {object} is now {color}"]}}
> END
> printf '{"id":"%s","before":"%s.png","after":"%s.png","type":"%s","captions":["%s"]}\n' 1 red black color 'the square is now black' 2 black red color 'the thing is now red' 3 red red none 'there is no change' 4 black white color 'the square is now white' >list.jsonl
> "$ROOT/pipelines/clevr-change/retrieve.sh" -m aligned.safetensors --size 48x32 --grammar grammar.json --keep kept list.jsonl | tail -n 1 | jq -c '[.pairs, .texts, .pair_to_text["R@5"].recall, .text_to_pair["R@10"].recall, .text_to_pair["R@1"].chance]'
stdout [3,3,1,1,0.3333]
# a sentence that states the same is right, another is wrong
$ printf '%s\n' '{"pair":"1","texts":[{"text":"the square is now black","score":1}]}' '{"pair":"2","texts":[{"text":"the square is now black","score":1}]}' '{"text":"the thing is now red","pairs":[{"pair":"4","score":1},{"pair":"2","score":0}]}' >hits
> "$ROOT/pipelines/clevr-change/retrieve.sh" --hits hits --grammar grammar.json list.jsonl | tail -n 1 | jq -c '[.pair_to_text["R@1"].recall, .text_to_pair["R@1"].recall, .text_to_pair["R@5"].recall]'
stdout [0.5,0,1]
# a model that was trained for neither; one that only aligns; what makes no sense
$ idc-contrast -m "$TESTS/golden/tiny/tiny.safetensors" --captions captions.jsonl <diffs >/dev/null
status 1
stderr tiny.safetensors: was trained neither to align sentences (tasks.fda) nor to embed them (loss.itc)
$ idc-contrast -m aligned.safetensors --rerank --captions one.jsonl <diffs
status 1
stderr idc-contrast: one.jsonl: no sentences of 'red.png:red.png'
$ idc-contrast --retrieve 3 <diffs
status 2
stderr idc-contrast: --retrieve: among which captions? give --captions FILE
$ idc-contrast --retrieve 3 --rerank --captions captions.jsonl <diffs
status 2
stderr idc-contrast: --negatives, --rerank and --retrieve: one at a time
$ printf '{"a": ["x"], "b": [""]}' >empty.json; idc-contrast -m aligned.safetensors --captions empty.json <diffs
status 1
stderr idc-contrast: empty.json: 'b': a sentence without words (record 2)
no stdout

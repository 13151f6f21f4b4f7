# idc-score: forms of input, what counts, outputs, statistics, tables of changes
$ idc-score --version
stdout idc-score (idc)
$ idc-score --help | awk 'length > 80 || / $/'
no stdout
$ cat > refs.json <<'END'
> {"annotations": [{"image_id": 1, "id": 7, "caption": "The red cube moved left."}, {"image_id": 2, "id": 8, "caption": "No change was made."},
> {"image_id": 1, "id": 9, "caption": "A red cube has moved."}, {"image_id": 3, "id": 10, "caption": "The big ball is gone now."}], "images": [{"id": 1}], "info": {}}
> END
$ printf '%s' '[{"image_id": 1, "caption": "The red cube moved."}, {"image_id": 2, "caption": "no change was made"}, {"image_id": 3, "caption": "The ball is missing"}]' > results.json
$ printf '{"id":"1","text":"the red cube moved","logprob":-1}\n{"id":"2","text":"no change was made"}\n{"id":"3","text":"the ball is missing"}\n' > results.jsonl
$ printf '{"1": ["the red cube moved"], "2": "no change was made", "3": ["the ball is missing"]}' > res.json
$ printf '1\tthe red cube moved\n2\tno change was made\n3\tthe ball is missing\n' > res.tsv
$ printf 'the red cube moved\nno change was made\nthe ball is missing\n' > res.txt
# the same numbers from every form
$ for f in results.json results.jsonl res.json res.tsv res.txt; do idc-score -m bleu,rouge,cider --tsv -r refs.json $f | cut -f2,3 | md5sum; done | sort -u | wc -l
stdout 1
no stderr
$ idc-score -m bleu,rouge,cider -r refs.json results.json
stdout Bleu_4             0.5843
stdout ROUGE_L            0.8168
stdout CIDEr_D            5.7261
stdout metrics:bleu-1..4(closest)+rouge-l(beta1.2)+cider-d(n4,sigma6,x10)+cider-plain(n4,x10)|items:3|refs:1-2|tok:ptb|df:refs|version:idc-
# the hypothesis is the sentence under "text", whatever lists stand beside it
$ printf '%s\n' '{"captions":["no"],"id":"1","text":"the red cube moved","nbest":[{"text":"the red cube moved"},{"text":"a ball"}]}' '{"id":"2","nbest":["x"],"text":"no change was made"}' '{"id":"3","caption":"the ball is missing","captions":["y","z"]}' >nbest.jsonl
> cmp <(idc-score -m bleu,rouge,cider --tsv -r refs.json nbest.jsonl | cut -f2,3) <(idc-score -m bleu,rouge,cider --tsv -r refs.json res.tsv | cut -f2,3)
no stdout
no stderr
# an id without a sentence, a sentence without a reference, an id twice: said, not scored as 0
$ printf '{"id":"1","text":"a cube"}\n{"id":"1","text":"the red cube moved"}\n{"id":"2","error":"no such file"}\n{"id":"9","text":"hello"}\n' | idc-score -m rouge -r refs.json -
status 1
stderr idc-score: 1 ids come more than once (1): the last sentence counts
stderr idc-score: 1 records have an error in place of a sentence
stderr idc-score: 2 of 4 items have no sentence (3): they are not scored
stderr idc-score: 1 sentences have no reference (9): they are not scored
stdout ROUGE_L  0.8714
stdout |items:1|
$ printf '1\tthe cube\n' > one.tsv && idc-score -m cider -r one.tsv one.tsv
stdout CIDEr_D       0.0000
stderr idc-score: CIDEr of one item is 0 by its definition
$ printf '8\thello\n' | idc-score -m bleu -r one.tsv -
status 1
stderr idc-score: no item has both a hypothesis and a reference
$ : > empty.txt; idc-score -m bleu -r one.tsv empty.txt
status 1
stderr idc-score: empty.txt: no sentence
$ printf '{"a": ["x"' > cut.json; idc-score -m bleu -r cut.json one.tsv
status 1
stderr idc-score: cut.json: line 1: the file ends in the middle of a value
$ printf '[{"caption": "x"}]' > noid.json; idc-score -m bleu -r noid.json one.tsv
status 1
stderr noid.json: a record with a sentence but no id
$ idc-score -m spice -r one.tsv one.tsv
status 2
stderr 'spice' is not bleu, meteor, rouge or cider (SPICE needs a parser that is not here)
$ idc-score one.tsv
status 2
stderr give references by -r
# a store gives sentences, by the names of its pairs
$ printf '{"images":[{"filepath":"train","filename":"a.png","imgid":0,"sentids":[0,1],"sentences":[{"raw":"the red cube moved left"},{"raw":"a red cube has moved"}],"split":"train","changeflag":1}],"dataset":"levir"}' > levir.json && idc-store import s.db levir-cc levir.json >/dev/null && printf 'a.png\tthe red cube moved\n' | idc-score -q -m rouge -r s.db -
stdout ROUGE_L  0.8714
# JSON, document frequencies in a file
$ idc-score -m bleu,cider --json -r refs.json results.json | jq -r '.overall.Bleu_1, .per_item["2"].CIDEr_D, (.signature | split("|")[1])'
stdout 0.7139007
stdout 10
stdout items:3
$ idc-score -m cider --write-df df.tsv -r refs.json results.json --tsv | cut -f3 > a; idc-score -m cider --df df.tsv -r refs.json results.json --tsv | cut -f3 > b; cmp a b; head -n 1 df.tsv
stdout # documents 3
no stderr
$ printf '1\tthe red cube moved\n' | idc-score -m cider --df df.tsv -r refs.json - 2>/dev/null
status 1
stdout df:file df.tsv
stdout CIDEr_D      5.3091
# LaTeX, the worst item
$ idc-score -m bleu --latex -r refs.json results.json
stdout results.json & 71.4 & 65.8 & 60.8 & 58.4 \\
$ idc-score -m cider --worst 1 -r refs.json results.json
stdout 3  CIDEr_D 1.8693
stdout   the ball is missing
stdout   = the big ball is gone now
# statistics: the same with any number of threads; a system does not differ from itself
$ for j in 1 3; do idc-score -m bleu,cider -j $j -b 200 -c randomize --json -r refs.json results.json res.tsv | md5sum; done | sort -u | wc -l
stdout 1
$ idc-score -m rouge -c bootstrap -r refs.json results.json res.tsv
stdout p 1.0000
$ idc-score -m rouge --seeds -r refs.json results.json res.tsv
stdout 0.8168 ± 0.0000
# tables of changes
$ printf '{"move": ["1"], "none": ["2"], "drop": ["3"]}' > types.json
$ printf '1\tthe red cube has moved\n1\tthe cube was moved\n2\tnothing has changed\n3\tthe large ball is gone\n4\tthere is no change\n' > said.tsv
$ printf '1\tthe red block was moved\n2\tthere is no change\n3\tthe tiny ball is missing\n4\tthe blue ball has appeared\n' > says.tsv
$ idc-score -m bleu --types types.json --grammar "$ROOT/pipelines/clevr-change/grammar.json" -r said.tsv says.tsv
stdout move         1
stdout changed      2
stdout total        4
stdout no change          1       1
stdout change             0       2
stdout change precision  0.6667
stdout hallucination     0.5000
stdout type right        1.0000   2
stdout size right        0.0000   1
stdout shape right       1.0000   2
# the tokeniser as a filter
$ printf "It's gone, isn't it?\nthe van is near No.\n3 dogs run\n" | idc-score --tokenize-only
stdout it 's gone is n't it
stdout the van is near no.
stdout 3 dogs run
# without METEOR's data the score is not called METEOR
$ env -u VIRTUAL_ENV HOME=/nowhere XDG_CACHE_HOME=$PWD IDC_METEOR_DATA= idc-score -m meteor -r refs.json results.json
status 1
stderr METEOR's data are nowhere

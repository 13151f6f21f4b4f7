# idc-contrast --negatives: sentences that are nearly right of a pair, and false
$ cat >refs.json <<'END'
> {"a-s": ["the small red ball left of the big cube has been added", "a new red metal sphere can be seen"],
>  "a-n": ["there is no change", "nothing has changed"],
>  "b-s": ["the big green cylinder turned yellow", "someone painted the green matte cylinder yellow"],
>  "c-s": ["the tiny blue block is gone", "the blue rubber cube has been removed"],
>  "d-s": ["the small red ball right of the big cube has been added"],
>  "e-s": ["the purple metal cube has moved", "someone moved the large purple block"],
>  "f-n": ["the scene is unchanged", "no change has been made"]}
> END
> idc-contrast --negatives R2P2C2 --captions refs.json >out.jsonl; jq -c '[.id, (.sentences | length), (.neg_samples | unique | length)]' out.jsonl
stdout ["a-s",2,6]
stdout ["a-n",2,6]
stdout ["f-n",2,6]
no stderr
# none is the pair's own, changed pairs get one sentence of no change, unchanged ones none
$ jq -c '[(.neg_samples - .sentences | length), (.neg_samples | map(select(test("no change|nothing has|unchanged"))) | length)]' out.jsonl | sort | uniq -c | tr -s ' '
stdout  5 [6,1]
stdout  2 [6,0]
# retrieved ones are other pairs' sentences; the one nearest to a-s tells left from right
$ idc-contrast --negatives R3 --captions refs.json -o r3.jsonl; jq -s '[.[].sentences[]] as $all | all(.[].neg_samples[]; . as $s | $all | index($s))' r3.jsonl; jq -c 'select(.id == "d-s") | .neg_samples[0]' r3.jsonl
stdout true
stdout "the small red ball left of the big cube has been added"
# the seed decides
$ for s in 1 1 2; do idc-contrast --negatives P3C3 --captions refs.json --seed $s | md5sum; done | uniq -c | tr -s ' ' | cut -c 1-3
stdout  2
stdout  1
# lists of pairs with img1 and img2 keep their names; a list of words is a sentence; the words of birds
$ cat >bird.json <<'END'
> {"img1": "1.jpg", "img2": "2.jpg", "description": ["animal1", "has", "a", "red", "bill", ".", "animal2", "is", "larger", "."]}
> {"img1": "1.jpg", "img2": "2.jpg", "description": ["animal2", "has", "a", "longer", "tail"]}
> {"img1": "3.jpg", "img2": "4.jpg", "description": [["animal1", "is", "brown"], ["animal1", "and", "animal2", "look", "alike"]]}
> END
> idc-contrast --negatives C1P1 --words birds --captions bird.json | jq -c '[.img1, .img2, .id, .sentences[0], (.neg_samples | length)]'
stdout ["1.jpg","2.jpg",null,"animal1 has a red bill . animal2 is larger .",2]
stdout ["3.jpg","4.jpg",null,"animal1 is brown",2]
# from a stream
$ idc-contrast --negatives R1 --captions - <refs.json | wc -l
stdout 7
# from a store
$ jq '{images: [keys[] | {id: ., file_name: .}], annotations: [to_entries[] | .key as $k | .value[] | {image_id: $k, caption: .}]}' refs.json >coco.json
> idc-store import -q db coco coco.json >/dev/null; idc-contrast --negatives R2P2C2 --captions db | jq -c '.neg_samples | length' | uniq -c | tr -s ' '
stdout  7 6
# what cannot be: one line each
$ idc-contrast --negatives R40 --captions refs.json >/dev/null
status 1
stderr idc-contrast: negatives of 'a-s': 40 wanted, the corpus of 13 sentences gives 
$ echo '{"a": ["a red ball"], "b": ["a ball", "  "]}' >empty.json; idc-contrast --negatives R1 --captions empty.json
status 1
stderr idc-contrast: empty.json: 'b': a sentence without words (record 2)
no stdout
$ printf '{"id":"%s","captions":["a ball"]}\n' a b a >twice.jsonl; idc-contrast --negatives R1 --captions twice.jsonl
status 1
stderr idc-contrast: twice.jsonl: 'a' comes twice (records 1 and 3)
$ echo '{"a": [], "b": ["a ball"]}' >none.json; idc-contrast --negatives R1 --captions none.json
status 1
stderr idc-contrast: none.json: 'a': no sentence
$ : >nothing; idc-contrast --negatives R1 --captions nothing
status 1
stderr idc-contrast: nothing: no sentences
$ idc-contrast --negatives R1 --captions nowhere.json
status 1
stderr idc-contrast: nowhere.json: no such file
$ idc-contrast --negatives R2X2 --captions refs.json
status 1
stderr idc-contrast: recipe 'R2X2': expected R, P or C and a number each
$ echo '{"classes": {"color": []}}' >words.json; idc-contrast --negatives R1 --captions refs.json --words ./words.json
status 1
stderr idc-contrast: ./words.json: class 'color'
$ idc-contrast --negatives R1
status 2
stderr idc-contrast: --negatives: of which captions? give --captions FILE
# a reader that has gone is no failure
$ idc-synth --count 6 --seed 5 --size 64x48 --samples 1 -o many -q; { idc-contrast --negatives R2P2C2 --captions many/pairs.jsonl; echo $? >&2; } | true
stderr 0
no stderr write error

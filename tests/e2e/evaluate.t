# evaluate.sh reads sentences by its grammar and counts what is right; four pairs and their two scenes, made by hand
skip-unless command -v jq
$ cat > scenes.jsonl <<'END'
> {"triple":"a","views":{"before":{"file":"a_b.png","camera":[7,-7,5],"objects":[{"shape":"cube","size":"large","color":"red","material":"metal","x":0,"y":0},{"shape":"sphere","size":"small","color":"blue","material":"rubber","x":2,"y":2}]},"semantic":{"file":"a_s.png","camera":[7,-7,5],"objects":[{"shape":"cube","size":"large","color":"green","material":"metal","x":0,"y":0},{"shape":"sphere","size":"small","color":"blue","material":"rubber","x":2,"y":2}]},"nonsemantic":{"file":"a_n.png","camera":[7,-7,5],"objects":[{"shape":"cube","size":"large","color":"red","material":"metal","x":0,"y":0},{"shape":"sphere","size":"small","color":"blue","material":"rubber","x":2,"y":2}]}}}
> {"triple":"b","views":{"before":{"file":"b_b.png","camera":[7,-7,5],"objects":[{"shape":"cube","size":"large","color":"red","material":"metal","x":0,"y":0}]},"semantic":{"file":"b_s.png","camera":[7,-7,5],"objects":[{"shape":"cube","size":"large","color":"red","material":"metal","x":0,"y":0},{"shape":"cylinder","size":"small","color":"gray","material":"metal","x":2,"y":-2}]},"nonsemantic":{"file":"b_n.png","camera":[7,-7,5],"objects":[{"shape":"cube","size":"large","color":"red","material":"metal","x":0,"y":0}]}}}
> END
$ cat > pairs.jsonl <<'END'
> {"id":"a-s","before":"a_b.png","after":"a_s.png","type":"color","changed":{"before":{"size":"large","color":"red","material":"metal","shape":"cube","x":0,"y":0},"after":{"size":"large","color":"green","material":"metal","shape":"cube","x":0,"y":0}},"captions":["the large cube turned green","the block left of the tiny ball is now green"]}
> {"id":"a-n","before":"a_b.png","after":"a_n.png","type":"none","changed":null,"captions":["there is no change"]}
> {"id":"b-s","before":"b_b.png","after":"b_s.png","type":"add","changed":{"before":null,"after":{"size":"small","color":"gray","material":"metal","shape":"cylinder","x":2,"y":-2}},"captions":["there is a new cylinder that is in front of the cube"]}
> {"id":"b-n","before":"b_b.png","after":"b_n.png","type":"none","changed":null,"captions":["nothing has changed"]}
> END
# the references themselves are right
$ jq -c '{id, text: .captions[-1]}' pairs.jsonl > h.jsonl && "$ROOT/pipelines/clevr-change/evaluate.sh" --hyps h.jsonl pairs.jsonl | tail -n 1
stdout {"pairs":4,"failed":0,"change_accuracy":1,"type_accuracy":1,"type_accuracy_by_type":{"none":1,"color":1,"add":1},"slots_accuracy":1,"new_value_accuracy":1,"relations":2,"relations_true":1,"seconds":0}
# a wrong new colour, a wrong relation, an added object of the wrong shape
$ printf '%s\n' '{"id":"a-s","text":"the cube right of the ball became blue"}' '{"id":"a-n","text":"there is no difference"}' '{"id":"b-s","text":"a new gray block can be seen"}' '{"id":"b-n","text":"the red cube is gone"}' > h.jsonl; "$ROOT/pipelines/clevr-change/evaluate.sh" --hyps h.jsonl pairs.jsonl | tail -n 1
stdout {"pairs":4,"failed":0,"change_accuracy":0.75,"type_accuracy":1,"type_accuracy_by_type":{"none":0.5,"color":1,"add":1},"slots_accuracy":0.25,"new_value_accuracy":0,"relations":1,"relations_true":0,"seconds":0}
# an attribute that every reference states must be stated; a relation to nothing in the scene does not hold
$ printf '%s\n' '{"id":"a-s","text":"the red thing behind the yellow ball turned green"}' '{"id":"a-n","text":"no object has changed"}' '{"id":"b-s","text":"the thing that is both right of the cube and in front of the block is new"}' '{"id":"b-n","text":"nothing has changed"}' > h.jsonl; "$ROOT/pipelines/clevr-change/evaluate.sh" --hyps h.jsonl pairs.jsonl | tail -n 1
stdout "slots_accuracy":0.5,"new_value_accuracy":1,"relations":3,"relations_true":0.3333
# what no template fits counts as wrong, and so does a pair without a sentence
$ printf '%s\n' '{"id":"a-s","text":"green green cube"}' '{"id":"a-n","text":"the scene is the"}' '{"id":"b-s","error":"no such file"}' > h.jsonl; "$ROOT/pipelines/clevr-change/evaluate.sh" --hyps h.jsonl pairs.jsonl
stdout is \ said      none    color material      add     drop     move   unread    error
stdout color             0        0        0        0        0        0        1        0
stdout {"pairs":4,"failed":2,"change_accuracy":0,"type_accuracy":0,
# intervals are Wilson's: 1 of 2 is 9.5 to 90.5 %
$ printf '%s\n' '{"id":"a-n","text":"nothing has changed"}' > h.jsonl; "$ROOT/pipelines/clevr-change/evaluate.sh" --hyps h.jsonl pairs.jsonl
stdout none          2   50.0 (9.5 to 90.5)
$ "$ROOT/pipelines/clevr-change/evaluate.sh" nowhere.jsonl
status 2
stderr evaluate.sh: nowhere.jsonl: no such file
# the whole pipe, in another domain with a grammar of its own
$ cp "$TESTS"/golden/tiny/*.png . && cat > grammar.json <<'END'
> {"attributes": {"color": {"black": ["black"], "red": ["red"], "white": ["white"]}, "shape": {"square": ["square"]}},
>  "anything": ["thing"], "relations": {}, "threshold": 0.2,
>  "types": {"none": ["there is no change"], "color": ["the {object} is now {color}"]}}
> END
> printf '{"id":"%s","before":"%s","after":"%s","type":"%s","changed":%s,"captions":["%s"]}\n' \
>     1 red.png black.png color '{"before":{"color":"red","shape":"square"},"after":{"color":"black","shape":"square"}}' 'the square is now black' \
>     2 red.png red.png none null 'there is no change' > squares.jsonl
> "$ROOT/pipelines/clevr-change/evaluate.sh" --grammar grammar.json --size 48x32 -m "$TESTS/golden/tiny/tiny.safetensors" --keep kept.jsonl squares.jsonl | tail -n 1; jq -r .text kept.jsonl
stdout {"pairs":2,"failed":0,"change_accuracy":1,"type_accuracy":1,"type_accuracy_by_type":{"none":1,"color":1},"slots_accuracy":1,"new_value_accuracy":1,"relations":0,"relations_true":1,"seconds":
stdout the square is now black

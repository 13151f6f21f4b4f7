# the default model says the truth about the pictures of make demo, in whatever words
skip-unless command -v jq && [ -f "$ROOT/pipelines/models/default.safetensors" ]
$ cp "$ROOT"/pipelines/demo/*.png . && cat > pairs.jsonl <<'END'
> {"id":"change","before":"before.png","after":"after.png","type":"color","changed":{"before":{"size":"large","color":"yellow","material":"metal","shape":"cylinder"},"after":{"size":"large","color":"red","material":"metal","shape":"cylinder"}},"captions":["the cylinder turned red"]}
> {"id":"back","before":"after.png","after":"before.png","type":"color","changed":{"before":{"size":"large","color":"red","material":"metal","shape":"cylinder"},"after":{"size":"large","color":"yellow","material":"metal","shape":"cylinder"}},"captions":["the cylinder turned yellow"]}
> {"id":"same","before":"before.png","after":"before.png","type":"none","changed":null,"captions":["there is no change"]}
> END
> "$ROOT/pipelines/clevr-change/evaluate.sh" -m "$ROOT/pipelines/models/default.safetensors" pairs.jsonl | tail -n 1
stdout "pairs":3,"failed":0,"change_accuracy":1,"type_accuracy":1,
stdout "slots_accuracy":1,
# rendered scenes are what it was trained on
no stderr
# the box lies around the cylinder: its middle is inside
$ idc-caption -q --json -m "$ROOT/pipelines/models/default.safetensors" before.png after.png | jq -c '[.box_before, .box_after] | map(.[0] < 83 and 83 < .[2] and .[1] < 140 and 140 < .[3])'
stdout [true,true]
$ "$ROOT/pipelines/demo.sh" "$(dirname "$(dirname "$(command -v idc-cat)")")"
stdout The pictures with what changed:

# every reference sentence of a labelled set is read as its own type and is true of its scene
skip-unless command -v jq && [ -f "$IDC_DATA/clevr/dev/pairs.jsonl" ]
$ for i in 0 1 2 3 4 5; do
>     jq -c --argjson i $i '{id, text: .captions[$i]}' "$IDC_DATA/clevr/dev/pairs.jsonl" > h.jsonl
>     "$ROOT/pipelines/clevr-change/evaluate.sh" --hyps h.jsonl "$IDC_DATA/clevr/dev/pairs.jsonl" | tail -n 1 |
>         jq -c '[.change_accuracy, .type_accuracy, .slots_accuracy, .relations_true]' >> scores
> done; sort scores | uniq -c
stdout 6 [1,1,1,1]

# the examples of idc-score's man page run, each alone
skip-unless command -v jq
$ printf '{"1": ["The red cube moved left.", "A red cube has moved."], "2": ["No change was made."], "3": ["The big ball is gone now."]}' > refs.json
$ printf '{"1": "the red cube moved", "2": "no change was made", "3": "the ball is missing"}' > results.json
$ printf '{"1": "a cube moved", "2": "no change", "3": "the ball is gone"}' > other.json
$ printf '{"move": ["1"], "none": ["2"], "drop": ["3"]}' > types.json
$ cp "$ROOT/pipelines/clevr-change/grammar.json" .
$ sed -n 's/^\.Dl \$ //p' "$ROOT/docs/man/idc-score.1" > examples; wc -l < examples
stdout 6
$ while IFS= read -r line; do bash -c "$line" > out || echo "status $?: $line"; [ -s out ] || echo "silent: $line"; done < examples
no stdout
no stderr
$ sed -n 6p examples | bash
stdout it 's gone is n't it
$ sed -n 5p examples | bash
stdout 0.58431

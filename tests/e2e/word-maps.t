# word maps: where each word looks, as a field, as records, and as heat over the pictures
skip-unless command -v jq
$ cp "$TESTS"/golden/tiny/*.png "$TESTS/golden/tiny/tiny.safetensors" .; export IDC_MODEL=$PWD/tiny.safetensors
> idc-decode --size 48x32 --pair red.png black.png | idc-encode | idc-diff | idc-contrast >diff; idc-decode-caption --maps <diff >maps
# a word each, without the end of the sentence; cells of both pictures together span 0 to 1, but where nothing speaks for
# the word ("is" is clear from "the square")
> jq -c '[.text, (.map | map(.word) | join(" ")), (.map | map(.index))]' maps
> jq -c '.map[] | .before + .after | [length, (map(length) | unique), (flatten | min, max)]' maps | sort | uniq -c | tr -s ' '
stdout ["the square is now black","the square is now black",[0,1,2,3,4]]
stdout  4 [4,[3],0,1]
stdout  1 [4,[3],0,0]
no stderr
# the other words of the line are the same without maps
$ jq -c 'del(.map)' maps | cmp - <(idc-decode-caption -m tiny.safetensors <diff | jq -c .) && echo same
stdout same
# records behind their caption
$ idc-decode-caption -m tiny.safetensors --maps --records <diff | idc-cat --json | jq -c '[.kind, .word, .index, (.before | .shape?) // null]'
stdout ["caption",null,null,null]
stdout ["map","the",0,[2,3]]
stdout ["map","black",4,[2,3]]
# another block sees something else
$ idc-decode-caption -m tiny.safetensors --maps --map-block 1 <diff | jq -c .map | cmp -s - <(jq -c .map maps) || echo different
stdout different
$ idc-decode-caption -m tiny.safetensors --maps --map-block 2 <diff | cmp - maps && echo the last
stdout the last
$ idc-decode-caption -m tiny.safetensors --maps --map-block 3 <diff
status 1
stderr idc-decode-caption: word maps: block 3 of 2 is not there
# heat makes the pictures redder, but not where there is none; a word that is not said leaves them
$ idc-view --png plain.png maps; idc-view --png heat.png --heat maps; idc-view --png word.png --word black maps; idc-view --png none.png --word sphere maps
> cmp -s plain.png heat.png || echo heat; cmp -s heat.png word.png || echo word; cmp plain.png none.png && echo none
stdout heat
stdout word
stdout none
stderr idc-view: red.png:black.png: the sentence has no word 'sphere'
$ jq -c 'del(.map)' maps | idc-view --png x.png --heat
status 1
stderr idc-view: stdin:1: no "map": idc-decode-caption --maps writes it
$ for bad in 1 '["x"]' '[{"word":"cube"}]' '[{"word":"cube","before":[[2]],"after":[[0]]}]' '[{"word":"cube","before":[[0,1],[0]],"after":[[0,1],[0,1]]}]' '[{"word":"cube","before":[[0]],"after":[[0,1]]}]'; do jq -c --argjson m "$bad" '.map = $m' maps; done | idc-view --png x.png --heat
status 1
stderr idc-view: stdin:1: "map" is no list of words with maps of one size
stderr idc-view: stdin:6: "map" is no list of words with maps of one size
stderr idc-view: no pair to show
# the same in one command
$ idc-caption -q -m tiny.safetensors --size 48x32 --show one.png --word black red.png black.png && cmp one.png word.png && echo same
stdout the square is now black
stdout same
$ idc-caption -q -m tiny.safetensors --size 48x32 --show none.png --heat red.png red.png; test -s none.png && echo drawn
stdout there is no change
stdout drawn
no stderr
$ idc-caption --heat a.png b.png
status 2
stderr idc-caption: --heat and --word need --show OUT.png

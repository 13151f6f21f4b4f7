# retrieve.jq: judges lines of idc-contrast --retrieve 10. Arguments: $grammar, $pairs (changed ones, with captions), $hits as
# slurped files. Prints a table and, last, one JSON object.
#
# Two sentences state the same when change, attributes of the object and new value are equal; one that no template fits is equal to
# itself alone. Recall at K: the share of queries with a right one among the first K. Chance: the mean over the queries of
# 1 − C(N − r, K) / C(N, K), with r right ones among N.
include "sentence";

def left_pad($n): tostring | " " * ([0, $n - length] | max) + .;
def percent: . * 1000 | round | "\(. / 10 | floor).\(. % 10)";
def rounded: . * 10000 | round | . / 10000;

def chance($n; $r; $k): if $r == 0 then 0 else 1 - (reduce range([$k, $n] | min) as $i (1; . * ([0, $n - $r - $i] | max) / ($n - $i))) end;

# What a sentence states, as a key.
def stated($g): . as $text | read($g) | if .type == null then {text: $text} else {type, object: (.object | to_entries | sort_by(.key)), new} end | tojson;

# Rows {right: [is the hit at this place right], n, r} to a summary.
def mean: (add // 0) / ([length, 1] | max);
def summary($k): {recall: (map(if .right[:$k] | any then 1 else 0 end) | mean), chance: (map(chance(.n; .r; $k)) | mean)};
def summaries: . as $rows | [1, 5, 10] | map({key: "R@\(.)", value: (. as $k | $rows | summary($k))}) | from_entries;

def line($name; $n): $name + ($n | left_pad(8)) + ([.["R@1"], .["R@5"], .["R@10"]]
    | map((.recall | percent | left_pad(8)) + " (" + (.chance | percent) + ")" | . + " " * (18 - length)) | join("") | sub(" +$"; ""));

($grammar[0] | prepared) as $g
| ([$pairs[].captions[]] | unique | map({key: ., value: stated($g)}) | from_entries) as $says
| ($pairs | map({key: .id, value: ([.captions[] | $says[.]] | unique)}) | from_entries) as $own
| ([$says[]] | group_by(.) | map({key: .[0], value: length}) | from_entries) as $sentences
| ([$own[][]] | group_by(.) | map({key: .[0], value: length}) | from_entries) as $holders
| ($says | length) as $texts | ($own | length) as $all
| [$hits[] | select(.pair) | $own[.pair] as $mine
   | {right: [.texts[] | $says[.text] as $s | $mine | index($s) != null], n: $texts, r: ([$mine[] | $sentences[.]] | add)}] as $to_text
| [$hits[] | select(.text) | $says[.text] as $s
   | {right: [.pairs[] | $own[.pair] | index($s) != null], n: $all, r: $holders[$s]}] as $to_pair
| "                queries  R@1 (chance)      R@5 (chance)      R@10 (chance)",
  ($to_text | length as $n | summaries | line("pair to text  "; $n)),
  ($to_pair | length as $n | summaries | line("text to pair  "; $n)), "",
  ({pairs: $all, texts: $texts,
    pair_to_text: ($to_text | summaries | map_values(map_values(rounded))),
    text_to_pair: ($to_pair | summaries | map_values(map_values(rounded)))} | tojson)

# sentence.jq: reads a sentence by a grammar file (grammar.json beside it).
#
#     ($grammar | prepared) as $g | "the red ball left of the big cube is gone" | read($g)
#     -> {"type":"drop","object":{"color":"red","shape":"sphere"},"new":null,
#         "relations":[{"kind":"left","attribute":null,"object":{"size":"large","shape":"cube"}}]}
#
# A template is text with at most one {object} and, behind it, at most one {ATTRIBUTE}, which takes each word of that
# attribute. A sentence that no template fits, or whose object is no noun phrase, has type null.

# word -> [attribute, value], relations as [phrase, kind, attribute] (longest first), templates as prefix and suffix.
def prepared:
    . as $g
    | {words: ([$g.attributes | to_entries[] | .key as $a | .value | to_entries[] | .key as $v | .value[]
                | {key: ., value: [$a, $v]}] | from_entries),
       anything: $g.anything, threshold: $g.threshold, named_after: ($g.named_after // []), types: ($g.types | keys_unsorted),
       relations: ([$g.relations | to_entries[] | .key as $k | .value[] | . as $p
                    | if contains("{attribute}")
                      then ($g.attributes | keys[] | . as $a | [($p | sub("\\{attribute\\}"; $a)), $k, $a])
                      else [$p, $k, null] end] | sort_by(-(.[0] | length))),
       templates: [$g.types | to_entries[] | .key as $type | .value[] | split("{object}") as [$prefix, $suffix]
                   | if $suffix == null then {type: $type, whole: .}
                     else ($suffix | [match("\\{([a-z_]+)\\}").captures[0].string] | first) as $slot
                     | if $slot == null then {type: $type, prefix: $prefix, suffix: $suffix, new: null}
                       else $g.attributes[$slot] | to_entries[] | .key as $v | .value[]
                            | {type: $type, prefix: $prefix, suffix: (. as $w | $suffix | split("{" + $slot + "}") | join($w)), new: $v}
                       end
                     end]};

# [attributes, rest] of the words of a noun phrase without its article; null when it is none.
def noun_phrase($g):
    {words: ., object: {}, done: false}
    | until(.done or (.words | length) == 0;
            .words[0] as $w | $g.words[$w] as $known
            | if $known then .object[$known[0]] = $known[1] | .done = ($known[0] == "shape") | .words |= .[1:]
              elif ($g.anything | index($w)) then .done = true | .words |= .[1:]
              else .words = [] end)
    | if .done then [.object, .words] else null end;

# What follows the noun: a list of relations. A tail that cannot be read gives {"kind": null}, which never holds.
def relations($g):
    if length == 0 then []
    else . as $text
        | first(($g.relations[] | select(.[0] as $p | $text | startswith($p + " the "))), null) as $r
        | if $r == null then [{kind: null}]
          else ($text[($r[0] | length) + 5:] | split(" ") | noun_phrase($g)) as $anchor
              | if $anchor == null then [{kind: null}]
                else [{kind: $r[1], attribute: $r[2], object: $anchor[0]}]
                    + ($anchor[1] | if .[0] == "and" then .[1:] | join(" ") | relations($g)
                                    elif length == 0 then [] else [{kind: null}] end)
                end
          end
    end;

def object_phrase($g):
    split(" ") | (if .[0] == "other" then .[1:] else . end) | noun_phrase($g)
    | if . == null then null
      else {object: .[0], relations: (.[1] | join(" ") | sub("^that is (both )?"; "") | relations($g))} end;

def read($g):
    (ascii_downcase | gsub("[.!]"; "") | gsub("\\s+"; " ") | sub("^ "; "") | sub(" $"; "")) as $s
    | first(
        ($g.templates[]
        | if .whole then select(.whole == $s) | {type, object: {}, new: null, relations: []}
          else . as $t
              | select(($s | startswith($t.prefix)) and ($s | endswith($t.suffix))
                       and ($s | length) > ($t.prefix | length) + ($t.suffix | length))
              | ($s[($t.prefix | length):($s | length) - ($t.suffix | length)] | object_phrase($g))
              | select(. != null) | {type: $t.type, object, new: $t.new, relations}
          end),
        {type: null, object: {}, new: null, relations: []});

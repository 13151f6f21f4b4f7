# evaluate.jq: scores one sentence a pair against labels. Arguments: $grammar, $pairs, $hyps (JSON Lines with id and
# text, or error), $scenes (maybe empty) as slurped files, $seconds. Prints the tables and, last, one JSON object.
#
# Where the sentences come with `change`, the probability of a change: how often it is so among pairs with about the same
# probability, and the expected calibration error over 15 bins (Naeini, Cooper, Hauskrecht 2015).
#
# A pair's sentence is right in its slots when its type is right, what it states of the object agrees with the label,
# it states what every reference sentence states, and the new colour or material is right. A stated relation holds when
# it does so in the scene in which the object is named (the scene after, for an addition), along the ground directions
# of that view's camera, by more than the grammar's threshold, to some object that fits the words.
include "sentence";

# Wilson's score interval (Wilson 1927) at 95 %.
def wilson($k; $n):
    if $n == 0 then [0, 1] else
    1.959964 as $z | ($k / $n) as $p | (1 + $z * $z / $n) as $d
    | (($p + $z * $z / (2 * $n)) / $d) as $mid
    | ($z / $d * (($p * (1 - $p) / $n + $z * $z / (4 * $n * $n)) | sqrt)) as $half
    | [$mid - $half, $mid + $half] end;

def share(cond): if length == 0 then null else (map(select(cond)) | length) / length end;
def rounded: if . == null then null else . * 10000 | round | . / 10000 end;
def agrees($with): . as $o | all(keys[]; $o[.] == $with[.]);
def right_pad($n): tostring | . + " " * ([0, $n - length] | max);
def left_pad($n): tostring | " " * ([0, $n - length] | max) + .;
def percent: if . == null then "-" else . * 1000 | round | "\(. / 10 | floor).\(. % 10)" end;

# What a scene's view says of the direction from one object to another: to the right, and away from the camera.
def ground($camera):
    ([$camera[0], $camera[1]] | map(. * .) | add | sqrt) as $n
    | {right: [-$camera[1] / $n, $camera[0] / $n], back: [-$camera[0] / $n, -$camera[1] / $n]};

def holds($a; $b; $ground; $threshold):
    [$a.x - $b.x, $a.y - $b.y] as $d
    | ($d[0] * $ground.right[0] + $d[1] * $ground.right[1]) as $right
    | ($d[0] * $ground.back[0] + $d[1] * $ground.back[1]) as $back
    | if .kind == "left" then $right < -$threshold elif .kind == "right" then $right > $threshold
      elif .kind == "front" then $back < -$threshold elif .kind == "behind" then $back > $threshold
      elif .kind == "same" then $a[.attribute] == $b[.attribute] else false end;

# For each relation of a sentence: is it so? The sentence speaks of the changed object when it got the type right, else
# of any object that fits its words.
def relation_truths($said; $pair; $view; $g):
    ground($view.camera) as $ground
    | (if ($g.named_after | index($said.type)) then $pair.changed.after? else $pair.changed.before? end) as $changed
    | (if $said.type == $pair.type and $changed.x != null
       then [$view.objects[] | select(((.x - $changed.x) | fabs) < 0.001 and ((.y - $changed.y) | fabs) < 0.001)]
       else [$view.objects[] | . as $o | select($said.object | agrees($o))] end) as $subjects
    | [$said.relations[] | . as $r
       | any($subjects[]; . as $a
             | any($view.objects[]; . as $b | $a != $b and ($r.object != null) and ($r.object | agrees($b))
                                    and ($r | holds($a; $b; $ground; $g.threshold))))];

# The attributes that each reference sentence states of the object.
def always_stated($g): [.captions[] | read($g).object | keys] | if length == 0 then [] else . as $all | reduce .[] as $k ($all[0]; . - (. - $k)) end;

def judge($hyp; $views; $g):
    . as $pair | ((($hyp.text // $hyp.caption // "") | read($g)) + {error: ($hyp == null or $hyp.error != null)}) as $said
    | (if ($g.named_after | index($pair.type)) then $pair.changed.after? else $pair.changed.before? end) as $object
    | (if $pair.type == "color" then $pair.changed.after.color elif $pair.type == "material" then $pair.changed.after.material
       else null end) as $new
    | ($said.type == $pair.type) as $type_right
    | ($type_right and $said.new == $new) as $new_right
    | (if ($g.named_after | index($said.type)) then $pair.after else $pair.before end) as $file
    | {type: $pair.type, change: $hyp.change, said: (if $said.error then "error" else $said.type // "unread" end),
       change_right: ($said.type != null and (($said.type == "none") == ($pair.type == "none"))),
       type_right: $type_right, has_new: ($new != null), new_right: $new_right,
       slots_right: (if $pair.type == "none" then $type_right else
                     $new_right and ($said.object | agrees($object)) and
                     (always_stated($g) - ($said.object | keys) | length) == 0 end),
       relations: (if $views[$file] == null then [] else relation_truths($said; $pair; $views[$file]; $g) end)};

def table($g):
    . as $rows
    | ("type" | right_pad(10)) + "pairs  type right (95 %)         slots right (95 %)",
      ($g.types[] as $t | [$rows[] | select(.type == $t)] | select(length > 0) | . as $r | length as $n
       | ($t | right_pad(10)) + ($n | left_pad(5)) +
         ([(map(select(.type_right)) | length), (map(select(.slots_right)) | length)]
          | map(wilson(.; $n) as $w | (. / $n | percent | left_pad(7)) + (" (\($w[0] | percent) to \($w[1] | percent))" | right_pad(19))) | join("")));

def confusion($g):
    . as $rows | ($g.types + (["unread", "error"] | map(select(. as $s | any($rows[]; .said == $s))))) as $columns
    | ("is \\ said" | right_pad(10)) + ($columns | map(left_pad(9)) | join("")),
      ($g.types[] as $t | [$rows[] | select(.type == $t)] | select(length > 0) | . as $r
       | ($t | right_pad(10)) + ($columns | map(. as $c | [$r[] | select(.said == $c)] | length | left_pad(9)) | join("")));

# Of rows with a probability: bins with their number of pairs, mean probability and share that changed.
def reliability:
    group_by(.change * 15 | floor | [., 14] | min)
    | map(length as $n | {bin: (.[0].change * 15 | floor | [., 14] | min), n: $n, p: (map(.change) | add / $n),
                          share: (map(select(.type != "none")) | length / $n)});

def reliability_table:
    map((.bin / 15 | . * 100 | round | . / 100 | tostring | right_pad(5)) + "to " +
        ((.bin + 1) / 15 | . * 100 | round | . / 100 | tostring | right_pad(6)) + (.n | left_pad(5)) +
        (.p | percent | left_pad(8)) + (.share | percent | left_pad(9)))
    | if length == 0 then empty else "P(change)     pairs    mean  changed", .[], "" end;

($grammar[0] | prepared) as $g
| ([$scenes[].views[] | {key: .file, value: {camera, objects}}] | from_entries) as $views
| ([$hyps[] | select(.id != null) | {key: .id, value: .}] | from_entries) as $said
| [$pairs[] | judge($said[.id]; $views; $g)] as $rows
| ([$rows[].relations[]]) as $relations
| ($rows | map(select(.type != "none"))) as $changed
| ([$rows[] | select(.change != null)] | reliability) as $bins
| ($rows | table($g)), "", ($rows | confusion($g)), "", ($bins | reliability_table),
  (({pairs: ($rows | length), failed: ($rows | map(select(.said == "error")) | length),
    change_accuracy: ($rows | share(.change_right) | rounded),
    type_accuracy: ($changed | share(.type_right) | rounded),
    type_accuracy_by_type: ([$g.types[] as $t | [$rows[] | select(.type == $t)] | select(length > 0)
                             | {key: $t, value: (share(.type_right) | rounded)}] | from_entries),
    slots_accuracy: ($rows | share(.slots_right) | rounded),
    new_value_accuracy: ($rows | map(select(.has_new)) | share(.new_right) | rounded),
    relations: ($relations | length),
    relations_true: (if ($relations | length) == 0 then 1 else $relations | share(.) | rounded end),
    seconds: $seconds}
    + if ($bins | length) == 0 then {} else
      {ece: ([$bins[] | .n * ((.p - .share) | fabs)] | add / ([$bins[].n] | add) | rounded)} end) | tojson)

#!/bin/sh
# ablation-table.sh RESULTS.tsv [PLOT.svg]: the table and the plots of docs/results.md from what ablation.sh measured.
#
# A row: mean over the seeds and the 95 % interval of the mean (Student's t), of slots_accuracy and CIDEr-D x 100, the difference
# to row "none" of the same seeds with its interval (paired), and the mean of type_accuracy. Rows stay in the order of the file.
set -eu
[ $# -ge 1 ] || { echo "usage: ablation-table.sh RESULTS.tsv [PLOT.svg]" >&2; exit 2; }
jq -R -r -n '
    # Student: 97.5 % quantiles for 1 to 9 degrees of freedom
    def t: [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262][. - 1] // 1.96;
    def mean: add / length;
    def half: if length < 2 then 0 else . as $x | ($x | mean) as $m
        | (($x | map((. - $m) * (. - $m)) | add) / ($x | length - 1) | sqrt) * (($x | length - 1) | t) / ($x | length | sqrt) end;
    [inputs | split("\t") | {row: .[0], seed: .[1], type: (100 * (.[4] | fromjson | .type_accuracy)), cider: (.[3] | tonumber),
        slots: (100 * (.[4] | fromjson | .slots_accuracy))}] as $runs
    | reduce $runs[].row as $r ([]; if index($r) then . else . + [$r] end)
    | map(. as $row | ($runs | map(select(.row == $row))) as $of
        | ($of | map(. as $x | ($runs | map(select(.row == "none" and .seed == $x.seed)) | first) as $n
            | select($n) | {slots: ($x.slots - $n.slots), cider: ($x.cider - $n.cider)})) as $more
        | [$row, ($of | length), ($of | map(.slots) | mean, half), ($more | map(.slots) | mean, half),
            ($of | map(.cider) | mean, half), ($more | map(.cider) | mean, half), ($of | map(.type) | mean)])
    | .[] | @tsv' "$1" >"$1.means"
awk -F '\t' '
    BEGIN { print "| run | seeds | slots right, % | against none | CIDEr-D x 100 | against none | type right, % |"; print "|---|---|---|---|---|---|---|" }
    { none = $1 == "none"
      printf "| %s | %d | %.1f ± %.1f | %s | %.1f ± %.1f | %s | %.1f |\n", $1, $2, $3, $4,
          (none ? "" : sprintf("%+.1f ± %.1f", $5, $6)), $7, $8, (none ? "" : sprintf("%+.1f ± %.1f", $9, $10)), $11 }' "$1.means"
[ $# -lt 2 ] || awk -F '\t' '
    # panel K LEFT STEP LABEL: means m[K] with their intervals h[K], on an axis of whole steps
    function panel(k, left, step, label,    i, v, x, d, y, low, top) {
        for (i = 1; i <= NR; i++) {
            if (i == 1 || m[k, i] - h[k, i] < low) low = m[k, i] - h[k, i]
            if (i == 1 || m[k, i] + h[k, i] > top) top = m[k, i] + h[k, i]
        }
        low = step * int(low / step); top = step * (int(top / step) + 1)
        for (v = low; v <= top; v += step) {
            x = left + wide * (v - low) / (top - low)
            printf "<line x1=\"%d\" y1=\"8\" x2=\"%d\" y2=\"%d\" stroke=\"#ddd\"/><text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%d</text>\n", x, x, NR * high + 12, x, NR * high + 28, v
        }
        for (i = 1; i <= NR; i++) {
            y = i * high - 4; x = left + wide * (m[k, i] - low) / (top - low); d = wide * h[k, i] / (top - low)
            printf "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#888\" stroke-width=\"2\"/><circle cx=\"%.1f\" cy=\"%d\" r=\"4\" fill=\"#1565c0\"/>\n", x - d, y, x + d, y, x, y
        }
        printf "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s: mean of the seeds, 95 %% interval</text>\n", left + wide / 2, NR * high + 44, label
    }
    { name[NR] = $1; m[1, NR] = $3; h[1, NR] = $4; m[2, NR] = $7; h[2, NR] = $8 }
    END {
        high = 26; margin = 150; wide = 320; gap = 40
        printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n", margin + 2 * (wide + gap), NR * high + 50
        print "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
        for (i = 1; i <= NR; i++)
            printf "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", margin - 10, i * high, name[i]
        panel(1, margin, 5, "slots right, %")
        panel(2, margin + wide + gap, 5, "CIDEr-D x 100")
        print "</svg>"
    }' "$1.means" >"$2"
rm -f "$1.means"

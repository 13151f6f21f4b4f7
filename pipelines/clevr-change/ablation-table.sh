#!/bin/sh
# ablation-table.sh RESULTS.tsv [PLOT.svg]: the table and the plot of docs/results.md from what ablation.sh measured.
#
# A row: mean over the seeds and the 95 % interval of the mean (Student's t), of slots_accuracy and CIDEr-D x 100, the difference
# to row "none" of the same seeds with its interval (paired), and the seconds of CPU that training took. Rows stay in the order of
# the file.
set -eu
[ $# -ge 1 ] || { echo "usage: ablation-table.sh RESULTS.tsv [PLOT.svg]" >&2; exit 2; }
jq -R -r -n '
    # Student: 97.5 % quantiles for 1 to 9 degrees of freedom
    def t: [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262][. - 1] // 1.96;
    def mean: add / length;
    def half: if length < 2 then 0 else . as $x | ($x | mean) as $m
        | (($x | map((. - $m) * (. - $m)) | add) / ($x | length - 1) | sqrt) * (($x | length - 1) | t) / ($x | length | sqrt) end;
    [inputs | split("\t") | {row: .[0], seed: .[1], seconds: (.[2] | tonumber), cider: (.[3] | tonumber),
        slots: (100 * (.[4] | fromjson | .slots_accuracy))}] as $runs
    | reduce $runs[].row as $r ([]; if index($r) then . else . + [$r] end)
    | map(. as $row | ($runs | map(select(.row == $row))) as $of
        | ($of | map(. as $x | ($runs | map(select(.row == "none" and .seed == $x.seed)) | first) as $n
            | select($n) | {slots: ($x.slots - $n.slots), cider: ($x.cider - $n.cider)})) as $more
        | [$row, ($of | length), ($of | map(.slots) | mean, half), ($more | map(.slots) | mean, half),
            ($of | map(.cider) | mean, half), ($more | map(.cider) | mean, half), ($of | map(.seconds) | mean)])
    | .[] | @tsv' "$1" >"$1.means"
awk -F '\t' '
    BEGIN { print "| run | seeds | slots right, % | against none | CIDEr-D x 100 | against none | seconds |"; print "|---|---|---|---|---|---|---|" }
    { none = $1 == "none"
      printf "| %s | %d | %.1f ± %.1f | %s | %.1f ± %.1f | %s | %.0f |\n", $1, $2, $3, $4,
          (none ? "" : sprintf("%+.1f ± %.1f", $5, $6)), $7, $8, (none ? "" : sprintf("%+.1f ± %.1f", $9, $10)), $11 }' "$1.means"
[ $# -lt 2 ] || awk -F '\t' '
    { name[NR] = $1; m[NR] = $3; h[NR] = $4 }
    NR == 1 || $3 - $4 < low { low = $3 - $4 }
    NR == 1 || $3 + $4 > top { top = $3 + $4 }
    END {
        high = 26; left = 150; wide = 460
        low = 5 * int(low / 5); top = 5 * (int(top / 5) + 1) # whole steps of 5 %
        printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n", left + wide + 40, NR * high + 50
        print "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
        for (v = low; v <= top; v += 5) {
            x = left + wide * (v - low) / (top - low)
            printf "<line x1=\"%d\" y1=\"8\" x2=\"%d\" y2=\"%d\" stroke=\"#ddd\"/><text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%d</text>\n", x, x, NR * high + 12, x, NR * high + 28, v
        }
        for (i = 1; i <= NR; i++) {
            y = i * high - 4; x = left + wide * (m[i] - low) / (top - low); d = wide * h[i] / (top - low)
            printf "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>", left - 10, y + 4, name[i]
            printf "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#888\" stroke-width=\"2\"/><circle cx=\"%.1f\" cy=\"%d\" r=\"4\" fill=\"#1565c0\"/>\n", x - d, y, x + d, y, x, y
        }
        printf "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">slots right, %%: mean of the seeds, 95 %% interval</text>\n</svg>\n", left + wide / 2, NR * high + 44
    }' "$1.means" >"$2"
rm -f "$1.means"

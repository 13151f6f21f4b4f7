# idc-score against the reference programs: every item's every number of two data sets and of odd cases
skip-unless test -f "$IDC_DATA/scoring/edge/edge.json"
$ cat > compare.py <<'END'
> import json, sys
> mine, wanted, overall = json.load(open(sys.argv[1])), json.load(open(sys.argv[2])), json.load(open(sys.argv[3]))
> if "per_item" in wanted:
>     wanted = wanted["per_item"]
> overall = overall.get("computed") or overall["overall"]
> assert mine["per_item"].keys() == wanted.keys()
> for name in mine["overall"]:
>     worst = max(abs(mine["per_item"][i][name] - wanted[i][name]) for i in wanted)
>     off = abs(mine["overall"][name] - overall[name])
>     print("same" if worst < 1e-9 and off < 1e-9 else "differs", name, worst, off)
> END
$ S=$IDC_DATA/scoring; for d in coco-fakecap spot-ddla; do idc-score -m bleu,rouge,cider -t none --json -r $S/$d/gts.json $S/$d/res.json > o; $PYTHON compare.py o $S/$d/per_image_scores.json $S/$d/PUBLISHED.json; done | cut -d' ' -f1 | sort | uniq -c
stdout 16 same
no stdout differs
no stderr
# from raw text
$ S=$IDC_DATA/scoring; idc-score -m bleu,rouge,cider --json -r $S/coco-fakecap/captions_val2014_fakecap_refs.json $S/coco-fakecap/captions_val2014_fakecap_results.json > o && $PYTHON compare.py o $S/coco-fakecap/per_image_scores.json $S/coco-fakecap/PUBLISHED.json | cut -d' ' -f1 | sort | uniq -c
stdout 8 same
no stdout differs
$ S=$IDC_DATA/scoring; idc-score -m bleu,rouge,cider --json -r $S/spot-ddla/gtfile.json $S/spot-ddla/predfile.json > o && $PYTHON compare.py o $S/spot-ddla/per_image_scores.json $S/spot-ddla/PUBLISHED.json | cut -d' ' -f1 | sort | uniq -c
stdout 8 same
no stdout differs
# METEOR in its four stages, from the jar's files and the part of the paraphrase table that can match here
$ S=$IDC_DATA/scoring; export XDG_CACHE_HOME=$PWD; for d in coco-fakecap spot-ddla; do for stages in exact exact,stem exact,stem,synonym exact,stem,synonym,paraphrase; do idc-score -q -m meteor --meteor-data $S/meteor-data --meteor-stages $stages -t none --json -r $S/$d/gts.json $S/$d/res.json > o; $PYTHON compare.py o $S/$d/per_image_scores.json $S/$d/PUBLISHED.json; done; done | cut -d' ' -f1,2
stdout same METEOR_exact
stdout same METEOR_exact_stem
stdout same METEOR_exact_stem_synonym
stdout same METEOR
no stdout differs
no stderr
# odd cases
$ S=$IDC_DATA/scoring; for k in gts res; do jq .tokenised.$k $S/edge/edge.json > $k.json; done; idc-score -m bleu,rouge,cider -t none --json -r gts.json res.json > o && $PYTHON compare.py o $S/edge/edge.json $S/edge/edge.json | cut -d' ' -f1 | sort | uniq -c
stdout 8 same
no stdout differs
$ jq .refs $IDC_DATA/scoring/edge/edge.json > r.json; jq .hyps $IDC_DATA/scoring/edge/edge.json > h.json; idc-score -m bleu,rouge,cider --json -r r.json h.json > o; $PYTHON compare.py o $IDC_DATA/scoring/edge/edge.json $IDC_DATA/scoring/edge/edge.json | cut -d' ' -f1 | sort | uniq -c
stdout 8 same
# the tokeniser, line by line
$ cut -f1 $IDC_DATA/scoring/tokeniser/ptb.tsv | idc-score --tokenize-only > got; cut -f2 $IDC_DATA/scoring/tokeniser/ptb.tsv | cmp - got && wc -l < got
stdout 6000
$ cat > context.py <<'END'
> import subprocess, sys
> rows = [line.rstrip("\n").split("\t") for line in open(sys.argv[1], encoding="utf-8", newline="\n")]
> follows = [name[5:] for name in rows[0][1:]]
> text = "".join(row[0] + "\n" + follow + "\n" for row in rows[1:] for follow in follows)
> got = subprocess.run(["idc-score", "--tokenize-only"], input=text, capture_output=True, encoding="utf-8").stdout.split("\n")[:-1:2]
> print(got == [tokens for row in rows[1:] for tokens in row[1:]], len(got))
> END
$ $PYTHON context.py $IDC_DATA/scoring/tokeniser/ptb_context.tsv
stdout True 170

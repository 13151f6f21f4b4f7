#!/usr/bin/env python3
"""score_set.py REFS HYPS TIMES DIR: a large set from a small one. Each item comes TIMES times under new ids, the words of its
sentences permuted by a seed (the first time they stand as they are). Writes DIR/gts.json, DIR/res.json and DIR/other.json, a second
system whose sentences have lost every fifth word."""
import json
import random
import sys

references, hypotheses, times, out = json.load(open(sys.argv[1])), json.load(open(sys.argv[2])), int(sys.argv[3]), sys.argv[4]
rng = random.Random(10)


def permuted(sentence, first):
    words = sentence.split()
    if not first:
        rng.shuffle(words)
    return " ".join(words)


gts, res, other = {}, {}, {}
for k in range(times):
    for key, sentences in references.items():
        name = "%s_%d" % (key, k)
        gts[name] = [permuted(s, k == 0) for s in sentences]
        res[name] = [permuted(hypotheses[key][0], k == 0)]
        other[name] = [" ".join(w for i, w in enumerate(res[name][0].split()) if i % 5 != 4)]
for name, data in (("gts", gts), ("res", res), ("other", other)):
    json.dump(data, open("%s/%s.json" % (out, name), "w"))

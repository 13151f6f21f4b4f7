"""Counts how often idc-encode --classify is right, and how often two runs of it agree.

    python3 top1.py LABELS.tsv A.jsonl [B.jsonl]     # LABELS: columns file, class_index, …; id ends with the file's name
"""
import json
import sys


def read(path):
    with open(path, encoding="utf-8") as f:
        return {r["id"].rsplit("/", 1)[-1]: [c["class"] for c in r["classes"]] for r in map(json.loads, f)}


def main(labels, *runs):
    with open(labels, encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f][1:]
    truth = {row[0].rsplit("/", 1)[-1]: int(row[1]) for row in rows}
    got = [read(path) for path in runs]
    for path, run in zip(runs, got):
        top1 = sum(run[f][0] == truth[f] for f in run)
        top5 = sum(truth[f] in run[f] for f in run)
        print(f"{path}: {len(run)} pictures, top-1 {top1 / len(run):.3f}, top-5 {top5 / len(run):.3f}")
    if len(got) == 2:
        same = sum(got[0][f][0] == got[1][f][0] for f in got[0])
        print(f"the same first class in {same} of {len(got[0])}")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""How near two runs of idc-encode are, and how often idc-encode --classify is right.

    python3 compare_encodings.py features A.idc B.idc               # cosine of each cell of each picture
    python3 compare_encodings.py classes LABELS.tsv A.jsonl [B.jsonl]   # LABELS: a header, then file, class number, …

The first wants msgpack-numpy. Prints one line of figures a comparison.
"""
import json
import sys


def read_features(path):
    import msgpack
    import msgpack_numpy
    with open(path, "rb") as f:
        return {r["id"]: r["feature"] for r in msgpack.Unpacker(f, object_hook=msgpack_numpy.decode) if r["kind"] == "feature"}


def features(a, b):
    import numpy as np
    a, b, cosines = read_features(a), read_features(b), []
    for name, x in a.items():
        x = x.astype(np.float64).reshape(-1, x.shape[-1])
        y = b[name].astype(np.float64).reshape(x.shape)
        cosines.append((x * y).sum(1) / np.maximum(np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1), 1e-30))
    c = np.concatenate(cosines)
    print(f"{len(a)} pictures, {len(c)} cells: cosine mean {c.mean():.6f} least {c.min():.6f}")


def read_classes(path):
    with open(path, encoding="utf-8") as f:
        return {r["id"].rsplit("/", 1)[-1]: [c["class"] for c in r["classes"]] for r in map(json.loads, f)}


def classes(labels, *runs):
    with open(labels, encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f][1:]
    truth = {row[0].rsplit("/", 1)[-1]: int(row[1]) for row in rows}
    got = [read_classes(path) for path in runs]
    for run in got:
        top1 = sum(run[f][0] == truth[f] for f in run)
        top5 = sum(truth[f] in run[f] for f in run)
        print(f"{len(run)} pictures: top-1 {100 * top1 / len(run):.1f} % top-5 {100 * top5 / len(run):.1f} %")
    if len(got) == 2:
        same = sum(got[0][f][0] == got[1][f][0] for f in got[0])
        print(f"the same first class {100 * same / len(got[0]):.1f} %")


if __name__ == "__main__":
    {"features": features, "classes": classes}[sys.argv[1]](*sys.argv[2:])

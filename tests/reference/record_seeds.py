"""Writes the seed corpus of tests/fuzz/record.c: one file a record kind, and some hostile ones. DIRECTORY is made anew."""
import os
import sys

import msgpack
import msgpack_numpy
import numpy as np

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
grid = np.arange(12, dtype="<f4").reshape(2, 3, 2) / 8
records = {
    "hello": {"kind": "hello", "idc": 1, "from": "seed 1", "chain": [{"from": "seed 1", "encoder": "00ff"}]},
    "image": {"kind": "image", "id": "a", "image": np.arange(24, dtype="u1").reshape(2, 4, 3), "size": [4, 2], "time": 1.5},
    "feature": {"kind": "feature", "id": "a", "feature": grid.astype("<f2"), "pooled": grid[0, 0], "uses": 2},
    "pair": {"kind": "pair", "id": "p", "before": "a", "after": "b", "captions": ["x", "y"], "boxes": [[0, 1, 2.5, 3]]},
    "diff": {"kind": "diff", "id": "p", "tokens": grid[0], "grid": [7, 7], "change": 0.25, "scores": {"a": None}},
    "caption": {"kind": "caption", "id": "p", "text": "the n\u00f6", "nbest": [{"text": "a", "logprob": -1.5}]},
    "map": {"kind": "map", "id": "p", "word": "cube", "index": 3, "before": grid[0], "after": grid[1]},
    "error": {"kind": "error", "id": "p", "from": "seed", "code": "io", "text": "bad\n"},
    "end": {"kind": "end", "from": "seed 1", "count": 7, "errors": 1},
    "numbers": {"kind": "x", "a": [0, 127, 128, 65535, 2**32, 2**63, -1, -33, -129, -32769, -(2**40)], "b": 1e300, "c": True},
    "wide": {"kind": "x", **{"f%d" % i: i for i in range(20)}},
}
blobs = {name: msgpack.packb(r, default=msgpack_numpy.encode) for name, r in records.items()}
lie = dict(records["image"], image={b"nd": True, b"type": "|u1", b"kind": b"", b"shape": (9, 4, 3), b"data": b"123"})
blobs["lie"] = msgpack.packb(lie)
blobs["cut"] = blobs["feature"][:-5]
blobs["huge"] = b"\xdf\xff\xff\xff\xff"
blobs["deep"] = b"\x82\xa4kind\xa1x\xa1d" + b"\x91" * 40 + b"\xc0"
blobs["extension"] = msgpack.packb({"kind": "x", "e": msgpack.ExtType(5, b"abc"), "t": msgpack.Timestamp(5, 6)})
blobs["twice"] = b"\x83\xa4kind\xa1x\xa1a\x01\xa1a\x02"
for name, blob in blobs.items():
    with open(os.path.join(out, name), "wb") as f:
        f.write(blob)

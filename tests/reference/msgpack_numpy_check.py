"""Every record kind, written by Python for idc and by idc for Python.

write FILE   writes a stream with one record of each kind, as msgpack-numpy does
read FILE    reads a stream that idc-cat made of it and compares field by field, dtypes and bytes included
Needs the Debian packages python3-msgpack, python3-msgpack-numpy, python3-numpy.
"""
import sys

import msgpack
import msgpack_numpy
import numpy as np


def records():
    rng = np.random.default_rng(7)
    grid = rng.standard_normal((3, 5, 4)).astype("<f4")
    yield {"kind": "image", "id": "bild \u00e4.png", "image": rng.integers(0, 256, (4, 6, 3), dtype="u1"),
           "size": [6, 4], "prep": "240x160", "stream": "cam", "seq": 3, "time": 1.7e9 + 0.125, "geo": [47.5, 8.25],
           "labels": {"shape": ["cube", None], "n": -5}, "uses": 2, "unknown": [True, b"raw", 2**63]}
    yield {"kind": "feature", "id": "a", "feature": grid.astype("<f2"), "pooled": grid[0, 0], "encoder": "0" * 32, "layer": "layer4"}
    yield {"kind": "pair", "id": "p", "before": "a", "after": "b", "type": "move", "captions": ["one", "two"],
           "boxes": [[1, 2, 3, 4.5]]}
    yield {"kind": "diff", "id": "p", "before": "a", "after": "b", "tokens": grid[0], "grid": [7, 7], "model": "f" * 32,
           "change": 0.75, "domain": 1.0, "scores": [0.5]}
    yield {"kind": "caption", "id": "p", "text": "the cube moved", "logprob": -1.5, "change": 0.9,
           "nbest": [{"text": "the cube moved", "logprob": -1.5}]}
    yield {"kind": "map", "id": "p", "word": "cube", "index": 1, "before": grid[0], "after": grid[1]}
    yield {"kind": "event", "stream": "cam", "time": 1.5, "level": np.arange(4, dtype="<i4"), "long": np.arange(2, dtype="<i8")}
    yield {"kind": "stats", "stream": "cam", "frames": 100, "signed": np.array([-1, 1], dtype="i1")}
    yield {"kind": "error", "id": "bad.png", "from": "idc-decode", "code": "invalid", "text": "bad.png: no PNG"}
    yield {"kind": "later", "empty": np.zeros((0, 3), "<f4"), "scalar": np.array(2.5, "<f4"), "double": np.ones(2), "map": {"a": {"b": [1]}}}


def write(path):
    everything = list(records())
    errors = sum(r["kind"] == "error" for r in everything)
    hello = {"kind": "hello", "idc": 1, "from": "python 3", "chain": [{"from": "python 3"}], "extra": [1, 2]}
    end = {"kind": "end", "from": "python 3", "count": len(everything) - errors, "errors": errors}
    with open(path, "wb") as f:
        for r in [hello, *everything, end]:
            f.write(msgpack.packb(r, default=msgpack_numpy.encode))


def same(a, b, where):
    if isinstance(a, np.ndarray):
        assert isinstance(b, np.ndarray), where
        assert a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes(), where
    elif isinstance(a, dict):
        assert list(a) == list(b), (where, list(a), list(b))
        for key in a:
            same(a[key], b[key], where + "." + str(key))
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b), where
        for i, (x, y) in enumerate(zip(a, b)):
            same(x, y, "%s[%d]" % (where, i))
    else:
        assert type(a) is type(b) and a == b, (where, a, b)


def read(path):
    with open(path, "rb") as f:
        got = list(msgpack.Unpacker(f, object_hook=msgpack_numpy.decode, max_buffer_size=1 << 30))
    hello, end, middle, want = got[0], got[-1], got[1:-1], list(records())
    assert hello["kind"] == "hello" and hello["idc"] == 1 and hello["extra"] == [1, 2], hello
    assert [c["from"].split()[0] for c in hello["chain"]] == ["python", "idc-cat"], hello
    assert end["kind"] == "end" and end["count"] == len(want) - 1 and end["errors"] == 1, end
    assert len(middle) == len(want), (len(middle), len(want))
    for a, b in zip(want, middle):
        same(a, b, a["kind"])
    print("%d records are the same" % len(want))


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](sys.argv[2])

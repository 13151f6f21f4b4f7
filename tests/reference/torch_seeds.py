"""Makes the seeds of tests/fuzz/torch_file.c, which tests/unit/torch_file.c reads too.

    python tests/reference/torch_seeds.py tests/fuzz/corpus/torch_file

Good files are written by torch.save in both forms; bad ones are pickles put together here by hand.
"""
import collections
import os
import struct
import sys

import torch

MAGIC = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e")
ABOUT = b"\x80\x02M\xe9\x03." + b"\x80\x02}q\x00(X\x0d\x00\x00\x00little_endianq\x01\x88u."


def text(s):
    return b"X" + struct.pack("<I", len(s)) + s.encode()


def number(n):
    return b"\x8a\x08" + struct.pack("<q", n)


def numbers(ns):
    return b"(" + b"".join(number(n) for n in ns) + b"t"


def storage(key, count, kind="FloatStorage"):
    return b"(" + text("storage") + b"ctorch\n" + kind.encode() + b"\n" + text(key) + text("cpu") + number(count) + b"NtQ"


def tensor(key, count, offset, sizes, strides):
    return (b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage(key, count) + number(offset) + numbers(sizes) + numbers(strides) +
            b"\x89ccollections\nOrderedDict\n)RtR")


def legacy(items, keys=(("0", 6),), root=None):
    """The older form with the given (name, tensor) items and storages of floats 0, 1, 2, …"""
    body = root or b"}(" + b"".join(text(n) + t for n, t in items) + b"u"
    out = MAGIC + ABOUT + b"\x80\x02" + body + b"." + b"\x80\x02](" + b"".join(text(k) for k, _ in keys) + b"e."
    for _, n in keys:
        out += struct.pack("<q", n) + struct.pack(f"<{n}f", *range(n))
    return out


def good():
    x = torch.arange(6, dtype=torch.float32).reshape(2, 3)
    state = collections.OrderedDict()
    state["conv.weight"] = x
    state["conv.turned"] = x.t()
    state["conv.row"] = x[1]
    state["bn.running_mean"] = torch.tensor([0.5, -1.5])
    state["bn.num_batches_tracked"] = torch.tensor(7)
    state["half"] = torch.tensor([1.0, 2.0, -0.5]).half()
    state["brain"] = torch.tensor([[3.0], [-4.0]]).bfloat16()
    state._metadata = {"": {"version": 1}}
    return state


def main(folder):
    os.makedirs(folder, exist_ok=True)

    def put(name, data):
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)

    torch.save(good(), os.path.join(folder, "legacy.pth"), _use_new_zipfile_serialization=False)
    torch.save(good(), os.path.join(folder, "archive.pth"))
    torch.save({"epoch": 3, "rate": 0.25, "state_dict": good()}, os.path.join(folder, "checkpoint.pth"))
    whole = open(os.path.join(folder, "legacy.pth"), "rb").read()
    put("cut.pth", whole[:-3])
    put("longer.pth", whole + b"\0\0")
    archive = bytearray(open(os.path.join(folder, "archive.pth"), "rb").read())
    put("archive-cut.pth", bytes(archive[:-30]))
    at = archive.index(struct.pack("<6f", *range(6)))
    archive[at + 4] ^= 1
    put("archive-flipped.pth", bytes(archive))
    one = tensor("0", 6, 0, [2, 3], [3, 1])
    put("by-hand.pth", legacy([("w", one)]))
    put("system.pth", legacy([], root=b"cos\nsystem\n(" + text("true") + b"tR"))
    put("getattr.pth", legacy([("w", b"c__builtin__\ngetattr\n")]))
    put("opcode.pth", legacy([], root=b"}(" + text("w") + b"\x81u"))
    put("beyond.pth", legacy([("w", tensor("0", 6, 1, [2, 3], [3, 1]))]))
    put("negative.pth", legacy([("w", tensor("0", 6, 5, [2, 3], [-3, 1]))]))
    put("before.pth", legacy([("w", tensor("0", 6, -1, [2, 3], [3, 1]))]))
    put("huge.pth", legacy([("w", tensor("0", 6, 0, [1 << 62, 1 << 62], [1 << 62, 1 << 62]))]))
    put("wide.pth", legacy([("w", tensor("0", 6, 0, [1, 1, 1], [1 << 62, 1 << 62, -(1 << 62) - 1]))]))
    put("repeated.pth", legacy([(f"w{i}", tensor("0", 6, 0, [1000, 1000, 1000], [0, 0, 0])) for i in range(9)]))
    put("axes.pth", legacy([("w", tensor("0", 6, 0, [1] * 6, [1] * 6))]))
    put("twice.pth", legacy([("w", one), ("w", one)]))
    put("missing.pth", legacy([("w", tensor("1", 6, 0, [6], [1]))]))
    put("two-lengths.pth", legacy([("w", one), ("v", tensor("0", 5, 0, [5], [1]))]))
    put("itself.pth", legacy([], (), b"}q\x00(" + text("a") + b"h\x00" + text("b") + b"h\x00u"))
    put("no-mark.pth", legacy([], root=b"}" + text("a") + b"Nu"))
    put("empty.pth", legacy([], ()))
    put("list.pth", legacy([], root=b"](" + one + b"e"))


if __name__ == "__main__":
    main(sys.argv[1])

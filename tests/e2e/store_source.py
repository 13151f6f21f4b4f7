"""A stream of COUNT feature records with ids PREFIX0, PREFIX1, …, each KIB KiB of f32; and a pair of each two."""
import struct
import sys

count, kib, prefix = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
out = sys.stdout.buffer


def string(s):
    b = s.encode()
    return bytes([0xd9, len(b)]) + b


def binary(b):
    return b"\xc6" + struct.pack(">I", len(b)) + b


def array(shape, data):
    fields = [(b"nd", b"\xc3"), (b"type", string("<f4")), (b"kind", string("")),
              (b"shape", bytes([0x90 + len(shape)]) + b"".join(b"\xce" + struct.pack(">I", n) for n in shape)),
              (b"data", binary(data))]
    return bytes([0x80 + len(fields)]) + b"".join(b"\xc4" + bytes([len(k)]) + k + v for k, v in fields)


def record(kind, **fields):
    out.write(bytes([0x80 + 1 + len(fields)]) + string("kind") + string(kind))
    for key, value in fields.items():
        out.write(string(key) + (string(value) if isinstance(value, str) else value))


record("hello", idc=b"\x01", **{"from": "test"}, chain=b"\x90")
for i in range(count):
    cell = struct.pack("<64f", *[((i * 31 + j * 17) % 101) / 50 - 1 for j in range(64)])
    record("feature", id=f"{prefix}{i}", feature=array([1, 4 * kib, 64], cell * 4 * kib), pooled=array([64], cell),
           encoder="0123456789abcdef", layer="layer4")
    if i % 2:
        record("pair", id=f"{prefix}{i - 1}:{i}", before=f"{prefix}{i - 1}", after=f"{prefix}{i}")
record("end", **{"from": "test"}, count=b"\xcd" + struct.pack(">H", count + count // 2), errors=b"\x00")

"""COUNT feature records v0, v1, … with vectors of 37 values on stdout; the five nearest to v7 on stderr, as idc-store nearest
prints them, without the cosine. Cosines in f64; the values are multiples of 1/64, so that f32 holds them exactly."""
import math
import random
import struct
import sys

count = int(sys.argv[1])
random.seed(5)
out = sys.stdout.buffer
vectors = [[random.randrange(-128, 129) / 64 for _ in range(37)] for _ in range(count)]


def string(s):
    b = s.encode()
    return bytes([0xd9, len(b)]) + b


def array(shape, values):
    data = struct.pack(f"<{len(values)}f", *values)
    fields = [(b"nd", b"\xc3"), (b"type", string("<f4")), (b"kind", string("")),
              (b"shape", bytes([0x90 + len(shape)]) + bytes(shape)),
              (b"data", b"\xc6" + struct.pack(">I", len(data)) + data)]
    return bytes([0x80 + len(fields)]) + b"".join(b"\xc4" + bytes([len(k)]) + k + v for k, v in fields)


def record(kind, **fields):
    out.write(bytes([0x80 + 1 + len(fields)]) + string("kind") + string(kind))
    for key, value in fields.items():
        out.write(string(key) + (string(value) if isinstance(value, str) else value))


def cosine(a, b):
    dot = sum(x * y for x, y in zip(a, b))
    return dot / math.sqrt(sum(x * x for x in a) * sum(x * x for x in b))


record("hello", idc=b"\x01", **{"from": "test"}, chain=b"\x90")
for i, v in enumerate(vectors):
    record("feature", id=f"v{i}", feature=array([1, 1, 37], v), pooled=array([37], v), encoder="0123456789abcdef",
           layer="l")
record("end", **{"from": "test"}, count=b"\xcd" + struct.pack(">H", count), errors=b"\x00")
order = sorted((i for i in range(count) if i != 7), key=lambda i: -cosine(vectors[7], vectors[i]))
for i in order[:5]:
    print(f'{{"id":"v7","near":"v{i}"', file=sys.stderr)

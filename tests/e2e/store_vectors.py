"""COUNT feature records v0, v1, … with vectors of 37 values on stdout; the five nearest to v7 on stderr, as idc-store nearest
prints them, without the cosine. Cosines in f64; the values are multiples of 1/64, so that f32 holds them exactly."""
import math
import random
import struct
import sys

from records import array, end, hello, record

count = int(sys.argv[1])
random.seed(5)
vectors = [[random.randrange(-128, 129) / 64 for _ in range(37)] for _ in range(count)]


def cosine(a, b):
    dot = sum(x * y for x, y in zip(a, b))
    return dot / math.sqrt(sum(x * x for x in a) * sum(x * x for x in b))


hello()
for i, v in enumerate(vectors):
    data = struct.pack("<37f", *v)
    record("feature", id=f"v{i}", feature=array([1, 1, 37], data), pooled=array([37], data), encoder="0123456789abcdef",
           layer="l")
end(count)
order = sorted((i for i in range(count) if i != 7), key=lambda i: -cosine(vectors[7], vectors[i]))
for i in order[:5]:
    print(f'{{"id":"v7","near":"v{i}"', file=sys.stderr)

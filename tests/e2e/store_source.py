"""A stream of COUNT feature records with ids PREFIX0, PREFIX1, …, each KIB KiB of f32; and a pair of each two."""
import struct
import sys

from records import array, end, hello, record

count, kib, prefix = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
hello()
for i in range(count):
    cell = struct.pack("<64f", *[((i * 31 + j * 17) % 101) / 50 - 1 for j in range(64)])
    record("feature", id=f"{prefix}{i}", feature=array([1, 4 * kib, 64], cell * 4 * kib), pooled=array([64], cell),
           encoder="0123456789abcdef", layer="layer4")
    if i % 2:
        record("pair", id=f"{prefix}{i - 1}:{i}", before=f"{prefix}{i - 1}", after=f"{prefix}{i}")
end(count + count // 2)

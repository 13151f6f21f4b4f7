"""store_same.py STREAM NPY SAFETENSORS NAME: the three hold the same bytes for NAME, each read by the letter of its format."""
import ast
import json
import struct
import sys

stream, npy, tensors, name = sys.argv[1:]
b = open(npy, "rb").read()
assert b[:8] == b"\x93NUMPY\x01\x00"
n = struct.unpack("<H", b[8:10])[0]
assert (10 + n) % 64 == 0
header = ast.literal_eval(b[10:10 + n].decode())
assert header["descr"] == "<f4" and not header["fortran_order"]
data = b[10 + n:]
s = open(tensors, "rb").read()
n = struct.unpack("<Q", s[:8])[0]
entry = json.loads(s[8:8 + n])[name]
begin, end = entry["data_offsets"]
assert s[8 + n + begin:8 + n + end] == data and tuple(entry["shape"]) == header["shape"]
assert data in open(stream, "rb").read()
print(f"same {len(data)} bytes, shape ({','.join(map(str, header['shape']))})")

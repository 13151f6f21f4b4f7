"""Records on stdout without a library: what tests of stores and pipes need of msgpack, and msgpack-numpy's arrays of f32."""
import struct
import sys

out = sys.stdout.buffer


def string(s):
    b = s.encode()
    return bytes([0xd9, len(b)]) + b


def array(shape, data):
    """data: the bytes of f32 values"""
    sizes = b"".join(b"\xce" + struct.pack(">I", n) for n in shape)
    fields = [(b"nd", b"\xc3"), (b"type", string("<f4")), (b"kind", string("")),
              (b"shape", bytes([0x90 + len(shape)]) + sizes), (b"data", b"\xc6" + struct.pack(">I", len(data)) + data)]
    return bytes([0x80 + len(fields)]) + b"".join(b"\xc4" + bytes([len(k)]) + k + v for k, v in fields)


def record(kind, **fields):
    """fields: strings, or bytes that are msgpack"""
    out.write(bytes([0x80 + 1 + len(fields)]) + string("kind") + string(kind))
    for key, value in fields.items():
        out.write(string(key) + (string(value) if isinstance(value, str) else value))


def hello():
    record("hello", idc=b"\x01", **{"from": "test"}, chain=b"\x90")


def end(count):
    record("end", **{"from": "test"}, count=b"\xcd" + struct.pack(">H", count), errors=b"\x00")

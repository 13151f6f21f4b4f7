"""Writes a safetensors file with random weights of ResNet-18 up to a stage, with nothing but Python's own library.

    python3 resnet_weights.py STAGE OUT [FACTOR]      # FACTOR times larger gains
"""
import array
import json
import random
import struct
import sys


def shapes(stage):
    def unit(conv, norm, out, inner, kernel):
        yield conv + ".weight", [out, inner, kernel, kernel]
        for name in ("weight", "bias", "running_mean", "running_var"):
            yield f"{norm}.{name}", [out]

    yield from unit("conv1", "bn1", 64, 3, 7)
    width = 64
    for s in range(1, stage + 1):
        out = 32 << s
        for block in range(2):
            name = f"layer{s}.{block}."
            yield from unit(name + "conv1", name + "bn1", out, width, 3)
            yield from unit(name + "conv2", name + "bn2", out, out, 3)
            if width != out:
                yield from unit(name + "downsample.0", name + "downsample.1", out, width, 1)
            width = out
    yield "fc.weight", [1000, 512]


def main(stage, path, factor):
    rng = random.Random(1)
    header, data = {"__metadata__": {"format": "pt"}}, array.array("f")
    for name, shape in shapes(stage):
        start, n = 4 * len(data), 1
        for side in shape:
            n *= side
        if len(shape) == 4:
            deviation = (2 / (shape[0] * shape[2] * shape[3])) ** 0.5
            data.extend(rng.gauss(0, deviation) for _ in range(n))
        else:
            data.extend([factor if name.endswith(".weight") else 1.0 if name.endswith("var") else 0.0] * n)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, 4 * len(data)]}
    text = json.dumps(header).encode()
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data.tobytes())


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else 1.0)

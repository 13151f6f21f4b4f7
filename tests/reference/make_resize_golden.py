#!/usr/bin/env python3
"""Pictures resized by Pillow, for tests/unit/image_resize.c. Needs numpy and Pillow.

    python3 tests/reference/make_resize_golden.py tests/golden/image
"""
import os
import sys

import numpy as np
from PIL import Image

SIZES = [(80, 60), (24, 17), (61, 20), (7, 90), (61, 47)]
FILTERS = {"box": Image.BOX, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}


def source():
    """61×47: noise, a ramp, and black-white edges, where filters overshoot."""
    rng = np.random.default_rng(9)
    img = rng.integers(0, 256, (47, 61, 3), dtype=np.uint8)
    img[:, 20:40] = np.linspace(0, 255, 20, dtype=np.uint8)[None, :, None]
    img[:, 40:] = np.where((np.arange(47)[:, None] // 3 + np.arange(21)[None] // 5) % 2, 255, 0)[..., None]
    return Image.fromarray(img)


def main(folder):
    src = source()
    src.save(os.path.join(folder, "resize-source.png"))
    for name, value in FILTERS.items():
        for w, h in SIZES:
            src.resize((w, h), value).save(os.path.join(folder, f"resize-{name}-{w}x{h}.png"))


main(sys.argv[1])

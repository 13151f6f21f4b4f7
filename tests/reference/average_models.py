#!/usr/bin/env python3
"""Averages the weights of two model files of the same network (Wortsman et al., "Model soups", ICML 2022).

    python3 tests/reference/average_models.py A.safetensors B.safetensors SHARE OUT.safetensors

OUT = (1 - SHARE) A + SHARE B, computed in f32 and stored in A's types with A's metadata. Tensors that B lacks are A's.
"""
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

first, second, share, out = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]
a, b = load_file(first), load_file(second)
with safe_open(first, "numpy") as f:
    metadata = f.metadata()
for name, x in a.items():
    if name in b:
        a[name] = ((1 - share) * x.astype(np.float32) + share * b[name].astype(np.float32)).astype(x.dtype)
save_file(a, out, metadata=metadata)

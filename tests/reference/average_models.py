"""Average the weights of two model files of one lineage (Wortsman et al., "Model soups", ICML 2022).

usage: average_models.py FIRST SECOND SHARE OUT

OUT has FIRST's configuration and statistics, and (1 - SHARE) FIRST + SHARE SECOND in every tensor of encoder and network.
"""
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file


def main():
    first, second, share, out = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]
    a, b = safe_open(first, "np"), safe_open(second, "np")
    tensors = {}
    for name in a.keys():
        x = a.get_tensor(name)
        if name.startswith(("model.", "encoder.")):
            y = b.get_tensor(name)
            x = ((1 - share) * x.astype(np.float32) + share * y.astype(np.float32)).astype(x.dtype)
        tensors[name] = x
    save_file(tensors, out, a.metadata())


if __name__ == "__main__":
    main()

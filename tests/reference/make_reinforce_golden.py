#!/usr/bin/env python3
"""Makes tests/golden/network/reinforce_*.safetensors with network.py (PyTorch): the self-critical loss of given sentences and its
gradient, each word's probability from a run of its own over the sentence so far.

    python3 tests/reference/make_reinforce_golden.py tests/golden/network
"""
import json
import math
import pathlib
import sys

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import save_file

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from make_network_golden import BATCH, BOS, EOS, NEVER, PAD, next_logits  # noqa: E402
from network import Network  # noqa: E402

SAMPLES, TEMPERATURE = 2, 1.5


def sentences(c):
    """[B,S,L]: one of them runs to the last place without an end"""
    L = c["max_length"]
    ids = torch.full((BATCH, SAMPLES, L), PAD)
    for b in range(BATCH):
        for s in range(SAMPLES):
            n = L - 1 if b == s == 1 else int(torch.randint(2, 7, (1,)))
            ids[b, s, 0] = BOS
            ids[b, s, 1:1 + n] = torch.randint(6, c["words"], (n,))
            if 1 + n < L:
                ids[b, s, 1 + n] = EOS
    return ids


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    torch.set_num_threads(1)
    torch.manual_seed(3)
    for name in ("paper", "matching"):
        with safe_open(folder / f"{name}.safetensors", "np") as f:
            c = json.loads(f.metadata()["config"])
            t = {k: torch.tensor(f.get_tensor(k)) for k in f.keys()}
        config = dict(c["network"], words=len(c["vocabulary"]), types=len(c["types"]))
        net = Network(config).eval()
        net.load_state_dict({k[6:]: v for k, v in t.items() if k.startswith("model.")})
        E = net.forward_pair(t["in.before"], t["in.after"])["E"]
        ids, advantage, loss = sentences(config), torch.randn(BATCH, SAMPLES), 0
        for b in range(BATCH):
            for s in range(SAMPLES):
                words = [w for w in ids[b, s].tolist() if w != PAD]
                for i in range(1, len(words)):
                    z = next_logits(net, E[b:b + 1], words[:i]) / TEMPERATURE
                    banned = torch.zeros_like(z)
                    banned[NEVER] = -math.inf
                    log_p = (z + banned).log_softmax(-1)[words[i]]
                    loss = loss - advantage[b, s] * log_p / (BATCH * SAMPLES)
        loss.backward()
        out = {"ids": ids.int(), "advantage": advantage, "loss": loss.reshape(1)}
        out.update({"grad.model." + n: p.grad for n, p in net.named_parameters() if p.grad is not None})
        target = folder / f"reinforce_{name}.safetensors"
        save_file({k: np.ascontiguousarray(v.detach().numpy()) for k, v in out.items()}, target)
        target.chmod(0o644)

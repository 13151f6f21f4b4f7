#!/usr/bin/env python3
"""Makes tests/golden/network/embed.safetensors with network.py (PyTorch): a network with the head of embed.h, sentences of
several lengths, both embeddings, and the gradients of the symmetric InfoNCE loss through them.

    python3 tests/reference/make_embed_golden.py tests/golden/network
"""
import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from make_network_golden import BOS, COMMON, EOS, PAD, TYPES, WORDS  # noqa: E402
from network import Network  # noqa: E402

CONFIG = dict(COMMON, cross_blocks=2, feature=9, grid=[2, 3], pool=0, projection="linear", position="standard",
              norm="sample", helper_heads=False, caption="next", tied_output=True, itc=10)
LENGTHS = [4, 0, 7, 4, 9, 1]  # words of the sentences


def main(folder):
    torch.manual_seed(7)
    net = Network(dict(CONFIG, words=len(WORDS), types=len(TYPES))).eval()
    with torch.no_grad():
        for name, p in net.named_parameters():
            if "norm" in name:
                p += 0.2 * torch.randn_like(p)
    B, (h, w) = len(LENGTHS), CONFIG["grid"]
    before, after = 2 * torch.randn(2, B, h, w, CONFIG["feature"]).relu()
    sentences = [[BOS] + torch.randint(6, len(WORDS), (n,)).tolist() + [EOS] for n in LENGTHS]
    a = net.embed_pair(net.forward_pair(before, after)["E"])
    b = net.embed_text(sentences)
    s = net.itc.log_scale.exp() * a @ b.T
    right = torch.arange(B)
    loss = (F.cross_entropy(s, right) + F.cross_entropy(s.T, right)) / 2
    loss.backward()
    L = CONFIG["max_length"]
    ids = torch.tensor([x + [PAD] * (L - len(x)) for x in sentences]).int()
    t = {"in.before": before, "in.after": after, "in.ids": ids, "out.pair": a, "out.text": b, "out.loss": loss.reshape(1)}
    for n, p in net.named_parameters():
        t["model." + n] = p
        t["grad.model." + n] = p.grad if p.grad is not None else torch.zeros_like(p)
    config = dict(name="embed", network=CONFIG, types=TYPES, vocabulary=WORDS)
    meta = {"format": "idc-model", "version": "1", "config": json.dumps(config), "training": "{}"}
    save_file({k: np.ascontiguousarray(v.detach().numpy()) for k, v in t.items()}, folder / "embed.safetensors",
              metadata=meta)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(pathlib.Path(sys.argv[1]))

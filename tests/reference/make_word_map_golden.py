#!/usr/bin/env python3
"""Makes tests/golden/network/maps.safetensors with network.py (PyTorch): word maps of the networks of make_network_golden.py
by automatic differentiation through the whole encoder, one word at a time.

    python3 tests/reference/make_word_map_golden.py tests/golden/network
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
from network import Network  # noqa: E402

MASK = 5


def keep_attention(block):
    """Makes the block keep its probabilities, with their gradient, in block.kept."""
    attn = block.attn

    def forward(x, mask, drop):
        B, T, d = x.shape
        q, k, v = (f(x).view(B, T, attn.heads, -1).transpose(1, 2) for f in (attn.q, attn.k, attn.v))
        s = q @ k.transpose(-1, -2) / math.sqrt(d // attn.heads)
        if mask is not None:
            s = s.masked_fill(mask == 0, -1e9)
        block.kept = s.softmax(-1)
        block.kept.retain_grad()
        return attn.out((block.kept @ v).transpose(1, 2).reshape(B, T, d))

    attn.forward = forward


def heat(block, item, query, n):
    a, g = block.kept[item, :, query], block.kept.grad[item, :, query]
    cam = (a * g.clamp(min=0)).mean(0)
    cam = torch.cat([cam[1:n + 1], cam[n + 2:2 * n + 2]])
    low, high = cam.min(), cam.max()
    return (cam - low) / (high - low) if high > low else torch.zeros_like(cam)


def spoken(net, block, E, words):
    """[words after BOS, 2n]"""
    n, M, rows = len(net.p), E.shape[1], []
    for i in range(1, len(words)):
        ids = torch.tensor([words[:i] + ([MASK] if net.c["caption"] == "unmask" else [])])
        hidden = net.cross(E, ids)
        net.words(hidden[0, -1]).log_softmax(-1)[words[i]].backward()
        rows.append(heat(block, 0, M + ids.shape[1] - 1, n))
    return torch.stack(rows)


def aligned(net, block, E, ids):
    """[B,L,2n] for the cosine of (CLS1 + CLS2) / 2 and CLS3 after the cross-modal encoder without a mask"""
    n, M = len(net.p), E.shape[1]
    hidden = net.cross(E, ids, causal=False, cls3=True)
    v = (hidden[:, 0] + hidden[:, n + 1]) / 2
    torch.cosine_similarity(v, hidden[:, M], dim=-1).sum().backward()
    return torch.stack([torch.stack([heat(block, b, M + 1 + w, n) for w in range(ids.shape[1])]) for b in range(len(E))])


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    torch.set_num_threads(1)
    out = {}
    for name in ("paper", "matching", "textbook"):
        with safe_open(folder / f"{name}.safetensors", "np") as f:
            c = json.loads(f.metadata()["config"])
            t = {k: torch.tensor(f.get_tensor(k)) for k in f.keys()}
        config = dict(c["network"], words=len(c["vocabulary"]), types=len(c["types"]))
        for where in {0, config["cross_blocks"] - 1}:
            net = Network(config).double().eval()
            net.load_state_dict({k[6:]: v for k, v in t.items() if k.startswith("model.")})
            block = net.encoder.layers[where]
            keep_attention(block)
            E = t["out.E"].double()
            words = t["in.ids"][1].tolist()  # unlikely ones: sure words have hardly a derivative
            out[f"{name}.spoken{where}"] = spoken(net, block, E[1:], words)
            ids = t["in.ids"]
            if where == 0 and config["cross_blocks"] > 1:  # in the last block no text row reaches the three tokens
                out[f"{name}.aligned{where}"] = aligned(net, block, E, ids)
    save_file({k: np.ascontiguousarray(v.detach().float().numpy()) for k, v in out.items()}, folder / "maps.safetensors")

#!/usr/bin/env python3
"""Makes tests/golden/network/nabirds_*.safetensors with network.py (PyTorch): small networks with random weights, pairs of
pictures with classes, the loss of task nabirds and the gradients of all parameters.

    python3 tests/reference/make_nabirds_golden.py tests/golden/network
"""
import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.numpy import save_file

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from make_pretrain_golden import CASES, TYPES, WORDS  # noqa: E402
from network import Network  # noqa: E402

BATCH, CLASSES, MARGIN = 3, 4, 0.4


class Classed(Network):
    def __init__(self, c):
        super().__init__(c)
        self.classifier = nn.Linear(c["width"], CLASSES)
        self.class_aligner = nn.Linear(2 * c["width"], 2)


def contrast(f, classes):
    cos = F.cosine_similarity(f[:, None], f[None], dim=-1)
    same = classes[:, None] == classes[None]
    return torch.where(same, 1 - cos, (cos - MARGIN).clamp(min=0)).mean()


def nabirds(net, before, after, classes):
    raw = [net.cells(before), net.cells(after)]
    f = torch.cat([net.image(raw[k], k)[:, 0] for k in range(2)])
    E = net.forward_pair(before, after)["E"]
    cls = torch.cat([E[:, 0], E[:, len(net.p) + 1]], -1)
    return (F.cross_entropy(net.classifier(f), classes) + contrast(f, classes)
            + F.cross_entropy(net.class_aligner(cls), (classes[:BATCH] == classes[BATCH:]).long()))


def case(name, c, seed, folder):
    torch.manual_seed(seed)
    net = Classed(dict(c, words=len(WORDS), types=len(TYPES))).eval()
    with torch.no_grad():
        for key, p in net.named_parameters():
            if "norm" in key:
                p += 0.3 * torch.randn_like(p)
        if c["tied_output"]:
            net.word_embedding.weight *= c["width"] ** -0.5
    h, w = c["grid"]
    before, after = 2 * torch.randn(2, BATCH, h, w, c["feature"]).relu()
    classes = torch.tensor([0, 1, 2, 0, 3, 2])
    loss = nabirds(net, before, after, classes)
    loss.backward()
    t = {"in.before": before, "in.after": after, "in.classes": classes.int(), "out.nabirds": loss.reshape(1)}
    for key, p in net.named_parameters():
        t["model." + key] = p
        if p.grad is not None and p.grad.abs().max() > 0:  # the others' are zero
            t["nabirds.model." + key] = p.grad
    arrays = {k: np.ascontiguousarray(v.detach().numpy()) for k, v in t.items()}
    config = dict(name=name, network=c, types=TYPES, vocabulary=WORDS)
    save_file(arrays, folder / f"{name}.safetensors", metadata={"config": json.dumps(config)})


if __name__ == "__main__":
    f = torch.tensor([[1, 0], [0.8, 0.6], [0, 1], [0.6, 0.8]], dtype=torch.float64)
    assert abs(contrast(f, torch.tensor([0, 0, 1, 1])).item() - 0.17) < 1e-9  # the authors' formula by hand
    target = pathlib.Path(sys.argv[1])
    torch.set_num_threads(1)
    for number, (key, config) in enumerate(CASES.items()):
        case(key.replace("pretrain", "nabirds"), config, 500 + number, target)

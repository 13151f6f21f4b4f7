#!/usr/bin/env python3
"""Writes tests/golden/adamw.txt: PyTorch's AdamW and Adam with L2 on made-up gradients.

Lines: decoupled (1/0), step, norm of the gradient before clipping, then the 6 + 2 parameters after the step. Parameters
start at 0.1 (i + 1) and 0.5; the gradient of element i at step t is sin(i + 3 t) (t + 1), rate 0.01 (t + 1), clip 2.
"""
import math
import pathlib

import torch

out = []
for decoupled in (1, 0):
    w = torch.nn.Parameter(torch.tensor([[0.1 * (i + 1) for i in range(3)], [0.1 * (i + 4) for i in range(3)]]))
    b = torch.nn.Parameter(torch.tensor([0.5, 0.5]))
    kind = torch.optim.AdamW if decoupled else torch.optim.Adam
    groups = [{"params": [w], "weight_decay": 0.1}, {"params": [b], "weight_decay": 0.0 if decoupled else 0.1}]
    optimizer = kind(groups, lr=0.01, betas=(0.9, 0.98), eps=1e-8)
    for t in range(5):
        for group in optimizer.param_groups:
            group["lr"] = 0.01 * (t + 1)
        g = torch.tensor([math.sin(i + 3 * t) * (t + 1) for i in range(8)])
        w.grad, b.grad = g[:6].view(2, 3).clone(), g[6:].clone()
        norm = torch.nn.utils.clip_grad_norm_([w, b], 2.0)
        optimizer.step()
        values = [*w.detach().flatten().tolist(), *b.detach().tolist()]
        out.append(f"{decoupled} {t} {norm.item():.8g} " + " ".join(f"{v:.9g}" for v in values))
path = pathlib.Path(__file__).parent.parent / "golden" / "adamw.txt"
path.write_text("\n".join(out) + "\n")

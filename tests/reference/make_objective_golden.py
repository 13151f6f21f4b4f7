#!/usr/bin/env python3
"""Makes tests/golden/objective/objectives.safetensors: contrastive losses written in PyTorch (double precision, autograd)
from their formulas, apart from the C code, on random unit vectors of small sizes; each with its gradients.

    python3 tests/reference/make_objective_golden.py tests/golden/objective

Tensors of variant NAME, rounded to f32 before anything is computed: NAME/pair, text, before, after, absent, contrary,
contrary_text, twin_pair, twin_text, local_pair, local_text, alike, sentence, local_words, sizes (B, D, K, cells, words),
log_scale; results NAME/loss and NAME/grad.X. What a loss does not need is not there.
"""
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

TAU_FIRST = 0.07
NEVER = -float("inf")


def soft_ce(z, y, focal=0.0):
    """rows of -sum y (1-p)^focal log p; y is 0 where z is -inf"""
    logp = z.log_softmax(-1)
    safe = torch.where(y > 0, logp, torch.zeros_like(logp))
    return -(y * (1 - safe.exp().where(y > 0, torch.zeros_like(safe))) ** focal * safe).sum(-1)


def closing(x, right):
    """[n,m]: which candidates are closed, which are right, by dedup; right: the own ones"""
    same = x.same & ~right
    if x.dedup == 0:
        same = torch.zeros_like(same)
    return (same if x.dedup == 1 else torch.zeros_like(same)), (right | same if x.dedup == 2 else right)


def rows(x, query, key, twin=None, alpha=0.0, focal=0.0, dedup=True):
    z = query @ key.T / x.tau
    B = len(z)
    right = torch.eye(B, dtype=torch.bool)
    closed, right = closing(x, right) if dedup else (torch.zeros_like(right), right)
    z = z.masked_fill(closed, NEVER)
    y = right.double() / right.sum(1, keepdim=True)
    if alpha > 0:
        t = (twin[0] @ twin[1].T / x.tau).masked_fill(closed, NEVER).softmax(-1)
        y = alpha * t.detach() + (1 - alpha) * y
    has = ((~closed) & ~right).any(1)
    return torch.where(has, soft_ce(z, y, focal), 0.0).sum() / B


def infonce(x, focal=0.0, distill=0.0):
    if distill > 0:
        p, t = x.v["twin_pair"], x.v["twin_text"]
        return (rows(x, x.v["pair"], t, (p, t), distill, focal) + rows(x, x.v["text"], p, (t, p), distill, focal)) / 2
    return (rows(x, x.v["pair"], x.v["text"], focal=focal) + rows(x, x.v["text"], x.v["pair"], focal=focal)) / 2


def decoupled(x, w, same):
    total = 0.0
    B = len(w)
    closed = torch.eye(B, dtype=torch.bool) | (x.same if x.dedup else torch.zeros(B, B, dtype=torch.bool))
    for a, b in (("pair", "text"), ("text", "pair")):
        z = x.v[a] @ x.v[b].T / x.tau
        n = z.masked_fill(closed, NEVER)
        if same:
            n = torch.cat([n, (x.v[a] @ x.v[a].T / x.tau).masked_fill(closed, NEVER)], 1)
        has = (~closed).any(1)
        total = total + (-w * z.diagonal() + n.logsumexp(1))[has].sum() / B / 2
    return total


def dcl(x, same=0):
    return decoupled(x, torch.ones(x.B, dtype=torch.double), same)


def dclw(x, sigma=0.5, attach=0, same=0):
    w = 2 - x.B * ((x.v["pair"] * x.v["text"]).sum(1) / sigma).softmax(0)
    return decoupled(x, w if attach else w.detach(), same)


def cwcl(x, focal=0.0):
    z = x.v["pair"] @ x.v["text"].T / x.tau
    W = x.alike
    row = soft_ce(z, W / W.sum(1, keepdim=True), focal).mean()
    return row + rows(x, x.v["text"], x.v["pair"], focal=focal)


def onetok(x, focal=0.0):
    z = x.v["pair"] @ x.v["text"].T / x.tau
    owner = torch.arange(x.B * x.K) // x.K
    own = torch.arange(x.B)[:, None] == owner
    same = (x.sentence[:, None] == x.sentence[None]).view(x.B, x.K, -1).any(1) & ~own
    if x.dedup == 0:
        same = torch.zeros_like(same)
    closed = same if x.dedup == 1 else torch.zeros_like(same)
    right = own | same if x.dedup == 2 else own
    z = z.masked_fill(closed, NEVER)
    i2t = soft_ce(z, right.double() / right.sum(1, keepdim=True), focal).mean()
    t2i = soft_ce(z.T, right.T.double() / right.T.sum(1, keepdim=True), focal).mean()
    return (i2t + t2i) / 2


def symile(x):
    """every candidate"""
    a, b, c = x.v["before"], x.v["after"], x.v["text"]
    scale = x.D ** 0.5 / x.tau
    total = 0.0
    for anchor, y, z, text in ((a, b, c, False), (b, a, c, False), (c, a, b, True)):
        m = scale * torch.einsum("id,jd,kd->ijk", anchor, y, z)
        closed = torch.zeros(x.B, x.B, x.B, dtype=torch.bool)
        if x.dedup:
            for i in range(x.B):
                for j in range(x.B):
                    if text:
                        closed[i, j, j] = x.same[i, j] and i != j
                    else:
                        closed[i, i, j] = x.same[i, j] and i != j
        m = m.masked_fill(closed, NEVER).reshape(x.B, -1)
        total = total + F.cross_entropy(m, torch.arange(x.B) * (x.B + 1)) / 3
    return total


def cacr(x, attract=1.0, repel=1.0, rbf=0.0, attach=0):
    owner = torch.arange(x.B * x.K) // x.K
    own = torch.arange(x.B)[:, None] == owner
    same = (x.sentence[:, None] == x.sentence[None]).view(x.B, x.K, -1).any(1) & ~own
    total = 0.0
    for query, key, positive, like in (("pair", "text", own, same), ("text", "pair", own.T, same.T)):
        q, k = x.v[query], x.v[key]
        cost = 2 - 2 * q @ k.T  # squared distances of unit vectors
        positive = positive | like if x.dedup == 2 else positive
        negative = ~positive & ~(like if x.dedup == 1 else torch.zeros_like(like))
        attraction, repulsion, spread = 0.0, 0.0, []
        for i in range(len(q)):
            c, n = cost[i][positive[i]], cost[i][negative[i]]
            wc, wn = (attract * c / x.tau).softmax(0), (-repel * n / x.tau).softmax(0)
            if not attach:
                wc, wn = wc.detach(), wn.detach()
            attraction = attraction + (wc * c).sum()
            repulsion = repulsion - (wn * n).sum()
            spread.append((wn * (-rbf * n).exp()).sum())
        total = total + attraction / len(q) / 2
        total = total + (torch.stack(spread).mean().log() if rbf else repulsion / len(q)) / 2
    return total


def svco(x):
    P, P0, Pn, t, tn = (x.v[k] for k in ("pair", "absent", "contrary", "text", "contrary_text"))
    s = lambda p, q: (p * q).sum(1)  # noqa: E731
    f = lambda d: -F.logsigmoid(d / x.tau).mean()  # noqa: E731
    return (f(s(P, t) - s(P0, t)) + f(s(P0, t) - s(Pn, t)) + f(s(Pn, tn) - s(P0, tn)) + f(s(P0, tn) - s(P, tn))) / 4


def parts(x, whole, local, count, real, text):
    z = whole @ local.T / x.tau  # [B, B*count]
    item = torch.arange(x.B * count) // count
    is_real = (torch.arange(x.B * count) % count) < real[item]
    total = 0.0
    for n in range(x.B):
        out = item == n
        if text and x.dedup:
            out = out | x.same[n][item]
        negatives = z[n][~out & is_real]
        each = []
        for p in range(int(real[n])):
            logits = torch.cat([z[n, n * count + p].reshape(1), negatives])
            each.append(-logits.log_softmax(0)[0])
        total = total + torch.stack(each).mean() / x.B
    return total


def tcl(x, focal=0.0, distill=0.4):
    a, b, p, t = (x.v[k] for k in ("pair", "text", "twin_pair", "twin_text"))
    all_cells = torch.full((x.B,), x.cells)
    return (rows(x, a, t, (p, t), distill, focal) + rows(x, b, p, (t, p), distill, focal)
            + rows(x, a, p, focal=focal, dedup=False) + rows(x, b, t, focal=focal)
            + parts(x, a, x.v["local_pair"], x.cells, all_cells, False)
            + parts(x, b, x.v["local_text"], x.words, x.local_words, True)) / 6


# name, loss, tau (None: learned), dedup, options
VARIANTS = [
    ("infonce", infonce, None, 0, {}), ("infonce_dedup", infonce, None, 1, {}), ("infonce_share", infonce, None, 2, {}),
    ("infonce_focal", infonce, None, 0, dict(focal=2.0)), ("infonce_focal_half", infonce, None, 1, dict(focal=0.5)),
    ("infonce_distill", infonce, None, 1, dict(distill=0.4)), ("infonce_tau", infonce, 0.2, 1, {}),
    ("infonce_everything", infonce, None, 2, dict(focal=1.5, distill=0.3)),
    ("dcl", dcl, 0.1, 0, {}), ("dcl_dedup", dcl, 0.1, 1, {}), ("dcl_same", dcl, 0.1, 1, dict(same=1)),
    ("dclw", dclw, 0.1, 0, {}), ("dclw_attach", dclw, 0.1, 1, dict(attach=1, sigma=0.3)),
    ("cwcl", cwcl, None, 0, {}), ("cwcl_dedup", cwcl, None, 1, dict(focal=1.0)),
    ("onetok", onetok, None, 0, {}), ("onetok_dedup", onetok, None, 1, {}), ("onetok_share", onetok, None, 2, dict(focal=1.0)),
    ("symile", symile, None, 0, {}), ("symile_dedup", symile, None, 1, {}),
    ("cacr", cacr, 1.0, 0, {}), ("cacr_attach", cacr, 1.0, 0, dict(attach=1, attract=2.0, repel=2.0)),
    ("cacr_dedup", cacr, 1.0, 1, dict(attach=1)), ("cacr_rbf", cacr, 1.0, 0, dict(rbf=2.0)),
    ("cacr_rbf_attach", cacr, 0.5, 2, dict(rbf=2.0, attach=1)),
    ("svco", svco, 0.1, 0, {}), ("coca", infonce, None, 1, dict(focal=1.0)),
    ("tcl", tcl, None, 0, {}), ("tcl_dedup", tcl, None, 1, dict(focal=2.0)),
]
TRAINED = ("pair", "text", "before", "after", "absent", "contrary", "contrary_text")
NEEDS = {infonce: (), dcl: (), dclw: (), cwcl: (), onetok: (), symile: ("before", "after"), cacr: (),
         svco: ("absent", "contrary", "contrary_text"), tcl: ("twin_pair", "twin_text", "local_pair", "local_text")}


class Case:
    """Random inputs of random small sizes."""

    def __init__(self, loss, number, several, options):
        g = torch.Generator().manual_seed(1000 + number)
        pick = lambda low, high: int(torch.randint(low, high + 1, (1,), generator=g))  # noqa: E731
        self.B, self.D, self.K = pick(3, 7), pick(3, 9), pick(2, 3) if several else 1
        self.cells, self.words = pick(2, 4), pick(2, 4)
        count = {"text": self.B * self.K, "twin_text": self.B * self.K, "local_pair": self.B * self.cells,
                 "local_text": self.B * self.words}
        names = ["pair", "text"] + list(NEEDS[loss])
        if options.get("distill", 0) > 0 and loss is infonce:
            names += ["twin_pair", "twin_text"]
        self.v = {}
        for n in names:
            x = F.normalize(torch.randn(count.get(n, self.B), self.D, generator=g), dim=1).float().double()
            self.v[n] = x.requires_grad_(n in TRAINED)
        # one sentence of the first item is said by another one as well
        self.sentence = torch.arange(self.B * self.K)
        self.sentence[self.K * 2] = 0
        rows_of = self.sentence[::self.K] if self.K == 1 else torch.arange(self.B)
        self.same = rows_of[:, None] == rows_of[None]
        self.local_words = torch.randint(1, self.words + 1, (self.B,), generator=g)
        W = torch.rand(self.B, self.B, generator=g).float().double()
        self.alike = ((W + W.T) / 2).float().double().fill_diagonal_(1)


def main(folder):
    t = {}
    for number, (name, loss, tau, dedup, options) in enumerate(VARIANTS):
        x = Case(loss, number, loss in (onetok, cacr), options)
        x.dedup = dedup
        log_scale = torch.tensor([1 / TAU_FIRST], dtype=torch.double).log().float().double().requires_grad_(tau is None)
        x.tau = tau if tau is not None else (-log_scale).exp()
        value = loss(x, **options)
        value.sum().backward()
        t[name + "/loss"] = value.detach().reshape(1).float()
        t[name + "/log_scale"] = log_scale.detach().float()
        t[name + "/grad.log_scale"] = (log_scale.grad if tau is None else torch.zeros(1)).float()
        t[name + "/sizes"] = torch.tensor([x.B, x.D, x.K, x.cells, x.words]).int()
        t[name + "/sentence"] = x.sentence.int()
        t[name + "/local_words"] = x.local_words.int()
        t[name + "/alike"] = x.alike.float()
        for n, v in x.v.items():
            t[f"{name}/{n}"] = v.detach().float()
            if v.requires_grad:
                t[f"{name}/grad.{n}"] = (v.grad if v.grad is not None else torch.zeros_like(v)).float()
    folder.mkdir(parents=True, exist_ok=True)
    save_file({k: np.ascontiguousarray(v.numpy()) for k, v in t.items()}, folder / "objectives.safetensors")
    print(len(VARIANTS), "variants")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

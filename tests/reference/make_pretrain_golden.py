#!/usr/bin/env python3
"""Makes tests/golden/network/pretrain_*.safetensors with network.py (PyTorch): small networks with random weights, what each
task of pre-training draws, its loss and the gradients of all parameters.

    python3 tests/reference/make_pretrain_golden.py tests/golden/network
"""
import json
import math
import pathlib
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.numpy import save_file

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from network import Network, Norm  # noqa: E402

PAD, BOS, EOS, UNK, CLS, MASK = range(6)
WORDS = ["<PAD>", "<BOS>", "<EOS>", "<UNK>", "<CLS>", "<MASK>"] + [f"word{i}" for i in range(6)]
TYPES = ["none", "color"]
BATCH, NEGATIVES, LENGTH = 3, 2, 7
TAU_CELLS, TAU_SENTENCES, FOCAL, SOFT = 0.7, 0.4, 1.5, 0.8

COMMON = dict(width=8, heads=2, feed_forward=10, single_blocks=1, pair_blocks=1, dropout=0, max_length=LENGTH, norm="sample")
CASES = {
    "pretrain_paper": dict(COMMON, cross_blocks=2, feature=5, grid=[2, 3], pool=0, projection="sigmoid", position="doubled",
                           helper_heads=False, caption="unmask", tied_output=False),
    "pretrain_matching": dict(COMMON, cross_blocks=2, feature=3, grid=[4, 6], pool=2, projection="linear", position="fourier",
                              matching=dict(heads=2, reduce=3, hidden=8), helper_heads=True, caption="next", tied_output=True),
}


# single pictures: [CLS1; cells] through the single encoder, CLS2 joins in the pair encoder
SINGLE = {"pretrain_single": dict(CASES["pretrain_paper"]), "pretrain_single_matching": dict(CASES["pretrain_matching"])}


class Regressor(nn.Module):
    """From a row of the cross-modal encoder to a raw cell, through the weight of img_project."""

    def __init__(self, d, raw, form):
        super().__init__()
        self.net = nn.ModuleList([nn.Linear(d, d), nn.Identity(), Norm(d, 1e-12, form)])
        self.bias = nn.Parameter(torch.zeros(raw))

    def forward(self, h, weight):
        return self.net[2](F.gelu(self.net[0](h))) @ weight + self.bias


class Pretrained(Network):
    def __init__(self, c):
        super().__init__(c)
        d = c["width"]
        self.feat_regress = Regressor(d, self.raw, c["norm"])
        self.matcher, self.aligner = nn.Linear(3 * d, 2), nn.Linear(3 * d, 2)

    def encode(self, raw):
        """raw [2,B,n,R] -> E; forward_pair on cells that are there already"""
        cells, self.cells = self.cells, lambda x: x
        try:
            return self.forward_pair(raw[0], raw[1])["E"]
        finally:
            self.cells = cells

    def fused(self, E, ids):
        """rows of the cross-modal encoder: CLS1, CLS2, CLS3; cells; text"""
        h = self.cross(E, ids, causal=False, cls3=True)
        n, M = len(self.p), E.shape[1]
        return h[:, [0, n + 1, M]], torch.cat([h[:, 1:n + 1], h[:, n + 2:M]], 1), h[:, M + 1:]


class Single(Pretrained):
    def encode(self, raw):
        """raw [1,B,n,R] -> E [B,n+2,d]"""
        cls = self.word_embedding.weight[4].expand(raw.shape[1], 1, -1)
        return self.pair(torch.cat([self.image(raw[0], 0), self.embed(cls, 3)], 1), None, self.drop)

    def fused(self, E, ids):
        h = self.cross(E, ids, causal=False, cls3=True)
        n = len(self.p)
        return h[:, [0, n + 1, n + 2]], h[:, 1:n + 1], h[:, n + 3:]


def draw(net):
    B, K, L, n = BATCH, NEGATIVES, LENGTH, len(net.p)
    h, w = net.c["grid"]
    pictures = 2 * torch.randn(2, B, h, w, net.c["feature"]).relu()
    sentence = torch.full((B, 1 + K, L), PAD)
    for i in range(B):
        for k in range(1 + K):
            m = 2 + (i + k) % 3
            sentence[i, k, :m + 2] = torch.tensor([BOS] + torch.randint(6, len(WORDS), (m,)).tolist() + [EOS])
    ids = sentence[:, 0]
    masked, target = ids.clone(), torch.full_like(ids, -1)
    for i in range(B):
        for t in ([1, 2], [2], [1, 4])[i]:
            target[i, t] = ids[i, t]
            masked[i, t] = (MASK, 7, MASK)[t % 3]
    hidden = torch.zeros(2, B, n, dtype=torch.uint8)
    for i in range(B):
        hidden[i % 2, i, torch.randperm(n)[:1 + i]] = 1
    rows = torch.arange(B)
    x = dict(before=pictures[0], after=pictures[1], ids=ids, masked=masked, target=target, hidden=hidden.reshape(2 * B, n),
             candidates=sentence, row0=rows.clone(), row1=B + rows, text=rows.clone(), label=torch.tensor([1, 0, 0]),
             word=torch.tensor([2, 1, -1]))
    x["row0"][1], x["text"][2] = 2, 0
    return {k: v if v.dtype in (torch.float32, torch.uint8) else v.int() for k, v in x.items()}


def mlm(net, raw, x):
    text = net.fused(net.encode(raw), x["masked"])[2]
    return F.cross_entropy(net.words(text).flatten(0, 1), x["target"].flatten().long(), ignore_index=-1)


def mvcl(net, raw, x):
    hidden = x["hidden"].reshape(raw.shape[:3]).bool()
    E = net.encode(raw.masked_fill(hidden[..., None], 0))
    cells = net.fused(E, x["ids"])[1]
    mask = torch.cat(list(hidden), 1)
    truth = torch.cat(list(raw), 1)[mask]
    unit = lambda v: v / v.norm(dim=-1, keepdim=True).clamp(min=1e-12)
    guess, others = (unit(net.feat_regress(cells[m], net.img_project.weight)) for m in (mask, ~mask))
    z = torch.cat([guess @ unit(truth).T, guess @ others.T], 1) / TAU_CELLS
    return F.cross_entropy(z, torch.arange(len(z)))


def sims(net, E, candidates):
    B, runs, L = candidates.shape
    cls = net.fused(E.repeat_interleave(runs, 0), candidates.reshape(-1, L))[0]
    return F.cosine_similarity((cls[:, 0] + cls[:, 1]) / 2, cls[:, 2], dim=-1).reshape(B, runs) / TAU_SENTENCES


def focal_mean(z, gamma):
    loss = F.cross_entropy(z, torch.zeros(len(z), dtype=torch.long), reduction="none")
    return (((1 - torch.exp(-loss)) ** gamma) * loss).mean()


def fda(net, raw, x):
    return focal_mean(sims(net, net.encode(raw), x["candidates"]), 0)


def soft_mask(net, E, x):
    """1 - normalised gradient-weighted attention of one word of each pair over the cells of both pictures: [B,2n]"""
    n, M = len(net.p), E.shape[1]
    kept = {}
    last = net.encoder.layers[-2].attn  # the sentence reaches CLS from here; in the last block it no longer does
    plain = last.forward

    def watched(h, mask, drop):
        B, T, d = h.shape
        q, k, v = (f(h).view(B, T, last.heads, -1).transpose(1, 2) for f in (last.q, last.k, last.v))
        kept["A"] = (q @ k.transpose(-1, -2) / math.sqrt(d // last.heads)).softmax(-1)
        kept["A"].retain_grad()
        return last.out((kept["A"] @ v).transpose(1, 2).reshape(B, T, d))

    last.forward = watched
    try:
        score = sims(net, E.detach().requires_grad_(), x["candidates"][:, :1]).sum()
    finally:
        last.forward = plain
    gradient = torch.autograd.grad(score, kept["A"])[0]
    C = (kept["A"] * gradient.clamp(min=0)).mean(1).detach()
    m = torch.ones(BATCH, 2 * n)
    for i, word in enumerate(x["word"].tolist()):
        if word < 0:
            continue
        row = C[i, M + 1 + word]
        cam = torch.cat([row[1:n + 1], row[n + 2:M]])
        if cam.max() > cam.min():
            m[i] = 1 - (cam - cam.min()) / (cam.max() - cam.min())
    return m


def soft(net, raw, x):
    """fda with the focal factor, and once more on softly masked cells"""
    E = net.encode(raw)
    m = soft_mask(net, E, x)
    x["soft"] = m
    n = len(net.p)
    one = torch.ones(BATCH, 1)
    rows = torch.cat([one, m[:, :n], one, m[:, n:]], 1)
    return focal_mean(sims(net, E, x["candidates"]), FOCAL) + SOFT * focal_mean(sims(net, E * rows[..., None], x["candidates"]), FOCAL)


def soft_raw(net, raw, x):
    """the same, the raw cells being attenuated"""
    E = net.encode(raw)
    m = soft_mask(net, E, x).reshape(BATCH, 2, -1).transpose(0, 1)
    masked = net.encode(raw * m[..., None])
    return focal_mean(sims(net, E, x["candidates"]), FOCAL) + SOFT * focal_mean(sims(net, masked, x["candidates"]), FOCAL)


def matched(net, raw, x, head):
    both = raw.flatten(0, 1)
    E = net.encode(torch.stack([both[x["row0"].long()], both[x["row1"].long()]]))
    cls = net.fused(E, x["ids"][x["text"].long()])[0]
    return F.cross_entropy(head(cls.flatten(1)), x["label"].long())


LOSSES = {"mlm": mlm, "mvcl": mvcl, "fda": fda, "soft": soft, "soft_raw": soft_raw,
          "itm_a": lambda net, raw, x: matched(net, raw, x, net.matcher),
          "itm_b": lambda net, raw, x: matched(net, raw, x, net.aligner)}


def case(name, c, seed, folder, kind=Pretrained):
    torch.manual_seed(seed)
    net = kind(dict(c, words=len(WORDS), types=len(TYPES))).eval()
    with torch.no_grad():
        for key, p in net.named_parameters():
            if "norm" in key or "feat_regress" in key:
                p += 0.3 * torch.randn_like(p)
        if c["tied_output"]:
            net.word_embedding.weight *= c["width"] ** -0.5
    x = draw(net)
    raw = torch.stack([net.cells(x["before"]), net.cells(x["after"])])
    losses = LOSSES
    if kind is Single:
        raw, losses = raw[:1], {k: LOSSES[k] for k in ("mlm", "mvcl", "fda")}
        x["hidden"] = x["hidden"][:BATCH] | x["hidden"][BATCH:]
    t = {}
    for task, loss_of in losses.items():
        net.zero_grad()
        loss = loss_of(net, raw, x)
        loss.backward()
        t["out." + task] = loss.reshape(1)
        for key, p in net.named_parameters():
            if p.grad is not None and p.grad.abs().max() > 0:  # the others' are zero
                t[f"{task}.model.{key}"] = p.grad.clone()
    t.update({"in." + k: v for k, v in x.items()})
    t.update({"model." + k: p for k, p in net.named_parameters()})
    config = dict(name=name, network=c, types=TYPES, vocabulary=WORDS)
    meta = {"config": json.dumps(config),
            "settings": json.dumps({"mvcl.temperature": TAU_CELLS, "fda.temperature": TAU_SENTENCES, "fda.focal": FOCAL,
                                    "soft.weight": SOFT})}
    arrays = {k: np.ascontiguousarray(v.detach().numpy()) for k, v in t.items()}
    save_file(arrays, folder / f"{name}.safetensors", metadata=meta)


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    for number, (key, config) in enumerate(CASES.items()):
        case(key, config, 300 + number, target)
    for number, (key, config) in enumerate(SINGLE.items()):
        case(key, config, 310 + number, target, Single)

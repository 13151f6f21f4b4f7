#!/usr/bin/env python3
"""Makes tests/golden/network/*.safetensors with network.py (PyTorch): small networks with random weights, their inputs,
every output, the gradients of a loss, and sentences decoded by computing all of the sequence anew for each word.

    python3 tests/reference/make_network_golden.py tests/golden/network
"""
import json
import math
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from network import GROUPS, Network  # noqa: E402

PAD, BOS, EOS, UNK, CLS, MASK = range(6)
SPECIALS = ["<PAD>", "<BOS>", "<EOS>", "<UNK>", "<CLS>", "<MASK>"]
NEVER = [PAD, BOS, CLS, MASK]
BATCH, BEAM, ALPHA = 2, 3, 0.7

COMMON = dict(width=16, heads=4, feed_forward=24, single_blocks=1, pair_blocks=1, dropout=0, max_length=12)
CASES = {
    "paper": dict(COMMON, cross_blocks=3, feature=20, grid=[3, 3], pool=0, projection="sigmoid", position="doubled",
                  norm="sample", helper_heads=False, caption="unmask", tied_output=False),
    "matching": dict(COMMON, cross_blocks=2, feature=11, grid=[4, 6], pool=2, projection="linear", position="fourier",
                     norm="sample", matching=dict(heads=4, reduce=6, hidden=24), helper_heads=True, caption="next",
                     tied_output=True),
    "textbook": dict(COMMON, pair_blocks=2, cross_blocks=1, feature=20, grid=[2, 5], pool=0, projection="linear",
                     position="standard", norm="variance", helper_heads=False, caption="next", tied_output=False),
}
WORDS = SPECIALS + [f"word{i}" for i in range(12)]
TYPES = ["none", "color", "material", "add", "drop", "move"]


def make(c, seed):
    torch.manual_seed(seed)
    net = Network(dict(c, words=len(WORDS), types=len(TYPES)))
    with torch.no_grad():
        for name, p in net.named_parameters():
            if "norm" in name:
                p += 0.2 * torch.randn_like(p)
        if c["tied_output"]:
            net.word_embedding.weight *= c["width"] ** -0.5
            net.output.bias += 0.3 * torch.randn_like(net.output.bias)
    return net.eval()


def learn(net, x, steps):
    """A little training on sentences of random words: fresh weights would say one word again and again."""
    c = net.c
    L = c["max_length"]
    words = torch.full((BATCH, L), PAD)
    for i in range(BATCH):
        n = 5 + 2 * i
        words[i, :n + 2] = torch.tensor([BOS] + torch.randint(6, c["words"], (n,)).tolist() + [EOS])
    adam = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(steps):
        if c["caption"] == "next":
            ids, target = words[:, :-1], words[:, 1:]
        else:
            hidden_ones = (torch.rand(words.shape) < 0.3) & (words != BOS)
            ids, target = words.masked_fill(hidden_ones, MASK), words.masked_fill(~hidden_ones, PAD)
        E = net.forward_pair(x["before"], x["after"])["E"]
        z = net.words(net.cross(E, ids)[:, E.shape[1]:])
        adam.zero_grad()
        F.cross_entropy(z.transpose(1, 2), target, ignore_index=PAD).backward()
        adam.step()
    net.zero_grad()


def next_logits(net, E, words):
    """[V] for the word after `words` (a list that starts with BOS), from the whole sequence"""
    unmask = net.c["caption"] == "unmask"
    ids = torch.tensor([words + [MASK] if unmask else words])
    return net.words(net.cross(E, ids)[0, -1])


def greedy(net, E, exact):
    L, words, total = net.c["max_length"], [BOS], 0.0
    while len(words) < L:
        z = next_logits(net, E, words)
        p = z.log_softmax(-1)
        if not exact:
            p[NEVER] = -math.inf
        w = int(p.argmax())
        total += float(p[w])
        words.append(w)
        if w == EOS and not exact:
            break
    return words + [PAD] * (L - len(words)), total


def penalty(length):
    return ((5 + length) / 6) ** ALPHA


def beam(net, E):
    """Sentences (with BOS, padded), their log probabilities and scores, best first."""
    L, live, done = net.c["max_length"], [([BOS], 0.0)], []
    while live and len(live[0][0]) < L:
        every = []
        for words, total in live:
            p = next_logits(net, E, words).log_softmax(-1)
            p[NEVER] = -math.inf
            every += [(total + float(p[w]), words + [w]) for w in range(len(p)) if p[w] > -math.inf]
        every.sort(key=lambda x: -x[0])
        live = []
        for total, words in every[:2 * BEAM]:
            if words[-1] == EOS:
                done.append((total / penalty(len(words) - 1), total, words))
            elif len(live) < BEAM:
                live.append((words, total))
        done = sorted(done, key=lambda x: -x[0])[:BEAM]
        if len(done) == BEAM and live and done[-1][0] >= live[0][1] / penalty(L - 1):
            live = []
    done += [(total / penalty(len(words) - 1), total, words) for words, total in live]
    done = sorted(done, key=lambda x: -x[0])[:BEAM]
    return [(w + [PAD] * (L - len(w)), t, s) for s, t, w in done]


def loss_of(net, out, hidden, x):
    M = out["E"].shape[1]
    logits = net.words(hidden[:, M:].reshape(-1, net.c["width"]))
    loss = F.cross_entropy(logits, x["target"].reshape(-1).long(), reduction="sum")
    loss = loss + F.cross_entropy(net.change(hidden), x["changed"].long(), reduction="sum")
    if net.heads:
        loss = loss + F.cross_entropy(out["type"], x["type"].long(), reduction="sum")
        for k in range(2):
            mass = (out["pointer"][k] * x[f"where{k}"]).sum(-1)
            loss = loss + 0.5 * -(mass + 1e-9).log().sum()
            for g, group in enumerate(GROUPS):
                loss = loss + 0.25 * F.cross_entropy(out["attributes"][k][:, group],
                                                     x[f"attributes{k}"][:, g].long(), reduction="sum")
    return logits, loss


def inputs(net):
    c, (h, w) = net.c, net.c["grid"]
    cells, L = len(net.p), c["max_length"] - 2
    pictures = 2 * torch.randn(2, BATCH, h, w, c["feature"]).relu()
    x = {"before": pictures[0], "after": pictures[1],
         "ids": torch.randint(6, len(WORDS), (BATCH, L)).int(), "target": torch.randint(0, len(WORDS), (BATCH, L)).int(),
         "changed": torch.tensor([1, 0]).int(), "type": torch.tensor([4, 0]).int()}
    x["ids"][:, 0] = BOS
    for k in range(2):
        x[f"where{k}"] = (torch.rand(BATCH, cells + 1) < 0.3).float()
        x[f"where{k}"][:, -1] = 0
        x[f"where{k}"][:, 1] = 1
        x[f"attributes{k}"] = torch.stack([torch.randint(0, g.stop - g.start, (BATCH,)) for g in GROUPS], 1).int()
    return x


def case(name, c, seed, folder):
    net = make(c, seed)
    x = inputs(net)
    learn(net, x, 400 if c["caption"] == "unmask" else 45)
    out = net.forward_pair(x["before"], x["after"])
    hidden = net.cross(out["E"], x["ids"])
    logits, loss = loss_of(net, out, hidden, x)
    loss.backward()
    t = {"in." + k: v for k, v in x.items()}
    t.update({"out.E": out["E"], "out.hidden": hidden, "out.logits": logits, "out.change": net.change(hidden),
              "out.loss": loss.reshape(1)})
    t["out.full"] = net.cross(out["E"], x["ids"], causal=False, cls3=True)
    for k in ("type", "pointer", "attributes"):
        if k in out and k == "type":
            t["out.type"] = out[k]
        elif k in out:
            t.update({f"out.{k}{i}": out[k][i] for i in range(2)})
    with torch.no_grad():
        for exact in (False, True):
            runs = [greedy(net, out["E"][i:i + 1], exact) for i in range(BATCH)]
            tail = "_exact" if exact else ""
            t["out.greedy" + tail] = torch.tensor([r[0] for r in runs]).int()
            t["out.greedy_logprob" + tail] = torch.tensor([r[1] for r in runs])
        runs = [beam(net, out["E"][i:i + 1]) for i in range(BATCH)]
        t["out.beam"] = torch.tensor([[h[0] for h in r] for r in runs]).int()
        t["out.beam_logprob"] = torch.tensor([[h[1] for h in r] for r in runs])
        t["out.beam_score"] = torch.tensor([[h[2] for h in r] for r in runs])
    for n, p in net.named_parameters():
        t["model." + n] = p
        t["grad.model." + n] = p.grad if p.grad is not None else torch.zeros_like(p)
    config = dict(name=name, network=c, types=TYPES, vocabulary=WORDS)
    meta = {"format": "idc-model", "version": "1", "config": json.dumps(config), "training": "{}"}
    arrays = {k: np.ascontiguousarray(v.detach().numpy()) for k, v in t.items()}
    save_file(arrays, folder / f"{name}.safetensors", metadata=meta)


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    for number, (key, config) in enumerate(CASES.items()):
        case(key, config, 100 + number, target)

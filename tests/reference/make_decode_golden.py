#!/usr/bin/env python3
"""Makes tests/golden/network/decodings.safetensors with network.py (PyTorch): contrastive search and constrained beam search
over the networks of make_network_golden.py, computing all of the sequence anew for each word.

    python3 tests/reference/make_decode_golden.py tests/golden/network
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

TOP_K, ALPHAS = 4, (0.0, 0.3, 0.6, 1.0)
BEAM, REQUIRED, FORBIDDEN = 2, (9, 14), (6, 7, 8)


def log_probabilities(net, E, words):
    p = next_logits(net, E, words).log_softmax(-1)
    p[NEVER] = -math.inf
    return p


def contrastive(net, E, alpha):
    """Su et al. 2022, equation 5: words with BOS, sum of log probabilities"""
    L, M, words, total = net.c["max_length"], E.shape[1], [BOS], 0.0
    while len(words) < L and words[-1] != EOS:
        p = log_probabilities(net, E, words)
        values = []
        for w in sorted(range(len(p)), key=lambda w: -p[w])[:TOP_K]:
            h = net.cross(E, torch.tensor([words + [w]]))[0, M:]
            h = h / h.norm(dim=-1, keepdim=True)
            values.append(((1 - alpha) * float(p[w].exp()) - alpha * float((h[:-1] @ h[-1]).max()), w))
        best = max(values, key=lambda v: v[0])[1]
        total += float(p[best])
        words.append(best)
    return words, total


def constrained(net, E):
    """Hokamp and Liu 2017: a bank of BEAM sentences for each number of required words that have come"""
    L, live, done = net.c["max_length"], [[([BOS], 0.0)]] + [[] for _ in REQUIRED], []
    while any(live):
        ways = [[] for _ in live]
        for words, total in sum(live, []):
            p = log_probabilities(net, E, words)
            for w in range(len(p)):
                new = words + [w]
                met = sum(r in new for r in REQUIRED)
                if w in FORBIDDEN or p[w] == -math.inf or (w == EOS and met < len(REQUIRED)):
                    continue
                if len(REQUIRED) - met <= L - len(new):
                    ways[met].append((total + float(p[w]), new))
        live = [[] for _ in live]
        for met, list_ in enumerate(ways):
            list_.sort(key=lambda x: -x[0])
            for total, words in list_[:2 * BEAM]:
                if words[-1] == EOS:
                    done.append((total, words))
                elif len(live[met]) < BEAM:
                    live[met].append((words, total))
        done = sorted(done, key=lambda x: -x[0])[:BEAM]
        every = [total for bank in live for _, total in bank]
        if every and len(live[-1] or live[0]) and len(max(live, key=len)[0][0]) == L:
            done += [(total, words) for words, total in live[-1]]
            break
        if len(done) == BEAM and every and done[-1][0] >= max(every):
            break
    return sorted(done, key=lambda x: -x[0])[:BEAM]


def padded(words, L):
    return words + [PAD] * (L - len(words))


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    out = {}
    for name in ("paper", "matching", "textbook"):
        with safe_open(folder / f"{name}.safetensors", "np") as f:
            c = json.loads(f.metadata()["config"])
            t = {k: torch.tensor(f.get_tensor(k)) for k in f.keys()}
        config = dict(c["network"], words=len(c["vocabulary"]), types=len(c["types"]))
        net = Network(config).eval()
        net.load_state_dict({k[6:]: v for k, v in t.items() if k.startswith("model.")})
        L = config["max_length"]
        pairs = [t["out.E"][i:i + 1] for i in range(BATCH)]
        runs = [[contrastive(net, E, a) for E in pairs] for a in ALPHAS]
        out[name + ".contrastive"] = torch.tensor([[padded(w, L) for w, _ in r] for r in runs]).int()
        out[name + ".contrastive_logprob"] = torch.tensor([[p for _, p in r] for r in runs])
        runs = [constrained(net, E) for E in pairs]
        out[name + ".constrained"] = torch.tensor([[padded(w, L) for _, w in r] for r in runs]).int()
        out[name + ".constrained_logprob"] = torch.tensor([[p for p, _ in r] for r in runs])
        print(name, out[name + ".contrastive"].tolist(), out[name + ".constrained"].tolist())
    target = folder / "decodings.safetensors"
    save_file({k: np.ascontiguousarray(v.numpy()) for k, v in out.items()}, target)
    target.chmod(0o644)

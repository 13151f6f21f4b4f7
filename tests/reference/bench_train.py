"""The peer of tests/bench/train.sh in PyTorch: steps of fine-tuning, the same network, data and sizes as idc-train's.

    python bench_train.py SHARDS MODEL PRECISION THREADS STEPS

MODEL is a file of idc-train with the vocabulary. PRECISION is f32 or bf16 (autocast). The encoder is frozen and runs in
inference mode, channels last; pictures are augmented before the clock runs. Prints one JSON object: pairs a second of each
step (the first two are left out), and the floating point operations of a pair, counted by torch.utils.flop_counter over a whole step.
"""
import argparse
import json
import sys
import time

import numpy as np
import torch
from safetensors import safe_open
from torch.utils.flop_counter import FlopCounterMode

import train_network as twin
from network import Network, SmallEncoder

PAIRS, TRIPLES, LENGTH, WARM_UP = 48, 16, 16, 2


def sizes(words):
    return {"width": 128, "heads": 4, "feed_forward": 512, "single_blocks": 1, "pair_blocks": 2, "cross_blocks": 2,
            "feature": 115, "grid": [twin.ROWS, twin.COLUMNS], "pool": 2, "projection": "linear", "position": "fourier",
            "norm": "sample", "matching": {"heads": 4, "reduce": 32, "hidden": 192}, "helper_heads": True,
            "caption": "next", "tied_output": True, "max_length": 40, "dropout": 0, "words": words, "types": 6}


def step(enc, net, optimizer, batch, half):
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=half):
        feature = enc(batch[0][0].contiguous(memory_format=torch.channels_last))[1].float()
    _, losses = twin.pair_losses(net, feature, batch, True, half)
    optimizer.zero_grad()
    sum(losses.values()).backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()


def main(shards, model, precision, threads, steps):
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    with safe_open(model, "pt") as f:
        words = json.loads(f.metadata()["config"])["vocabulary"]
    a = argparse.Namespace(length=LENGTH, pairs=PAIRS)
    enc, net = SmallEncoder().eval().to(memory_format=torch.channels_last), Network(sizes(len(words)))
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, betas=(0.9, 0.98), weight_decay=0.01)
    data, rng = twin.Shards(shards), np.random.default_rng(1)
    half, rates, flops = precision == "bf16", [], 0
    for i in range(steps):
        ids = rng.choice(len(data.items), TRIPLES, replace=False)
        batch = twin.pair_batch(data, ids, rng, a, {w: k for k, w in enumerate(words)})
        start = time.perf_counter()
        if i == 0:
            with FlopCounterMode(display=False) as counter:
                step(enc, net, optimizer, batch, half)
            flops = counter.get_total_flops()
        else:
            step(enc, net, optimizer, batch, half)
        if i >= WARM_UP:
            rates.append(PAIRS / (time.perf_counter() - start))
    json.dump({"rates": rates, "flops": flops / PAIRS, "torch": torch.__version__}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))

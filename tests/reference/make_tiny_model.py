#!/usr/bin/env python3
"""Makes tests/golden/tiny/: a model of all parts that is a hundred times smaller than the default one, and pictures for it.

It has learned in a minute to say what became of a square ("the square is now red", "there is no change"), so that tests
of programs see sentences with wide margins. Encoder: random, with batch statistics of the pictures.

    python3 tests/reference/make_tiny_model.py tests/golden/tiny
"""
import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.numpy import save_file

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from make_network_golden import greedy  # noqa: E402
from network import Network, SmallEncoder  # noqa: E402

PAD, BOS, EOS = 0, 1, 2
WORDS = ["<PAD>", "<BOS>", "<EOS>", "<UNK>", "<CLS>", "<MASK>", "black", "change", "is", "no", "now", "red", "square",
         "the", "there", "white"]
COLORS = {"red": (230, 20, 20), "white": (240, 240, 240), "black": (10, 10, 10)}
WIDTH, HEIGHT = 48, 32
WIDTHS = [4, 6, 8, 10]
NETWORK = {"width": 16, "heads": 2, "feed_forward": 32, "single_blocks": 1, "pair_blocks": 1, "cross_blocks": 2,
           "feature": WIDTHS[3] + 19, "grid": [HEIGHT // 8, WIDTH // 8], "pool": 2, "projection": "linear",
           "position": "fourier", "norm": "sample", "matching": {"heads": 2, "reduce": 8, "hidden": 24},
           "helper_heads": True, "caption": "next", "tied_output": True, "max_length": 10, "dropout": 0}
TYPES = ["none", "color", "material", "add", "drop", "move"]


def picture(rng, color, x, y):
    image = np.full((HEIGHT, WIDTH, 3), 120.0) + rng.normal(0, 3, (HEIGHT, WIDTH, 3))
    image[y:y + 12, x:x + 12] = np.array(COLORS[color]) + rng.normal(0, 3, (12, 12, 3))
    return image.clip(0, 255).round().astype(np.uint8)


def pairs(rng, n):
    """before, after [n,H,W,3] u8, changed [n], words [n,L], where [n,cells + 1]"""
    before, after, changed, words, where = [], [], [], [], []
    for _ in range(n):
        x, y = int(rng.integers(0, WIDTH - 12)), int(rng.integers(0, HEIGHT - 12))
        old, new = rng.choice(list(COLORS), 2, replace=False)
        new = new if rng.random() < 0.6 else old
        before.append(picture(rng, old, x, y))
        after.append(picture(rng, new, x, y))
        changed.append(int(old != new))
        text = f"the square is now {new}" if old != new else "there is no change"
        ids = [BOS] + [WORDS.index(w) for w in text.split()] + [EOS]
        words.append(ids + [PAD] * (NETWORK["max_length"] - len(ids)))
        mass = np.zeros(7, np.float32)
        mass[(y + 6) // 16 * 3 + (x + 6) // 16 if old != new else 6] = 1
        where.append(mass)
    return np.stack(before), np.stack(after), torch.tensor(changed), torch.tensor(words), torch.tensor(np.stack(where))


def encode(encoder, pictures):
    x = (torch.tensor(pictures).float().permute(0, 3, 1, 2) / 255 - 0.45) * 4
    return encoder(x)[1].detach()


def train(encoder, net, rng, steps):
    adam = torch.optim.AdamW(net.parameters(), lr=8e-3)
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 8e-3, total_steps=steps)
    before, after, *rest = pairs(rng, 2048)
    everything = [encode(encoder, before), encode(encoder, after)] + rest
    for _ in range(steps):
        pick = rng.integers(0, 2048, 16)
        before, after, changed, words, where = (x[pick] for x in everything)
        out = net.forward_pair(before, after)
        hidden = net.cross(out["E"], words[:, :-1])
        z = net.words(hidden[:, out["E"].shape[1]:])
        loss = F.cross_entropy(z.transpose(1, 2), words[:, 1:], ignore_index=PAD)
        loss = loss + F.cross_entropy(net.change(hidden), changed) + F.cross_entropy(out["type"], changed)
        loss = loss + sum(-((p * where).sum(-1) + 1e-9).log().mean() for p in out["pointer"]) / 2
        adam.zero_grad()
        loss.backward()
        adam.step()
        rate.step()
    return loss.item()


def expected(encoder, net, folder, before, after):
    """What the pipe should say of two of the pictures."""
    f = [encode(encoder, np.asarray(Image.open(folder / f"{name}.png"))[None]) for name in (before, after)]
    with torch.no_grad():
        E = net.forward_pair(*f)["E"]
        words, logprob = greedy(net, E, False)
        change = net.change(net.cross(E, None)).softmax(-1)[0, 1]
    text = " ".join(WORDS[w] for w in words if w not in (PAD, BOS, EOS))
    return {"id": f"{before}.png:{after}.png", "text": text, "logprob": logprob, "change": float(change)}


def main(folder):
    torch.manual_seed(7)
    torch.set_num_threads(1)
    rng = np.random.default_rng(7)
    encoder = SmallEncoder(WIDTHS)
    for m in encoder.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.momentum = None  # the plain mean over the batches
    with torch.no_grad():
        for _ in range(8):
            encode(encoder, pairs(rng, 32)[0])
    encoder.eval()
    net = Network(dict(NETWORK, words=len(WORDS), types=len(TYPES)))
    with torch.no_grad():
        net.word_embedding.weight *= NETWORK["width"] ** -0.5
    print("loss", train(encoder, net, rng, 1500))
    pooled = encode(encoder, pairs(rng, 512)[0]).mean((1, 2)).numpy()
    mean, inverse = pooled.mean(0), 1 / (pooled.std(0) + 1e-6)
    score = (((pooled - mean) * inverse) ** 2).mean(1)
    config = {"name": "tiny", "input": {"size": [WIDTH, HEIGHT], "filter": "bicubic", "mean": [0.45] * 3, "scale": [4] * 3},
              "encoder": {"kind": "cnn", "widths": WIDTHS}, "network": NETWORK, "types": TYPES,
              "calibration": {"temperature": 1, "none_bias": 0},
              "domain": {"threshold": float(np.quantile(score, 0.995))}, "vocabulary": WORDS}
    tensors = {"domain.mean": mean.astype(np.float32), "domain.inverse_deviation": inverse.astype(np.float32)}
    for prefix, module in (("encoder.", encoder), ("model.", net)):
        for name, value in module.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                tensors[prefix + name] = np.ascontiguousarray(value.detach().numpy())
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "tiny.safetensors",
              metadata={"format": "idc-model", "version": "1", "config": json.dumps(config), "training": "{}"})
    shots = np.random.default_rng(11)
    for color in COLORS:
        Image.fromarray(picture(shots, color, 30, 4)).save(folder / f"{color}.png", optimize=True)
    stripes = np.where((np.arange(WIDTH) // 3 % 2)[None, :, None], 255, 0) * np.ones((HEIGHT, 1, 3))
    Image.fromarray(stripes.astype(np.uint8)).save(folder / "stripes.png", optimize=True)
    with open(folder / "expected.jsonl", "w") as out:
        for before in list(COLORS) + ["stripes"]:
            for after in COLORS:
                print(json.dumps(expected(encoder, net, folder, before, after)), file=out)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

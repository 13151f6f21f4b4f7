#!/usr/bin/env python3
"""Makes tests/golden/tiny/aligned.safetensors and alignment.jsonl: the tiny model with a head for retrieval (random) and marked
as trained to align, and what PyTorch finds that sentences fit to the pairs of its pictures.

    python3 tests/reference/make_alignment_golden.py tests/golden/tiny
"""
import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import save_file

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from make_tiny_model import BOS, COLORS, EOS, PAD, WORDS, encode  # noqa: E402
from network import Network, SmallEncoder  # noqa: E402

WIDTH = 8
SENTENCES = ["there is no change", "the square is now red", "the square is now black", "the red square is white now"]


def load(module, tensors, prefix):
    state = {name[len(prefix):]: torch.tensor(value) for name, value in tensors.items() if name.startswith(prefix)}
    missing, unexpected = module.load_state_dict(state, strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing), (missing, unexpected)
    module.eval()


def main(folder):
    with safe_open(folder / "tiny.safetensors", "np") as f:
        metadata = f.metadata()
        tensors = {name: f.get_tensor(name) for name in f.keys()}
    config = json.loads(metadata["config"])
    config["network"] |= {"itc": WIDTH, "fda": True}
    d, rng = config["network"]["width"], np.random.default_rng(5)
    for name, shape in (("pair", (WIDTH, 2 * d)), ("text", (WIDTH, d))):
        bound = shape[1] ** -0.5
        tensors[f"model.itc.{name}.weight"] = rng.uniform(-bound, bound, shape).astype(np.float32)
        tensors[f"model.itc.{name}.bias"] = rng.uniform(-bound, bound, shape[0]).astype(np.float32)
    tensors["model.itc.log_scale"] = np.log(np.array([1 / 0.07], np.float32))
    save_file(tensors, folder / "aligned.safetensors", metadata=metadata | {"config": json.dumps(config)})

    encoder = SmallEncoder(config["encoder"]["widths"])
    load(encoder, tensors, "encoder.")
    net = Network(dict(config["network"], words=len(WORDS), types=len(config["types"])))
    load(net, tensors, "model.")
    texts = [[BOS] + [WORDS.index(w) for w in s.split()] + [EOS] for s in SENTENCES]
    length = config["network"]["max_length"]
    ids = torch.tensor([t + [PAD] * (length - len(t)) for t in texts])
    features = {c: encode(encoder, np.asarray(Image.open(folder / f"{c}.png"))[None]) for c in COLORS}
    with open(folder / "alignment.jsonl", "w") as out, torch.no_grad():
        for before in COLORS:
            for after in COLORS:
                E = net.forward_pair(features[before], features[after])["E"]
                M = E.shape[1]
                h = net.cross(E.expand(len(texts), -1, -1), ids, causal=False, cls3=True)
                v = (h[:, 0] + h[:, M // 2]) / 2
                fda = F.cosine_similarity(v, h[:, M], dim=-1)
                itc = net.embed_text(texts) @ net.embed_pair(E)[0]
                line = {"id": f"{before}.png:{after}.png",
                        "scores": [{"text": s, "alignment": float(a), "itc": float(b)}
                                   for s, a, b in zip(SENTENCES, fda, itc)]}
                print(json.dumps(line), file=out)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

"""Makes tests/golden/resnet.safetensors with torchvision: what tests/unit/encoder_resnet.c compares lib/encoder with.

    python tests/reference/make_resnet_golden.py tests/golden/resnet.safetensors

Weights are not stored: both sides draw them (philox.py) from the seed and the tensor's name: convolutions as
idc_encoder_new does, gains 0.75 + u/2 and biases (u − 1/2)/5 with u uniform, stream "NAME/golden". Running means and
variances are those of real batches: the network in training mode over pictures of shapes and gradients; they are rounded
to f16, stored, and used as rounded. Per network: NET.statistics (all means and variances in the order of the modules),
NET.feature [h,w,c] of `picture` [h,w,3] u8 at the end of the stage.
"""
import sys

import numpy as np
import torch
import torchvision
from safetensors.numpy import save_file

import philox

SEED = 20221
HEIGHT, WIDTH = 64, 96
NETS = [("resnet18", 4), ("resnet34", 2), ("resnet50", 4), ("resnet101", 3)]


def pictures(n):
    """[n,h,w,3] u8: gradients, discs and bars with some noise, so that channels and edges matter."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    out = []
    for _ in range(n):
        p = rng.uniform(40, 200, 3) + np.outer(x.ravel() / WIDTH, rng.uniform(-60, 60, 3)).reshape(HEIGHT, WIDTH, 3)
        for _ in range(6):
            cx, cy, r = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), rng.uniform(4, 22)
            inside = (x - cx) ** 2 + (y - cy) ** 2 < r * r if rng.random() < 0.5 else (abs(x - cx) < r) & (abs(y - cy) < r / 3)
            p[inside] = rng.uniform(0, 255, 3) + ((x - cx) / r * 30)[inside][:, None]
        out.append(np.clip(p + rng.normal(0, 6, p.shape), 0, 255).round().astype(np.uint8))
    return np.stack(out)


def draw(model):
    for name, p in model.named_parameters():
        full = "encoder." + name
        if p.ndim == 4:
            deviation = (2.0 / (p.shape[0] * p.shape[2] * p.shape[3])) ** 0.5
            values = deviation * philox.normal(SEED, full, p.numel())
        elif p.ndim == 1 and name.endswith("weight"):
            values = 0.75 + 0.5 * philox.unit(SEED, full + "/golden", p.numel())
        elif p.ndim == 1:
            values = 0.2 * (philox.unit(SEED, full + "/golden", p.numel()) - 0.5)
        else:
            continue  # fc
        p.data = torch.from_numpy(values.astype(np.float32)).reshape(p.shape)


def run(model, x, stage):
    x = model.maxpool(model.relu(model.bn1(model.conv1(x))))
    for s in range(1, stage + 1):
        x = getattr(model, f"layer{s}")(x)
    return x


def main(path):
    images = pictures(32)
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    x = torch.from_numpy(((images / 255 - mean) / std).astype(np.float32)).permute(0, 3, 1, 2).contiguous()
    tensors = {"picture": images[0]}
    for kind, stage in NETS:
        model = getattr(torchvision.models, kind)(weights=None)
        for s in range(stage + 1, 5):
            setattr(model, f"layer{s}", torch.nn.Identity())
        model.fc = torch.nn.Identity()
        draw(model)
        norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
        with torch.no_grad():
            for m in norms:
                m.momentum = None  # cumulative mean over the batches
            model.train()
            run(model, x[:16], stage)
            run(model, x[16:], stage)
            model.eval()
            for m in norms:
                m.running_mean.copy_(m.running_mean.half().float())
                m.running_var.copy_(m.running_var.half().float())
            feature = run(model.double(), x[:1].double(), stage)
        statistics = [v.float().numpy() for m in norms for v in (m.running_mean, m.running_var)]
        tensors[f"{kind}.statistics"] = np.concatenate(statistics).astype(np.float16)
        tensors[f"{kind}.feature"] = np.ascontiguousarray(feature[0].permute(1, 2, 0).numpy().astype(np.float32))
        print(kind, stage, tensors[f"{kind}.feature"].shape, float(feature.abs().mean()), float(feature.std()))
    save_file(tensors, path, metadata={"seed": str(SEED), "made_by": "tests/reference/make_resnet_golden.py"})


if __name__ == "__main__":
    main(sys.argv[1])

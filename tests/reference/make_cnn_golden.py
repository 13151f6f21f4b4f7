"""Makes tests/golden/cnn.safetensors with PyTorch: what tests/unit/encoder_cnn.c compares the small encoder with.

    python tests/reference/make_cnn_golden.py tests/golden/cnn.safetensors

Weights as in make_resnet_golden.py: drawn by both sides (philox.py), convolutions and head uniform ±1/√fan_in, gains
0.75 + u/2, biases (u − 1/2)/5, running means (u − 1/2)/5, running variances 0.2 + u. Stored: pictures [3,h,w,3] u8; logits and
feature in evaluation mode (eval.*) and in training mode (train.*), the mean of smooth L1 of feature to 0 and its gradient
(grad.NAME), the running statistics afterwards (after.NAME).
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

import philox
from network import SmallEncoder

SEED, WIDTHS, HEIGHT, WIDTH = 31, (6, 8, 10, 12), 40, 52


def pictures(n):
    rng = np.random.default_rng(3)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    out = []
    for _ in range(n):
        p = rng.uniform(90, 140, 3) + (x * rng.uniform(-1, 1))[:, :, None]
        for _ in range(5):
            inside = (x - rng.uniform(0, WIDTH)) ** 2 + (y - rng.uniform(0, HEIGHT)) ** 2 < rng.uniform(3, 12) ** 2
            p[inside] = rng.uniform(0, 255, 3)
        out.append(np.clip(p + rng.normal(0, 5, p.shape), 0, 255).round().astype(np.uint8))
    return np.stack(out)


def draw(model):
    for name, p in model.state_dict().items():
        full, n = "encoder." + name, p.numel()
        if name.endswith("num_batches_tracked"):
            continue
        if p.ndim == 4:
            v = 2 * philox.unit(SEED, full, n) - 1
            v /= (p.shape[1] * p.shape[2] * p.shape[3]) ** 0.5
        elif name == "head.bias":
            v = (2 * philox.unit(SEED, full, n) - 1) / WIDTHS[3] ** 0.5
        else:
            u = philox.unit(SEED, full + "/golden", n)
            v = {"weight": 0.75 + 0.5 * u, "bias": 0.2 * (u - 0.5), "running_mean": 0.2 * (u - 0.5),
                 "running_var": 0.2 + u}[name.rsplit(".", 1)[1]]
        p.copy_(torch.from_numpy(v.astype(np.float32)).reshape(p.shape))


def main(path):
    torch.set_num_threads(1)
    images = pictures(3)
    x = torch.from_numpy(((images / 255 - 0.45) * 4).astype(np.float32)).permute(0, 3, 1, 2).contiguous()
    model = SmallEncoder(WIDTHS)
    with torch.no_grad():
        draw(model)
    out = {"pictures": images}

    def keep(prefix, logits, feature):
        out[prefix + ".logits"] = logits.detach().permute(0, 2, 3, 1).contiguous().numpy()
        out[prefix + ".feature"] = feature.detach().contiguous().numpy()

    with torch.no_grad():
        keep("eval", *model.eval()(x))
    logits, feature = model.train()(x)
    keep("train", logits, feature)
    loss = F.smooth_l1_loss(feature, torch.zeros_like(feature))
    loss.backward()
    out["train.loss"] = loss.detach().reshape(1).numpy()
    for name in ("conv1.weight", "bn3.weight", "conv8.weight", "bn_fuse.bias", "head.weight", "head.bias"):
        out["grad." + name] = dict(model.named_parameters())[name].grad.numpy()
    for name in ("bn1.running_mean", "bn8.running_var"):
        out["after." + name] = model.state_dict()[name].numpy()
    save_file(out, path, metadata={"seed": str(SEED), "made_by": "tests/reference/make_cnn_golden.py"})


if __name__ == "__main__":
    main(sys.argv[1])

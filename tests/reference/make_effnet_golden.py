"""Makes tests/golden/lite.safetensors: what tests/unit/encoder_lite.c compares EfficientNet-Lite and ResNet v2 with.

    python tests/reference/make_effnet_golden.py tests/golden/lite.safetensors

The networks are written out here with torch's operators alone, from the papers (Tan and Le 2019; He et al. 2016, "Identity
mappings") and the published tables of sizes, not from lib/encoder. Weights are drawn as make_resnet_golden.py says; means
and variances are those of real batches, rounded to f16 and stored. Per network NET: NET.statistics (all means and variances
in the order of the layers) and NET.feature [h,w,c] of `picture` [h,w,3] u8 at the end of the stage.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

import philox
from make_resnet_golden import SEED, pictures

# kernel, stride, expansion; width and blocks of each size, as published
LITE_ROWS = [(3, 1, 1), (3, 2, 6), (5, 2, 6), (3, 2, 6), (5, 1, 6), (5, 2, 6), (3, 1, 6)]
LITE = {0: ([16, 24, 40, 80, 112, 192, 320], [1, 2, 2, 3, 3, 4, 1]),
        2: ([16, 24, 48, 88, 120, 208, 352], [1, 3, 3, 4, 4, 5, 1]),
        4: ([24, 32, 56, 112, 160, 272, 448], [1, 4, 4, 6, 6, 8, 1])}
V2 = {50: [3, 4, 6, 3], 101: [3, 4, 23, 3]}


class Net:
    """Draws tensors by name; keeps statistics a normalisation."""

    def __init__(self):
        self.norms, self.training, self.tensors = {}, True, {}

    def conv(self, x, name, out, kernel, stride=1, same=False, depthwise=False):
        c = x.shape[1]
        shape = (out, 1 if depthwise else c, kernel, kernel)
        w = self.tensors.get(name)
        if w is None:
            fan = (1 if depthwise else out) * kernel * kernel
            w = (2.0 / fan) ** 0.5 * philox.normal(SEED, "encoder." + name, int(np.prod(shape)))
            w = self.tensors[name] = torch.from_numpy(w.astype(np.float32).reshape(shape))
        pad = [(kernel - 1) // 2] * 4
        if same:
            pad = []
            for n in (x.shape[3], x.shape[2]):
                total = max((-(-n // stride) - 1) * stride + kernel - n, 0)
                pad += [total // 2, total - total // 2]
        return F.conv2d(F.pad(x, pad), w.to(x.dtype), stride=stride, groups=c if depthwise else 1)

    def norm(self, x, name, eps):
        c = x.shape[1]
        gain = (0.75 + 0.5 * philox.unit(SEED, f"encoder.{name}.weight/golden", c)).astype(np.float32)
        bias = (0.2 * philox.unit(SEED, f"encoder.{name}.bias/golden", c) - 0.1).astype(np.float32)
        if self.training:
            mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=True)
            self.norms[name] = [mean.half().float(), var.half().float()]
            mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
        else:
            mean, var = self.norms[name]
        columns = [v.to(x.dtype)[None, :, None, None] for v in (mean, var, torch.from_numpy(gain), torch.from_numpy(bias))]
        return (x - columns[0]) / torch.sqrt(columns[1] + eps) * columns[2] + columns[3]


def lite(net, x, size, stage):
    def unit(x, conv, norm, out, kernel, stride=1, depthwise=False, act=True):
        x = net.norm(net.conv(x, conv + ".weight", out, kernel, stride, True, depthwise), norm, 1e-3)
        return x.clamp(0, 6) if act else x

    widths, blocks = LITE[size]
    x, number = unit(x, "_conv_stem", "_bn0", 32, 3, 2), 0
    for (kernel, stride, expand), width, n in list(zip(LITE_ROWS, widths, blocks))[:stage]:
        for i in range(n):
            at, y, wide = f"_blocks.{number}.", x, x.shape[1] * expand
            if expand > 1:
                y = unit(y, at + "_expand_conv", at + "_bn0", wide, 1)
            y = unit(y, at + "_depthwise_conv", at + "_bn1", wide, kernel, stride if i == 0 else 1, True)
            y = unit(y, at + "_project_conv", at + "_bn2", width, 1, act=False)
            x = x + y if i > 0 else y
            number += 1
    return unit(x, "_conv_head", "_bn1", 1280, 1) if stage == 8 else x


def resnet_v2(net, x, depth, stage):
    x = F.max_pool2d(net.conv(x, "stem.conv.weight", 64, 7, 2), 3, 2, 1)
    for s in range(stage):
        for b in range(V2[depth][s]):
            at, width, stride = f"stages.{s}.blocks.{b}.", 64 << s, 2 if s > 0 and b == 0 else 1
            y = net.norm(x, at + "norm1", 1e-5).relu()
            shortcut = net.conv(y, at + "downsample.conv.weight", 4 * width, 1, stride) if b == 0 else x
            y = net.norm(net.conv(y, at + "conv1.weight", width, 1), at + "norm2", 1e-5).relu()
            y = net.norm(net.conv(y, at + "conv2.weight", width, 3, stride), at + "norm3", 1e-5).relu()
            x = shortcut + net.conv(y, at + "conv3.weight", 4 * width, 1)
    return net.norm(x, "norm", 1e-5).relu() if stage == 4 else x


NETS = [("efficientnet-lite0", lite, 0, 8), ("efficientnet-lite2", lite, 2, 7), ("efficientnet-lite4", lite, 4, 3),
        ("resnetv2-50", resnet_v2, 50, 4), ("resnetv2-101", resnet_v2, 101, 2)]


def main(path):
    torch.set_num_threads(1)
    images = pictures(8)[:, :61, :87]  # odd sides: where SAME and the symmetric padding differ most
    imagenet = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])
    tensors = {"picture": np.ascontiguousarray(images[0])}
    for name, forward, size, stage in NETS:
        x = torch.from_numpy(images.astype(np.float32))
        x = (x - 127) / 128 if forward is lite else (x / 255 - imagenet[0]) / imagenet[1]
        x, net = x.permute(0, 3, 1, 2), Net()
        with torch.no_grad():
            forward(net, x, size, stage)
            net.training = False
            feature = forward(net, x[:1].double(), size, stage)
        statistics = [v.numpy() for pair in net.norms.values() for v in pair]
        tensors[name + ".statistics"] = np.concatenate(statistics).astype(np.float16)
        tensors[name + ".feature"] = np.ascontiguousarray(feature[0].permute(1, 2, 0).numpy().astype(np.float32))
        print(name, stage, tensors[name + ".feature"].shape, float(feature.abs().mean()), float(feature.std()), flush=True)
    save_file(tensors, path, metadata={"seed": str(SEED), "made_by": "tests/reference/make_effnet_golden.py"})


if __name__ == "__main__":
    main(sys.argv[1])

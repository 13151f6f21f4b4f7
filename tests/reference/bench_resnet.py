"""The peer of tests/bench/resnet101.c in PyTorch, with the same manners: a line in, the pictures/s of a round out.

    python bench_resnet.py BATCH THREADS < REQUESTS

torchvision's ResNet-101 to the end of stage 4 in inference mode, channels last, batch normalisation folded into the
convolutions as PyTorch's own optimiser for inference does it (torch.fx.experimental.optimization.fuse).
"""
import sys
import time

import torch
import torchvision
from torch.fx.experimental.optimization import fuse

SIDE, ROUND_SECONDS = 224, 1.0


def main(batch, threads):
    torch.set_num_threads(threads)
    model = torchvision.models.resnet101(weights=None).eval()
    model.avgpool = model.fc = torch.nn.Identity()
    model = fuse(model).to(memory_format=torch.channels_last)
    x = torch.rand(batch, 3, SIDE, SIDE).to(memory_format=torch.channels_last)
    with torch.inference_mode():
        model(x)
        for _ in sys.stdin:
            start, done, spent = time.perf_counter(), 0, 0.0
            while spent < ROUND_SECONDS:
                model(x)
                done += batch
                spent = time.perf_counter() - start
            print(f"{done / spent:.3f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

"""The peers of tests/bench/encoder.c, with the same manners: a line in, the pictures/s of a round out.

    python bench_resnet.py BATCH THREADS torch|onnxruntime < REQUESTS

torchvision's ResNet-101 to the end of stage 4 in inference mode, channels last, batch normalisation folded into the
convolutions as PyTorch's own optimiser for inference does it (torch.fx.experimental.optimization.fuse); or exported and run by
onnxruntime, all its optimisations on. IDC_BENCH_CLOCK=cpu: as in encoder.c.
"""
import os
import sys
import tempfile
import time

import torch
import torchvision
from torch.fx.experimental.optimization import fuse

SIDE, ROUND_SECONDS = 224, 1.0


def with_torch(batch, threads):
    torch.set_num_threads(threads)
    model = torchvision.models.resnet101(weights=None).eval()
    model.avgpool = model.fc = torch.nn.Identity()
    model = fuse(model).to(memory_format=torch.channels_last)
    x = torch.rand(batch, 3, SIDE, SIDE).to(memory_format=torch.channels_last)
    return lambda: model(x)


def with_onnxruntime(batch, threads):
    import onnxruntime

    model = torchvision.models.resnet101(weights=None).eval()
    model = torch.nn.Sequential(*list(model.children())[:-2])
    x = torch.rand(batch, 3, SIDE, SIDE)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "resnet101.onnx")
        torch.onnx.export(model, (x,), path, input_names=["x"], dynamo=False)
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    data = {"x": x.numpy()}
    return lambda: session.run(None, data)


def main(batch, threads, which):
    run = {"torch": with_torch, "onnxruntime": with_onnxruntime}[which](batch, threads)
    cpu = os.environ.get("IDC_BENCH_CLOCK") == "cpu"
    with torch.inference_mode():
        run()
        for _ in sys.stdin:
            start, used, done = time.perf_counter(), time.process_time(), 0
            while time.perf_counter() - start < ROUND_SECONDS:
                run()
                done += batch
            spent = (time.process_time() - used) / threads if cpu else time.perf_counter() - start
            print(f"{done / spent:.3f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])

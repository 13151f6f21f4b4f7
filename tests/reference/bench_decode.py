#!/usr/bin/env python3
"""Decoding and resizing a folder of pictures: idc-decode beside Pillow, for tests/bench/decode.sh. Prints a JSON line.

    python3 tests/reference/bench_decode.py build/bin/idc-decode FOLDER
"""
import json
import os
import resource
import subprocess
import sys
import time

ROUNDS = 3


def ours(program, folder):
    def used():
        r = resource.getrusage(resource.RUSAGE_CHILDREN)
        return r.ru_utime + r.ru_stime

    start = used()
    subprocess.run([program, "-j", "1", "--size", "240x160", folder], stdout=subprocess.DEVNULL, check=True)
    return used() - start


def pillow(files):
    from PIL import Image

    start = time.process_time()
    for f in files:
        Image.open(f).convert("RGB").resize((240, 160), Image.BICUBIC)
    return time.process_time() - start


def main(program, folder):
    files = [os.path.join(folder, f) for f in sorted(os.listdir(folder))]
    rate = len(files) / min(ours(program, folder) for _ in range(ROUNDS))
    line = {"name": "decode_resize", "value": round(rate), "unit": "files/s"}
    try:
        from PIL import __version__

        peer = len(files) / min(pillow(files) for _ in range(ROUNDS))
        line |= {"peer": f"Pillow {__version__}", "peer_value": round(peer), "ratio": round(rate / peer, 2)}
    except ImportError:
        pass
    print(json.dumps(line, separators=(",", ":")))


main(*sys.argv[1:])

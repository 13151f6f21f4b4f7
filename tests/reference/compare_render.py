#!/usr/bin/env python3
"""How near are idc-synth's pictures to another renderer's pictures of the same scenes?

usage: compare_render.py SET_DIR OUR_DIR [--sheet FILE --rows N --first N]

SET_DIR holds scenes.jsonl and the pictures it names; OUR_DIR what `idc-synth --scenes SET_DIR/scenes.jsonl -o OUR_DIR
--size WxH` wrote. Theirs are reduced by box filter to the size of ours. Prints the mean absolute difference in grey
levels (0..255, over the three channels) in all, and over the pixels whose centre sees ground, rubber and metal, with
the signed mean difference (ours - theirs). Objects are found by tracing rays here, independently of the C code.
--sheet writes pairs side by side, left ours, right theirs. Needs numpy and Pillow.
"""
import argparse
import json
import os

import numpy as np
from PIL import Image


def axes(camera):
    forward = -np.asarray(camera) / np.linalg.norm(camera)
    right = np.cross(forward, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    return right, np.cross(right, forward), forward


def distance(ob, o, d):
    """Distance to an object along the rays d from o; inf for a miss. Cubes as the box with rounded edges, by marching."""
    s = 0.7 if ob["size"] == "large" else 0.35
    c, n = np.cos(ob["theta"]), np.sin(ob["theta"])
    turn = np.array([[c, n, 0], [-n, c, 0], [0, 0, 1]])
    o = turn @ (np.asarray(o) - [ob["x"], ob["y"], s]) / s
    d = d @ turn.T / s
    t = np.full(d.shape[:-1], 6.0 / s * 0.35)
    reach = np.linalg.norm(d, axis=-1)
    for _ in range(60):
        p = o + t[..., None] * d
        if ob["shape"] == "sphere":
            f = np.linalg.norm(p, axis=-1) - 1
        elif ob["shape"] == "cylinder":
            q = np.stack([np.hypot(p[..., 0], p[..., 1]) - 0.946, np.abs(p[..., 2]) - 0.946], -1)
            f = np.linalg.norm(np.maximum(q, 0), axis=-1) + np.minimum(q.max(-1), 0) - 0.054
        else:
            q = np.abs(p) - 0.82
            f = np.linalg.norm(np.maximum(q, 0), axis=-1) + np.minimum(q.max(-1), 0) - 0.18
        t = t + f / reach
    return np.where(f < 0.01, t, np.inf)


def materials(view, w, h):
    """0 ground, 1 rubber, 2 metal at every pixel's centre"""
    right, up, forward = axes(view["camera"])
    x = (np.arange(w) + 0.5 - w / 2) / (w * 35 / 32)
    y = (h / 2 - np.arange(h) - 0.5) / (w * 35 / 32)
    d = forward + x[None, :, None] * right + y[:, None, None] * up
    best, out = np.full((h, w), np.inf), np.zeros((h, w), int)
    for ob in view["objects"]:
        x0, y0, x1, y1 = ob["box"] or (0, 0, 0, 0)
        k = 480 / w
        win = np.s_[max(0, int(y0 / k) - 1):int(y1 / k) + 2, max(0, int(x0 / k) - 1):int(x1 / k) + 2]
        t = distance(ob, view["camera"], d[win])
        near = t < best[win]
        best[win] = np.where(near, t, best[win])
        out[win] = np.where(near, 2 if ob["material"] == "metal" else 1, out[win])
    return out


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("set_dir")
    ap.add_argument("our_dir")
    ap.add_argument("--sheet")
    ap.add_argument("--rows", type=int, default=5)
    ap.add_argument("--first", type=int, default=0)
    a = ap.parse_args()
    total, count, signed = np.zeros(3), np.zeros(3), np.zeros(3)
    sheet = []
    for line in open(os.path.join(a.set_dir, "scenes.jsonl")):
        for view in json.loads(line)["views"].values():
            path = os.path.join(a.our_dir, os.path.splitext(os.path.basename(view["file"]))[0] + ".png")
            if not os.path.exists(path):
                continue
            ours = Image.open(path).convert("RGB")
            theirs = Image.open(os.path.join(a.set_dir, view["file"])).convert("RGB").resize(ours.size, Image.BOX)
            x, y = np.asarray(ours, float), np.asarray(theirs, float)
            kind = materials(view, *ours.size)
            for k in range(3):
                total[k] += np.abs(x - y)[kind == k].mean(-1).sum()
                signed[k] += (x - y)[kind == k].mean(-1).sum()
                count[k] += (kind == k).sum()
            sheet.append((ours, theirs))
    print("mean absolute difference %.2f over %d pictures" % (total.sum() / count.sum(), len(sheet)))
    for k, name in enumerate(("ground", "rubber", "metal")):
        print("%-7s %5.2f  signed %+5.2f  (%.1f %% of the pixels)" % (
            name, total[k] / count[k], signed[k] / count[k], 100 * count[k] / count.sum()))
    if a.sheet:
        w, h = sheet[0][0].size
        out = Image.new("RGB", (4 * w, a.rows * h))
        for i, (ours, theirs) in enumerate(sheet[a.first:a.first + 2 * a.rows]):
            x, y = i % 2 * 2 * w, i // 2 * h
            out.paste(ours, (x, y))
            out.paste(theirs, (x + w, y))
        out.save(a.sheet)


if __name__ == "__main__":
    main()

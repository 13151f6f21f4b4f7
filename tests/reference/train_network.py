"""Train the default model in PyTorch: the twin of idc-train, on shards of idc-synth --pack.

usage: train_network.py encoder|finetune --data DIR --validate DIR --save FILE [--init FILE] [--minutes M] [options]

Writes a model file with the tensor names of docs/model.md that idc-train --init continues from. Losses are those of
docs/model.md; one JSON line a report goes to stdout.
"""
import argparse
import glob
import json
import math
import os
import queue
import sys
import threading
import time

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from network import GROUPS, Network, SmallEncoder

W, H, CELL = 240, 160, 8
ROWS, COLUMNS = H // CELL, W // CELL
TYPES = ["none", "color", "material", "add", "drop", "move"]
WORDS = {"shape": ["cube", "sphere", "cylinder"], "size": ["large", "small"],
         "color": ["gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow"],
         "material": ["rubber", "metal"]}
FORMS = {1: "the %s has changed to %s", 2: "the %s is now made of %s", 3: "a new %s has been put in the scene",
         4: "there is no longer a %s", 5: "the %s is in a different place"}
# the columns of `objects` in the order of the 15 attribute logits
LABEL_COLUMNS = (0, 1, 2, 3)


def plain(kind, before, after):
    """the plain sentence of a change; before, after: rows of `objects`"""
    if kind == 0:
        return "there is no change"
    o = after if kind == 3 else before
    s = "%s %s %s %s" % (WORDS["size"][int(o[1])], WORDS["color"][int(o[2])], WORDS["material"][int(o[3])],
                         WORDS["shape"][int(o[0])])
    if kind in (1, 2):
        return FORMS[kind] % (s, WORDS["color"][int(after[2])] if kind == 1 else WORDS["material"][int(after[3])])
    return FORMS[kind] % s


class Shards:
    """Triples of all shards of a folder; new shards are noticed by refresh()."""

    def __init__(self, folder):
        self.folder, self.files, self.items = folder, {}, []
        self.refresh()

    def refresh(self):
        for path in sorted(glob.glob(self.folder + "/*.safetensors")):
            if path in self.files:
                continue
            with open(path, "rb") as f:
                n = int.from_bytes(f.read(8), "little")
                head = json.loads(f.read(n))
            raw = np.memmap(path, np.uint8, "r")
            types = {"U8": np.uint8, "F32": np.float32, "I32": np.int32, "I64": np.int64}
            got = {}
            for k, v in head.items():
                if k != "__metadata__":
                    a, b = v["data_offsets"]
                    got[k] = raw[8 + n + a:8 + n + b].view(types[v["dtype"]]).reshape(v["shape"])
            self.files[path] = got
            self.items += [(path, i) for i in range(len(got["change"]))]

    def triple(self, k):
        path, i = self.items[k]
        g = self.files[path]
        return {n: g[n][i] for n in ("images", "masks", "objects", "change")}

    def draw(self, rng, n):
        """n triples; short moves, the hardest to tell from a camera that moved, four times as often"""
        return rng.choice(len(self.items), size=n, p=self.weights)

    def weigh(self):
        w = []
        for path, i in self.items:
            g = self.files[path]
            c = g["change"][i]
            near = c[0] == 5 and np.hypot(*(g["objects"][i, 0, c[1], 4:6] - g["objects"][i, 1, c[2], 4:6])) < 1.7
            w.append(4.0 if near else 1.0)
        self.weights = np.array(w) / sum(w)
        return sum(x > 1 for x in w)

    def captions(self, k):
        path, i = self.items[k]
        g = self.files[path]
        o = g["text_offsets"]
        return json.loads(bytes(g["text"][o[i]:o[i + 1]]))["captions"]


def view(image, mask, objects, rng, augment):
    """one picture at network size with its dense labels"""
    h, w = image.shape[:2]
    if augment:
        s = rng.uniform(0.88, 1.0)
        cw, ch = w * s, h * s
        x0, y0 = rng.uniform(0, w - cw), rng.uniform(0, h - ch)
    else:
        cw, ch, x0, y0 = w, h, 0.0, 0.0
    scale = np.array([[W / cw, 0, (-x0) * W / cw + 0.5 * W / cw - 0.5], [0, H / ch, (-y0) * H / ch + 0.5 * H / ch - 0.5]])
    if augment and rng.random() < 0.5:
        img = cv2.warpAffine(image, scale, (W, H), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    else:
        img = cv2.resize(image[int(round(y0)):int(round(y0 + ch)), int(round(x0)):int(round(x0 + cw))], (W, H),
                         interpolation=cv2.INTER_AREA)
    img = img.astype(np.float32) / 255
    if augment:
        img = (img - 0.45) * 1.0
        gain = rng.uniform(0.84, 1.16) * rng.uniform(0.94, 1.06, 3)
        img = img * gain.astype(np.float32) + 0.45 + np.float32(rng.uniform(-0.025, 0.025))
        img += rng.standard_normal(img.shape, dtype=np.float32) * np.float32(rng.uniform(0, 0.02))
        np.clip(img, 0, 1, out=img)
    x = ((img - 0.45) * 4).transpose(2, 0, 1)
    # masks: 4 x 4 samples a cell
    mh, mw = mask.shape
    ys = np.clip(((np.arange(ROWS * 4) + 0.5) / (ROWS * 4) * ch + y0) * mh / h, 0, mh - 1).astype(int)
    xs = np.clip(((np.arange(COLUMNS * 4) + 0.5) / (COLUMNS * 4) * cw + x0) * mw / w, 0, mw - 1).astype(int)
    m = mask[ys][:, xs]
    n = int((objects[:, 0] >= 0).sum())
    count = np.zeros((n + 1, ROWS, COLUMNS), np.float32)
    for k in range(n):
        count[k] = (m == k).reshape(ROWS, 4, COLUMNS, 4).sum((1, 3))
    count[n] = (m == 255).reshape(ROWS, 4, COLUMNS, 4).sum((1, 3)) * 0.6
    owner = count.argmax(0)
    owner[owner == n] = -1
    u = (objects[:, 7] - x0) * (W / cw) / CELL
    v = (objects[:, 8] - y0) * (H / ch) / CELL
    centre = np.zeros((ROWS, COLUMNS), np.float32)
    near = np.zeros((ROWS, COLUMNS), np.float32)
    seen = np.zeros(11, bool)
    for k in range(n):
        yy, xx = np.nonzero(owner == k)
        if len(yy) == 0:
            continue
        seen[k] = True
        py, px = np.nonzero(m == k)
        cy, cx = (py.mean() + 0.5) / 4, (px.mean() + 0.5) / 4
        j = ((yy + 0.5 - cy) ** 2 + (xx + 0.5 - cx) ** 2).argmin()
        centre[yy[j], xx[j]] = 1
        near[max(0, yy[j] - 1):yy[j] + 2, max(0, xx[j] - 1):xx[j] + 2] = 1
    lab = np.full((ROWS, COLUMNS, 4), -1, np.int64)
    off = np.zeros((ROWS, COLUMNS, 2), np.float32)
    fg = owner >= 0
    lab[fg] = objects[owner[fg]][:, LABEL_COLUMNS]
    gy, gx = np.nonzero(fg)
    off[fg, 0] = u[owner[fg]] - (gx + 0.5)
    off[fg, 1] = v[owner[fg]] - (gy + 0.5)
    return x, owner, centre, near, lab, off


def encoder_loss(z, owner, centre, near, lab, off):
    z = z.permute(0, 2, 3, 1)
    fg = (owner >= 0)
    loss = {"foreground": F.binary_cross_entropy_with_logits(z[..., 0], fg.float())}
    p = z[..., 1].sigmoid().detach()
    w = torch.where(centre > 0, (1 - p) ** 2, p ** 2 * torch.where(near > 0, 0.3, 1.0))
    loss["centre"] = (F.binary_cross_entropy_with_logits(z[..., 1], centre, reduction="none") * w).sum() / centre.sum().clamp(min=1)
    c = centre > 0
    for i, (g, name) in enumerate(zip(GROUPS, ("shape", "size", "color", "material"))):
        q = z[..., 2 + g.start:2 + g.stop]
        loss[name] = 0.5 * F.cross_entropy(q[fg], lab[..., i][fg]) + 0.5 * F.cross_entropy(q[c], lab[..., i][c])
    loss["offset"] = F.smooth_l1_loss(z[..., 17:][fg], off[fg])
    return loss


def train_encoder(a):
    enc = SmallEncoder(a.widths)
    if a.init:
        load(a.init, enc, None)
    opt = torch.optim.AdamW(enc.parameters(), lr=a.lr, weight_decay=0.01)
    enc = enc.to(memory_format=torch.channels_last)
    data, val = Shards(a.data), Shards(a.validate)

    def batch(step):
        rng = np.random.default_rng((a.seed, step))
        if step % 100 == 0:
            data.refresh()
        out = []
        for _ in range(a.batch):
            t = data.triple(rng.integers(len(data.items)))
            k = rng.integers(3)
            out.append(view(t["images"][k], t["masks"][k], t["objects"][k], rng, True))
        return [torch.from_numpy(np.stack(c)) for c in zip(*out)]

    start = time.time()
    for step, b in enumerate(prefetch(batch, a)):
        frac = (time.time() - start) / (60 * a.minutes)
        if frac >= 1:
            break
        set_lr(opt, a.lr * schedule(step, frac, 50))
        enc.train()
        with torch.autocast("cpu", torch.bfloat16):
            z, _ = enc(b[0].contiguous(memory_format=torch.channels_last))
        loss = encoder_loss(z.float(), *b[1:])
        total = sum(loss.values())
        opt.zero_grad()
        total.backward()
        opt.step()
        if step % 200 == 0:
            print(json.dumps({"step": step, "seconds": round(time.time() - start), "loss": round(total.item(), 4),
                              "pictures_s": round(step * a.batch / (time.time() - start), 1),
                              **{k: round(v.item(), 4) for k, v in loss.items()}}), flush=True)
        if step % 1000 == 999:
            print(json.dumps({"step": step, "validate": check_encoder(enc, val, 100)}), flush=True)
            save(a.save, enc, None, a)
    print(json.dumps({"done": step, "validate": check_encoder(enc, val, 300)}), flush=True)
    save(a.save, enc, None, a)


def check_encoder(enc, val, count):
    enc.eval()
    right, n, found = np.zeros(4), 0, 0
    rng = np.random.default_rng(0)
    with torch.no_grad():
        for i in range(0, min(count, len(val.items)), 8):
            v = []
            for k in range(i, min(i + 8, count, len(val.items))):
                t = val.triple(k)
                v += [view(t["images"][j], t["masks"][j], t["objects"][j], rng, False) for j in range(3)]
            b = [torch.from_numpy(np.stack(c)) for c in zip(*v)]
            z = enc(b[0])[0].permute(0, 2, 3, 1)
            c = b[2] > 0
            n += int(c.sum())
            found += int((z[..., 1][c] > -1.1).sum())
            for q, g in enumerate(GROUPS):
                right[q] += int((z[..., 2 + g.start:2 + g.stop][c].argmax(-1) == b[4][..., q][c]).sum())
    return {k: round(float(v), 4) for k, v in zip(("shape", "size", "color", "material", "found"), list(right / n) + [found / n])}


# ---- pairs

ORDERED = [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)]


def pair_of(t, i, j):
    """type and indices of the changed object in views i and j"""
    kind, kb, ka = (int(v) for v in t["change"][:3])
    side = [0 if v in (0, 2) else 1 for v in (i, j)]   # which scene: before's or the changed one
    if side[0] == side[1]:
        return 0, -1, -1
    if side == [0, 1]:
        return kind, kb, ka
    return {3: 4, 4: 3}.get(kind, kind), ka, kb


def cells_of(owner, k, n_rows, n_cols):
    """pooled cells that hold object k, as 0/1 over cells + nothing"""
    m = np.zeros(n_rows * n_cols + 1, np.float32)
    if k >= 0:
        o = (owner == k).reshape(n_rows, 2, n_cols, 2).any((1, 3))
        m[:-1] = o.reshape(-1)
    if m.sum() == 0:
        m[-1] = 1
    return m


def pair_batch(data, ids, rng, a, vocab, augment=True, all_pairs=False):
    pictures, owners, triples = [], [], []
    for k in ids:
        t = data.triple(k)
        for j in range(3):
            v = view(t["images"][j], t["masks"][j], t["objects"][j], rng, augment)
            pictures.append(v)
        triples.append(t)
    rows = []
    for q, t in enumerate(triples):
        for i, j in ORDERED:
            rows.append((q, i, j) + pair_of(t, i, j))
    if not all_pairs:
        none = [r for r in rows if r[3] == 0]
        some = [r for r in rows if r[3] != 0]
        n_none = int(round(0.35 * a.pairs))
        rows = [none[x] for x in rng.permutation(len(none))[:n_none]] + \
               [some[x] for x in rng.permutation(len(some))[:a.pairs - n_none]]
    n_rows, n_cols = ROWS // 2, COLUMNS // 2
    before, after, kind, ptr, att, ids_, types = [], [], [], [[], []], [[], []], [], []
    for q, i, j, ty, kb, ka in rows:
        t = triples[q]
        before.append(3 * q + i)
        after.append(3 * q + j)
        kind.append(ty)
        for s, (vw, k) in enumerate(((i, kb), (j, ka))):
            ptr[s].append(cells_of(pictures[3 * q + vw][1], k, n_rows, n_cols))
            att[s].append(t["objects"][vw][k][list(LABEL_COLUMNS)].astype(np.int64) if k >= 0 else np.full(4, -1))
        s = plain(ty, t["objects"][i][kb] if kb >= 0 else None, t["objects"][j][ka] if ka >= 0 else None)
        w = [1] + [vocab[x] for x in s.split()] + [2]
        ids_.append(w + [0] * (a.length - len(w)))
    pic = [torch.from_numpy(np.stack(c)) for c in zip(*pictures)]
    T = lambda v: torch.from_numpy(np.asarray(v))
    return pic, T(before), T(after), T(kind), [T(np.stack(p)) for p in ptr], [T(np.stack(x)) for x in att], T(ids_).long()


def pair_losses(net, f, b, words, half=None):
    """words: also the losses behind the cross-modal encoder; half: products in bf16, by default while training"""
    half = net.training if half is None else half
    _, before, after, kind, ptr, att, ids = b
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        out = net.forward_pair(f[before], f[after])
    out = {k: [x.float() for x in v] if isinstance(v, list) else v.float() for k, v in out.items()}
    out["exact"] = torch.zeros(len(kind), dtype=torch.bool)
    loss = {"type": F.cross_entropy(out["type"], kind)}
    loss["pointer"] = 0.5 * sum(-((out["pointer"][s] * ptr[s]).sum(-1) + 1e-9).log().mean() for s in range(2))
    loss["attributes"] = 0.25 * sum(F.cross_entropy(out["attributes"][s][:, g], att[s][:, i], ignore_index=-1)
                                    for s in range(2) for i, g in enumerate(GROUPS))
    if words:
        M = out["E"].shape[1]
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            h = net.cross(out["E"], ids[:, :-1])
        h = h.float()
        logits = net.words(h[:, M:])
        target = ids[:, 1:]
        loss["words"] = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), target.reshape(-1), ignore_index=0)
        loss["change"] = F.cross_entropy(net.change(h), (kind > 0).long())
        with torch.no_grad():
            ok = (logits.argmax(-1) == target) | (target == 0)
            out["exact"] = ok.all(-1)
    return out, loss


def train_finetune(a):
    words = json.load(open(a.vocabulary))
    vocab = {w: i for i, w in enumerate(words)}
    c = {"width": 128, "heads": 4, "feed_forward": 512, "single_blocks": 1, "pair_blocks": a.pair_blocks, "cross_blocks": 2,
         "feature": a.widths[3] + 19, "grid": [ROWS, COLUMNS], "pool": 2, "projection": "linear", "position": "fourier",
         "norm": "sample", "matching": {"heads": 4, "reduce": 32, "hidden": 192}, "helper_heads": True, "caption": "next",
         "tied_output": True, "max_length": 40, "dropout": 0, "words": len(words), "types": 6}
    a.length = 16
    enc, net = SmallEncoder(a.widths), Network(c)
    torch.nn.init.normal_(net.word_embedding.weight, std=c["width"] ** -0.5)
    load(a.init, enc, net)
    late = ("encoder.", "word_embedding.", "output.", "pooler.")   # learned last, so faster
    groups = [{"params": [p for n, p in net.named_parameters() if not n.startswith(late)], "scale": 1.0},
              {"params": [p for n, p in net.named_parameters() if n.startswith(late)], "scale": a.words_lr}]
    if a.encoder_lr > 0:
        groups.append({"params": enc.parameters(), "scale": a.encoder_lr})
    opt = torch.optim.AdamW(groups, lr=a.lr, betas=(0.9, 0.98), weight_decay=0.01)
    enc = enc.to(memory_format=torch.channels_last).eval()
    data, val = Shards(a.data), Shards(a.validate)
    print(json.dumps({"triples": len(data.items), "short_moves": data.weigh()}), flush=True)

    def batch(step):
        rng = np.random.default_rng((a.seed, step))
        return pair_batch(data, data.draw(rng, a.triples), rng, a, vocab)

    def encode(x):
        with torch.autocast("cpu", torch.bfloat16):
            return enc(x.contiguous(memory_format=torch.channels_last))[1].float()

    start = time.time()
    for step, b in enumerate(prefetch(batch, a)):
        frac = (time.time() - start) / (60 * a.minutes)
        if frac >= 1:
            break
        set_lr(opt, a.lr * schedule(step, frac, 100))
        if a.encoder_lr > 0:
            f = encode(b[0][0])
        else:
            with torch.no_grad():
                f = encode(b[0][0])
        out, loss = pair_losses(net, f, b, frac >= a.words_from)
        total = sum(loss.values())
        if not math.isfinite(total.item()):
            raise SystemExit("loss is not finite at step %d" % step)
        opt.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
        if step % 50 == 0:
            kind = b[3]
            acc = (out["type"].argmax(-1) == kind).float().mean().item()
            print(json.dumps({"step": step, "seconds": round(time.time() - start), "loss": round(total.item(), 4),
                              "type_accuracy": round(acc, 3), "exact": round(out["exact"].float().mean().item(), 3),
                              "s_step": round((time.time() - start) / (step + 1), 3), "triples": len(data.items),
                              **{k: round(v.item(), 4) for k, v in loss.items()}}), flush=True)
        if step % 400 == 399:
            print(json.dumps({"step": step, "validate": check_pairs(net, encode, val, a, vocab, 100)}), flush=True)
            save(a.save, enc, net, a)
    print(json.dumps({"done": step, "validate": check_pairs(net, encode, val, a, vocab, 300)}), flush=True)
    save(a.save, enc, net, a)


def check_pairs(net, encode, val, a, vocab, count):
    rng = np.random.default_rng(0)
    right, exact, total = np.zeros(6), np.zeros(6), np.zeros(6)
    net.eval()
    with torch.no_grad():
        for i in range(0, min(count, len(val.items)), 10):
            b = pair_batch(val, range(i, min(i + 10, count, len(val.items))), rng, a, vocab, False, True)
            out, _ = pair_losses(net, encode(b[0][0]), b, True)
            kind = b[3].numpy()
            for k in range(6):
                total[k] += (kind == k).sum()
                right[k] += ((out["type"].argmax(-1).numpy() == kind) & (kind == k)).sum()
                exact[k] += (out["exact"].numpy() & (kind == k)).sum()
    r = {t: [round(right[k] / max(total[k], 1), 3), round(exact[k] / max(total[k], 1), 3)] for k, t in enumerate(TYPES)}
    net.train()
    r["all"] = [round(right.sum() / total.sum(), 4), round(exact.sum() / total.sum(), 4)]
    return r


# ---- both

def schedule(step, frac, warmup):
    return min(1, (step + 1) / warmup) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(frac, 1))))


def set_lr(opt, lr):
    for g in opt.param_groups:
        g["lr"] = lr * g.get("scale", 1.0)


def prefetch(batch, a):
    q = queue.Queue(4)

    def work(first):
        step = first
        while True:
            q.put(batch(step))
            step += 1
    threading.Thread(target=work, args=(a.first,), daemon=True).start()
    while True:
        yield q.get()


def load(path, enc, net):
    with safe_open(path, "pt") as f:
        got = {k: f.get_tensor(k).float() for k in f.keys()}
    enc.load_state_dict({k[8:]: v for k, v in got.items() if k.startswith("encoder.")}, strict=False)
    if net is not None and any(k.startswith("model.") for k in got):
        missing = net.load_state_dict({k[6:]: v for k, v in got.items() if k.startswith("model.")}, strict=False).missing_keys
        with torch.no_grad():   # new blocks start as the identity
            for name, p in net.named_parameters():
                if name in missing and (".attn.out." in name or ".ffn.w2." in name):
                    p.zero_()


def save(path, enc, net, a):
    out = {"encoder." + k: v.contiguous().clone() for k, v in enc.state_dict().items() if "num_batches" not in k}
    if net is not None:
        out.update({"model." + k: v.contiguous().clone() for k, v in net.state_dict().items()})
    save_file(out, path + ".tmp", {"format": "idc-reference"})
    os.replace(path + ".tmp", path)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("stage", choices=["encoder", "finetune"])
    p.add_argument("--data", required=True)
    p.add_argument("--validate", required=True)
    p.add_argument("--save", required=True)
    p.add_argument("--init")
    p.add_argument("--vocabulary")
    p.add_argument("--minutes", type=float, default=15)
    p.add_argument("--lr", type=float)
    p.add_argument("--batch", type=int, default=16)
    p.add_argument("--triples", type=int, default=16)
    p.add_argument("--pairs", type=int, default=48)
    p.add_argument("--words-from", type=float, default=0, help="part of the run after which the words are learned")
    p.add_argument("--words-lr", type=float, default=1)
    p.add_argument("--pair-blocks", type=int, default=2)
    p.add_argument("--encoder-lr", type=float, default=0)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--first", type=int, default=0)
    p.add_argument("--widths", type=lambda s: tuple(int(x) for x in s.split(",")), default=(24, 48, 64, 96))
    p.add_argument("--threads", type=int, default=1)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    a.lr = a.lr or (2e-3 if a.stage == "encoder" else 1e-3)
    (train_encoder if a.stage == "encoder" else train_finetune)(a)


if __name__ == "__main__":
    main()

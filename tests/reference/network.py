"""The encoder and the network of docs/model.md in PyTorch, written apart from the C code, with the same tensor names.

Used to make goldens (make_network_golden.py) and as the twin of idc-train (train_network.py).
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

SHAPE, SIZE, COLOR, MATERIAL = slice(0, 3), slice(3, 5), slice(5, 13), slice(13, 15)
GROUPS = (SHAPE, SIZE, COLOR, MATERIAL)


class SmallEncoder(nn.Module):
    """x [N,3,H,W] -> logits [N,19,h,w] and feature [N,h,w,e+19]."""

    def __init__(self, widths=(24, 48, 64, 96)):
        super().__init__()
        a, b, c, e = widths
        plan = [("1", 3, a, 5, 2, 1), ("2", a, b, 3, 2, 1), ("3", b, b, 3, 1, 1), ("4", b, c, 3, 2, 1),
                ("5", c, c, 3, 1, 1), ("6", c, e, 3, 1, 1), ("7", e, e, 3, 1, 2), ("8", e, e, 3, 1, 4)]
        for name, i, o, k, s, dil in plan:
            setattr(self, "conv" + name, nn.Conv2d(i, o, k, s, dil * (k - 1) // 2, dil, bias=False))
            setattr(self, "bn" + name, nn.BatchNorm2d(o))
        self.fuse = nn.Conv2d(c + 2 * e, e, 1, bias=False)
        self.bn_fuse = nn.BatchNorm2d(e)
        self.head = nn.Conv2d(e, 19, 1)

    def layer(self, x, name):
        return F.relu(getattr(self, "bn" + name)(getattr(self, "conv" + name)(x)))

    def forward(self, x):
        for n in "12345":
            x = self.layer(x, n)
        y5 = x
        y6 = self.layer(y5, "6")
        y7 = self.layer(y6, "7")
        y8 = y7 + self.layer(y7, "8")
        f = F.relu(self.bn_fuse(self.fuse(torch.cat([y5, y6, y8], 1))))
        z = self.head(f).float()
        f = f.float()
        soft = [z[:, 2 + g.start:2 + g.stop].softmax(1) for g in GROUPS]
        out = torch.cat([f, z[:, :2].sigmoid()] + soft + [z[:, 17:]], 1)
        return z, out.permute(0, 2, 3, 1)


class Norm(nn.Module):
    def __init__(self, d, eps, form):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(d)), nn.Parameter(torch.zeros(d))
        self.eps, self.form = eps, form

    def forward(self, x):
        x = x.float()
        m = x.mean(-1, keepdim=True)
        if self.form == "sample":
            z = (x - m) / (x.std(-1, keepdim=True) + self.eps)
        else:
            z = (x - m) / (x.var(-1, unbiased=False, keepdim=True) + self.eps).sqrt()
        return self.weight * z + self.bias


class Attention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.q, self.k, self.v, self.out = (nn.Linear(d, d) for _ in range(4))
        self.heads = heads

    def forward(self, x, mask, drop):
        B, T, d = x.shape
        q, k, v = (f(x).view(B, T, self.heads, -1).transpose(1, 2) for f in (self.q, self.k, self.v))
        s = q @ k.transpose(-1, -2) / math.sqrt(d // self.heads)
        if mask is not None:
            s = s.masked_fill(mask == 0, -1e9)
        a = drop(s.softmax(-1))
        return self.out((a @ v).transpose(1, 2).reshape(B, T, d))


class FeedForward(nn.Module):
    def __init__(self, d, ff):
        super().__init__()
        self.w1, self.w2 = nn.Linear(d, ff), nn.Linear(ff, d)

    def forward(self, x, drop):
        return self.w2(drop(F.relu(self.w1(x))))


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        d = c["width"]
        self.norm1, self.norm2 = Norm(d, 1e-6, c["norm"]), Norm(d, 1e-6, c["norm"])
        self.attn, self.ffn = Attention(d, c["heads"]), FeedForward(d, c["feed_forward"])

    def forward(self, x, mask, drop):
        x = x + drop(self.attn(self.norm1(x), mask, drop))
        return x + drop(self.ffn(self.norm2(x), drop))


class Stack(nn.Module):
    def __init__(self, c, blocks):
        super().__init__()
        self.norm = Norm(c["width"], 1e-6, c["norm"])
        self.layers = nn.ModuleList(Block(c) for _ in range(blocks))

    def forward(self, x, mask, drop):
        x = self.norm(x)
        for b in self.layers:
            x = b(x, mask, drop)
        return x


def sinusoid(length, d, doubled):
    pe = torch.zeros(length, d, dtype=torch.float64)
    pos = torch.arange(length, dtype=torch.float64)
    for i in range(0, d, 2):
        if doubled:
            pe[:, i] = torch.sin(pos / 10000 ** (2 * i / d))
            pe[:, i + 1] = torch.cos(pos / 10000 ** (2 * (i + 1) / d))
        else:
            pe[:, i] = torch.sin(pos / 10000 ** (i / d))
            pe[:, i + 1] = torch.cos(pos / 10000 ** (i / d))
    return pe.float()


def places(rows, columns):
    """x and y of the cells, in units of the grid's width: [n,2]"""
    y, x = torch.meshgrid(torch.arange(rows) + 0.5, torch.arange(columns) + 0.5, indexing="ij")
    return torch.stack([x.reshape(-1) / columns, y.reshape(-1) / columns], 1)


class PositionEncoding(nn.Module):
    def __init__(self, c):
        super().__init__()
        d = c["width"]
        self.type_pe = nn.Embedding(7, d)
        self.layernorm = Norm(d, 1e-12, c["norm"])
        if c["position"] == "fourier":
            self.fourier = nn.ModuleList([nn.Linear(24, d), nn.Linear(d, d)])


class Matching(nn.Module):
    def __init__(self, c, raw):
        super().__init__()
        m, d = c["matching"], c["width"]
        a, self.r = m["heads"], m["reduce"]
        self.heads = a
        self.q, self.k = nn.Linear(d, d), nn.Linear(d, d)
        self.reduce = nn.Linear(raw, self.r)
        self.log_weight = nn.Parameter(torch.tensor([150.0, 40.0, 10.0, 1.0])[:a].log())
        self.mlp = nn.ModuleList([nn.Linear(d + a * (2 * self.r + 3), m["hidden"]), nn.Linear(m["hidden"], d)])

    def forward(self, x, y, raw_x, raw_y, p):
        """x, y [B,n,d]: what x's tokens gain from y"""
        B, n, d = x.shape
        a = self.heads
        q = self.q(x).view(B, n, a, -1).transpose(1, 2)
        k = self.k(y).view(B, n, a, -1).transpose(1, 2)
        dist = ((p[:, None] - p[None]) ** 2).sum(-1)
        s = (q @ k.transpose(-1, -2)).float() / math.sqrt(d // a) - self.log_weight.exp().view(1, a, 1, 1) * dist
        P = s.softmax(-1)
        r, u = self.reduce(raw_x), self.reduce(raw_y)
        warped = torch.einsum("bhij,bjr->bihr", P, u)
        diff = (r[:, :, None] - warped).reshape(B, n, -1)
        with torch.autocast("cpu", enabled=False):
            shift = torch.einsum("bhij,jc->bihc", P, p) - p[None, :, None]
        peak = P.max(-1).values.transpose(1, 2)
        z = torch.cat([x, diff, diff.abs(), 5 * shift.reshape(B, n, -1), peak], -1)
        return x + self.mlp[1](F.relu(self.mlp[0](z)))


class Heads(nn.Module):
    """Looked up by heads[name], since nn.Module has a method called type."""

    def __init__(self, c, raw):
        super().__init__()
        d = c["width"]
        self.type = nn.Linear(2 * d, c["types"])
        self.pointer, self.nothing = nn.Linear(d, 1), nn.Linear(d, 1)
        self.attributes, self.summary = nn.Linear(d + raw, 15), nn.Linear(d + raw, d)

    def __getitem__(self, name):
        return self._modules[name]


class Contrast(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.pair, self.text = nn.Linear(2 * c["width"], c["itc"]), nn.Linear(c["width"], c["itc"])
        self.log_scale = nn.Parameter(torch.tensor([1 / 0.07]).log())


class Network(nn.Module):
    """c: the "network" object of the configuration with "words" and "types" (counts) added."""

    def __init__(self, c):
        super().__init__()
        self.c = c
        d = c["width"]
        self.raw = c["feature"] * (2 if c["pool"] else 1)
        self.word_embedding = nn.Embedding(c["words"], d)
        self.img_project = nn.Linear(self.raw, d)
        self.position_encoding = PositionEncoding(c)
        self.single, self.pair = Stack(c, c["single_blocks"]), Stack(c, c["pair_blocks"])
        self.encoder = Stack(c, c["cross_blocks"])
        self.matching = Matching(c, self.raw) if c.get("matching") else None
        self.heads = Heads(c, self.raw) if c["helper_heads"] else None
        if c["tied_output"]:
            self.output = nn.Module()
            self.output.bias = nn.Parameter(torch.zeros(c["words"]))
        else:
            self.output = nn.Linear(d, c["words"])
        self.pooler = nn.Linear(2 * d, 2)
        if c.get("itc"):
            self.itc = Contrast(c)
        rows, columns = c["grid"]
        if c["pool"]:
            rows, columns = rows // 2, columns // 2
        self.register_buffer("p", places(rows, columns), persistent=False)
        self.register_buffer("pe", sinusoid(max(200, rows * columns), d, c["position"] != "standard"), persistent=False)
        self.drop = nn.Dropout(c["dropout"])

    def cells(self, f):
        if not self.c["pool"]:
            return f.flatten(1, 2)
        g = f.permute(0, 3, 1, 2)
        return torch.cat([F.avg_pool2d(g, 2), F.max_pool2d(g, 2)], 1).flatten(2).transpose(1, 2)

    def embed(self, x, kind):
        return self.drop(self.position_encoding.layernorm(x + self.position_encoding.type_pe.weight[kind]))

    def cell_positions(self):
        if self.c["position"] != "fourier":
            return self.pe[:len(self.p)]
        k = 2.0 ** torch.arange(6) * math.pi
        x, y = self.p[:, :1] * k, self.p[:, 1:] * k
        z = torch.cat([x.sin(), x.cos(), y.sin(), y.cos()], 1)
        f = self.position_encoding.fourier
        return f[1](F.relu(f[0](z)))

    def image(self, raw, picture):
        x = self.img_project(raw)
        if self.c["projection"] == "sigmoid":
            x = x.sigmoid()
        cls = self.word_embedding.weight[4].expand(len(x), 1, -1)
        x = torch.cat([self.embed(cls, 1 + 2 * picture), self.embed(x + self.cell_positions(), 2 + 2 * picture)], 1)
        return self.single(x, None, self.drop)

    def forward_pair(self, before, after):
        """features [B,h,w,F] -> dict of E and what the helper heads say"""
        raw = [self.cells(before), self.cells(after)]
        x = [self.image(raw[k], k) for k in range(2)]
        if self.matching:
            cells = [t[:, 1:] for t in x]
            new = [self.matching(cells[k], cells[1 - k], raw[k], raw[1 - k], self.p) for k in range(2)]
            x = [torch.cat([x[k][:, :1], new[k]], 1) for k in range(2)]
        E = self.pair(torch.cat(x, 1), None, self.drop)
        out = {"E": E}
        if self.heads:
            n = len(self.p)
            parts = [E[:, :n + 1], E[:, n + 1:]]
            out["type"] = self.heads["type"](torch.cat([parts[0][:, 0], parts[1][:, 0]], -1))
            out["pointer"], out["attributes"], new = [], [], []
            for k in range(2):
                cls, cell = parts[k][:, :1], parts[k][:, 1:]
                logit = torch.cat([self.heads["pointer"](cell), self.heads["nothing"](cls)], 1).squeeze(-1)
                w = logit.softmax(-1)
                z = torch.einsum("bn,bnd->bd", w[:, :n], torch.cat([cell, raw[k]], -1))
                out["pointer"].append(w)
                out["attributes"].append(self.heads["attributes"](z))
                new.append(torch.cat([cls + self.heads["summary"](z)[:, None], cell], 1))
            out["E"] = torch.cat(new, 1)
        return out

    def cross(self, E, ids, causal=True, cls3=False):
        B, M, d = E.shape
        x = E
        extra = 0
        if cls3:
            x = torch.cat([x, self.embed(self.word_embedding.weight[4].expand(B, 1, -1), 5)], 1)
            extra = 1
        L = 0
        if ids is not None:
            L = ids.shape[1]
            text = self.word_embedding(ids) * math.sqrt(d) + self.pe[:L]
            x = torch.cat([x, self.embed(text, 6)], 1)
        mask = None
        if causal and L:
            N = M + extra + L
            mask = torch.zeros(N, N)
            mask[:, :M + extra] = 1
            mask[M + extra:, M + extra:] = torch.ones(L, L).tril()
        return self.encoder(x, mask, self.drop)

    def words(self, h):
        w = self.word_embedding.weight if self.c["tied_output"] else self.output.weight
        return F.linear(h, w, self.output.bias)

    def change(self, h):
        n = len(self.p)
        return self.pooler(torch.cat([h[:, 0], h[:, n + 1]], -1))

    def embed_pair(self, E):
        """E [B,M,d] -> unit vectors [B,D]"""
        return F.normalize(self.itc.pair(torch.cat([E[:, 0], E[:, len(self.p) + 1]], -1)), dim=-1)

    def embed_text(self, sentences):
        """lists of ids with BOS and EOS, without PAD -> unit vectors [B,D]"""
        out = []
        for ids in sentences:
            x = self.embed(self.word_embedding.weight[4].expand(1, 1, -1), 5)
            text = self.word_embedding(torch.tensor([ids])) * math.sqrt(self.c["width"]) + self.pe[:len(ids)]
            out.append(self.encoder(torch.cat([x, self.embed(text, 6)], 1), None, self.drop)[:, 0])
        return F.normalize(self.itc.text(torch.cat(out)), dim=-1)

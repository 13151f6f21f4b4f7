#!/usr/bin/env python3
"""Small PNG and JPEG files with the pixels that they must give, for tests/unit/image_decode.c. Needs numpy and Pillow.

    python3 tests/reference/make_image_golden.py tests/golden/image

NAME.png or NAME.jpg, and NAME.rgb: its pixels, 3 bytes each, row by row. The PNG files are written here byte by byte and
their pixels computed from the samples; the pixels of the JPEG files are Pillow's (CMYK: 255·(1−C)·(1−K), rounded).
"""
import os
import struct
import sys
import zlib

import numpy as np
from PIL import Image

W, H = 9, 7
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack_rows(samples, depth):
    """Rows (h, w, channels) as PNG packs them, filter 0, each after its filter byte."""
    out = b""
    for row in samples:
        if depth == 16:
            line = row.astype(">u2").tobytes()
        elif depth == 8:
            line = row.astype(np.uint8).tobytes()
        else:
            bits = "".join(format(int(v), f"0{depth}b") for v in row.ravel())
            bits += "0" * (-len(bits) % 8)
            line = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
        out += b"\0" + line
    return out


def png(samples, colour, depth, interlaced=False, before=b""):
    h, w = samples.shape[:2]
    if interlaced:
        parts = [samples[y0::dy, x0::dx] for x0, y0, dx, dy in PASSES]
        data = b"".join(pack_rows(p, depth) for p in parts if p.size)
    else:
        data = pack_rows(samples, depth)
    head = struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, int(interlaced))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + before + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def over_white(rgb, alpha):
    rgb, alpha = rgb.astype(np.int64), alpha.astype(np.int64)[..., None]
    return ((rgb * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def to_8_bit(samples, depth):
    return samples >> 8 if depth == 16 else samples * 255 // (2**depth - 1)


def png_files(rng):
    """(name, file, pixels) for every colour type and depth."""
    for colour, depths in {0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]}.items():
        for depth in depths:
            n = 2**depth
            s = rng.integers(0, n, (H, W, CHANNELS[colour]))
            before, alpha = b"", None
            if colour == 3:
                palette = rng.integers(0, 256, (n, 3), dtype=np.uint8)
                fade = rng.integers(0, 256, (n + 1) // 2, dtype=np.uint8)  # the rest is opaque
                before = chunk(b"PLTE", palette.tobytes())
                rgb = palette[s[..., 0]]
                yield f"png-3-{depth}", png(s, 3, depth, depth == 4, before), rgb
                before += chunk(b"tRNS", fade.tobytes())
                full = np.concatenate([fade, np.full(n - len(fade), 255, np.uint8)])
                yield f"png-3-{depth}-trns", png(s, 3, depth, False, before), over_white(rgb, full[s[..., 0]])
                continue
            v = to_8_bit(s, depth)
            rgb = np.repeat(v[..., :1], 3, -1) if colour in (0, 4) else v[..., :3]
            if colour in (4, 6):
                yield f"png-{colour}-{depth}", png(s, colour, depth, depth == 16), over_white(rgb, v[..., -1])
                continue
            yield f"png-{colour}-{depth}", png(s, colour, depth, depth in (2, 8)), rgb.astype(np.uint8)
            key = s[2, 3]
            if depth == 16:
                s[0, 0] = key ^ 1  # differs in the low byte only: not transparent
                v = to_8_bit(s, depth)
                rgb = np.repeat(v, 3, -1) if colour == 0 else v
            alpha = np.where((s == key).all(-1), 0, 255)
            before = chunk(b"tRNS", key.astype(">u2").tobytes())
            yield f"png-{colour}-{depth}-trns", png(s, colour, depth, False, before), over_white(rgb, alpha)


def picture(w, h):
    """Smooth, different in each corner."""
    y, x = np.mgrid[0:h, 0:w]
    rgb = np.stack([255 * x / (w - 1), 255 * y / (h - 1), 128 + 100 * np.sin(x / 5) * np.cos(y / 4)], -1)
    return Image.fromarray(rgb.astype(np.uint8))


def save_jpeg(folder, name, img, **options):
    path = os.path.join(folder, name + ".jpg")
    img.save(path, **options)
    back = Image.open(path)
    if back.mode == "CMYK":
        a = 255 - np.asarray(back).astype(np.int64)
        rgb = ((a[..., :3] * a[..., 3:] + 127) // 255).astype(np.uint8)
    else:
        rgb = np.asarray(back.convert("RGB"))
    rgb.tofile(os.path.join(folder, name + ".rgb"))


def upright(stored, orientation):
    """Exif 2.3: what row 0 and column 0 of the stored picture are when it stands upright."""
    t = {1: stored, 2: stored[:, ::-1], 3: stored[::-1, ::-1], 4: stored[::-1]}
    t[5] = stored.transpose(1, 0, 2)
    t[6] = t[5][:, ::-1]
    t[7] = t[5][::-1, ::-1]
    t[8] = t[5][::-1]
    return t[orientation]


def jpeg_files(folder):
    img = picture(37, 26)
    save_jpeg(folder, "jpeg-baseline", img, quality=85)
    save_jpeg(folder, "jpeg-444", img, quality=85, subsampling=0)
    save_jpeg(folder, "jpeg-progressive", img, quality=85, progressive=True)
    save_jpeg(folder, "jpeg-grey", img.convert("L"), quality=85)
    save_jpeg(folder, "jpeg-cmyk", img.convert("CMYK"), quality=90)
    save_jpeg(folder, "jpeg-large", picture(96, 64), quality=85)
    small = picture(16, 8)
    for turn in range(1, 9):
        exif = Image.Exif()
        exif[274] = turn
        path = os.path.join(folder, f"jpeg-turned-{turn}.jpg")
        small.save(path, quality=90, exif=exif)
        upright(np.asarray(Image.open(path)), turn).tofile(path[:-4] + ".rgb")


def main(folder):
    for name, data, rgb in png_files(np.random.default_rng(4)):
        with open(os.path.join(folder, name + ".png"), "wb") as f:
            f.write(data)
        rgb.astype(np.uint8).tofile(os.path.join(folder, name + ".rgb"))
    jpeg_files(folder)


main(sys.argv[1])

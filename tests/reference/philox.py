"""Numbers of lib/base/random.h in numpy, so that a test in C and a script here make the same weights.

Philox4x32-10 (Salmon et al., SC 2011). normal(seed, name, n) are the first n normal numbers of
idc_random_at(seed, FNV-1a(name), 0); unit(…) the first n of idc_random_unit.
"""
import numpy as np

_MASK = np.uint64(0xFFFFFFFF)


def fnv1a(name):
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return h


def _words(seed, stream, blocks):
    """[blocks, 4] words in the order in which idc_random_u32 hands them out (the last of a block first)."""
    c = [np.arange(blocks, dtype=np.uint64), np.zeros(blocks, np.uint64),
         np.full(blocks, stream & 0xFFFFFFFF, np.uint64), np.full(blocks, stream >> 32, np.uint64)]
    k = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        a, b = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [(b >> np.uint64(32)) ^ c[1] ^ np.uint64(k[0]), b & _MASK,
             (a >> np.uint64(32)) ^ c[3] ^ np.uint64(k[1]), a & _MASK]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return np.stack(c[::-1], axis=1)


def unit(seed, name, n):
    w = _words(seed, fnv1a(name), (n + 1) // 2).reshape(-1, 2)[:n]
    return ((w[:, 0] >> np.uint64(5)) * np.uint64(67108864) + (w[:, 1] >> np.uint64(6))).astype(np.float64) / 2.0**53


def normal(seed, name, n):
    u = unit(seed, name, 2 * n).reshape(-1, 2)
    return np.sqrt(-2 * np.log(1 - u[:, 0])) * np.cos(6.283185307179586 * u[:, 1])

#!/usr/bin/env python3
"""Prints the ranges of lib/text/letters.c: letters of Unicode's basic plane beyond ASCII."""
import unicodedata

ranges, start = [], None
for code in range(0x80, 0x10001):
    letter = code < 0x10000 and unicodedata.category(chr(code)).startswith("L")
    if letter and start is None:
        start = code
    elif not letter and start is not None:
        ranges.append((start, code - 1))
        start = None
print(", ".join("{0x%X, 0x%X}" % r for r in ranges))

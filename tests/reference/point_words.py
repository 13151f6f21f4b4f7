#!/usr/bin/env python3
"""How often the hottest cell of a word's map lies on the changed object.

    idc-decode --pairs pairs.jsonl | idc-encode | idc-diff | idc-contrast | idc-decode-caption --maps >maps.jsonl
    python3 tests/reference/point_words.py pairs.jsonl maps.jsonl

Prints for colours, shapes, materials, sizes and the other words: maps, the share whose hottest cell touches the box of the object
in its picture, the share of all heat in those cells, and what share of all cells they are (what chance would hit).
"""
import json
import sys

KINDS = {"color": "gray red blue green brown purple cyan yellow", "shape": "cube block sphere ball cylinder object thing",
         "material": "metal metallic shiny rubber matte", "size": "small tiny large big"}
KIND_OF = {word: kind for kind, words in KINDS.items() for word in words.split()}


def cells_of(box, rows, columns, size):
    """Cells that the box [x0, y0, x1, y1] touches."""
    if not box:
        return set()
    wide, high = size[0] / columns, size[1] / rows
    return {(y, x) for y in range(rows) for x in range(columns)
            if x * wide < box[2] and (x + 1) * wide > box[0] and y * high < box[3] and (y + 1) * high > box[1]}


def main(pairs, captions):
    truth = {p["id"]: p for p in map(json.loads, open(pairs))}
    found = {}
    for line in map(json.loads, open(captions)):
        pair = truth[line["id"]]
        if pair["type"] == "none":
            continue
        for m in line.get("map", []):
            heat = {}
            inside = set()
            for side in ("before", "after"):
                rows, columns = len(m[side]), len(m[side][0])
                heat.update({(side, y, x): m[side][y][x] for y in range(rows) for x in range(columns)})
                inside |= {(side, *c) for c in cells_of(pair["box_" + side], rows, columns, line["size"])}
            total = sum(heat.values())
            hit = total > 0 and max(heat, key=heat.get) in inside
            share = sum(heat[c] for c in inside) / total if total > 0 else 0
            found.setdefault(KIND_OF.get(m["word"], "other"), []).append((hit, share, len(inside) / len(heat)))
    for kind, rows in sorted(found.items()):
        hits, share, chance = (sum(r[i] for r in rows) / len(rows) for i in range(3))
        print(f"{kind} {len(rows)} {hits:.3f} {share:.3f} {chance:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])

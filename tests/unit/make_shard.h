/* make_shard.h: a small shard of made-up triples for tests: coloured boxes on grey ground, with true masks and tables. */
#ifndef IDC_TESTS_MAKE_SHARD_H
#define IDC_TESTS_MAKE_SHARD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "tensor/safetensors.h"

enum { SHARD_W = 64, SHARD_H = 32, SHARD_OBJECTS = 3, SHARD_ROW = 14 };

typedef struct shard_maker {
    unsigned char *images, *masks;
    float *objects;
    int32_t *change;
    int64_t *offsets;
    char *text;
} shard_maker;

/* An object is a square of 12 pixels whose left upper corner is (x, y). */
static void shard_put(shard_maker *m, size_t view, int object, int x, int y, const int attribute[4])
{
    float *row = m->objects + (view * 11 + (size_t)object) * SHARD_ROW;
    for (int a = 0; a < 4; a++)
        row[a] = (float)attribute[a];
    row[7] = (float)x + 6;
    row[8] = (float)y + 6;
    for (int j = y; j < y + 12; j++) {
        for (int i = x; i < x + 12; i++) {
            unsigned char *p = m->images + ((view * SHARD_H + (size_t)j) * SHARD_W + (size_t)i) * 3;
            p[0] = (unsigned char)(30 * attribute[2] + 20);
            p[1] = (unsigned char)(80 * attribute[0] + 40);
            p[2] = (unsigned char)(120 * attribute[3] + 60);
            m->masks[(view * (SHARD_H / 2) + (size_t)j / 2) * (SHARD_W / 2) + (size_t)i / 2] =
                (unsigned char)object;
        }
    }
}

/* Triple i: three objects in a row, type i % 6 of change to object 1. */
static void shard_triple(shard_maker *m, size_t i)
{
    static const char *const said[6] = {"there is no change", "it turned red",
                                        "it turned metal",    "it has been added",
                                        "it has disappeared", "it has moved"};
    static const char *const back[6] = {"there is no change", "it turned blue",
                                        "it turned rubber",   "it has disappeared",
                                        "it has been added",  "it has moved"};
    idc_random r = idc_random_at(7, 7, (uint32_t)i);
    int type = (int)(i % 6), attribute[SHARD_OBJECTS][4];
    for (int o = 0; o < SHARD_OBJECTS; o++)
        for (int a = 0; a < 4; a++)
            attribute[o][a] = (int)idc_random_below(&r, a == 0 ? 3 : a == 2 ? 8 : 2);
    for (int v = 0; v < 3; v++) {
        for (int o = 0; o < SHARD_OBJECTS; o++) {
            int now[4], x = 6 + 20 * o, y = 10;
            memcpy(now, attribute[o], sizeof now);
            if (o == 1 && ((type == 3 && v != 1) || (type == 4 && v == 1)))
                continue;
            if (o == 1 && v == 1) {
                now[2] = type == 1 ? (now[2] + 1) % 8 : now[2];
                now[3] = type == 2 ? 1 - now[3] : now[3];
                y = type == 5 ? 18 : 10;
            }
            shard_put(m, i * 3 + (size_t)v, o, x, y, now);
        }
    }
    int32_t *c = m->change + i * 4;
    c[0] = type;
    c[1] = type == 0 || type == 3 ? -1 : 1;
    c[2] = type == 0 || type == 4 ? -1 : 1;
    int n = sprintf(
        m->text + m->offsets[i],
        "{\"triple\":\"s%zu\",\"captions\":{\"forward\":[\"%s\",\"so %s\"],\"backward\":[\"%s\"],"
        "\"none\":[\"there is no change\"]}}\n",
        i, said[type], said[type], back[type]);
    m->offsets[i + 1] = m->offsets[i] + n;
}

/* Writes n triples; 0 on success. */
static int shard_make(const char *path, size_t n)
{
    int64_t N = (int64_t)n;
    shard_maker m = {.images = malloc(n * 3 * SHARD_W * SHARD_H * 3),
                     .masks = malloc(n * 3 * SHARD_W * SHARD_H / 4),
                     .objects = malloc(n * 3 * 11 * SHARD_ROW * sizeof(float)),
                     .change = calloc(n, 4 * sizeof(int32_t)),
                     .offsets = calloc(n + 1, sizeof(int64_t)),
                     .text = calloc(n, 512)};
    memset(m.images, 115, n * 3 * SHARD_W * SHARD_H * 3);
    memset(m.masks, 255, n * 3 * SHARD_W * SHARD_H / 4);
    for (size_t i = 0; i < n * 3 * 11 * SHARD_ROW; i++)
        m.objects[i] = -1;
    for (size_t i = 0; i < n; i++)
        shard_triple(&m, i);
    size_t px = n * 3 * SHARD_W * SHARD_H, text = (size_t)m.offsets[n];
    idc_safetensor t[] = {
        {"objects", IDC_DTYPE_F32, 4, {N, 3, 11, SHARD_ROW}, m.objects, n * 3 * 11 * SHARD_ROW * 4},
        {"change", IDC_DTYPE_I32, 2, {N, 4}, m.change, n * 16},
        {"text_offsets", IDC_DTYPE_I64, 1, {N + 1}, m.offsets, (n + 1) * 8},
        {"images", IDC_DTYPE_U8, 5, {N, 3, SHARD_H, SHARD_W, 3}, m.images, px * 3},
        {"masks", IDC_DTYPE_U8, 4, {N, 3, SHARD_H / 2, SHARD_W / 2}, m.masks, px / 4},
        {"text", IDC_DTYPE_U8, 1, {(int64_t)text}, m.text, text},
    };
    idc_error err = IDC_NO_ERROR;
    int rc = idc_safetensors_write(path, t, sizeof t / sizeof *t, NULL, 0, &err);
    if (rc < 0)
        fprintf(stderr, "%s\n", err.text);
    free(m.images);
    free(m.masks);
    free(m.objects);
    free(m.change);
    free(m.offsets);
    free(m.text);
    return rc;
}

#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include <jansson.h>

#include "tensor/safetensors_file.h"

/* Lengths go before contents, so that two different files never feed the same bytes. */
static void feed_number(XXH3_state_t *h, uint64_t v)
{
    unsigned char le[8];
    for (int i = 0; i < 8; i++)
        le[i] = (unsigned char)(v >> (8 * i));
    XXH3_128bits_update(h, le, sizeof le);
}

static void feed_text(XXH3_state_t *h, const char *text)
{
    size_t n = strlen(text);
    feed_number(h, n);
    XXH3_128bits_update(h, text, n);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void feed_metadata(XXH3_state_t *h, const struct idc_safetensors *f)
{
    size_t n = f->metadata ? json_object_size(f->metadata) : 0, i = 0;
    const char **keys = calloc(n + 1, sizeof *keys), *key;
    json_t *value;
    feed_number(h, n);
    if (!keys)
        return;
    json_object_foreach(f->metadata, key, value) keys[i++] = key;
    qsort(keys, n, sizeof *keys, by_text);
    for (i = 0; i < n; i++) {
        feed_text(h, keys[i]);
        feed_text(h, json_string_value(json_object_get(f->metadata, keys[i])));
    }
    free(keys);
}

void idc_safetensors_fingerprint(const idc_safetensors *file, char hex[33])
{
    XXH3_state_t *h = XXH3_createState();
    memset(hex, '0', 32);
    hex[32] = '\0';
    if (!h)
        return;
    XXH3_128bits_reset(h);
    feed_metadata(h, file);
    feed_number(h, file->size);
    for (size_t i = 0; i < file->size; i++) {
        const idc_safetensor *t = file->by_name[i];
        feed_text(h, t->name);
        feed_text(h, idc_dtype_safetensors(t->dtype));
        feed_number(h, (uint64_t)t->ndim);
        for (int d = 0; d < t->ndim; d++)
            feed_number(h, (uint64_t)t->shape[d]);
        XXH3_128bits_update(h, t->data, t->bytes);
    }
    XXH128_canonical_t digest;
    XXH128_canonicalFromHash(&digest, XXH3_128bits_digest(h));
    XXH3_freeState(h);
    for (int i = 0; i < 16; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest.digest[i]);
}

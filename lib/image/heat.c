/* heat.c: see heat.h. */
#include "image/heat.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define MAX_CELLS 1024 /* of a side */

static bool function_word(const char *word)
{
    static const char *const words[] = {"a",     "an",  "and",  "are",  "at",   "be",   "been",
                                        "by",    "for", "from", "has",  "have", "in",   "is",
                                        "it",    "its", "of",   "on",   "or",   "that", "the",
                                        "there", "to",  "was",  "were", "with"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

/* Adds one picture's rows to the cells of a side. The first map says how large all of them are. */
static int add_rows(idc_heat *heat, const json_t *rows, int side)
{
    size_t high = json_array_size(rows), wide = json_array_size(json_array_get(rows, 0));
    if (high < 1 || wide < 1 || high > MAX_CELLS || wide > MAX_CELLS)
        return IDC_E_INVALID;
    if (!heat->cells) {
        heat->rows = (int)high;
        heat->columns = (int)wide;
        heat->cells = calloc(2 * high * wide, sizeof *heat->cells);
        if (!heat->cells)
            return IDC_E_MEMORY;
    }
    if (high != (size_t)heat->rows || wide != (size_t)heat->columns)
        return IDC_E_INVALID;
    for (size_t y = 0; y < high; y++)
        for (size_t x = 0; x < wide; x++) {
            const json_t *v = json_array_get(json_array_get(rows, y), x);
            double value = json_number_value(v);
            if (!json_is_number(v) || !(value >= 0.0 && value <= 1.0))
                return IDC_E_INVALID;
            heat->cells[((size_t)side * high + y) * wide + x] += (float)value;
        }
    return 0;
}

static void scale(idc_heat *heat)
{
    int n = 2 * heat->rows * heat->columns;
    float low = heat->cells[0], high = low;
    for (int i = 1; i < n; i++) {
        low = heat->cells[i] < low ? heat->cells[i] : low;
        high = heat->cells[i] > high ? heat->cells[i] : high;
    }
    for (int i = 0; i < n; i++)
        heat->cells[i] = high > low ? (heat->cells[i] - low) / (high - low) : 0.0f;
}

int idc_heat_read(idc_heat *heat, const json_t *list, const char *word, idc_error *err)
{
    int rc = json_is_array(list) ? 0 : IDC_E_INVALID, found = 0;
    *heat = (idc_heat){0};
    for (size_t i = 0; rc == 0 && i < json_array_size(list) && !(word && found); i++) {
        const json_t *map = json_array_get(list, i);
        const char *name = json_string_value(json_object_get(map, "word"));
        if (!name)
            rc = IDC_E_INVALID;
        else if (word ? strcmp(word, name) != 0 : function_word(name))
            continue;
        if (rc == 0)
            rc = add_rows(heat, json_object_get(map, "before"), 0);
        if (rc == 0)
            rc = add_rows(heat, json_object_get(map, "after"), 1);
        found++;
    }
    if (rc < 0) {
        idc_heat_free(heat);
        return idc_fail(err, rc, "\"map\" is no list of words with maps of one size");
    }
    if (found && !word)
        scale(heat);
    return found > 0;
}

void idc_heat_free(idc_heat *heat)
{
    free(heat->cells);
    *heat = (idc_heat){0};
}

/* The cells below and above a position, and how far it is from the one to the other. */
struct between {
    int low, high;
    float share;
};

static struct between place(int pixel, int pixels, int cells)
{
    float at = ((float)pixel + 0.5f) * (float)cells / (float)pixels - 0.5f;
    at = at < 0.0f ? 0.0f : at > (float)(cells - 1) ? (float)(cells - 1) : at;
    int low = (int)at;
    return (struct between){low, low + 1 < cells ? low + 1 : low, at - (float)low};
}

void idc_heat_draw(idc_image *img, const idc_heat *heat, int side)
{
    const float *cells = heat->cells + (size_t)side * (size_t)heat->rows * (size_t)heat->columns;
    for (int y = 0; y < img->height; y++) {
        struct between v = place(y, img->height, heat->rows);
        const float *above = cells + v.low * heat->columns, *below = cells + v.high * heat->columns;
        unsigned char *p = img->rgb + (size_t)y * (size_t)img->width * 3;
        for (int x = 0; x < img->width; x++, p += 3) {
            struct between u = place(x, img->width, heat->columns);
            float upper = above[u.low] + u.share * (above[u.high] - above[u.low]);
            float lower = below[u.low] + u.share * (below[u.high] - below[u.low]);
            float warm = upper + v.share * (lower - upper), cover = 0.7f * warm;
            float colour[3] = {255.0f, warm > 0.5f ? 510.0f * (warm - 0.5f) : 0.0f, 0.0f};
            for (int k = 0; k < 3; k++)
                p[k] = (unsigned char)((float)p[k] + cover * (colour[k] - (float)p[k]) + 0.5f);
        }
    }
}

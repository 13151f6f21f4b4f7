/* caption_map.c: see caption_map.h. */
#include "model/caption_map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "model/word_map.h"

struct idc_caption_map {
    const idc_model *model;
    idc_tape *probe;
    int block, grid[2], cells;
    float *heat;  /* [max_length,2 cells] */
    int32_t *ids; /* [max_length]: BOS and the words */
    int words;
};

int idc_caption_map_new(idc_caption_map **out, const idc_model *model, int block, idc_error *err)
{
    const idc_network_config *c = &model->config.network;
    *out = NULL;
    if (block < -c->cross_blocks || block >= c->cross_blocks)
        return idc_fail(err, IDC_E_RANGE, "word maps: block %d of %d is not there", block + 1,
                        c->cross_blocks);
    idc_caption_map *m = calloc(1, sizeof *m);
    if (!m)
        return idc_fail(err, IDC_E_MEMORY, "word maps: no memory");
    m->model = model;
    m->block = block;
    m->cells = idc_network_cells(c, &m->grid[0], &m->grid[1]);
    size_t rows = (size_t)c->max_length;
    m->heat = malloc(rows * 2 * (size_t)m->cells * sizeof *m->heat);
    m->ids = malloc(rows * sizeof *m->ids);
    m->probe = idc_tape_new(IDC_TAPE_PROBE, err);
    if (!m->heat || !m->ids || !m->probe) {
        idc_caption_map_free(&m);
        return idc_fail(err, IDC_E_MEMORY, "word maps: no memory");
    }
    *out = m;
    return 0;
}

void idc_caption_map_free(idc_caption_map **m)
{
    if (!*m)
        return;
    if ((*m)->probe)
        idc_tape_free(&(*m)->probe);
    free((*m)->heat);
    free((*m)->ids);
    free(*m);
    *m = NULL;
}

int idc_caption_map_look(idc_caption_map *m, const float *tokens, const idc_sentence *s,
                         idc_error *err)
{
    int n = 1;
    while (n < s->length && s->ids[n] != IDC_EOS)
        n++;
    memcpy(m->ids, s->ids, (size_t)n * sizeof *m->ids);
    m->words = n - 1;
    if (n < 2)
        return 0;
    return idc_word_maps(m->model->network, m->probe, tokens, &(idc_spoken){m->ids, n, m->block},
                         m->heat, err);
}

int idc_caption_map_count(const idc_caption_map *m)
{
    return m->words;
}

/* Heat of word i in picture `side`, [rows,columns]. */
static const float *heat_of(const idc_caption_map *m, int i, int side)
{
    return m->heat + (size_t)(2 * i + side) * (size_t)m->cells;
}

static const char *word_of(const idc_caption_map *m, int i)
{
    return idc_vocabulary_word(m->model->config.vocabulary, m->ids[i + 1]);
}

int idc_caption_map_record(const idc_caption_map *m, int i, const char *id, idc_record **record,
                           idc_error *err)
{
    static const char *const sides[] = {"before", "after"};
    idc_record *r = *record = idc_record_new("map");
    int rc = r ? idc_record_set_string(r, "id", id) : IDC_E_MEMORY;
    if (rc == 0)
        rc = idc_record_set_string(r, "word", word_of(m, i));
    if (rc == 0)
        rc = idc_record_set_int(r, "index", i);
    for (int k = 0; rc == 0 && k < 2; k++) {
        idc_array a = {IDC_DTYPE_F32, 2, {m->grid[0], m->grid[1]}, heat_of(m, i, k)};
        rc = idc_record_set_array(r, sides[k], &a);
    }
    if (rc < 0)
        idc_record_free(record);
    return rc < 0 ? idc_fail(err, rc, "word maps: no memory") : 0;
}

static json_t *rows_json(const float *heat, const int grid[2])
{
    json_t *rows = json_array();
    for (int y = 0; y < grid[0]; y++) {
        json_t *row = json_array();
        for (int x = 0; x < grid[1]; x++)
            json_array_append_new(
                row, json_real(round((double)heat[y * grid[1] + x] * 1000.0) / 1000.0));
        json_array_append_new(rows, row);
    }
    return rows;
}

char *idc_caption_map_json(const idc_caption_map *m)
{
    json_t *list = json_array();
    for (int i = 0; i < m->words; i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:i, s:o, s:o}", "word", word_of(m, i), "index", i,
                                        "before", rows_json(heat_of(m, i, 0), m->grid), "after",
                                        rows_json(heat_of(m, i, 1), m->grid)));
    char *json = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    return json;
}

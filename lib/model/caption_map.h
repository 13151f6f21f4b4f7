/* caption_map.h: the word maps of the sentence that was said last, as records or as JSON (schemas/map.md).
 *
 *     idc_caption_map *m;
 *     idc_caption_map_new(&m, model, -1, &err);
 *     idc_caption_map_look(m, tokens, &sentence, &err);
 *     for (int i = 0; i < idc_caption_map_count(m); i++)
 *         idc_caption_map_record(m, i, "pair-7", &record, &err);    // or all at once: idc_caption_map_json(m)
 */
#ifndef IDC_MODEL_CAPTION_MAP_H
#define IDC_MODEL_CAPTION_MAP_H

#include "model/decode.h"
#include "model/model_file.h"
#include "wire/record.h"

typedef struct idc_caption_map idc_caption_map;

/* block: of the cross-modal encoder, from 0; −1 is the last. IDC_E_RANGE where the model has no such block. The model
 * outlives the maps. */
int idc_caption_map_new(idc_caption_map **m, const idc_model *model, int block, idc_error *err);
void idc_caption_map_free(idc_caption_map **m);
/* tokens [M,d] of the pair; the words up to <EOS> are looked at. */
int idc_caption_map_look(idc_caption_map *m, const float *tokens, const idc_sentence *s,
                         idc_error *err);
int idc_caption_map_count(const idc_caption_map *m); /* words of the sentence */
/* A new record `map` of word i. */
int idc_caption_map_record(const idc_caption_map *m, int i, const char *id, idc_record **record,
                           idc_error *err);
/* [{"word", "index", "before": [[…], …], "after": [[…], …]}, …] with three decimals; malloc'ed, NULL without memory. */
char *idc_caption_map_json(const idc_caption_map *m);

#endif

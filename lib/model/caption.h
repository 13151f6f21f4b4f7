/* caption.h: diff records to caption records.
 *
 *     idc_captioner *c;
 *     idc_captioner_new(&c, model, &options, &err);
 *     idc_captioner_say(c, diff, &caption, &err);
 *     char *line = idc_caption_json(caption);          // a line of JSON, for people and jq
 *
 * A caption is the diff record without its tensors (id, before, after, size, change, domain and fields of others pass
 * through), with
 *     text, logprob   the best sentence and the natural logarithm of its probability; of a diff whose `changed` is false,
 *                     the model's sentence for no change, without logprob, nbest and map: the decoder does not run,
 *                     unless words are required or forbidden
 *     nbest           [{"text", "logprob"}, …], best first, when more than one sentence is asked for
 *     map             with IDC_MAPS_FIELD: where each word of the best sentence looks, as idc_caption_map_json says
 *     guess           the type of change that the helper head finds likeliest, of models that have it
 *     box_before, box_after   [x0, y0, x1, y1] in pixels of the sources around where the pointer lies; null where it
 *                     lies nowhere or `changed` is false; absent where the diff has no pointer or no size
 */
#ifndef IDC_MODEL_CAPTION_H
#define IDC_MODEL_CAPTION_H

#include <stdio.h>

#include "model/caption_map.h"
#include "model/decode.h"
#include "model/model_file.h"
#include "wire/record.h"

typedef struct idc_captioner idc_captioner;

#define IDC_MAX_MAP_BLOCK 32
enum idc_maps { IDC_MAPS_NONE, IDC_MAPS_FIELD, IDC_MAPS_RECORDS };

typedef struct idc_caption_options {
    idc_decode_options
        decode; /* beam is raised to `sentences`; each pair has its own stream of random numbers */
    int sentences; /* 1: the best one only */
    enum idc_maps maps;
    bool tokens;   /* captions keep the diff's tokens, for idc_rerank */
    int map_block; /* of the cross-modal encoder, from 0; −1 is the last */
} idc_caption_options;

/* The model has IDC_MODEL_NETWORK and outlives the captioner. */
int idc_captioner_new(idc_captioner **c, const idc_model *m, const idc_caption_options *options,
                      idc_error *err);
void idc_captioner_free(idc_captioner **c);
int idc_captioner_say(idc_captioner *c, const idc_record *diff, idc_record **caption,
                      idc_error *err);
/* A new caption with what the diff says, without its tensors but for tokens (if `tokens`), and with boxes; the text is to come. */
int idc_caption_begin(idc_record **caption, const idc_record *diff, bool tokens, idc_error *err);
/* Captions so far that the decoder found, and those of unchanged pairs that needed none. */
void idc_captioner_counts(const idc_captioner *c, uint64_t *decoded, uint64_t *unchanged);
/* With IDC_MAPS_FIELD or IDC_MAPS_RECORDS: the maps of the latest caption; NULL when it was said without the decoder. */
const idc_caption_map *idc_captioner_maps(const idc_captioner *c);
/* A caption as one line of JSON without its newline, `kind` being the guess; an error record as {"id": …, "error": …}.
 * malloc'ed, NULL without memory. The record is changed. */
char *idc_caption_json(idc_record *r);

/* The same with its newline. IDC_E_CLOSED when nobody reads `to` any more. */
int idc_caption_print(idc_record *r, FILE *to, idc_error *err);

/* The box of a map [rows,columns] of probabilities over a picture: the cells around the likeliest one that are joined to
 * it and have at least a fifth of its mass. False when the map's sum is below ½. */
bool idc_pointer_box(double box[4], const float *map, const int grid[2], const double size[2]);

#endif

/* config.h: what a model file's configuration says (docs/model.md), and vocabularies of words. */
#ifndef IDC_MODEL_CONFIG_H
#define IDC_MODEL_CONFIG_H

#include <stdbool.h>

#include "base/error.h"
#include "tensor/ops.h"
#include "text/vocabulary.h"

enum idc_projection { IDC_PROJECTION_LINEAR, IDC_PROJECTION_SIGMOID };
enum idc_position { IDC_POSITION_DOUBLED, IDC_POSITION_STANDARD, IDC_POSITION_FOURIER };
enum idc_caption_task { IDC_CAPTION_UNMASK, IDC_CAPTION_NEXT };

typedef struct idc_matching_config {
    int heads, reduce, hidden; /* heads 0: no matching layer */
} idc_matching_config;

typedef struct idc_network_config {
    int width, heads, feed_forward;
    int single_blocks, pair_blocks, cross_blocks;
    int feature; /* F: numbers a cell of the encoder's output */
    int grid[2]; /* rows, columns of the encoder's output */
    int pool;    /* 2, or 0 for none */
    int max_length, words, types;
    int itc; /* numbers of a pair's and of a text's embedding (embed.h); 0: none */
    float dropout;
    enum idc_projection projection;
    enum idc_position position;
    enum idc_norm_form norm;
    enum idc_caption_task caption;
    idc_matching_config matching;
    bool helper_heads, tied_output;
    bool fda; /* CLS3 was trained to tell the true sentence from false ones */
} idc_network_config;

typedef struct idc_input_config {
    int size[2];     /* width, height */
    char filter[16]; /* bicubic, bilinear, box */
    float mean[3], scale[3];
} idc_input_config;

typedef struct idc_encoder_config {
    char kind[24]; /* cnn or one of idc_encoder_kinds (encoder/encoder.h) */
    int widths[4]; /* cnn */
    int stage;     /* of the others */
} idc_encoder_config;

#define IDC_MAX_TYPES 16
#define IDC_NO_CHANGE_SIZE 200
typedef struct idc_model_config {
    char name[64];
    idc_input_config input;
    idc_encoder_config encoder;
    idc_network_config network;
    char types[IDC_MAX_TYPES][24];
    double temperature, none_bias; /* calibration of the change probability */
    double domain_threshold;
    char no_change[IDC_NO_CHANGE_SIZE]; /* the sentence of pairs that did not change; "": none */
    idc_vocabulary *vocabulary;         /* owned */
} idc_model_config;

/* Parses the JSON of a model file or of a configuration for training; every size is checked against limits and against
 * the others. `name` is for messages. */
int idc_model_config_parse(idc_model_config *config, const char *json, const char *name,
                           idc_error *err);
/* The same as JSON text (malloc'ed). */
char *idc_model_config_print(const idc_model_config *config);
void idc_model_config_fini(idc_model_config *config);

/* Cells after pooling; rows and columns of that grid. */
int idc_network_cells(const idc_network_config *c, int *rows, int *columns);

#endif

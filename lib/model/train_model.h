/* train_model.h: what is trained: a configuration with the parameters of its encoder and network.
 *
 *     idc_train_model m;
 *     idc_train_model_new(&m, &(idc_train_start){.config = "model.json", .init = "encoder.safetensors", …}, &err);
 *     idc_train_model_fini(&m);
 */
#ifndef IDC_MODEL_TRAIN_MODEL_H
#define IDC_MODEL_TRAIN_MODEL_H

#include "encoder/encoder.h"
#include "model/data.h"
#include "model/network.h"
#include "model/pretrain.h"
#include "model/train_settings.h"
#include "model/twin.h"
#include "tensor/safetensors.h"

typedef struct idc_train_model {
    idc_model_config config;
    idc_params *params;
    idc_encoder *encoder;
    idc_network *network;   /* NULL in the encoder's stage */
    idc_twin *twin;         /* of the network; NULL where nothing is learned from it */
    idc_pretrain *pretrain; /* NULL in other stages, but for coca's hidden cells */
} idc_train_model;

typedef struct idc_train_start {
    enum idc_train_stage stage;
    const char *config; /* JSON file with the sizes (docs/model.md); NULL: those of `init` */
    const char
        *init; /* model or checkpoint whose tensors are taken over by name; NULL: all fresh */
    const char *
        encoder; /* model or weights file of the encoder's own family, for the encoder alone; or NULL */
    const char *
        vocabulary; /* JSON list of words; NULL: that of `init` when it has a network, else built from the data */
    const idc_dataset *data;
    const idc_train_settings *settings; /* of stage pretrain: outlive the model */
    bool plain;                         /* only plain sentences are taught */
    bool twin;                          /* a twin is made as well */
    bool embeds;                        /* a network without the head of embed.h gets one */
    uint64_t seed;                      /* of fresh parameters */
} idc_train_start;

/* Tensors of `init` with another shape than the configuration's are refused by name; those it lacks start fresh. */
int idc_train_model_new(idc_train_model *m, const idc_train_start *start, idc_error *err);
void idc_train_model_fini(idc_train_model *m);
/* Copies the tensors of the file that params has (f32, f16, bf16); *missing counts those the file lacks. A "model.pooler" of
 * another shape, as pre-training elsewhere leaves it behind, counts as missing. */
int idc_train_load(idc_params *params, const idc_safetensors *file, const char *name,
                   size_t *missing, idc_error *err);
/* The name of the first parameter whose values (or gradients) are not all finite; NULL when all are. */
const char *idc_train_first_bad(const idc_params *params, bool gradients);

#endif

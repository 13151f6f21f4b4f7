/* model_file.h: model files (docs/model.md): finding, reading with every tensor checked, writing.
 *
 *     idc_model *m;
 *     idc_model_open(&m, NULL, IDC_MODEL_NETWORK, &err);       // NULL: the default model
 *     idc_network_pair(m->network, tape, before, after, &out);
 *     idc_model_close(&m);
 */
#ifndef IDC_MODEL_MODEL_FILE_H
#define IDC_MODEL_MODEL_FILE_H

#include "encoder/encoder.h"
#include "model/network.h"

enum { IDC_MODEL_ENCODER = 1, IDC_MODEL_NETWORK = 2 };

typedef struct idc_model {
    idc_model_config config;
    char path[512];
    char fingerprint[33];         /* of the whole file: configuration and tensors */
    char encoder_fingerprint[33]; /* idc_encoder_fingerprint; "" where the file has no encoder */
    idc_params *params;           /* f32, without gradients */
    idc_encoder *encoder;         /* NULL unless asked for */
    idc_network *network;         /* NULL unless asked for */
    idc_tensor *domain_mean, *domain_inverse_deviation; /* [F], or NULL where the file has none */
} idc_model;

/* Where the model is: `given` (-m) if not NULL, else $IDC_MODEL, else default.safetensors in share/idc/models or in
 * pipelines/models beside the tree of the running program. IDC_E_MISSING names what was looked at. */
int idc_model_find(char *path, size_t size, const char *given, idc_error *err);
/* Reads the parts (IDC_MODEL_…) of the file that idc_model_find finds. Every parameter of a part must be there with the
 * configuration's shape, in f32, f16 or bf16, finite; the encoder's are read for its fingerprint in any case. */
int idc_model_open(idc_model **m, const char *given, unsigned parts, idc_error *err);
void idc_model_close(idc_model **m);

/* The encoder's specification as the configuration has it. */
void idc_model_encoder_spec(idc_encoder_spec *spec, const idc_model_config *config);

typedef struct idc_model_content {
    const idc_model_config *config;
    const idc_params *params; /* all of them are written */
    const char *training;     /* JSON: commands, seeds, results; NULL for none */
    const float *domain_mean, *domain_inverse_deviation; /* [feature] or NULL */
    bool half; /* f16 instead of f32, but for running statistics and domain.* */
} idc_model_content;

/* Writes a model file whole or not at all. IDC_E_RANGE where a number is too large for f16. */
int idc_model_write(const char *path, const idc_model_content *content, idc_error *err);

#endif

#include "model/train_model.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/embed.h"
#include "encoder/weights.h"
#include "model/model_file.h"
#include "model/train_source.h"
#include "model/train_contrast.h"

static int read_config(idc_train_model *m, const idc_train_start *start,
                       const idc_safetensors *init, idc_error *err)
{
    const char *inside = init != NULL ? idc_safetensors_metadata(init, "config") : NULL;
    if (start->config == NULL && inside == NULL)
        return idc_fail(err, IDC_E_MISSING, "%s: no configuration in it, and none given (--model)",
                        start->init != NULL ? start->init : "model");
    if (start->config == NULL)
        return idc_model_config_parse(&m->config, inside, start->init, err);
    json_error_t bad;
    json_t *root = json_load_file(start->config, JSON_REJECT_DUPLICATES, &bad);
    if (root == NULL)
        return idc_fail(err, IDC_E_INVALID, "%s: %s (line %d)", start->config, bad.text, bad.line);
    char *text = json_dumps(root, 0);
    json_decref(root);
    if (text == NULL)
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", start->config);
    int rc = idc_model_config_parse(&m->config, text, start->config, err);
    free(text);
    return rc;
}

static int read_words(idc_vocabulary **v, const char *path, idc_error *err)
{
    json_error_t bad;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &bad);
    if (root == NULL)
        return idc_fail(err, IDC_E_INVALID, "%s: %s (line %d)", path, bad.text, bad.line);
    size_t n = json_array_size(root);
    const char **words = calloc(n + 1, sizeof *words);
    int rc = words == NULL ? idc_fail(err, IDC_E_MEMORY, "%s: no memory", path) : 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        if ((words[i] = json_string_value(json_array_get(root, i))) == NULL)
            rc = idc_fail(err, IDC_E_INVALID, "%s: word %zu is not text", path, i);
    if (rc == 0)
        rc = idc_vocabulary_new(v, words, n, err);
    free(words);
    json_decref(root);
    return rc;
}

/* The words of a file that has a network, else NULL. */
static int init_words(idc_vocabulary **v, const idc_safetensors *init, const char *name,
                      idc_error *err)
{
    bool has_network =
        init != NULL && idc_safetensors_find(init, "model.word_embedding.weight") != NULL;
    const char *inside = has_network ? idc_safetensors_metadata(init, "config") : NULL;
    idc_model_config config;
    int rc = inside != NULL ? idc_model_config_parse(&config, inside, name, err) : 1;
    if (rc != 0)
        return rc < 0 ? rc : 0;
    *v = config.vocabulary;
    config.vocabulary = NULL;
    idc_model_config_fini(&config);
    return 0;
}

/* A row of word embeddings means the word of its number: another list would teach other words by old names. */
static int compare_words(const idc_vocabulary *list, const idc_vocabulary *inside,
                         const idc_train_start *start, idc_error *err)
{
    size_t n = idc_vocabulary_size(list), m = idc_vocabulary_size(inside);
    for (size_t i = 0; i < n && i < m; i++) {
        const char *a = idc_vocabulary_word(list, (int)i), *b = idc_vocabulary_word(inside, (int)i);
        if (strcmp(a, b) != 0)
            return idc_fail(err, IDC_E_MISMATCH, "%s: word %zu is '%s', but '%s' in %s",
                            start->vocabulary, i, a, b, start->init);
    }
    if (n != m)
        return idc_fail(err, IDC_E_MISMATCH, "%s: has %zu words, %s has %zu", start->vocabulary, n,
                        start->init, m);
    return 0;
}

static int set_vocabulary(idc_train_model *m, const idc_train_start *start,
                          const idc_safetensors *init, idc_error *err)
{
    idc_vocabulary *of_data = NULL, *given = NULL, *inside = NULL;
    int rc = idc_dataset_vocabulary(start->data, start->plain, &of_data, err);
    if (rc == 0)
        rc = init_words(&inside, init, start->init, err);
    if (rc == 0 && start->vocabulary != NULL)
        rc = read_words(&given, start->vocabulary, err);
    if (rc == 0 && given != NULL && inside != NULL)
        rc = compare_words(given, inside, start, err);
    if (given == NULL) {
        given = inside;
        inside = NULL;
    }
    if (rc == 0 && given != NULL) /* a word that the vocabulary lacks could never be learned */
        rc = idc_dataset_check_words(start->data, start->plain, given,
                                     start->vocabulary != NULL ? start->vocabulary : start->init,
                                     err);
    if (rc == 0) {
        idc_vocabulary_free(&m->config.vocabulary);
        m->config.vocabulary = given != NULL ? given : of_data;
        of_data = given != NULL ? of_data : NULL;
        given = NULL;
        m->config.network.words = (int)idc_vocabulary_size(m->config.vocabulary);
    }
    idc_vocabulary_free(&given);
    idc_vocabulary_free(&inside);
    idc_vocabulary_free(&of_data);
    return rc;
}

/* What the model will say of pairs that did not change; a file without a sentence in the data keeps its own. */
static int set_no_change(idc_train_model *m, const idc_train_start *start, idc_error *err)
{
    char found[sizeof m->config.no_change];
    int rc = idc_dataset_no_change(start->data, start->plain, found, sizeof found, err);
    if (rc == 0 && found[0])
        memcpy(m->config.no_change, found, sizeof found);
    return rc;
}

static bool same_shape(const idc_tensor *to, const idc_safetensor *from)
{
    return from->ndim == to->ndim &&
           memcmp(from->shape, to->shape, (size_t)to->ndim * sizeof *to->shape) == 0;
}

static int copy_tensor(idc_tensor *to, const idc_safetensor *from, const char *name, idc_error *err)
{
    if (!same_shape(to, from))
        return idc_fail(err, IDC_E_MISMATCH,
                        "%s: '%s' has another shape than the configuration wants", name, to->name);
    size_t n = (size_t)idc_tensor_count(to);
    if (from->dtype == IDC_DTYPE_F32)
        memcpy(to->data, from->data, n * sizeof(float));
    else if (from->dtype == IDC_DTYPE_F16)
        idc_f16_to_f32(to->data, from->data, n);
    else if (from->dtype == IDC_DTYPE_BF16)
        idc_bf16_to_f32(to->data, from->data, n);
    else
        return idc_fail(err, IDC_E_MISMATCH, "%s: '%s' has type %s", name, to->name,
                        idc_dtype_safetensors(from->dtype));
    to->version++;
    return 0;
}

int idc_train_load(idc_params *params, const idc_safetensors *file, const char *name,
                   size_t *missing, idc_error *err)
{
    *missing = 0;
    for (size_t i = 0; i < idc_params_size(params); i++) {
        idc_tensor *to = idc_params_at(params, i);
        const idc_safetensor *from = idc_safetensors_find(file, to->name);
        if (from != NULL && strncmp(to->name, "model.pooler.", 13) == 0 && !same_shape(to, from))
            from = NULL;
        int rc = from != NULL ? copy_tensor(to, from, name, err) : 0;
        if (rc < 0)
            return rc;
        *missing += from == NULL;
    }
    return 0;
}

const char *idc_train_first_bad(const idc_params *params, bool gradients)
{
    for (size_t i = 0; i < idc_params_size(params); i++) {
        const idc_tensor *x = idc_params_at(params, i);
        const float *v = gradients ? x->grad : x->data;
        int64_t n = v != NULL ? idc_tensor_count(x) : 0;
        for (int64_t k = 0; k < n; k++)
            if (!isfinite(v[k]))
                return x->name;
    }
    return NULL;
}

static int make_parts(idc_train_model *m, const idc_train_start *start, idc_error *err)
{
    idc_encoder_spec spec;
    idc_model_encoder_spec(&spec, &m->config);
    m->params = idc_params_new();
    if (m->params == NULL)
        return idc_fail(err, IDC_E_MEMORY, "model: no memory");
    int rc = idc_encoder_new(&m->encoder, &spec, m->params, start->seed + 1, err);
    if (rc == 0 && start->stage != IDC_STAGE_ENCODER)
        rc = idc_network_new(&m->network, &m->config.network, m->params, start->seed + 2, err);
    const idc_train_source *source = idc_dataset_source(start->data);
    bool hides = start->settings != NULL && idc_contrast_hides(start->settings);
    bool aligns = start->stage == IDC_STAGE_FINETUNE && start->settings != NULL &&
                  start->settings->ratio[IDC_TASK_FDA] > 0;
    if (rc == 0 && (start->stage == IDC_STAGE_PRETRAIN || hides || aligns))
        rc = idc_pretrain_new(&m->pretrain,
                              &(idc_pretrain_options){.settings = start->settings,
                                                      .also = hides ? 1u << IDC_TASK_MVCL : 0,
                                                      .classes = source ? source->classes : 0,
                                                      .vocabulary = m->config.vocabulary,
                                                      .network = m->network},
                              m->params, err);
    return rc;
}

/* All of the encoder from a file of its own. */
static int load_encoder(idc_train_model *m, const char *path, idc_error *err)
{
    idc_safetensors *file;
    int rc = idc_safetensors_open(&file, path, err);
    if (rc < 0)
        return rc;
    rc = idc_encoder_load(m->encoder, file, path, err);
    idc_safetensors_close(&file);
    return rc;
}

int idc_train_model_new(idc_train_model *m, const idc_train_start *start, idc_error *err)
{
    idc_safetensors *init = NULL;
    size_t missing;
    memset(m, 0, sizeof *m);
    int rc = start->init != NULL ? idc_safetensors_open(&init, start->init, err) : 0;
    if (rc == 0)
        rc = read_config(m, start, init, err);
    if (rc == 0 && start->stage != IDC_STAGE_ENCODER && start->embeds && m->config.network.itc == 0)
        m->config.network.itc = IDC_EMBED_WIDTH;
    if (rc == 0 && start->stage != IDC_STAGE_ENCODER)
        rc = set_vocabulary(m, start, init, err);
    if (rc == 0 && start->stage != IDC_STAGE_ENCODER)
        rc = set_no_change(m, start, err);
    if (rc == 0)
        rc = make_parts(m, start, err);
    if (rc == 0 && init != NULL)
        rc = idc_train_load(m->params, init, start->init, &missing, err);
    if (rc == 0 && start->twin && m->network != NULL)
        rc = idc_twin_new(&m->twin, &m->config.network, m->params, err);
    if (rc == 0 && m->twin != NULL && m->pretrain != NULL)
        idc_pretrain_follow(m->pretrain, idc_twin_network(m->twin));
    if (rc == 0 && init != NULL && missing == idc_params_size(m->params))
        rc = idc_fail(err, IDC_E_MISMATCH, "%s: not one tensor of the model is in it", start->init);
    if (rc == 0 && start->encoder != NULL)
        rc = load_encoder(m, start->encoder, err);
    idc_safetensors_close(&init);
    if (rc < 0)
        idc_train_model_fini(m);
    return rc;
}

void idc_train_model_fini(idc_train_model *m)
{
    idc_pretrain_free(&m->pretrain);
    idc_twin_free(&m->twin);
    idc_network_free(&m->network);
    idc_encoder_free(&m->encoder);
    idc_params_free(&m->params);
    idc_model_config_fini(&m->config);
    memset(m, 0, sizeof *m);
}

/* objective.h: contrastive objectives: losses that bring the vector of a pair of pictures and that of its sentence together,
 * and hold others apart. A row each in objective.c, a file each (objective_NAME.c, with formula and source).
 *
 *     idc_objective_options o;
 *     idc_objective_defaults(&o);                                        // infonce, learned temperature
 *     idc_objective_input in = {.items = B, .width = D, .captions = 1, .log_scale = log(1 / 0.07),
 *                               .vector = {[IDC_VECTOR_PAIR] = a, [IDC_VECTOR_TEXT] = b}};
 *     idc_objective_result r = {.gradient = {[IDC_VECTOR_PAIR] = da, [IDC_VECTOR_TEXT] = db}};
 *     idc_objective_compute(&o, &in, &r, &err);                          // r.loss, da, db, r.log_scale
 *
 * Everything is computed in double precision, in an order that does not depend on threads. What all have in common: a
 * temperature; finite values for one pair; an anchor without a negative counts 0; the order of the pairs does not matter
 * (symile's draws apart, which follow from seed and step). objective_tape.h puts one on a tape.
 */
#ifndef IDC_MODEL_OBJECTIVE_H
#define IDC_MODEL_OBJECTIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Rows of unit length, D numbers each. Those from TWIN on are constants. */
enum idc_vector {
    IDC_VECTOR_PAIR,   /* [B]: pair of pictures */
    IDC_VECTOR_TEXT,   /* [B·K]: sentences, those of pair i from row i·K on */
    IDC_VECTOR_BEFORE, /* [B]: each picture of the pair … */
    IDC_VECTOR_AFTER,
    IDC_VECTOR_ABSENT,        /* [B]: the pair with all its cells hidden … */
    IDC_VECTOR_CONTRARY,      /* … a pair that differs in what the sentence says … */
    IDC_VECTOR_CONTRARY_TEXT, /* … and the sentence of that one */
    IDC_VECTOR_TWIN_PAIR,     /* [B], [B·K]: of the twin, the moving average of the network */
    IDC_VECTOR_TWIN_TEXT,
    IDC_VECTOR_LOCAL_PAIR, /* [B·locals[0]], [B·locals[1]]: the twin's parts of pair and of sentence */
    IDC_VECTOR_LOCAL_TEXT,
    IDC_VECTORS
};
#define IDC_VECTORS_TRAINED IDC_VECTOR_TWIN_PAIR
#define IDC_VECTOR_BIT(v) (1u << (v))
#define IDC_NEEDS_ALIKE (1u << 16)    /* input.alike */
#define IDC_TAKES_CAPTIONS (1u << 17) /* may have several sentences a pair */

typedef struct idc_objective_input {
    int items, width, captions;        /* B, D, K */
    const double *vector[IDC_VECTORS]; /* NULL: not there */
    int locals[2];                     /* parts of a pair, of a sentence */
    const int32_t *local_words;        /* [B]: how many parts of a sentence are words; NULL: all */
    const int32_t *sentence; /* [B·K]: equal numbers for equal sentences; NULL: all differ */
    const double *alike;     /* [B,B]: 0 … 1, how alike two sentences are */
    double log_scale;        /* log(1/τ) of objectives that learn it */
    uint64_t seed, step;     /* of what is drawn */
} idc_objective_input;

typedef struct idc_objective_result {
    double loss;
    double *gradient[IDC_VECTORS_TRAINED]; /* as the inputs, overwritten; NULL: not wanted */
    double log_scale;                      /* d loss / d log(1/τ); 0 where τ is given */
} idc_objective_result;

/* All numbers are doubles so that one table describes them (idc_objective_option). */
typedef struct idc_objective_options {
    double objective; /* its row */
    double tau;       /* 0: the objective's own */
    double focal;     /* γ of the focal factor */
    double distill;   /* share of the twin's softmax in the targets */
    double momentum;  /* of the twin: twin ← momentum · twin + (1 − momentum) · network */
    double ramp;      /* steps over which `distill` rises to its value; 0: from the start */
    double dedup;     /* enum idc_dedup */
    double captions;  /* onetok, cacr: sentences of a pair */
    double same;      /* dcl, dclw: negatives of the anchor's own side too */
    double sigma;     /* dclw */
    double attach;    /* dclw, cacr: gradients go through the weights */
    double attract, repel, rbf; /* cacr */
    double all;                 /* symile: every candidate, none drawn */
    double contrary;            /* svco: enum idc_contrary */
    double words, cells, ratio; /* coca */
} idc_objective_options;

/* The contrary pair of svco: the pictures in the other order, or the picture before twice. */
enum idc_contrary { IDC_CONTRARY_SWAPPED, IDC_CONTRARY_STILL };

enum idc_dedup { IDC_DEDUP_OFF, IDC_DEDUP_DROP, IDC_DEDUP_SHARE };

typedef struct idc_objective_call idc_objective_call;

typedef struct idc_objective {
    const char *name, *help;
    int (*compute)(const idc_objective_call *c, idc_error *err);
    unsigned needs; /* IDC_VECTOR_BIT of vectors, beside those of pair and text, and IDC_NEEDS_… */
    double tau;     /* where none is given; 0: learned */
    double distill;      /* where it is chosen by its name alone */
    const char *options; /* names of those it takes, a space around each */
} idc_objective;

const idc_objective *idc_objectives(size_t *n);
/* −1 when there is no such objective. */
int idc_objective_from_name(const char *name);
void idc_objective_defaults(idc_objective_options *o);
/* NAME[:option=value,…] as in "cacr:repel=2,attach=1"; everything else is as that objective starts. */
int idc_objective_parse(idc_objective_options *o, const char *text, idc_error *err);
const idc_objective *idc_objective_of(const idc_objective_options *o);

/* The options as they are in a step: `distill` on its ramp, (step + 1) / ramp of the value. */
idc_objective_options idc_objective_at(const idc_objective_options *o, uint64_t step);
/* How many rows a vector has. */
int idc_objective_rows(const idc_objective_input *in, enum idc_vector v);
/* IDC_E_MISSING when a vector that it needs is not there. */
int idc_objective_compute(const idc_objective_options *o, const idc_objective_input *in,
                          idc_objective_result *r, idc_error *err);

/* What is needed with these options: IDC_VECTOR_BIT, IDC_NEEDS_ALIKE, IDC_TAKES_CAPTIONS. */
unsigned idc_objective_needs(const idc_objective_options *o);

/* An option by its name: range, whole numbers only, default. */
typedef struct idc_objective_option {
    const char *name;
    size_t offset; /* in idc_objective_options */
    double start, low, high;
    int whole;
    const char *help, *names[4]; /* names: of the values 0, 1, … where they have some */
} idc_objective_option;
const idc_objective_option *idc_objective_option_table(size_t *n);
/* Does the objective take the option of that name? */
bool idc_objective_takes(const idc_objective *row, const char *option);

/* alike [n,n]: cosines of the TF-IDF vectors of n sentences of `row` ids each (special words do not count), the frequencies
 * being those of the batch: idf = log((1 + n) / (1 + df)) + 1. Equal sentences have 1. */
int idc_sentence_likeness(double *alike, const int32_t *ids, int n, int row, idc_error *err);
/* hidden [cells]: 1 for the share `ratio` of the cells of the largest likeness. Returns how many, or IDC_E_MEMORY. */
int idc_attentive_mask(unsigned char *hidden, const double *likeness, int cells, double ratio);

#endif

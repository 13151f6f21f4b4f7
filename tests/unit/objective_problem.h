/* objective_problem.h: a contrastive objective with inputs at random and room for its gradients. */
#ifndef OBJECTIVE_PROBLEM_H
#define OBJECTIVE_PROBLEM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "base/random.h"
#include "model/objective_parts.h"

#define MOST 1024 /* numbers of one kind of vector */

static const char *const vector_keys[IDC_VECTORS] = {
    "pair",          "text",      "before",    "after",      "absent",    "contrary",
    "contrary_text", "twin_pair", "twin_text", "local_pair", "local_text"};

/* An objective with inputs and room for gradients. */
typedef struct problem {
    idc_objective_options o;
    idc_objective_input in;
    idc_objective_result r;
    double vector[IDC_VECTORS][MOST], gradient[IDC_VECTORS_TRAINED][MOST], alike[MOST];
    int32_t sentence[64], local_words[64];
} problem;

static inline int count(const problem *p, int v)
{
    return idc_objective_rows(&p->in, (enum idc_vector)v) * p->in.width;
}

static inline double compute(problem *p)
{
    idc_error err = IDC_NO_ERROR;
    for (int v = 0; v < IDC_VECTORS; v++)
        if (p->in.vector[v] != NULL)
            p->in.vector[v] = p->vector[v];
    p->in.alike = p->in.alike != NULL ? p->alike : NULL;
    p->in.sentence = p->in.sentence != NULL ? p->sentence : NULL;
    p->in.local_words = p->in.local_words != NULL ? p->local_words : NULL;
    for (int v = 0; v < IDC_VECTORS_TRAINED; v++)
        p->r.gradient[v] = p->gradient[v];
    if (idc_objective_compute(&p->o, &p->in, &p->r, &err) < 0)
        fail_msg("%s", err.text);
    return p->r.loss;
}

static inline void choose(problem *p, const char *text)
{
    idc_error err = IDC_NO_ERROR;
    memset(p, 0, sizeof *p);
    if (idc_objective_parse(&p->o, text, &err) < 0)
        fail_msg("%s", err.text);
}

/* Unit vectors at random; one sentence is said twice. */
static inline void draw(problem *p, int items, int width, uint64_t seed)
{
    idc_random r = idc_random_at(seed, 0, 0);
    unsigned needs = idc_objective_needs(&p->o);
    p->in.items = items;
    p->in.width = width;
    p->in.captions = (needs & IDC_TAKES_CAPTIONS) != 0 ? 2 : 1;
    p->in.locals[0] = 3;
    p->in.locals[1] = 2;
    p->in.log_scale = 1.5;
    p->in.seed = seed;
    p->in.alike = p->alike;
    p->in.sentence = p->sentence;
    p->in.local_words = p->local_words;
    for (int v = 0; v < IDC_VECTORS; v++) {
        if ((needs & IDC_VECTOR_BIT(v)) == 0)
            continue;
        p->in.vector[v] = p->vector[v];
        assert_true(count(p, v) <= MOST);
        for (int i = 0; i < count(p, v); i += width) {
            double square = 0;
            for (int k = 0; k < width; k++)
                p->vector[v][i + k] = idc_random_normal(&r);
            for (int k = 0; k < width; k++)
                square += p->vector[v][i + k] * p->vector[v][i + k];
            for (int k = 0; k < width; k++)
                p->vector[v][i + k] /= sqrt(square);
        }
    }
    for (int i = 0; i < items; i++) {
        p->local_words[i] = 1 + i % 2;
        for (int j = 0; j < items; j++)
            p->alike[i * items + j] = i == j ? 1 : 1.0 / (2 + i + j);
        for (int k = 0; k < p->in.captions; k++)
            p->sentence[i * p->in.captions + k] = i * p->in.captions + k;
    }
    if (items > 2)
        p->sentence[2 * p->in.captions] = p->sentence[0];
}

#define NEAR(x, y, by)                                                                             \
    do {                                                                                           \
        double near_x = (x);                                                                       \
        if (!(fabs(near_x - (y)) < (by)))                                                          \
            fail_msg("%s is %.9g, should be %.9g", #x, near_x, (double)(y));                       \
    } while (0)

#endif

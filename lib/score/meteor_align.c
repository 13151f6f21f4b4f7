#include "score/meteor_align.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "score/meteor_match.h"

enum { BEAM = 40, NO_MATCH = -1 };

/* Scalars of a path through the reference up to some word. */
struct state {
    int covered_h, covered_r; /* weighted, in whole words */
    int chunks, distance;
    int at;       /* the next word of the reference that the last match does not cover */
    int last_end; /* in the hypothesis, one beyond the last match; −1: the last word was skipped */
    int parent, match;
};

struct idc_meteor_aligner {
    idc_meteor_matches m;
    struct state now[BEAM + 1], next[BEAM + 1];
    int now_count, next_count;
    unsigned char
        *pool[2]; /* BEAM rows: chosen match by reference word (int), used words of both (bytes) */
    size_t pool_bytes, stride;
};

idc_meteor_aligner *idc_meteor_aligner_new(const idc_meteor_vocabulary *v, int stages)
{
    idc_meteor_aligner *a = calloc(1, sizeof *a);
    if (a) {
        a->m.v = v;
        a->m.stages = stages;
    }
    return a;
}

void idc_meteor_aligner_free(idc_meteor_aligner **aligner)
{
    idc_meteor_aligner *a = *aligner;
    *aligner = NULL;
    if (!a)
        return;
    idc_meteor_matches_free(&a->m);
    free(a->pool[0]);
    free(a->pool[1]);
    free(a);
}

/* Memory for the paths. */
static bool prepare(idc_meteor_aligner *a)
{
    size_t nh = (size_t)a->m.hypothesis_count, nr = (size_t)a->m.reference_count;
    a->stride = (nr * sizeof(int) + nh + nr + 7) & ~(size_t)7;
    size_t bytes = a->stride * BEAM + 8;
    if (bytes > a->pool_bytes) {
        free(a->pool[0]);
        free(a->pool[1]);
        a->pool[0] = malloc(bytes * 2);
        a->pool[1] = malloc(bytes * 2);
        a->pool_bytes = a->pool[0] && a->pool[1] ? bytes * 2 : 0;
    }
    return a->pool_bytes > 0;
}

static int *chosen_of(unsigned char *row)
{
    return (int *)(void *)row;
}

static unsigned char *used_r(const idc_meteor_aligner *a, unsigned char *row)
{
    return row + (size_t)a->m.reference_count * sizeof(int);
}

static unsigned char *used_h(const idc_meteor_aligner *a, unsigned char *row)
{
    return used_r(a, row) + a->m.reference_count;
}

static void use(const idc_meteor_aligner *a, unsigned char *row, int match)
{
    const idc_meteor_match *m = &a->m.matches[match];
    chosen_of(row)[m->start] = match;
    memset(used_r(a, row) + m->start, 1, (size_t)m->length);
    memset(used_h(a, row) + m->other_start, 1, (size_t)m->other_length);
}

static bool is_free(const idc_meteor_aligner *a, unsigned char *row, const idc_meteor_match *m)
{
    return !memchr(used_r(a, row) + m->start, 1, (size_t)m->length) &&
           !memchr(used_h(a, row) + m->other_start, 1, (size_t)m->other_length);
}

/* The first path: matches that stand alone, at their start and over all their words, are in it. */
static void start_path(idc_meteor_aligner *a)
{
    unsigned char *row = a->pool[0];
    for (int j = 0; j < a->m.reference_count; j++)
        chosen_of(row)[j] = NO_MATCH;
    memset(used_r(a, row), 0, (size_t)a->m.reference_count + (size_t)a->m.hypothesis_count);
    for (int j = 0; j < a->m.reference_count; j++) {
        if (a->m.first[j + 1] - a->m.first[j] != 1)
            continue;
        const idc_meteor_match *m = &a->m.matches[a->m.first[j]];
        bool alone = true;
        for (int k = 0; k < m->length; k++)
            alone = alone && a->m.cover_r[j + k] == 1;
        for (int k = 0; k < m->other_length; k++)
            alone = alone && a->m.cover_h[m->other_start + k] == 1;
        if (alone)
            use(a, row, (int)a->m.first[j]);
    }
    a->now[0] = (struct state){.last_end = -1, .match = NO_MATCH};
    a->now_count = 1;
}

static bool better(const struct state *x, const struct state *y)
{
    int cover = x->covered_h + x->covered_r - y->covered_h - y->covered_r;
    if (cover != 0)
        return cover > 0;
    if (x->chunks != y->chunks)
        return x->chunks < y->chunks;
    return x->distance < y->distance;
}

/* Keeps the best BEAM states in order, a new one behind its equals. */
static void offer(idc_meteor_aligner *a, const struct state *s)
{
    int k = a->next_count;
    while (k > 0 && better(s, &a->next[k - 1]))
        k--;
    if (k == BEAM)
        return;
    int moved = (a->next_count < BEAM ? a->next_count : BEAM - 1) - k;
    memmove(&a->next[k + 1], &a->next[k], (size_t)moved * sizeof *a->next);
    a->next[k] = *s;
    if (a->next_count < BEAM)
        a->next_count++;
}

/* An inexact word counts half, and each sum is cut to whole words. */
static void take_match(struct state *s, const idc_meteor_match *m)
{
    s->covered_h += m->module == 0 ? m->other_length : m->other_length / 2;
    s->covered_r += m->module == 0 ? m->length : m->length / 2;
    if (s->last_end != -1 && m->other_start != s->last_end)
        s->chunks++;
    s->at = m->start + m->length;
    s->last_end = m->other_start + m->other_length;
}

static int apart(const idc_meteor_match *m)
{
    return abs(m->start - m->other_start);
}

/* All ways on from path p at word j. A tried match's distance is added to the path that it branches off from, not to its own:
 * so does METEOR 1.5, and equal scores need it. */
static void extend(idc_meteor_aligner *a, int p, int j, unsigned char *row)
{
    struct state s = a->now[p];
    s.parent = p;
    s.match = NO_MATCH;
    if (used_r(a, row)[j]) {
        if (j >= s.at) {
            if (chosen_of(row)[s.at] == NO_MATCH)
                return;
            const idc_meteor_match *m = &a->m.matches[chosen_of(row)[s.at]];
            take_match(&s, m);
            s.distance += apart(m);
        }
        offer(a, &s);
        return;
    }
    for (uint32_t k = a->m.first[j]; k < a->m.first[j + 1]; k++) {
        const idc_meteor_match *m = &a->m.matches[k];
        if (!is_free(a, row, m))
            continue;
        struct state taken = s;
        take_match(&taken, m);
        taken.match = (int)k;
        offer(a, &taken);
        s.distance += apart(m);
    }
    if (s.last_end != -1) {
        s.chunks++;
        s.last_end = -1;
    }
    s.at++;
    offer(a, &s);
}

/* Rows of the states in a->next, made from their parents' rows. */
static void make_rows(idc_meteor_aligner *a)
{
    if (a->now_count == 1 && a->next_count == 1 && a->next[0].match == NO_MATCH) {
        a->now[0] = a->next[0];
        return;
    }
    for (int k = 0; k < a->next_count; k++) {
        unsigned char *row = a->pool[1] + (size_t)k * a->stride;
        memcpy(row, a->pool[0] + (size_t)a->next[k].parent * a->stride, a->stride);
        if (a->next[k].match != NO_MATCH)
            use(a, row, a->next[k].match);
        a->now[k] = a->next[k];
    }
    a->now_count = a->next_count;
    unsigned char *t = a->pool[0];
    a->pool[0] = a->pool[1];
    a->pool[1] = t;
}

/* The row of the best path. */
static unsigned char *search(idc_meteor_aligner *a)
{
    start_path(a);
    for (int j = 0; j < a->m.reference_count; j++) {
        a->next_count = 0;
        for (int p = 0; p < a->now_count; p++)
            extend(a, p, j, a->pool[0] + (size_t)p * a->stride);
        if (a->next_count > 0)
            make_rows(a);
        else
            a->now_count = 1;
    }
    int best = 0;
    for (int p = 0; p < a->now_count; p++) {
        a->now[p].chunks += a->now[p].last_end != -1;
        if (better(&a->now[p], &a->now[best]))
            best = p;
    }
    return a->pool[0] + (size_t)best * a->stride;
}

static void count_words(const idc_meteor_aligner *a, const idc_meteor_sentence *s, int start,
                        int length, double *content, double *function)
{
    for (int k = 0; k < length; k++) {
        if (a->m.v->words[s->words[start + k]].function)
            ++*function;
        else
            ++*content;
    }
}

static void summarise(const idc_meteor_aligner *a, const idc_meteor_sentence *h,
                      const idc_meteor_sentence *r, unsigned char *row, double *out)
{
    int chunks = 0, last_end = -1, next;
    for (int j = 0; j < a->m.reference_count; j = next) {
        int chosen = chosen_of(row)[j];
        next = j + 1;
        if (chosen == NO_MATCH) {
            chunks += last_end != -1;
            last_end = -1;
            continue;
        }
        const idc_meteor_match *m = &a->m.matches[chosen];
        double *module = out + 4 + 4 * m->module;
        count_words(a, h, m->other_start, m->other_length, &module[0], &module[2]);
        count_words(a, r, m->start, m->length, &module[1], &module[3]);
        out[21] += m->other_length;
        out[22] += m->length;
        chunks += last_end != -1 && m->other_start != last_end;
        last_end = m->other_start + m->other_length;
        next = m->start + m->length;
    }
    out[20] = chunks + (last_end != -1);
}

int idc_meteor_align(idc_meteor_aligner *a, const idc_meteor_sentence *hypothesis,
                     const idc_meteor_sentence *reference, double statistics[IDC_METEOR_STATISTICS])
{
    memset(statistics, 0, IDC_METEOR_STATISTICS * sizeof *statistics);
    statistics[0] = hypothesis->count;
    statistics[1] = reference->count;
    statistics[2] = hypothesis->function_count;
    statistics[3] = reference->function_count;
    if (idc_meteor_find_matches(&a->m, hypothesis, reference) < 0 || !prepare(a))
        return IDC_E_MEMORY;
    if (a->m.count > 0)
        summarise(a, hypothesis, reference, search(a), statistics);
    return 0;
}

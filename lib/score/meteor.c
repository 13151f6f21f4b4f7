/* meteor.c: METEOR 1.5 (Denkowski, Lavie, "Meteor universal: language specific translation evaluation for any target
 * language", WMT 2014), English, as the COCO caption evaluation calls it (-l en -norm):
 *
 *     P = Σ_m w_m (δ c_m + (1 − δ) f_m) / (δ C + (1 − δ) F)   of the hypothesis, R likewise of the reference
 *     F_mean = P R / (α P + (1 − α) R),    score = F_mean (1 − γ frag^β),    frag = chunks / mean number of matched words
 *
 * c_m, f_m: content and function words that module m matched; C, F: all of them. α 0.85, β 0.2, γ 0.6, δ 0.75; w: exact 1,
 * stem 0.6, synonym 0.8, paraphrase 0.6. Chunks: runs that stand together in both sentences; one chunk that covers both
 * sentences whole counts as none. Of several references the one with the best score counts. A corpus's score is that of the
 * summed statistics.
 *
 * Statistics: the 23 of meteor_align.h, then the chunks that count.
 */
#include "score/meteor.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "score/meteor_data.h"
#include "score/meteor_prepare.h"

enum { STATISTICS = IDC_METEOR_STATISTICS + 1, COUNTED_CHUNKS = IDC_METEOR_STATISTICS };

static const char *const stage_names[] = {"exact", "stem", "synonym", "paraphrase"};

const char *idc_meteor_name(const idc_meteor *m)
{
    return !m->index                     ? "METEOR_exact_stem_nofunction"
           : m->stages == IDC_METEOR_ALL ? "METEOR"
           : m->stages == (IDC_METEOR_EXACT | IDC_METEOR_STEM | IDC_METEOR_SYNONYM)
               ? "METEOR_exact_stem_synonym"
           : m->stages == (IDC_METEOR_EXACT | IDC_METEOR_STEM) ? "METEOR_exact_stem"
                                                               : "METEOR_exact";
}

int idc_meteor_stages_named(const char *list)
{
    int stages = 0;
    for (const char *p = list;; p++) {
        size_t n = strcspn(p, ",");
        int k = 0;
        while (k < 4 && (strlen(stage_names[k]) != n || memcmp(stage_names[k], p, n) != 0))
            k++;
        if (k == 4)
            return -1;
        stages |= 1 << k;
        p += n;
        if (!*p)
            break;
    }
    return (stages & (stages + 1)) == 0 ? stages : -1;
}

/* Makes the folders of the cache and the index's path in it. */
static int index_path(char path[4096], uint64_t fingerprint, idc_error *err)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    bool own = cache && *cache;
    if (!own && (!home || !*home))
        return idc_fail(err, IDC_E_MISSING,
                        "neither XDG_CACHE_HOME nor HOME says where to keep METEOR's index");
    int n = snprintf(path, 4000, "%s%s/idc", own ? cache : home, own ? "" : "/.cache");
    if (n < 0 || n >= 4000)
        return idc_fail(err, IDC_E_RANGE, "the path of the cache is too long");
    for (char *slash = path + 1; slash; slash = strchr(slash + 1, '/')) {
        if (*slash != '/')
            continue;
        *slash = 0;
        mkdir(path, 0777);
        *slash = '/';
    }
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return idc_fail(err, IDC_E_IO, "%s: %s (METEOR's index is kept there)", path,
                        strerror(errno));
    snprintf(path + n, 4096 - (size_t)n, "/meteor-%016llx.index", (unsigned long long)fingerprint);
    return 0;
}

static int open_index(idc_meteor *m, const idc_meteor_sources *s,
                      void (*building)(void *, const char *), void *user, idc_error *err)
{
    char path[4096];
    struct stat st;
    int rc = index_path(path, s->fingerprint, err);
    if (rc < 0)
        return rc;
    if (stat(path, &st) == 0 &&
        idc_lexicon_open(&m->index, path, s->fingerprint, IDC_METEOR_TABLES, NULL) == 0)
        return 0;
    if (building)
        building(user, s->jar[0] ? s->jar : s->member[0]);
    rc = idc_meteor_build(s, path, err);
    return rc < 0 ? rc : idc_lexicon_open(&m->index, path, s->fingerprint, IDC_METEOR_TABLES, err);
}

int idc_meteor_open(idc_meteor **meteor, const char *folder, int stages,
                    void (*building)(void *, const char *), void *user, idc_error *err)
{
    idc_meteor *m = *meteor = calloc(1, sizeof *m);
    idc_meteor_sources *s = malloc(sizeof *s);
    int rc = m && s ? idc_meteor_find(s, folder, err) : idc_fail(err, IDC_E_MEMORY, "no memory");
    if (rc == 0)
        rc = open_index(m, s, building, user, err);
    if (rc == 0 && stages & IDC_METEOR_SYNONYM &&
        idc_lexicon_count(m->index, IDC_METEOR_SYNSETS) == 0)
        rc = idc_fail(err, IDC_E_MISSING,
                      "METEOR's data have no synonyms: --meteor-stages exact,stem goes without");
    if (rc == 0 && stages & IDC_METEOR_PARAPHRASE &&
        idc_lexicon_count(m->index, IDC_METEOR_PHRASES) == 0)
        rc = idc_fail(
            err, IDC_E_MISSING,
            "METEOR's data have no paraphrases: --meteor-stages exact,stem,synonym goes without");
    free(s);
    if (rc < 0)
        idc_meteor_close(meteor);
    else
        m->stages = stages;
    return rc;
}

int idc_meteor_open_bare(idc_meteor **m, idc_error *err)
{
    *m = calloc(1, sizeof **m);
    if (!*m)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    (*m)->stages = IDC_METEOR_EXACT | IDC_METEOR_STEM;
    return 0;
}

void idc_meteor_close(idc_meteor **m)
{
    if (*m)
        idc_lexicon_close(&(*m)->index);
    free(*m);
    *m = NULL;
}

/* chunks: those that count. */
static double score_of(const double *s, double chunks)
{
    static const double alpha = 0.85, beta = 0.2, gamma = 0.6, delta = 0.75,
                        weights[] = {1, 0.6, 0.8, 0.6};
    double matches[2] = {0, 0}, ratio[2];
    for (int side = 0; side < 2; side++) {
        for (int m = 0; m < IDC_METEOR_MODULES; m++)
            matches[side] += s[4 + 4 * m + side] * weights[m] * delta;
        for (int m = 0; m < IDC_METEOR_MODULES; m++)
            matches[side] += s[6 + 4 * m + side] * weights[m] * (1 - delta);
        ratio[side] = matches[side] / (delta * (s[side] - s[2 + side]) + (1 - delta) * s[2 + side]);
    }
    double f_mean = 1 / ((1 - alpha) / ratio[0] + alpha / ratio[1]);
    double fragmentation = chunks == 0 ? 0 : chunks / ((s[21] + s[22]) / 2);
    double score = f_mean * (1 - gamma * pow(fragmentation, beta));
    return score > 0 ? score : 0; /* 0 for a sentence without words, too: 0 / 0 */
}

/* One chunk over both whole sentences counts as none. */
static double counted_chunks(const double *s)
{
    return s[20] == 1 && s[21] == s[0] && s[22] == s[1] ? 0 : s[20];
}

static int measure_item(idc_meteor_aligner *a, const idc_meteor_prepared *p, size_t i,
                        size_t references, double *out)
{
    double best = -1, s[STATISTICS];
    for (size_t k = 0; k < references; k++) {
        int rc =
            idc_meteor_align(a, &p->hypotheses[i], &p->references[p->first_reference[i] + k], s);
        if (rc < 0)
            return rc;
        s[COUNTED_CHUNKS] = counted_chunks(s);
        double score = score_of(s, s[COUNTED_CHUNKS]);
        if (score > best) {
            best = score;
            memcpy(out, s, sizeof s);
        }
    }
    return 0;
}

static int measure(const idc_measure *m, double *statistics, idc_error *err)
{
    idc_meteor_prepared p;
    int rc = idc_meteor_prepare(&p, m, err);
    if (rc < 0)
        return rc;
#pragma omp parallel num_threads(m->threads)
    {
        idc_meteor_aligner *a = idc_meteor_aligner_new(&p.vocabulary, m->meteor->stages);
        int mine = a ? 0 : IDC_E_MEMORY;
#pragma omp for schedule(dynamic, 64)
        for (size_t i = 0; i < m->item_count; i++)
            if (mine == 0)
                mine = measure_item(a, &p, i, m->corpus->items[m->items[i]].reference_count,
                                    statistics + i * STATISTICS);
        if (mine < 0) {
#pragma omp atomic write
            rc = mine;
        }
        idc_meteor_aligner_free(&a);
    }
    idc_meteor_prepared_free(&p);
    return rc < 0 ? idc_fail(err, rc, "METEOR: no memory") : 0;
}

static void finish(const double *sums, double items, double *values)
{
    (void)items;
    values[0] = score_of(sums, sums[COUNTED_CHUNKS]);
}

const idc_metric idc_metric_meteor = {.name = "meteor",
                                      .columns = {"METEOR"},
                                      .column_count = 1,
                                      .statistics = STATISTICS,
                                      .source = "Denkowski, Lavie 2014",
                                      .measure = measure,
                                      .finish = finish};

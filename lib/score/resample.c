#include "score/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/random.h"

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How often each of n items comes when n are drawn. */
static void draw(const idc_resampling *r, int64_t sample, uint32_t *counts, size_t n)
{
    idc_random random = idc_random_at(r->seed, (uint64_t)sample, 0);
    memset(counts, 0, n * sizeof *counts);
    for (size_t i = 0; i < n; i++)
        counts[idc_random_below(&random, (uint32_t)n)]++;
}

/* Scores of all systems on every sample: values[(sample · systems + system) · columns + column]. */
static int sample_all(const idc_resampling *r, const idc_scores *scores, int systems,
                      double *values)
{
    size_t n = scores->item_count;
    int rc = 0, columns = scores->column_count;
#pragma omp parallel num_threads(r->threads)
    {
        uint32_t *counts = malloc((n + 1) * sizeof *counts);
        if (!counts) {
#pragma omp atomic write
            rc = IDC_E_MEMORY;
        } else {
#pragma omp for schedule(static)
            for (int64_t s = 0; s < r->samples; s++) {
                draw(r, s, counts, n);
                for (int k = 0; k < systems; k++)
                    idc_scores_resample(&scores[k], counts, (double)n,
                                        values + ((size_t)s * (size_t)systems + (size_t)k) *
                                                     (size_t)columns);
            }
        }
        free(counts);
    }
    return rc;
}

static double *value_room(const idc_resampling *r, int systems, int columns, idc_error *err)
{
    size_t bytes;
    double *values = NULL;
    if (idc_mul_size(&bytes, (size_t)r->samples, (size_t)(systems * columns) * sizeof *values) == 0)
        values = malloc(bytes);
    if (!values)
        idc_fail(err, IDC_E_MEMORY, "no memory for %lld samples", (long long)r->samples);
    return values;
}

/* The q-quantile of sorted values, between neighbours in proportion. */
static double quantile(const double *sorted, int64_t n, double q)
{
    double at = q * (double)(n - 1);
    int64_t k = (int64_t)at;
    return k + 1 < n ? sorted[k] + (at - (double)k) * (sorted[k + 1] - sorted[k]) : sorted[n - 1];
}

int idc_bootstrap(const idc_resampling *r, const idc_scores *scores, int systems,
                  idc_interval *intervals, idc_error *err)
{
    int columns = scores->column_count, width = systems * columns;
    double *values = value_room(r, systems, columns, err),
           *column = malloc((size_t)r->samples * sizeof *column);
    int rc = values && column ? sample_all(r, scores, systems, values) : IDC_E_MEMORY;
    for (int c = 0; rc == 0 && c < width; c++) {
        for (int64_t s = 0; s < r->samples; s++)
            column[s] = values[s * width + c];
        qsort(column, (size_t)r->samples, sizeof *column, by_value);
        intervals[c] = (idc_interval){quantile(column, r->samples, 0.025),
                                      quantile(column, r->samples, 0.975)};
    }
    free(values);
    free(column);
    return rc < 0 ? idc_fail(err, rc, "no memory for %lld samples", (long long)r->samples) : 0;
}

static int compare_by_bootstrap(const idc_resampling *r, const idc_scores *a, const idc_scores *b,
                                double *p, idc_error *err)
{
    int columns = a->column_count;
    idc_scores both[2] = {*a, *b};
    double *values = value_room(r, 2, columns, err);
    int rc = values ? sample_all(r, both, 2, values) : IDC_E_MEMORY;
    for (int c = 0; rc == 0 && c < columns; c++) {
        double observed = fabs(a->overall[c] - b->overall[c]), mean = 0;
        int64_t out = 0;
        for (int64_t s = 0; s < r->samples; s++)
            mean += values[2 * s * columns + c] - values[(2 * s + 1) * columns + c];
        mean /= (double)r->samples;
        for (int64_t s = 0; s < r->samples; s++)
            out += fabs(values[2 * s * columns + c] - values[(2 * s + 1) * columns + c] - mean) >=
                   observed;
        p[c] = ((double)out + 1) / ((double)r->samples + 1);
    }
    free(values);
    return rc;
}

/* Differences of all columns when the items with a set bit are exchanged. */
static void exchange(const idc_scores *a, const idc_scores *b, const unsigned char *swap,
                     double *difference)
{
    for (int k = 0; k < a->metric_count; k++) {
        const idc_metric *metric = a->metrics[k];
        size_t width = (size_t)metric->statistics;
        double sums[2][IDC_MAX_STATISTICS] = {{0}}, values[2][IDC_MAX_COLUMNS];
        for (size_t i = 0; i < a->item_count; i++) {
            const double *x = a->statistics[k] + i * width, *y = b->statistics[k] + i * width;
            double *to_x = sums[swap[i]], *to_y = sums[!swap[i]];
            for (size_t c = 0; c < width; c++) {
                to_x[c] += x[c];
                to_y[c] += y[c];
            }
        }
        for (int side = 0; side < 2; side++)
            metric->finish(sums[side], (double)a->item_count, values[side]);
        for (int c = 0; c < metric->column_count; c++)
            *difference++ = fabs(values[0][c] - values[1][c]);
    }
}

static int compare_by_exchange(const idc_resampling *r, const idc_scores *a, const idc_scores *b,
                               double *p)
{
    size_t n = a->item_count;
    int rc = 0, columns = a->column_count;
    int64_t out[IDC_MAX_SCORES] = {0};
#pragma omp parallel num_threads(r->threads)
    {
        unsigned char *swap = calloc(1, n + 32);
        double difference[IDC_MAX_SCORES];
        if (!swap) {
#pragma omp atomic write
            rc = IDC_E_MEMORY;
        } else {
#pragma omp for schedule(static)
            for (int64_t s = 0; s < r->samples; s++) {
                idc_random random = idc_random_at(r->seed, (uint64_t)s, 1);
                for (size_t i = 0; i < n; i += 32)
                    for (uint32_t bits = idc_random_u32(&random), k = 0; k < 32; k++)
                        swap[i + k] = bits >> k & 1;
                exchange(a, b, swap, difference);
                for (int c = 0; c < columns; c++)
                    /* equal but for rounding counts as equal */
                    if (difference[c] >= fabs(a->overall[c] - b->overall[c]) * (1 - 1e-12)) {
#pragma omp atomic
                        out[c]++;
                    }
            }
        }
        free(swap);
    }
    for (int c = 0; c < columns; c++)
        p[c] = ((double)out[c] + 1) / ((double)r->samples + 1);
    return rc;
}

int idc_compare(const idc_resampling *r, int how, const idc_scores *a, const idc_scores *b,
                double *p, idc_error *err)
{
    int rc = how == IDC_COMPARE_BOOTSTRAP ? compare_by_bootstrap(r, a, b, p, err)
                                          : compare_by_exchange(r, a, b, p);
    return rc < 0 ? idc_fail(err, rc, "no memory for %lld samples", (long long)r->samples) : 0;
}

void idc_holm(double *p, int n)
{
    bool done[IDC_MAX_SYSTEMS] = {false};
    double floor = 0;
    for (int rank = 0; rank < n && n <= IDC_MAX_SYSTEMS; rank++) {
        int least = -1;
        for (int i = 0; i < n; i++)
            if (!done[i] && (least < 0 || p[i] < p[least]))
                least = i;
        double adjusted = p[least] * (n - rank);
        floor = adjusted > floor ? adjusted : floor;
        p[least] = floor < 1 ? floor : 1;
        done[least] = true;
    }
}

/* The 97.5 % quantile of Student's t; beyond 30 degrees of freedom by Fisher's expansion (1925) to the second term. */
static double student(int degrees)
{
    static const double table[] = {
        12.7062047, 4.3026527, 3.1824463, 2.7764451, 2.5705818, 2.4469119, 2.3646243, 2.3060041,
        2.2621572,  2.2281389, 2.2009852, 2.1788128, 2.1603687, 2.1447867, 2.1314495, 2.1199053,
        2.1098156,  2.1009220, 2.0930241, 2.0859634, 2.0796138, 2.0738731, 2.0686576, 2.0638986,
        2.0595386,  2.0555294, 2.0518305, 2.0484071, 2.0452296, 2.0422725};
    if (degrees <= 30)
        return table[degrees - 1];
    double z = 1.9599640, z3 = z * z * z, z5 = z3 * z * z, n = degrees;
    return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n);
}

idc_seed_summary idc_summarise_seeds(const double *values, int n)
{
    idc_seed_summary s = {0, NAN, NAN, NAN};
    double square = 0;
    for (int i = 0; i < n; i++)
        s.mean += values[i] / n;
    for (int i = 0; i < n; i++)
        square += (values[i] - s.mean) * (values[i] - s.mean);
    if (n > 1) {
        s.sd = sqrt(square / (n - 1));
        double half = student(n - 1) * s.sd / sqrt(n);
        s.low = s.mean - half;
        s.high = s.mean + half;
    }
    return s;
}

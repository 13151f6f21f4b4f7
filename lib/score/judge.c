#include "score/judge.h"

#include <string.h>

static int test_all(idc_judgement *j, const idc_judging *how, const idc_scores *scores, int systems,
                    idc_error *err)
{
    int columns = scores->column_count, rc = 0;
    idc_resampling r = {how->samples, how->seed, how->threads};
    int test =
        strcmp(how->compare, "randomize") == 0 ? IDC_COMPARE_RANDOMIZE : IDC_COMPARE_BOOTSTRAP;
    for (int k = 1; rc == 0 && k < systems; k++)
        rc = idc_compare(&r, test, &scores[0], &scores[k], j->p + k * columns, err);
    for (int c = 0; rc == 0 && c < columns; c++) { /* the tests of one metric belong together */
        double p[IDC_MAX_SYSTEMS];
        for (int k = 1; k < systems; k++)
            p[k - 1] = j->p[k * columns + c];
        idc_holm(p, systems - 1);
        for (int k = 1; k < systems; k++)
            j->p[k * columns + c] = p[k - 1];
    }
    return rc;
}

int idc_judge(idc_judgement *j, const idc_judging *how, const idc_scores *scores, int systems,
              idc_error *err)
{
    idc_resampling r = {how->bootstrap, how->seed, how->threads};
    j->has_intervals = how->bootstrap > 0;
    j->has_p = how->compare && systems > 1;
    j->has_seeds = how->seeds;
    int rc = j->has_intervals ? idc_bootstrap(&r, scores, systems, j->intervals, err) : 0;
    if (rc == 0 && j->has_p)
        rc = test_all(j, how, scores, systems, err);
    for (int c = 0; rc == 0 && c < scores->column_count; c++) {
        double values[IDC_MAX_SYSTEMS];
        for (int k = 0; k < systems; k++)
            values[k] = scores[k].overall[c];
        j->seeds[c] = idc_summarise_seeds(values, systems);
    }
    return rc;
}

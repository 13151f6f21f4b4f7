/* report.h: scores as a table for people, as JSON, TSV or LaTeX.
 *
 *     idc_report r = {.corpus = c, .scores = scores, .systems = 1, .names = names, .signature = signature};
 *     idc_report_print(&r, IDC_REPORT_TABLE, stdout);
 *
 * JSON of one system: {"signature": …, "overall": {metric: score}, "per_item": {id: {metric: score}}}; of several the last
 * two under "systems" by name. Numbers in JSON and TSV have 17 digits, so that reading them gives the same number back.
 */
#ifndef IDC_SCORE_REPORT_H
#define IDC_SCORE_REPORT_H

#include <stdio.h>

#include "score/changes.h"
#include "score/judge.h"
#include "score/scores.h"

typedef enum idc_report_form {
    IDC_REPORT_TABLE,
    IDC_REPORT_JSON,
    IDC_REPORT_TSV,
    IDC_REPORT_LATEX
} idc_report_form;

typedef struct idc_report {
    const idc_corpus *corpus;
    const idc_scores *scores; /* by system */
    int systems;
    const char *const *names; /* of the systems */
    const char *signature;
    const idc_judgement *judgement;
    const idc_changes *changes; /* of the first system; NULL: none */
    bool per_item, colour;
    int64_t worst; /* items to show */
    int by;        /* column that --worst sorts by */
} idc_report;

void idc_report_print(const idc_report *r, idc_report_form form, FILE *to);
/* s as a JSON string; bytes that are not UTF-8 become U+FFFD. */
void idc_report_json_string(const char *s, FILE *to);
void idc_report_json(const idc_report *r, FILE *to);

#endif

/* meteor.h: METEOR 1.5 for English: the data beside the sentences, and the score of one sentence against another.
 *
 *     idc_meteor *m;
 *     idc_meteor_open(&m, NULL, IDC_METEOR_ALL, &err);                    // data found where pip puts them
 *     idc_meteor_name(m);                                                 // "METEOR", "METEOR_exact_stem", …
 *     idc_meteor_close(&m);
 *
 * The data are those of the METEOR 1.5 program (LGPL; its synonyms are WordNet's) and are not part of this project: a folder
 * that holds meteor-1.5.jar and paraphrase-en.gz, there or in data/ (as the Python package pycocoevalcap has them), or the
 * jar's files by themselves, plain or packed with gzip or xz: function-english.words, nonbreaking-english.prefixes,
 * synonym-english.synsets, synonym-english.exceptions, and paraphrase*.tsv (phrase, tab, phrase) or paraphrase-en.gz
 * (probability, phrase, phrase on three lines). An index of them is made once and kept in $XDG_CACHE_HOME/idc.
 */
#ifndef IDC_SCORE_METEOR_H
#define IDC_SCORE_METEOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "text/lexicon.h"

enum {
    IDC_METEOR_EXACT = 1,
    IDC_METEOR_STEM = 2,
    IDC_METEOR_SYNONYM = 4,
    IDC_METEOR_PARAPHRASE = 8,
    IDC_METEOR_ALL = 15
};

/* Tables of the index. */
enum {
    IDC_METEOR_FUNCTION, /* function words */
    IDC_METEOR_PREFIXES, /* abbreviations that keep their dot: list of 0, always, or 1, before numbers */
    IDC_METEOR_SYNSETS,    /* word → WordNet's sets of synonyms with it */
    IDC_METEOR_EXCEPTIONS, /* irregular form → the sets of its base forms */
    IDC_METEOR_WORDS,      /* words of the paraphrase table */
    IDC_METEOR_PHRASES, /* phrase (word ids) or beginning of one → phrases that mean the same, in the table's order */
    IDC_METEOR_TABLES
};

typedef struct idc_meteor {
    idc_lexicon *
        index; /* NULL: no data; then only the exact and stem stages can run, without function words */
    int stages; /* that run */
} idc_meteor;

/* folder NULL: $IDC_METEOR_DATA, $XDG_CACHE_HOME/idc/meteor (where pipelines/weights/meteor.sh puts them), then the Python
 * packages of $VIRTUAL_ENV, of the home folder and of the system. IDC_E_MISSING: nothing found, or the stages asked for need
 * data that are not there. Building the index takes some ten seconds, once: `building` (may be NULL) is called before it. */
int idc_meteor_open(idc_meteor **m, const char *folder, int stages,
                    void (*building)(void *user, const char *from), void *user, idc_error *err);
/* The exact and stem stages without data, so without function words either: every word counts as content, the numbers are not
 * those of METEOR, and the name says so. */
int idc_meteor_open_bare(idc_meteor **m, idc_error *err);
void idc_meteor_close(idc_meteor **m);
/* The name of the score by the stages that run; "METEOR" only with all four. */
const char *idc_meteor_name(const idc_meteor *m);
/* "exact,stem" → IDC_METEOR_EXACT | IDC_METEOR_STEM; −1: an unknown word, or stages with a gap. */
int idc_meteor_stages_named(const char *list);

#endif

/* meteor_data.h: finds METEOR's data and builds their index (meteor.h says what they are). For meteor.c. */
#ifndef IDC_SCORE_METEOR_DATA_H
#define IDC_SCORE_METEOR_DATA_H

#include "score/meteor.h"

/* Where the pieces of the data are; empty strings where there are none. */
typedef struct idc_meteor_sources {
    char jar[4096];       /* with it `members` are in the jar, else they are files */
    char member[4][4096]; /* function words, prefixes, synsets, exceptions */
    char paraphrases[4][4096];
    int paraphrase_count;
    uint64_t fingerprint; /* of paths, sizes and times */
} idc_meteor_sources;

/* folder NULL: searched for. IDC_E_MISSING with the places that were looked at. */
int idc_meteor_find(idc_meteor_sources *s, const char *folder, idc_error *err);
int idc_meteor_build(const idc_meteor_sources *s, const char *index_path, idc_error *err);

#endif

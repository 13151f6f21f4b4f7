/* idc.h: what changed between two pictures, as a sentence. The small, stable interface of libidc.
 *
 *     idc_describer *d;
 *     idc_description said;
 *     int rc = idc_describer_open(&d, NULL);                       // the default model
 *     if (rc == 0)
 *         rc = idc_describe(d, &(idc_rgb){before, 480, 320, 0}, &(idc_rgb){after, 480, 320, 0}, &said);
 *     if (rc < 0)
 *         fprintf(stderr, "%s\n", idc_describer_message(d));
 *     else
 *         printf("%s (%.0f %%)\n", said.text, 100 * said.change);  // the red cube is now blue (99 %)
 *     idc_describer_close(&d);
 *
 * Compile and link with `pkg-config --cflags --libs idc`. Nothing is printed, nothing exits. A describer is used by one
 * thread at a time; several may exist.
 */
#ifndef IDC_IDC_H
#define IDC_IDC_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct idc_describer idc_describer;

/* 8-bit sRGB, three bytes a pixel, rows from top to bottom. */
typedef struct idc_rgb {
    const unsigned char *pixels;
    int width, height; /* 1 … 65535 each; the two pictures of a pair may differ */
    size_t stride;     /* bytes from a row to the next; 0: width · 3 */
} idc_rgb;

typedef struct idc_description {
    const char *text; /* lives until the next call with this describer */
    double
        logprob; /* natural logarithm of its probability; 0 where nothing changed: no words are searched then */
    /* 0 … 1: how probable it is that the scene, not only camera or light, has changed */
    double change;
    /* 0 … 1: how much such pictures are like those the model knows; below ½ the sentence is worth little; −1 where the
     * model does not say */
    double domain;
    /* x0, y0, x1, y1 around what changed, in pixels; all 0: nowhere, or unknown */
    int box_before[4], box_after[4];
} idc_description;

/* model_file NULL: $IDC_MODEL, else the installed default. Returns 0 or a negative code; also then *d can be asked for the
 * message and must be closed. *d is NULL only without memory. */
int idc_describer_open(idc_describer **d, const char *model_file);
void idc_describer_close(idc_describer **d);
int idc_describe(idc_describer *d, const idc_rgb *before, const idc_rgb *after,
                 idc_description *said);
/* One sentence about the last call that failed; "" when none has. */
const char *idc_describer_message(const idc_describer *d);

#ifdef __cplusplus
}
#endif

#endif

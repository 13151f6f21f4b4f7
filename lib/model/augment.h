/* augment.h: a stored picture as the network sees it, changed a little in training but never in what it shows.
 *
 *     idc_view v;
 *     idc_view_whole(&v, 240, 160, 192, 128);                  // validation: the whole frame
 *     idc_view_draw(&v, &options, &random);                    // training: a part of it, other light, noise
 *     idc_view_picture(&v, pixels, input, &random, &err);
 *     idc_view_point(&v, object.u, object.v, &x, &y);          // where a point of the picture went
 */
#ifndef IDC_MODEL_AUGMENT_H
#define IDC_MODEL_AUGMENT_H

#include <stdbool.h>

#include "base/random.h"
#include "image/resize.h"

typedef struct idc_augment_options {
    double
        crop; /* the smallest share of the frame's width and height that a crop keeps; 1: no crops */
    double mirror;       /* share of mirrored triples */
    double gain;         /* (value − 0.45) is multiplied by 1 ± gain … */
    double channel_gain; /* … and by 1 ± this in each channel … */
    double offset;       /* … then ± this is added (1 is full scale) … */
    double noise;        /* … and Gaussian noise of a deviation up to this */
    double blur;         /* share of pictures smoothed by (1 2 1)/4 both ways */
    bool together;       /* the pictures of a triple keep the same part of the frame */
    bool keep_sides;     /* triples whose sentences name a side are not mirrored */
    double apart; /* 0: one change of light for the views of a triple; 1: one of its own for each */
} idc_augment_options;

/* A change of light: value → 0.45 + gain (value − 0.45) + offset, values 0..1. */
typedef struct idc_light {
    double gain[3], offset;
} idc_light;

typedef struct idc_view {
    int from_width, from_height, width, height; /* of the stored picture, of the network's input */
    int x, y, crop_width, crop_height;          /* the part of the stored picture that is kept */
    bool mirror, blur;
    idc_filter filter;
    idc_light light;
    double noise;
} idc_view;

void idc_view_whole(idc_view *v, int from_width, int from_height, int width, int height);
void idc_light_draw(idc_light *light, const idc_augment_options *o, idc_random *r);
/* The part of the frame that is kept. */
void idc_view_crop(idc_view *v, const idc_augment_options *o, idc_random *r);
/* Changes a whole view: crop, filter, blur, noise; its light lies between `common` and one of its own. */
void idc_view_draw(idc_view *v, const idc_augment_options *o, const idc_light *common, bool mirror,
                   idc_random *r);
/* from [from_height,from_width,3] → to [height,width,3], both u8. */
int idc_view_picture(const idc_view *v, const unsigned char *from, unsigned char *to, idc_random *r,
                     idc_error *err);
/* Pixel coordinates (0 is the left edge of the first pixel) of the stored picture → of the input, and back. */
void idc_view_point(const idc_view *v, double u, double w, double *x, double *y);
void idc_view_source(const idc_view *v, double x, double y, double *u, double *w);

#endif

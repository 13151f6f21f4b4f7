/* render.h: a picture of a view.
 *
 *     idc_renderer *r = idc_renderer_new(8);
 *     idc_render(r, &view, key, &picture);        // picture.width × height is set and rgb allocated by the caller
 *     idc_render_ids(r, &view, size, ids);
 *     idc_renderer_free(&r);
 *
 * A pixel is the mean of `samples` points in linear light (each at most 1.2, so that a spark does not fill a pixel),
 * written as sRGB. The same view, key, size and samples give the same bytes on one machine with any number of threads.
 */
#ifndef IDC_SYNTH_RENDER_H
#define IDC_SYNTH_RENDER_H

#include <stdint.h>

#include "image/image.h"
#include "synth/scene.h"

#define IDC_MAX_SAMPLES 64
#define IDC_NO_OBJECT 255

typedef struct idc_renderer idc_renderer;

/* samples a pixel: 1, 2, 4, … IDC_MAX_SAMPLES. NULL for others and when there is no memory. One a thread. */
idc_renderer *idc_renderer_new(int samples);
/* key: seeds the places of the samples. */
void idc_render(idc_renderer *r, const idc_view *view, uint64_t key, idc_image *picture);
/* ids[size[1]][size[0]]: the object at each pixel's centre, IDC_NO_OBJECT for the ground. */
void idc_render_ids(idc_renderer *r, const idc_view *view, const int size[2], uint8_t *ids);
void idc_renderer_free(idc_renderer **r);

#endif

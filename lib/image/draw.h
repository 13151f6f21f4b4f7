/* draw.h: rectangles, pictures and text into a picture, and two pictures with what changed between them.
 *
 *     idc_show what = {.before = &a, .after = &b, .boxes = boxes, .box_count = 2, .sentence = "the cube has moved"};
 *     idc_image sheet;
 *     if (idc_show_pair(&sheet, &what, &err) == 0)
 *         idc_png_write(&sheet, "change.png", &err);
 *
 * Coordinates are pixels from the upper left; what lies outside the picture is cut off. Colours are 0xRRGGBB.
 */
#ifndef IDC_IMAGE_DRAW_H
#define IDC_IMAGE_DRAW_H

#include <stdint.h>

#include "image/image.h"

/* x1 and y1 are the first column and row that do not belong to it. */
typedef struct idc_rect {
    int x0, y0, x1, y1;
} idc_rect;

void idc_draw_fill(idc_image *img, idc_rect r, uint32_t colour);
/* A frame `width` pixels wide, inside r. */
void idc_draw_frame(idc_image *img, idc_rect r, int width, uint32_t colour);
/* The whole of `from` with its upper left at (x, y). */
void idc_draw_picture(idc_image *img, const idc_image *from, int x, int y);
/* UTF-8 text in letters of 5×9 pixels (6×10 with the gaps) times scale; what is not ASCII shows as a box. Breaks between
 * words where a line would pass r.x1. Returns the height that it takes, in pixels; img NULL: only measures. */
int idc_draw_text(idc_image *img, idc_rect r, int scale, uint32_t colour, const char *text);

/* A box in one of the two pictures. */
typedef struct idc_show_box {
    int after; /* 0: in `before`, 1: in `after` */
    idc_rect rect;
} idc_show_box;

typedef struct idc_show {
    const idc_image *before, *after;
    const idc_show_box *boxes; /* in pixels of these pictures */
    int box_count;
    const char *sentence; /* NULL: none */
} idc_show;

/* Both side by side on white, frames around the boxes, the sentence below. out: new memory, free it with idc_image_free.
 * IDC_E_RANGE, IDC_E_MEMORY. */
int idc_show_pair(idc_image *out, const idc_show *what, idc_error *err);

#endif

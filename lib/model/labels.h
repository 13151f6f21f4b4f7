/* labels.h: what the cells of a picture's grid show: the targets of the encoder and of the pointers.
 *
 *     idc_labels l;
 *     idc_labels_make(&l, &triple, IDC_VIEW_BEFORE, &view, 16, 24);
 *     idc_labels_pool(&l, object, cells);      // the cells of the pooled grid that hold an object
 */
#ifndef IDC_MODEL_LABELS_H
#define IDC_MODEL_LABELS_H

#include "model/augment.h"
#include "model/data.h"

#define IDC_MAX_CELLS 4096

typedef struct idc_labels {
    int rows, columns;
    signed char object
        [IDC_MAX_CELLS]; /* the object with the most pixels of the cell (ground counts 0.6); −1 ground */
    unsigned char role[IDC_MAX_CELLS]; /* IDC_CELL_… */
    float offset[IDC_MAX_CELLS]
                [2]; /* from the cell's centre to its object's projected centre, x and y in cells */
    int attribute[IDC_OBJECTS][IDC_ATTRIBUTES];
    int centre
        [IDC_OBJECTS]; /* the object's cell nearest to the centroid of what is visible; −1: has no cell */
} idc_labels;

enum {
    IDC_CELL_PLAIN,
    IDC_CELL_BESIDE,
    IDC_CELL_CENTRE
}; /* beside: one of the eight neighbours of a centre */

/* rows · columns ≤ IDC_MAX_CELLS; the view's input must be a multiple of the grid. */
void idc_labels_make(idc_labels *l, const idc_triple *t, int view_index, const idc_view *view,
                     int rows, int columns);
/* cells [rows/2 · columns/2]: 1 where one of the four cells shows the object, else 0. Returns how many are 1 (0 for object −1). */
int idc_labels_pool(const idc_labels *l, int object, int pool, float *cells);

#endif

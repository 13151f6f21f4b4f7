/* outline.h: which cells of the encoder's grid show the object that the network points at.
 *
 * The pointer of the helper heads is as coarse as the pooled grid. The small CNN says for every cell of its finer grid
 * whether it shows an object and where the centre of that object lies, so cells that agree on a centre are one object.
 */
#ifndef IDC_MODEL_OUTLINE_H
#define IDC_MODEL_OUTLINE_H

#include "model/config.h"

/* The rows and columns of a map: the encoder's grid where it tells objects apart (the small CNN), else the pooled one. */
void idc_outline_grid(const idc_model_config *c, int grid[2]);

/* map [rows,columns]: the mass that pointer [n] has on cells, spread evenly over the cells of the object at its peak; the
 * pointer itself where the encoder does not tell objects apart, or where it sees none there. feature [h,w,F]. */
void idc_outline(float *map, const float *pointer, const float *feature, const idc_model_config *c);

#endif

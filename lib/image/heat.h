/* heat.h: a map of cells drawn over a picture as heat, and the maps that captions carry.
 *
 *     idc_heat heat;
 *     if (idc_heat_read(&heat, json_object_get(caption, "map"), "cube", &err) > 0)      // the map of the word "cube"
 *         idc_heat_draw(&picture, &heat, 0);
 *     idc_heat_free(&heat);
 */
#ifndef IDC_IMAGE_HEAT_H
#define IDC_IMAGE_HEAT_H

#include "image/image.h"

struct json_t; /* jansson's */

typedef struct idc_heat {
    int rows, columns;
    float *cells; /* [2,rows,columns] in [0,1]: before, after */
} idc_heat;

/* The first map of `word` in a list [{"word", "before": [[…], …], "after": …}, …]; word NULL: the mean of the words that
 * are no function words (the, is, of, …), scaled to [0,1]. 1: there is one; 0: the list has no such word; IDC_E_INVALID where it
 * is no such list. */
int idc_heat_read(idc_heat *heat, const struct json_t *list, const char *word, idc_error *err);
void idc_heat_free(idc_heat *heat);
/* Lays the heat of before (side 0) or after (1) over the whole picture: none leaves it, the more the redder, then yellow; values
 * between the cells' centres are linear. */
void idc_heat_draw(idc_image *img, const idc_heat *heat, int side);

#endif

/* data_list.h: labelled pairs of picture files to train on, beside rendered triples.
 *
 *     idc_listed l;
 *     if (idc_listed_read(&l, "train/pairs.jsonl", &err) == 0) {
 *         idc_triple t;                     // two views only: before and "semantic", which is after
 *         void *memory;
 *         idc_listed_load(&l.pair[i], 240, 160, &t, &memory, &err);
 *         free(memory);
 *         idc_listed_fini(&l);
 *     }
 *
 * One JSON object a line:
 *     {"id": "p1", "before": "img/a.jpg", "after": "img/b.png", "type": "color",
 *      "changed": {"before": {"size": "large", "color": "gray", "material": "rubber", "shape": "cube"}, "after": {…} or null},
 *      "box_before": [x0, y0, x1, y1], "box_after": …, "captions": ["…"]}
 * Files are relative to the list's folder. Types: none, color, material, add, drop, move. A pair with a change says which
 * object changed where it exists, with its attributes and the box of its visible part in pixels of the file (x1 and y1
 * exclusive). The plain sentence is made from that; "captions" may be missing. Other fields are passed over.
 */
#ifndef IDC_MODEL_DATA_LIST_H
#define IDC_MODEL_DATA_LIST_H

#include "model/data.h"

typedef struct idc_listed_pair {
    char *id, *file[2]; /* before, after; as this program finds them */
    const char *list;   /* the path it was read by, which the caller keeps */
    uint64_t line;
    enum idc_change_type type;
    int attribute
        [2][IDC_ATTRIBUTES]; /* of the changed object; −1: it does not exist, or nothing changed */
    int box[2][4];           /* x0 y0 x1 y1 */
    idc_captions
        captions; /* forward: the plain sentence, then the list's; backward: the plain one */
} idc_listed_pair;

typedef struct idc_listed {
    idc_listed_pair *pair;
    size_t n;
} idc_listed;

/* Adds the list's pairs to l (zeroed before the first). Every file must be there, every "id" is another, a list has a pair.
 * Errors name list and line. */
int idc_listed_read(idc_listed *l, const char *path, idc_error *err);
void idc_listed_fini(idc_listed *l);

/* Decodes both pictures, reduced where they are much larger than width × height. Row 0 of the object tables is the changed
 * object, its mask is its box. Free *memory after use of the triple. IDC_E_MISMATCH: the pictures differ in size. */
int idc_listed_load(const idc_listed_pair *p, int width, int height, idc_triple *t, void **memory,
                    idc_error *err);

#endif

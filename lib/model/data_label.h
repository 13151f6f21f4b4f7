/* data_label.h: what a list or a store says of a pair, as labels and sentences. Private to lib/model (data_list.c,
 * train_source.c).
 */
#ifndef IDC_MODEL_DATA_LABEL_H
#define IDC_MODEL_DATA_LABEL_H

#include "model/data_list.h"

struct json_t; /* jansson's */

/* One of enum idc_change_type by its name, −1. */
int idc_label_type(const char *name);
const char *idc_label_type_name(enum idc_change_type type);
/* A change of that type has an object before (0), after (1)? */
bool idc_label_exists(enum idc_change_type type, int side);
/* p->attribute[side] of an object {"shape": …}; p->box[side] of "box_before", "box_after" in o. */
int idc_label_attributes(idc_listed_pair *p, int side, const struct json_t *object, idc_error *err);
int idc_label_box(idc_listed_pair *p, int side, const struct json_t *o, idc_error *err);
/* The object's attributes in either picture, from "changed" in o, where the type says that it exists. */
int idc_label_change(idc_listed_pair *p, const struct json_t *o, idc_error *err);

int idc_label_sentence(idc_captions *c, enum idc_caption_kind kind, const char *text);
/* The plain sentence of type and attributes; backwards as well where something changed. */
int idc_label_plain(idc_listed_pair *p);
/* False for what a vocabulary makes no word of: blanks, full stops. */
bool idc_label_has_word(const char *text);

/* Puts object 0 of the triple's view where the box is: mask [height/2,width/2] (255 before), projected centre. scale: from
 * pixels of the file to those of the triple. */
void idc_label_place(idc_triple *t, int view, unsigned char *mask, const int box[4],
                     const double scale[2]);

#endif

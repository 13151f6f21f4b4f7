/* image_record.h: pictures as records of kind image, and back.
 *
 *     idc_record *r;
 *     if (idc_image_record(&r, "a.jpg", &picture, &about, &err) == 0) …
 *     idc_image view;
 *     if (idc_image_view(&view, r, &err) == 0) …      // the pixels inside the record: read them, do not free them
 */
#ifndef IDC_IMAGE_IMAGE_RECORD_H
#define IDC_IMAGE_IMAGE_RECORD_H

#include "image/image.h"
#include "wire/record.h"

typedef struct idc_image_about {
    int width, height; /* of the source, upright, pixels */
    const char *prep;  /* prepare.h */
    int uses;          /* how many pair records will name it; −1: not said */
} idc_image_about;

/* id, image, size, prep, uses. The pixels are copied. IDC_E_MEMORY. */
int idc_image_record(idc_record **out, const char *id, const idc_image *img,
                     const idc_image_about *about, idc_error *err);

/* IDC_E_MISSING, IDC_E_INVALID where `image` is no u8 [h, w, 3] array. Valid as long as the record is. */
int idc_image_view(idc_image *view, const idc_record *r, idc_error *err);

#endif

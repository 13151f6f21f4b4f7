/* loader.h: files are read, decoded and resized by several threads; the caller takes them in the order it likes.
 *
 *     idc_loader *loader;
 *     idc_loader_open(&loader, &how, 4, &err);
 *     idc_load *a = idc_loader_submit(loader, "a.jpg"), *b = idc_loader_submit(loader, "b.jpg");   // begun in this order
 *     idc_loader_wait(loader, a);
 *     if (a->code == 0) … a->image …; else … a->err.text …
 *     idc_loader_release(loader, &a);
 *
 * How many files are under way, and so the memory, is the caller's choice: it submits some ahead, then takes and releases.
 */
#ifndef IDC_IMAGE_LOADER_H
#define IDC_IMAGE_LOADER_H

#include "image/prepare.h"

typedef struct idc_loader idc_loader;

typedef struct idc_load {
    char *path;
    int code; /* what idc_prepare_file returned */
    idc_image image;
    idc_decode_info info;
    idc_error err;
    int state; /* of the loader */
    struct idc_load *next;
} idc_load;

/* threads: 1 … 256. */
int idc_loader_open(idc_loader **out, const idc_prepare *how, int threads, idc_error *err);
/* NULL without memory. */
idc_load *idc_loader_submit(idc_loader *l, const char *path);
/* Until it is done. */
void idc_loader_wait(idc_loader *l, idc_load *load);
/* Done or not; frees it with its picture. */
void idc_loader_release(idc_loader *l, idc_load **load);
/* Every load must have been released. */
void idc_loader_close(idc_loader **l);

#endif

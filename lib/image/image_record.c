#include "image/image_record.h"

int idc_image_record(idc_record **out, const char *id, const idc_image *img,
                     const idc_image_about *about, idc_error *err)
{
    idc_record *r = idc_record_new("image");
    const idc_array pixels = {IDC_DTYPE_U8, 3, {img->height, img->width, 3}, img->rgb};
    const double size[2] = {about->width, about->height};
    *out = r;
    if (r && idc_record_set_string(r, "id", id) == 0 &&
        idc_record_set_array(r, "image", &pixels) == 0 &&
        idc_record_set_numbers(r, "size", size, 2) == 0 &&
        idc_record_set_string(r, "prep", about->prep) == 0 &&
        (about->uses < 0 || idc_record_set_int(r, "uses", about->uses) == 0))
        return 0;
    idc_record_free(out);
    return idc_fail(err, IDC_E_MEMORY, "%s: no memory for its record", id);
}

int idc_image_view(idc_image *view, const idc_record *r, idc_error *err)
{
    idc_array a;
    *view = (idc_image){0, 0, NULL};
    int rc = idc_record_get_array(r, "image", &a, err);
    if (rc < 0)
        return rc;
    if (a.dtype != IDC_DTYPE_U8 || a.ndim != 3 || a.shape[2] != 3 || a.shape[0] < 1 ||
        a.shape[1] < 1 || a.shape[0] > IDC_IMAGE_MAX_SIDE || a.shape[1] > IDC_IMAGE_MAX_SIDE)
        return idc_fail(err, IDC_E_INVALID, "%s '%s': field 'image' is no u8 array [h, w, 3]",
                        idc_record_kind(r), idc_record_id(r));
    *view = (idc_image){(int)a.shape[1], (int)a.shape[0], (unsigned char *)(uintptr_t)a.data};
    return 0;
}

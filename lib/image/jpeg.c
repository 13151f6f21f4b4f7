#include "image/jpeg.h"

#include <stdio.h> /* jpeglib.h needs FILE */

#include <jpeglib.h>

#include <jerror.h>
#include <setjmp.h>
#include <string.h>

#include "image/exif.h"

/* More scans than any encoder writes; each one costs a walk over the whole picture. */
#define MAX_SCANS 200
/* libjpeg's working memory: the coefficients of a progressive picture take 2 bytes a sample, up to
 * 4 samples a pixel. */
#define WORK_BYTES_A_PIXEL 12
#define WORK_BYTES_MORE (64L << 20)

struct reader {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf give_up;
    bool lenient;
    int code;
    char first[JMSG_LENGTH_MAX]; /* the first warning, or the error */
    bool warned;
};

static void keep_message(struct reader *r, char *out)
{
    r->errors.format_message((j_common_ptr)&r->jpeg, out);
}

static int code_of(int message)
{
    switch (message) {
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_ARITH_NOTIMPL:
        return IDC_E_UNSUPPORTED;
    case JERR_OUT_OF_MEMORY:
    case JERR_NO_BACKING_STORE:
        return IDC_E_MEMORY;
    case JERR_IMAGE_TOO_BIG:
        return IDC_E_RANGE;
    default:
        return IDC_E_INVALID;
    }
}

/* libjpeg must not come back from here. */
static void on_error(j_common_ptr jpeg)
{
    struct reader *r = jpeg->client_data;
    keep_message(r, r->first);
    r->code = code_of(jpeg->err->msg_code);
    longjmp(r->give_up, 1);
}

/* level −1: the data are corrupt, and libjpeg goes on with something made up. */
static void on_message(j_common_ptr jpeg, int level)
{
    struct reader *r = jpeg->client_data;
    if (level >= 0)
        return;
    if (!r->warned)
        keep_message(r, r->first);
    r->warned = true;
    if (!r->lenient) {
        r->code = IDC_E_INVALID;
        longjmp(r->give_up, 1);
    }
}

static void on_progress(j_common_ptr jpeg)
{
    struct reader *r = jpeg->client_data;
    if (r->jpeg.input_scan_number > MAX_SCANS) {
        snprintf(r->first, sizeof r->first, "more than %d scans", MAX_SCANS);
        r->code = IDC_E_RANGE;
        longjmp(r->give_up, 1);
    }
}

static void on_print(j_common_ptr jpeg)
{
    (void)jpeg; /* a library never prints */
}

static void reader_init(struct reader *r, const idc_decode_options *how)
{
    r->jpeg.err = jpeg_std_error(&r->errors);
    r->jpeg.client_data = r;
    r->errors.error_exit = on_error;
    r->errors.emit_message = on_message;
    r->errors.output_message = on_print;
    r->progress.progress_monitor = on_progress;
    r->lenient = how->lenient;
}

static int stored_orientation(struct reader *r)
{
    for (jpeg_saved_marker_ptr m = r->jpeg.marker_list; m; m = m->next)
        if (m->marker == JPEG_APP0 + 1 && m->data_length >= 6 && memcmp(m->data, "Exif\0", 6) == 0)
            return idc_exif_orientation(m->data, m->data_length);
    return 1;
}

/* 1, 2, 4 or 8: how much the picture may shrink while it is decoded. */
static unsigned reduction(unsigned width, unsigned height, int target_width, int target_height)
{
    unsigned by = 1;
    if (target_width < 1 || target_height < 1)
        return 1;
    while (by < 8 && width / (by * 2) >= 2 * (unsigned)target_width &&
           height / (by * 2) >= 2 * (unsigned)target_height)
        by *= 2;
    return by;
}

/* libjpeg hands out CMYK as it is stored; Adobe stores it inverted (0: full ink). */
static void cmyk_to_rgb(uint8_t *to, const uint8_t *from, unsigned width, bool inverted)
{
    uint8_t flip = inverted ? 0 : 255;
    for (unsigned x = 0; x < width; x++, from += 4)
        for (int c = 0; c < 3; c++)
            *to++ = (uint8_t)(((from[c] ^ flip) * (from[3] ^ flip) + 127) / 255);
}

static void read_rows(struct reader *r, idc_image *out)
{
    struct jpeg_decompress_struct *j = &r->jpeg;
    bool cmyk = j->out_color_space == JCS_CMYK;
    size_t stride = (size_t)out->width * 3;
    JSAMPARRAY ink = NULL;
    if (cmyk)
        ink = j->mem->alloc_sarray((j_common_ptr)j, JPOOL_IMAGE, j->output_width * 4, 1);
    while (j->output_scanline < j->output_height) {
        uint8_t *row = out->rgb + j->output_scanline * stride;
        if (jpeg_read_scanlines(j, cmyk ? ink : &row, 1) == 1 && cmyk)
            cmyk_to_rgb(row, ink[0], j->output_width, j->saw_Adobe_marker);
    }
}

/* Everything before the pixels; fails through on_error or returns a code. */
static int prepare(struct reader *r, const idc_decode_options *how, int *orientation,
                   idc_decode_info *info, idc_error *err)
{
    struct jpeg_decompress_struct *j = &r->jpeg;
    jpeg_save_markers(j, JPEG_APP0 + 1, 0xffff);
    jpeg_read_header(j, TRUE);
    *orientation = stored_orientation(r);
    bool swap = *orientation >= 5;
    info->width = (int)(swap ? j->image_height : j->image_width);
    info->height = (int)(swap ? j->image_width : j->image_height);
    if ((int64_t)j->image_width * j->image_height > how->max_pixels)
        return idc_fail(err, IDC_E_RANGE, "%d×%d pixels are more than allowed (%lld)", info->width,
                        info->height, (long long)how->max_pixels);
    if (j->num_components != 1 && j->num_components != 3 && j->num_components != 4)
        return idc_fail(err, IDC_E_UNSUPPORTED, "JPEG with %d components", j->num_components);
    j->out_color_space = j->num_components == 4 ? JCS_CMYK : JCS_RGB;
    j->dct_method = JDCT_ISLOW;
    j->do_fancy_upsampling = TRUE;
    j->scale_num = 1;
    j->scale_denom =
        reduction(j->image_width, j->image_height, swap ? how->target_height : how->target_width,
                  swap ? how->target_width : how->target_height);
    j->progress = &r->progress;
    j->mem->max_memory_to_use =
        (long)j->image_width * (long)j->image_height * WORK_BYTES_A_PIXEL + WORK_BYTES_MORE;
    return 0;
}

static int failed(const struct reader *r, idc_error *err)
{
    return idc_fail(err, r->code, r->code == IDC_E_INVALID ? "damaged JPEG: %s" : "JPEG: %s",
                    r->first);
}

int idc_jpeg_decode(idc_image *out, const uint8_t *bytes, size_t n, const idc_decode_options *how,
                    idc_decode_info *info, idc_error *err)
{
    struct reader r = {0};
    int orientation = 1; /* not read after a longjmp */
    *out = (idc_image){0, 0, NULL};
    reader_init(&r, how);
    if (setjmp(r.give_up)) {
        jpeg_destroy_decompress(&r.jpeg);
        idc_image_free(out);
        return failed(&r, err);
    }
    jpeg_create_decompress(&r.jpeg);
    jpeg_mem_src(&r.jpeg, bytes, n);
    int rc = prepare(&r, how, &orientation, info, err);
    if (rc == 0) {
        jpeg_start_decompress(&r.jpeg);
        rc = idc_image_new(out, (int)r.jpeg.output_width, (int)r.jpeg.output_height, err);
    }
    if (rc == 0) {
        read_rows(&r, out);
        jpeg_finish_decompress(&r.jpeg);
    }
    jpeg_destroy_decompress(&r.jpeg);
    if (rc == 0)
        rc = idc_orient(out, orientation, err);
    if (rc < 0)
        idc_image_free(out);
    else if (r.warned)
        snprintf(info->note, sizeof info->note, "damaged JPEG: %.*s", IDC_NOTE_TEXT - 20, r.first);
    return rc;
}

#include "encoder/precision.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "encoder/ranges.h"
#include "image/folder.h"
#include "image/prepare.h"
#include "tensor/plan.h"

/* In the order in which "auto" tries them. */
static const struct row {
    const char *name;
    idc_dtype dtype;
} rows[] = {{"int8", IDC_DTYPE_I8}, {"bf16", IDC_DTYPE_BF16}, {"f32", IDC_DTYPE_F32}};

#define ROWS (sizeof rows / sizeof rows[0])

bool idc_precision_known(const char *name)
{
    bool known = strcmp(name, "auto") == 0;
    for (size_t i = 0; i < ROWS; i++)
        known = known || strcmp(name, rows[i].name) == 0;
    return known;
}

/* ---- ranges ---- */

static int measure_one(idc_ranges *r, const idc_encoder *enc, const char *path, idc_error *err)
{
    const idc_encoder_spec *s = idc_encoder_get_spec(enc);
    idc_prepare how = IDC_PREPARE_DEFAULT;
    idc_image image = {0};
    idc_decode_info info;
    how.width = s->width;
    how.height = s->height;
    int rc = idc_prepare_file(&image, path, &how, &info, err);
    rc = rc < 0 ? rc : idc_ranges_add(r, image.rgb, err);
    idc_image_free(&image);
    return rc;
}

static int measure(idc_ranges **r, idc_encoder *enc, const char *folder, idc_error *err)
{
    idc_folder *pictures = NULL;
    const char *path;
    int rc = idc_ranges_new(r, enc, err);
    rc = rc < 0 ? rc : idc_folder_open(&pictures, folder, err);
    while (rc == 0 && (path = idc_folder_next(pictures)))
        rc = measure_one(*r, enc, path, err);
    idc_folder_close(&pictures);
    return rc;
}

int idc_precision_calibrate(idc_encoder *enc, const char *folder, const char *fingerprint,
                            const char *file, idc_error *err)
{
    idc_ranges *r = NULL;
    int rc = measure(&r, enc, folder, err);
    rc = rc < 0 ? rc : idc_ranges_write(r, file, fingerprint, err);
    idc_ranges_free(&r);
    return rc;
}

static int find_ranges(idc_ranges_table *t, idc_encoder *enc, const char *path,
                       const char *fingerprint, idc_error *err)
{
    struct stat about;
    idc_ranges *r = NULL;
    if (!path)
        return idc_fail(err, IDC_E_MISSING, "int8 needs ranges: --calibrate FOLDER or FILE");
    if (stat(path, &about) < 0 || !S_ISDIR(about.st_mode))
        return idc_ranges_read(t, path, fingerprint, err);
    int rc = measure(&r, enc, path, err);
    rc = rc < 0 ? rc : idc_ranges_choose(r, t, err);
    idc_ranges_free(&r);
    return rc;
}

/* ---- opening ---- */

static void name_features(idc_precision *p, const struct row *row, const idc_ranges_table *t,
                          const char *fingerprint)
{
    char text[64];
    snprintf(p->fingerprint, sizeof p->fingerprint, "%s", fingerprint);
    if (row->dtype == IDC_DTYPE_F32)
        return;
    int n = snprintf(text, sizeof text, "%.32s %s", fingerprint, row->name);
    XXH128_hash_t h = XXH3_128bits(text, (size_t)n);
    if (t->n > 0)
        h = XXH3_128bits_withSeed(t->values, (size_t)t->n * 2 * sizeof *t->values, h.low64);
    snprintf(p->fingerprint, sizeof p->fingerprint, "%016llx%016llx", (unsigned long long)h.high64,
             (unsigned long long)h.low64);
}

static int open_row(idc_precision *p, idc_encoder *enc, const struct row *row,
                    const idc_precision_choice *choice, const char *fingerprint, idc_error *err)
{
    idc_ranges_table t = {0};
    idc_compile_options o = {.precision = row->dtype};
    int rc = 0;
    if (!idc_plan_supports(row->dtype))
        return idc_fail(err, IDC_E_UNSUPPORTED, "precision %s: this processor has no %s", row->name,
                        row->dtype == IDC_DTYPE_I8 ? "AVX-512 VNNI" : "AVX-512 BF16");
    if (row->dtype == IDC_DTYPE_I8)
        rc = find_ranges(&t, enc, choice->calibrate, fingerprint, err);
    o.ranges = t.values;
    o.n_ranges = t.n;
    /* The small CNN has no compiled form: that is known without a look. */
    bool tape = row->dtype == IDC_DTYPE_F32 && idc_encoder_get_spec(enc)->stage == 0;
    rc = rc < 0 || tape ? rc : idc_compile(&p->compiled, enc, &o, err);
    if (rc == IDC_E_UNSUPPORTED && row->dtype == IDC_DTYPE_F32)
        rc = 0;
    if (rc == 0) {
        p->name = row->name;
        name_features(p, row, &t, fingerprint);
    }
    free(t.values);
    return rc;
}

int idc_precision_open(idc_precision *p, idc_encoder *enc, const idc_precision_choice *choice,
                       const char *fingerprint, idc_error *err)
{
    const bool any = strcmp(choice->name, "auto") == 0;
    int rc = IDC_E_UNSUPPORTED;
    *p = (idc_precision){0};
    for (size_t i = 0; i < ROWS && rc == IDC_E_UNSUPPORTED; i++) {
        bool wanted = any ? rows[i].dtype != IDC_DTYPE_I8 || choice->calibrate
                          : strcmp(choice->name, rows[i].name) == 0;
        if (wanted)
            rc = open_row(p, enc, &rows[i], choice, fingerprint, err);
    }
    return rc;
}

void idc_precision_close(idc_precision *p)
{
    idc_compiled_free(&p->compiled);
}

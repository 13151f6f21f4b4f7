/* file.h: whole files in, mapped files, and files that appear only when they are complete.
 *
 *     idc_buffer b = {0};
 *     if (idc_file_read(&b, "a.json", 1 << 20, &err) < 0) …        // IDC_E_MISSING, IDC_E_RANGE, IDC_E_IO
 *
 *     idc_file_map m;
 *     idc_file_map_open(&m, "model.safetensors", &err);            // m.data, m.size; read-only
 *     idc_file_map_close(&m);
 *
 *     idc_file_writer *w;
 *     idc_file_writer_open(&w, "model.safetensors", &err);         // writes model.safetensors.tmp-PID-N beside it
 *     idc_file_writer_append(w, bytes, n, &err);
 *     idc_file_writer_commit(&w, &err);                            // fsync, rename; or idc_file_writer_abort(&w)
 *
 * A reader sees the old file or the new one, never half of it. Errors name the file.
 */
#ifndef IDC_BASE_FILE_H
#define IDC_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/error.h"

/* Replaces what is in b. path "-" is stdin. A file of more than limit bytes is IDC_E_RANGE and is not read to its end;
 * a directory is IDC_E_IO. */
int idc_file_read(idc_buffer *b, const char *path, size_t limit, idc_error *err);

typedef struct idc_file_map {
    const uint8_t *data; /* NULL for an empty file */
    size_t size;
} idc_file_map;
int idc_file_map_open(idc_file_map *m, const char *path, idc_error *err);
void idc_file_map_close(idc_file_map *m);

int idc_file_write_atomic(const char *path, const void *bytes, size_t n, idc_error *err);

typedef struct idc_file_writer idc_file_writer;
int idc_file_writer_open(idc_file_writer **w, const char *path, idc_error *err);
/* For fprintf and libraries that want one; its errors are seen by commit. */
FILE *idc_file_writer_stream(idc_file_writer *w);
int idc_file_writer_append(idc_file_writer *w, const void *bytes, size_t n, idc_error *err);
/* Both free the writer; after a failure the temporary file is gone and the old file as it was. */
int idc_file_writer_commit(idc_file_writer **w, idc_error *err);
void idc_file_writer_abort(idc_file_writer **w);

#endif

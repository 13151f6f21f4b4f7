/* Any bytes as a store, with a file of blobs beside it: each command that reads ends, with an error that has a text or
 * without one. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/check.h"
#include "store/missing.h"
#include "store/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *user, const idc_error *what)
{
    (void)user;
    if (!what->text[0])
        abort();
}

static int line(void *user, const char *name, idc_error *err)
{
    (void)user;
    (void)name;
    (void)err;
    return 0;
}

static void expect(int rc, const idc_error *err)
{
    if (rc < 0 && !err->text[0])
        abort();
}

static void use(idc_store *s)
{
    idc_error err = IDC_NO_ERROR;
    idc_check c = {.store = s, .broken = ignore};
    idc_missing m = {.store = s, .line = line};
    idc_record *r;
    int64_t variant;
    FILE *out = fopen("/dev/null", "w");
    expect(idc_check_run(&c, &err), &err);
    expect(idc_store_variant(s, &(idc_store_choice){0}, &variant, &err), &err);
    expect(idc_read_feature(s, variant ? variant : 1, "a", &r, &err), &err);
    idc_record_free(&r);
    expect(idc_missing_items(&m, &err), &err);
    if (out) {
        expect(idc_stats_print(s, out, &err), &err);
        expect(idc_query_print(s, "SELECT * FROM pair", out, &err), &err);
        fclose(out);
    }
}

static void put_file(int fd, const void *data, size_t size)
{
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t blobs[64 + 4096] = "idc blobs 1\n";
    char path[64], beside[80];
    idc_store *s;
    idc_error err = IDC_NO_ERROR;
    if (size > 4 << 20)
        return 0;
    /* in memory where there is such a folder: SQLite waits for the disk */
    const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(path, sizeof path, "%s/idc-fuzz-store-XXXXXX", folder);
    put_file(mkstemp(path), data, size);
    snprintf(beside, sizeof beside, "%s-001.blob", path);
    put_file(open(beside, O_CREAT | O_WRONLY | O_TRUNC, 0600), blobs, sizeof blobs);
    int rc = idc_store_open(&s, path, IDC_STORE_READ, &err);
    expect(rc, &err);
    if (rc == 0)
        use(s);
    idc_store_close(&s);
    unlink(path);
    unlink(beside);
    return 0;
}

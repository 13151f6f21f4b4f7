/* error.h: how a function says what went wrong.
 *
 *     idc_error err = IDC_NO_ERROR;
 *     if (idc_file_read(&buf, "a.jpg", limit, &err) < 0)
 *         fprintf(stderr, "idc-decode: %s\n", err.text);
 *
 * A function that can fail returns int: 0, or one of the negative codes below, and takes `idc_error *err` last. It
 * fills err with one sentence without a full stop that names the thing ("a.jpg: empty file"). `err` may be NULL.
 * The library never prints and never exits.
 */
#ifndef IDC_BASE_ERROR_H
#define IDC_BASE_ERROR_H

enum {
    IDC_E_INVALID = -1,     /* malformed data: a header that lies, a bad option value */
    IDC_E_RANGE = -2,       /* a size, index or limit that is out of bounds */
    IDC_E_MEMORY = -3,      /* no memory */
    IDC_E_IO = -4,          /* the system said no (errno is in the text) */
    IDC_E_UNSUPPORTED = -5, /* valid, but not something this program does */
    IDC_E_MISMATCH = -6,    /* two things that must agree do not: version, fingerprint, shape */
    IDC_E_CUT = -7,         /* a stream that stops without its end */
    IDC_E_STOPPED = -8,     /* a signal asked for an end */
    IDC_E_CLOSED = -9,      /* the reader of our output has gone (EPIPE) */
    IDC_E_NUMERIC = -10,    /* not a number, or infinite */
    IDC_E_MISSING = -11     /* no such file, field, item or tensor */
};

#define IDC_ERROR_TEXT 512

typedef struct idc_error {
    int code;
    char text[IDC_ERROR_TEXT];
} idc_error;

#define IDC_NO_ERROR                                                                               \
    {                                                                                              \
        0,                                                                                         \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

/* Fills err (if not NULL) with the code and the formatted sentence; returns the code, so that one can
 * `return idc_fail(err, IDC_E_RANGE, "%s: …", name);`. Control bytes of the text become '?'. */
int idc_fail(idc_error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " before the text of err; returns err->code (or `code` when err is NULL). */
int idc_fail_in(idc_error *err, int code, const char *prefix);

/* The short lower-case name of a code, as the `code` field of error records has it: "invalid", "range", … */
const char *idc_error_name(int code);

#endif

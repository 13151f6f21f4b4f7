/* unpack.h: reads files that are packed with gzip or xz, and members of zip archives (jar files), in pieces.
 *
 *     idc_unpack *u;
 *     idc_unpack_open(&u, "table.gz", NULL, &err);                    // by its first bytes: gzip, xz or plain
 *     idc_unpack_open(&u, "meteor-1.5.jar", "synonym/english.synsets", &err);
 *     while ((n = idc_unpack_line(u, &line, &err)) > 0) …             // n counts the line feed; line ends with a zero byte instead
 *     idc_unpack_close(&u);
 */
#ifndef IDC_BASE_UNPACK_H
#define IDC_BASE_UNPACK_H

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

typedef struct idc_unpack idc_unpack;

/* member NULL: the file itself. IDC_E_MISSING: no such file or member. */
int idc_unpack_open(idc_unpack **u, const char *path, const char *member, idc_error *err);
void idc_unpack_close(idc_unpack **u);
/* The next line, without its line feed (and carriage return); valid until the next call. Its length + 1; 0 at the end; or an error
 * code: IDC_E_INVALID for damaged data, IDC_E_RANGE for a line of more than 1 MiB. */
ssize_t idc_unpack_line(idc_unpack *u, char **line, idc_error *err);

#endif

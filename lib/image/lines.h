/* lines.h: a list file, line by line, however long or slow it is.
 *
 *     idc_lines *lines;
 *     if (idc_lines_open(&lines, "pairs.jsonl", &err) == 0)          // "-": stdin
 *         while ((rc = idc_lines_next(lines, &line, &err)) != 0) …
 *     idc_lines_close(&lines);
 */
#ifndef IDC_IMAGE_LINES_H
#define IDC_IMAGE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define IDC_MAX_LINE ((size_t)1 << 20)

typedef struct idc_lines idc_lines;

/* IDC_E_MISSING "list: no such file", IDC_E_INVALID for a directory, IDC_E_IO. */
int idc_lines_open(idc_lines **out, const char *path, idc_error *err);
/* 1: *line is the next one without its end (\n or \r\n), valid until the next call. 0: no more. IDC_E_RANGE: a line beyond
 * IDC_MAX_LINE was passed over, go on. IDC_E_INVALID: likewise one with a zero byte. IDC_E_IO, IDC_E_STOPPED (a signal
 * came), IDC_E_MEMORY: the end. Errors name list and line. */
int idc_lines_next(idc_lines *l, const char **line, idc_error *err);
/* Whether idc_lines_next has something without waiting for the writer of a pipe. */
bool idc_lines_ready(const idc_lines *l);
/* Of the line that came last, from 1. */
uint64_t idc_lines_number(const idc_lines *l);
const char *idc_lines_name(const idc_lines *l);
void idc_lines_close(idc_lines **l);

#endif

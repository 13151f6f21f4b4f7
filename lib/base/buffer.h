/* buffer.h: bytes that grow.
 *
 *     idc_buffer b = {0};
 *     if (idc_buffer_append(&b, "abc", 3) < 0) …          // IDC_E_MEMORY
 *     idc_buffer_free(&b);
 *
 * After a failure the buffer holds what it held before. Grows by half, so that n appends cost O(n).
 */
#ifndef IDC_BASE_BUFFER_H
#define IDC_BASE_BUFFER_H

#include <stddef.h>
#include <stdint.h>

typedef struct idc_buffer {
    uint8_t *data;
    size_t size, capacity;
} idc_buffer;

/* Room for `more` bytes past size. 0 or IDC_E_MEMORY. */
int idc_buffer_reserve(idc_buffer *b, size_t more);
int idc_buffer_append(idc_buffer *b, const void *bytes, size_t n);
int idc_buffer_append_string(idc_buffer *b, const char *s);
/* printf at the end; the terminating zero lies past size. */
int idc_buffer_printf(idc_buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void idc_buffer_free(idc_buffer *b);

#endif

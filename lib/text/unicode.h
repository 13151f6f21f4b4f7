/* unicode.h: code points of UTF-8 text and what they are: letters, digits, cases (cases by the C library's C.UTF-8 locale).
 *
 *     for (size_t at = 0; at < length;)
 *         uint32_t c = idc_utf8_next(text, length, &at);           // U+FFFD for each byte that is not UTF-8
 */
#ifndef IDC_TEXT_UNICODE_H
#define IDC_TEXT_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint32_t idc_utf8_next(const char *text, size_t length, size_t *at);
/* Writes 1 to 4 bytes, returns how many. */
size_t idc_utf8_put(char *to, uint32_t c);
uint32_t idc_lower(uint32_t c);
bool idc_is_letter(uint32_t c); /* of the basic plane: Unicode category L */
bool idc_is_upper(uint32_t c);

#endif

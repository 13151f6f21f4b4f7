/* hello.h: the first and the last record of a stream. */
#ifndef IDC_WIRE_HELLO_H
#define IDC_WIRE_HELLO_H

#include "base/tool.h"
#include "wire/record.h"

#define IDC_MAX_CHAIN 64 /* programs that a stream may have gone through */

/* earlier: the hello that came in, NULL for a source. Its unknown fields are kept; the chain gets this program's entry. */
int idc_hello_make(idc_record **hello, const idc_tool *tool, const idc_record *earlier,
                   idc_error *err);
int idc_end_make(idc_record **end, const idc_tool *tool, uint64_t count, uint64_t errors,
                 idc_error *err);

#endif

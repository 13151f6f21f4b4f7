/* inputs.h: several streams read as one, with their beginning and end checked.
 *
 *     while ((rc = idc_inputs_next(in, &r, &err)) == IDC_READ_RECORD) …      // data and error records
 *     if (rc == IDC_READ_NOTHING) idc_inputs_wait(in, -1, &err);                 // IDC_READ_EOF: all have ended
 *
 * Each stream begins with hello of format version 1 and ends with end; one that stops without it is IDC_E_CUT with how far it got.
 */
#ifndef IDC_WIRE_INPUTS_H
#define IDC_WIRE_INPUTS_H

#include "wire/endpoint.h"

#define IDC_FORMAT_VERSION 1

typedef struct idc_inputs idc_inputs;

/* The endpoints of -i, or stdin. */
int idc_inputs_open(idc_inputs **in, idc_tool *tool, idc_error *err);
/* From now on hello and end are handed out like other records, after they were checked. */
void idc_inputs_hand_out_all(idc_inputs *in);
/* Does not wait. IDC_E_STOPPED once a signal has come. The caller frees the record. */
int idc_inputs_next(idc_inputs *in, idc_record **r, idc_error *err);
/* At most so many milliseconds; −1: for as long as it takes. */
int idc_inputs_wait(idc_inputs *in, int milliseconds, idc_error *err);
/* The readers to wait for together with others, NULL for those that have ended; list has room for IDC_MAX_LIST. How many. */
int idc_inputs_readers(idc_inputs *in, idc_reader **list);
/* The first hello that came; NULL before. */
const idc_record *idc_inputs_hello(const idc_inputs *in);
/* Data and error records handed out so far. */
uint64_t idc_inputs_count(const idc_inputs *in);
void idc_inputs_close(idc_inputs **in);

#endif

/* deal.h: one stream to several workers, their answers back in the order of the stream.
 *
 *     idc_deal_options o = {.workers = {{"ipc://w1", "ipc://w2"}, 2}, .answers = {{"@ipc://answers"}, 1}};
 *     idc_deal_run(tool, &o, &err);
 *
 * A worker is any program that answers each record with one record and passes unknown fields on (idc-encode -i @ipc://w1
 * -o ipc://answers): it gets hello, records and end as from a pipe. Each record carries a field `deal` ("RUN.NUMBER"), which
 * comes back with the answer and acknowledges the record; error records without it are known by their id. A worker has
 * at most `window` records unanswered. When its connection ends, or it is silent for `timeout` seconds, its records go to
 * other workers; what comes back twice is dropped, what three workers have failed to answer becomes an error record. One
 * worker an endpoint; a worker that comes back, or comes late, is given work again.
 */
#ifndef IDC_WIRE_DEAL_H
#define IDC_WIRE_DEAL_H

#include "base/tool.h"

typedef struct idc_deal_options {
    idc_string_list workers; /* endpoints */
    idc_string_list answers; /* where the workers' output comes in */
    int64_t window;          /* 1 … 1024 */
    int64_t timeout;         /* seconds; 0: wait for ever */
    bool unordered;          /* pass answers on as they come */
} idc_deal_options;

/* Reads the inputs of -i, writes to -o. 0, IDC_E_STOPPED, IDC_E_CUT when no worker is left, and what endpoints say. Lost
 * and re-sent records are named on stderr; the counts of each worker follow at the end. */
int idc_deal_run(idc_tool *tool, const idc_deal_options *o, idc_error *err);

#endif

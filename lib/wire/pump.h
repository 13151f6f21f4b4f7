/* pump.h: the one loop of every program: hello, records, errors, end.
 *
 *     static int on_record(void *user, idc_record *r, idc_pump *out, idc_error *err) { …; return idc_pump_send(out, r, err); }
 *     …
 *     idc_pump_run(tool, on_record, &job, &err);
 *
 * A pump reads the inputs named by -i (several merge; default stdin), hands each record to `on_record`, and writes what
 * is sent to the output of -o (default stdout). It passes hello on with this program appended to its chain, writes end
 * with counts, turns a failed item into an error record that travels on, says each on stderr once, and sees to signals.
 * A record handed to on_record is freed by the pump after the call; idc_pump_send does not take ownership.
 */
#ifndef IDC_WIRE_PUMP_H
#define IDC_WIRE_PUMP_H

#include "base/error.h"
#include "base/tool.h"
#include "wire/record.h"

typedef struct idc_pump idc_pump;

/* Returns 0 to go on. A negative code: this item failed; err names it; the pump sends an error record for the record's
 * id, counts it, and goes on, unless the code is IDC_E_CLOSED, IDC_E_STOPPED or IDC_E_MEMORY, which end the run. */
typedef int (*idc_on_record)(void *user, idc_record *r, idc_pump *out, idc_error *err);

/* Runs until every input has ended. hello and end are not handed to on_record; error records and unknown kinds are
 * (pass them on). Returns 0, also when items failed (the tool's status knows), or the code that ended the run. */
int idc_pump_run(idc_tool *tool, idc_on_record on_record, void *user, idc_error *err);

/* As idc_pump_run, for a program that gathers records and works on several at once. When records lie gathered, `wait`
 * says how many milliseconds they may still do so (−1: none lie there); at 0 `flush` is called, and once more before the
 * output ends, also after a signal or a cut. Its errors count as on_record's, but name no item. */
typedef struct idc_gathering {
    int (*wait)(void *user);
    int (*flush)(void *user, idc_pump *out, idc_error *err);
} idc_gathering;
int idc_pump_run_gathering(idc_tool *tool, idc_on_record on_record, const idc_gathering *gathering,
                           void *user, idc_error *err);

/* For sources, which have no input (idc-decode): open the output and write hello, send records, close with end. */
int idc_pump_open_output(idc_pump **out, idc_tool *tool, idc_error *err);
int idc_pump_close(idc_pump **out, idc_error *err);

/* For sinks that write text (idc-decode-caption): as idc_pump_run, but nothing is written; records are handed over only.
 * on_record's `out` is NULL; a failed item is counted and named on stderr. */
int idc_pump_drain(idc_tool *tool, idc_on_record on_record, void *user, idc_error *err);
/* The same with hello and end among the records. */
int idc_pump_drain_all(idc_tool *tool, idc_on_record on_record, void *user, idc_error *err);
/* As idc_pump_drain, for a sink that gathers (idc-store); flush's `out` is NULL, too. */
int idc_pump_drain_gathering(idc_tool *tool, idc_on_record on_record,
                             const idc_gathering *gathering, void *user, idc_error *err);

int idc_pump_send(idc_pump *out, const idc_record *r, idc_error *err);
/* What was sent leaves now: for sources, before they wait for something. */
int idc_pump_flush(idc_pump *out, idc_error *err);
/* This item failed: named on stderr, counted, sent on as an error record. Always returns 0 unless the output failed. */
int idc_pump_fail(idc_pump *out, const char *id, const idc_error *cause, idc_error *err);

/* Adds a key of this program's entry in the chain (fingerprints): call before the first record, e.g. from main before
 * idc_pump_run. The chain entry is {"from": "idc-encode 0.1.0", key: value, …}. */
int idc_tool_announce(idc_tool *tool, const char *key, const char *value);

#endif

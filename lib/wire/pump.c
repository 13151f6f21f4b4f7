#include "wire/pump.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/endpoint.h"
#include "wire/hello.h"
#include "wire/inputs.h"

struct work {
    idc_on_record on_record;
    const idc_gathering *gathering; /* NULL: each record is done when on_record returns */
    void *user;
    bool all; /* hello and end are handed over, too */
};

struct idc_pump {
    idc_tool *tool;
    idc_writer *out; /* NULL: a drain */
    bool said_hello;
    uint64_t count, errors;
    char id[1024],
        deal[64]; /* of the record in hand: a dealer's number goes back with its error record, too */
};

static int open_pump(idc_pump **out, idc_tool *tool, bool writes, idc_error *err)
{
    const idc_tool_streams *s = idc_tool_stream_options(tool);
    idc_endpoint_options o = idc_endpoint_options_of(tool);
    idc_pump *p = calloc(1, sizeof *p);
    *out = NULL;
    if (!p)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    idc_endpoint_check(tool);
    p->tool = tool;
    if (writes) {
        idc_tool_refuse_terminal(tool);
        int rc = idc_writer_open(&p->out, s->output, &o, err);
        if (rc < 0) {
            free(p);
            return rc;
        }
    }
    *out = p;
    return 0;
}

static int say_hello(idc_pump *p, const idc_record *earlier, idc_error *err)
{
    if (p->said_hello || !p->out)
        return 0;
    p->said_hello = true;
    idc_record *hello;
    int rc = idc_hello_make(&hello, p->tool, earlier, err);
    if (rc == 0)
        rc = idc_writer_send(p->out, hello, err);
    idc_record_free(&hello);
    return rc;
}

static int say_end(idc_pump *p, idc_error *err)
{
    if (!p->out)
        return 0;
    idc_record *end;
    int rc = idc_end_make(&end, p->tool, p->count, p->errors, err);
    if (rc == 0)
        rc = idc_writer_send(p->out, end, err);
    idc_record_free(&end);
    return rc;
}

int idc_pump_send(idc_pump *out, const idc_record *r, idc_error *err)
{
    int rc = idc_writer_send(out->out, r, err);
    if (rc == 0 && idc_record_is(r, "error"))
        out->errors++;
    else if (rc == 0)
        out->count++;
    return rc;
}

int idc_pump_flush(idc_pump *out, idc_error *err)
{
    return idc_writer_flush(out->out, err);
}

static int send_error(idc_pump *p, const char *id, const idc_error *cause, idc_error *err)
{
    if (!p->out)
        return 0;
    idc_record *r = idc_record_error(idc_tool_name(p->tool), id, cause);
    if (r && p->deal[0] && strcmp(id, p->id) == 0 && idc_record_set_string(r, "deal", p->deal) < 0)
        idc_record_free(&r);
    int rc = r ? idc_pump_send(p, r, err) : idc_fail(err, IDC_E_MEMORY, "no memory");
    idc_record_free(&r);
    return rc;
}

int idc_pump_fail(idc_pump *out, const char *id, const idc_error *cause, idc_error *err)
{
    idc_tool_item_failed(out->tool, cause);
    return send_error(out, id, cause, err);
}

static bool ends_run(int code)
{
    return code == IDC_E_CLOSED || code == IDC_E_STOPPED || code == IDC_E_MEMORY;
}

static int item_done(idc_pump *p, const char *id, int rc, const idc_error *cause, idc_error *err)
{
    if (rc >= 0)
        return 0;
    if (ends_run(rc) || ends_run(cause->code)) {
        if (err)
            *err = *cause;
        return rc;
    }
    return idc_pump_fail(p, id, cause, err);
}

/* If anything lies gathered (and, with `due`, has waited long enough). */
static int flush_gathered(idc_pump *p, const struct work *work, bool due, idc_error *err)
{
    idc_error cause = IDC_NO_ERROR;
    int milliseconds = work->gathering ? work->gathering->wait(work->user) : -1;
    if (milliseconds < 0 || (due && milliseconds > 0))
        return 0;
    return item_done(p, "", work->gathering->flush(work->user, p->out ? p : NULL, &cause), &cause,
                     err);
}

static int handle(idc_pump *p, const struct work *work, idc_record *r, idc_error *err)
{
    if (idc_record_is(r, "error"))
        idc_tool_mark_failed(p->tool); /* its own program has named it */
    const char *deal = "";
    idc_record_get_string(r, "deal", &deal, NULL);
    snprintf(p->id, sizeof p->id, "%s", idc_record_id(r)); /* on_record may change both */
    snprintf(p->deal, sizeof p->deal, "%s", deal);
    idc_error cause = IDC_NO_ERROR;
    int rc = work->on_record(work->user, r, p->out ? p : NULL, &cause);
    rc = item_done(p, p->id, rc, &cause, err);
    p->deal[0] = 0;
    return rc < 0 ? rc : flush_gathered(p, work, true, err);
}

/* Nothing to read: what is gathered may wait for more only so long. */
static int idle(idc_pump *p, idc_inputs *in, const struct work *work, idc_error *err)
{
    int milliseconds = work->gathering ? work->gathering->wait(work->user) : -1;
    if (milliseconds == 0)
        return flush_gathered(p, work, true, err);
    int rc = p->out ? idc_writer_flush(p->out, err) : 0;
    return rc < 0 ? rc : idc_inputs_wait(in, milliseconds, err);
}

/* Only the last program of a pipe draws, or their lines would overwrite one another; and not between its own lines. */
static bool is_last(const idc_tool *tool)
{
    struct stat st;
    const char *output = idc_tool_stream_options(tool)->output;
    if (output && strcmp(output, "-") != 0)
        return true;
    return fstat(STDOUT_FILENO, &st) == 0 && !S_ISFIFO(st.st_mode) && !isatty(STDOUT_FILENO);
}

static int loop(idc_pump *p, idc_inputs *in, const struct work *work, idc_error *err)
{
    bool draws = is_last(p->tool);
    for (;;) {
        idc_record *r = NULL;
        int rc = idc_inputs_next(in, &r, err);
        if (idc_inputs_hello(in) && rc >= 0) {
            int said = say_hello(p, idc_inputs_hello(in), err);
            rc = said < 0 ? said : rc;
        }
        if (rc == IDC_READ_RECORD)
            rc = handle(p, work, r, err);
        else if (rc == IDC_READ_NOTHING)
            rc = idle(p, in, work, err);
        idc_record_free(&r);
        if (rc == IDC_READ_EOF)
            return 0;
        if (rc < 0)
            return rc;
        if (draws)
            idc_tool_progress(p->tool, idc_inputs_count(in), 0, "records");
    }
}

/* Whatever ended the run, what follows gets an end, so that only the program that saw the fault calls it a cut. */
static int conclude(idc_pump *p, const idc_inputs *in, int rc, idc_error *err)
{
    idc_error ignored = IDC_NO_ERROR;
    if (rc == IDC_E_CLOSED)
        return rc;
    if (rc < 0 && p->out)
        idc_writer_hurry(p->out);
    int said = say_hello(p, in ? idc_inputs_hello(in) : NULL, rc < 0 ? &ignored : err);
    if (said == 0 && rc < 0 && rc != IDC_E_STOPPED)
        said = send_error(p, "", err, &ignored);
    if (said == 0)
        said = say_end(p, rc < 0 ? &ignored : err);
    return rc < 0 ? rc : said;
}

static int close_pump(idc_pump **out, int rc, idc_error *err)
{
    idc_error ignored = IDC_NO_ERROR;
    int closed = idc_writer_close(&(*out)->out, rc < 0 ? &ignored : err);
    free(*out);
    *out = NULL;
    return rc < 0 ? rc : closed;
}

static int run(idc_tool *tool, const struct work *work, bool writes, idc_error *err)
{
    idc_inputs *in = NULL;
    idc_pump *p;
    idc_error local = IDC_NO_ERROR;
    err = err ? err : &local;
    int rc = open_pump(&p, tool, writes, err);
    if (rc < 0)
        return rc;
    rc = idc_inputs_open(&in, tool, err);
    if (rc == 0) {
        if (work->all)
            idc_inputs_hand_out_all(in);
        rc = loop(p, in, work, err);
        idc_error ignored = IDC_NO_ERROR;
        int flushed =
            rc == IDC_E_CLOSED ? 0 : flush_gathered(p, work, false, rc < 0 ? &ignored : err);
        rc = rc < 0 ? rc : flushed;
    }
    rc = conclude(p, in, rc, err);
    idc_inputs_close(&in);
    return close_pump(&p, rc, err);
}

int idc_pump_run(idc_tool *tool, idc_on_record on_record, void *user, idc_error *err)
{
    return run(tool, &(struct work){on_record, NULL, user, false}, true, err);
}

int idc_pump_run_gathering(idc_tool *tool, idc_on_record on_record, const idc_gathering *gathering,
                           void *user, idc_error *err)
{
    return run(tool, &(struct work){on_record, gathering, user, false}, true, err);
}

int idc_pump_drain(idc_tool *tool, idc_on_record on_record, void *user, idc_error *err)
{
    return run(tool, &(struct work){on_record, NULL, user, false}, false, err);
}

int idc_pump_drain_all(idc_tool *tool, idc_on_record on_record, void *user, idc_error *err)
{
    return run(tool, &(struct work){on_record, NULL, user, true}, false, err);
}

int idc_pump_drain_gathering(idc_tool *tool, idc_on_record on_record,
                             const idc_gathering *gathering, void *user, idc_error *err)
{
    return run(tool, &(struct work){on_record, gathering, user, false}, false, err);
}

int idc_pump_open_output(idc_pump **out, idc_tool *tool, idc_error *err)
{
    int rc = open_pump(out, tool, true, err);
    if (rc < 0)
        return rc;
    rc = say_hello(*out, NULL, err);
    return rc < 0 ? close_pump(out, rc, err) : 0;
}

int idc_pump_close(idc_pump **out, idc_error *err)
{
    if (!*out)
        return 0;
    int rc = err ? err->code : 0;
    return close_pump(out, conclude(*out, NULL, rc, err), err);
}

int idc_tool_announce(idc_tool *tool, const char *key, const char *value)
{
    return idc_tool_add_fact(tool, key, value);
}

#include "wire/deal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/deal_state.h"
#include "wire/hello.h"
#include "wire/record_bytes.h"

#define FAREWELL_SECONDS 10 /* workers may take so long to say end */
#define TICK_MS 1000

static int open_all(idc_deal *d, idc_error *err)
{
    idc_endpoint_options o = idc_endpoint_options_of(d->tool);
    const char *output = idc_tool_stream_options(d->tool)->output;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(d->run, sizeof d->run, "%08lx",
             (unsigned long)(now.tv_nsec ^ now.tv_sec << 12) & 0xffffffffUL);
    d->capacity = 4 * (uint64_t)d->o->window * (uint64_t)d->o->workers.count;
    if (!(d->ring = calloc(d->capacity, sizeof *d->ring)))
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    int rc = idc_writer_open(&d->out, output, &o, err);
    for (int i = 0; rc == 0 && i < d->o->answers.count; i++)
        rc = idc_reader_open(&d->answers[i], d->o->answers.items[i], &o, err);
    for (int k = 0; rc == 0 && k < d->o->workers.count; k++)
        rc = idc_deal_worker_open(d, k, &o, err);
    return rc < 0 ? rc : idc_inputs_open(&d->in, d->tool, err);
}

static int close_all(idc_deal *d, int rc, idc_error *err)
{
    idc_error ignored = IDC_NO_ERROR;
    idc_deal_forget_all(d);
    for (int k = 0; k < d->o->workers.count; k++)
        idc_deal_worker_close(d, k);
    for (int i = 0; i < d->o->answers.count; i++)
        idc_reader_close(&d->answers[i]);
    idc_inputs_close(&d->in);
    idc_record_free(&d->hello);
    idc_record_free(&d->answer_hello);
    free(d->ring);
    int closed = idc_writer_close(&d->out, rc < 0 ? &ignored : err);
    return rc < 0 ? rc : closed;
}

static int read_input(idc_deal *d, idc_error *err)
{
    while (!d->input_ended && idc_deal_has_room(d)) {
        idc_record *r;
        int rc = idc_inputs_next(d->in, &r, err);
        if (!d->hello && rc >= 0 && idc_inputs_hello(d->in)) {
            int made = idc_hello_make(&d->hello, d->tool, idc_inputs_hello(d->in), err);
            rc = made < 0 ? made : rc;
        }
        if (rc == IDC_READ_RECORD)
            rc = idc_deal_add(d, r, err);
        else if (rc == IDC_READ_EOF)
            d->input_ended = true;
        else
            return rc; /* nothing now, or an error */
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* The output's chain is that of the workers; before one has spoken, that of the input. */
static int say_hello(idc_deal *d, idc_error *err)
{
    idc_record *hello;
    if (d->said_hello)
        return 0;
    d->said_hello = true;
    const idc_record *earlier = d->answer_hello ? d->answer_hello
                                : d->in         ? idc_inputs_hello(d->in)
                                                : NULL;
    int rc = idc_hello_make(&hello, d->tool, earlier, err);
    if (rc == 0)
        rc = idc_writer_send(d->out, hello, err);
    idc_record_free(&hello);
    return rc;
}

/* Takes the record. */
static int pass_on(idc_deal *d, idc_record *r, idc_error *err)
{
    int rc = say_hello(d, err);
    if (rc == 0)
        rc = idc_writer_send(d->out, r, err);
    if (idc_record_is(r, "error")) {
        idc_tool_mark_failed(d->tool);
        d->errors++;
    } else {
        d->count++;
    }
    idc_record_free(&r);
    return rc;
}

static void take_hello(idc_deal *d, idc_record *r)
{
    const uint8_t *ours = NULL, *theirs = NULL;
    size_t n = 0, m = 0;
    if (!d->answer_hello) {
        d->answer_hello = r;
        return;
    }
    idc_record_raw(d->answer_hello, "chain", &ours, &n);
    idc_record_raw(r, "chain", &theirs, &m);
    if (n != m || (n > 0 && memcmp(ours, theirs, n) != 0))
        idc_tool_error(d->tool, "the workers differ: their programs or models are not the same");
    idc_record_free(&r);
}

static int read_answers(idc_deal *d, idc_error *err)
{
    for (int i = 0; i < d->o->answers.count; i++) {
        idc_record *r, *pass;
        int rc;
        while (d->answers[i] &&
               (rc = idc_reader_next(d->answers[i], &r, err)) != IDC_READ_NOTHING) {
            if (rc == IDC_READ_EOF) /* whoever spoke has gone; others may come */
                break;
            if (rc < 0)
                return rc;
            if (idc_record_is(r, "hello")) {
                take_hello(d, r);
                continue;
            }
            if (idc_record_is(r, "end")) {
                d->ends++;
                idc_record_free(&r);
                continue;
            }
            rc = idc_deal_answer(d, r, &pass);
            if (rc == 0 && pass)
                rc = pass_on(d, pass, err);
            if (rc < 0)
                return rc;
        }
    }
    return 0;
}

static int write_answers(idc_deal *d, idc_error *err)
{
    idc_record *answer;
    while ((answer = idc_deal_next_answer(d))) {
        int rc = pass_on(d, answer, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int wait_for_news(idc_deal *d, int milliseconds, idc_error *err)
{
    idc_reader *list[3 * IDC_MAX_LIST];
    int n = 0;
    if (!d->input_ended && idc_deal_has_room(d))
        n = idc_inputs_readers(d->in, list);
    for (int i = 0; i < d->o->answers.count; i++)
        list[n++] = d->answers[i];
    for (int k = 0; k < d->o->workers.count; k++)
        list[n++] = &d->workers[k].watch;
    int rc = idc_writer_flush(d->out, err);
    return rc < 0 ? rc : idc_reader_wait(list, n, milliseconds, idc_tool_signal_fd(d->tool), err);
}

static int step(idc_deal *d, idc_error *err)
{
    int rc = read_input(d, err);
    for (int k = 0; rc >= 0 && k < d->o->workers.count; k++) {
        idc_deal_worker_look(d, k);
        rc = idc_deal_worker_feed(d, k, err);
    }
    if (rc >= 0)
        rc = read_answers(d, err);
    return rc < 0 ? rc : write_answers(d, err);
}

static bool somebody_works(const idc_deal *d)
{
    for (int k = 0; k < d->o->workers.count; k++)
        if (idc_deal_worker_ready(&d->workers[k]) && !d->workers[k].silent)
            return true;
    return false;
}

static int loop(idc_deal *d, idc_error *err)
{
    struct timespec now, manned;
    bool warned = false;
    clock_gettime(CLOCK_MONOTONIC, &manned);
    for (;;) {
        if (idc_tool_stopped(d->tool))
            return idc_fail(err, IDC_E_STOPPED, "stopped by a signal");
        uint64_t before = d->first + d->next;
        int rc = step(d, err);
        if (rc < 0)
            return rc;
        if (d->input_ended && d->first == d->next)
            return 0;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (somebody_works(d))
            manned = now;
        long alone = (long)(now.tv_sec - manned.tv_sec);
        if (alone > 5 && !warned)
            idc_tool_note(d->tool, "waiting for a worker: none is connected");
        warned = alone > 5;
        if (d->o->timeout > 0 && alone > d->o->timeout)
            return idc_fail(err, IDC_E_CUT, "no worker for %ld s; %llu records are not answered",
                            alone, (unsigned long long)(d->next - d->first));
        if (before == d->first + d->next && (rc = wait_for_news(d, TICK_MS, err)) < 0)
            return rc;
    }
}

/* Workers hear that this is all, and are listened to until they have said so as well. */
static void farewell(idc_deal *d)
{
    idc_error ignored = IDC_NO_ERROR;
    struct timespec start, now;
    uint64_t told = 0, ended = d->ends;
    for (int k = 0; k < d->o->workers.count; k++) {
        idc_record *end;
        idc_deal_worker *w = &d->workers[k];
        if (idc_deal_worker_ready(w) && d->hello &&
            w->peer == 0 && /* it came too late to get any work */
            idc_deal_worker_send(w, d->hello, &ignored) == 1)
            w->peer = w->socket->seen;
        if (w->peer && idc_deal_worker_ready(w) &&
            idc_end_make(&end, d->tool, w->dealt, 0, &ignored) == 0) {
            told += idc_deal_worker_send(w, end, &ignored) == 1;
            idc_record_free(&end);
        }
    }
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (now = start; told > 0 && now.tv_sec - start.tv_sec < FAREWELL_SECONDS;
         clock_gettime(CLOCK_MONOTONIC, &now)) {
        uint64_t left = 0;
        if (read_answers(d, &ignored) < 0)
            return;
        for (int k = 0; k < d->o->workers.count; k++) {
            idc_socket_look(d->workers[k].socket);
            left += d->workers[k].peer && idc_deal_worker_ready(&d->workers[k]);
        }
        for (int i = 0; i < d->o->answers.count;
             i++) /* a worker closes its input before it says end */
            left += d->answers[i]->socket ? (uint64_t)d->answers[i]->socket->connected : 0;
        if (left == 0 || d->ends - ended >= told || wait_for_news(d, 200, &ignored) < 0)
            return;
    }
}

static void report(idc_deal *d)
{
    for (int k = 0; k < d->o->workers.count; k++) {
        const idc_deal_worker *w = &d->workers[k];
        idc_tool_note(d->tool, "worker %s: %llu dealt, %llu answered%s", w->name,
                      (unsigned long long)w->dealt, (unsigned long long)w->answered,
                      w->losses ? ", lost on the way" : "");
    }
    idc_tool_note(d->tool,
                  "%llu records, %llu errors; %llu re-sent, %llu came twice and were dropped, %llu "
                  "without an answer",
                  (unsigned long long)d->count, (unsigned long long)d->errors,
                  (unsigned long long)d->resent, (unsigned long long)d->twice,
                  (unsigned long long)d->given_up + (d->next - d->first));
}

static int conclude(idc_deal *d, int rc, idc_error *err)
{
    idc_error ignored = IDC_NO_ERROR;
    idc_record *end;
    if (rc == IDC_E_CLOSED)
        return rc;
    if (rc < 0)
        idc_writer_hurry(d->out);
    int said = say_hello(d, &ignored);
    if (said == 0 && rc < 0 && rc != IDC_E_STOPPED) {
        idc_record *r = idc_record_error(idc_tool_name(d->tool), "", err);
        said = r ? pass_on(d, r, &ignored) : IDC_E_MEMORY;
    }
    if (said == 0 && (said = idc_end_make(&end, d->tool, d->count, d->errors, &ignored)) == 0) {
        said = idc_writer_send(d->out, end, &ignored);
        idc_record_free(&end);
    }
    if (rc == 0 && said < 0 && err)
        *err = ignored;
    return rc < 0 ? rc : said;
}

int idc_deal_run(idc_tool *tool, const idc_deal_options *o, idc_error *err)
{
    idc_deal d = {.tool = tool, .o = o};
    idc_error local = IDC_NO_ERROR;
    err = err ? err : &local;
    idc_endpoint_check(tool);
    idc_tool_refuse_terminal(tool);
    int rc = open_all(&d, err);
    bool opened = rc == 0;
    if (opened)
        rc = loop(&d, err);
    if (opened) {
        farewell(&d);
        report(&d);
    }
    if (d.out)
        rc = conclude(&d, rc, err);
    return close_all(&d, rc, err);
}

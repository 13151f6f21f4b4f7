#include "wire/inputs.h"

#include <stdlib.h>
#include <string.h>

typedef struct input {
    idc_reader *reader;    /* NULL once it has ended */
    uint64_t hellos, ends; /* over a socket several programs may push to us */
    uint64_t records;      /* since the last hello */
} input;

struct idc_inputs {
    idc_tool *tool;
    input list[IDC_MAX_LIST];
    int count, open, turn;
    bool all;
    uint64_t records;
    idc_record *hello;
};

int idc_inputs_open(idc_inputs **out, idc_tool *tool, idc_error *err)
{
    const idc_tool_streams *s = idc_tool_stream_options(tool);
    idc_endpoint_options o = idc_endpoint_options_of(tool);
    idc_inputs *in = calloc(1, sizeof *in);
    if (!in)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    *out = in;
    in->tool = tool;
    in->count = s->inputs.count ? s->inputs.count : 1;
    for (int i = 0; i < in->count; i++) {
        int rc = idc_reader_open(&in->list[i].reader, s->inputs.count ? s->inputs.items[i] : "-",
                                 &o, err);
        if (rc < 0) {
            idc_inputs_close(out);
            return rc;
        }
        in->open++;
    }
    return 0;
}

void idc_inputs_close(idc_inputs **in)
{
    if (!*in)
        return;
    for (int i = 0; i < (*in)->count; i++)
        idc_reader_close(&(*in)->list[i].reader);
    idc_record_free(&(*in)->hello);
    free(*in);
    *in = NULL;
}

void idc_inputs_hand_out_all(idc_inputs *in)
{
    in->all = true;
}

static void finish(idc_inputs *in, input *i)
{
    idc_reader_close(&i->reader);
    in->open--;
}

static int take_hello(idc_inputs *in, input *i, idc_record *r, idc_error *err)
{
    int64_t version;
    const char *name = idc_reader_name(i->reader);
    if (idc_record_get_int(r, "idc", &version, NULL) < 0)
        return idc_fail(err, IDC_E_INVALID, "%s: hello without a format version", name);
    if (version != IDC_FORMAT_VERSION)
        return idc_fail(err, IDC_E_MISMATCH, "%s: stream format %lld, this program reads %d", name,
                        (long long)version, IDC_FORMAT_VERSION);
    if (idc_reader_subscribes(i->reader) &&
        i->hellos > i->ends) /* said again for another subscriber */
        return 0;
    i->hellos++;
    if (idc_reader_is_pipe(i->reader))
        i->records = 0;
    if (!in->hello && !(in->hello = idc_record_copy(r)))
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    return 0;
}

/* On a pipe nobody else takes records away, so the counts must agree. */
static int take_end(input *i, idc_record *r, idc_error *err)
{
    int64_t count, errors;
    i->ends++;
    bool counted = idc_record_get_int(r, "count", &count, NULL) == 0 &&
                   idc_record_get_int(r, "errors", &errors, NULL) == 0;
    if (counted && idc_reader_is_pipe(i->reader) &&
        (uint64_t)count + (uint64_t)errors != i->records)
        return idc_fail(err, IDC_E_CUT,
                        "%s: %llu records arrived, its end counts %lld and %lld errors",
                        idc_reader_name(i->reader), (unsigned long long)i->records,
                        (long long)count, (long long)errors);
    return 0;
}

/* 1: hand it out; 0: it was ours to read. */
static int take(idc_inputs *in, input *i, idc_record *r, idc_error *err)
{
    bool outside = i->hellos == i->ends;
    if (idc_record_is(r, "hello")) {
        int rc = take_hello(in, i, r, err);
        return rc < 0 ? rc : in->all;
    }
    if (outside && idc_reader_subscribes(i->reader))
        return 0; /* the middle of a stream; its hello will come again */
    if (outside)
        return i->hellos == 0
                   ? idc_fail(
                         err, IDC_E_INVALID,
                         "%s: begins with '%.60s' instead of hello: not the start of an idc stream",
                         idc_reader_name(i->reader), idc_record_kind(r))
                   : idc_fail(err, IDC_E_INVALID, "%s: '%.60s' after the stream's end",
                              idc_reader_name(i->reader), idc_record_kind(r));
    if (idc_record_is(r, "end")) {
        int rc = take_end(i, r, err);
        return rc < 0 ? rc : in->all;
    }
    i->records++;
    in->records++;
    return 1;
}

static int take_eof(idc_inputs *in, input *i, idc_error *err)
{
    int rc = 0;
    if (i->hellos == 0)
        rc = idc_fail(err, IDC_E_CUT, "%s: empty, not even a hello arrived",
                      idc_reader_name(i->reader));
    else if (i->ends < i->hellos)
        rc = idc_fail(err, IDC_E_CUT, "%s: cut: it stops without an end, after %llu records",
                      idc_reader_name(i->reader), (unsigned long long)i->records);
    finish(in, i);
    return rc;
}

int idc_inputs_next(idc_inputs *in, idc_record **r, idc_error *err)
{
    *r = NULL;
    for (int quiet = 0; quiet < in->count;) {
        if (idc_tool_stopped(in->tool))
            return idc_fail(err, IDC_E_STOPPED, "stopped by a signal");
        input *i = &in->list[in->turn];
        int rc = i->reader ? idc_reader_next(i->reader, r, err) : IDC_READ_NOTHING;
        if (rc == IDC_READ_NOTHING) {
            if (i->reader && idc_reader_all_ended(i->reader, i->hellos, i->ends))
                finish(in, i);
            in->turn = (in->turn + 1) % in->count;
            quiet++;
            continue;
        }
        quiet = 0;
        if (rc == IDC_READ_EOF)
            rc = take_eof(in, i, err);
        else if (rc == IDC_READ_RECORD && (rc = take(in, i, *r, err)) == 1)
            return IDC_READ_RECORD;
        idc_record_free(r);
        if (rc < 0)
            return rc;
    }
    return in->open ? IDC_READ_NOTHING : IDC_READ_EOF;
}

int idc_inputs_readers(idc_inputs *in, idc_reader **list)
{
    for (int i = 0; i < in->count; i++)
        list[i] = in->list[i].reader;
    return in->count;
}

int idc_inputs_wait(idc_inputs *in, int milliseconds, idc_error *err)
{
    idc_reader *readers[IDC_MAX_LIST];
    return idc_reader_wait(readers, idc_inputs_readers(in, readers), milliseconds,
                           idc_tool_signal_fd(in->tool), err);
}

const idc_record *idc_inputs_hello(const idc_inputs *in)
{
    return in->hello;
}

uint64_t idc_inputs_count(const idc_inputs *in)
{
    return in->records;
}

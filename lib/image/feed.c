#include "image/feed.h"

#include <stdlib.h>
#include <string.h>

#include "image/image_record.h"
#include "image/loader.h"

#define WINDOW 16

/* A picture that items of the window name. */
struct picture {
    idc_load *load;
    char *id;
    int holders; /* items of the window */
    bool closed; /* sent or reported: later items get a picture of their own */
};

struct item {
    idc_source_item source;
    struct picture
        *picture[2]; /* the second is NULL for a single picture, and where both are the same */
    int code;        /* of the entry itself */
    idc_error err;
};

struct feed {
    const idc_feed *how;
    idc_source *source;
    idc_loader *loader;
    char prep[IDC_PREPARE_NAME];
    struct item *items; /* a ring */
    int window, first, count;
    bool ended;
    uint64_t done;
};

static struct item *item_at(const struct feed *f, int i)
{
    return &f->items[(f->first + i) % f->window];
}

static struct picture *find(const struct feed *f, const idc_source_item *s, int k)
{
    for (int i = f->count - 1; i >= 0; i--)
        for (int j = 0; j < 2; j++) {
            struct picture *p = item_at(f, i)->picture[j];
            if (p && !p->closed && strcmp(p->id, s->id[k]) == 0 &&
                strcmp(p->load->path, s->path[k]) == 0)
                return p;
        }
    return NULL;
}

static struct picture *begin(struct feed *f, const idc_source_item *s, int k)
{
    struct picture *p = calloc(1, sizeof *p);
    if (p) {
        p->id = strdup(s->id[k]);
        p->load = p->id ? idc_loader_submit(f->loader, s->path[k]) : NULL;
    }
    if (p && !p->load) {
        free(p->id);
        free(p);
        p = NULL;
    }
    return p;
}

static void let_go(struct feed *f, struct picture **p)
{
    if (*p && --(*p)->holders == 0) {
        idc_loader_release(f->loader, &(*p)->load);
        free((*p)->id);
        free(*p);
    }
    *p = NULL;
}

static void drop_first(struct feed *f)
{
    struct item *it = item_at(f, 0);
    let_go(f, &it->picture[0]);
    let_go(f, &it->picture[1]);
    idc_source_item_fini(&it->source);
    f->first = (f->first + 1) % f->window;
    f->count--;
}

static int hold_pictures(struct feed *f, struct item *it, idc_error *err)
{
    const idc_source_item *s = &it->source;
    for (int k = 0; k < 2 && s->path[k]; k++) {
        if (k == 1 && strcmp(s->path[0], s->path[1]) == 0)
            break;
        struct picture *p = s->pair ? find(f, s, k) : NULL;
        if (!p)
            p = begin(f, s, k);
        if (!p)
            return idc_fail(err, IDC_E_MEMORY, "%s: no memory", s->id[k]);
        p->holders++;
        it->picture[k] = p;
    }
    return 0;
}

static bool ends_source(int code)
{
    return code == IDC_E_STOPPED || code == IDC_E_MEMORY || code == IDC_E_IO;
}

/* One more item into the window, or the end; a code when the source cannot go on. */
static int read_item(struct feed *f, idc_error *err)
{
    struct item *it = item_at(f, f->count);
    *it = (struct item){0};
    int rc = idc_source_next(f->source, &it->source, &it->err);
    if (rc == 0 || (rc < 0 && (!it->source.id[0] || ends_source(rc)))) {
        idc_source_item_fini(&it->source);
        f->ended = true;
        if (rc < 0)
            *err = it->err;
        return rc == IDC_E_STOPPED ? 0 : rc;
    }
    f->count++;
    it->code = rc > 0 ? hold_pictures(f, it, &it->err) : rc;
    return 0;
}

static bool good(struct feed *f, const struct item *it)
{
    if (it->code < 0)
        return false;
    for (int k = 0; k < 2; k++)
        if (it->picture[k]) {
            idc_loader_wait(f->loader, it->picture[k]->load);
            if (it->picture[k]->load->code < 0)
                return false;
        }
    return true;
}

/* The pairs of the window that will be sent and name p. */
static int count_uses(struct feed *f, const struct picture *p)
{
    int uses = 0;
    for (int i = 0; i < f->count; i++) {
        const struct item *it = item_at(f, i);
        if (it->picture[0] == p || it->picture[1] == p)
            uses += good(f, it);
    }
    return uses;
}

static int send_picture(struct feed *f, const struct picture *p, int uses, idc_error *err)
{
    const idc_load *l = p->load;
    const idc_image_about about = {l->info.width, l->info.height, f->prep, uses};
    idc_record *r;
    if (l->info.note[0])
        idc_tool_note(f->how->tool, "%s: %s", l->path, l->info.note);
    int rc = idc_image_record(&r, p->id, &l->image, &about, err);
    if (rc == 0)
        rc = idc_pump_send(f->how->out, r, err);
    idc_record_free(&r);
    return rc;
}

/* Sends the picture, or says that it failed, the first time that it is needed. */
static int settle(struct feed *f, struct picture *p, bool single, idc_error *err)
{
    if (!p || p->closed)
        return 0;
    idc_loader_wait(f->loader, p->load);
    if (p->load->code < 0) {
        p->closed = true;
        return idc_pump_fail(f->how->out, p->id, &p->load->err, err);
    }
    int uses = single ? -1 : count_uses(f, p);
    p->closed = uses != 0; /* no pair wants it yet: its partner has failed */
    return uses == 0 ? 0 : send_picture(f, p, uses, err);
}

static int fail_pair(struct feed *f, const struct item *it, idc_error *err)
{
    const struct picture *p = it->picture[0]->load->code < 0 ? it->picture[0] : it->picture[1];
    const char *id = idc_record_id(it->source.pair);
    idc_error why = IDC_NO_ERROR;
    idc_fail(&why, p->load->code, "pair %s: picture %s could not be decoded", id, p->id);
    return idc_pump_fail(f->how->out, id, &why, err);
}

static int send_first(struct feed *f, idc_error *err)
{
    struct item *it = item_at(f, 0);
    if (it->code < 0)
        return idc_pump_fail(f->how->out, it->source.id[0], &it->err, err);
    int rc = settle(f, it->picture[0], !it->source.pair, err);
    if (rc == 0)
        rc = settle(f, it->picture[1], false, err);
    if (rc == 0 && it->source.pair)
        rc = good(f, it) ? idc_pump_send(f->how->out, it->source.pair, err) : fail_pair(f, it, err);
    f->done++;
    idc_tool_progress(f->how->tool, f->done, 0, it->source.pair ? "pairs" : "pictures");
    return rc;
}

/* Reads ahead as far as the window goes, but does not wait for a slow list while there is something to send. */
static int read_ahead(struct feed *f, idc_error *err)
{
    int rc = 0;
    while (!f->ended && f->count < f->window) {
        bool ready = idc_source_ready(f->source);
        if (!ready && f->count > 0)
            break;
        if (!ready && idc_pump_flush(f->how->out, err) < 0)
            return IDC_E_CLOSED;
        rc = read_item(f, err);
    }
    return rc;
}

static int loop(struct feed *f, idc_error *err)
{
    idc_error why = IDC_NO_ERROR;
    int broken = 0, rc = 0;
    while (rc == 0 && !idc_tool_stopped(f->how->tool)) {
        if (!f->ended)
            broken = read_ahead(f, &why);
        if (f->count == 0)
            break;
        rc = send_first(f, err);
        drop_first(f);
    }
    if (rc == 0 && broken < 0)
        *err = why;
    return rc < 0 ? rc : broken;
}

int idc_feed_run(const idc_feed *how, idc_source *source, idc_error *err)
{
    struct feed f = {.how = how, .source = source, .window = 2 * how->threads};
    idc_error local = IDC_NO_ERROR;
    err = err ? err : &local;
    f.window = f.window > WINDOW ? f.window : WINDOW;
    idc_prepare_name(f.prep, &how->prepare);
    f.items = calloc((size_t)f.window, sizeof *f.items);
    if (!f.items)
        return idc_fail(err, IDC_E_MEMORY, "no memory for %d items", f.window);
    int rc = idc_loader_open(&f.loader, &how->prepare, how->threads, err);
    if (rc == 0)
        rc = loop(&f, err);
    while (f.count > 0)
        drop_first(&f);
    idc_loader_close(&f.loader);
    free(f.items);
    return rc;
}

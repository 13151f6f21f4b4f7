/* deal_table.c: which record is where. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/deal_state.h"

static idc_deal_entry *entry(idc_deal *d, uint64_t number)
{
    return &d->ring[number % d->capacity];
}

bool idc_deal_has_room(const idc_deal *d)
{
    return d->next - d->first < d->capacity;
}

static char *copy_text(const char *s)
{
    size_t n = strlen(s) + 1;
    char *p = malloc(n);
    return p ? memcpy(p, s, n) : NULL;
}

int idc_deal_add(idc_deal *d, idc_record *r, idc_error *err)
{
    idc_deal_entry *e = entry(d, d->next);
    *e = (idc_deal_entry){.state = IDC_DEAL_WAITING, .record = r, .worker = -1};
    const char *outer;
    char number[48];
    if (idc_record_is(r, "error")) { /* no work for anybody, but it keeps its place */
        *e = (idc_deal_entry){.state = IDC_DEAL_DONE, .answer = r, .worker = -1};
        d->next++;
        return 0;
    }
    snprintf(number, sizeof number, "%s.%llu", d->run, (unsigned long long)d->next++);
    if (idc_record_get_string(r, "deal", &outer, NULL) == 0 && !(e->outer = copy_text(outer)))
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    return idc_record_set_string(r, "deal", number) < 0 ? idc_fail(err, IDC_E_MEMORY, "no memory")
                                                        : 0;
}

idc_deal_entry *idc_deal_waiting(idc_deal *d)
{
    for (uint64_t n = d->first; n < d->next; n++)
        if (entry(d, n)->state == IDC_DEAL_WAITING)
            return entry(d, n);
    return NULL;
}

static void give_up(idc_deal *d, idc_deal_entry *e)
{
    idc_error why = IDC_NO_ERROR;
    const char *id = idc_record_id(e->record);
    idc_fail(&why, IDC_E_CUT, "%.200s: no answer from %d workers", *id ? id : "a record",
             e->attempts);
    idc_tool_item_failed(d->tool, &why);
    e->answer = idc_record_error(idc_tool_name(d->tool), id, &why);
    e->state = IDC_DEAL_DONE;
    d->given_up++;
}

int idc_deal_take_back(idc_deal *d, int k)
{
    int taken = 0;
    for (uint64_t n = d->first; n < d->next; n++) {
        idc_deal_entry *e = entry(d, n);
        if (e->state != IDC_DEAL_OUT || e->worker != k)
            continue;
        e->state = IDC_DEAL_WAITING;
        taken++;
        if (e->attempts >= IDC_DEAL_ATTEMPTS)
            give_up(d, e);
    }
    d->workers[k].unanswered = 0;
    return taken;
}

/* By its number; else, for error records, by its id. NULL: nobody's, or one that is done. */
static idc_deal_entry *find(idc_deal *d, const idc_record *r, bool *ours)
{
    const char *text;
    size_t n = strlen(d->run);
    *ours = idc_record_get_string(r, "deal", &text, NULL) == 0;
    if (*ours) {
        char *end;
        if (strncmp(text, d->run, n) != 0 || text[n] != '.')
            return NULL;
        unsigned long long number = strtoull(text + n + 1, &end, 10);
        if (*end || number < d->first || number >= d->next)
            return NULL;
        idc_deal_entry *e = entry(d, number);
        return e->state == IDC_DEAL_DONE ? NULL : e;
    }
    for (uint64_t i = d->first; i < d->next && idc_record_is(r, "error"); i++) {
        idc_deal_entry *e = entry(d, i);
        if (e->state == IDC_DEAL_OUT && strcmp(idc_record_id(e->record), idc_record_id(r)) == 0)
            return e;
    }
    return NULL;
}

int idc_deal_answer(idc_deal *d, idc_record *r, idc_record **pass)
{
    bool ours;
    *pass = NULL;
    idc_deal_entry *e = find(d, r, &ours);
    if (!e && !ours) {
        *pass = r;
        return 0;
    }
    if (!e) { /* its first answer was quicker, or it is another dealer's */
        d->twice++;
        idc_record_free(&r);
        return 0;
    }
    if (e->state == IDC_DEAL_OUT) {
        idc_deal_worker *w = &d->workers[e->worker];
        w->unanswered--;
        w->answered++;
        w->silent = false;
        clock_gettime(CLOCK_MONOTONIC, &w->last);
    }
    e->state = IDC_DEAL_DONE;
    e->answer = r;
    if (!e->outer)
        idc_record_remove(r, "deal");
    return e->outer && idc_record_set_string(r, "deal", e->outer) < 0 ? IDC_E_MEMORY : 0;
}

static void forget(idc_deal_entry *e)
{
    idc_record_free(&e->record);
    idc_record_free(&e->answer);
    free(e->outer);
    *e = (idc_deal_entry){.state = IDC_DEAL_DONE};
}

idc_record *idc_deal_next_answer(idc_deal *d)
{
    idc_record *answer = NULL;
    while (d->first < d->next && entry(d, d->first)->state == IDC_DEAL_DONE && !answer) {
        answer = entry(d, d->first)->answer;
        entry(d, d->first)->answer = NULL;
        forget(entry(d, d->first++));
    }
    for (uint64_t n = d->first; d->o->unordered && n < d->next && !answer; n++) {
        answer = entry(d, n)->answer;
        entry(d, n)->answer = NULL;
    }
    return answer;
}

void idc_deal_forget_all(idc_deal *d)
{
    for (uint64_t n = d->first; n < d->next; n++)
        forget(entry(d, n));
    d->first = d->next;
}

#include "tensor/pickle.h"

#include <stdlib.h>
#include <string.h>

#include "tensor/pickle_machine.h"

int idc_pickle_bad(idc_pickle *p, const char *what)
{
    return idc_fail(p->err, IDC_E_INVALID, "pickle: %s", what);
}

int idc_pickle_no_memory(idc_pickle *p)
{
    return idc_fail(p->err, IDC_E_MEMORY, "pickle: no memory");
}

idc_pickle_value *idc_pickle_make(idc_pickle *p, enum idc_pickle_kind kind)
{
    if (p->values >= IDC_PICKLE_MAX_VALUES) {
        idc_fail(p->err, IDC_E_RANGE, "pickle: more than %u values", IDC_PICKLE_MAX_VALUES);
        return NULL;
    }
    p->values++;
    idc_pickle_value *v = idc_arena_calloc(p->arena, 1, sizeof *v);
    if (!v)
        idc_pickle_no_memory(p);
    else
        v->kind = kind;
    return v;
}

int idc_pickle_push(idc_pickle *p, idc_pickle_value *v)
{
    if (p->depth == p->room) {
        size_t room = 2 * p->room + 64;
        idc_pickle_value **grown =
            room > IDC_PICKLE_MAX_VALUES * 4u ? NULL : realloc(p->stack, room * sizeof *grown);
        if (!grown)
            return idc_pickle_no_memory(p);
        p->stack = grown;
        p->room = room;
    }
    p->stack[p->depth++] = v;
    return 0;
}

int idc_pickle_push_number(idc_pickle *p, enum idc_pickle_kind kind, int64_t number)
{
    idc_pickle_value *v = idc_pickle_make(p, kind);
    if (!v)
        return p->err->code;
    v->number = number;
    return idc_pickle_push(p, v);
}

int idc_pickle_push_text(idc_pickle *p, enum idc_pickle_kind kind, uint64_t length)
{
    if (length > (uint64_t)(p->end - p->at))
        return idc_fail(p->err, IDC_E_CUT, "pickle: ends in the middle of a text");
    idc_pickle_value *v = idc_pickle_make(p, kind);
    if (!v)
        return p->err->code;
    v->text = (const char *)p->at;
    v->length = (size_t)length;
    p->at += length;
    return idc_pickle_push(p, v);
}

idc_pickle_value *idc_pickle_top(idc_pickle *p)
{
    idc_pickle_value *v = p->depth ? p->stack[p->depth - 1] : NULL;
    if (!v)
        idc_pickle_bad(p, "an operand is missing");
    return v;
}

idc_pickle_value *idc_pickle_pop(idc_pickle *p)
{
    idc_pickle_value *v = idc_pickle_top(p);
    if (v)
        p->depth--;
    return v;
}

int idc_pickle_take(idc_pickle *p, idc_pickle_value *v, size_t n)
{
    if (n == 0)
        return 0;
    idc_pickle_chunk *c = idc_arena_alloc(p->arena, sizeof *c + n * sizeof c->item[0]);
    if (!c)
        return idc_pickle_no_memory(p);
    p->depth -= n;
    memcpy(c->item, p->stack + p->depth, n * sizeof c->item[0]);
    c->n = n;
    c->next = NULL;
    if (v->last)
        v->last->next = c;
    else
        v->first = c;
    v->last = c;
    return 0;
}

int64_t idc_pickle_above_mark(idc_pickle *p)
{
    for (size_t i = p->depth; i > 0; i--)
        if (!p->stack[i - 1])
            return (int64_t)(p->depth - i);
    idc_pickle_bad(p, "a mark is missing");
    return -1;
}

idc_pickle *idc_pickle_new(idc_error *err)
{
    idc_pickle *p = calloc(1, sizeof *p);
    if (p && (p->arena = idc_arena_new(0)))
        return p;
    free(p);
    idc_fail(err, IDC_E_MEMORY, "pickle: no memory");
    return NULL;
}

void idc_pickle_free(idc_pickle **p)
{
    if (!*p)
        return;
    idc_arena_free(&(*p)->arena);
    free((*p)->stack);
    free((*p)->memo);
    free(*p);
    *p = NULL;
}

int idc_pickle_read(idc_pickle *p, const uint8_t *bytes, size_t n, size_t *used,
                    const idc_pickle_value **value, idc_error *err)
{
    idc_error own = IDC_NO_ERROR;
    p->err = err ? err : &own;
    p->at = bytes;
    p->end = bytes + n;
    p->depth = 0;
    if (p->memo)
        memset(p->memo, 0, p->memo_size * sizeof *p->memo);
    while (p->at < p->end) {
        uint8_t code = *p->at++;
        if (code == '.') {
            *used = (size_t)(p->at - bytes);
            *value = idc_pickle_pop(p);
            return !*value    ? p->err->code
                   : p->depth ? idc_pickle_bad(p, "more than one value at its end")
                              : 0;
        }
        int rc = idc_pickle_step(p, code);
        if (rc < 0)
            return rc;
    }
    return idc_fail(err, IDC_E_CUT, "pickle: no end");
}

const idc_pickle_value *idc_pickle_storages(const idc_pickle *p)
{
    return p->storages;
}

/* pickle_ops.c: the opcodes and the globals that are read. */
#include <stdlib.h>
#include <string.h>

#include "tensor/pickle_machine.h"

enum global { ORDERED_DICT, REBUILD_TENSOR, STORAGE };

/* What may be named. Storages are types of elements. */
static const struct known {
    const char *module, *name;
    enum global what;
    idc_dtype dtype;
} globals[] = {
    {"collections", "OrderedDict", ORDERED_DICT, 0},
    {"torch._utils", "_rebuild_tensor_v2", REBUILD_TENSOR, 0},
    {"torch", "FloatStorage", STORAGE, IDC_DTYPE_F32},
    {"torch", "HalfStorage", STORAGE, IDC_DTYPE_F16},
    {"torch", "BFloat16Storage", STORAGE, IDC_DTYPE_BF16},
    {"torch", "LongStorage", STORAGE, IDC_DTYPE_I64},
    {"torch", "IntStorage", STORAGE, IDC_DTYPE_I32},
    {"torch", "CharStorage", STORAGE, IDC_DTYPE_I8},
    {"torch", "ByteStorage", STORAGE, IDC_DTYPE_U8},
};

#define GLOBALS (sizeof globals / sizeof *globals)

/* ---- opcodes: each gets its little-endian argument ---- */

static int op_proto(idc_pickle *p, uint64_t version)
{
    return version <= 5 ? 0 : idc_pickle_bad(p, "a later protocol than 5");
}

static int op_none(idc_pickle *p, uint64_t unused)
{
    (void)unused;
    return idc_pickle_push_number(p, IDC_PICKLE_NONE, 0);
}

static int op_true(idc_pickle *p, uint64_t unused)
{
    (void)unused;
    return idc_pickle_push_number(p, IDC_PICKLE_BOOL, 1);
}

static int op_false(idc_pickle *p, uint64_t unused)
{
    (void)unused;
    return idc_pickle_push_number(p, IDC_PICKLE_BOOL, 0);
}

static int op_int(idc_pickle *p, uint64_t value)
{
    return idc_pickle_push_number(p, IDC_PICKLE_INT, (int64_t)value);
}

static int op_int32(idc_pickle *p, uint64_t value)
{
    return idc_pickle_push_number(p, IDC_PICKLE_INT, (int32_t)(uint32_t)value);
}

/* Two's complement, little-endian, of any length. */
static int op_long(idc_pickle *p, uint64_t length)
{
    int rc = idc_pickle_push_text(p, IDC_PICKLE_INT, length);
    if (rc < 0 || length > 8)
        return rc;
    idc_pickle_value *v = p->stack[p->depth - 1];
    uint64_t sum = length && (v->text[length - 1] & 0x80) ? UINT64_MAX : 0;
    for (size_t i = v->length; i > 0; i--)
        sum = sum << 8 | (uint8_t)v->text[i - 1];
    v->number = (int64_t)sum;
    v->text = NULL;
    return 0;
}

static int op_float(idc_pickle *p, uint64_t bits)
{
    (void)bits;
    return idc_pickle_push_number(p, IDC_PICKLE_FLOAT, 0);
}

static int op_text(idc_pickle *p, uint64_t length)
{
    return idc_pickle_push_text(p, IDC_PICKLE_STRING, length);
}

static int op_mark(idc_pickle *p, uint64_t unused)
{
    (void)unused;
    return idc_pickle_push(p, NULL);
}

static int op_dict(idc_pickle *p, uint64_t unused)
{
    (void)unused;
    return idc_pickle_push_number(p, IDC_PICKLE_DICT, 0);
}

static int op_list(idc_pickle *p, uint64_t unused)
{
    (void)unused;
    return idc_pickle_push_number(p, IDC_PICKLE_LIST, 0);
}

static int op_empty_tuple(idc_pickle *p, uint64_t unused)
{
    (void)unused;
    return idc_pickle_push_number(p, IDC_PICKLE_TUPLE, 0);
}

static int tuple_of(idc_pickle *p, size_t n)
{
    idc_pickle_value *v = idc_pickle_make(p, IDC_PICKLE_TUPLE);
    for (size_t i = 0; i < n; i++)
        if (p->depth < n || !p->stack[p->depth - 1 - i])
            return idc_pickle_bad(p, "a tuple lacks an item");
    int rc = v ? idc_pickle_take(p, v, n) : p->err->code;
    return rc < 0 ? rc : idc_pickle_push(p, v);
}

static int op_tuple1(idc_pickle *p, uint64_t unused)
{
    (void)unused;
    return tuple_of(p, 1);
}

static int op_tuple2(idc_pickle *p, uint64_t unused)
{
    (void)unused;
    return tuple_of(p, 2);
}

static int op_tuple3(idc_pickle *p, uint64_t unused)
{
    (void)unused;
    return tuple_of(p, 3);
}

static int op_tuple(idc_pickle *p, uint64_t unused)
{
    (void)unused;
    int64_t n = idc_pickle_above_mark(p);
    idc_pickle_value *v = n < 0 ? NULL : idc_pickle_make(p, IDC_PICKLE_TUPLE);
    if (!v || idc_pickle_take(p, v, (size_t)n) < 0)
        return p->err->code;
    p->stack[p->depth - 1] = v; /* in place of the mark */
    return 0;
}

/* What lies above the mark joins the list or dictionary under it. */
static int join(idc_pickle *p, enum idc_pickle_kind kind)
{
    int64_t n = idc_pickle_above_mark(p);
    if (n < 0)
        return p->err->code;
    size_t mark = p->depth - (size_t)n - 1;
    idc_pickle_value *to = mark ? p->stack[mark - 1] : NULL;
    if (!to || to->kind != kind || (kind == IDC_PICKLE_DICT && n % 2))
        return idc_pickle_bad(p, "items without a list or dictionary that they fit");
    int rc = idc_pickle_take(p, to, (size_t)n);
    p->depth = mark;
    return rc;
}

static int op_setitems(idc_pickle *p, uint64_t unused)
{
    (void)unused;
    return join(p, IDC_PICKLE_DICT);
}

static int op_appends(idc_pickle *p, uint64_t unused)
{
    (void)unused;
    return join(p, IDC_PICKLE_LIST);
}

/* The topmost n values join what lies under them. */
static int join_few(idc_pickle *p, enum idc_pickle_kind kind, size_t n)
{
    for (size_t i = 0; i <= n; i++)
        if (p->depth <= n || !p->stack[p->depth - 1 - i])
            return idc_pickle_bad(p, "an operand is missing");
    idc_pickle_value *to = p->stack[p->depth - 1 - n];
    if (to->kind != kind)
        return idc_pickle_bad(p, "an item without a list or dictionary that it fits");
    return idc_pickle_take(p, to, n);
}

static int op_setitem(idc_pickle *p, uint64_t unused)
{
    (void)unused;
    return join_few(p, IDC_PICKLE_DICT, 2);
}

static int op_append(idc_pickle *p, uint64_t unused)
{
    (void)unused;
    return join_few(p, IDC_PICKLE_LIST, 1);
}

static int op_put(idc_pickle *p, uint64_t index)
{
    idc_pickle_value *v = idc_pickle_top(p);
    if (!v)
        return p->err->code;
    if (index >= IDC_PICKLE_MAX_MEMO)
        return idc_fail(p->err, IDC_E_RANGE, "pickle: memo %llu of at most %u",
                        (unsigned long long)index, IDC_PICKLE_MAX_MEMO);
    if (index >= p->memo_size) {
        size_t size = 2 * (size_t)index + 64;
        idc_pickle_value **grown = realloc(p->memo, size * sizeof *grown);
        if (!grown)
            return idc_pickle_no_memory(p);
        memset(grown + p->memo_size, 0, (size - p->memo_size) * sizeof *grown);
        p->memo = grown;
        p->memo_size = size;
    }
    p->memo[index] = v;
    return 0;
}

static int op_get(idc_pickle *p, uint64_t index)
{
    idc_pickle_value *v = index < p->memo_size ? p->memo[index] : NULL;
    return v ? idc_pickle_push(p, v) : idc_pickle_bad(p, "a memo that was never put");
}

/* The line at p->at, which moves behind it; NULL where there is no end of a line. */
static const char *line(idc_pickle *p, size_t *length)
{
    const char *text = (const char *)p->at;
    const uint8_t *end = memchr(p->at, '\n', (size_t)(p->end - p->at));
    if (!end)
        return NULL;
    *length = (size_t)(end - p->at);
    p->at = end + 1;
    return text;
}

static bool is(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && !memcmp(text, word, length);
}

static int op_global(idc_pickle *p, uint64_t unused)
{
    size_t m = 0, n = 0;
    (void)unused;
    const char *module = line(p, &m), *name = module ? line(p, &n) : NULL;
    if (!name)
        return idc_fail(p->err, IDC_E_CUT, "pickle: ends in the middle of a name");
    for (size_t i = 0; i < GLOBALS; i++)
        if (is(module, m, globals[i].module) && is(name, n, globals[i].name))
            return idc_pickle_push_number(p, IDC_PICKLE_GLOBAL, (int64_t)i);
    return idc_fail(p->err, IDC_E_INVALID,
                    "pickle: it names '%.*s.%.*s', which is not among what weights consist of",
                    m < 80 ? (int)m : 80, module, n < 80 ? (int)n : 80, name);
}

/* ('storage', type, key, device, elements[, None]) */
static int op_persistent(idc_pickle *p, uint64_t unused)
{
    static const enum idc_pickle_kind kinds[] = {IDC_PICKLE_STRING, IDC_PICKLE_GLOBAL,
                                                 IDC_PICKLE_STRING, IDC_PICKLE_STRING,
                                                 IDC_PICKLE_INT,    IDC_PICKLE_NONE};
    (void)unused;
    const idc_pickle_value *id = idc_pickle_pop(p);
    const idc_pickle_chunk *c = id && id->kind == IDC_PICKLE_TUPLE ? id->first : NULL;
    bool fits = c && (c->n == 5 || c->n == 6);
    for (size_t i = 0; fits && i < c->n; i++)
        fits = c->item[i]->kind == kinds[i];
    if (!fits || !is(c->item[0]->text, c->item[0]->length, "storage"))
        return idc_pickle_bad(p, "a persistent id that is no storage");
    const struct known *type = &globals[c->item[1]->number];
    if (type->what != STORAGE || c->item[4]->text || c->item[4]->number < 0)
        return idc_pickle_bad(p, "a storage without type or length");
    idc_pickle_value *v = idc_pickle_make(p, IDC_PICKLE_STORAGE);
    if (!v)
        return p->err->code;
    v->dtype = type->dtype;
    v->number = c->item[4]->number;
    v->text = c->item[2]->text;
    v->length = c->item[2]->length;
    v->next_storage = p->storages;
    p->storages = v;
    return idc_pickle_push(p, v);
}

/* OrderedDict() or _rebuild_tensor_v2(storage, offset, sizes, strides, requires_grad, hooks[, metadata]) */
static int op_reduce(idc_pickle *p, uint64_t unused)
{
    static const enum idc_pickle_kind kinds[] = {
        IDC_PICKLE_STORAGE, IDC_PICKLE_INT, IDC_PICKLE_TUPLE, IDC_PICKLE_TUPLE, IDC_PICKLE_BOOL};
    (void)unused;
    const idc_pickle_value *arguments = idc_pickle_pop(p),
                           *callable = arguments ? idc_pickle_pop(p) : NULL;
    if (!callable || callable->kind != IDC_PICKLE_GLOBAL || arguments->kind != IDC_PICKLE_TUPLE)
        return idc_pickle_bad(p, "a call of something that is not known");
    enum global what = globals[callable->number].what;
    idc_pickle_chunk *c = arguments->first;
    if (what == ORDERED_DICT && !c)
        return idc_pickle_push_number(p, IDC_PICKLE_DICT, 0);
    bool fits = what == REBUILD_TENSOR && c && c->n >= 6;
    for (size_t i = 0; fits && i < sizeof kinds / sizeof *kinds; i++)
        fits = c->item[i]->kind == kinds[i];
    if (!fits)
        return idc_pickle_bad(p, "a call with arguments that do not fit");
    idc_pickle_value *v = idc_pickle_make(p, IDC_PICKLE_TENSOR);
    if (!v)
        return p->err->code;
    v->first = v->last = c;
    return idc_pickle_push(p, v);
}

/* The attributes of a dictionary (_metadata) say nothing about its tensors. */
static int op_build(idc_pickle *p, uint64_t unused)
{
    (void)unused;
    const idc_pickle_value *state = idc_pickle_pop(p), *object = state ? idc_pickle_top(p) : NULL;
    return object && object->kind == IDC_PICKLE_DICT
               ? 0
               : idc_pickle_bad(p, "a state of no dictionary");
}

/* The opcodes that are read; argument: its bytes, little-endian. STOP is idc_pickle_read's. */
static const struct op {
    uint8_t code, argument;
    int (*run)(idc_pickle *p, uint64_t argument);
} ops[] = {
    {0x80, 1, op_proto},     {'N', 0, op_none},    {0x88, 0, op_true},       {0x89, 0, op_false},
    {'K', 1, op_int},        {'M', 2, op_int},     {'J', 4, op_int32},       {0x8a, 1, op_long},
    {'G', 8, op_float},      {'X', 4, op_text},    {0x8c, 1, op_text},       {'(', 0, op_mark},
    {'}', 0, op_dict},       {']', 0, op_list},    {')', 0, op_empty_tuple}, {'t', 0, op_tuple},
    {0x85, 0, op_tuple1},    {0x86, 0, op_tuple2}, {0x87, 0, op_tuple3},     {'u', 0, op_setitems},
    {'s', 0, op_setitem},    {'e', 0, op_appends}, {'a', 0, op_append},      {'q', 1, op_put},
    {'r', 4, op_put},        {'h', 1, op_get},     {'j', 4, op_get},         {'c', 0, op_global},
    {'Q', 0, op_persistent}, {'R', 0, op_reduce},  {'b', 0, op_build},
};

static const struct op *find_op(uint8_t code)
{
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (ops[i].code == code)
            return &ops[i];
    return NULL;
}

int idc_pickle_step(idc_pickle *p, uint8_t code)
{
    const struct op *op = find_op(code);
    uint64_t argument = 0;
    if (!op)
        return idc_fail(p->err, IDC_E_INVALID,
                        "pickle: opcode 0x%02x is not among what weights consist of", code);
    if (op->argument > p->end - p->at)
        return idc_fail(p->err, IDC_E_CUT, "pickle: ends in the middle of an opcode");
    for (int i = 0; i < op->argument; i++)
        argument |= (uint64_t)*p->at++ << (8 * i);
    return op->run(p, argument);
}

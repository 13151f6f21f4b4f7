#include "score/corpus.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "text/ptb.h"

enum { POOL_BYTES = 1 << 20, REFERENCE = -1 };

struct raw_sentence {
    size_t start;
    uint32_t length, item;
    int system; /* REFERENCE: none */
};

struct pool_block {
    struct pool_block *next;
    uint32_t bytes[];
};

struct idc_corpus_raw {
    idc_words *ids;
    idc_buffer text;
    struct raw_sentence *sentences;
    size_t count, room;
    struct pool_block *blocks; /* what sentences point into */
    size_t left;               /* bytes free at the end of the first block */
    size_t block_size;
    idc_ptb *ptb;
    idc_buffer tokens;
    uint32_t *numbers; /* word numbers of the sentence in hand */
    size_t numbers_room;
};

idc_corpus *idc_corpus_new(void)
{
    idc_corpus *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->raw = calloc(1, sizeof *c->raw);
    c->words = idc_words_new();
    if (c->raw)
        c->raw->ids = idc_words_new();
    if (!c->raw || !c->raw->ids || !c->words)
        idc_corpus_free(&c);
    return c;
}

void idc_corpus_free(idc_corpus **corpus)
{
    idc_corpus *c = *corpus;
    *corpus = NULL;
    if (!c)
        return;
    if (c->raw) {
        for (struct pool_block *b = c->raw->blocks, *next; b; b = next) {
            next = b->next;
            free(b);
        }
        idc_words_free(&c->raw->ids);
        idc_buffer_free(&c->raw->text);
        idc_buffer_free(&c->raw->tokens);
        free(c->raw->sentences);
        free(c->raw->numbers);
        idc_ptb_free(&c->raw->ptb);
    }
    free(c->raw);
    free(c->items);
    free(c->references);
    for (int s = 0; s < IDC_MAX_SYSTEMS; s++)
        free(c->hypotheses[s]);
    free(c->scored);
    idc_words_free(&c->words);
    free(c);
}

static int no_memory(idc_error *err)
{
    return idc_fail(err, IDC_E_MEMORY, "no memory for the sentences");
}

static int add(idc_corpus *c, int system, const char *id, const char *text, size_t length,
               idc_error *err)
{
    struct idc_corpus_raw *raw = c->raw;
    if (length > UINT32_MAX / 4)
        return idc_fail(err, IDC_E_RANGE, "item '%.100s': a sentence of more than 1 GiB", id);
    if (raw->count == raw->room) {
        size_t room = raw->room ? raw->room * 2 : 1024;
        struct raw_sentence *grown = realloc(raw->sentences, room * sizeof *grown);
        if (!grown)
            return no_memory(err);
        raw->sentences = grown;
        raw->room = room;
    }
    uint32_t item = idc_words_add(raw->ids, id, strlen(id));
    size_t start = raw->text.size;
    if (item == IDC_NO_WORD || idc_buffer_append(&raw->text, text, length) < 0)
        return no_memory(err);
    char *line = (char *)raw->text.data + start;
    for (char *p = line; length > 0 && (p = memchr(p, '\n', length - (size_t)(p - line))) != NULL;)
        *p = ' ';
    raw->sentences[raw->count++] = (struct raw_sentence){start, (uint32_t)length, item, system};
    return 0;
}

int idc_corpus_add_reference(idc_corpus *c, const char *id, const char *text, size_t length,
                             idc_error *err)
{
    return add(c, REFERENCE, id, text, length, err);
}

int idc_corpus_add_hypothesis(idc_corpus *c, int system, const char *id, const char *text,
                              size_t length, idc_error *err)
{
    if (system < 0 || system >= IDC_MAX_SYSTEMS)
        return idc_fail(err, IDC_E_RANGE, "more than %d systems", IDC_MAX_SYSTEMS);
    if (system >= c->system_count)
        c->system_count = system + 1;
    return add(c, system, id, text, length, err);
}

static void *take(struct idc_corpus_raw *raw, size_t bytes)
{
    bytes = (bytes + 3) & ~(size_t)3;
    if (bytes > raw->left) {
        size_t size = bytes > POOL_BYTES / 4 ? bytes : POOL_BYTES;
        struct pool_block *b = malloc(sizeof *b + size);
        if (!b)
            return NULL;
        if (bytes > POOL_BYTES / 4 && raw->blocks) { /* a block of its own, behind the one in use */
            b->next = raw->blocks->next;
            raw->blocks->next = b;
            return b->bytes;
        }
        b->next = raw->blocks;
        raw->blocks = b;
        raw->block_size = raw->left = size;
    }
    void *p = (char *)raw->blocks->bytes + (raw->block_size - raw->left);
    raw->left -= bytes;
    return p;
}

static uint32_t *number_room(struct idc_corpus_raw *raw, size_t count)
{
    if (count > raw->numbers_room) {
        size_t room = count + count / 2 + 64;
        uint32_t *grown = realloc(raw->numbers, room * sizeof *grown);
        if (!grown)
            return NULL;
        raw->numbers = grown;
        raw->numbers_room = room;
    }
    return raw->numbers;
}

/* Splits s->text; with `blanks` at every single blank. Returns the list in the pool, NULL: no memory. */
static uint32_t *split(idc_corpus *c, const idc_sentence *s, int blanks, uint32_t *count)
{
    uint32_t *numbers = number_room(c->raw, (size_t)s->length + 1);
    if (!numbers)
        return NULL;
    size_t n = 0, at = 0, length;
    if (blanks)
        for (const char *p = s->text, *end = p + s->length;; p += length + 1) {
            const char *blank = memchr(p, ' ', (size_t)(end - p));
            length = (size_t)((blank ? blank : end) - p);
            if ((numbers[n++] = idc_words_add(c->words, p, length)) == IDC_NO_WORD)
                return NULL;
            if (!blank)
                break;
        }
    else
        for (; (length = idc_next_word(s->text, s->length, &at)) > 0; at += length)
            if ((numbers[n++] = idc_words_add(c->words, s->text + at, length)) == IDC_NO_WORD)
                return NULL;
    uint32_t *list = take(c->raw, n * sizeof *list);
    if (list)
        memcpy(list, numbers, n * sizeof *list);
    *count = (uint32_t)n;
    return list;
}

/* True when splitting at every blank gives the same words. */
static int blanks_are_plain(const char *text, size_t length, size_t words)
{
    size_t blanks = 0;
    for (const char *p = text, *end = text + length;
         (p = memchr(p, ' ', (size_t)(end - p))) != NULL; p++)
        blanks++;
    return words > 0 && blanks + 1 == words && text[0] != ' ' && text[length - 1] != ' ';
}

static int make_sentence(idc_corpus *c, idc_sentence *s, const struct raw_sentence *from,
                         const struct raw_sentence *next, idc_error *err)
{
    struct idc_corpus_raw *raw = c->raw;
    const char *text = (const char *)raw->text.data + from->start;
    size_t length = from->length;
    if (raw->ptb) {
        raw->tokens.size = 0;
        int rc = idc_ptb_line(raw->ptb, text, length,
                              next ? (const char *)raw->text.data + next->start : NULL,
                              next ? next->length : 0, &raw->tokens, err);
        if (rc < 0)
            return rc;
        text = (const char *)raw->tokens.data;
        length = raw->tokens.size;
    }
    char *copy = take(raw, length + 1);
    if (!copy)
        return no_memory(err);
    if (length > 0)
        memcpy(copy, text, length);
    copy[length] = 0;
    s->text = copy;
    s->length = (uint32_t)length;
    s->words = split(c, s, 0, &s->word_count);
    s->blanks = s->words;
    s->blank_count = s->word_count;
    if (s->words && !blanks_are_plain(copy, length, s->word_count))
        s->blanks = split(c, s, 1, &s->blank_count);
    return s->words && s->blanks ? 0 : no_memory(err);
}

/* Order by item, keeping the order within one; of a system's sentences the last of an item stays. */
static int group(idc_corpus *c, int system, uint32_t **order, uint32_t *count_of, size_t *total,
                 idc_error *err)
{
    struct idc_corpus_raw *raw = c->raw;
    memset(count_of, 0, (c->item_count + 1) * sizeof *count_of);
    *total = 0;
    for (size_t i = 0; i < raw->count; i++)
        if (raw->sentences[i].system == system) {
            count_of[raw->sentences[i].item]++;
            ++*total;
        }
    *order = malloc((*total + 1) * sizeof **order);
    uint32_t *place = malloc((c->item_count + 1) * sizeof *place);
    if (!*order || !place) {
        free(place);
        return no_memory(err);
    }
    uint32_t sum = 0;
    for (size_t i = 0; i < c->item_count; i++) {
        place[i] = sum;
        sum += count_of[i];
    }
    for (size_t i = 0; i < raw->count; i++)
        if (raw->sentences[i].system == system)
            (*order)[place[raw->sentences[i].item]++] = (uint32_t)i;
    free(place);
    return 0;
}

static int make_references(idc_corpus *c, uint32_t *count_of, idc_error *err)
{
    uint32_t *order = NULL;
    int rc = group(c, REFERENCE, &order, count_of, &c->reference_count, err);
    c->references = calloc(c->reference_count + 1, sizeof *c->references);
    if (rc == 0 && !c->references)
        rc = no_memory(err);
    for (size_t i = 0; rc == 0 && i < c->reference_count; i++)
        rc = make_sentence(c, &c->references[i], &c->raw->sentences[order[i]],
                           i + 1 < c->reference_count ? &c->raw->sentences[order[i + 1]] : NULL,
                           err);
    uint32_t first = 0;
    for (size_t i = 0; rc == 0 && i < c->item_count; i++) {
        c->items[i].first_reference = first;
        c->items[i].reference_count = count_of[i];
        first += count_of[i];
    }
    free(order);
    return rc;
}

static int make_hypotheses(idc_corpus *c, int system, uint32_t *count_of, idc_error *err)
{
    uint32_t *order = NULL;
    size_t total;
    int rc = group(c, system, &order, count_of, &total, err);
    idc_sentence *list = c->hypotheses[system] = calloc(c->item_count + 1, sizeof *list);
    if (rc == 0 && !list)
        rc = no_memory(err);
    size_t kept = 0; /* of several of one item the last */
    for (size_t i = 0; rc == 0 && i < total; i++) {
        uint32_t item = c->raw->sentences[order[i]].item;
        if (i + 1 < total && c->raw->sentences[order[i + 1]].item == item) {
            c->repeated++;
            c->a_repeated = c->items[item].id;
        } else {
            order[kept++] = order[i];
        }
    }
    for (size_t i = 0; rc == 0 && i < kept; i++) {
        const struct raw_sentence *from = &c->raw->sentences[order[i]];
        rc = make_sentence(c, &list[from->item], from,
                           i + 1 < kept ? &c->raw->sentences[order[i + 1]] : NULL, err);
    }
    free(order);
    return rc;
}

bool idc_corpus_looks_raw(const idc_corpus *c)
{
    const char *text = (const char *)c->raw->text.data;
    for (size_t i = 0; i < c->raw->count; i++) {
        const char *p = text + c->raw->sentences[i].start, *end = p + c->raw->sentences[i].length;
        for (const char *q = p; q < end; q++) {
            bool last = q + 1 == end || q[1] == ' ', alone = last && (q == p || q[-1] == ' ');
            if ((*q >= 'A' && *q <= 'Z') || (last && strchr(",;!?", *q)) ||
                (alone && strchr(".-:", *q)))
                return true;
        }
    }
    return false;
}

static int choose_scored(idc_corpus *c, idc_error *err)
{
    c->scored = malloc((c->item_count + 1) * sizeof *c->scored);
    if (!c->scored)
        return no_memory(err);
    for (size_t i = 0; i < c->item_count; i++) {
        int said = 0;
        for (int s = 0; s < c->system_count; s++)
            said += c->hypotheses[s][i].text != NULL;
        if (c->items[i].reference_count == 0) {
            c->unreferenced++;
            c->an_unreferenced = c->items[i].id;
        } else if (said < c->system_count) {
            c->missing++;
            c->a_missing = c->items[i].id;
        } else {
            c->scored[c->scored_count++] = (uint32_t)i;
        }
    }
    if (c->scored_count > 0)
        return 0;
    return idc_fail(err, IDC_E_MISSING,
                    "no item has both a hypothesis and a reference (%zu ids in all%s%.60s%s)",
                    c->item_count, c->item_count ? ", one is '" : "",
                    c->item_count ? c->items[0].id : "", c->item_count ? "'" : "");
}

int idc_corpus_close(idc_corpus *c, idc_tokenize tokenize, idc_error *err)
{
    c->tokenize = tokenize;
    c->item_count = idc_words_count(c->raw->ids);
    c->items = calloc(c->item_count + 1, sizeof *c->items);
    uint32_t *count_of = calloc(c->item_count + 1, sizeof *count_of);
    int rc = c->items && count_of ? 0 : no_memory(err);
    for (size_t i = 0; rc == 0 && i < c->item_count; i++)
        c->items[i].id = idc_words_text(c->raw->ids, (uint32_t)i, NULL);
    if (rc == 0 && tokenize == IDC_TOKENIZE_PTB && !(c->raw->ptb = idc_ptb_new(err)))
        rc = IDC_E_MEMORY;
    if (rc == 0)
        rc = make_references(c, count_of, err);
    for (int s = 0; rc == 0 && s < c->system_count; s++)
        rc = make_hypotheses(c, s, count_of, err);
    free(count_of);
    idc_buffer_free(&c->raw->text);
    idc_buffer_free(&c->raw->tokens);
    free(c->raw->sentences);
    c->raw->sentences = NULL;
    c->raw->count = c->raw->room = 0;
    return rc < 0 ? rc : choose_scored(c, err);
}

#include "score/meteor_prepare.h"

#include <stdlib.h>
#include <string.h>

#include "score/meteor_normal.h"
#include "text/stem.h"
#include "text/unicode.h"

struct preparing {
    idc_meteor_prepared *out;
    const idc_lexicon *index;
    int stages;
    idc_words *types; /* distinct words */
    idc_stemmer *stemmer;
    idc_meteor_normal normal;
    idc_buffer words, spans, synsets,
        known;               /* uint32_t; idc_meteor_span; uint32_t; idc_meteor_word by type */
    uint32_t sentence_words; /* of the sentence in hand */
    uint32_t *local;         /* phrase of the index → 1 + phrase here, 0: none */
    idc_buffer phrases;      /* phrases of the index, by phrase here: uint32_t */
};

/* Java's String.hashCode: s[0]·31^(n−1) + … + s[n−1] over UTF-16 units. */
static int32_t java_hash(const char *text, size_t length)
{
    uint32_t h = 0;
    for (size_t at = 0; at < length;) {
        uint32_t c = idc_utf8_next(text, length, &at);
        if (c >= 0x10000) {
            h = h * 31 + (0xD800 + ((c - 0x10000) >> 10));
            c = 0xDC00 + ((c - 0x10000) & 0x3FF);
        }
        h = h * 31 + c;
    }
    return (int32_t)h;
}

static int append_list(struct preparing *p, int table, uint32_t id)
{
    uint32_t count;
    const uint32_t *list = idc_lexicon_list(p->index, table, id, &count);
    return idc_buffer_append(&p->synsets, list, count * sizeof *list);
}

/* Endings of nouns, verbs and adjectives, and what stands there in the base form: WordNet's morphology (Fellbaum 1998). */
static const char *const endings[][2] = {
    {"s", ""},      {"ses", "s"},   {"xes", "x"}, {"zes", "z"}, {"ches", "ch"},
    {"shes", "sh"}, {"men", "man"}, {"ies", "y"}, {"s", ""},    {"ies", "y"},
    {"es", "e"},    {"es", ""},     {"ed", "e"},  {"ed", ""},   {"ing", "e"},
    {"ing", ""},    {"er", ""},     {"est", ""},  {"er", "e"},  {"est", "e"}};

/* The base form that WordNet knows, in SYNSETS; LEXICON_NONE: none. */
static uint32_t base_form(const idc_lexicon *index, const char *word, size_t length)
{
    char base[256];
    uint32_t count;
    if (length + 8 > sizeof base)
        return IDC_LEXICON_NONE;
    if (length <= 2 || (word[length - 1] == 's' && word[length - 2] == 's'))
        return idc_lexicon_find(index, IDC_METEOR_SYNSETS, word, length);
    for (size_t k = 0; k < sizeof endings / sizeof *endings; k++) {
        size_t cut = strlen(endings[k][0]), put = strlen(endings[k][1]);
        if (length < cut || memcmp(word + length - cut, endings[k][0], cut) != 0)
            continue;
        memcpy(base, word, length - cut);
        memcpy(base + length - cut, endings[k][1], put);
        uint32_t id = idc_lexicon_find(index, IDC_METEOR_SYNSETS, base, length - cut + put);
        idc_lexicon_list(index, IDC_METEOR_SYNSETS, id, &count);
        if (id != IDC_LEXICON_NONE && count > 0)
            return id;
    }
    return IDC_LEXICON_NONE;
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The sets of a word as it stands and of its base forms. */
static int find_synsets(struct preparing *p, idc_meteor_word *w, const char *word, size_t length)
{
    size_t start = p->synsets.size;
    uint32_t count;
    int rc = append_list(p, IDC_METEOR_SYNSETS,
                         idc_lexicon_find(p->index, IDC_METEOR_SYNSETS, word, length));
    uint32_t irregular = idc_lexicon_find(p->index, IDC_METEOR_EXCEPTIONS, word, length);
    if (irregular != IDC_LEXICON_NONE) {
        const uint32_t *bases =
            idc_lexicon_list(p->index, IDC_METEOR_EXCEPTIONS, irregular, &count);
        for (uint32_t k = 0; rc == 0 && k < count; k++)
            rc = append_list(p, IDC_METEOR_SYNSETS, bases[k]);
    } else if (rc == 0) {
        rc = append_list(p, IDC_METEOR_SYNSETS, base_form(p->index, word, length));
    }
    if (rc < 0)
        return rc;
    uint32_t *sets = (uint32_t *)(void *)(p->synsets.data + start);
    w->first_synset = (uint32_t)(start / sizeof *sets);
    w->synset_count = (uint32_t)((p->synsets.size - start) / sizeof *sets);
    if (w->synset_count > 1)
        qsort(sets, w->synset_count, sizeof *sets, compare_numbers);
    for (uint32_t k = 0; k < w->synset_count; k++)
        w->synset_bits |= UINT64_C(1) << (sets[k] * 0x9E3779B1u >> 26);
    return 0;
}

static int know_word(struct preparing *p, const char *word, size_t length)
{
    idc_meteor_word w = {.key = java_hash(word, length), .phrase_word = IDC_LEXICON_NONE};
    size_t n;
    const char *stem = idc_stem(p->stemmer, word, length, &n);
    if (!stem)
        return IDC_E_MEMORY;
    w.stem = java_hash(stem, n);
    int rc = 0;
    if (p->index) {
        w.function =
            idc_lexicon_find(p->index, IDC_METEOR_FUNCTION, word, length) != IDC_LEXICON_NONE;
        if (p->stages & IDC_METEOR_PARAPHRASE)
            w.phrase_word = idc_lexicon_find(p->index, IDC_METEOR_WORDS, word, length);
        if (p->stages & IDC_METEOR_SYNONYM)
            rc = find_synsets(p, &w, word, length);
    }
    return rc < 0 ? rc : idc_buffer_append(&p->known, &w, sizeof w);
}

static int take_word(void *user, const char *word, size_t length)
{
    struct preparing *p = user;
    uint32_t id = idc_words_add(p->types, word, length);
    if (id == IDC_NO_WORD ||
        (id == p->known.size / sizeof(idc_meteor_word) && know_word(p, word, length) < 0))
        return IDC_E_MEMORY;
    p->sentence_words++;
    return idc_buffer_append(&p->words, &id, sizeof id);
}

/* The phrases of the paraphrase table in a sentence, longest first to stop: a beginning that is none ends the search. */
static int find_spans(struct preparing *p, const uint32_t *words, uint32_t count)
{
    const idc_meteor_word *known = (const void *)p->known.data;
    uint32_t ids[32];
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t n = 0; n < 32 && i + n < count; n++) {
            ids[n] = known[words[i + n]].phrase_word;
            uint32_t phrase =
                ids[n] == IDC_LEXICON_NONE
                    ? IDC_LEXICON_NONE
                    : idc_lexicon_find(p->index, IDC_METEOR_PHRASES, ids, (n + 1) * sizeof *ids);
            if (phrase == IDC_LEXICON_NONE)
                break;
            if (!p->local[phrase]) {
                if (idc_buffer_append(&p->phrases, &phrase, sizeof phrase) < 0)
                    return IDC_E_MEMORY;
                p->local[phrase] = (uint32_t)(p->phrases.size / sizeof phrase);
            }
            idc_meteor_span span = {i, n + 1, p->local[phrase] - 1};
            if (idc_buffer_append(&p->spans, &span, sizeof span) < 0)
                return IDC_E_MEMORY;
        }
    return 0;
}

static int prepare_sentence(struct preparing *p, const idc_sentence *from, idc_meteor_sentence *to)
{
    size_t first = p->words.size, first_span = p->spans.size;
    p->sentence_words = 0;
    int rc = idc_meteor_words(&p->normal, p->index, from->text, from->length, take_word, p);
    const uint32_t *words = (const uint32_t *)(const void *)(p->words.data + first);
    *to = (idc_meteor_sentence){.count = p->sentence_words};
    if (rc == 0 && p->local)
        rc = find_spans(p, words, to->count);
    to->span_count = (uint32_t)((p->spans.size - first_span) / sizeof(idc_meteor_span));
    const idc_meteor_word *known = (const void *)p->known.data;
    for (uint32_t i = 0; rc == 0 && i < to->count; i++)
        to->function_count += known[words[i]].function;
    return rc;
}

/* Lists of the paraphrases among the phrases of these sentences. */
static int filter_partners(struct preparing *p)
{
    idc_meteor_vocabulary *v = &p->out->vocabulary;
    size_t n = p->phrases.size / sizeof(uint32_t);
    const uint32_t *phrases = (const void *)p->phrases.data;
    idc_buffer partners = {0}, words = {0};
    v->phrases = calloc(n + 1, sizeof *v->phrases);
    int rc = v->phrases ? 0 : IDC_E_MEMORY;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        uint32_t count, bytes;
        const uint32_t *list = idc_lexicon_list(p->index, IDC_METEOR_PHRASES, phrases[i], &count);
        const void *key = idc_lexicon_key(p->index, IDC_METEOR_PHRASES, phrases[i], &bytes);
        uint32_t room = idc_lexicon_count(p->index, IDC_METEOR_PHRASES);
        v->phrases[i].first_partner = (uint32_t)(partners.size / sizeof(uint32_t));
        v->phrases[i].first_word = (uint32_t)(words.size / sizeof(uint32_t));
        v->phrases[i].length = bytes / (uint32_t)sizeof(uint32_t);
        rc = idc_buffer_append(&words, key, bytes & ~3u);
        for (uint32_t k = 0; rc == 0 && k < count; k++)
            if (list[k] < room && p->local[list[k]]) {
                uint32_t here = p->local[list[k]] - 1;
                rc = idc_buffer_append(&partners, &here, sizeof here);
                v->phrases[i].partner_count++;
            }
    }
    v->partners = (uint32_t *)(void *)partners.data;
    v->phrase_words = (uint32_t *)(void *)words.data;
    return rc;
}

/* Sets the pointers of the sentences, and drops spans without paraphrases. */
static void settle(struct preparing *p, idc_meteor_sentence *list, size_t count, size_t *word,
                   size_t *from, size_t *to)
{
    idc_meteor_span *spans = p->out->spans;
    for (size_t i = 0; i < count; i++) {
        idc_meteor_sentence *s = &list[i];
        s->words = p->out->words + *word;
        *word += s->count;
        s->spans = spans + *to;
        uint32_t kept = 0;
        for (uint32_t k = 0; k < s->span_count; k++)
            if (p->out->vocabulary.phrases[spans[*from + k].phrase].partner_count > 0)
                spans[*to + kept++] = spans[*from + k];
        *from += s->span_count;
        *to += kept;
        s->span_count = kept;
    }
}

static int prepare_all(struct preparing *p, const idc_measure *m)
{
    idc_meteor_prepared *out = p->out;
    size_t references = 0, word = 0, from = 0, to = 0;
    int rc = 0;
    for (size_t i = 0; i < m->item_count; i++)
        references += m->corpus->items[m->items[i]].reference_count;
    out->hypotheses = calloc(m->item_count + 1, sizeof *out->hypotheses);
    out->references = calloc(references + 1, sizeof *out->references);
    out->first_reference = calloc(m->item_count + 1, sizeof *out->first_reference);
    if (!out->hypotheses || !out->references || !out->first_reference)
        return IDC_E_MEMORY;
    references = 0;
    for (size_t i = 0; rc == 0 && i < m->item_count; i++) {
        const idc_item *item = &m->corpus->items[m->items[i]];
        out->first_reference[i] = references;
        for (uint32_t k = 0; rc == 0 && k < item->reference_count; k++)
            rc = prepare_sentence(p, &m->corpus->references[item->first_reference + k],
                                  &out->references[references++]);
    }
    for (size_t i = 0; rc == 0 && i < m->item_count; i++)
        rc = prepare_sentence(p, &m->corpus->hypotheses[m->system][m->items[i]],
                              &out->hypotheses[i]);
    if (rc == 0 && p->local)
        rc = filter_partners(p);
    out->words = (uint32_t *)(void *)p->words.data;
    out->spans = (idc_meteor_span *)(void *)p->spans.data;
    out->vocabulary.words = (idc_meteor_word *)(void *)p->known.data;
    out->vocabulary.synsets = (uint32_t *)(void *)p->synsets.data;
    if (rc < 0)
        return rc;
    settle(p, out->references, references, &word, &from, &to);
    settle(p, out->hypotheses, m->item_count, &word, &from, &to);
    return 0;
}

int idc_meteor_prepare(idc_meteor_prepared *out, const idc_measure *m, idc_error *err)
{
    *out = (idc_meteor_prepared){0};
    struct preparing p = {.out = out, .index = m->meteor->index, .stages = m->meteor->stages};
    p.types = idc_words_new();
    p.stemmer = idc_stemmer_new();
    bool phrases = p.index && p.stages & IDC_METEOR_PARAPHRASE;
    if (phrases)
        p.local =
            calloc((size_t)idc_lexicon_count(p.index, IDC_METEOR_PHRASES) + 1, sizeof *p.local);
    int rc = p.types && p.stemmer && (p.local || !phrases) ? prepare_all(&p, m) : IDC_E_MEMORY;
    idc_words_free(&p.types);
    idc_stemmer_free(&p.stemmer);
    idc_meteor_normal_free(&p.normal);
    idc_buffer_free(&p.phrases);
    free(p.local);
    if (rc < 0)
        idc_meteor_prepared_free(out);
    return rc < 0 ? idc_fail(err, rc, "METEOR: no memory") : 0;
}

void idc_meteor_prepared_free(idc_meteor_prepared *p)
{
    free(p->hypotheses);
    free(p->references);
    free(p->first_reference);
    free(p->words);
    free(p->spans);
    free(p->vocabulary.words);
    free(p->vocabulary.synsets);
    free(p->vocabulary.phrases);
    free(p->vocabulary.partners);
    free(p->vocabulary.phrase_words);
    *p = (idc_meteor_prepared){0};
}

#include "score/meteor_data.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "base/unpack.h"
#include "text/words.h"

/* INDEX_VERSION: raised when the same sources give another index. */
enum { MEMBERS = 4, MOST_WORDS = 32, INDEX_VERSION = 2 };

static const char *const member_names[MEMBERS] = {
    "function/english.words", "nonbreaking/english.prefixes", "synonym/english.synsets",
    "synonym/english.exceptions"};
static const char *const file_names[MEMBERS] = {
    "function-english.words", "nonbreaking-english.prefixes", "synonym-english.synsets",
    "synonym-english.exceptions"};
static const char *const packings[] = {"", ".xz", ".gz"};

/* True when folder/name is a file; its path, size and time go into the fingerprint. */
static bool there(char path[4096], const char *folder, const char *name, uint64_t *fingerprint)
{
    struct stat st;
    int n = snprintf(path, 4096, "%s/%s", folder, name);
    if (n < 0 || n >= 4096 || stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        path[0] = 0;
        return false;
    }
    uint64_t facts[3] = {(uint64_t)st.st_size, (uint64_t)st.st_mtim.tv_sec,
                         (uint64_t)st.st_mtim.tv_nsec};
    *fingerprint = XXH3_64bits_withSeed(path, (size_t)n, *fingerprint);
    *fingerprint = XXH3_64bits_withSeed(facts, sizeof facts, *fingerprint);
    return true;
}

static bool there_packed(char path[4096], const char *folder, const char *name,
                         uint64_t *fingerprint)
{
    char packed[128];
    for (int k = 0; k < 3; k++) {
        snprintf(packed, sizeof packed, "%s%s", name, packings[k]);
        if (there(path, folder, packed, fingerprint))
            return true;
    }
    return false;
}

static void find_paraphrases(idc_meteor_sources *s, const char *folder)
{
    char pattern[4096];
    if (there(s->paraphrases[0], folder, "data/paraphrase-en.gz", &s->fingerprint) ||
        there(s->paraphrases[0], folder, "paraphrase-en.gz", &s->fingerprint)) {
        s->paraphrase_count = 1;
        return;
    }
    int n = snprintf(pattern, sizeof pattern, "%s/paraphrase*.tsv*", folder);
    glob_t found;
    if (n < 0 || n >= (int)sizeof pattern || glob(pattern, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc && s->paraphrase_count < 4; i++) {
        const char *name = strrchr(found.gl_pathv[i], '/') + 1;
        if (there(s->paraphrases[s->paraphrase_count], folder, name, &s->fingerprint))
            s->paraphrase_count++;
    }
    globfree(&found);
}

static bool look_in(idc_meteor_sources *s, const char *folder)
{
    *s = (idc_meteor_sources){.fingerprint = INDEX_VERSION};
    if (there(s->jar, folder, "meteor-1.5.jar", &s->fingerprint)) {
        for (int k = 0; k < MEMBERS; k++)
            snprintf(s->member[k], sizeof s->member[k], "%s", member_names[k]);
    } else {
        for (int k = 0; k < MEMBERS; k++)
            there_packed(s->member[k], folder, file_names[k], &s->fingerprint);
        if (!s->member[0][0])
            return false;
    }
    find_paraphrases(s, folder);
    return true;
}

static bool look_by_pattern(idc_meteor_sources *s, const char *pattern)
{
    glob_t found;
    bool good = false;
    if (glob(pattern, 0, NULL, &found) != 0)
        return false;
    for (size_t i = 0; !good && i < found.gl_pathc; i++)
        good = look_in(s, found.gl_pathv[i]);
    globfree(&found);
    return good;
}

int idc_meteor_find(idc_meteor_sources *s, const char *folder, idc_error *err)
{
    static const char *const places[][2] = {
        {"IDC_METEOR_DATA", "%s"},
        {"XDG_CACHE_HOME", "%s/idc/meteor"},
        {"HOME", "%s/.cache/idc/meteor"},
        {"VIRTUAL_ENV", "%s/lib/python3*/site-packages/pycocoevalcap/meteor"},
        {"HOME", "%s/.local/lib/python3*/site-packages/pycocoevalcap/meteor"},
        {NULL, "/usr/local/lib/python3*/*-packages/pycocoevalcap/meteor"},
        {NULL, "/usr/lib/python3*/*-packages/pycocoevalcap/meteor"},
    };
    if (folder)
        return look_in(s, folder)
                   ? 0
                   : idc_fail(err, IDC_E_MISSING,
                              "%s: neither meteor-1.5.jar nor function-english.words is there",
                              folder);
    for (size_t k = 0; k < sizeof places / sizeof *places; k++) {
        char pattern[4096];
        const char *base = places[k][0] ? getenv(places[k][0]) : "";
        if (!base || (places[k][0] && !*base))
            continue;
        int n =
            snprintf(pattern, sizeof pattern, "%s%s", base, places[k][1] + (places[k][0] ? 2 : 0));
        if (n > 0 && n < (int)sizeof pattern && look_by_pattern(s, pattern))
            return 0;
    }
    return idc_fail(err, IDC_E_MISSING,
                    "METEOR's data are nowhere: run pipelines/weights/meteor.sh, or pip install "
                    "pycocoevalcap, or give "
                    "--meteor-data DIR");
}

/* Calls `each` with every line. */
static int for_lines(const idc_meteor_sources *s, int member, idc_lexicon_builder *b,
                     int (*each)(idc_lexicon_builder *b, char *line, char *held), idc_error *err)
{
    idc_unpack *u;
    if (!s->member[member][0])
        return 0;
    int rc = idc_unpack_open(&u, s->jar[0] ? s->jar : s->member[member],
                             s->jar[0] ? s->member[member] : NULL, err);
    if (rc < 0)
        return rc;
    char *line, held[1024] = "";
    ssize_t n;
    while ((n = idc_unpack_line(u, &line, err)) > 0)
        if (each(b, line, held) < 0) {
            n = idc_fail(err, IDC_E_MEMORY, "no memory for METEOR's data");
            break;
        }
    idc_unpack_close(&u);
    return n < 0 ? (int)n : 0;
}

static int add_function_word(idc_lexicon_builder *b, char *line, char *held)
{
    (void)held;
    return idc_lexicon_add(b, IDC_METEOR_FUNCTION, line, strlen(line)) == IDC_LEXICON_NONE
               ? IDC_E_MEMORY
               : 0;
}

static int add_prefix(idc_lexicon_builder *b, char *line, char *held)
{
    (void)held;
    char *rest, *prefix = strtok_r(line, " \t", &rest);
    if (!prefix || *prefix == '#')
        return 0;
    char *kind = strtok_r(NULL, " \t", &rest);
    uint32_t id = idc_lexicon_add(b, IDC_METEOR_PREFIXES, prefix, strlen(prefix));
    return id == IDC_LEXICON_NONE ? IDC_E_MEMORY
                                  : idc_lexicon_append(b, IDC_METEOR_PREFIXES, id,
                                                       kind && strcmp(kind, "#NUMERIC_ONLY#") == 0);
}

/* A word, then a line of set numbers. held: the word; held[0] = 0: a word comes next. */
static int add_synset(idc_lexicon_builder *b, char *line, char *held)
{
    if (!held[0]) {
        snprintf(held, 1024, "=%s", line);
        return 0;
    }
    uint32_t id = idc_lexicon_add(b, IDC_METEOR_SYNSETS, held + 1, strlen(held + 1));
    held[0] = 0;
    if (id == IDC_LEXICON_NONE)
        return IDC_E_MEMORY;
    for (char *rest, *t = strtok_r(line, " \t", &rest); t; t = strtok_r(NULL, " \t", &rest))
        if (idc_lexicon_append(b, IDC_METEOR_SYNSETS, id, (uint32_t)strtoul(t, NULL, 10)) < 0)
            return IDC_E_MEMORY;
    return 0;
}

/* A base form, then a line of irregular forms of it; the list of a form holds base words as ids of SYNSETS. */
static int add_exception(idc_lexicon_builder *b, char *line, char *held)
{
    if (!held[0]) {
        snprintf(held, 1024, "=%s", line);
        return 0;
    }
    uint32_t base = idc_lexicon_add(b, IDC_METEOR_SYNSETS, held + 1, strlen(held + 1));
    held[0] = 0;
    if (base == IDC_LEXICON_NONE)
        return IDC_E_MEMORY;
    for (char *rest, *t = strtok_r(line, " \t", &rest); t; t = strtok_r(NULL, " \t", &rest)) {
        uint32_t form = idc_lexicon_add(b, IDC_METEOR_EXCEPTIONS, t, strlen(t));
        if (form == IDC_LEXICON_NONE ||
            idc_lexicon_append(b, IDC_METEOR_EXCEPTIONS, form, base) < 0)
            return IDC_E_MEMORY;
    }
    return 0;
}

/* The id of a phrase, whose beginnings are entered too; LEXICON_NONE: no memory; an empty phrase has none either. */
static int add_phrase(idc_lexicon_builder *b, char *text, uint32_t *id)
{
    uint32_t words[MOST_WORDS];
    int n = 0;
    *id = IDC_LEXICON_NONE;
    for (char *rest, *t = strtok_r(text, " \t", &rest); t; t = strtok_r(NULL, " \t", &rest)) {
        if (n == MOST_WORDS)
            return 0;
        words[n] = idc_lexicon_add(b, IDC_METEOR_WORDS, t, strlen(t));
        if (words[n++] == IDC_LEXICON_NONE)
            return IDC_E_MEMORY;
    }
    for (int k = 1; k <= n; k++) {
        *id = idc_lexicon_add(b, IDC_METEOR_PHRASES, words, (size_t)k * sizeof *words);
        if (*id == IDC_LEXICON_NONE)
            return IDC_E_MEMORY;
    }
    return 0;
}

/* known: the pairs so far, where several files may have the same; NULL: one file has each once. */
static int add_pair(idc_lexicon_builder *b, idc_words *known, char *reference, char *paraphrase)
{
    uint32_t from, to;
    if (add_phrase(b, reference, &from) < 0 || add_phrase(b, paraphrase, &to) < 0)
        return IDC_E_MEMORY;
    if (from == IDC_LEXICON_NONE || to == IDC_LEXICON_NONE)
        return 0;
    if (known) {
        uint32_t pair[2] = {from, to};
        size_t before = idc_words_count(known);
        if (idc_words_add(known, (const char *)pair, sizeof pair) == IDC_NO_WORD)
            return IDC_E_MEMORY;
        if (idc_words_count(known) == before)
            return 0;
    }
    return idc_lexicon_append(b, IDC_METEOR_PHRASES, from, to);
}

static int add_paraphrases(idc_lexicon_builder *b, idc_words *known, const char *path,
                           idc_error *err)
{
    idc_unpack *u;
    int rc = idc_unpack_open(&u, path, NULL, err);
    if (rc < 0)
        return rc;
    char *line, held[4096] = "";
    ssize_t n;
    const char *name = strrchr(path, '/');
    bool tsv = strstr(name ? name : path, ".tsv") != NULL;
    for (int number = 0; (n = idc_unpack_line(u, &line, err)) > 0; number++) {
        char *tab = tsv ? strchr(line, '\t') : NULL;
        if (tsv && tab) {
            *tab = 0;
            rc = add_pair(b, known, line, tab + 1);
        } else if (!tsv && number % 3 == 1) {
            snprintf(held, sizeof held, "%s", line);
        } else if (!tsv && number % 3 == 2) {
            rc = add_pair(b, known, held, line);
        }
        if (rc < 0) {
            n = idc_fail(err, rc, "no memory for the paraphrase table");
            break;
        }
    }
    idc_unpack_close(&u);
    return n < 0 ? (int)n : 0;
}

int idc_meteor_build(const idc_meteor_sources *s, const char *index_path, idc_error *err)
{
    static int (*const each[MEMBERS])(idc_lexicon_builder *, char *, char *) = {
        add_function_word, add_prefix, add_synset, add_exception};
    idc_lexicon_builder *b = idc_lexicon_builder_new(IDC_METEOR_TABLES);
    int rc = b ? 0 : idc_fail(err, IDC_E_MEMORY, "no memory for METEOR's data");
    for (int k = 0; rc == 0 && k < MEMBERS; k++)
        rc = for_lines(s, k, b, each[k], err);
    idc_words *known = s->paraphrase_count > 1 ? idc_words_new() : NULL;
    for (int k = 0; rc == 0 && k < s->paraphrase_count; k++)
        rc = add_paraphrases(b, known, s->paraphrases[k], err);
    idc_words_free(&known);
    if (rc == 0)
        rc = idc_lexicon_write(b, index_path, s->fingerprint, err);
    idc_lexicon_builder_free(&b);
    return rc;
}

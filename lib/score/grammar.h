/* grammar.h: reads a sentence about a change by a grammar file: what kind of change, of which object, to what.
 *
 *     idc_grammar *g;
 *     idc_grammar_open(&g, "grammar.json", &err);
 *     idc_reading r = idc_grammar_read(g, "the small red ball turned blue");
 *     r.type → "color"; r.slots[k] → values of idc_grammar_slot(g, k): "small", "red", "sphere"; r.value → "blue"
 *
 * The file (JSON) holds
 *     "attributes": {"size": {"large": ["large", "big"], …}, …}     an attribute, its values, the words of each
 *     "anything": ["thing", "object"]                               nouns that say nothing of the object
 *     "relations": {"left": ["left of", …], …}                      phrases that lead to another object; what follows is passed over
 *     "types": {"none": ["there is no change", …], "move": ["the {object} has moved", …], …}
 * A template is text with at most one {object} and behind it at most one {ATTRIBUTE}, which takes each word of that attribute.
 * An object is adjectives and a noun, then maybe relations. Case and .!,? do not matter. Another domain writes its own file.
 */
#ifndef IDC_SCORE_GRAMMAR_H
#define IDC_SCORE_GRAMMAR_H

#include <stddef.h>

#include "base/error.h"

enum { IDC_GRAMMAR_SLOTS = 8 };

typedef struct idc_grammar idc_grammar;

typedef struct idc_reading {
    const char *type; /* NULL: no template fits */
    const char
        *slots[IDC_GRAMMAR_SLOTS]; /* value of each attribute of the object; NULL: not stated */
    const char *value;             /* the new value; NULL: none */
} idc_reading;

int idc_grammar_open(idc_grammar **g, const char *path, idc_error *err);
int idc_grammar_parse(idc_grammar **g, const char *bytes, size_t size, idc_error *err);
void idc_grammar_close(idc_grammar **g);
int idc_grammar_slot_count(const idc_grammar *g);
const char *idc_grammar_slot(const idc_grammar *g, int slot);
/* The strings of the reading belong to the grammar. */
idc_reading idc_grammar_read(const idc_grammar *g, const char *sentence);

#endif

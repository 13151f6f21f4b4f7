/* plain.h: the plain sentence of a change: all four attributes of the object, one form a type. It is what the default model is
 * taught first, and the same for rendered triples and for listed pairs.
 *
 *     char text[IDC_PLAIN_SIZE];
 *     idc_plain_sentence(text, IDC_PLAIN_COLOR, "small red metal cube", "blue");
 *     // "the small red metal cube has changed to blue"
 *
 * Of the forms in use for a type it is the one whose words most references share: the best mean CIDEr-D (Vedantam, Zitnick and
 * Parikh 2015) of sentences made from the labels of 260 pairs of another renderer, none of which is a test pair.
 */
#ifndef IDC_TEXT_PLAIN_H
#define IDC_TEXT_PLAIN_H

#define IDC_PLAIN_SIZE 160

enum idc_plain_type {
    IDC_PLAIN_NONE,
    IDC_PLAIN_COLOR,
    IDC_PLAIN_MATERIAL,
    IDC_PLAIN_ADD,
    IDC_PLAIN_DROP,
    IDC_PLAIN_MOVE,
    IDC_PLAIN_TYPES
};

/* object: "small red metal cube", at most 90 bytes, NULL for none; value: the new colour or material, at most 30 bytes, else
 * NULL. Always ends with a zero byte. */
void idc_plain_sentence(char out[IDC_PLAIN_SIZE], enum idc_plain_type type, const char *object,
                        const char *value);

#endif

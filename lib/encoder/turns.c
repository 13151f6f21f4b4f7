/* turns.c: the two tapes on which the blocks of a network run in turn. */
#include "encoder/family.h"

idc_encoder_pass idc_encoder_turn(idc_encoder *enc, const idc_encoder_pass *pass, int turn,
                                  bool last)
{
    idc_encoder_pass own = *pass;
    idc_error err = IDC_NO_ERROR;
    if (!pass->folded || last || idc_tape_watched(pass->tape))
        return own;
    if (!enc->scratch[turn % 2])
        enc->scratch[turn % 2] = idc_tape_new(IDC_TAPE_INFER, &err);
    if (!enc->scratch[turn % 2]) {
        idc_tape_fail(pass->tape, err.code, "%s", err.text);
        return own;
    }
    own.tape = enc->scratch[turn % 2];
    idc_tape_reset(own.tape);
    return own;
}

void idc_encoder_turns_end(idc_encoder *enc, const idc_encoder_pass *pass)
{
    for (int i = 0; pass->folded && i < 2; i++) {
        idc_error err = IDC_NO_ERROR;
        if (!enc->scratch[i])
            continue;
        if (idc_tape_status(enc->scratch[i], &err) < 0)
            idc_tape_fail(pass->tape, err.code, "%s", err.text);
        idc_tape_reset(enc->scratch[i]);
    }
}

/* fingerprint.h: a name for what an encoder computes, carried by feature records and compared by
 * their readers.
 *
 *     char hex[33];
 *     idc_encoder_fingerprint(&spec, params, hex, &err);
 *
 * XXH3-128 over the JSON text of the specification (kind, sizes, preparation) and, sorted by name,
 * each parameter under "encoder.": name, shape, values as f32. So f16 and f32 files of the same f16
 * values agree.
 */
#ifndef IDC_ENCODER_FINGERPRINT_H
#define IDC_ENCODER_FINGERPRINT_H

#include "encoder/encoder.h"

/* hex: 32 digits + NUL. IDC_E_MEMORY. Cost: one pass over the parameters. */
int idc_encoder_fingerprint(const idc_encoder_spec *spec, const idc_params *params, char hex[33],
                            idc_error *err);

#endif

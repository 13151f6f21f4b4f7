/* weights.h: an encoder's parameters from a file of torchvision, timm, idc or those of EfficientNet-Lite.
 *
 *     idc_safetensors_open(&file, "resnet101.safetensors", &err);
 *     idc_encoder_load(enc, file, "resnet101.safetensors", &err);
 *
 * torchvision and timm call the tensors of ResNet alike (conv1.weight, bn1.running_mean,
 * layer3.0.downsample.0.weight); a model file of idc has "encoder." before them, checkpoints of
 * trainers often "module." or "backbone.". f32, f16 and bf16 are read. Tensors that the encoder
 * lacks (fc.weight, later stages, num_batches_tracked) are left alone.
 */
#ifndef IDC_ENCODER_WEIGHTS_H
#define IDC_ENCODER_WEIGHTS_H

#include "encoder/encoder.h"
#include "tensor/safetensors.h"

/* Fills every parameter of enc. IDC_E_MISSING or IDC_E_MISMATCH name the tensor that the file lacks
 * or has in another shape, also when the file holds a deeper network of the family; IDC_E_NUMERIC
 * for a value that is not finite. `name` of the file is for messages. */
int idc_encoder_load(idc_encoder *enc, const idc_safetensors *file, const char *name,
                     idc_error *err);

/* The specification of an encoder as published ImageNet weights want it: mean and scale, and for stage 0 the deepest one,
 * for width 0 the size on which they were trained. '_' in kind counts as '-'. An unknown kind is left to idc_encoder_new. */
void idc_encoder_imagenet(idc_encoder_spec *spec, const char *kind, int stage, int width,
                          int height);

#endif

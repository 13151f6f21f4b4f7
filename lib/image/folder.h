/* folder.h: the pictures of a folder, one level deep, sorted by the bytes of their names.
 *
 * What counts as a picture: a file whose name ends like one (.jpg, .jpeg, .jpe, .jfif, .png in any case), or whose first bytes are
 * those of a JPEG or PNG file. Names that begin with a dot and other files are passed over.
 */
#ifndef IDC_IMAGE_FOLDER_H
#define IDC_IMAGE_FOLDER_H

#include "base/error.h"

typedef struct idc_folder idc_folder;

/* Reads the whole folder. IDC_E_MISSING when it holds no picture, IDC_E_IO, IDC_E_MEMORY. */
int idc_folder_open(idc_folder **out, const char *path, idc_error *err);
/* "path/name" of the next picture, valid until the folder is closed; NULL after the last. */
const char *idc_folder_next(idc_folder *f);
void idc_folder_close(idc_folder **f);

#endif

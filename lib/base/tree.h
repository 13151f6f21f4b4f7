/* tree.h: where the files are that belong to the programs: beside them, installed or in a checkout.
 *
 *     char path[512];
 *     if (idc_tree_find(path, sizeof path, "share/idc/models/a.safetensors", "pipelines/models/a.safetensors")) …
 */
#ifndef IDC_BASE_TREE_H
#define IDC_BASE_TREE_H

#include <stdbool.h>
#include <stddef.h>

/* The running program is TREE/bin/NAME (then TREE/installed is looked for), or TREE/build/bin/NAME or TREE/build/…/bin/NAME (then
 * TREE/checkout). True when one can be read. */
bool idc_tree_find(char *path, size_t size, const char *installed, const char *checkout);

#endif

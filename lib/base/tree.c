/* tree.c: see tree.h. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "base/tree.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* The folder `up` levels above the running program ("" when the system does not say). Without /proc (a chroot) it is the
 * path by which the program was started. */
static void program_tree(char *out, size_t size, int up)
{
    ssize_t n = readlink("/proc/self/exe", out, size - 1);
    out[n > 0 ? n : 0] = '\0';
    const char *started = n > 0 ? NULL : (const char *)(uintptr_t)getauxval(AT_EXECFN);
    char *path = started ? realpath(started, NULL) : NULL;
    if (path && strlen(path) < size)
        memcpy(out, path, strlen(path) + 1);
    free(path);
    for (int i = 0; i <= up; i++) {
        char *slash = strrchr(out, '/');
        if (slash)
            *slash = '\0';
    }
}

static bool readable(char *path, size_t size, int up, const char *below)
{
    char tree[512];
    program_tree(tree, sizeof tree, up);
    int n = snprintf(path, size, "%s/%s", tree, below);
    return tree[0] && n > 0 && (size_t)n < size && access(path, R_OK) == 0;
}

bool idc_tree_find(char *path, size_t size, const char *installed, const char *checkout)
{
    return readable(path, size, 1, installed) || readable(path, size, 2, checkout) ||
           readable(path, size, 3, checkout);
}

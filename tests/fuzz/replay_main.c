/* Runs a fuzz target over the files named on the command line, without libFuzzer. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *name)
{
    FILE *f = fopen(name, "rb");
    if (!f)
        return -1;
    size_t size = 0, capacity = 1 << 20;
    uint8_t *data = malloc(capacity);
    for (size_t n = 1; data && n > 0; size += n) {
        if (size == capacity) {
            uint8_t *more = realloc(data, capacity *= 2);
            if (!more)
                break;
            data = more;
        }
        n = fread(data + size, 1, capacity - size, f);
    }
    fclose(f);
    uint8_t *exact = malloc(size ? size : 1); /* so that a sanitizer sees the first byte beyond */
    for (size_t i = 0; data && exact && i < size; i++)
        exact[i] = data[i];
    if (exact)
        LLVMFuzzerTestOneInput(exact, size);
    free(data);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    int done = 0;
    for (int i = 1; i < argc; i++)
        done += replay(argv[i]) == 0;
    printf("%d inputs\n", done);
    return done > 0 && done == argc - 1 ? 0 : 1;
}

/* chain: wall time and memory of a pair of files to its sentence through all five programs, started cold.
 *
 *     chain BUILD BEFORE AFTER
 *
 * Median of a few runs; memory is the sum of the programs' greatest resident sizes. */
#define _DEFAULT_SOURCE /* wait4 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAMS 5
#define ROUNDS 7

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

/* Starts one program between two descriptors, which it takes over. */
static pid_t start(const char *build, char *const *argv, int in, int out)
{
    pid_t pid = fork();
    if (pid != 0) {
        close(in);
        close(out);
        return pid;
    }
    char path[1024];
    snprintf(path, sizeof path, "%s/bin/%s", build, argv[0]);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    close(in);
    close(out);
    execv(path, argv);
    _exit(127);
}

/* One run: milliseconds, MiB; −1 when a program failed. */
static int run(const char *build, char **files, double *ms, double *mib)
{
    char *decode[] = {"idc-decode", "--pair", files[0], files[1], NULL};
    char *encode[] = {"idc-encode", NULL}, *diff[] = {"idc-diff", NULL};
    char *contrast[] = {"idc-contrast", "-q", NULL}, *caption[] = {"idc-decode-caption", NULL};
    char **programs[PROGRAMS] = {decode, encode, diff, contrast, caption};
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC), failed = 0;
    *ms = now();
    *mib = 0;
    for (int i = 0; i < PROGRAMS; i++) {
        int ends[2] = {-1, open("/dev/null", O_WRONLY | O_CLOEXEC)};
        if (i < PROGRAMS - 1) {
            close(ends[1]);
            if (pipe(ends) < 0)
                return -1;
            fcntl(ends[0], F_SETFD, FD_CLOEXEC);
            fcntl(ends[1], F_SETFD, FD_CLOEXEC);
        }
        if (start(build, programs[i], in, ends[1]) < 0)
            return -1;
        in = ends[0];
    }
    for (int i = 0; i < PROGRAMS; i++) {
        struct rusage use;
        int status;
        if (wait4(-1, &status, 0, &use) < 0)
            return -1;
        failed |= status != 0;
        *mib += (double)use.ru_maxrss / 1024;
    }
    *ms = now() - *ms;
    return failed ? -1 : 0;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    double ms[ROUNDS], mib[ROUNDS];
    if (argc != 4)
        return 2;
    for (int i = 0; i < ROUNDS; i++)
        if (run(argv[1], argv + 2, &ms[i], &mib[i]) < 0)
            return 1;
    qsort(ms, ROUNDS, sizeof *ms, ascending);
    qsort(mib, ROUNDS, sizeof *mib, ascending);
    printf("{\"name\":\"pair to sentence, cold\",\"value\":%.0f,\"unit\":\"ms\",\"goal\":1000,"
           "\"better\":\"lower\"}\n",
           ms[ROUNDS / 2]);
    printf("{\"name\":\"its memory, five programs\",\"value\":%.0f,\"unit\":\"MiB\",\"goal\":400,"
           "\"better\":\"lower\"}\n",
           mib[ROUNDS / 2]);
    return 0;
}

#define _GNU_SOURCE /* sched_getaffinity */
#include "base/threads.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int affinity(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
    long n = sysconf(_SC_NPROCESSORS_ONLN); /* more cores than cpu_set_t holds */
    return n > 0 ? (int)n : 1;
}

/* Reads up to two numbers; "max" counts as −1. Returns how many there were. */
static int read_numbers(const char *path, double *a, double *b)
{
    char word[2][32];
    FILE *f = fopen(path, "r");
    if (!f)
        return 0;
    int n = fscanf(f, "%31s %31s", word[0], word[1]);
    fclose(f);
    if (n > 0)
        *a = strcmp(word[0], "max") == 0 ? -1 : strtod(word[0], NULL);
    if (n > 1)
        *b = strtod(word[1], NULL);
    return n > 0 ? n : 0;
}

/* The strictest quota from this process's group up to the root, in cores; 0: none. */
static double quota_v2(void)
{
    char line[4096] = "", path[4200];
    FILE *f = fopen("/proc/self/cgroup", "r");
    double least = 0;
    while (f && fgets(line, sizeof line, f) && strncmp(line, "0::", 3) != 0)
        line[0] = 0;
    if (f)
        fclose(f);
    char *group = strncmp(line, "0::", 3) == 0 ? line + 3 : memcpy(line, "/", 2);
    group[strcspn(group, "\n")] = 0;
    for (;;) {
        double quota = -1, period = 0;
        snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max",
                 strcmp(group, "/") == 0 ? "" : group);
        if (read_numbers(path, &quota, &period) == 2 && quota > 0 && period > 0)
            least = least == 0 || quota / period < least ? quota / period : least;
        char *slash = strrchr(group, '/');
        if (!slash || !*group)
            return least;
        *slash = 0;
    }
}

static double quota_v1(void)
{
    double quota = -1, period = 0, unused;
    if (read_numbers("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", &quota, &unused) < 1 ||
        read_numbers("/sys/fs/cgroup/cpu/cpu.cfs_period_us", &period, &unused) < 1)
        return 0;
    return quota > 0 && period > 0 ? quota / period : 0;
}

int idc_threads_default(void)
{
    int n = affinity();
    double quota = quota_v2();
    if (quota <= 0)
        quota = quota_v1();
    if (quota > 0 && quota < n)
        n = (int)(quota + 0.999);
    const char *omp = getenv("OMP_NUM_THREADS");
    char *end;
    long wanted = omp ? strtol(omp, &end, 10) : 0;
    if (wanted > 0 && wanted < n)
        n = (int)wanted;
    return n > 0 ? n : 1;
}

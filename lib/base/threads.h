/* threads.h: how many threads are worth starting here. */
#ifndef IDC_BASE_THREADS_H
#define IDC_BASE_THREADS_H

/* Cores that this process may use: the affinity mask, cut by the quota of its control group (v2 or v1), and by
 * OMP_NUM_THREADS where that is set. At least 1. */
int idc_threads_default(void);

#endif

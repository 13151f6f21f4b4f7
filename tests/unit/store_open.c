/* A store that several programs make at the same moment, as those of one pipe do: each finds it whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/store.h"

#define ROUNDS 150
#define OPENERS 4

/* Waits for the end of `go`, then opens; the exit status of the process. */
static int opener(int go)
{
    char byte;
    idc_store *s;
    idc_error err = IDC_NO_ERROR;
    if (read(go, &byte, 1) != 0)
        return 2;
    int rc = idc_store_open(&s, "made.db", IDC_STORE_CREATE, &err);
    if (rc < 0)
        fprintf(stderr, "ERROR: %s\n", err.text);
    else
        idc_store_close(&s);
    return rc < 0;
}

static int together(void)
{
    pid_t child[OPENERS];
    int go[2], bad = 0;
    assert_int_equal(pipe(go), 0);
    for (int i = 0; i < OPENERS; i++) {
        child[i] = fork();
        assert_true(child[i] >= 0);
        if (child[i] == 0) {
            close(go[1]);
            _exit(opener(go[0]));
        }
    }
    close(go[0]);
    close(go[1]); /* lets them go */
    for (int i = 0; i < OPENERS; i++) {
        int status;
        assert_int_equal(waitpid(child[i], &status, 0), child[i]);
        bad += status != 0;
    }
    return bad;
}

static void many_make_one_store(void **state)
{
    (void)state;
    int bad = 0;
    for (int i = 0; i < ROUNDS; i++) {
        unlink("made.db");
        unlink("made.db-wal");
        unlink("made.db-shm");
        bad += together();
    }
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(many_make_one_store)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

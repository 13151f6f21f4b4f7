#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/schema.h"
#include "store/sql.h"

#define BUSY_MS 60000
#define LONGEST (1 << 30) /* bytes of a row: that of a record */

static int set_up(idc_store *s, idc_store_mode mode, idc_error *err)
{
    static const int off[] = {SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW,
                              SQLITE_DBCONFIG_TRUSTED_SCHEMA};
    sqlite3_extended_result_codes(s->db, 1);
    sqlite3_busy_timeout(s->db, BUSY_MS);
    for (size_t i = 0; i < sizeof off / sizeof off[0]; i++)
        sqlite3_db_config(s->db, off[i], 0, (int *)NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, LONGEST);
    sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 1);
    /* Blobs of some hundred KB: 64 KiB pages double the rate of SQLite's 4 KiB. Readers map the file. */
    int rc = idc_sql_script(s,
                            "PRAGMA page_size = 65536; PRAGMA cell_size_check = ON; PRAGMA "
                            "cache_size = -16384; PRAGMA synchronous = NORMAL; PRAGMA temp_store = "
                            "FILE",
                            err);
    if (rc == 0 && mode == IDC_STORE_READ)
        rc = idc_sql_script(s, "PRAGMA query_only = ON; PRAGMA mmap_size = 2147418112", err);
    else if (rc == 0)
        rc = idc_sql_script(s, "PRAGMA foreign_keys = ON", err);
    return rc;
}

/* In one statement: what another process commits between two of them would look like half a store. */
static int version_of(idc_store *s, int *version, idc_error *err)
{
    sqlite3_stmt *q;
    int rc = idc_sql_open(s, &q, err,
                          "SELECT count(*), (SELECT application_id FROM pragma_application_id), "
                          "(SELECT user_version FROM pragma_user_version) FROM sqlite_schema",
                          "");
    rc = rc < 0 ? rc : idc_sql_next(s, q, err);
    if (rc <= 0)
        return rc < 0 ? rc : idc_fail(err, IDC_E_INVALID, "%s: is not a store", s->path);
    int64_t objects = sqlite3_column_int64(q, 0), application = sqlite3_column_int64(q, 1),
            user = sqlite3_column_int64(q, 2);
    sqlite3_reset(q);
    *version = (int)user;
    if (objects == 0 && application == 0 && user == 0)
        return 0; /* an empty file */
    if (application != IDC_SCHEMA_APPLICATION || user < 1)
        return idc_fail(err, IDC_E_INVALID, "%s: is a SQLite file, but not a store", s->path);
    if (user > IDC_SCHEMA_VERSION)
        return idc_fail(err, IDC_E_MISMATCH,
                        "%s: is a store of version %lld; this program knows versions up to %d",
                        s->path, (long long)user, IDC_SCHEMA_VERSION);
    return 0;
}

/* Makes or migrates, alone: who came second finds it done. */
static int bring_up(idc_store *s, idc_store_mode mode, idc_error *err)
{
    int version;
    int rc = idc_store_begin(s, err);
    rc = rc < 0 ? rc : version_of(s, &version, err);
    if (rc == 0 && version == 0)
        rc = mode == IDC_STORE_CREATE
                 ? idc_schema_make(s, err)
                 : idc_fail(err, IDC_E_INVALID, "%s: is empty, not a store", s->path);
    else if (rc == 0 && version < IDC_SCHEMA_VERSION)
        rc = idc_schema_migrate(s, version, err);
    if (rc == 0)
        return idc_store_commit(s, err);
    idc_store_rollback(s);
    return rc;
}

static int check_version(idc_store *s, idc_store_mode mode, idc_error *err)
{
    int version;
    int rc = version_of(s, &version, err);
    if (rc < 0 || version == IDC_SCHEMA_VERSION)
        return rc;
    if (mode != IDC_STORE_READ)
        return bring_up(s, mode, err);
    if (version == 0)
        return idc_fail(err, IDC_E_INVALID, "%s: is empty, not a store", s->path);
    return idc_fail(err, IDC_E_MISMATCH,
                    "%s: is a store of version %d, this program reads version %d: any command "
                    "that writes, as 'idc-store missing', brings it up to date",
                    s->path, version, IDC_SCHEMA_VERSION);
}

static int open_file(idc_store *s, idc_store_mode mode, idc_error *err)
{
    struct stat st;
    /* Readers, too, must be able to roll back what a killed writer left; SQLite opens what is write-protected read-only.
     * query_only keeps them from changing anything else. */
    int flags = SQLITE_OPEN_READWRITE | (mode == IDC_STORE_CREATE ? SQLITE_OPEN_CREATE : 0);
    bool there = stat(s->path, &st) == 0;
    if (!there && mode != IDC_STORE_CREATE)
        return idc_fail(err, IDC_E_MISSING, "%s: no such file", s->path);
    if (there && !S_ISREG(st.st_mode))
        return idc_fail(err, IDC_E_INVALID, "%s: is not a regular file", s->path);
    /* a path that SQLite takes for no file: "", ":memory:" */
    char *path = sqlite3_mprintf("%s%s", s->path[0] == '/' ? "" : "./", s->path);
    if (!path)
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", s->path);
    int rc = sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    sqlite3_free(path);
    if (!s->db)
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", s->path);
    return rc == SQLITE_OK ? 0 : idc_sql_fail(s, err);
}

/* Migrated on the way, a store has all tables only now. */
static int read_kind(idc_store *s, idc_error *err)
{
    int64_t one_file;
    int rc = idc_sql_int(s, &one_file, err, "SELECT one_file FROM store", "");
    s->one_file = one_file != 0;
    return rc < 0 ? rc : 0;
}

int idc_store_keep_one_file(idc_store *s, idc_error *err)
{
    s->one_file = true;
    return idc_sql_run(s, err, "UPDATE store SET one_file = 1", "");
}

int idc_store_open(idc_store **out, const char *path, idc_store_mode mode, idc_error *err)
{
    idc_store *s = *out = calloc(1, sizeof *s);
    size_t n = strlen(path) + 1;
    if (s)
        s->path = malloc(n);
    if (!s || !s->path) {
        free(s);
        *out = NULL;
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", path);
    }
    memcpy(s->path, path, n);
    int rc = open_file(s, mode, err);
    rc = rc < 0 ? rc : set_up(s, mode, err);
    rc = rc < 0 ? rc : check_version(s, mode, err);
    /* After the tables are there, so that a reader never meets an empty file whose tables lie in the log. A second writer
     * may keep this from happening now; then it happens the next time. */
    if (rc == 0 && mode != IDC_STORE_READ)
        idc_sql_script(s, "PRAGMA journal_mode = WAL", NULL);
    rc = rc < 0 ? rc : idc_schema_check(s, err);
    rc = rc < 0 ? rc : read_kind(s, err);
    if (rc < 0)
        idc_store_close(out);
    return rc;
}

void idc_store_close(idc_store **out)
{
    idc_store *s = *out;
    if (!s)
        return;
    idc_store_rollback(s);
    idc_segments_free(s);
    for (int i = 0; i < s->n_kept; i++)
        sqlite3_finalize(s->kept[i].statement);
    sqlite3_close(s->db);
    free(s->path);
    free(s);
    *out = NULL;
}

const char *idc_store_path(const idc_store *s)
{
    return s->path;
}

int idc_store_begin(idc_store *s, idc_error *err)
{
    int rc = idc_sql_run(s, err, "BEGIN IMMEDIATE", "");
    s->inside = rc == 0;
    return rc;
}

int idc_store_commit(idc_store *s, idc_error *err)
{
    idc_sql_done(s);
    int rc = idc_segment_precommit(s, err);
    rc = rc < 0 ? rc : idc_sql_run(s, err, "COMMIT", "");
    if (rc < 0)
        idc_store_rollback(s);
    else
        idc_segment_committed(s);
    s->inside = false;
    return rc;
}

void idc_store_rollback(idc_store *s)
{
    idc_segment_rollback(s);
    if (!s->inside)
        return;
    idc_sql_done(s);
    idc_sql_script(s, "ROLLBACK", NULL); /* SQLite has often done so by itself */
    s->inside = false;
}

static const char *numpy_name(const char *dtype)
{
    static const char *const names[][2] = {{"f32", "<f4"}, {"f16", "<f2"}, {"i8", "|i1"}};
    for (size_t i = 0; dtype && i < sizeof names / sizeof names[0]; i++)
        if (strcmp(dtype, names[i][0]) == 0)
            return names[i][1];
    return dtype;
}

int idc_store_variant(idc_store *s, const idc_store_choice *choice, int64_t *variant,
                      idc_error *err)
{
    sqlite3_stmt *q;
    char first[128] = "";
    *variant = 0;
    int rc = idc_sql_open(
        s, &q, err,
        "SELECT variant, substr(encoder, 1, 32) || ' ' || substr(layer, 1, 32) || ' ' || dtype "
        "FROM variant WHERE (?1 IS NULL OR substr(encoder, 1, length(?1)) = ?1) AND "
        "(?2 IS NULL OR layer = ?2) AND (?3 IS NULL OR dtype = ?3) ORDER BY variant",
        "ttt", choice->encoder, choice->layer, numpy_name(choice->dtype));
    while (rc == 0 && (rc = idc_sql_next(s, q, err)) > 0) {
        if (*variant)
            rc = idc_fail(err, IDC_E_MISMATCH,
                          "%s: holds features of several kinds (%s, %s): choose with --encoder, "
                          "--layer, --dtype",
                          s->path, first, idc_sql_text(q, 1));
        else {
            *variant = sqlite3_column_int64(q, 0);
            snprintf(first, sizeof first, "%s", idc_sql_text(q, 1));
            rc = 0;
        }
    }
    idc_sql_done(s);
    return rc;
}

int idc_store_variant_held(idc_store *s, const idc_store_choice *choice, int64_t *variant,
                           idc_error *err)
{
    sqlite3_stmt *q;
    bool chosen = choice->encoder || choice->layer || choice->dtype;
    int rc = idc_store_variant(s, choice, variant, err);
    if (rc < 0 || *variant || !chosen)
        return rc;
    rc = idc_sql_open(s, &q, err,
                      "SELECT substr(encoder, 1, 32) || ' ' || substr(layer, 1, 32) || ' ' || "
                      "dtype FROM variant LIMIT 1",
                      "");
    rc = rc < 0 ? rc : idc_sql_next(s, q, err);
    if (rc > 0)
        rc = idc_fail(err, IDC_E_MISMATCH,
                      "%s: holds no features of encoder %.40s, layer %.40s, dtype %.10s, but of %s",
                      s->path, choice->encoder ? choice->encoder : "any",
                      choice->layer ? choice->layer : "any", choice->dtype ? choice->dtype : "any",
                      idc_sql_text(q, 0));
    idc_sql_done(s);
    return rc;
}

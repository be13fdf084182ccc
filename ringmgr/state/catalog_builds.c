/* The part of the catalog that says which builds there are and of which objects they consist. */
#include "ringmgr/base/mem.h"
#include "ringmgr/state/catalog.h"
#include "ringmgr/state/db_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BUILD_COLUMNS "build, staged_unix, throttle, disputed_unix"

bool catalog_build_put(struct state *state, const struct channel *channel, const struct build *build,
                       int64_t throttle, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "INSERT INTO build (channel, build, throttle) VALUES (?, ?, ?) ON CONFLICT "
                         "(channel, build) DO UPDATE SET throttle = coalesce(excluded.throttle, throttle)");
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    stmt_put_unix(&stmt, throttle);
    return stmt_run(&stmt, err);
}

bool catalog_build_staged(struct state *state, const struct channel *channel, const struct build *build,
                          int64_t now, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "INSERT INTO build (channel, build, staged_unix) VALUES (?, ?, ?) "
                                      "ON CONFLICT (channel, build) DO UPDATE SET dropped_unix = NULL, "
                                      "staged_unix = coalesce(staged_unix, excluded.staged_unix)");
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    stmt_put_int(&stmt, now);
    return stmt_run(&stmt, err);
}

bool catalog_build_dispute(struct state *state, const struct channel *channel, const struct build *build,
                           int64_t now, struct err *err)
{
    if (now >= 0 && !catalog_build_put(state, channel, build, -1, err))
        return false;
    AUTO_STMT stmt = stmt_make(
        state, "UPDATE build SET disputed_unix = iif(?1 IS NULL, NULL, coalesce(disputed_unix, ?1)) "
               "WHERE channel = ? AND build = ?");
    stmt_put_unix(&stmt, now);
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    return stmt_run(&stmt, err);
}

/* Of a row BUILD_COLUMNS. */
static void get_build(struct stmt *stmt, const struct channel *channel, struct catalog_build *build)
{
    build->channel = channel;
    build->build = stmt_get_build(stmt);
    build->staged_unix = stmt_get_unix(stmt);
    build->throttle = stmt_get_unix(stmt);
    build->disputed_unix = stmt_get_unix(stmt);
}

/* Ends the statement. */
static bool get_one(struct stmt *stmt, const struct channel *channel, struct catalog_build *build,
                    bool *found, struct err *err)
{
    *found = stmt_row(stmt);
    if (*found)
        get_build(stmt, channel, build);
    return stmt_end(stmt, err);
}

bool catalog_build_find(struct state *state, const struct channel *channel, const struct build *build,
                        struct catalog_build *found_build, bool *found, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT " BUILD_COLUMNS " FROM build WHERE channel = ? AND build = ?");
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    return get_one(&stmt, channel, found_build, found, err);
}

bool catalog_build_newest(struct state *state, const struct channel *channel, const struct build *before,
                          struct catalog_build *found_build, bool *found, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, before ? "SELECT " BUILD_COLUMNS " FROM build WHERE channel = ? AND build < ? "
                                  "AND staged_unix IS NOT NULL ORDER BY build DESC LIMIT 1"
                                : "SELECT " BUILD_COLUMNS " FROM build WHERE channel = ? "
                                  "AND staged_unix IS NOT NULL ORDER BY build DESC LIMIT 1");
    stmt_put_channel(&stmt, channel);
    if (before)
        stmt_put_build(&stmt, before);
    return get_one(&stmt, channel, found_build, found, err);
}

bool catalog_builds_after(struct state *state, const struct channel *channel, const struct build *after,
                          struct catalog_build_list *list, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT " BUILD_COLUMNS " FROM build WHERE channel = ? AND "
                                      "build > coalesce(?, '') AND staged_unix IS NOT NULL AND "
                                      "dropped_unix IS NULL ORDER BY build DESC");
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, after);
    *list = (struct catalog_build_list){0};
    while (stmt_row(&stmt)) {
        list->item = mem_grow(list->item, list->len, sizeof *list->item);
        get_build(&stmt, channel, &list->item[list->len++]);
    }
    if (stmt_end(&stmt, err))
        return true;
    free(list->item);
    *list = (struct catalog_build_list){0};
    return false;
}

/* Files. */

bool catalog_file_put(struct state *state, const struct channel *channel, const struct build *build,
                      const char *path, const struct digest *digest, uint64_t bytes, struct err *err)
{
    if (!catalog_build_put(state, channel, build, -1, err))
        return false;
    AUTO_STMT stmt = stmt_make(
        state, "INSERT INTO build_file (path, sha256, bytes, absence_stands, build_id) "
               "SELECT ?, ?, ?, 0, id FROM build WHERE channel = ? AND build = ? ON CONFLICT DO UPDATE SET "
               "sha256 = excluded.sha256, bytes = excluded.bytes, absent_unix = NULL, absence_stands = 0");
    stmt_put_text(&stmt, path);
    stmt_put_digest(&stmt, digest);
    stmt_put_int(&stmt, (int64_t)bytes);
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    return stmt_run(&stmt, err);
}

static bool get_absence(struct state *state, const struct channel *channel, const struct build *build,
                        const char *path, int64_t *since_unix, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT absent_unix FROM build_file JOIN build ON build.id = build_id "
                                      "WHERE channel = ? AND build = ? AND path = ?");
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    stmt_put_text(&stmt, path);
    *since_unix = stmt_row(&stmt) ? stmt_get_unix(&stmt) : -1;
    return stmt_end(&stmt, err);
}

bool catalog_file_absent(struct state *state, const struct channel *channel, const struct build *build,
                         const char *path, int64_t now, bool stands, int64_t *since_unix, struct err *err)
{
    if (!catalog_build_put(state, channel, build, -1, err))
        return false;
    AUTO_STMT stmt = stmt_make(
        state, "INSERT INTO build_file (path, absent_unix, absence_stands, build_id) "
               "SELECT ?, ?, ?, id FROM build WHERE channel = ? AND build = ? ON CONFLICT DO UPDATE SET "
               "absence_stands = max(absence_stands, excluded.absence_stands) WHERE sha256 IS NULL");
    stmt_put_text(&stmt, path);
    stmt_put_int(&stmt, now);
    stmt_put_int(&stmt, stands);
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    return stmt_run(&stmt, err) && get_absence(state, channel, build, path, since_unix, err);
}

bool catalog_files_get(struct state *state, const struct channel *channel, const struct build *build,
                       struct catalog_files *files, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT path, sha256, bytes, absent_unix FROM build_file JOIN build ON build.id = "
                         "build_id WHERE channel = ? AND build = ? AND (sha256 IS NOT NULL OR "
                         "absence_stands = 1) ORDER BY path");
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    *files = (struct catalog_files){0};
    while (stmt_row(&stmt)) {
        files->file = mem_grow(files->file, files->len, sizeof *files->file);
        struct catalog_file *file = &files->file[files->len++];
        file->path = stmt_get_text(&stmt);
        file->digest = stmt_get_digest(&stmt);
        file->bytes = (uint64_t)stmt_get_int(&stmt);
        file->absent_unix = stmt_get_unix(&stmt);
        file->absent = file->absent_unix >= 0;
    }
    if (stmt_end(&stmt, err))
        return true;
    catalog_files_clear(files);
    return false;
}

void catalog_files_clear(struct catalog_files *files)
{
    for (size_t i = 0; i < files->len; i++)
        free(files->file[i].path);
    free(files->file);
    *files = (struct catalog_files){0};
}

static int compare_paths(const void *a, const void *b)
{
    const struct catalog_file *left = a;
    const struct catalog_file *right = b;
    return strcmp(left->path, right->path);
}

void catalog_files_sort(struct catalog_files *files)
{
    if (files->len > 0)
        qsort(files->file, files->len, sizeof *files->file, compare_paths);
}

const struct catalog_file *catalog_files_find(const struct catalog_files *files, const char *path)
{
    const struct catalog_file key = {.path = (char *)(uintptr_t)path};
    return files->len == 0 ? NULL : bsearch(&key, files->file, files->len, sizeof key, compare_paths);
}

static void add_copy(struct catalog_files *files, const struct catalog_file *file)
{
    files->file = mem_grow(files->file, files->len, sizeof *file);
    files->file[files->len] = *file;
    files->file[files->len++].path = mem_strdup(file->path);
}

struct digest catalog_files_digest(const struct catalog_files *files)
{
    AUTO_STRV lines = {0};
    AUTO_BUF text = {0};
    for (size_t i = 0; i < files->len; i++) {
        char digest[DIGEST_TEXT_SIZE];
        digest_format(&files->file[i].digest, digest);
        strv_addf(&lines, "%s %" PRIu64 " %s", digest, files->file[i].bytes, files->file[i].path);
    }
    strv_sort(&lines);
    for (size_t i = 0; i < lines.len; i++)
        buf_printf(&text, "%s\n", lines.item[i]);
    return digest_of(text.data, text.len);
}

void catalog_files_select(const struct catalog_files *files, const struct filelist *list,
                          struct catalog_files *selected, struct digest *digest, struct strv *missing)
{
    *selected = (struct catalog_files){0};
    for (size_t i = 0; i < list->len; i++) {
        const struct catalog_file *file = catalog_files_find(files, list->file[i].path);
        if (!file)
            strv_add(missing, list->file[i].path);
        else if (!file->absent)
            add_copy(selected, file);
    }
    catalog_files_sort(selected);
    *digest = catalog_files_digest(selected);
}

#include "ringmgr/state/content_left.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/db_private.h"

#include <stdlib.h>
#include <string.h>

static const char kind_architecture[] = "architecture", kind_language[] = "language",
                  kind_proofing[] = "proofing", kind_arm64[] = "arm64";

static void put_what(struct stmt *stmt, const struct content *what)
{
    const char *kind = kind_arm64, *name = "";
    if (what->architectures) {
        kind = kind_architecture;
        name = architecture_name(what->architectures & ARCH_X64 ? ARCH_X64 : ARCH_X86);
    } else if (what->languages.len) {
        kind = kind_language;
        name = what->languages.item[0];
    } else if (what->proofing.len) {
        kind = kind_proofing;
        name = what->proofing.item[0];
    }
    stmt_put_text(stmt, kind);
    stmt_put_text(stmt, name);
}

static void get_what(struct stmt *stmt, struct content *what)
{
    char *kind AUTO_FREE = stmt_get_text(stmt);
    char *name AUTO_FREE = stmt_get_text(stmt);
    *what = (struct content){0};
    if (!kind || !name)
        return;
    if (strcmp(kind, kind_architecture) == 0)
        what->architectures = strcmp(name, architecture_name(ARCH_X64)) == 0 ? ARCH_X64 : ARCH_X86;
    else if (strcmp(kind, kind_language) == 0)
        strv_add(&what->languages, name);
    else if (strcmp(kind, kind_proofing) == 0)
        strv_add(&what->proofing, name);
    else
        what->arm64 = true;
}

bool content_left_put(struct state *state, const char *ring, const struct content *what, int64_t since_unix,
                      struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "INSERT OR IGNORE INTO content_left (ring, kind, name, since_unix) "
                                      "VALUES (?, ?, ?, ?)");
    stmt_put_text(&stmt, ring);
    put_what(&stmt, what);
    stmt_put_int(&stmt, since_unix);
    return stmt_run(&stmt, err);
}

bool content_left_drop(struct state *state, const char *ring, const struct content *what, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "DELETE FROM content_left WHERE ring = ? AND kind = ? AND name = ?");
    stmt_put_text(&stmt, ring);
    put_what(&stmt, what);
    return stmt_run(&stmt, err);
}

bool contents_left_shift(struct state *state, int64_t seconds, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "UPDATE content_left SET since_unix = since_unix + ?");
    stmt_put_int(&stmt, seconds);
    return stmt_run(&stmt, err);
}

bool contents_left_get(struct state *state, const char *ring, struct contents_left *left, struct err *err)
{
    AUTO_STMT stmt = stmt_make(
        state, "SELECT kind, name, since_unix FROM content_left WHERE ring = ? ORDER BY kind, name");
    stmt_put_text(&stmt, ring);
    *left = (struct contents_left){0};
    while (stmt_row(&stmt)) {
        left->item = mem_grow(left->item, left->len, sizeof *left->item);
        struct content_left *one = &left->item[left->len++];
        get_what(&stmt, &one->what);
        one->since_unix = stmt_get_int(&stmt);
    }
    if (stmt_end(&stmt, err))
        return true;
    contents_left_clear(left);
    return false;
}

void contents_left_clear(struct contents_left *left)
{
    for (size_t i = 0; i < left->len; i++)
        content_clear(&left->item[i].what);
    free(left->item);
    *left = (struct contents_left){0};
}

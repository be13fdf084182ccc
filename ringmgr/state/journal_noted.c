/*
 * The heads that were noted elsewhere, one after each commit. The newest alone would not do: after the end of
 * the history was cut off, the next command notes a good head again.
 */
#include "ringmgr/base/mem.h"
#include "ringmgr/state/db_private.h"
#include "ringmgr/state/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The hash of every entry, that of entry 1 first. */
struct hashes {
    char (*item)[DIGEST_TEXT_SIZE];
    int64_t len;
};

static bool read_hashes(struct state *state, struct hashes *hashes, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT hash FROM history ORDER BY id");
    while (stmt_row(&stmt)) {
        hashes->item = mem_grow(hashes->item, (size_t)hashes->len, sizeof *hashes->item);
        stmt_get_chars(&stmt, hashes->item[hashes->len++], DIGEST_TEXT_SIZE);
    }
    return stmt_end(&stmt, err);
}

/* "TIME ID HASH" */
static bool read_line(const char *line, size_t len, int64_t *id, char hash[DIGEST_TEXT_SIZE])
{
    char copy[128];
    struct digest digest;
    if (len >= sizeof copy)
        return false;
    memcpy(copy, line, len);
    copy[len] = 0;
    return sscanf(copy, "%*31s %" SCNd64 " %64s", id, hash) == 2 && digest_parse(hash, &digest);
}

static bool compare_line(const struct hashes *hashes, int64_t id, const char *hash, size_t number,
                         struct err *err)
{
    if (id >= 1 && id <= hashes->len && strcasecmp(hashes->item[id - 1], hash) == 0)
        return true;
    return err_set(err, ERR_NOT_GENUINE,
                   "history: line %zu of the noted heads is entry %" PRId64
                   " with the hash %s, which is not there: its "
                   "end was cut off or all of it was made anew",
                   number, id, hash);
}

static bool compare_all(const struct hashes *hashes, const char *text, size_t len, int64_t *compared,
                        struct err *err)
{
    size_t number = 1;
    for (const char *end = text + len; text < end; number++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t line_len = newline ? (size_t)(newline - text) : (size_t)(end - text);
        char hash[DIGEST_TEXT_SIZE];
        int64_t id;
        if (read_line(text, line_len, &id, hash)) {
            if (!compare_line(hashes, id, hash, number, err))
                return false;
            ++*compared;
        }
        text += line_len + (newline != NULL);
    }
    return true;
}

bool journal_verify_noted(struct state *state, const char *text, size_t len, int64_t *compared,
                          struct err *err)
{
    struct hashes hashes = {0};
    *compared = 0;
    bool ok = read_hashes(state, &hashes, err) && compare_all(&hashes, text, len, compared, err);
    free(hashes.item);
    return ok;
}

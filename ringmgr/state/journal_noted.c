/*
 * The heads that were noted elsewhere, one after each commit. The newest alone would not do: after the end of
 * the history was cut off, the next command notes a good head again.
 *
 * After a restore the noted heads are those of two branches, one after the other. The entry of the restore is
 * part of the chain, so a cut can be called a restore only in public; and it excuses nothing that was noted
 * after it.
 */
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/db_private.h"
#include "ringmgr/state/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Entry `id` calls those after `base_id`, up to `last_id`, lost. */
struct loss {
    int64_t id, base_id, last_id, at_unix;
    int64_t others; /* noted heads that it gives up besides, as far as they have not been met */
    bool rebuild;   /* else it was a restore */
    bool noted;     /* its own line was read */
};

struct chain {
    char (*hash)[DIGEST_TEXT_SIZE]; /* of every entry, that of entry 1 first */
    int64_t len;
    struct loss *loss;
    size_t losses;
};

static void chain_clear(struct chain *chain)
{
    free(chain->hash);
    free(chain->loss);
}

#define LOST_BEGIN "back to entry "

bool journal_loss_is(const struct journal_loss *loss)
{
    return loss->last_id > loss->base_id || loss->others > 0;
}

char *journal_loss_text(const struct journal_loss *loss)
{
    AUTO_BUF text = {0};
    buf_printf(&text, LOST_BEGIN "%" PRId64 " %s; entries up to %" PRId64 " are lost", loss->base_id,
               loss->base_hash, loss->last_id > loss->base_id ? loss->last_id : loss->base_id);
    if (loss->others)
        buf_printf(&text, "; given up %" PRId64 " noted heads of another history", loss->others);
    return mem_strdup(buf_text(&text));
}

static bool read_hashes(struct state *state, struct chain *chain, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT hash FROM history ORDER BY id");
    while (stmt_row(&stmt)) {
        chain->hash = mem_grow(chain->hash, (size_t)chain->len, sizeof *chain->hash);
        stmt_get_chars(&stmt, chain->hash[chain->len++], DIGEST_TEXT_SIZE);
    }
    return stmt_end(&stmt, err);
}

static bool read_losses(struct state *state, struct chain *chain, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT id, reason, time_unix, action = 'rebuild' FROM history WHERE "
                                      "action IN ('restore', 'rebuild') "
                                      "AND reason GLOB '" LOST_BEGIN "*' ORDER BY id");
    while (stmt_row(&stmt)) {
        struct loss loss = {.id = stmt_get_int(&stmt)};
        char *reason AUTO_FREE = stmt_get_text(&stmt);
        loss.at_unix = stmt_get_int(&stmt);
        loss.rebuild = stmt_get_int(&stmt) != 0;
        if (sscanf(reason,
                   LOST_BEGIN "%" SCNd64 " %*64[0-9a-fA-F]; entries up to %" SCNd64
                              " are lost; given up %" SCNd64 " noted heads",
                   &loss.base_id, &loss.last_id, &loss.others) < 2)
            continue;
        chain->loss = mem_grow(chain->loss, chain->losses, sizeof *chain->loss);
        chain->loss[chain->losses++] = loss;
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

static bool is_entry(struct chain *chain, int64_t id, const char *hash)
{
    if (id < 1 || id > chain->len || strcasecmp(chain->hash[id - 1], hash) != 0)
        return false;
    for (size_t i = 0; i < chain->losses; i++)
        chain->loss[i].noted = chain->loss[i].noted || chain->loss[i].id == id;
    return true;
}

static bool is_called_lost(struct chain *chain, int64_t id)
{
    for (size_t i = 0; i < chain->losses; i++)
        if (!chain->loss[i].noted && id > chain->loss[i].base_id && id <= chain->loss[i].last_id)
            return true;
    for (size_t i = 0; i < chain->losses; i++)
        if (!chain->loss[i].noted && chain->loss[i].others > 0)
            return chain->loss[i].others-- > 0;
    return false;
}

/* What is done with a line of ringmgr's. */
typedef bool take_line(struct chain *chain, size_t number, int64_t id, const char *hash, void *result,
                       struct err *err);

static bool for_each_line(struct chain *chain, const char *text, size_t len, take_line *take, void *result,
                          struct err *err)
{
    size_t number = 1;
    for (const char *end = text + len; text < end; number++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t line_len = newline ? (size_t)(newline - text) : (size_t)(end - text);
        char hash[DIGEST_TEXT_SIZE];
        int64_t id;
        if (read_line(text, line_len, &id, hash) && !take(chain, number, id, hash, result, err))
            return false;
        text += line_len + (newline != NULL);
    }
    return true;
}

/* What a chain that goes on from `base_id` does not know. */
struct beyond {
    struct journal_loss *loss;
    int64_t base_id; /* -1: where the first such line branches off */
};

static bool find_beyond(struct chain *chain, size_t number, int64_t id, const char *hash, void *result,
                        struct err *err)
{
    struct beyond *beyond = result;
    struct journal_loss *loss = beyond->loss;
    (void)number;
    (void)err;
    if (is_entry(chain, id, hash) || is_called_lost(chain, id))
        return true;
    if (beyond->base_id < 0)
        beyond->base_id = loss->base_id = id > chain->len ? chain->len : id > 0 ? id - 1 : 0;
    if (id <= loss->base_id)
        loss->others++;
    else if (id > loss->last_id)
        loss->last_id = id;
    return true;
}

bool journal_noted_beyond(struct state *state, const char *text, size_t len, int64_t base_id,
                          struct journal_loss *loss, struct err *err)
{
    struct chain chain AUTO(chain_clear) = {0};
    *loss = (struct journal_loss){.base_id = base_id > 0 ? base_id : 0};
    struct beyond beyond = {loss, base_id};
    memset(loss->base_hash, '0', DIGEST_TEXT_SIZE - 1);
    if (!read_hashes(state, &chain, err) || !read_losses(state, &chain, err) ||
        !for_each_line(&chain, text, len, find_beyond, &beyond, err))
        return false;
    if (loss->base_id > 0 && loss->base_id <= chain.len)
        memcpy(loss->base_hash, chain.hash[loss->base_id - 1], DIGEST_TEXT_SIZE);
    return true;
}

struct comparison {
    int64_t compared, lost;
};

static bool compare_line(struct chain *chain, size_t number, int64_t id, const char *hash, void *result,
                         struct err *err)
{
    struct comparison *comparison = result;
    if (is_entry(chain, id, hash))
        comparison->compared++;
    else if (is_called_lost(chain, id))
        comparison->lost++;
    else
        return err_set(err, ERR_NOT_GENUINE,
                       "history: line %zu of the noted heads is entry %" PRId64
                       " with the hash %s, which is not there: its "
                       "end was cut off or all of it was made anew",
                       number, id, hash);
    return true;
}

bool journal_verify_noted(struct state *state, const char *text, size_t len, int64_t *compared, int64_t *lost,
                          struct err *err)
{
    struct chain chain AUTO(chain_clear) = {0};
    struct comparison comparison = {0};
    bool ok = read_hashes(state, &chain, err) && read_losses(state, &chain, err) &&
              for_each_line(&chain, text, len, compare_line, &comparison, err);
    *compared = comparison.compared;
    *lost = comparison.lost;
    return ok;
}

bool journal_losses_tell(struct state *state, struct buf *text, struct err *err)
{
    struct chain chain AUTO(chain_clear) = {0};
    if (!read_losses(state, &chain, err))
        return false;
    for (size_t i = 0; i < chain.losses; i++) {
        const struct loss *loss = &chain.loss[i];
        char time[CLOCK_TEXT_SIZE];
        clock_format(loss->at_unix, time);
        buf_printf(text,
                   "; the entries after %" PRId64 ", up to %" PRId64
                   ", were lost by the %s of %s (entry %" PRId64 "), and it may be one of them",
                   loss->base_id, loss->last_id, loss->rebuild ? "rebuild" : "restore", time, loss->id);
        if (loss->others)
            buf_printf(text, ", which also gave up %" PRId64 " noted heads of another history", loss->others);
    }
    return true;
}

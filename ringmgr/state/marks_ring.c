/* A ring that has got another name. */
#include "ringmgr/base/clock.h"
#include "ringmgr/state/db_private.h"
#include "ringmgr/state/journal.h"
#include "ringmgr/state/marks.h"

/*
 * Every table with a ring but these: history keeps the old name, so do intents that are closed, and so does
 * what is known of sites, where the folder has the old name. Where a
 * row of the new name is in the way (a sync under it that failed, say), the old name's replaces it.
 */
static const char *const renames[] = {
    "UPDATE OR REPLACE offer SET ring = ?2 WHERE ring = ?1",
    "UPDATE OR REPLACE last_sync SET ring = ?2 WHERE ring = ?1",
    "UPDATE OR REPLACE attention SET ring = ?2 WHERE ring = ?1",
    "UPDATE OR REPLACE approval SET ring = ?2 WHERE ring = ?1",
    "UPDATE OR REPLACE block SET ring = ?2 WHERE ring = ?1",
    "UPDATE OR REPLACE hold SET ring = ?2 WHERE ring = ?1",
    "UPDATE OR REPLACE pin SET ring = ?2 WHERE ring = ?1",
    "UPDATE OR REPLACE plan SET ring = ?2 WHERE ring = ?1",
    "UPDATE OR REPLACE consent SET ring = ?2 WHERE ring = ?1",
    "UPDATE OR REPLACE migration SET ring = ?2 WHERE ring = ?1",
    "UPDATE OR REPLACE done_mark SET ring = ?2 WHERE ring = ?1",
    "UPDATE OR REPLACE setting SET ring = ?2 WHERE ring = ?1",
    "UPDATE OR REPLACE content_left SET ring = ?2 WHERE ring = ?1",
    "UPDATE OR REPLACE heal SET ring = ?2 WHERE ring = ?1",
    "UPDATE OR REPLACE notice SET ring = ?2 WHERE ring = ?1",
    "UPDATE OR REPLACE notice_seen SET ring = ?2 WHERE ring = ?1",
    "UPDATE OR REPLACE manifest SET ring = ?2 WHERE ring = ?1",
    "UPDATE OR REPLACE site_order SET ring = ?2 WHERE ring = ?1",
    "UPDATE OR REPLACE site_quorum SET ring = ?2 WHERE ring = ?1",
};

static bool refuse_open(struct state *state, const char *was, const char *ring, struct err *err)
{
    struct intent intent AUTO(intent_clear) = {0};
    char time[CLOCK_TEXT_SIZE];
    bool found = false;
    if (!journal_intent_find(state, was, &intent, &found, err))
        return false;
    if (!found)
        return true;
    clock_format(intent.opened_unix, time);
    return err_set(
        err, ERR_LOCKED,
        "ring %s: what was begun at %s for %s, as it was called then, is not finished: give it that "
        "name once more, run ringmgr verify %s, then rename it",
        ring, time, was, was);
}

static bool has_offered(struct state *state, const char *ring, bool *offered, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT 1 FROM offer WHERE ring = ? LIMIT 1");
    stmt_put_text(&stmt, ring);
    *offered = stmt_row(&stmt);
    return stmt_end(&stmt, err);
}

static bool rename_all(struct state *state, const char *was, const char *ring, bool *renamed, struct err *err)
{
    for (size_t i = 0; i < sizeof renames / sizeof *renames; i++) {
        AUTO_STMT stmt = stmt_make(state, renames[i]);
        stmt_put_text(&stmt, was);
        stmt_put_text(&stmt, ring);
        if (!stmt_run(&stmt, err))
            return false;
        *renamed = *renamed || state_changes(state) > 0;
    }
    return true;
}

bool mark_ring_renamed(struct state *state, const char *was, const char *ring, bool *renamed, struct err *err)
{
    bool was_offered = false, offered = false;
    *renamed = false;
    if (!refuse_open(state, was, ring, err) || !has_offered(state, was, &was_offered, err) ||
        !has_offered(state, ring, &offered, err))
        return false;
    if (was_offered && offered)
        return err_set(err, ERR_USAGE,
                       "ring %s: was = %s: both have offered builds: they are two rings, not one that was "
                       "renamed",
                       ring, was);
    return offered || rename_all(state, was, ring, renamed, err);
}

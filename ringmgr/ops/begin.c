#include "ringmgr/ops/begin.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/ops/leaving.h"
#include "ringmgr/ops/rebuild.h"
#include "ringmgr/policy/changes_loosen.h"
#include "ringmgr/state/catalog.h"
#include "ringmgr/state/hold.h"
#include "ringmgr/state/marks.h"
#include "ringmgr/state/plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- entries of the service's ---- */

/* "; noticed by anna", or nothing where nobody in particular runs the command. */
static char *noticed_text(const struct job *job)
{
    const struct identity *who = job->identity;
    return who && who->person[0] ? mem_printf("; noticed by %s", who->person) : mem_strdup("");
}

static bool append_entry(const struct job *job, const char *action, const char *ring, const char *reason,
                         struct err *err)
{
    const struct job nobody = job_of_nobody(job);
    struct entry entry = {.action = action, .ring = ring, .reason = reason};
    return job_append(&nobody, &entry, err);
}

static bool append_noticed(const struct job *job, const char *action, const char *ring, const char *text,
                           struct err *err)
{
    char *noticed AUTO_FREE = noticed_text(job);
    char *reason AUTO_FREE = mem_printf("%s%s", text, noticed);
    return append_entry(job, action, ring, reason, err);
}

/* A transaction of its own around `act`, announced if it is committed and *wrote an entry. */
static bool transact(const struct job *job, bool (*act)(const struct job *, void *, bool *, struct err *),
                     void *data, struct err *err)
{
    bool wrote = false;
    bool ok = state_begin(job->state, err) && act(job, data, &wrote, err);
    if (wrote || !ok)
        return job_end(job, ok, wrote, err);
    state_abort(job->state);
    return true;
}

/* ---- the clock ---- */

static bool record_step(const struct job *job, void *data, bool *wrote, struct err *err)
{
    int64_t step = *(int64_t *)data;
    char *reason AUTO_FREE =
        mem_printf("%" PRId64 " seconds %s", step < 0 ? -step : step, step < 0 ? "back" : "forward");
    return *wrote = contents_left_shift(job->state, step, err) &&
                    append_noticed(job, "clock-step", NULL, reason, err);
}

static bool note_clock(const struct job *job, struct err *err)
{
    const struct clock_moment moment = clock_moment_now();
    int64_t step;
    if (!mark_clock(job->state, moment.now_unix, &moment.steady, &step, err))
        return false;
    if (step == 0)
        return true;
    if (step > 0)
        log_warn(job->log,
                 "the clock has gone forward by %" PRId64
                 " seconds that have not passed: they count for no soak and no grace of removed content",
                 step);
    else
        log_warn(job->log,
                 "the clock has gone back by %" PRId64 " seconds: timedatectl shows whether it is right now",
                 -step);
    return transact(job, record_step, &step, err);
}

/* ---- the recorded settings ---- */

/* The same lines in the words of the other room; texts go over to `lines`. */
static bool read_recorded(const struct job *job, struct effectives *lines, struct err *err)
{
    struct mark_settings marks;
    *lines = (struct effectives){0};
    if (!mark_settings_get(job->state, &marks, err))
        return false;
    lines->item = mem_new(marks.len, sizeof *lines->item);
    for (size_t i = 0; i < marks.len; i++)
        lines->item[lines->len++] =
            (struct effective){marks.item[i].ring, marks.item[i].key, marks.item[i].value};
    free(marks.item);
    return true;
}

static bool put_recorded(const struct job *job, const struct effectives *lines, struct err *err)
{
    struct mark_settings marks = {mem_new(lines->len, sizeof *marks.item), lines->len};
    for (size_t i = 0; i < lines->len; i++)
        marks.item[i] = (struct mark_setting){lines->item[i].ring, lines->item[i].key, lines->item[i].value};
    bool ok = mark_settings_put(job->state, &marks, err);
    free(marks.item);
    return ok;
}

/* ---- rings that were renamed ---- */

static bool is_recorded(const struct effectives *recorded, const char *ring)
{
    return effectives_value(recorded, ring, CHANGES_CONFIGURED);
}

/* Whether there may be something of the old name: after it was recorded, nothing is, unless an old
 * configuration was used once more. */
static bool may_be_renamed(const struct effectives *recorded, const struct ring *ring)
{
    const char *done = effectives_value(recorded, ring->name, "was");
    return ring->was && *ring->was &&
           (!done || strcmp(done, ring->was) != 0 || is_recorded(recorded, ring->was));
}

/* Rings that take from it take from the same ring as before. */
static bool rename_source(const struct job *job, const struct ring *ring, struct err *err)
{
    struct effectives recorded AUTO(effectives_clear) = {0};
    bool any = false;
    if (!read_recorded(job, &recorded, err))
        return false;
    for (size_t i = 0; i < recorded.len; i++) {
        struct effective *line = &recorded.item[i];
        if (strcmp(line->key, "source") != 0 || strcmp(line->value, ring->was) != 0)
            continue;
        free(line->value);
        line->value = mem_strdup(ring->name);
        any = true;
    }
    return !any || put_recorded(job, &recorded, err);
}

static bool record_rename(const struct job *job, void *data, bool *wrote, struct err *err)
{
    const struct ring *ring = *(const struct ring **)data;
    char *reason AUTO_FREE = mem_printf("was %s", ring->was);
    if (!mark_ring_renamed(job->state, ring->was, ring->name, wrote, err))
        return false;
    return !*wrote || (rename_source(job, ring, err) && append_entry(job, "rename", ring->name, reason, err));
}

static bool rename_ring(const struct job *job, const struct ring *ring, struct err *err)
{
    if (settings_ring(job->settings, ring->was))
        return err_set(err, ERR_USAGE, "ring %s: was = %s: there is a ring of that name", ring->name,
                       ring->was);
    return transact(job, record_rename, &ring, err);
}

static bool rename_rings(const struct job *job, const struct effectives *recorded, bool *tried,
                         struct err *err)
{
    *tried = false;
    for (size_t i = 0; i < job->settings->rings; i++) {
        const struct ring *ring = &job->settings->ring[i];
        if (!may_be_renamed(recorded, ring))
            continue;
        *tried = true;
        if (!rename_ring(job, ring, err))
            return false;
    }
    return true;
}

/* ---- changes of the configuration ---- */

/* What is compared, and what is to be said of it; comparison_clear() frees. */
struct comparison {
    struct effectives recorded, effective;
    struct changes changes;
    struct strv warnings;
};

static void comparison_clear(struct comparison *comparison)
{
    free(comparison->changes.item);
    effectives_clear(&comparison->recorded);
    effectives_clear(&comparison->effective);
    strv_clear(&comparison->warnings);
}

/* Roots that cannot be read are no change: what needs them will say so. */
static bool read_roots(const struct job *job, struct digest *roots)
{
    AUTO_BUF content = {0};
    struct err unread = {0};
    const char *path = job->settings->origin.roots;
    if (!path || !fs_read_path(path, LIMIT_ROOTS_BYTES, &content, &unread))
        return false;
    *roots = digest_of(content.data, content.len);
    return true;
}

/* Keys that cannot be read, likewise. */
static void describe_keys(const struct ring *ring, struct effectives *effective)
{
    struct digest *keys AUTO_FREE = mem_new(ring->manifest_keys.len + 1, sizeof *keys);
    for (size_t i = 0; i < ring->manifest_keys.len; i++) {
        AUTO_BUF content = {0};
        struct err unread = {0};
        if (!fs_read_path(ring->manifest_keys.item[i], LIMIT_SECRET_BYTES, &content, &unread))
            return;
        keys[i] = digest_of(content.data, content.len);
    }
    changes_describe_keys(ring, keys, ring->manifest_keys.len, effective);
}

/* Fills what follows from comparison->recorded. */
static void compare(const struct job *job, struct comparison *comparison)
{
    struct digest roots;
    bool read = read_roots(job, &roots);
    changes_describe(job->settings, read ? &roots : NULL, &comparison->effective);
    for (size_t i = 0; i < job->settings->rings; i++)
        if (ring_follows(&job->settings->ring[i]))
            describe_keys(&job->settings->ring[i], &comparison->effective);
    changes_keep(&comparison->recorded, &comparison->effective);
    changes_compare(&comparison->recorded, &comparison->effective, &comparison->changes);
}

/* The changes of the ring, or of no ring, that begin at `first`: they stand side by side. */
static struct changes same_ring(const struct changes *changes, size_t first)
{
    struct changes same = {&changes->item[first], 0};
    while (first + same.len < changes->len && strcmp(same.item[same.len].ring, same.item->ring) == 0)
        same.len++;
    return same;
}

static bool append_changes(const struct job *job, const struct changes *changes, struct err *err)
{
    for (size_t i = 0; i < changes->len;) {
        const struct changes same = same_ring(changes, i);
        const char *ring = same.item->ring;
        char *noticed AUTO_FREE = noticed_text(job);
        AUTO_BUF text = {0};
        changes_text(&same, LIMIT_REASON_BYTES - strlen(noticed), &text);
        if (!append_noticed(job, "settings", *ring ? ring : NULL, buf_text(&text), err))
            return false;
        i += same.len;
    }
    return true;
}

/* ---- rings that were loosened ---- */

/*
 * Who may lift the hold: the approvers of the last settings that nobody questions. While a ring is held for a
 * change already, these are those from before that one. NULL if none were recorded. The caller frees.
 */
static bool find_approvers(const struct job *job, const struct effectives *recorded, const char *ring,
                           char **approvers, struct err *err)
{
    struct holds holds AUTO(holds_clear) = {0};
    const char *accepted = effectives_value(recorded, ring, "approvers");
    if (!holds_standing(job->state, ring, clock_now_unix(), &holds, err))
        return false;
    for (size_t i = holds.len; i-- > 0;)
        if (holds.item[i].kind == HOLD_SETTINGS)
            accepted = holds.item[i].approvers;
    *approvers = mem_strdup(accepted);
    return true;
}

static bool put_hold(const struct job *job, const struct comparison *comparison, const char *ring,
                     const struct changes *loosened, struct err *err)
{
    char *approvers AUTO_FREE = NULL;
    AUTO_BUF reason = {0};
    changes_text(loosened, LIMIT_REASON_BYTES, &reason);
    if (!find_approvers(job, &comparison->recorded, ring, &approvers, err))
        return false;
    struct hold hold = {.ring = ring,
                        .kind = HOLD_SETTINGS,
                        .by = "ringmgr",
                        .reason = buf_text(&reason),
                        .approvers = approvers,
                        .at_unix = clock_now_unix(),
                        .until_unix = -1};
    return hold_put(job->state, &hold, err);
}

/* An attention to an earlier change that somebody has seen does not hide this one. */
static bool raise_attention(const struct job *job, const char *ring, const struct changes *loosened,
                            struct strv *warnings, struct err *err)
{
    enum { CHANGES_BYTES = 300 };
    static const char code[] = "settings-loosened";
    AUTO_BUF text = {0};
    char *command AUTO_FREE = mem_printf("ringmgr unhold %s --reason TEXT", ring);
    buf_printf(&text, "%s is held, for its configuration was loosened: ", ring);
    changes_text(loosened, CHANGES_BYTES, &text);
    const struct attention attention = {.severity = "warning",
                                        .ring = ring,
                                        .code = code,
                                        .subject = "",
                                        .text = buf_text(&text),
                                        .command = command,
                                        .since_unix = clock_now_unix()};
    strv_addf(warnings, "%s; %s", attention.text, command);
    return catalog_attention_clear(job->state, code, ring, NULL, err) &&
           catalog_attention_raise(job->state, &attention, err);
}

/* Nobody depends yet on a ring that has never offered anything: its configuration is still being made. */
static bool has_offered(const struct job *job, const char *ring, bool *has, struct err *err)
{
    struct offers offers AUTO(offers_clear) = {0};
    bool ok = catalog_offers_all(job->state, ring, &offers, err);
    *has = offers.len > 0;
    return ok;
}

static bool hold_if_loosened(const struct job *job, struct comparison *comparison, const char *ring,
                             struct err *err)
{
    const struct change_context context = {.recorded = &comparison->recorded,
                                           .effective = &comparison->effective,
                                           .today = zone_day(clock_now_unix()),
                                           .rules = job->support};
    struct changes loosened;
    changes_select(&comparison->changes, ring, &context, &loosened);
    bool has = false;
    bool ok = loosened.len == 0 || has_offered(job, ring, &has, err);
    if (ok && has)
        ok = put_hold(job, comparison, ring, &loosened, err) &&
             (!settings_ring(job->settings, ring) ||
              raise_attention(job, ring, &loosened, &comparison->warnings, err));
    free(loosened.item);
    return ok;
}

/* Asks about every ring that was recorded, also those that have left the configuration. */
static bool hold_rings_loosened(const struct job *job, struct comparison *comparison, struct err *err)
{
    const struct effectives *recorded = &comparison->recorded;
    for (size_t i = 0; i < recorded->len; i++)
        if (strcmp(recorded->item[i].key, CHANGES_CONFIGURED) == 0 &&
            !hold_if_loosened(job, comparison, recorded->item[i].ring, err))
            return false;
    return true;
}

/* A migration was decided for the channel that the ring had then: whoever turns back decides anew. */
static bool drop_migrations(const struct job *job, const struct changes *changes, struct err *err)
{
    for (size_t i = 0; i < changes->len; i++) {
        const struct change *change = &changes->item[i];
        const struct channel *before =
            strcmp(change->key, "channel") == 0 && change->before ? channel_find(change->before) : NULL;
        if (before && !migration_done(job->state, change->ring, before, clock_now_unix(), err))
            return false;
    }
    return true;
}

/* Compares again, for another command may have recorded meanwhile. */
static bool record_changes(const struct job *job, void *data, bool *wrote, struct err *err)
{
    struct comparison *comparison = data;
    if (!read_recorded(job, &comparison->recorded, err))
        return false;
    compare(job, comparison);
    *wrote = comparison->changes.len > 0;
    if (!*wrote)
        return true;
    if (!put_recorded(job, &comparison->effective, err))
        return false;
    if (comparison->recorded.len == 0)
        return append_noticed(job, "settings", NULL, "first recorded", err);
    return append_changes(job, &comparison->changes, err) &&
           drop_migrations(job, &comparison->changes, err) && leaving_note(job, &comparison->changes, err) &&
           hold_rings_loosened(job, comparison, err);
}

static bool note_changes(const struct job *job, struct err *err)
{
    struct comparison comparison AUTO(comparison_clear) = {0};
    if (!transact(job, record_changes, &comparison, err))
        return false;
    for (size_t i = 0; i < comparison.warnings.len; i++)
        log_warn(job->log, "%s", comparison.warnings.item[i]);
    return true;
}

bool begin_run(const struct job *job, struct err *err)
{
    struct comparison comparison AUTO(comparison_clear) = {0};
    bool tried;
    if (!rebuild_resume(job, err))
        return false;
    if (!note_clock(job, err) || !read_recorded(job, &comparison.recorded, err) ||
        !rename_rings(job, &comparison.recorded, &tried, err))
        return false;
    if (!tried)
        compare(job, &comparison);
    return (!tried && comparison.changes.len == 0) || note_changes(job, err);
}

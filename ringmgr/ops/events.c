#include "ringmgr/ops/events.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/ops/alarms.h"
#include "ringmgr/ops/event_note.h"
#include "ringmgr/ops/event_past.h"
#include "ringmgr/ops/overview.h"
#include "ringmgr/policy/trend.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SPACE_DAYS = 14, SPACE_CALM_DAYS = 21 };

/* ---- builds ---- */

/* Of a ring that takes from upstream: with publish = auto its newest build is never seen as a candidate. */
static bool note_staged(const struct job *job, const struct ring *ring, struct err *err)
{
    struct catalog_build newest;
    char build[BUILD_TEXT_SIZE];
    char *seen AUTO_FREE = NULL;
    bool found, changed;
    if (ring->source_ring)
        return true;
    if (!catalog_build_newest(job->state, ring->channel, NULL, &newest, &found, err) ||
        !notice_seen_get(job->state, "staged", ring->name, &seen, err))
        return false;
    build_format(&newest.build, build);
    if (!event_changed(job, "staged", ring->name, found ? build : "", "", &changed, err))
        return false;
    if (!changed || !found || !seen)
        return true;
    char *title AUTO_FREE = mem_printf("%s: %s is staged", ring->name, build);
    char *text AUTO_FREE = mem_printf("%s of %s is complete and proven in the store: %s can take it", build,
                                      ring->channel->id, ring->name);
    char *command AUTO_FREE = mem_printf("ringmgr explain %s %s", ring->name, build);
    const struct notice notice = {.event = "staged",
                                  .severity = "info",
                                  .ring = ring->name,
                                  .channel = ring->channel,
                                  .build = newest.build,
                                  .title = title,
                                  .text = text,
                                  .command = command};
    return event_note(job, &notice, err);
}

static bool note_waiting(const struct job *job, const struct overview *overview, struct err *err)
{
    const struct ring *ring = overview->ring;
    const struct build *candidate = &overview->facts.gate.build;
    bool waits = overview->state == RING_WAITING_APPROVAL, changed;
    char build[BUILD_TEXT_SIZE] = "";
    if (waits)
        build_format(candidate, build);
    if (!event_changed(job, "waiting", ring->name, build, "", &changed, err))
        return false;
    if (!changed || !waits)
        return true;
    char *title AUTO_FREE = mem_printf("%s: %s waits for approval", ring->name, build);
    char *command AUTO_FREE = mem_printf("ringmgr approve %s %s --reason TEXT", ring->name, build);
    const struct notice notice = {.event = "waits-approval",
                                  .severity = "info",
                                  .ring = ring->name,
                                  .channel = ring->channel,
                                  .build = *candidate,
                                  .title = title,
                                  .text = overview->verdict[GATE_APPROVALS].reason,
                                  .command = command};
    return event_note(job, &notice, err);
}

/* ---- support ---- */

/* The caller frees it. */
static char *title_support(const struct overview *overview)
{
    const char *ring = overview->ring->name;
    int64_t days = overview->outlook.support.days_left;
    if (overview->outlook.support.level == SUPPORT_EXPIRED)
        return mem_printf("%s has left support", ring);
    if (overview->outlook.support.level == SUPPORT_OK)
        return mem_printf("%s: support lasts long enough again", ring);
    return mem_printf("%s: support ends in %" PRId64 " day%s", ring, days, days == 1 ? "" : "s");
}

static bool note_support(const struct job *job, const struct overview *overview, struct err *err)
{
    static const char *const severity[] = {[SUPPORT_OK] = "info",
                                           [SUPPORT_WARN] = "warning",
                                           [SUPPORT_LATE] = "critical",
                                           [SUPPORT_EXPIRED] = "critical"};
    const struct ring *ring = overview->ring;
    enum support_level level = overview->outlook.support.level;
    AUTO_BUF text = {0};
    bool changed;
    if (!event_changed(job, "support", ring->name, support_level_text(level), support_level_text(SUPPORT_OK),
                       &changed, err))
        return false;
    if (!changed)
        return true;
    char *title AUTO_FREE = title_support(overview);
    char *command AUTO_FREE = mem_printf("ringmgr explain %s", ring->name);
    if (overview->has_live && overview->outlook.deadline.at_unix >= 0)
        alarms_say_support(ring, &overview->outlook, &text);
    else
        buf_printf(&text, "%s has no end of support", ring->name);
    const struct notice notice = {.event = level == SUPPORT_EXPIRED ? "expired" : "support",
                                  .severity = severity[level],
                                  .ring = ring->name,
                                  .channel = ring->channel,
                                  .build = overview->live.build,
                                  .title = title,
                                  .text = buf_text(&text),
                                  .command = level == SUPPORT_OK ? NULL : command};
    return event_note(job, &notice, err);
}

/* ---- sync ---- */

/* A sync that fails because what came is not genuine is told by its attention, which names file and build. */
static bool note_sync(const struct job *job, const struct overview *overview, struct err *err)
{
    const struct ring *ring = overview->ring;
    const struct last_sync *last = &overview->last_sync;
    bool failed = last->result && strcmp(last->result, "failed") == 0, changed, told;
    if (!event_changed(job, "sync", ring->name, failed ? "failed" : "works", "works", &changed, err))
        return false;
    if (!changed)
        return true;
    if (!catalog_attention_stands(job->state, "upstream-not-genuine", ring->name, &told, err))
        return false;
    if (failed && told)
        return true;
    char since[ZONE_TIME_SIZE];
    zone_format_time(last->at_unix, since);
    char *title AUTO_FREE = mem_printf("%s: sync %s", ring->name, failed ? "fails" : "works again");
    char *text AUTO_FREE = failed
                               ? mem_printf("sync fails since %s: %s", since, last->error ? last->error : "")
                               : mem_printf("sync works again since %s", since);
    const struct notice notice = {.event = "sync-failing",
                                  .severity = failed ? "warning" : "info",
                                  .ring = ring->name,
                                  .channel = ring->channel,
                                  .title = title,
                                  .text = text,
                                  .command = failed ? "ringmgr sync" : NULL};
    return event_note(job, &notice, err);
}

/* ---- space ---- */

static bool look_at_trend(const struct job *job, uint64_t free_bytes, int64_t *days, struct err *err)
{
    struct trend trend;
    AUTO_BUF text = {0};
    char *seen AUTO_FREE = NULL;
    int64_t now = clock_now_unix();
    if (!notice_seen_get(job->state, "space-trend", "", &seen, err))
        return false;
    trend_read(seen ? seen : "", &trend);
    *days = trend_days_left(&trend, now, free_bytes);
    if (!trend_add(&trend, now, free_bytes))
        return true;
    trend_write(&trend, &text);
    return notice_seen_put(job->state, "space-trend", "", buf_text(&text), err);
}

/* Told once, until there is clearly enough again. */
static bool note_space(const struct job *job, struct err *err)
{
    uint64_t free_bytes;
    int64_t days;
    char *seen AUTO_FREE = NULL;
    bool changed;
    if (!fs_free_bytes(store_dir(job->store), &free_bytes, err) ||
        !look_at_trend(job, free_bytes, &days, err) || !notice_seen_get(job->state, "space", "", &seen, err))
        return false;
    bool was_short = seen && strcmp(seen, "short") == 0;
    bool is_short = days >= 0 && days < (was_short ? SPACE_CALM_DAYS : SPACE_DAYS);
    if (!event_changed(job, "space", "", is_short ? "short" : "enough", "enough", &changed, err))
        return false;
    char *text AUTO_FREE =
        mem_printf("%" PRIu64 " MiB are free where the store %s is; if it goes on as in the "
                   "last days nothing is in %" PRId64 " days",
                   free_bytes >> 20, job->settings->store, days);
    const struct notice notice = {.event = "space",
                                  .severity = "warning",
                                  .title = "space is short within two weeks",
                                  .text = text,
                                  .command = "ringmgr gc --dry-run"};
    return !changed || !is_short || event_note(job, &notice, err);
}

/* ---- all ---- */

struct overviews {
    struct overview *item;
    size_t len;
};

static void clear_overviews(struct overviews *all)
{
    for (size_t i = 0; i < all->len; i++)
        overview_clear(&all->item[i]);
    free(all->item);
}

static bool note_rings(const struct job *job, const struct overviews *all, struct err *err)
{
    for (size_t i = 0; i < all->len; i++)
        if (!note_support(job, &all->item[i], err) || !note_waiting(job, &all->item[i], err) ||
            !note_sync(job, &all->item[i], err))
            return false;
    return true;
}

static bool note_builds(const struct job *job, struct err *err)
{
    for (size_t i = 0; i < job->settings->rings; i++)
        if (!note_staged(job, &job->settings->ring[i], err))
            return false;
    return true;
}

/* A ring that cannot be looked at now is told of another time; that must not keep the others quiet. */
static void gather(const struct job *job, struct overviews *all)
{
    all->item = mem_new(job->settings->rings + 1, sizeof *all->item);
    for (size_t i = 0; i < job->settings->rings; i++) {
        const struct ring *ring = &job->settings->ring[i];
        struct err err = {0};
        if (overview_gather(job, ring, &all->item[all->len], &err)) {
            all->len++;
            continue;
        }
        overview_clear(&all->item[all->len]);
        log_warn(job->log, "what there is to tell of %s is not known: %s", ring->name, err.msg);
    }
}

bool events_collect(const struct job *job, struct err *err)
{
    struct overviews all AUTO(clear_overviews) = {0};
    gather(job, &all);
    bool ok = state_begin(job->state, err) && note_builds(job, err) && event_past_collect(job, err) &&
              note_rings(job, &all, err) && note_space(job, err);
    return state_end(job->state, ok, err);
}

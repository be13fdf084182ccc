#include "ringmgr/ops/alarms.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/ops/candidate.h"
#include "ringmgr/ops/clock_behind.h"
#include "ringmgr/state/plan.h"

#include <inttypes.h>

/* ---- a live build that should not be ---- */

/* Raises the attention that the build is live, or clears it where `text` is NULL. */
static bool refresh_live(const struct job *job, const struct ring *ring, const char *code,
                         const char *severity, const struct build *build, const char *text, struct err *err)
{
    char subject[BUILD_TEXT_SIZE];
    build_format(build, subject);
    char *command AUTO_FREE = mem_printf("ringmgr rollback %s --reason TEXT -o DIR", ring->name);
    const struct attention attention = {.severity = severity,
                                        .ring = ring->name,
                                        .code = code,
                                        .subject = subject,
                                        .text = text,
                                        .command = command,
                                        .since_unix = clock_now_unix()};
    return catalog_attention_clear(job->state, code, ring->name, text ? subject : NULL, err) &&
           (!text || catalog_attention_raise(job->state, &attention, err));
}

static bool refresh_recalled(const struct job *job, const struct ring *ring, const struct offer *live,
                             struct err *err)
{
    char build[BUILD_TEXT_SIZE], date[ZONE_DATE_SIZE];
    char *text AUTO_FREE = NULL;
    int64_t recalled = -1;
    if (live->channel && !catalog_recalled(job->state, live->channel, &live->build, &recalled, err))
        return false;
    build_format(&live->build, build);
    zone_format_date(zone_day(recalled), date);
    if (recalled >= 0)
        text = mem_printf("%s is live, and Microsoft withdrew it (first seen %s)", build, date);
    return refresh_live(job, ring, "live-recalled", "critical", &live->build, text, err);
}

static bool refresh_blocked(const struct job *job, const struct ring *ring, const struct offer *live,
                            struct err *err)
{
    struct block block AUTO(block_clear) = {0};
    char build[BUILD_TEXT_SIZE];
    char *text AUTO_FREE = NULL;
    bool blocked = false;
    if (live->channel &&
        !decision_blocked(job->state, ring->name, live->channel, &live->build, &block, &blocked, err))
        return false;
    build_format(&live->build, build);
    if (blocked)
        text = mem_printf("%s is live, and %s blocked it: %s", build, block.by, block.reason);
    return refresh_live(job, ring, "live-blocked", "warning", &live->build, text, err);
}

static bool refresh_bad(const struct job *job, const struct ring *ring, struct err *err)
{
    struct offer live AUTO(offer_clear) = {0};
    bool found;
    return catalog_offer_live(job->state, ring->name, &live, &found, err) &&
           refresh_recalled(job, ring, &live, err) && refresh_blocked(job, ring, &live, err);
}

/* ---- support ---- */

void alarms_say_support(const struct ring *ring, const struct outlook *outlook, struct buf *text)
{
    char date[CLOCK_TEXT_SIZE];
    int64_t left = outlook->support.days_left;
    clock_format_date(outlook->deadline.at_unix, date); /* as Microsoft names it: in UTC */
    if (left < 0)
        buf_printf(text, "%s left support on %s", ring->name, date);
    else
        buf_printf(text, "%s is supported until %s, %" PRId64 " day%s more", ring->name, date, left,
                   left == 1 ? "" : "s");
    if (outlook->support.conflict[0])
        buf_printf(text, "; %s", outlook->support.conflict);
    else if (!outlook->has_successor && outlook->awaited.known) {
        char awaited[AWAITED_TEXT_SIZE];
        awaited_format(&outlook->awaited, awaited);
        buf_printf(text, ", and its successor is %s", awaited);
    } else if (!outlook->has_successor)
        buf_puts(text, ", and no successor is at hand");
}

static bool raise_support(const struct job *job, const struct ring *ring, const struct outlook *outlook,
                          struct err *err)
{
    static const char *const severity[] = {[SUPPORT_OK] = "info",
                                           [SUPPORT_WARN] = "warning",
                                           [SUPPORT_LATE] = "critical",
                                           [SUPPORT_EXPIRED] = "critical"};
    AUTO_BUF text = {0};
    alarms_say_support(ring, outlook, &text);
    char *command AUTO_FREE = mem_printf("ringmgr explain %s", ring->name);
    const struct attention attention = {.severity = severity[outlook->support.level],
                                        .ring = ring->name,
                                        .code = "support",
                                        .subject = support_level_text(outlook->support.level),
                                        .text = buf_text(&text),
                                        .command = command,
                                        .since_unix = clock_now_unix()};
    return catalog_attention_raise(job->state, &attention, err);
}

static bool make_outlook(const struct job *job, const struct ring *ring, struct outlook *outlook,
                         struct err *err)
{
    AUTO_FACTS facts = {0};
    enum lane lane = facts_lane(ring);
    struct build candidate;
    bool found;
    return candidate_choose(job, ring, lane, &candidate, &found, err) &&
           (!found || facts_gather(job, ring, &candidate, lane, NULL, &facts, err)) &&
           outlook_make(job, ring, found ? &facts : NULL, clock_now_unix(), outlook, err);
}

/* Nobody would hear that its support ends: of a build from a folder, where upstream is never asked. */
static bool refresh_undated(const struct job *job, const struct ring *ring, const struct outlook *outlook,
                            struct err *err)
{
    static const char code[] = "support-unknown";
    char build[BUILD_TEXT_SIZE];
    build_format(&outlook->live.build, build);
    char *text AUTO_FREE = mem_printf("of %s no release history says when it came out: until when it is "
                                      "supported is not known, and nothing warns of its end",
                                      build);
    const struct attention attention = {.severity = "warning",
                                        .ring = ring->name,
                                        .code = code,
                                        .subject = build,
                                        .text = text,
                                        .since_unix = clock_now_unix()};
    return catalog_attention_clear(job->state, code, ring->name, outlook->undated ? build : NULL, err) &&
           (!outlook->undated || catalog_attention_raise(job->state, &attention, err));
}

static bool refresh_support(const struct job *job, const struct ring *ring, struct err *err)
{
    struct outlook outlook;
    if (!make_outlook(job, ring, &outlook, err) || !refresh_undated(job, ring, &outlook, err))
        return false;
    bool calm = outlook.support.level == SUPPORT_OK;
    return catalog_attention_clear(job->state, "support", ring->name,
                                   calm ? NULL : support_level_text(outlook.support.level), err) &&
           (calm || raise_support(job, ring, &outlook, err));
}

/* ---- orders whose time has passed ---- */

/* What holds it up, for a sentence; NULL if nothing does. */
static const char *find_delay(const struct plan *plan)
{
    enum { PATIENCE_SECONDS = 900 }; /* the service looks every few minutes */
    int64_t late = clock_now_unix() - plan->at_unix;
    if (late >= 0 && !clock_is_synchronised())
        return "the machine's clock is not synchronised (timedatectl shows it)";
    return late >= PATIENCE_SECONDS ? "no run of ringmgr has come to it" : NULL;
}

static bool raise_overdue(const struct job *job, const struct plan *plan, const char *delay, struct err *err)
{
    char build[BUILD_TEXT_SIZE], when[ZONE_TIME_SIZE];
    build_format(&plan->key.build, build);
    zone_format_time(plan->at_unix, when);
    char *text AUTO_FREE =
        mem_printf("the promotion to %s that %s had ordered for %s waits: %s", build, plan->by, when, delay);
    char *command AUTO_FREE = mem_printf("ringmgr promote %s %s", plan->key.ring, build);
    const struct attention attention = {.severity = "warning",
                                        .ring = plan->key.ring,
                                        .code = "promote-at-overdue",
                                        .subject = build,
                                        .text = text,
                                        .command = command,
                                        .since_unix = plan->at_unix};
    return catalog_attention_raise(job->state, &attention, err);
}

static bool refresh_order(const struct job *job, const struct ring *ring, struct err *err)
{
    struct plan plan AUTO(plan_clear) = {0};
    char build[BUILD_TEXT_SIZE];
    bool found;
    if (!plan_find(job->state, ring->name, &plan, &found, err))
        return false;
    const char *delay = found ? find_delay(&plan) : NULL;
    build_format(&plan.key.build, build);
    return catalog_attention_clear(job->state, "promote-at-overdue", ring->name, delay ? build : NULL, err) &&
           (!delay || raise_overdue(job, &plan, delay, err));
}

bool alarms_refresh_orders(const struct job *job, struct err *err)
{
    for (size_t i = 0; i < job->settings->rings; i++)
        if (!refresh_order(job, &job->settings->ring[i], err))
            return err_prefix(err, "%s", job->settings->ring[i].name);
    return true;
}

bool alarms_refresh(const struct job *job, struct err *err)
{
    if (!clock_behind_refresh(job, err) || !alarms_refresh_orders(job, err))
        return false;
    for (size_t i = 0; i < job->settings->rings; i++)
        if (!refresh_bad(job, &job->settings->ring[i], err) ||
            !refresh_support(job, &job->settings->ring[i], err))
            return err_prefix(err, "%s", job->settings->ring[i].name);
    return true;
}

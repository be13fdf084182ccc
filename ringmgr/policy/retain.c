#include "ringmgr/policy/retain.h"
#include "ringmgr/base/zone.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static struct retention PRINTF_LIKE(2, 0) say(bool keep, const char *format, va_list arguments)
{
    struct retention retention = {.keep = keep};
    vsnprintf(retention.reason, sizeof retention.reason, format, arguments);
    return retention;
}

static struct retention PRINTF_LIKE(1, 2) kept(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct retention retention = say(true, format, arguments);
    va_end(arguments);
    return retention;
}

static struct retention PRINTF_LIKE(1, 2) dropped(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct retention retention = say(false, format, arguments);
    va_end(arguments);
    return retention;
}

/* A time before which something began counts as not over: a clock that went back drops nothing. */
static bool in_grace(int64_t since_unix, int64_t grace_seconds, int64_t now_unix)
{
    return now_unix - since_unix < grace_seconds;
}

/* ---- what names a build ---- */

static bool judge_names(const struct retain_names *names, struct retention *retention)
{
    char when[ZONE_TIME_SIZE];
    if (names->intent) {
        *retention = kept("%s has an unfinished publication that names it", names->intent);
    } else if (names->pin) {
        *retention = kept("its target version was handed out for %s and not taken back (pin %" PRId64 ")",
                          names->pin_ring, names->pin);
    } else if (names->planned) {
        zone_format_time(names->planned_unix, when);
        *retention = kept("it is to be promoted into %s at %s", names->planned, when);
    } else if (names->ordered) {
        *retention = kept("the sites of %s are to have it (promote --stage)", names->ordered);
    } else if (names->site) {
        *retention = kept("the site %s has it", names->site);
    } else {
        return false;
    }
    return true;
}

/* The first ring that could still take the build; NULL if none could. */
static const struct retain_taker *find_taker(const struct build *build, const struct retain_taker *taker,
                                             size_t takers)
{
    for (size_t i = 0; i < takers; i++)
        if (!taker[i].bad && build_compare(build, &taker[i].live) > 0)
            return &taker[i];
    return NULL;
}

static struct retention kept_for(const struct retain_taker *taker)
{
    char live[BUILD_TEXT_SIZE];
    const char *how = taker->soaks ? "it soaks for" : "not yet taken by";
    build_format(&taker->live, live);
    if (build_is_none(&taker->live))
        return kept("%s %s, which is empty", how, taker->ring);
    return kept("%s %s, where the older %s is live", how, taker->ring, live);
}

/* ---- a folder of a share ---- */

/* Its rank among the builds that were live here and are not: 1 is the last one. */
static unsigned rank_of(const struct retain_share *share, size_t index)
{
    unsigned rank = 0;
    for (size_t i = 0; i <= index; i++)
        rank += !share->folder[i].live;
    return rank;
}

static const struct retain_folder *live_folder(const struct retain_share *share)
{
    for (size_t i = 0; i < share->folders; i++)
        if (share->folder[i].live)
            return &share->folder[i];
    return NULL;
}

static bool can_go_back(const struct retain_folder *folder, const struct retain_folder *live)
{
    return !folder->live && !folder->bad && (!live || folder->channel == live->channel);
}

/* No other build that a roll-back could go to, of those below the live one if `below`, is newer. */
static bool is_target(const struct retain_share *share, const struct retain_folder *folder, bool below)
{
    const struct retain_folder *live = live_folder(share);
    if (!can_go_back(folder, live) || (below && live && build_compare(&folder->build, &live->build) > 0))
        return false;
    for (size_t i = 0; i < share->folders; i++) {
        const struct retain_folder *other = &share->folder[i];
        bool counts =
            can_go_back(other, live) && !(below && live && build_compare(&other->build, &live->build) > 0);
        if (counts && build_compare(&other->build, &folder->build) > 0)
            return false;
    }
    return true;
}

static struct retention judge_age(const struct retain_share *share, const struct retain_folder *folder,
                                  unsigned rank)
{
    char when[ZONE_TIME_SIZE];
    if (rank <= share->keep)
        return kept("one of the last %u that were live here (keep = %u)", share->keep, share->keep);
    zone_format_time(folder->ended_unix + share->grace_seconds, when);
    if (in_grace(folder->ended_unix, share->grace_seconds, share->now_unix))
        return kept("its grace time runs until %s", when);
    zone_format_time(folder->ended_unix, when);
    return dropped("not live since %s, and nothing needs it%s", when,
                   folder->bad ? "; it was rolled back, blocked or withdrawn" : "");
}

struct retention retain_judge_folder(const struct retain_share *share, size_t index)
{
    const struct retain_folder *folder = &share->folder[index];
    struct retention named;
    if (folder->live)
        return kept("it is live");
    if (folder->pointer)
        return kept("the pointer %s still names it", folder->pointer);
    if (judge_names(&folder->names, &named))
        return named;
    const struct retain_taker *taker = find_taker(&folder->build, folder->taker, folder->takers);
    if (taker)
        return kept_for(taker);
    if (is_target(share, folder, true) || is_target(share, folder, false))
        return kept("a roll-back would go to it");
    return judge_age(share, folder, rank_of(share, index));
}

/* ---- a build in the store ---- */

static struct retention judge_staging(const struct retain_build *build)
{
    char when[ZONE_TIME_SIZE];
    if (build->staged_unix < 0)
        return dropped("it was never complete, and nothing needs it");
    zone_format_time(build->staged_unix + build->grace_seconds, when);
    if (in_grace(build->staged_unix, build->grace_seconds, build->now_unix))
        return kept("staged lately: its grace time runs until %s", when);
    return dropped("no share shows it, and nothing needs it");
}

struct retention retain_judge_build(const struct retain_build *build)
{
    struct retention named;
    if (build->shown)
        return kept("%s shows it%s", build->shown,
                    build->shown_unknown ? ", a ring that the configuration does not name" : "");
    if (judge_names(&build->names, &named))
        return named;
    if (build->rollback)
        return kept("a roll-back of %s would go to it", build->rollback);
    const struct retain_taker *taker = find_taker(&build->build, build->taker, build->takers);
    if (taker)
        return kept_for(taker);
    if (build->newest)
        return kept("the newest of its channel");
    return judge_staging(build);
}

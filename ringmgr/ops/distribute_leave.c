#include "ringmgr/ops/distribute_leave.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/state/marks.h"

#include <string.h>

/* Whether the builds are the same; a site's folders do not say their channel. */
static bool same(const struct build *a, const struct build *b)
{
    return build_compare(a, b) == 0;
}

static bool is_named(const struct part *part, const struct build *build)
{
    for (int i = 0; i < 2; i++)
        if (part->seen[i].present && same(&part->seen[i].build, build))
            return true;
    for (size_t i = 0; i < GOAL_BUILDS; i++)
        if (part->goal->build[i].channel && same(&part->goal->build[i].build, build))
            return true;
    return false;
}

/* HQ's share keeps it, for a roll-back: so does the site. */
static bool is_kept(const struct offers *standing, const struct build *build)
{
    for (size_t i = 0; i < standing->len; i++)
        if (same(&standing->item[i].build, build))
            return true;
    return false;
}

static const struct channel *channel_of(const struct part *part, const struct build *build)
{
    for (size_t i = 0; i < part->books.builds.len; i++)
        if (same(&part->books.builds.item[i].build, build))
            return part->books.builds.item[i].channel;
    return part->ring->channel;
}

/* Is its grace over? What the clock skipped is no time that has passed. */
static bool is_over(struct part *part, const struct channel *channel, const struct build *build, bool *over,
                    struct err *err)
{
    int64_t left, skipped;
    if (!site_books_leave(&part->books, channel, build, &left, err) ||
        !mark_skipped(part->job->state, left, &skipped, err))
        return false;
    *over = clock_now_unix() - left - skipped >= part->ring->grace_seconds;
    return true;
}

static bool judge(struct part *part, const struct offers *standing, const char *name, bool *leaves,
                  struct err *err)
{
    struct build build;
    struct err odd;
    *leaves = false;
    if (!build_parse(name, &build, &odd) || is_named(part, &build) || is_kept(standing, &build))
        return true;
    const struct channel *channel = channel_of(part, &build);
    part->leaving = (struct site_build){.channel = channel, .build = build};
    return is_over(part, channel, &build, leaves, err);
}

/* There are pointers, and what each of them names is known: what is not named is not needed. */
static bool is_known(const struct part *part)
{
    for (int i = 0; i < 2; i++)
        if (part->seen[i].present && !part->seen[i].channel)
            return false;
    return part->seen[0].present || part->seen[1].present;
}

static bool choose_removal(struct part *part, struct err *err)
{
    struct offers standing AUTO(offers_clear) = {0};
    bool leaves = false;
    if (!catalog_offers_standing(part->job->state, part->ring->name, &standing, err))
        return false;
    for (size_t i = 0; !leaves && i < part->listing.builds.len; i++)
        if (!judge(part, &standing, part->listing.builds.item[i], &leaves, err))
            return false;
    if (leaves)
        part->step = part->undescribed ? STEP_REMOVE : STEP_UNDESCRIBE;
    return true;
}

bool leave_choose(struct part *part, struct err *err)
{
    part->step = STEP_DONE;
    if (is_known(part) && !choose_removal(part, err))
        return false;
    part->at = NULL;
    if (part->step == STEP_DONE && part->listing.leftovers > 0 && !part->swept)
        part->step = STEP_SWEEP;
    return true;
}

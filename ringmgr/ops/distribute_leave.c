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

/* In which channel it came there, or was ever offered by the ring; NULL: neither, so it is somebody else's.
 */
static const struct channel *channel_of(const struct part *part, const struct offers *ever,
                                        const struct build *build)
{
    for (size_t i = 0; i < part->books.builds.len; i++)
        if (same(&part->books.builds.item[i].build, build))
            return part->books.builds.item[i].channel;
    for (size_t i = 0; i < ever->len; i++)
        if (same(&ever->item[i].build, build))
            return ever->item[i].channel;
    return NULL;
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

static bool judge(struct part *part, const struct offers *standing, const struct offers *ever,
                  const char *name, bool *leaves, struct err *err)
{
    struct build build;
    struct err odd;
    *leaves = false;
    if (!build_parse(name, &build, &odd) || is_named(part, &build) || is_kept(standing, &build))
        return true;
    const struct channel *channel = channel_of(part, ever, &build);
    if (!channel)
        return true;
    part->leaving = (struct site_build){.channel = channel, .build = build};
    return is_over(part, channel, &build, leaves, err);
}

/* There are pointers, and what each of them names is known: what is not named is not needed. One that could
 * not be fetched, as a symbolic link, may be read by clients all the same. */
static bool is_known(const struct part *part)
{
    static const enum architecture both[] = {ARCH_X86, ARCH_X64};
    if (part->listing.odd_pointers)
        return false;
    for (int i = 0; i < 2; i++) {
        const struct seen_pointer *seen = &part->seen[pointers_index(both[i])];
        if (seen->present ? !seen->channel : (part->listing.pointers & both[i]) != 0)
            return false;
    }
    return part->seen[0].present || part->seen[1].present;
}

static bool choose_removal(struct part *part, struct err *err)
{
    struct offers standing AUTO(offers_clear) = {0}, ever AUTO(offers_clear)
    = {0};
    bool leaves = false;
    if (!catalog_offers_standing(part->job->state, part->ring->name, &standing, err) ||
        !catalog_offers_all(part->job->state, part->ring->name, &ever, err))
        return false;
    for (size_t i = 0; !leaves && i < part->listing.builds.len; i++)
        if (!judge(part, &standing, &ever, part->listing.builds.item[i], &leaves, err))
            return false;
    if (leaves)
        part->step = same(&part->undescribed, &part->leaving.build) ? STEP_REMOVE : STEP_UNDESCRIBE;
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

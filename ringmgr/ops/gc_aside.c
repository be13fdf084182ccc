#include "ringmgr/ops/gc_aside.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/state/marks.h"
#include "ringmgr/store/aside.h"

static int64_t longest_grace(const struct settings *settings)
{
    int64_t longest = 0;
    for (size_t i = 0; i < settings->rings; i++)
        if (settings->ring[i].grace_seconds > longest)
            longest = settings->ring[i].grace_seconds;
    return longest;
}

/* Whether the grace is over; what the clock skipped does not count. */
static bool is_over(const struct job *job, const char *name, bool *over, struct err *err)
{
    int64_t now = clock_now_unix(), since, skipped;
    if (!mark_aside(job->state, name, now, &since, err) || !mark_skipped(job->state, since, &skipped, err))
        return false;
    *over = now - since - skipped >= longest_grace(job->settings);
    return true;
}

static bool remove_one(const struct job *job, const char *name, bool dry_run, struct gc_aside *aside,
                       struct err *err)
{
    uint64_t bytes;
    if (!aside_bytes(job->store, name, &bytes, err))
        return false;
    aside->removed++;
    aside->bytes_freed += bytes;
    return dry_run || (aside_remove(job->store, name, err) && mark_aside_forget(job->state, name, err));
}

bool gc_aside_remove(const struct job *job, bool dry_run, struct gc_aside *aside, struct err *err)
{
    AUTO_STRV names = {0};
    *aside = (struct gc_aside){0};
    if (!aside_list(job->store, &names, err))
        return false;
    for (size_t i = 0; i < names.len; i++) {
        bool over;
        if (!is_over(job, names.item[i], &over, err))
            return false;
        aside->kept += !over;
        if (over && !remove_one(job, names.item[i], dry_run, aside, err))
            return false;
    }
    return true;
}

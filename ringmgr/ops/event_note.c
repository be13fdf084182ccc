#include "ringmgr/ops/event_note.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"

#include <string.h>

bool event_note(const struct job *job, const struct notice *what, struct err *err)
{
    struct notice notice = *what;
    struct release release = {0};
    bool found = false;
    if (notice.channel && !build_is_none(&notice.build) &&
        !catalog_release_find(job->state, notice.channel, &notice.build, &release, &found, err))
        return false;
    notice.at_unix = clock_now_unix();
    notice.ring = notice.ring ? notice.ring : "";
    notice.version = found && release.version[0] ? release.version : NULL;
    return notice_add(job->state, &notice, err);
}

bool event_changed(const struct job *job, const char *what, const char *ring, const char *value,
                   const char *otherwise, bool *changed, struct err *err)
{
    char *seen AUTO_FREE = NULL;
    if (!notice_seen_get(job->state, what, ring, &seen, err))
        return false;
    *changed = strcmp(seen ? seen : otherwise, value) != 0;
    bool same = seen && !*changed;
    return same || notice_seen_put(job->state, what, ring, value, err);
}

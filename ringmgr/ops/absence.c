#include "ringmgr/ops/absence.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/catalog.h"

/* Had the newest complete build before this one such a file? */
static bool predecessor_had(const struct job *job, const struct absence *absence, bool *had, struct err *err)
{
    struct catalog_files files AUTO(catalog_files_clear) = {0};
    struct catalog_build before;
    char old[BUILD_TEXT_SIZE];
    bool found;
    *had = false;
    if (!catalog_build_newest(job->state, absence->channel, absence->build, &before, &found, err))
        return false;
    if (!found)
        return true;
    build_format(&before.build, old);
    char *path AUTO_FREE = mem_printf("%s/%s", old, absence->name);
    if (!catalog_files_get(job->state, absence->channel, &before.build, &files, err))
        return false;
    const struct catalog_file *same = catalog_files_find(&files, path);
    *had = same && !same->absent;
    return true;
}

/* *since_unix is when that was first seen. */
static bool note(const struct job *job, const struct absence *absence, int64_t *since_unix, struct err *err)
{
    bool ok = state_begin(job->state, err) &&
              catalog_file_absent(job->state, absence->channel, absence->build, absence->path,
                                  clock_now_unix(), false, since_unix, err);
    return state_end(job->state, ok, err);
}

bool absence_judge(const struct job *job, const struct absence *absence, bool at_once, bool *stands,
                   struct err *err)
{
    int64_t since = 0;
    bool had = false;
    if (!at_once && !predecessor_had(job, absence, &had, err))
        return false;
    if (had && !note(job, absence, &since, err))
        return false;
    *stands = !had || clock_now_unix() - since >= job->settings->origin.conflict_wait_seconds;
    return true;
}

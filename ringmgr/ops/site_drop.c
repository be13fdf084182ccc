#include "ringmgr/ops/site_drop.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/decide.h"
#include "ringmgr/state/sites.h"

/* Who decides about one of the rings that it showed and that are still there; else who decides about all. */
static bool may_decide(const struct job *job, const struct site_shares *shares, struct err *err)
{
    bool any = false;
    for (size_t i = 0; i < shares->len; i++) {
        const struct ring *ring = settings_ring(job->settings, shares->item[i].ring);
        any = any || ring;
        if (ring && decide_check(job, ring, err))
            return true;
    }
    return !any && decide_check(job, NULL, err);
}

static bool check(const struct job *job, const char *site, struct err *err)
{
    struct site_shares shares AUTO(site_shares_clear) = {0};
    if (settings_site(job->settings, site))
        return err_set(err, ERR_USAGE, "site %s is in the configuration: take its section out first", site);
    if (!site_shares_get(job->state, site, NULL, &shares, err))
        return false;
    if (shares.len == 0)
        return err_set(err, ERR_USAGE,
                       "the books know no site %s: `ringmgr site list` names those that have left", site);
    return may_decide(job, &shares, err);
}

static bool forget(const struct job *job, const char *site, const char *reason, struct err *err)
{
    char *text AUTO_FREE = mem_printf("%s%s%s", site, reason ? ": " : "", reason ? reason : "");
    struct entry entry = {.action = "site-forget", .reason = text};
    return site_forget(job->state, site, err) && job_append(job, &entry, err);
}

bool site_drop(const struct job *job, const char *site, const char *reason, struct err *err)
{
    bool ok = state_begin(job->state, err) && check(job, site, err) && forget(job, site, reason, err);
    return job_end(job, ok, true, err);
}

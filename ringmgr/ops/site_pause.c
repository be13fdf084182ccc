#include "ringmgr/ops/site_pause.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/decide.h"
#include "ringmgr/state/sites.h"

/* Who decides about one of its rings decides about the site. */
static bool may_decide(const struct job *job, const struct site *site, struct err *err)
{
    for (size_t i = 0; i < site->rings.len; i++)
        if (decide_check(job, settings_ring(job->settings, site->rings.item[i]), err))
            return true;
    return false;
}

static bool append(const struct job *job, const char *action, const struct site *site, const char *reason,
                   struct err *err)
{
    char *text AUTO_FREE = mem_printf("%s%s%s", site->name, reason ? ": " : "", reason ? reason : "");
    struct entry entry = {.action = action, .reason = text};
    return job_append(job, &entry, err);
}

static bool put(const struct job *job, const struct site *site, const char *reason, bool *changed,
                struct err *err)
{
    struct site_pause before AUTO(site_pause_clear) = {0};
    struct entry signature = {0};
    char identity_text[320];
    bool stands;
    if (!site_pause_find(job->state, site->name, &before, &stands, err))
        return false;
    *changed = !stands;
    if (stands)
        return true;
    job_sign_entry(job, &signature, identity_text);
    const struct site_pause pause = {.site = site->name,
                                     .by = signature.actor,
                                     .identity = signature.identity,
                                     .reason = reason,
                                     .since_unix = signature.time_unix};
    return site_pause_put(job->state, &pause, err) && append(job, "site-pause", site, reason, err);
}

bool site_pause_begin(const struct job *job, const struct site *site, const char *reason, bool *changed,
                      struct err *err)
{
    *changed = false;
    if (!may_decide(job, site, err))
        return false;
    bool ok = state_begin(job->state, err) && put(job, site, reason, changed, err);
    return job_end(job, ok, *changed, err);
}

/* What waited for the end of the pause waits for the next run. */
static bool forget_waiting(const struct job *job, const struct site *site, struct err *err)
{
    struct site_shares shares AUTO(site_shares_clear) = {0};
    if (!site_shares_get(job->state, site->name, NULL, &shares, err))
        return false;
    for (size_t i = 0; i < shares.len; i++) {
        struct site_share share = shares.item[i];
        share.waiting = NULL;
        if (!site_share_put(job->state, &share, err))
            return false;
    }
    return true;
}

static bool lift(const struct job *job, const struct site *site, const char *reason, bool *changed,
                 struct err *err)
{
    return site_pause_lift(job->state, site->name, changed, err) &&
           (!*changed || (forget_waiting(job, site, err) && append(job, "site-resume", site, reason, err)));
}

bool site_pause_end(const struct job *job, const struct site *site, const char *reason, bool *changed,
                    struct err *err)
{
    *changed = false;
    if (!may_decide(job, site, err))
        return false;
    bool ok = state_begin(job->state, err) && lift(job, site, reason, changed, err);
    return job_end(job, ok, *changed, err);
}

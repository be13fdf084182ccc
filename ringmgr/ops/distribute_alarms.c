#include "ringmgr/ops/distribute_alarms.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"

#include <inttypes.h>
#include <string.h>

static const char FAILING[] = "site-failing", STALE[] = "site-stale", WRONG[] = "site-wrong";

/* Raises it, or, with `text` NULL, settles it. */
static bool say(const struct job *job, const char *code, const struct site *site, const struct ring *ring,
                const char *text, const char *command, int64_t since_unix, struct err *err)
{
    const struct attention attention = {.severity = code == WRONG ? "critical" : "warning",
                                        .ring = ring->name,
                                        .code = code,
                                        .subject = site->name,
                                        .text = text,
                                        .command = command,
                                        .since_unix = since_unix};
    return text ? catalog_attention_raise(job->state, &attention, err)
                : catalog_attention_settle(job->state, code, ring->name, site->name, err);
}

/* What only a person changes is told at once. */
static bool is_due(const struct site_share *share, enum err_code code)
{
    return share->failing_unix >= 0 &&
           (code != ERR_UPSTREAM || clock_now_unix() - share->failing_unix >= SITE_PATIENCE_SECONDS);
}

bool distribute_alarms_failing(const struct job *job, const struct site *site, const struct ring *ring,
                               const struct site_share *share, enum err_code code, struct err *err)
{
    char *text AUTO_FREE = NULL; /* ring and time are told with it, wherever it is shown */
    if (is_due(share, code))
        text = mem_printf("%s cannot be brought on: %s", site->name, share->error);
    char *command AUTO_FREE = mem_printf("ringmgr site check %s", site->name);
    return say(job, FAILING, site, ring, text, command, share->failing_unix, err);
}

static void describe_offered(const struct site_share *share, struct buf *text)
{
    char build[BUILD_TEXT_SIZE];
    build_format(&share->build, build);
    if (share->channel)
        buf_puts(text, build);
    else
        buf_puts(text, "nothing of ours");
}

bool distribute_alarms_stale(const struct job *job, const struct site *site, const struct goal *goal,
                             const struct site_share *share, struct err *err)
{
    AUTO_BUF text = {0};
    char *command AUTO_FREE = mem_printf("ringmgr site sync %s --now", site->name);
    bool stale = share->stale_unix >= 0 && clock_now_unix() - share->stale_unix >= SITE_STALE_SECONDS;
    if (stale) {
        buf_printf(&text, "%s offers ", site->name);
        describe_offered(share, &text);
        buf_printf(&text, ", where headquarters offers %s", goal->build[GOAL_LIVE].text);
        const char *why = share->error ? share->error : share->waiting;
        buf_printf(&text, "%s%s", why ? ": " : "", why ? why : "");
    }
    return say(job, STALE, site, goal->ring, stale ? buf_text(&text) : NULL, command, share->stale_unix, err);
}

bool distribute_alarms_wrong(const struct job *job, const struct site *site, const struct ring *ring,
                             const struct distribute_share *result, struct err *err)
{
    const struct distribute_wrong *first = NULL;
    char *text AUTO_FREE = NULL;
    size_t wrong = 0;
    for (size_t i = 0; i < result->wrongs; i++) {
        bool stays = !result->wrong[i].repaired && !result->wrong[i].foreign;
        first = !first && stays ? &result->wrong[i] : first;
        wrong += stays;
    }
    if (first)
        text = mem_printf("%zu file%s at %s %s not what they must be: %s %s", wrong, wrong == 1 ? "" : "s",
                          site->name, wrong == 1 ? "is" : "are", first->path, first->problem);
    char *command AUTO_FREE = mem_printf("ringmgr site verify %s --repair", site->name);
    return say(job, WRONG, site, ring, text, command, clock_now_unix(), err);
}

static bool is_ours(const char *code)
{
    return strcmp(code, FAILING) == 0 || strcmp(code, STALE) == 0 || strcmp(code, WRONG) == 0;
}

static bool is_configured(const struct job *job, const struct attention *attention)
{
    const struct site *site = settings_site(job->settings, attention->subject);
    return site && attention->ring && site_has_ring(site, attention->ring);
}

bool distribute_alarms_settle_left(const struct job *job, struct err *err)
{
    struct attentions all AUTO(attentions_clear) = {0};
    if (!catalog_attentions(job->state, &all, err))
        return false;
    for (size_t i = 0; i < all.len; i++)
        if (is_ours(all.item[i].code) && !is_configured(job, &all.item[i]) &&
            !catalog_attention_settle(job->state, all.item[i].code, all.item[i].ring, all.item[i].subject,
                                      err))
            return false;
    return true;
}

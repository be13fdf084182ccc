#include "ringmgr/ops/leaving.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/growth.h"

#include <string.h>

/* ---- what has left ---- */

/* What was never offered, nobody can have. */
static bool put_offered(const struct job *job, const char *ring, const struct additions *lost,
                        struct err *err)
{
    struct offer live AUTO(offer_clear) = {0};
    struct content offered AUTO(content_clear) = {0};
    bool found;
    if (!catalog_offer_live(job->state, ring, &live, &found, err) ||
        (found && !content_parse(live.content, &offered, err)))
        return false;
    for (size_t i = 0; i < lost->len; i++)
        if (content_contains(&offered, &lost->item[i]) &&
            !content_left_put(job->state, ring, &lost->item[i], clock_now_unix(), err))
            return false;
    return true;
}

static bool note_change(const struct job *job, const struct change *change, struct err *err)
{
    static const struct content none = {0};
    struct content before AUTO(content_clear) = {0}, after AUTO(content_clear)
    = {0};
    struct additions lost AUTO(additions_clear) = {0}, wanted AUTO(additions_clear)
    = {0};
    if (!content_parse(change->before, &before, err) || !content_parse(change->after, &after, err))
        return false;
    additions_find(&after, &before, &lost);
    additions_find(&none, &after, &wanted);
    for (size_t i = 0; i < wanted.len; i++)
        if (!content_left_drop(job->state, change->ring, &wanted.item[i], err))
            return false;
    return put_offered(job, change->ring, &lost, err);
}

bool leaving_note(const struct job *job, const struct changes *changes, struct err *err)
{
    for (size_t i = 0; i < changes->len; i++) {
        const struct change *change = &changes->item[i];
        bool is_content = strcmp(change->key, "content") == 0 && change->before && change->after;
        if (is_content && !note_change(job, change, err))
            return false;
    }
    return true;
}

/* ---- what is leaving ---- */

int64_t leaving_until(const struct ring *ring, const struct content_left *one)
{
    return one->since_unix + ring->grace_seconds;
}

bool leaving_list(const struct job *job, const struct ring *ring, struct contents_left *leaving,
                  struct err *err)
{
    int64_t now = clock_now_unix();
    size_t len = 0;
    if (!contents_left_get(job->state, ring->name, leaving, err))
        return false;
    for (size_t i = 0; i < leaving->len; i++) {
        struct content_left *one = &leaving->item[i];
        if (leaving_until(ring, one) > now && !content_contains(&ring->content, &one->what))
            leaving->item[len++] = *one;
        else
            content_clear(&one->what);
    }
    leaving->len = len;
    return true;
}

bool leaving_content(const struct job *job, const struct ring *ring, struct content *content, struct err *err)
{
    struct contents_left leaving AUTO(contents_left_clear) = {0};
    if (!leaving_list(job, ring, &leaving, err))
        return false;
    for (size_t i = 0; i < leaving.len; i++)
        content_unite(content, &leaving.item[i].what);
    return true;
}

bool leaving_content_below(const struct job *job, const struct ring *ring, struct content *content,
                           struct err *err)
{
    const struct settings *settings = job->settings;
    for (size_t i = 0; i < settings->rings; i++)
        if (settings_takes_from(settings, &settings->ring[i], ring) &&
            !leaving_content(job, &settings->ring[i], content, err))
            return false;
    return true;
}

#include "ringmgr/ops/awaited.h"
#include "ringmgr/base/amount.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/policy/window.h"
#include "ringmgr/state/catalog.h"

#include <stdio.h>
#include <string.h>

static const char to_fetch[] = " is to be fetched", not_there[] = " is not there yet";

void awaited_say(const struct job *job, const struct build *build, uint64_t fetched_bytes, struct err *err)
{
    char text[BUILD_TEXT_SIZE], opens[ZONE_TIME_SIZE], amount[AMOUNT_TEXT_SIZE];
    int64_t at = window_next_opening(&job->settings->origin.window, clock_now_unix());
    build_format(build, text);
    zone_format_time(at, opens);
    amount_format(fetched_bytes, amount);
    if (at < 0)
        err_set(err, ERR_NONE, "%s%s, but the window does not open in the next weeks", text, to_fetch);
    else if (fetched_bytes)
        err_set(err, ERR_NONE, "%s%s, %s came and are kept: the window opens at %s", text, not_there, amount,
                opens);
    else
        err_set(err, ERR_NONE, "%s%s: the window opens at %s", text, to_fetch, opens);
}

/* The build of such a sentence; false where it is another one. */
static bool read_sentence(const struct last_sync *last, struct build *build)
{
    char text[BUILD_TEXT_SIZE];
    struct err none = {0};
    const char *blank = last->error ? strchr(last->error, ' ') : NULL;
    if (!blank || !last->result || strcmp(last->result, "waiting") != 0 ||
        (size_t)(blank - last->error) >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)(blank - last->error), last->error);
    return (strncmp(blank, to_fetch, strlen(to_fetch)) == 0 ||
            strncmp(blank, not_there, strlen(not_there)) == 0) &&
           build_parse(text, build, &none);
}

static int64_t fetched_from(const struct job *job)
{
    const struct weekly_windows *window = &job->settings->origin.window;
    int64_t now = clock_now_unix();
    return window_at(window, now).open ? now : window_next_opening(window, now);
}

bool awaited_find(const struct job *job, const struct ring *ring, struct awaited *awaited, struct err *err)
{
    struct last_sync last = {.at_unix = -1};
    struct offer live AUTO(offer_clear) = {0};
    const struct ring *root = ring;
    bool found;
    *awaited = (struct awaited){.from_unix = -1};
    while (root->source_ring)
        root = root->source_ring;
    if (!catalog_last_sync_get(job->state, root->name, &last, err))
        return false;
    bool waits = read_sentence(&last, &awaited->build);
    last_sync_clear(&last);
    if (!waits || !catalog_offer_live(job->state, ring->name, &live, &found, err))
        return !waits;
    awaited->known = !found || build_compare(&awaited->build, &live.build) > 0;
    awaited->from_unix = fetched_from(job);
    return true;
}

void awaited_format(const struct awaited *awaited, char text[AWAITED_TEXT_SIZE])
{
    char build[BUILD_TEXT_SIZE], from[ZONE_TIME_SIZE];
    build_format(&awaited->build, build);
    zone_format_time(awaited->from_unix, from);
    if (awaited->from_unix < 0)
        snprintf(text, AWAITED_TEXT_SIZE, "%s, to be fetched, but the window does not open", build);
    else if (awaited->from_unix <= clock_now_unix())
        snprintf(text, AWAITED_TEXT_SIZE, "%s, to be fetched by the next sync", build);
    else
        snprintf(text, AWAITED_TEXT_SIZE, "%s, to be fetched from %s", build, from);
}

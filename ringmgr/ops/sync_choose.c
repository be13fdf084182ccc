#include "ringmgr/ops/sync_choose.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/policy/wanted.h"
#include "ringmgr/state/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- waiting ---- */

static const char *const wait_codes[] = {"upstream-disagrees", "upstream-went-back", "upstream-recalled",
                                         "upstream-lacks-version"};

/* What a disagreement is about: as long as it stays the same, it goes on. "" for every other wait. */
static void name_subject(const struct upstream_offer *offer, char subject[BUILD_TEXT_SIZE])
{
    *subject = 0;
    if (offer->disputed)
        build_format(&offer->latest, subject);
}

/* Raises the attention of this wait (NULL: there is none) and clears the others of the ring. */
static bool mark_waiting(const struct job *job, const struct ring *ring, const struct upstream_offer *offer,
                         struct err *err)
{
    char subject[BUILD_TEXT_SIZE];
    name_subject(offer, subject);
    for (size_t i = 0; i < sizeof wait_codes / sizeof *wait_codes; i++) {
        bool stands = offer->wait_code && strcmp(wait_codes[i], offer->wait_code) == 0;
        if (!catalog_attention_clear(job->state, wait_codes[i], ring->name, stands ? subject : NULL, err))
            return false;
    }
    if (!offer->wait_code)
        return true;
    const struct attention attention = {.severity = "warning",
                                        .ring = ring->name,
                                        .code = offer->wait_code,
                                        .subject = subject,
                                        .text = offer->text,
                                        .since_unix = clock_now_unix()};
    return catalog_attention_raise(job->state, &attention, err);
}

/* Until when the ring waits: what the history names is believed then, unless it was withdrawn. */
static bool say_until(const struct job *job, const struct ring *ring, struct upstream_offer *offer,
                      struct err *err)
{
    char subject[BUILD_TEXT_SIZE], when[ZONE_TIME_SIZE];
    int64_t since, recalled;
    size_t len = strlen(offer->text);
    name_subject(offer, subject);
    if (!catalog_attention_since(job->state, offer->wait_code, ring->name, subject, &since, err) ||
        !catalog_recalled(job->state, ring->channel, &offer->latest, &recalled, err))
        return false;
    zone_format_time((since < 0 ? clock_now_unix() : since) + job->settings->origin.conflict_wait_seconds,
                     when);
    snprintf(offer->text + len, sizeof offer->text - len, "; nothing is taken until both agree%s%s%s",
             recalled < 0 ? ", or else until " : "", recalled < 0 ? when : "",
             recalled < 0 ? " (conflict_wait)" : "");
    return true;
}

/*
 * Upstream has disagreed with itself for conflict_wait: the release history is believed, unless its build was
 * withdrawn. The attention stays, and rings that take from this one wait on.
 */
static bool end_dispute(const struct job *job, const struct ring *ring, struct upstream_offer *offer,
                        struct err *err)
{
    char subject[BUILD_TEXT_SIZE], pointer[BUILD_TEXT_SIZE];
    int64_t since, recalled;
    name_subject(offer, subject);
    build_format(&offer->pointer, pointer);
    if (!catalog_attention_since(job->state, offer->wait_code, ring->name, subject, &since, err) ||
        !catalog_recalled(job->state, ring->channel, &offer->latest, &recalled, err))
        return false;
    if (recalled >= 0 || since < 0 || clock_now_unix() - since < job->settings->origin.conflict_wait_seconds)
        return true;
    snprintf(offer->text, sizeof offer->text,
             "upstream still points to %s, its release history names %s: that was taken for this ring after "
             "conflict_wait, and goes no further before both agree",
             pointer, subject);
    if (!mark_waiting(job, ring, offer, err))
        return false;
    offer->build = offer->latest;
    offer->throttle = -1;
    offer->wait_code = NULL;
    return true;
}

/* ---- which build ---- */

bool sync_choose_folder(const struct job *job, const struct origin_session *origin, const struct ring *ring,
                        struct upstream_offer *offer, struct err *err)
{
    static const struct releases none = {0};
    struct content wanted = {0};
    settings_wanted_content(job->settings, ring, &wanted);
    unsigned architectures = wanted.architectures;
    content_clear(&wanted);
    if (!upstream_ask(job, origin, ring->channel, architectures, &none, offer, err))
        return false;
    if (offer->wait_code && strcmp(offer->wait_code, "upstream-recalled") == 0)
        return err_set(err, ERR_REFUSED, "%s", offer->text);
    bool went_back = offer->wait_code && strcmp(offer->wait_code, "upstream-went-back") == 0;
    if (went_back) { /* a person names the folder: an older build is what they want staged */
        offer->build = offer->pointer;
        offer->wait_code = NULL;
    }
    return true;
}

/* Is a build that a person named one that may be had? */
static bool take_named(const struct job *job, const struct ring *ring, const struct build *build,
                       struct upstream_offer *offer, struct err *err)
{
    char text[BUILD_TEXT_SIZE];
    int64_t recalled;
    build_format(build, text);
    if (!catalog_recalled(job->state, ring->channel, build, &recalled, err))
        return false;
    if (recalled >= 0)
        return err_set(err, ERR_REFUSED, "%s was withdrawn by Microsoft from %s", text, ring->channel->id);
    *offer = (struct upstream_offer){.build = *build, .throttle = -1};
    return true;
}

static bool wait_for_version(const struct ring *ring, struct upstream_offer *offer)
{
    offer->build = (struct build){{0}};
    offer->disputed = false;
    offer->wait_code = "upstream-lacks-version";
    snprintf(offer->text, sizeof offer->text, "the release history names no build for version = %s",
             version_rule_text(&ring->version));
    return true;
}

/*
 * `version = n-1` or 2606: what the history names as the newest fix of that version, which the pointer does
 * not. Where that is the channel's tip itself, the pointer has its say.
 */
static bool take_version(const struct job *job, const struct ring *ring, struct upstream_offer *offer,
                         struct err *err)
{
    struct releases rows AUTO(releases_clear) = RELEASES_NONE;
    struct build *recalled AUTO_FREE = NULL;
    size_t recalls = 0;
    if (!catalog_releases(job->state, ring->channel, &rows, err) ||
        !catalog_recalls(job->state, ring->channel, &recalled, &recalls, err))
        return false;
    const struct release *wanted = wanted_release(&ring->version, ring->channel, &rows, recalled, recalls);
    if (!wanted)
        return wait_for_version(ring, offer);
    if (build_compare(&wanted->build, &offer->latest) == 0)
        return true;
    offer->build = wanted->build;
    offer->throttle = -1;
    offer->wait_code = NULL;
    offer->disputed = false;
    return true;
}

bool sync_choose_build(const struct job *job, const struct origin_session *origin, const struct ring *ring,
                       const struct build *named, const struct releases *releases,
                       struct upstream_offer *offer, struct err *err)
{
    struct content wanted = {0};
    settings_wanted_content(job->settings, ring, &wanted);
    bool ok = upstream_ask(job, origin, ring->channel, wanted.architectures, releases, offer, err) &&
              (ring->version.choice == VERSION_LATEST || take_version(job, ring, offer, err)) &&
              (!offer->disputed || say_until(job, ring, offer, err)) && mark_waiting(job, ring, offer, err);
    content_clear(&wanted);
    if (!ok || named)
        return ok && take_named(job, ring, named, offer, err);
    return !offer->disputed || end_dispute(job, ring, offer, err);
}

#include "ringmgr/ops/settle.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/clock_behind.h"
#include "ringmgr/state/catalog.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The ring of that name if it is configured; what is of no ring any more is everybody's. */
static const struct ring *ring_of(const struct job *job, const char *name)
{
    return name ? settings_ring(job->settings, name) : NULL;
}

/* ---- attentions ---- */

static bool acknowledge(const struct job *job, int64_t id, const char *reason, bool *changed, struct err *err)
{
    struct attention attention AUTO(attention_clear) = {0};
    bool ever;
    if (!catalog_attention_ack(job->state, id, job->identity->person, clock_now_unix(), &attention, changed,
                               err) ||
        !catalog_attention_ever(job->state, id, &ever, err))
        return false;
    if (!*changed)
        return ever ||
               err_set(err, ERR_USAGE,
                       "there is no attention %" PRId64 ": `ringmgr status --json` shows their ids", id);
    char *text AUTO_FREE = mem_printf("%s (%s): %s", attention.code, attention.text, reason);
    bool clock = strcmp(attention.code, CLOCK_BEHIND_CODE) == 0;
    struct entry entry = {.action = clock ? CLOCK_RIGHT : "ack", .ring = attention.ring, .reason = text};
    return decide_check(job, ring_of(job, attention.ring), err) && job_append(job, &entry, err);
}

bool settle_attention(const struct job *job, int64_t id, const char *reason, bool *changed, struct err *err)
{
    *changed = false;
    bool ok = people_may_decide(job->identity, job->service_uid, err) && state_begin(job->state, err) &&
              acknowledge(job, id, reason, changed, err);
    return job_end(job, ok, *changed, err);
}

/* ---- pins ---- */

char *settle_pin_text(const struct pin *pin)
{
    char build[BUILD_TEXT_SIZE];
    build_format(&pin->build, build);
    return mem_printf("the target version %s was handed out for %s: take it back before the ring offers what "
                      "is newer, and say so",
                      build, pin->ring);
}

char *settle_pin_command(const struct pin *pin)
{
    return mem_printf("ringmgr pins --clear %" PRId64 " --reason TEXT", pin->id);
}

static bool raise_pin(const struct job *job, const struct pin *pin, struct err *err)
{
    char subject[32];
    snprintf(subject, sizeof subject, "%" PRId64, pin->id);
    char *text AUTO_FREE = settle_pin_text(pin);
    char *command AUTO_FREE = settle_pin_command(pin);
    const struct attention attention = {.severity = "info",
                                        .ring = pin->ring,
                                        .code = "pin",
                                        .subject = subject,
                                        .text = text,
                                        .command = command,
                                        .since_unix = pin->at_unix};
    return catalog_attention_raise(job->state, &attention, err);
}

static bool append(const struct job *job, const char *action, const struct pin *pin, const char *reason,
                   struct err *err)
{
    char build[BUILD_TEXT_SIZE];
    struct entry entry = {
        .action = action, .ring = pin->ring, .channel = pin->channel->id, .build = build, .reason = reason};
    build_format(&pin->build, build);
    return job_append(job, &entry, err);
}

/* Documents that are written anew are no other target version: the pin that stands is theirs, too. */
static bool find_pin(const struct job *job, struct pin *pin, bool *found, struct err *err)
{
    struct pins pins AUTO(pins_clear) = {0};
    *found = false;
    if (!pins_standing(job->state, pin->ring, &pins, err))
        return false;
    for (size_t i = 0; i < pins.len && !*found; i++) {
        const struct pin *one = &pins.item[i];
        *found = one->channel == pin->channel && build_compare(&one->build, &pin->build) == 0 &&
                 strcmp(one->what, pin->what) == 0;
        if (*found)
            pin->id = one->id;
    }
    return true;
}

bool settle_pin_made(const struct job *job, struct pin *pin, struct err *err)
{
    bool found;
    if (!find_pin(job, pin, &found, err))
        return false;
    if (found)
        return true;
    bool ok = state_begin(job->state, err) && pin_put(job->state, pin, err) && raise_pin(job, pin, err) &&
              append(job, "pin", pin, pin->what, err);
    return job_end(job, ok, true, err);
}

static bool take_back(const struct job *job, int64_t id, const char *reason, bool *changed, struct err *err)
{
    struct pin pin AUTO(pin_clear) = {0};
    char subject[32];
    bool ever;
    snprintf(subject, sizeof subject, "%" PRId64, id);
    if (!pin_take_back(job->state, id, job->identity->person, clock_now_unix(), &pin, changed, err) ||
        !pin_ever(job->state, id, &ever, err))
        return false;
    if (!*changed)
        return ever || err_set(err, ERR_USAGE, "there is no pin %s: `ringmgr pins` lists them", subject);
    return decide_check(job, ring_of(job, pin.ring), err) &&
           catalog_attention_settle(job->state, "pin", pin.ring, subject, err) &&
           append(job, "unpin", &pin, reason, err);
}

bool settle_pin_cleared(const struct job *job, int64_t id, const char *reason, bool *changed, struct err *err)
{
    *changed = false;
    bool ok = people_may_decide(job->identity, job->service_uid, err) && state_begin(job->state, err) &&
              take_back(job, id, reason, changed, err);
    return job_end(job, ok, *changed, err);
}

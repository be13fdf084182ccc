#include "ringmgr/ops/force.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/catalog.h"

#include <inttypes.h>
#include <stdio.h>

static enum membership is_overrider(const struct job *job, const struct ring *ring, const char *account,
                                    char why[256])
{
    char role[64];
    snprintf(role, sizeof role, "overrider of ring %s", ring->name);
    return people_is_named(&ring->overriders, role, account, job->service_uid, why);
}

bool force_check(const struct job *job, const struct ring *ring, enum gate gate, struct err *err)
{
    char why[256];
    if (!gate_can_be_forced(gate))
        return err_set(err, ERR_USAGE, "--override %s: this gate is never opened by force", gate_name(gate));
    if (ring->overriders.len == 0)
        return err_set(err, ERR_REFUSED, "%s: nobody may open a gate by force: it has no overriders",
                       ring->name);
    if (is_overrider(job, ring, job->identity->account, why) == MEMBER_YES)
        return true;
    return err_set(err, ERR_REFUSED, "%s: %s", ring->name, why);
}

/* Different people whose consent stands and who may still give it. */
static void count(const struct job *job, const struct ring *ring, const struct consents *consents,
                  struct force *force)
{
    AUTO_STRV people = {0};
    for (size_t i = 0; i < consents->len; i++) {
        const char *account = consents->item[i].account;
        const char *person = settings_person(job->settings, account);
        char why[256];
        bool given = consents->item[i].at_unix <= clock_now_unix(); /* not by a clock that was ahead */
        if (given && !strv_has(&people, person) && is_overrider(job, ring, account, why) == MEMBER_YES)
            strv_add(&people, person);
    }
    force->need = ring->override_people;
    force->have = (unsigned)people.len;
    for (size_t i = 0, at = 0; i < people.len && at < sizeof force->have_names; i++)
        at += (size_t)snprintf(force->have_names + at, sizeof force->have_names - at, "%s%s", i ? ", " : "",
                               people.item[i]);
}

static bool record(const struct job *job, const struct approval_key *key, enum gate gate, const char *reason,
                   struct err *err)
{
    char build[BUILD_TEXT_SIZE], identity_text[320];
    struct entry entry = {.action = "override",
                          .ring = key->ring,
                          .channel = key->channel->id,
                          .build = build,
                          .reason = reason,
                          .gates_overridden = gate_name(gate)};
    bool already;
    build_format(&key->build, build);
    job_sign_entry(job, &entry, identity_text);
    if (!state_begin(job->state, err))
        return false;
    bool ok = consent_put(job->state, key, gate_name(gate), job->identity->account, entry.time_unix, reason,
                          &already, err) &&
              journal_append(job->state, &entry, err);
    return job_end(job, ok, true, err);
}

bool force_consent(const struct job *job, const struct ring *ring, const struct approval_key *key,
                   enum gate gate, const char *reason, struct force *force, struct err *err)
{
    struct consents consents AUTO(consents_clear) = {0};
    int64_t since = clock_now_unix() - (int64_t)FORCE_HOURS * 3600;
    *force = (struct force){0};
    if (!record(job, key, gate, reason, err) ||
        !consents_standing(job->state, key, gate_name(gate), since, &consents, err))
        return false;
    count(job, ring, &consents, force);
    return true;
}

unsigned force_set(const char *gates)
{
    AUTO_STRV names = {0};
    unsigned set = 0;
    strv_split_names(&names, gates ? gates : "");
    for (size_t i = 0; i < names.len; i++)
        if (gate_find(names.item[i]) < GATE_COUNT)
            set |= 1u << gate_find(names.item[i]);
    return set;
}

/* Each use is an attention of its own: that one of them was seen says nothing of the next. */
static bool raise_review(const struct job *job, const struct approval_key *key, const char *gates,
                         const char *actor, struct err *err)
{
    char build[BUILD_TEXT_SIZE];
    int64_t now = clock_now_unix();
    build_format(&key->build, build);
    char *use AUTO_FREE = mem_printf("%s %" PRId64, build, now);
    char *text AUTO_FREE =
        mem_printf("%s promoted %s with the gate %s opened by force: to be reviewed", actor, build, gates);
    const struct attention attention = {.severity = "warning",
                                        .ring = key->ring,
                                        .code = "override-used",
                                        .subject = use,
                                        .text = text,
                                        .since_unix = now};
    return catalog_attention_raise(job->state, &attention, err);
}

bool force_use(const struct job *job, const struct approval_key *key, const char *gates, const char *actor,
               struct err *err)
{
    AUTO_STRV names = {0};
    strv_split_names(&names, gates);
    for (size_t i = 0; i < names.len; i++)
        if (!consents_use(job->state, key, names.item[i], clock_now_unix(), err))
            return false;
    return raise_review(job, key, gates, actor, err);
}

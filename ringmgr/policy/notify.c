#include "ringmgr/policy/notify.h"

#include <stdlib.h>
#include <string.h>

static const char *const events[] = {
    "staged",       "waits-approval", "promoted",    "rolled-back",  "support",        "expired",
    "recalled",     "upstream",       "not-genuine", "healed",       "loosened",       "override",
    "sync-failing", "space",          "attention",   "history-head", "notify-failing", "site",
};
enum { EVENTS = sizeof events / sizeof *events };

/* What people decide, as the commands are called: "all" does not mean these. */
static const char *const decisions[] = {"approve", "revoke", "hold", "unhold", "block", "unblock"};
enum { DECISIONS = sizeof decisions / sizeof *decisions };

static bool is_decision(const char *name)
{
    for (size_t i = 0; i < DECISIONS; i++)
        if (strcmp(decisions[i], name) == 0)
            return true;
    return false;
}

bool notify_is_event(const char *name)
{
    for (size_t i = 0; i < EVENTS; i++)
        if (strcmp(events[i], name) == 0)
            return true;
    return is_decision(name);
}

char *notify_event_names(void)
{
    AUTO_STRV names = {0};
    for (size_t i = 0; i < EVENTS; i++)
        strv_add(&names, events[i]);
    for (size_t i = 0; i < DECISIONS; i++)
        strv_add(&names, decisions[i]);
    return strv_join(&names, ", ");
}

bool notify_find_severity(const char *name, enum notify_severity *severity)
{
    static const char *const names[] = {
        [NOTIFY_INFO] = "info", [NOTIFY_WARNING] = "warning", [NOTIFY_CRITICAL] = "critical"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) {
            *severity = (enum notify_severity)i;
            return true;
        }
    return false;
}

static bool has(const struct strv *list, const char *name)
{
    return list->len == 0 || strv_has(list, "all") || strv_has(list, name);
}

bool notify_wants(const struct notify_target *target, const char *event, const char *severity,
                  const char *ring)
{
    enum notify_severity level = NOTIFY_CRITICAL;
    (void)notify_find_severity(severity, &level);
    bool asked = is_decision(event) ? strv_has(&target->events, event) : has(&target->events, event);
    return level >= target->severity && asked && (!*ring || has(&target->rings, ring));
}

void notify_target_clear(struct notify_target *target)
{
    free(target->name);
    free(target->webhook);
    free(target->webhook_file);
    strv_clear(&target->mail);
    strv_clear(&target->events);
    strv_clear(&target->rings);
    free(target->template_file);
    free(target->ca);
    free(target->proxy);
    free(target->server);
    free(target->from);
    free(target->credentials);
    *target = (struct notify_target){0};
}

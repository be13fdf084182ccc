/* whoami: who calls, and about which rings that person may decide. */
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/ops/decide.h"

#include <stdio.h>
#include <string.h>

/* How the page can be told: the peer itself, the web server in front, nobody. */
static const char *via_of(const struct app *app)
{
    if (!app->web)
        return app->identity.how;
    if (app->unnamed.msg[0])
        return "none";
    return strcmp(app->identity.how, "web") == 0 ? "socket" : "proxy";
}

static void add_rings(const struct app *app, bool may)
{
    struct jv *rings = jv_array();
    jv_set(app->result, "rings", rings);
    for (size_t i = 0; i < app->settings.rings; i++) {
        const struct ring *ring = &app->settings.ring[i];
        struct err why = {0};
        struct jv *object = jv_object();
        bool approver = may && decide_check(&app->job, ring, &why);
        jv_set_text(object, "ring", ring->name);
        jv_set_bool(object, "approver", approver);
        jv_set_text(object, "why", why.msg[0] ? why.msg : NULL);
        jv_push(rings, object);
        if (!app->arguments.json)
            printf("  %-16s %s\n", ring->name, approver ? "may decide" : why.msg);
    }
}

static void add_actions(const struct app *app, bool may)
{
    static const char *const names[] = {"approve", "revoke", "hold", "unhold", "promote", "rollback", "ack"};
    struct jv *actions = jv_array();
    for (size_t i = 0; may && i < sizeof names / sizeof *names; i++)
        jv_push_text(actions, names[i]);
    jv_set(app->result, "actions", actions);
}

enum err_code cmd_whoami(struct app *app, struct err *err)
{
    const struct identity *who = &app->identity;
    struct err why = app->unnamed;
    bool known = !why.msg[0];
    bool may = known && people_may_decide(who, app->job.service_uid, &why);
    char *identity AUTO_FREE =
        known ? mem_printf("%s:%u:%s", who->how, (unsigned)who->uid, who->account) : NULL;
    (void)err;
    jv_set_text(app->result, "account", known && *who->account ? who->account : NULL);
    jv_set_text(app->result, "person", known && *who->person ? who->person : NULL);
    jv_set_text(app->result, "identity", identity);
    jv_set_text(app->result, "via", via_of(app));
    jv_set_bool(app->result, "can_act", may);
    jv_set_text(app->result, "reason", may ? NULL : why.msg);
    char zone[ZONE_NAME_SIZE];
    zone_name(zone);
    jv_set_text(app->result, "timezone", *zone ? zone : NULL);
    add_actions(app, may);
    if (!app->arguments.json && identity)
        printf("%s%s%s\n", identity, may ? "" : ": ", may ? "" : why.msg);
    add_rings(app, may);
    return ERR_NONE;
}

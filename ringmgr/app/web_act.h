/*
 * Decisions from the page: each is carried out by a child in the name of whoever has connected, or of whom
 * the web server in front says is logged in. The service reads neither: the body and that name go to the
 * child as they came (web_order.h), with the connection, whose peer the kernel names.
 */
#ifndef RINGMGR_APP_WEB_ACT_H
#define RINGMGR_APP_WEB_ACT_H

#include "ringmgr/app/serve_jobs.h"
#include "ringmgr/app/web_http.h"

struct web_act;

/* Borrowed for as long as there is one. */
struct web_act_options {
    struct serve_jobs *jobs;
    const struct log *log;
    int null;                       /* /dev/null */
    void (*decided)(void *context); /* something was carried out */
    void *context;
};

/* Nothing is asked yet. web_act_free() ends it. */
struct web_act *web_act_new(const struct web_act_options *options);
/* After its children have ended or were killed. Requests that still wait are the caller's. NULL is fine. */
void web_act_free(struct web_act *act);

/* Answers the request, now or later. `action` stays; `named` is the proxy's header, NULL where there is none.
 * "whoami" decides nothing. */
void web_act_ask(struct web_act *act, struct web_request *request, const char *action, const char *named);
/* What no child was started for is refused. */
void web_act_stop(struct web_act *act);

/* Whether a child could be started now, and starts what could be. */
bool web_act_is_due(const struct web_act *act);
void web_act_start_due(struct web_act *act);
/* Ends what takes too long; when that is due, in serve_loop_now_ms(), -1: never. */
void web_act_turn(struct web_act *act);
int64_t web_act_due_ms(const struct web_act *act);

#endif

#include "ringmgr/app/web_act.h"
#include "ringmgr/app/serve_seal.h"
#include "ringmgr/app/web_api.h"
#include "ringmgr/app/web_order.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    PLACES = 32,       /* orders at a time, carried out or waiting */
    PLACES_OF_ONE = 8, /* of one person */
    RUNNING_MOST = 4,
    RUNNING_OF_ONE = 2,
    WAIT_MS = 10 * 1000,  /* how long one waits to be carried out */
    ASK_MS = 30 * 1000,   /* who somebody is: a directory may take its time */
    RUN_MS = 3600 * 1000, /* a roll-back that reads every byte again takes minutes */
    QUOTED_BYTES = 300,
};

struct order {
    struct web_request *request; /* NULL: the place is free */
    const char *action;
    char *named; /* NULL: the header was not there */
    pid_t pid;   /* 0: none carries it out yet */
    int64_t began_ms;
    int64_t due_ms; /* when it has taken too long; -1: it was ended for that */
    struct buf said;
    struct web_act *act;
};

struct web_act {
    struct web_act_options options;
    struct order order[PLACES];
};

static bool asks_only(const struct order *order)
{
    return strcmp(order->action, "whoami") == 0;
}

static void clear(struct order *order)
{
    struct web_act *act = order->act;
    free(order->named);
    buf_clear(&order->said);
    *order = (struct order){.act = act};
}

/* One person: the peer, and whom it speaks for. */
static bool is_of(const struct order *order, const struct web_request *request, const char *named)
{
    return order->request && order->request->uid == request->uid &&
           strcmp(order->named ? order->named : "", named ? named : "") == 0;
}

/* Of this person, or of all where `of` is NULL. */
static size_t count(const struct web_act *act, const struct order *of, bool running)
{
    size_t count = 0;
    for (int i = 0; i < PLACES; i++) {
        const struct order *one = &act->order[i];
        bool counts = one->request && (!of || is_of(one, of->request, of->named));
        count += counts && (!running || one->pid);
    }
    return count;
}

/* Of this account's connections; -1 is everybody who comes over TCP. */
static size_t count_of_uid(const struct web_act *act, int64_t uid, bool running)
{
    size_t count = 0;
    for (int i = 0; i < PLACES; i++) {
        const struct order *one = &act->order[i];
        count += one->request && one->request->uid == uid && (!running || one->pid);
    }
    return count;
}

/* ---- children ---- */

static void hear(void *context, struct buf *said, bool end)
{
    struct order *order = context;
    (void)end;
    if (order->said.len + said->len <= LIMIT_WEB_ANSWER_BYTES)
        buf_append(&order->said, said->data, said->len);
    said->len = 0;
}

/* What anybody can cause as often as they like is not worth a line. */
static void log_end(const struct order *order, int status)
{
    char quoted[QUOTED_BYTES];
    int64_t seconds = (serve_loop_now_ms() - order->began_ms + 500) / 1000;
    if (asks_only(order) || status == ERR_USAGE)
        return;
    log_event(order->act->options.log, status > 128 ? LOG_PRIORITY_WARNING : LOG_PRIORITY_INFO,
              "event=web-request action=%s uid=%" PRId64 " named=%s status=%d seconds=%" PRId64,
              order->action, order->request->uid,
              log_quote(order->named ? order->named : "", quoted, sizeof quoted), status, seconds);
}

/* A command that has ended well has said so; what it has said goes over to the answer. */
static void answer(struct order *order, int status)
{
    static const char killed[] = "it was ended before it could say how this went: the history tells";
    static const char silent[] = "the service could not carry this out";
    bool told = order->said.len > 0;
    int code = status > 0 && status < 128 ? status : ERR_FAILED;
    struct web_text *text = told ? web_text_new(&order->said)
                                 : web_text_error((enum err_code)code, status > 128 ? killed : silent);
    enum web_kind kind = asks_only(order) ? WEB_ME : WEB_ACT;
    const struct web_answer answer = {
        .status = web_api_status(kind, told ? status : code), .type = "application/json", .text = text};
    web_http_answer(order->request, &answer);
    web_text_drop(text);
}

static void ended(void *context, int status)
{
    struct order *order = context;
    const struct web_act_options *options = &order->act->options;
    bool decided = status == 0 && !asks_only(order);
    log_end(order, status);
    answer(order, status);
    clear(order);
    if (decided)
        options->decided(options->context);
}

static void refuse(struct order *order, const char *why)
{
    web_http_refuse(order->request, 503, ERR_LOCKED, why);
    clear(order);
}

static pid_t spawn(struct order *order, int paper, struct err *err)
{
    static const char *const no_words[] = {NULL};
    const struct web_act_options *options = &order->act->options;
    int fd = order->request->fd;
    bool peer = order->request->uid >= 0;
    char *inherit AUTO_FREE = peer ? mem_printf("web=%d,peer=%d", paper, fd) : mem_printf("web=%d", paper);
    const int pass[] = {paper, peer ? fd : -1, -1};
    const struct serve_jobs_start how = {.name = "web",
                                         .words = no_words,
                                         .err = options->null,
                                         .inherit = inherit,
                                         .pass = pass,
                                         .silent = true,
                                         .said = hear,
                                         .ended = ended,
                                         .context = order};
    return serve_jobs_start(options->jobs, &how, err);
}

static void start(struct order *order)
{
    struct err err = {0};
    AUTO_BUF bytes = {0};
    web_order_write(order->action, order->named, &order->request->body, &bytes);
    AUTO_FD paper = serve_seal("what was posted", &bytes, &err);
    order->pid = paper >= 0 ? spawn(order, paper, &err) : -1;
    order->due_ms = serve_loop_now_ms() + (asks_only(order) ? ASK_MS : RUN_MS);
    if (order->pid > 0)
        return;
    order->pid = 0;
    refuse(order, err.msg);
}

static bool can_start(const struct order *order)
{
    return order->request && !order->pid && count(order->act, NULL, true) < RUNNING_MOST &&
           count(order->act, order, true) < RUNNING_OF_ONE;
}

/* First who comes over the connection for which least is carried out, then who has waited longest; NULL if
 * none may be started now. */
static struct order *find_next(const struct web_act *act)
{
    const struct order *next = NULL;
    size_t least = 0;
    for (int i = 0; i < PLACES; i++) {
        const struct order *one = &act->order[i];
        size_t running = can_start(one) ? count_of_uid(act, one->request->uid, true) : 0;
        if (!can_start(one) || (next && running > least))
            continue;
        if (!next || running < least || one->began_ms < next->began_ms)
            next = one;
        least = running;
    }
    return (struct order *)(uintptr_t)next;
}

bool web_act_is_due(const struct web_act *act)
{
    return find_next(act);
}

void web_act_start_due(struct web_act *act)
{
    for (struct order *next = find_next(act); next; next = find_next(act))
        start(next);
}

/* ---- asking ---- */

/* An account takes at most half of the places that the others leave, whatever names it makes up. */
static bool may_wait(const struct web_act *act, const struct web_request *request, const char *named)
{
    const struct order self = {.request = (struct web_request *)(uintptr_t)request,
                               .named = (char *)(uintptr_t)named};
    size_t own = count_of_uid(act, request->uid, false), others = count(act, NULL, false) - own;
    return own < (PLACES - others + 1) / 2 && count(act, &self, false) < PLACES_OF_ONE;
}

void web_act_ask(struct web_act *act, struct web_request *request, const char *action, const char *named)
{
    const char *heard = request->uid < 0 ? NULL : named; /* over TCP nobody is named */
    struct order *place = NULL;
    for (int i = 0; i < PLACES && !place; i++)
        if (!act->order[i].request)
            place = &act->order[i];
    if (!place || !may_wait(act, request, heard)) {
        web_http_refuse(request, 503, ERR_LOCKED, "the service is busy with other requests");
        return;
    }
    int64_t now = serve_loop_now_ms();
    *place = (struct order){.request = request,
                            .action = action,
                            .named = mem_strdup(heard),
                            .began_ms = now,
                            .due_ms = now + WAIT_MS,
                            .act = act};
}

/* ---- time ---- */

void web_act_turn(struct web_act *act)
{
    int64_t now = serve_loop_now_ms();
    for (int i = 0; i < PLACES; i++) {
        struct order *order = &act->order[i];
        if (!order->request || order->due_ms < 0 || order->due_ms > now)
            continue;
        if (order->pid) {
            order->due_ms = -1;
            serve_jobs_end(act->options.jobs, order->pid);
        } else
            refuse(order, "the service is busy with other requests");
    }
}

int64_t web_act_due_ms(const struct web_act *act)
{
    int64_t due = -1;
    for (int i = 0; i < PLACES; i++) {
        const struct order *order = &act->order[i];
        if (order->request && order->due_ms >= 0 && (due < 0 || order->due_ms < due))
            due = order->due_ms;
    }
    return due;
}

/* ---- life ---- */

struct web_act *web_act_new(const struct web_act_options *options)
{
    struct web_act *act = mem_new(1, sizeof *act);
    act->options = *options;
    for (int i = 0; i < PLACES; i++)
        act->order[i].act = act;
    return act;
}

void web_act_stop(struct web_act *act)
{
    for (int i = 0; i < PLACES; i++)
        if (act->order[i].request && !act->order[i].pid)
            refuse(&act->order[i], "the service is ending");
}

void web_act_free(struct web_act *act)
{
    for (int i = 0; act && i < PLACES; i++)
        clear(&act->order[i]);
    free(act);
}

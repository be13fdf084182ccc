#include "ringmgr/app/web.h"
#include "ringmgr/app/serve_listen.h"
#include "ringmgr/app/settings_web.h"
#include "ringmgr/app/web_act.h"
#include "ringmgr/app/web_read.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FILES = 64 };

struct web {
    struct web_options options;
    int null;
    struct strv sockets; /* the paths at which it listens */
    struct web_http *http;
    struct web_read *read;
    struct web_act *act;
    struct { /* of the page, beside web_page_files[] */
        struct web_text *text;
        char etag[WEB_ETAG_SIZE];
    } file[FILES];
};

/* ---- requests ---- */

static const char *header(const struct web_request *request, const char *name, struct web_head *head)
{
    unsigned times = 0;
    const char *value = web_http_header(request, name, &times);
    head->doubled = head->doubled || times > 1;
    return value;
}

static struct web_head read_head(const struct web *web, const struct web_request *request)
{
    struct web_head head = {.local = request->uid >= 0};
    head.host = header(request, "Host", &head);
    head.origin = header(request, "Origin", &head);
    head.fetch_site = header(request, "Sec-Fetch-Site", &head);
    head.content_type = header(request, "Content-Type", &head);
    head.marker = header(request, "X-Ringmgr", &head);
    head.named = header(request, web->options.settings->web.proxy_header, &head);
    bool counted = header(request, "Content-Length", &head);
    bool coded = header(request, "Transfer-Encoding", &head);
    head.framed_twice = counted && coded;
    return head;
}

static void refuse(struct web_request *request, const struct web_refusal *refusal, const char *allow)
{
    struct web_text *text = web_text_error(refusal->code, refusal->text);
    const struct web_answer answer = {
        .status = refusal->status, .type = "application/json", .text = text, .allow = allow};
    web_http_answer(request, &answer);
    web_text_drop(text);
}

/* What is asked for, if it may be; else it is refused, and false. */
static bool examine(struct web *web, struct web_request *request, struct web_question *question)
{
    const struct settings *settings = web->options.settings;
    const struct web_head head = read_head(web, request);
    struct web_refusal refusal = {0};
    const char *allow = NULL;
    bool good = web_guard_host(&head, &settings->web.hosts, &refusal) &&
                web_api_find(request->method, request->target, web_http_header(request, "Accept", NULL),
                             settings, clock_now_unix(), question, &allow, &refusal) &&
                (question->kind != WEB_ACT || web_guard_act(&head, &refusal));
    if (!good)
        refuse(request, &refusal, allow);
    return good;
}

/* What may not be is refused before its body is read. */
static void look(void *context, struct web_request *request)
{
    AUTO(web_question_clear)
    struct web_question question = {0};
    if (!examine(context, request, &question))
        return;
}

static void send_file(struct web *web, struct web_request *request, const struct web_question *question)
{
    size_t number = (size_t)(question->file - web_page_files);
    struct web_answer answer = {.status = 200,
                                .type = question->type,
                                .text = web->file[number].text,
                                .etag = web->file[number].etag};
    if (web_text_matches(web_http_header(request, "If-None-Match", NULL), answer.etag)) {
        answer.status = 304;
        answer.type = NULL;
    }
    web_http_answer(request, &answer);
}

static void take(void *context, struct web_request *request)
{
    struct web *web = context;
    AUTO(web_question_clear)
    struct web_question question = {0};
    if (!examine(web, request, &question))
        return;
    const char *proxy_header = web->options.settings->web.proxy_header;
    if (question.kind == WEB_FILE)
        send_file(web, request, &question);
    else if (question.kind == WEB_READ)
        web_read_ask(web->read, request, &question);
    else
        web_act_ask(web->act, request, question.action, web_http_header(request, proxy_header, NULL));
}

/* What was said before is not true any more. */
static void after_decision(void *context)
{
    struct web *web = context;
    web_read_forget(web->read);
    web->options.decided(web->options.context);
}

/* ---- the loop ---- */

bool web_is_due(const struct web *web)
{
    return web && (web_read_is_due(web->read) || web_act_is_due(web->act));
}

void web_start_due(struct web *web)
{
    if (!web)
        return;
    web_act_start_due(web->act);
    web_read_start_due(web->read);
}

void web_turn(struct web *web)
{
    if (!web)
        return;
    web_read_turn(web->read);
    web_act_turn(web->act);
    web_http_turn(web->http);
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

int64_t web_due_ms(const struct web *web)
{
    if (!web)
        return -1;
    int64_t due = sooner(web_read_due_ms(web->read), web_act_due_ms(web->act));
    return sooner(due, web_http_due_ms(web->http));
}

/* ---- life ---- */

static void tell_failed(const struct web *web, const struct err *err)
{
    char quoted[1100];
    log_event(web->options.log, LOG_PRIORITY_WARNING, "event=web-failed text=%s",
              log_quote(err->msg, quoted, sizeof quoted));
}

static void listen_at(struct web *web, const char *where)
{
    static const char key[] = "[web] listen";
    char quoted[1100];
    struct err err;
    int fd;
    const char *path = web_socket_path(where);
    bool listens =
        path ? serve_listen_unix(key, path, SOCK_STREAM, &fd, &err) : serve_listen_tcp(key, where, &fd, &err);
    if (!listens) {
        tell_failed(web, &err);
        return;
    }
    web_http_listen(web->http, fd);
    if (path)
        strv_add(&web->sockets, path);
    log_event(web->options.log, LOG_PRIORITY_INFO, "event=web-listen at=%s",
              log_quote(where, quoted, sizeof quoted));
}

static void load_files(struct web *web)
{
    for (size_t i = 0; i < FILES && web_page_files[i].name; i++) {
        AUTO_BUF bytes = {0};
        buf_append(&bytes, web_page_files[i].bytes, web_page_files[i].len);
        web_text_etag(bytes.data, bytes.len, web->file[i].etag);
        web->file[i].text = web_text_new(&bytes);
    }
}

static bool start(struct web *web, struct err *err)
{
    const struct web_http_options http = {
        .loop = web->options.loop, .look = look, .take = take, .context = web};
    const struct web_act_options act = {.jobs = web->options.jobs,
                                        .log = web->options.log,
                                        .null = web->null,
                                        .decided = after_decision,
                                        .context = web};
    if (web->null < 0)
        return err_set_errno(err, errno, "open /dev/null");
    web->read = web_read_new(web->options.jobs, web->null);
    web->act = web_act_new(&act);
    web->http = web_http_new(&http, err);
    return web->http;
}

void web_stop(struct web *web)
{
    if (!web)
        return;
    web_http_stop(web->http);
    for (size_t i = 0; i < web->sockets.len; i++)
        unlink(web->sockets.item[i]);
    strv_clear(&web->sockets);
    web_read_stop(web->read);
    web_act_stop(web->act);
}

void web_free(struct web *web)
{
    if (!web)
        return;
    if (web->http)
        web_stop(web);
    web_http_free(web->http);
    web_read_free(web->read);
    web_act_free(web->act);
    for (size_t i = 0; i < FILES; i++)
        web_text_drop(web->file[i].text);
    fs_auto_close(&web->null);
    free(web);
}

struct web *web_open(const struct web_options *options)
{
    const struct strv *listen = &options->settings->web.listen;
    struct err err = {0};
    if (listen->len == 0)
        return NULL;
    struct web *web = mem_new(1, sizeof *web);
    web->options = *options;
    web->null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (!start(web, &err)) {
        tell_failed(web, &err);
        web_free(web);
        return NULL;
    }
    load_files(web);
    for (size_t i = 0; i < listen->len; i++)
        listen_at(web, listen->item[i]);
    return web;
}

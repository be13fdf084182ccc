#include "ringmgr/app/web_http.h"
#include "ringmgr/app/web_library.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PLACES = 256,           /* connections at a time */
    LISTENERS = 16,         /* of the configuration */
    AT_ONCE = 16,           /* connections that are accepted before the loop sees to the rest */
    REQUEST_MS = 10000,     /* how long a request may be in coming, from the first byte to the last */
    ANSWER_MS = 30000,      /* and an answer in being read */
    RETRY_SECONDS = 2,      /* what is busy now is asked again after */
    NO_ROOM_MS = 1000,      /* how long none is accepted when there are no descriptors */
    MEMORY_BYTES = 32 << 10 /* what the library has for a connection: the longest head */
};

/* A connection that the library has, and its one request. */
struct place {
    int fd; /* -1: free */
    int64_t uid;
    int64_t began_ms;
    int64_t due_ms; /* when it has taken too long; -1: whoever answers has all time */
    bool ending;    /* the library has been told, and will say when it is gone */
};

enum stage { STAGE_HEAD, STAGE_BODY, STAGE_WAITS, STAGE_ANSWERED };

struct exchange {
    struct web_request request; /* first: the one is the other */
    struct web_http *http;
    struct MHD_Connection *connection;
    struct place *place;
    char *target;
    enum stage stage;
    bool suspended, too_long;
    unsigned status;
    struct MHD_Response *response; /* NULL until it is answered */
};

struct web_http {
    struct web_http_options options;
    struct MHD_Daemon *daemon;
    int epoll;
    int listener[LISTENERS];
    size_t listeners;
    bool resumed;      /* the library is to be told to go on */
    int64_t listen_ms; /* when they are listened to again; -1: they are */
    struct place place[PLACES];
    struct exchange *exchange[PLACES]; /* those that exist; NULL: free */
};

/* ---- places ---- */

static struct place *find_place(struct web_http *http, int fd)
{
    for (int i = 0; i < PLACES; i++)
        if (http->place[i].fd == fd)
            return &http->place[i];
    return NULL;
}

static size_t count_of(const struct web_http *http, int64_t uid)
{
    size_t count = 0;
    for (int i = 0; i < PLACES; i++)
        count += http->place[i].fd >= 0 && http->place[i].uid == uid;
    return count;
}

/* The library sees the end, and closes it in its own time. */
static void end_place(struct place *place)
{
    shutdown(place->fd, SHUT_RDWR);
    place->ending = true;
    place->due_ms = -1;
}

/* The oldest of who has most, but for what is being answered: who floods turns away only what is their own.
 */
static struct place *find_superfluous(struct web_http *http)
{
    struct place *found = NULL;
    size_t most = 0, count = 0;
    int64_t counted = -2; /* nobody's uid */
    for (int i = 0; i < PLACES; i++) {
        struct place *one = &http->place[i];
        if (one->fd < 0 || one->due_ms < 0)
            continue;
        if (one->uid != counted)
            count = count_of(http, one->uid);
        counted = one->uid;
        if (!found || count > most || (count == most && one->began_ms < found->began_ms)) {
            found = one;
            most = count;
        }
    }
    return found;
}

/* ---- letting in ---- */

static int64_t uid_of(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    struct sockaddr_storage own = {0};
    socklen_t own_len = sizeof own;
    if (getsockname(fd, (struct sockaddr *)&own, &own_len) != 0 || own.ss_family != AF_UNIX)
        return -1;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 ? (int64_t)peer.uid : -1;
}

static void let_in(struct web_http *http, int fd)
{
    static const struct sockaddr nobody = {.sa_family = AF_UNIX};
    struct place *place = find_place(http, -1);
    struct place *most = place ? NULL : find_superfluous(http);
    if (most) {
        end_place(most);
        MHD_run(http->daemon);
        place = find_place(http, -1);
    }
    if (!place) {
        close(fd);
        return;
    }
    int64_t now = serve_loop_now_ms();
    *place = (struct place){.fd = fd, .uid = uid_of(fd), .began_ms = now, .due_ms = now + REQUEST_MS};
    if (MHD_add_connection(http->daemon, fd, &nobody, sizeof nobody) != MHD_YES)
        place->fd = -1;
}

static void rest(struct web_http *http)
{
    for (size_t i = 0; i < http->listeners; i++)
        serve_loop_remove(http->options.loop, http->listener[i]);
    http->listen_ms = serve_loop_now_ms() + NO_ROOM_MS;
}

static void knock(void *context, int fd, short events)
{
    struct web_http *http = context;
    (void)events;
    for (int i = 0; i < AT_ONCE; i++) {
        int one = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (one >= 0) {
            let_in(http, one);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            rest(http);
        break;
    }
    MHD_run(http->daemon);
}

void web_http_listen(struct web_http *http, int listener)
{
    if (http->listeners == LISTENERS) {
        close(listener);
        return;
    }
    http->listener[http->listeners++] = listener;
    serve_loop_add(http->options.loop, listener, POLLIN, knock, http);
}

void web_http_stop(struct web_http *http)
{
    for (size_t i = 0; i < http->listeners; i++) {
        serve_loop_remove(http->options.loop, http->listener[i]);
        close(http->listener[i]);
    }
    http->listeners = 0;
    http->listen_ms = -1;
}

/* ---- requests ---- */

static struct exchange *exchange_of(const struct web_request *request)
{
    return (struct exchange *)(uintptr_t)request;
}

static int fd_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

/* The first that is heard of a request: its line. */
static void *begin(void *context, const char *target, struct MHD_Connection *connection)
{
    struct web_http *http = context;
    struct exchange *exchange = mem_new(1, sizeof *exchange);
    exchange->http = http;
    exchange->connection = connection;
    exchange->place = find_place(http, fd_of(connection));
    exchange->target = mem_strdup(target);
    exchange->request.target = exchange->target;
    exchange->request.fd = exchange->place ? exchange->place->fd : -1;
    exchange->request.uid = exchange->place ? exchange->place->uid : -1;
    for (int i = 0; i < PLACES; i++)
        if (!http->exchange[i]) {
            http->exchange[i] = exchange;
            break;
        }
    return exchange;
}

static void finish(void *context, struct MHD_Connection *connection, void **slot,
                   enum MHD_RequestTerminationCode how)
{
    struct web_http *http = context;
    struct exchange *exchange = *slot;
    (void)connection;
    (void)how;
    *slot = NULL;
    if (!exchange)
        return;
    for (int i = 0; i < PLACES; i++)
        if (http->exchange[i] == exchange)
            http->exchange[i] = NULL;
    if (exchange->response)
        MHD_destroy_response(exchange->response);
    buf_clear(&exchange->request.body);
    free(exchange->target);
    free(exchange);
}

/* Who is gone leaves a place. */
static void notice(void *context, struct MHD_Connection *connection, void **slot,
                   enum MHD_ConnectionNotificationCode what)
{
    struct web_http *http = context;
    (void)slot;
    struct place *place = what == MHD_CONNECTION_NOTIFY_CLOSED ? find_place(http, fd_of(connection)) : NULL;
    if (place)
        *place = (struct place){.fd = -1};
}

/* ---- answers ---- */

static const struct {
    const char *name, *value;
} always[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
     "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
    {"Vary", "Accept, Cookie, Authorization"},
    {"Connection", "close"},
};

static void drop_text(void *text)
{
    web_text_drop(text);
}

static struct MHD_Response *make_response(const struct web_answer *answer)
{
    char seconds[16];
    struct web_text *text = answer->type ? answer->text : NULL;
    struct MHD_Response *response =
        text && text->bytes.len ? MHD_create_response_from_buffer_with_free_callback_cls(
                                      text->bytes.len, text->bytes.data, drop_text, web_text_share(text))
                                : MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    snprintf(seconds, sizeof seconds, "%u", answer->retry_seconds);
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        MHD_add_response_header(response, always[i].name, always[i].value);
    MHD_add_response_header(response, "Cache-Control", answer->etag ? "no-cache" : "no-store");
    if (answer->type)
        MHD_add_response_header(response, "Content-Type", answer->type);
    if (answer->etag)
        MHD_add_response_header(response, "ETag", answer->etag);
    if (answer->allow)
        MHD_add_response_header(response, "Allow", answer->allow);
    if (answer->retry_seconds)
        MHD_add_response_header(response, "Retry-After", seconds);
    return response;
}

void web_http_answer(struct web_request *request, const struct web_answer *answer)
{
    struct exchange *exchange = exchange_of(request);
    if (exchange->stage == STAGE_ANSWERED)
        return;
    exchange->stage = STAGE_ANSWERED;
    exchange->status = answer->status;
    exchange->response = make_response(answer);
    if (exchange->place && !exchange->place->ending)
        exchange->place->due_ms = serve_loop_now_ms() + ANSWER_MS;
    if (exchange->suspended) {
        exchange->suspended = false;
        exchange->http->resumed = true;
        MHD_resume_connection(exchange->connection);
    }
}

void web_http_refuse(struct web_request *request, unsigned status, enum err_code code, const char *error)
{
    struct web_text *text = web_text_error(code, error);
    const struct web_answer answer = {.status = status,
                                      .type = "application/json",
                                      .text = text,
                                      .retry_seconds = status == 503 ? RETRY_SECONDS : 0};
    web_http_answer(request, &answer);
    web_text_drop(text);
}

static enum MHD_Result send_answer(struct exchange *exchange)
{
    return exchange->response ? MHD_queue_response(exchange->connection, exchange->status, exchange->response)
                              : MHD_NO;
}

/* What is longer is read, for as long as a request may take, and not kept. */
static void add_body(struct exchange *exchange, const char *bytes, size_t len)
{
    exchange->too_long = exchange->too_long || exchange->request.body.len + len > LIMIT_WEB_BODY_BYTES;
    if (!exchange->too_long)
        buf_append(&exchange->request.body, bytes, len);
}

/* The library calls it once with the head, then with each part of a body, then with none, until an answer is
 * given or it is suspended; and once more when it is resumed. */
static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *bytes, size_t *len,
                              void **slot)
{
    struct web_http *http = context;
    struct exchange *exchange = *slot;
    (void)connection;
    (void)path;
    (void)version;
    if (!exchange || !exchange->place)
        return MHD_NO;
    exchange->request.method = method;
    if (exchange->stage == STAGE_HEAD) {
        exchange->stage = STAGE_BODY;
        http->options.look(http->options.context, &exchange->request);
        return exchange->stage == STAGE_ANSWERED ? send_answer(exchange) : MHD_YES;
    }
    if (exchange->stage == STAGE_BODY && *len) {
        add_body(exchange, bytes, *len);
        *len = 0;
        return MHD_YES;
    }
    if (exchange->stage == STAGE_BODY) {
        exchange->stage = STAGE_WAITS;
        exchange->place->due_ms = -1;
        if (exchange->too_long)
            web_http_refuse(&exchange->request, 413, ERR_USAGE, "the body is longer than 16 KiB");
        else
            http->options.take(http->options.context, &exchange->request);
    }
    if (exchange->stage == STAGE_ANSWERED)
        return send_answer(exchange);
    exchange->suspended = true;
    MHD_suspend_connection(exchange->connection);
    return MHD_YES;
}

struct found {
    const char *name, *value;
    unsigned times;
};

static enum MHD_Result compare_header(void *context, enum MHD_ValueKind kind, const char *name,
                                      size_t name_len, const char *value, size_t len)
{
    struct found *found = context;
    (void)kind;
    (void)len;
    if (strlen(found->name) != name_len || strncasecmp(found->name, name, name_len) != 0)
        return MHD_YES;
    found->times++;
    found->value = value;
    return MHD_YES;
}

const char *web_http_header(const struct web_request *request, const char *name, unsigned *times)
{
    struct found found = {.name = name};
    MHD_get_connection_values_n(exchange_of(request)->connection, MHD_HEADER_KIND, compare_header, &found);
    if (times)
        *times = found.times;
    return found.value;
}

/* ---- the loop ---- */

static void ready(void *context, int fd, short events)
{
    struct web_http *http = context;
    (void)fd;
    (void)events;
    MHD_run(http->daemon);
}

void web_http_turn(struct web_http *http)
{
    MHD_UNSIGNED_LONG_LONG left;
    int64_t now = serve_loop_now_ms();
    for (int i = 0; i < PLACES; i++)
        if (http->place[i].fd >= 0 && http->place[i].due_ms >= 0 && http->place[i].due_ms <= now)
            end_place(&http->place[i]);
    if (http->resumed || (MHD_get_timeout(http->daemon, &left) == MHD_YES && left == 0)) {
        http->resumed = false;
        MHD_run(http->daemon);
    }
    if (http->listen_ms < 0 || http->listen_ms > now)
        return;
    http->listen_ms = -1;
    for (size_t i = 0; i < http->listeners; i++)
        serve_loop_add(http->options.loop, http->listener[i], POLLIN, knock, http);
}

int64_t web_http_due_ms(const struct web_http *http)
{
    MHD_UNSIGNED_LONG_LONG left;
    int64_t due = http->listen_ms;
    if (http->resumed)
        return 0;
    if (MHD_get_timeout(http->daemon, &left) == MHD_YES)
        due = serve_loop_now_ms() + (int64_t)left;
    for (int i = 0; i < PLACES; i++) {
        const struct place *place = &http->place[i];
        if (place->fd >= 0 && place->due_ms >= 0 && (due < 0 || place->due_ms < due))
            due = place->due_ms;
    }
    return due;
}

/* ---- the library ---- */

static bool start(struct web_http *http, struct err *err)
{
    http->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0,
                                    NULL, NULL, handle, http, MHD_OPTION_CONNECTION_LIMIT, 2u * PLACES,
                                    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_BYTES,
                                    MHD_OPTION_CONNECTION_TIMEOUT, 0u, MHD_OPTION_STRICT_FOR_CLIENT, 1,
                                    MHD_OPTION_URI_LOG_CALLBACK, begin, http, MHD_OPTION_NOTIFY_COMPLETED,
                                    finish, http, MHD_OPTION_NOTIFY_CONNECTION, notice, http, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        http->daemon ? MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (!info || info->epoll_fd < 0)
        return err_set(err, ERR_FAILED, "libmicrohttpd does not start");
    http->epoll = info->epoll_fd;
    serve_loop_add(http->options.loop, http->epoll, POLLIN, ready, http);
    return true;
}

bool web_http_load(struct err *err)
{
    return library_load(LIBRARY_LIBMICROHTTPD, err);
}

struct web_http *web_http_new(const struct web_http_options *options, struct err *err)
{
    struct web_http *http = mem_new(1, sizeof *http);
    http->options = *options;
    http->epoll = -1;
    http->listen_ms = -1;
    for (int i = 0; i < PLACES; i++)
        http->place[i].fd = -1;
    if (web_http_load(err) && start(http, err))
        return http;
    web_http_free(http);
    return NULL;
}

/* None may be suspended when the library ends. Two runs: one to be resumed, one to be written. */
void web_http_free(struct web_http *http)
{
    static const struct web_answer none = {.status = 503};
    if (!http)
        return;
    web_http_stop(http);
    for (int i = 0; i < PLACES; i++)
        if (http->exchange[i] && http->exchange[i]->suspended)
            web_http_answer(&http->exchange[i]->request, &none);
    for (int i = 0; http->daemon && i < 2; i++)
        MHD_run(http->daemon);
    if (http->epoll >= 0)
        serve_loop_remove(http->options.loop, http->epoll);
    if (http->daemon)
        MHD_stop_daemon(http->daemon);
    free(http);
}

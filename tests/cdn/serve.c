/*
 * The hostile origin server.
 *
 * It serves a folder as a good origin does (validators, ranges, multipart ranges, conditional requests) and
 * then lets faults.c spoil single answers. One thread a connection, so a stalled answer stalls nobody else.
 * The log line of an answer is written before its last byte leaves: a client that has everything finds the
 * line there. Beside files: POST /_fault?path=…&kind=…   adds a fault      DELETE /_fault   removes all GET
 * /_fault   lists them POST /ts[?at=UNIX]           an RFC 3161 timestamp reply of now, or of that time (also
 * as a header X-At)
 */
#include "serve.h"

#include "ca.h"
#include "disk.h"
#include "faults.h"
#include "ranges.h"
#include "sign.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BLOCK (256u << 10)

struct server {
    struct MHD_Daemon *daemon;
    struct serve_options options;
    struct faults *faults;
    struct identity tsa;
    FILE *log;
    FILE *bytes;
    atomic_uint answers;
    atomic_uint connections;
};

/* A request from its first call until its answer is gone. */
struct request {
    struct server *server;
    char *method;
    char *path;
    char *range;
    struct bytes upload;
    struct affliction affliction;
    struct body body;
    int fd;
    unsigned status;
    uint64_t sent;
    uint64_t announced;
    bool logged;
    bool stalled;
    unsigned connection;
    int64_t begun_ms; /* of the body; 0: not yet */
};

static void log_request(struct request *r)
{
    if (r->logged || !r->server->log)
        return;
    r->logged = true;
    flockfile(r->server->log);
    fprintf(r->server->log, "%s %s %s %u %llu\n", r->method, r->path, r->range ? r->range : "-", r->status,
            (unsigned long long)r->sent);
    fflush(r->server->log);
    funlockfile(r->server->log);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void log_bytes(const struct request *r, size_t len)
{
    if (!r->server->bytes)
        return;
    flockfile(r->server->bytes);
    fprintf(r->server->bytes, "%lld %u %s %zu\n", (long long)now_ms(), r->connection, r->path, len);
    fflush(r->server->bytes);
    funlockfile(r->server->bytes);
}

static void free_request(struct request *r)
{
    log_request(r);
    if (r->fd >= 0)
        close(r->fd);
    body_clear(&r->body);
    bytes_clear(&r->upload);
    free(r->affliction.location);
    free(r->affliction.proxy_user);
    free(r->method);
    free(r->path);
    free(r->range);
    free(r);
}

static void request_done(void *cls, struct MHD_Connection *c, void **slot,
                         enum MHD_RequestTerminationCode code)
{
    (void)cls, (void)c, (void)code;
    if (*slot)
        free_request(*slot);
    *slot = NULL;
}

static void sleep_ms(uint64_t ms)
{
    struct timespec t = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    while (nanosleep(&t, &t) < 0 && errno == EINTR) {
    }
}

/* Copies bytes of one part, which begin `offset` bytes into it; flips the afflicted byte. */
static ssize_t read_part(const struct request *r, const struct part *p, uint64_t offset, char *out,
                         size_t room)
{
    size_t prefix = p->prefix ? strlen(p->prefix) : 0;
    if (offset < prefix) {
        size_t n = prefix - offset < room ? prefix - offset : room;
        memcpy(out, p->prefix + offset, n);
        return (ssize_t)n;
    }
    offset -= prefix;
    uint64_t left = p->length - offset;
    uint64_t at = p->start + offset;
    ssize_t n = pread(r->fd, out, left < room ? left : room, (off_t)at);
    uint64_t bad = r->affliction.corrupt_at;
    if (n > 0 && r->affliction.corrupt && bad >= at && bad < at + (uint64_t)n)
        out[bad - at] ^= 1;
    return n;
}

/* How much may be sent in this call, given faults that act at a place of the body. */
static size_t limit_room(struct request *r, uint64_t pos, size_t room)
{
    const struct affliction *a = &r->affliction;
    if (a->stall_ms && !r->stalled) {
        if (pos >= a->stall_after) {
            r->stalled = true;
            sleep_ms(a->stall_ms);
        } else if (pos + room > a->stall_after) {
            room = a->stall_after - pos;
        }
    }
    if (a->truncate && pos + room > a->truncate_after)
        room = pos < a->truncate_after ? a->truncate_after - pos : 0;
    if (a->rate) {
        uint64_t slice = a->rate / 10 + 1;
        int64_t now = now_ms();
        room = room < slice ? room : slice;
        r->begun_ms = r->begun_ms ? r->begun_ms : now;
        int64_t due = r->begun_ms + (int64_t)((pos + room) * 1000 / a->rate);
        if (due > now)
            sleep_ms((uint64_t)(due - now));
    }
    return room;
}

static ssize_t read_body(void *cls, uint64_t pos, char *out, size_t room)
{
    struct request *r = cls;
    uint64_t offset = pos;
    room = limit_room(r, pos, room);
    for (size_t i = 0; room > 0 && i < r->body.count; i++) {
        const struct part *p = &r->body.parts[i];
        uint64_t length = p->length + (p->prefix ? strlen(p->prefix) : 0);
        if (offset >= length) {
            offset -= length;
            continue;
        }
        ssize_t n = read_part(r, p, offset, out, room);
        if (n <= 0)
            break;
        r->sent = pos + (uint64_t)n;
        log_bytes(r, (size_t)n);
        if (r->sent >= r->announced)
            log_request(r);
        return n;
    }
    log_request(r);
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

static enum MHD_Result answer(struct request *r, struct MHD_Connection *c, unsigned status,
                              struct MHD_Response *resp)
{
    r->status = status;
    if (r->announced == 0 || strcmp(r->method, "HEAD") == 0)
        log_request(r);
    enum MHD_Result ok = MHD_queue_response(c, status, resp);
    MHD_destroy_response(resp);
    return ok;
}

static struct MHD_Response *empty_response(void)
{
    return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result answer_text(struct request *r, struct MHD_Connection *c, unsigned status,
                                   const void *data, size_t len, const char *type)
{
    struct MHD_Response *resp =
        MHD_create_response_from_buffer(len, (void *)(uintptr_t)data, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(resp, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    r->sent = len;
    return answer(r, c, status, resp);
}

static enum MHD_Result answer_status(struct request *r, struct MHD_Connection *c)
{
    struct MHD_Response *resp = empty_response();
    if (r->affliction.retry_after_s) {
        TEXT seconds = text("%u", r->affliction.retry_after_s);
        MHD_add_response_header(resp, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    if (r->affliction.location)
        MHD_add_response_header(resp, MHD_HTTP_HEADER_LOCATION, r->affliction.location);
    return answer(r, c, r->affliction.status, resp);
}

static const char *header(struct MHD_Connection *c, const char *name)
{
    return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

/* The validators of an answer: what a good server would say, or what the faults make of it. */
struct validators {
    char etag[64];
    char modified[64];
    time_t modified_unix;
};

static struct validators validate(struct request *r, const struct stat *st)
{
    struct validators v = {.modified_unix = st->st_mtim.tv_sec};
    unsigned serial = atomic_fetch_add(&r->server->answers, 1);
    const struct affliction *a = &r->affliction;
    struct tm tm;
    if (a->changed_file)
        v.modified_unix++;
    snprintf(v.etag, sizeof v.etag, "\"%llx-%lx-%llx", (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
             (long long)st->st_size);
    size_t len = strlen(v.etag);
    if (a->changing_etag)
        snprintf(v.etag + len, sizeof v.etag - len, "-%u\"", serial);
    else
        snprintf(v.etag + len, sizeof v.etag - len, "%s\"", a->changed_file ? "-x" : "");
    strftime(v.modified, sizeof v.modified, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&v.modified_unix, &tm));
    return v;
}

static bool not_modified(struct MHD_Connection *c, const struct validators *v)
{
    const char *match = header(c, MHD_HTTP_HEADER_IF_NONE_MATCH);
    const char *since = header(c, MHD_HTTP_HEADER_IF_MODIFIED_SINCE);
    struct tm tm = {0};
    if (match)
        return strcmp(match, "*") == 0 || strstr(match, v->etag);
    return since && strptime(since, "%a, %d %b %Y %H:%M:%S GMT", &tm) && v->modified_unix <= timegm(&tm);
}

static const char *wanted_range(const struct request *r, struct MHD_Connection *c, const struct validators *v)
{
    const char *condition = header(c, MHD_HTTP_HEADER_IF_RANGE);
    if (r->affliction.ignore_range || strcmp(r->method, "GET") != 0)
        return NULL;
    if (condition && strcmp(condition, v->etag) != 0 && strcmp(condition, v->modified) != 0)
        return NULL;
    return r->range;
}

static void add_headers(const struct request *r, const struct validators *v, struct MHD_Response *resp)
{
    MHD_add_response_header(resp, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
    if (!r->affliction.no_validators) {
        MHD_add_response_header(resp, MHD_HTTP_HEADER_ETAG, v->etag);
        MHD_add_response_header(resp, MHD_HTTP_HEADER_LAST_MODIFIED, v->modified);
    }
    if (r->body.content_range)
        MHD_add_response_header(resp, MHD_HTTP_HEADER_CONTENT_RANGE, r->body.content_range);
    MHD_add_response_header(resp, MHD_HTTP_HEADER_CONTENT_TYPE,
                            r->body.multipart ? "multipart/byteranges; boundary=" RANGES_BOUNDARY
                                              : "application/octet-stream");
}

static void plan_body(struct request *r, const char *range, uint64_t size)
{
    if (r->affliction.several == SEVERAL_WHOLE && range_is_several(range))
        range = NULL;
    body_plan(&r->body, range, size, r->affliction.shift_range);
    if (r->affliction.several == SEVERAL_FIRST)
        body_keep_first(&r->body, size);
    if (r->affliction.several == SEVERAL_BACKWARDS)
        body_turn(&r->body);
}

/* "Basic …" (RFC 7617) of these credentials. */
static bool has_credentials(const char *field, const char *credentials)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t len = strlen(credentials);
    BYTES want = {0};
    bytes_puts(&want, "Basic ");
    for (size_t i = 0; i < len; i += 3) {
        const unsigned char *at = (const unsigned char *)credentials + i;
        unsigned bits =
            (unsigned)at[0] << 16 | (i + 1 < len ? (unsigned)at[1] << 8 : 0) | (i + 2 < len ? at[2] : 0U);
        for (int digit = 0; digit < 4; digit++)
            bytes_u8(&want, i + (size_t)digit > len ? '=' : (uint8_t)digits[bits >> (18 - 6 * digit) & 63]);
    }
    bytes_u8(&want, 0);
    return field && strcmp(field, (const char *)want.data) == 0;
}

static enum MHD_Result refuse_proxy(struct request *r, struct MHD_Connection *c)
{
    struct MHD_Response *resp = empty_response();
    MHD_add_response_header(resp, MHD_HTTP_HEADER_PROXY_AUTHENTICATE, "Basic realm=\"testcdn\"");
    return answer(r, c, MHD_HTTP_PROXY_AUTHENTICATION_REQUIRED, resp);
}

static enum MHD_Result answer_file(struct request *r, struct MHD_Connection *c)
{
    TEXT path = text("%s%s", r->server->options.root ? r->server->options.root : "/nonexistent", r->path);
    struct stat st;
    r->fd = strstr(r->path, "/..") ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (r->fd < 0 || fstat(r->fd, &st) < 0 || !S_ISREG(st.st_mode))
        return answer_text(r, c, MHD_HTTP_NOT_FOUND, "not found\n", 10, "text/plain");
    struct validators v = validate(r, &st);
    struct MHD_Response *resp;
    if (!r->affliction.always_200 && !r->affliction.no_validators && not_modified(c, &v)) {
        resp = empty_response();
        add_headers(r, &v, resp);
        return answer(r, c, MHD_HTTP_NOT_MODIFIED, resp);
    }
    plan_body(r, wanted_range(r, c, &v), (uint64_t)st.st_size);
    int64_t announced = (int64_t)r->body.length + r->affliction.length_delta;
    r->announced = announced > 0 ? (uint64_t)announced : 0;
    if (r->announced > 0)
        resp = MHD_create_response_from_callback(r->announced, BLOCK, read_body, r, NULL);
    else
        resp = empty_response();
    add_headers(r, &v, resp);
    return answer(r, c, r->body.unsatisfiable ? 416 : r->body.partial ? 206 : 200, resp);
}

static enum MHD_Result gather_words(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    bytes_printf(cls, "%s=%s ", key, value ? value : "");
    return MHD_YES;
}

static enum MHD_Result answer_faults(struct request *r, struct MHD_Connection *c)
{
    BYTES words = {0};
    BYTES reply = {0};
    unsigned status = MHD_HTTP_OK;
    r->logged = true; /* control requests are no traffic */
    if (strcmp(r->method, "POST") == 0) {
        MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, gather_words, &words);
        bytes_u8(&words, 0);
        if (!faults_add(r->server->faults, (const char *)words.data, &reply))
            status = MHD_HTTP_BAD_REQUEST;
    } else if (strcmp(r->method, "DELETE") == 0) {
        faults_clear(r->server->faults);
    } else {
        faults_print(r->server->faults, &reply);
    }
    return answer_text(r, c, status, reply.data ? reply.data : (const uint8_t *)"", reply.len, "text/plain");
}

static enum MHD_Result answer_timestamp(struct request *r, struct MHD_Connection *c)
{
    BYTES reply = {0};
    const char *at = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "at");
    if (!at)
        at = header(c, "X-At");
    int64_t when = at ? strtoll(at, NULL, 10) : time(NULL);
    if (!r->server->tsa.cert ||
        !timestamp_reply(&r->server->tsa, when, r->upload.data, r->upload.len, &reply))
        return answer_text(r, c, MHD_HTTP_BAD_REQUEST, "no timestamp\n", 13, "text/plain");
    return answer_text(r, c, MHD_HTTP_OK, reply.data, reply.len, "application/timestamp-reply");
}

/* Its own number for each connection, from 1. */
static unsigned connection_number(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (!info || !info->socket_context)
        return 0;
    unsigned *number = info->socket_context;
    return *number;
}

/* Gives a connection its number, and frees it. */
static void connection_changed(void *cls, struct MHD_Connection *c, void **slot,
                               enum MHD_ConnectionNotificationCode code)
{
    struct server *s = cls;
    (void)c;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        unsigned *number = calloc(1, sizeof *number);
        if (!number)
            die("out of memory");
        *number = 1 + atomic_fetch_add(&s->connections, 1);
        *slot = number;
    } else {
        free(*slot);
        *slot = NULL;
    }
}

static struct request *new_request(struct server *s, struct MHD_Connection *c, const char *method,
                                   const char *url)
{
    struct request *r = calloc(1, sizeof *r);
    const char *range = header(c, MHD_HTTP_HEADER_RANGE);
    if (!r)
        die("out of memory");
    const char *host = strncmp(url, "http://", 7) == 0 ? strchr(url + 7, '/') : NULL;
    r->server = s;
    r->method = text("%s", method);
    r->connection = connection_number(c);
    r->path = text("%s", host ? host : url); /* a proxy is asked for whole addresses */
    r->range = range ? text("%s", range) : NULL;
    r->fd = -1;
    return r;
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *c, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **slot)
{
    struct request *r = *slot;
    (void)version;
    if (!r) {
        *slot = new_request(cls, c, method, url);
        return MHD_YES;
    }
    if (*upload_size > 0) {
        if (r->upload.len < (1u << 20))
            bytes_put(&r->upload, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    if (strcmp(url, "/_fault") == 0)
        return answer_faults(r, c);
    r->affliction = faults_for(r->server->faults, r->path);
    if (r->affliction.proxy_user &&
        !has_credentials(header(c, MHD_HTTP_HEADER_PROXY_AUTHORIZATION), r->affliction.proxy_user))
        return refuse_proxy(r, c);
    if (r->affliction.several == SEVERAL_REFUSED && range_is_several(r->range))
        r->affliction.status = r->affliction.several_status;
    if (r->affliction.status)
        return answer_status(r, c);
    if (strcmp(url, "/ts") == 0 && strcmp(method, "POST") == 0)
        return answer_timestamp(r, c);
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return answer_text(r, c, MHD_HTTP_METHOD_NOT_ALLOWED, "GET or HEAD\n", 12, "text/plain");
    return answer_file(r, c);
}

struct server *server_start(const struct serve_options *options)
{
    struct server *s = calloc(1, sizeof *s);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(options->port)};
    if (!s)
        die("out of memory");
    s->options = *options;
    s->faults = faults_new(options->faults);
    if (options->ca_dir)
        s->tsa = identity_load(options->ca_dir, options->tsa ? options->tsa : "tsa");
    if (options->log && !(s->log = fopen(options->log, "ae")))
        die("open %s: %s", options->log, strerror(errno));
    if (options->bytes && !(s->bytes = fopen(options->bytes, "ae")))
        die("open %s: %s", options->bytes, strerror(errno));
    s->daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL, 0,
                         NULL, NULL, handle, s, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_NOTIFY_COMPLETED,
                         request_done, NULL, MHD_OPTION_NOTIFY_CONNECTION, connection_changed, s,
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)(512u << 10), MHD_OPTION_END);
    if (!s->daemon)
        die("listen on 127.0.0.1: %s", strerror(errno));
    return s;
}

uint16_t server_port(const struct server *s)
{
    return MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

void server_stop(struct server *s)
{
    MHD_stop_daemon(s->daemon);
    identity_clear(&s->tsa);
    faults_free(s->faults);
    if (s->log)
        fclose(s->log);
    if (s->bytes)
        fclose(s->bytes);
    free(s);
}

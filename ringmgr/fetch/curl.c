/*
 * libcurl's multi interface. What it must not do on its own is switched off: proxies and exceptions from the
 * environment, signals, content encodings, other protocols. Redirects are followed by hand, because each one
 * has to be judged: same host, never to a file, never from https to http.
 *
 * libcurl hands a body on in slices of 16 KiB; they are gathered into blocks, since a write() of 256 KiB
 * costs little more than one of 16 KiB. That is all that a kill can lose.
 */
#include "ringmgr/fetch/curl.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/version.h"
#include "ringmgr/fetch/address.h"
#include "ringmgr/fetch/local.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    BLOCK_BYTES = 256 << 10,
    RECEIVE_BYTES = 256 << 10,
    DROPPED_BODY_BYTES = 64 << 10, /* of an answer that nobody reads, to keep its connection */
};

/* The running side of an exchange. */
struct wire {
    struct pool *pool;
    struct exchange *exchange;
    CURL *easy;
    struct curl_slist *fields;
    char *address;
    struct head head;
    bool head_done;
    bool stopped;
    unsigned redirects;
    size_t line_bytes; /* of this answer's header and trailer */
    uint64_t dropped;
    struct pace pace;
    uint8_t *block;
    size_t held;
    struct local local; /* file:// only */
    bool ended;         /* the outcome stands */
    struct wire *next;  /* among pool->over */
    char reason[CURL_ERROR_SIZE];
};

struct pool {
    struct pool_options options;
    CURLM *multi;
    char *agent;
    bool is_file;
    struct wire *over; /* ended before libcurl saw them */
};

static void wire_free(struct wire *wire)
{
    wire->exchange->wire = NULL;
    curl_easy_cleanup(wire->easy);
    curl_slist_free_all(wire->fields);
    free(wire->address);
    free(wire->block);
    free(wire);
}

static void PRINTF_LIKE(4, 5)
    end_with(struct wire *wire, enum outcome outcome, int code, const char *format, ...)
{
    struct exchange *exchange = wire->exchange;
    char text[512];
    va_list args;
    wire->ended = true;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    exchange->outcome = outcome;
    err_set(&exchange->err, ERR_UPSTREAM, "%s: %s", wire->address, text);
    if (code) {
        exchange->err.domain = ERR_DOMAIN_CURL;
        exchange->err.sys = code;
    }
}

/* --- addresses --- */

static char *part_of(const char *address, CURLUPart part, unsigned flags)
{
    CURLU *url = curl_url();
    char *text = NULL, *copy = NULL;
    if (curl_url_set(url, CURLUPART_URL, address, 0) == CURLUE_OK &&
        curl_url_get(url, part, &text, flags) == CURLUE_OK)
        copy = mem_strdup(text);
    curl_free(text);
    curl_url_cleanup(url);
    return copy;
}

static bool has_part(const char *address, CURLUPart part)
{
    char *text AUTO_FREE = part_of(address, part, 0);
    return text != NULL;
}

bool pool_check_base(const char *base, struct err *err)
{
    char *scheme AUTO_FREE = part_of(base, CURLUPART_SCHEME, 0);
    if (!scheme || !strstr(base, "://"))
        return err_set(err, ERR_USAGE, "%.500s is no address", base);
    if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0 && strcmp(scheme, "file") != 0)
        return err_set(err, ERR_USAGE, "%.500s: only http, https and file are fetched", base);
    if (has_part(base, CURLUPART_QUERY) || has_part(base, CURLUPART_FRAGMENT) ||
        has_part(base, CURLUPART_USER))
        return err_set(err, ERR_USAGE, "%s: an origin's address has no user, query or fragment",
                       scheme); /* not the address: it may hold a password */
    return true;
}

/* --- what comes in --- */

static const char *field(CURL *easy, const char *name)
{
    struct curl_header *header;
    if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return NULL;
    return header->value;
}

static int64_t date_of(const char *text)
{
    return text ? (int64_t)curl_getdate(text, NULL) : -1;
}

/* libcurl's own idea of the length is not there before the body is. */
static uint64_t length_of_body(CURL *easy)
{
    const char *text = field(easy, "Transfer-Encoding") ? NULL : field(easy, "Content-Length");
    return text ? head_read_number(text) : LENGTH_UNKNOWN;
}

static void read_http_head(struct wire *wire, int status)
{
    struct head *head = &wire->head;
    head->status = status;
    head->length = length_of_body(wire->easy);
    head->etag = field(wire->easy, "ETag");
    head->last_modified = field(wire->easy, "Last-Modified");
    head->modified_unix = date_of(head->last_modified);
    head->date_unix = date_of(field(wire->easy, "Date"));
    head_read_range(field(wire->easy, "Content-Range"), head);
}

static bool has_no_encoding(struct wire *wire)
{
    const char *encoding = wire->pool->is_file ? NULL : field(wire->easy, "Content-Encoding");
    if (!encoding || strcasecmp(encoding, "identity") == 0)
        return true;
    end_with(wire, OUTCOME_FAILED, 0, "the server encodes what it was asked for plainly (%.40s)", encoding);
    return false;
}

/* Hands the head on, once; false ends the transfer. */
static bool take_head(struct wire *wire)
{
    struct exchange *exchange = wire->exchange;
    if (wire->head_done)
        return true;
    wire->head_done = true;
    pace_take_head(&wire->pace, pace_now_ms());
    exchange->status = wire->head.status;
    if (head_is_redirect(&wire->head))
        return true;
    if (head_is_wanted(&wire->head) && !has_no_encoding(wire))
        return false;
    wire->stopped = !exchange->on_head(exchange, &wire->head);
    pace_forgive(&wire->pace, pace_now_ms() - wire->pace.window_ms);
    return !wire->stopped;
}

/*
 * Called for each line before the body, of which the empty one ends a head (1xx are not the last), and for
 * those of a trailer. libcurl keeps them all, so they are counted.
 */
static size_t on_line(char *line, size_t size, size_t count, void *data)
{
    struct wire *wire = data;
    size_t len = size * count;
    long status = 0;
    wire->line_bytes += len;
    if (wire->line_bytes > LIMIT_HTTP_HEAD_BYTES) {
        end_with(wire, OUTCOME_FAILED, 0, "more than %d bytes of header and trailer", LIMIT_HTTP_HEAD_BYTES);
        return 0;
    }
    if (len > 2 || (*line != '\r' && *line != '\n') || wire->head_done)
        return len;
    curl_easy_getinfo(wire->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < STATUS_OK)
        return len;
    read_http_head(wire, (int)status);
    return take_head(wire) ? len : 0;
}

static bool hand_on(struct wire *wire)
{
    struct exchange *exchange = wire->exchange;
    size_t len = wire->held;
    wire->held = 0;
    if (len == 0)
        return true;
    exchange->received += len;
    int64_t before = pace_now_ms();
    wire->stopped = !exchange->on_body(exchange, wire->block, len);
    pace_forgive(&wire->pace, pace_now_ms() - before);
    return !wire->stopped;
}

static bool gather(struct wire *wire, const char *bytes, size_t len)
{
    if (!wire->block)
        wire->block = mem_new(1, BLOCK_BYTES);
    while (len > 0) {
        size_t room = BLOCK_BYTES - wire->held, part = len < room ? len : room;
        memcpy(wire->block + wire->held, bytes, part);
        wire->held += part;
        bytes += part;
        len -= part;
        if (wire->held == BLOCK_BYTES && !hand_on(wire))
            return false;
    }
    return true;
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *data)
{
    struct wire *wire = data;
    size_t len = size * count;
    bool more;
    if (!take_head(wire))
        return 0;
    pace_take_body(&wire->pace, len);
    if (head_is_wanted(&wire->head)) {
        more = gather(wire, bytes, len);
    } else {
        wire->dropped += len;
        more = wire->dropped <= DROPPED_BODY_BYTES;
    }
    return more ? len : 0;
}

/* libcurl asks after everything that came, and at each pool_next(). */
static int on_progress(void *data, curl_off_t all, curl_off_t now, curl_off_t up_all, curl_off_t up_now)
{
    struct wire *wire = data;
    (void)all, (void)now, (void)up_all, (void)up_now;
    return pace_is_too_slow(&wire->pace, pace_now_ms());
}

/* --- setting up --- */

static void add_field(struct wire *wire, const char *name, const char *value)
{
    if (!value || strpbrk(value, "\r\n"))
        return;
    char *line AUTO_FREE = mem_printf("%s: %s", name, value);
    wire->fields = curl_slist_append(wire->fields, line);
}

static void set_fields(struct wire *wire)
{
    const struct exchange *exchange = wire->exchange;
    add_field(wire, "If-None-Match", exchange->if_none_match);
    if (!exchange->if_none_match)
        add_field(wire, "If-Modified-Since", exchange->if_modified_since);
    if (exchange->offset)
        add_field(wire, "If-Range", exchange->if_range);
    if (exchange->no_cache)
        add_field(wire, "Cache-Control", "no-cache");
    curl_easy_setopt(wire->easy, CURLOPT_HTTPHEADER, wire->fields);
}

static void set_options(struct wire *wire)
{
    const struct pool *pool = wire->pool;
    long stall = (long)pool->options.stall_seconds;
    CURL *easy = wire->easy;
    curl_easy_setopt(easy, CURLOPT_URL, wire->address);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, pool->is_file ? "file" : "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, pool->options.proxy ? pool->options.proxy : "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, pool->agent);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, wire->reason);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, stall);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, stall);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BYTES);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (!pool->is_file) {
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_line);
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, wire);
    }
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, wire);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, wire);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, wire);
}

static void ask_range(struct wire *wire)
{
    char range[32];
    if (wire->exchange->offset == 0)
        return;
    snprintf(range, sizeof range, "%" PRIu64 "-", wire->exchange->offset);
    curl_easy_setopt(wire->easy, CURLOPT_RANGE, range);
}

/* --- file:// --- */

/* True if libcurl is to read the file; else the outcome stands. */
static bool prepare_file(struct wire *wire)
{
    struct exchange *exchange = wire->exchange;
    char *path AUTO_FREE = part_of(wire->address, CURLUPART_PATH, CURLU_URLDECODE);
    int errnum = path ? local_look(path, exchange->if_range, &exchange->offset, &wire->local) : EINVAL;
    wire->head = wire->local.head;
    if (errnum)
        end_with(wire, OUTCOME_FAILED, 0, "%s", strerror(errnum));
    return head_is_wanted(&wire->head);
}

/* --- how an exchange ends --- */

static bool is_worth_a_retry(CURLcode code)
{
    switch ((int)code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_AGAIN:
    case CURLE_FILE_COULDNT_READ_FILE:
        return true;
    default:
        return false;
    }
}

static void check_length(struct wire *wire)
{
    uint64_t length = wire->head.length, received = wire->exchange->received;
    if (head_is_wanted(&wire->head) && length != LENGTH_UNKNOWN && received != length)
        end_with(wire, OUTCOME_CUT, 0, "%" PRIu64 " of %" PRIu64 " bytes came", received, length);
}

static void note_retry_after(struct wire *wire)
{
    curl_off_t seconds = 0;
    curl_easy_getinfo(wire->easy, CURLINFO_RETRY_AFTER, &seconds);
    wire->exchange->retry_after_seconds = seconds <= 0 ? 0 : seconds > 3600 ? 3600 : (unsigned)seconds;
}

/* Sets the outcome of what libcurl has done with. */
static void conclude(struct wire *wire, CURLcode code)
{
    bool answered = code == CURLE_OK || (wire->head_done && !head_is_wanted(&wire->head));
    if (!wire->ended)
        wire->exchange->outcome = OUTCOME_ANSWERED;
    if (!wire->ended && !wire->stopped && (!answered || take_head(wire)))
        hand_on(wire);
    note_retry_after(wire);
    if (wire->ended)
        return;
    if (wire->stopped)
        wire->exchange->outcome = OUTCOME_STOPPED;
    else if (answered)
        check_length(wire);
    else if (wire->pace.why[0])
        end_with(wire, OUTCOME_CUT, CURLE_OPERATION_TIMEDOUT, "%s", wire->pace.why);
    else
        end_with(wire, is_worth_a_retry(code) ? OUTCOME_CUT : OUTCOME_FAILED, (int)code, "%s",
                 wire->reason[0] ? wire->reason : curl_easy_strerror(code));
}

static bool is_same_host(const char *from, const char *to)
{
    char *host AUTO_FREE = part_of(from, CURLUPART_HOST, 0);
    char *other AUTO_FREE = part_of(to, CURLUPART_HOST, 0);
    return host && other && strcasecmp(host, other) == 0;
}

static bool is_allowed_scheme(const char *from, const char *to)
{
    char *scheme AUTO_FREE = part_of(from, CURLUPART_SCHEME, 0);
    char *other AUTO_FREE = part_of(to, CURLUPART_SCHEME, 0);
    if (!scheme || !other)
        return false;
    return strcmp(other, "https") == 0 || (strcmp(other, "http") == 0 && strcmp(scheme, "http") == 0);
}

/* The address that the redirect leads to, or NULL and an outcome. */
static char *redirect_target(struct wire *wire)
{
    char *to = NULL;
    curl_easy_getinfo(wire->easy, CURLINFO_REDIRECT_URL, &to);
    if (!to)
        end_with(wire, OUTCOME_FAILED, 0, "status %d without a usable Location", wire->head.status);
    else if (!is_allowed_scheme(wire->address, to) || !is_same_host(wire->pool->options.base, to))
        end_with(wire, OUTCOME_FAILED, 0, "redirected to %.200s, which is not the origin's host", to);
    else if (++wire->redirects > LIMIT_HTTP_REDIRECTS)
        end_with(wire, OUTCOME_FAILED, 0, "more than %d redirects", LIMIT_HTTP_REDIRECTS);
    else
        return mem_strdup(to);
    return NULL;
}

static void submit(struct wire *wire)
{
    wire->exchange->requests++;
    wire->reason[0] = 0;
    curl_multi_add_handle(wire->pool->multi, wire->easy);
}

/* Sends the request again, where the answer says. False if it must not. */
static bool follow(struct wire *wire)
{
    char *to = redirect_target(wire);
    if (!to)
        return false;
    free(wire->address);
    wire->address = to;
    wire->head = (struct head){0};
    wire->head_done = false;
    wire->line_bytes = 0;
    wire->dropped = 0;
    pace_ask_again(&wire->pace, pace_now_ms());
    curl_easy_setopt(wire->easy, CURLOPT_URL, wire->address);
    submit(wire);
    return true;
}

/* --- the pool --- */

struct pool *pool_new(const struct pool_options *options, struct err *err)
{
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK) {
        err_set(err, ERR_FAILED, "libcurl does not start: %s", curl_easy_strerror(code));
        return NULL;
    }
    struct pool *pool = mem_new(1, sizeof *pool);
    pool->options = *options;
    pool->is_file = strncasecmp(options->base, "file:", 5) == 0;
    pool->agent = mem_printf("ringmgr/%s", version_text());
    pool->multi = curl_multi_init();
    if (!pool->multi) {
        pool_free(pool);
        err_set(err, ERR_FAILED, "libcurl does not start");
        return NULL;
    }
    curl_multi_setopt(pool->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)options->connections);
    curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, (long)options->connections);
    return pool;
}

static struct exchange *take_over(struct pool *pool)
{
    struct wire *wire = pool->over;
    if (!wire)
        return NULL;
    struct exchange *exchange = wire->exchange;
    pool->over = wire->next;
    wire_free(wire);
    return exchange;
}

void pool_free(struct pool *pool)
{
    if (!pool)
        return;
    while (take_over(pool))
        continue;
    curl_multi_cleanup(pool->multi);
    free(pool->agent);
    free(pool);
    curl_global_cleanup();
}

static void put_over(struct wire *wire)
{
    wire->next = wire->pool->over;
    wire->pool->over = wire;
}

static struct wire *wire_new(struct pool *pool, struct exchange *exchange)
{
    struct wire *wire = mem_new(1, sizeof *wire);
    wire->pool = pool;
    wire->exchange = exchange;
    wire->address = address_join(pool->options.base, exchange->path);
    wire->pace = pace_begin(pool->options.stall_seconds, exchange->total_seconds, pace_now_ms());
    wire->easy = curl_easy_init();
    if (!wire->easy)
        abort(); /* libcurl has no memory; see mem.h */
    return wire;
}

void pool_start(struct pool *pool, struct exchange *exchange)
{
    struct wire *wire = wire_new(pool, exchange);
    exchange->wire = wire;
    exchange->status = 0;
    exchange->received = 0;
    exchange->requests = 0;
    exchange->retry_after_seconds = 0;
    exchange->err = (struct err){0};
    if (!address_stays_below(exchange->path)) {
        end_with(wire, OUTCOME_FAILED, 0, "the path leaves the origin");
        put_over(wire);
        return;
    }
    if (pool->is_file && !prepare_file(wire)) {
        exchange->requests = 1;
        conclude(wire, CURLE_OK);
        put_over(wire);
        return;
    }
    set_options(wire);
    set_fields(wire);
    ask_range(wire);
    submit(wire);
}

void pool_cancel(struct pool *pool, struct exchange *exchange)
{
    struct wire *wire = exchange->wire;
    if (!wire)
        return;
    for (struct wire **at = &pool->over; *at; at = &(*at)->next)
        if (*at == wire) {
            *at = wire->next;
            break;
        }
    curl_multi_remove_handle(pool->multi, wire->easy);
    wire_free(wire);
}

/* The exchange of a finished transfer, NULL if a redirect makes it go on. */
static struct exchange *finish(struct pool *pool, CURL *easy, CURLcode code)
{
    struct wire *wire = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&wire);
    struct exchange *exchange = wire->exchange;
    conclude(wire, code);
    curl_multi_remove_handle(pool->multi, easy);
    if (exchange->outcome == OUTCOME_ANSWERED && head_is_redirect(&wire->head) && follow(wire))
        return NULL;
    wire_free(wire);
    return exchange;
}

struct exchange *pool_next(struct pool *pool, int wait_ms)
{
    int running = 0, queued = 0;
    CURLMsg *message;
    struct exchange *over = take_over(pool);
    if (over)
        return over;
    curl_multi_perform(pool->multi, &running);
    while ((message = curl_multi_info_read(pool->multi, &queued)))
        if (message->msg == CURLMSG_DONE) {
            over = finish(pool, message->easy_handle, message->data.result);
            if (over)
                return over;
        }
    curl_multi_poll(pool->multi, NULL, 0, wait_ms, NULL);
    return NULL;
}

void pool_wake(struct pool *pool)
{
    curl_multi_wakeup(pool->multi);
}

/*
 * One request over libcurl. What libcurl must not do on its own is switched off: proxies and exceptions from
 * the environment, signals, content encodings, other protocols. Redirects are followed by hand, because each
 * one has to be judged: to a host of a configured base only, never to a file, never from https to http.
 */
#include "ringmgr/fetch/curl_wire.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/fetch/address.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum {
    RECEIVE_BYTES = 256 << 10,
    PROBE_WINDOW_BYTES = 8 << 10,
    BLOCK_BYTES = 256 << 10,
    DROPPED_BODY_BYTES = 64 << 10, /* of an answer that nobody reads, to keep its connection */
};

void wire_free(struct wire *wire)
{
    wire->exchange->wire = NULL;
    curl_easy_cleanup(wire->easy);
    curl_slist_free_all(wire->fields);
    free(wire->address);
    gather_clear(&wire->gather);
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

bool wire_check_base(const char *base, struct err *err)
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

/* NULL where there is none, or one with an end of a line in it (RFC 9112, 2.2): of one that is empty
 * libcurl 7.88 says "\r". */
static const char *field(CURL *easy, const char *name)
{
    struct curl_header *header;
    if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return NULL;
    return *header->value && !strpbrk(header->value, "\r\n") ? header->value : NULL;
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

static int response_code(const struct wire *wire)
{
    long status = 0;
    curl_easy_getinfo(wire->easy, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
}

static void read_http_head(struct wire *wire, int status)
{
    struct head *head = &wire->head;
    head->status = status;
    head->length = length_of_body(wire->easy);
    head->content_type = field(wire->easy, "Content-Type");
    head->etag = field(wire->easy, "ETag");
    head->last_modified = field(wire->easy, "Last-Modified");
    head->modified_unix = date_of(head->last_modified);
    head->date_unix = date_of(field(wire->easy, "Date"));
    head_read_range(field(wire->easy, "Content-Range"), head);
}

static bool has_no_encoding(struct wire *wire)
{
    const char *encoding = wire->common->is_file ? NULL : field(wire->easy, "Content-Encoding");
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
    if (!wire->common->is_file && wire->head.status == 0)
        read_http_head(wire, response_code(wire));
    pace_take_head(&wire->pace, pace_now_ms());
    exchange->status = wire->head.status;
    if (head_is_redirect(&wire->head))
        return true;
    if (head_is_wanted(&wire->head) && !has_no_encoding(wire))
        return false;
    gather_begin(&wire->gather,
                 wire->head.status == STATUS_PARTIAL && wire->head.has_range ? wire->head.first : 0);
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
    wire->line_bytes += len;
    if (wire->line_bytes > LIMIT_HTTP_HEAD_BYTES) {
        end_with(wire, OUTCOME_FAILED, 0, "more than %d bytes of header and trailer", LIMIT_HTTP_HEAD_BYTES);
        return 0;
    }
    if (len > 2 || (*line != '\r' && *line != '\n') || wire->head_done)
        return len;
    int status = response_code(wire);
    if (status < STATUS_OK || (status == STATUS_PROXY_ASKS && wire->common->options.proxy_user))
        return len; /* the latter may lead to another request, which libcurl sends on its own */
    read_http_head(wire, status);
    return take_head(wire) ? len : 0;
}

static bool hand_on(void *owner, const void *bytes, size_t len)
{
    struct wire *wire = owner;
    struct exchange *exchange = wire->exchange;
    exchange->received += len;
    int64_t before = pace_now_ms();
    wire->stopped = !exchange->on_body(exchange, bytes, len);
    pace_forgive(&wire->pace, pace_now_ms() - before);
    return !wire->stopped;
}

/* The rate limit: what has come stays, its connection reads nothing more for a while. */
static void take_break(struct wire *wire, size_t len)
{
    int64_t now_us = pace_now_us(), wait_ms = throttle_take(wire->common->options.throttle, len, now_us);
    if (wait_ms == 0)
        return;
    if (wire->resume_ms == 0)
        curl_easy_pause(wire->easy, CURLPAUSE_RECV);
    wire->resume_ms = now_us / 1000 + wait_ms;
    wire->exchange->rests = true;
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *data)
{
    struct wire *wire = data;
    size_t len = size * count;
    bool more;
    if (!take_head(wire))
        return 0;
    pace_take_body(&wire->pace, len);
    take_break(wire, len);
    if (head_is_wanted(&wire->head)) {
        wire->exchange->came += len;
        *wire->common->came += len;
        more = gather_add(&wire->gather, bytes, len, pace_now_ms());
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
    wire->pace.stall_seconds = patience_seconds(wire->common->options.patience);
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

static bool asks_range(const struct exchange *exchange)
{
    return exchange->ranges || exchange->offset || exchange->end;
}

static void set_fields(struct wire *wire)
{
    const struct exchange *exchange = wire->exchange;
    add_field(wire, "If-None-Match", exchange->if_none_match);
    if (!exchange->if_none_match)
        add_field(wire, "If-Modified-Since", exchange->if_modified_since);
    if (asks_range(exchange))
        add_field(wire, "If-Range", exchange->if_range);
    add_field(wire, "Range", exchange->ranges);
    if (exchange->no_cache)
        add_field(wire, "Cache-Control", "no-cache");
    curl_easy_setopt(wire->easy, CURLOPT_HTTPHEADER, wire->fields);
}

static void set_proxy(CURL *easy, const struct pool_options *options, long proxy_auth)
{
    curl_easy_setopt(easy, CURLOPT_PROXY, options->proxy ? options->proxy : "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    if (!options->proxy_user)
        return;
    curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, options->proxy_user);
    curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, options->proxy_password ? options->proxy_password : "");
    curl_easy_setopt(easy, CURLOPT_PROXYAUTH, proxy_auth);
}

static int make_window_small(void *data, curl_socket_t fd, curlsocktype purpose)
{
    int bytes = PROBE_WINDOW_BYTES;
    (void)data, (void)purpose;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    return CURL_SOCKOPT_OK;
}

static void use_own_connection(CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, make_window_small);
}

static void set_options(struct wire *wire)
{
    const struct wire_common *common = wire->common;
    size_t receive = throttle_read_bytes(common->options.throttle, RECEIVE_BYTES);
    long stall = (long)patience_seconds(common->options.patience);
    CURL *easy = wire->easy;
    curl_easy_setopt(easy, CURLOPT_URL, wire->address);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, common->is_file ? "file" : "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    if (wire->exchange->probes)
        use_own_connection(easy);
    set_proxy(easy, &common->options, *common->proxy_auth);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, common->agent);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, wire->reason);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, stall);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, stall);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)receive);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (!common->is_file) {
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
    const struct exchange *exchange = wire->exchange;
    char range[48];
    if (exchange->ranges || !asks_range(exchange))
        return;
    int len = snprintf(range, sizeof range, "%" PRIu64 "-", exchange->offset);
    if (exchange->end)
        snprintf(range + len, sizeof range - (size_t)len, "%" PRIu64, exchange->end - 1);
    curl_easy_setopt(wire->easy, CURLOPT_RANGE, range);
}

/* --- file:// --- */

/* True if libcurl is to read the file; else the outcome stands. */
static bool prepare_file(struct wire *wire)
{
    struct exchange *exchange = wire->exchange;
    char *path AUTO_FREE = part_of(wire->address, CURLUPART_PATH, CURLU_URLDECODE);
    int errnum =
        path ? local_look(path, exchange->if_range, &exchange->offset, &exchange->end, &wire->local) : EINVAL;
    wire->head = wire->local.head;
    if (errnum)
        end_with(wire, OUTCOME_FAILED, 0, "%s%s", strerror(errnum),
                 errnum == EACCES ? ": the account that ringmgr runs as may not read it" : "");
    if (errnum == EACCES) { /* to be tried again when somebody has opened it */
        exchange->err.code = ERR_FAILED;
        exchange->err.domain = ERR_DOMAIN_ERRNO;
        exchange->err.sys = errnum;
    }
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

/* A proxy that wants Basic gets it unasked from now on: else each request would cost two. */
static void note_proxy_auth(const struct wire *wire)
{
    long offered = 0;
    curl_easy_getinfo(wire->easy, CURLINFO_PROXYAUTH_AVAIL, &offered);
    if (offered == CURLAUTH_BASIC)
        *wire->common->proxy_auth = CURLAUTH_BASIC;
}

static void note_retry_after(struct wire *wire)
{
    curl_off_t seconds = 0;
    curl_easy_getinfo(wire->easy, CURLINFO_RETRY_AFTER, &seconds);
    wire->exchange->retry_after_seconds = seconds <= 0 ? 0 : seconds > 3600 ? 3600 : (unsigned)seconds;
}

static void note_patience(const struct wire *wire, CURLcode code)
{
    if (wire->exchange->probes)
        return;
    if (code == CURLE_OPERATION_TIMEDOUT || wire->pace.why[0])
        patience_note_stall(wire->common->options.patience);
    else if (code == CURLE_OK && head_is_wanted(&wire->head))
        patience_note_answer(wire->common->options.patience);
}

/* With a proxy libcurl connects to nobody else: then it is the proxy that was not reached. */
static bool is_proxys_fault(const struct wire *wire, CURLcode code)
{
    const char *proxy = wire->common->options.proxy;
    return proxy && *proxy && (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_PROXY);
}

static void end_with_failure(struct wire *wire, CURLcode code)
{
    bool proxy = is_proxys_fault(wire, code);
    end_with(wire, is_worth_a_retry(code) ? OUTCOME_CUT : OUTCOME_FAILED, (int)code, "%s%s%s%s",
             proxy ? "the proxy " : "", proxy ? wire->common->options.proxy : "",
             proxy ? " is not reached: " : "", wire->reason[0] ? wire->reason : curl_easy_strerror(code));
}

/* Sets the outcome of what libcurl has done with. */
void wire_conclude(struct wire *wire, CURLcode code)
{
    bool answered = code == CURLE_OK || (wire->head_done && !head_is_wanted(&wire->head));
    if (!wire->ended)
        wire->exchange->outcome = OUTCOME_ANSWERED;
    if (!wire->ended && !wire->stopped && (!answered || take_head(wire)))
        gather_end(&wire->gather);
    note_retry_after(wire);
    note_proxy_auth(wire);
    note_patience(wire, code);
    if (wire->ended)
        return;
    if (wire->stopped)
        wire->exchange->outcome = OUTCOME_STOPPED;
    else if (answered)
        check_length(wire);
    else if (wire->pace.why[0])
        end_with(wire, OUTCOME_CUT, CURLE_OPERATION_TIMEDOUT, "%s", wire->pace.why);
    else
        end_with_failure(wire, code);
}

static bool has_same_part(const char *to, const char *base, CURLUPart part)
{
    char *theirs AUTO_FREE = part_of(to, part, CURLU_DEFAULT_PORT);
    char *ours AUTO_FREE = part_of(base, part, CURLU_DEFAULT_PORT);
    return theirs && ours && strcasecmp(theirs, ours) == 0;
}

/* Its server, not whatever else listens on that machine; or that machine's own https. */
static bool is_configured_host(const struct wire_common *common, const char *to)
{
    static const char https[] = "https://x/";
    for (const char *const *base = common->options.bases; *base; base++)
        if (has_same_part(to, *base, CURLUPART_HOST) &&
            (has_same_part(to, *base, CURLUPART_PORT) ||
             (has_same_part(to, https, CURLUPART_SCHEME) && has_same_part(to, https, CURLUPART_PORT))))
            return true;
    return false;
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
    else if (!is_allowed_scheme(wire->address, to) || !is_configured_host(wire->common, to))
        end_with(wire, OUTCOME_FAILED, 0, "redirected to %.200s, which is not the origin's host", to);
    else if (++wire->redirects > LIMIT_HTTP_REDIRECTS)
        end_with(wire, OUTCOME_FAILED, 0, "more than %d redirects", LIMIT_HTTP_REDIRECTS);
    else
        return mem_strdup(to);
    return NULL;
}

void wire_count_request(struct wire *wire)
{
    wire->exchange->requests++;
    wire->reason[0] = 0;
    wire->resume_ms = 0;
}

bool wire_follow(struct wire *wire)
{
    bool wanted = wire->exchange->outcome == OUTCOME_ANSWERED && head_is_redirect(&wire->head);
    char *to = wanted ? redirect_target(wire) : NULL;
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
    return true;
}

/* --- from the outside --- */

struct wire *wire_new(const struct wire_common *common, struct exchange *exchange)
{
    struct wire *wire = mem_new(1, sizeof *wire);
    wire->common = common;
    wire->exchange = exchange;
    wire->address = address_join(common->options.bases[exchange->mirror], exchange->path);
    wire->pace =
        pace_begin(patience_seconds(common->options.patience), exchange->total_seconds, pace_now_ms());
    wire->gather = (struct gather){.block_bytes = BLOCK_BYTES, .hand_on = hand_on, .owner = wire};
    wire->easy = curl_easy_init();
    if (!wire->easy)
        abort(); /* libcurl has no memory; see mem.h */
    return wire;
}

bool wire_prepare(struct wire *wire)
{
    if (!address_stays_below(wire->exchange->path)) {
        end_with(wire, OUTCOME_FAILED, 0, "the path leaves the origin");
        return false;
    }
    if (wire->common->is_file && !prepare_file(wire)) {
        wire->exchange->requests = 1;
        wire_conclude(wire, CURLE_OK);
        return false;
    }
    set_options(wire);
    set_fields(wire);
    ask_range(wire);
    return true;
}

void wire_resume(struct wire *wire, int64_t now_ms)
{
    if (wire->resume_ms == 0)
        return;
    pace_excuse(&wire->pace, now_ms);
    if (wire->resume_ms > now_ms)
        return;
    wire->resume_ms = 0;
    wire->exchange->rests = false;
    curl_easy_pause(wire->easy, CURLPAUSE_CONT);
}

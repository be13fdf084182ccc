/*
 * Small files over HTTP, HTTPS or file://, one at a time, conditionally: the metadata of an origin. Bulk goes
 * through transfer.h. Both share one session: its proxy, its connections, its time-outs.
 */
#ifndef RINGMGR_FETCH_HTTP_H
#define RINGMGR_FETCH_HTTP_H

#include "ringmgr/base/buf.h"
#include "ringmgr/base/log.h"

/* Loads libcurl (base/library.h): for sessions, transfers and mail. */
bool http_load(struct err *err) MUST_CHECK;

struct http;

struct http_options {
    const char *base; /* http://host/pr, https://…, file:///folder; no user, no query */
    /* Further bases that hold the same files below them, of the same scheme, ended by NULL; NULL: none. For
     * bulk; http_get() asks them only where `base` does not answer. */
    const char *const *mirrors;
    const char *proxy;          /* "" or NULL: none, and none from the environment */
    const char *proxy_user;     /* NULL: the proxy asks for none */
    const char *proxy_password; /* NULL or the user's; never in a message */
    uint64_t rate_limit; /* bytes of bodies a second, all connections of the session together; 0: none */
    /* When bulk must be over (end of the window): transfers that are not done then end as TRANSFER_STOPPED.
     * Unix seconds of base/clock; 0: never. Small files are not concerned. */
    int64_t stop_unix;
    unsigned connections; /* at most so many open, over all files; 0: the default of 4 */
    unsigned attempts;    /* of each request that fails in a way worth a retry; 0: the default of 5 */
    unsigned retry_ms;    /* first back-off, doubled each time, with jitter; 0: the default of 500 */
    /*
     * An origin that is slower than any honest line is given up, and asked again like one that is silent: a
     * connection that is not there after so long, silence for so long, a head that is not whole after twice
     * that time, a body that brings less than 1 KiB a second on the average of so long. 0: the default of 30.
     */
    unsigned stall_seconds;
    unsigned get_seconds; /* one attempt of http_get() ends after so long, however fast; 0: 120 */
    const struct log *log;
};

/*
 * Opens a session; the options' texts are copied, `log` must outlive it. ERR_USAGE if `base` cannot be
 * fetched from. The caller frees it with http_free(). One thread uses a session at a time.
 */
bool http_new(const struct http_options *options, struct http **http, struct err *err) MUST_CHECK;
void http_free(struct http *http);
/* For AUTO. */
void http_auto_free(struct http **http);

/* What the server said last time; both may be NULL. */
struct http_validators {
    char *etag;
    char *last_modified;
};

enum http_result { HTTP_FETCHED, HTTP_NOT_MODIFIED, HTTP_ABSENT };

struct http_answer {
    enum http_result result;
    bool by_mirror;                    /* `base` gave none: it may be older than what that had last time */
    struct http_validators validators; /* of the body, with HTTP_FETCHED; owned */
    struct buf body;
};

/*
 * GET of base + "/" + path (percent-encoded where needed), with If-None-Match or If-Modified-Since where
 * `have` gives them (the ETag if both; never for file://). 200 → HTTP_FETCHED, 304 → HTTP_NOT_MODIFIED, 404
 * and 410 → HTTP_ABSENT. Retries what is worth it (connection failures, time-outs, slowness beyond
 * what the options allow, short bodies, 408, 429, 5xx; Retry-After up to a minute is obeyed), each time after
 * asking the mirrors: what one of them gives is taken, without validators, for those would be said of `base`
 * the next time; that a mirror lacks it means nothing. A mirror may be older: the caller judges. ERR_UPSTREAM
 * with the address otherwise, also beyond `limit` bytes of body or LIMIT_HTTP_HEAD_BYTES of header and
 * trailer lines, for an encoded body and for a path with an empty, "." or ".." part. Redirects stay on the
 * hosts of the base and its mirrors, LIMIT_HTTP_REDIRECTS of them, and never lead from https to http. After
 * an error `answer` is empty; else http_answer_clear() frees it.
 */
bool http_get(struct http *http, const char *path, const struct http_validators *have, uint64_t limit,
              struct http_answer *answer, struct err *err) MUST_CHECK;
void http_answer_clear(struct http_answer *answer);

/* How large a file is. */
struct http_size {
    bool absent;    /* 404 or 410 */
    bool known;     /* the origin says it */
    uint64_t bytes; /* with `known` */
};

/*
 * Asks for the size of base + "/" + path without its body: by a request for its first byte. An origin that
 * answers with the whole file is cut off behind the header. Retries and errors as http_get() has them.
 */
bool http_size(struct http *http, const char *path, struct http_size *size, struct err *err) MUST_CHECK;

/* Requests sent and body bytes received in this session so far. */
void http_counters(const struct http *http, uint64_t *requests, uint64_t *bytes);

#endif

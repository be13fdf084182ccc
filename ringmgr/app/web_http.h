/*
 * HTTP of the service's own: connections, requests and answers, by libmicrohttpd, which has no thread and
 * reads and writes when the service's loop lets it. One request a connection. What is not answered at once
 * stays until web_http_answer(). Nobody keeps others out: so many connections at a time, of which the
 * account that has most gives one up for each that comes; and each request, and each answer, has a time in
 * which it must be through.
 */
#ifndef RINGMGR_APP_WEB_HTTP_H
#define RINGMGR_APP_WEB_HTTP_H

#include "ringmgr/app/serve_loop.h"
#include "ringmgr/app/web_text.h"

#include <sys/types.h>

/* Loads libmicrohttpd (base/library.h). */
bool web_http_load(struct err *err) MUST_CHECK;

struct web_http;

/* Who is at the other end: of a socket in the file system the peer's uid; -1: of an address, anybody. */
struct web_request {
    const char *method;
    const char *target; /* path and query as they came: nothing is decoded */
    int64_t uid;
    int fd; /* the connection; for SO_PEERCRED, never to be read or written */
    struct buf body;
    struct web_request *next; /* of a list that whoever answers it keeps */
};

/* An answer. */
struct web_answer {
    unsigned status;        /* of HTTP */
    const char *type;       /* Content-Type; NULL: no body */
    struct web_text *text;  /* the body; a share of it is taken */
    const char *etag;       /* with its quotes; NULL: none, and nothing of it may be stored */
    const char *allow;      /* of 405; else NULL */
    unsigned retry_seconds; /* Retry-After; 0: none */
};

/*
 * The head is there: web_http_answer() may refuse it before its body is read. Then the body is there, at
 * most LIMIT_WEB_BODY_BYTES of it, and it must be answered, now or later.
 */
typedef void web_http_take(void *context, struct web_request *request);

/* Borrowed for as long as it is open. */
struct web_http_options {
    struct serve_loop *loop;
    web_http_take *look; /* a head */
    web_http_take *take; /* the whole request, unless it was answered before */
    void *context;
};

/* NULL and `err` if the library cannot be loaded or does not start. web_http_free() ends it. */
struct web_http *web_http_new(const struct web_http_options *options, struct err *err) MUST_CHECK;
/* What was not answered ends without an answer. */
void web_http_free(struct web_http *http);

/* From now on who connects to this listening socket is let in. It belongs to `http` now. */
void web_http_listen(struct web_http *http, int listener);
/* Nobody is let in any more. */
void web_http_stop(struct web_http *http);

/* Answers a request, once: it is not the caller's any more. */
void web_http_answer(struct web_request *request, const struct web_answer *answer);

/* The same with a sentence, which web_text_error() wraps. */
void web_http_refuse(struct web_request *request, unsigned status, enum err_code code, const char *error);

/* The value of a header as it came, and how often it was there; NULL if not. The library cuts it at a NUL. */
const char *web_http_header(const struct web_request *request, const char *name, unsigned *times);

/* Reads, writes and ends what is due; to be called in each turn of the loop. */
void web_http_turn(struct web_http *http);
/* When that is due next, in serve_loop_now_ms(); -1: nothing waits. */
int64_t web_http_due_ms(const struct web_http *http);

#endif

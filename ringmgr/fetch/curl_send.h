/*
 * Sending: one POST to a webhook, one mail to an SMTP server, over libcurl. What goes out may hold secrets
 * (an address, a password); no sentence that comes back holds them, whatever the server answers.
 */
#ifndef RINGMGR_FETCH_CURL_SEND_H
#define RINGMGR_FETCH_CURL_SEND_H

#include "ringmgr/base/err.h"

#include <stddef.h>

enum send_outcome {
    SEND_DELIVERED, /* the server has taken it: 2xx */
    SEND_LATER,     /* it has not, and may another time */
    SEND_REFUSED, /* it has not, and asking again as it is will not help: HTTP 3xx, 4xx but 408, 425 and 429;
                     SMTP 5xx, no login, no TLS */
};

/* What both have. */
struct send_options {
    const char *ca;    /* PEM bundle instead of the system's; NULL or "" */
    const char *proxy; /* NULL or "": none, whatever the environment says */
    unsigned seconds;  /* for everything */
};

struct send_post {
    const char *url;
    const char *body; /* JSON */
    size_t len;
};

struct send_mail {
    const char *server;    /* smtp:// or smtps://, host[:port] */
    const char *from;      /* address */
    const char *const *to; /* addresses; ends with NULL */
    const char *message;   /* headers and body (RFC 5322), lines with CR LF */
    size_t len;
    bool plain;                  /* smtp:// without STARTTLS; else that is required */
    const char *user, *password; /* NULL: nobody logs in */
};

/* What the server said. */
struct send_answer {
    enum send_outcome outcome;
    int status;     /* of HTTP or SMTP; 0: none came */
    char text[512]; /* one sentence: "200", "HTTP status 404: no such hook", "the certificate …" */
};

/*
 * Sends it. No redirect is followed, of an answer a few KiB are read, and everything ends after `seconds`.
 * Returns whether it was delivered; *answer is filled in any case.
 */
bool send_post(const struct send_options *options, const struct send_post *post, struct send_answer *answer);
bool send_mail(const struct send_options *options, const struct send_mail *mail, struct send_answer *answer);

#endif

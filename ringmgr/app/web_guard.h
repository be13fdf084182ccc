/*
 * Which requests of the page are heard at all. Pure. A page of somebody else must not act here with the
 * login of whoever looks at it (cross-site request forgery), nor read what is here by giving this machine's
 * address to its own name (DNS rebinding).
 */
#ifndef RINGMGR_APP_WEB_GUARD_H
#define RINGMGR_APP_WEB_GUARD_H

#include "ringmgr/base/buf.h"

/* Headers of a request: the value, or NULL; what came more than once counts as `doubled`. */
struct web_head {
    bool local;               /* over the socket in the file system */
    bool doubled;             /* one of these, or the proxy's, was there twice */
    bool framed_twice;        /* Content-Length and Transfer-Encoding: RFC 9112, section 6.1 */
    const char *host;         /* RFC 9110, section 7.2 */
    const char *origin;       /* fetch.spec.whatwg.org, "Origin" */
    const char *fetch_site;   /* w3c.github.io/webappsec-fetch-metadata, "Sec-Fetch-Site" */
    const char *content_type; /* of the body */
    const char *marker;       /* X-Ringmgr: no other site's page can send it without being asked first */
    const char *named;        /* the proxy's header; heard of nobody else */
};

/* Why a request is not answered. */
struct web_refusal {
    unsigned status; /* of HTTP */
    enum err_code code;
    char text[200];
};

/* Fills `refusal`; returns false. */
bool web_refuse(struct web_refusal *refusal, unsigned status, enum err_code code, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Whether it can be read in one way only, and is for this host: its own names, or those of `hosts`. Over the
 * socket any, where `hosts` is empty. */
bool web_guard_host(const struct web_head *head, const struct strv *hosts,
                    struct web_refusal *refusal) MUST_CHECK;
/* Whether it may act: over the socket, of this page's own doing. */
bool web_guard_act(const struct web_head *head, struct web_refusal *refusal) MUST_CHECK;

#endif

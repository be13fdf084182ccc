#include "ringmgr/app/web_guard.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    NAME_BYTES = 255, /* of an account: what people.h keeps of it */
    SHOWN_BYTES = 100 /* of a host's name */
};

bool web_refuse(struct web_refusal *refusal, unsigned status, enum err_code code, const char *format, ...)
{
    va_list args;
    refusal->status = status;
    refusal->code = code;
    va_start(args, format);
    vsnprintf(refusal->text, sizeof refusal->text, format, args);
    va_end(args);
    return false;
}

/* ---- for whom it is ---- */

/* The length of the name in "name:port" or "[address]:port"; 0 if it is neither. */
static size_t name_len(const char *host)
{
    size_t len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    if (len > strlen(host))
        return 0;
    const char *port = host + len;
    return !*port || (*port == ':' && port[1 + strspn(port + 1, "0123456789")] == 0) ? len : 0;
}

static bool is_name(const char *host, size_t len, const char *name)
{
    return strlen(name) == len && strncasecmp(host, name, len) == 0;
}

/* 127.1.2.3: an address, which no name server can say of a name. */
static bool is_loopback(const char *host, size_t len)
{
    return len > 4 && strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == len;
}

/* What is no name of a host is not repeated. */
static bool refuse_name(const char *host, size_t len, struct web_refusal *refusal)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    if (len == 0 || len > SHOWN_BYTES || strspn(host, allowed) < len)
        return web_refuse(refusal, 421, ERR_USAGE, "not served under that name: [web] host names others");
    return web_refuse(refusal, 421, ERR_USAGE, "not served under the name %.*s: add it to [web] host",
                      (int)len, host);
}

bool web_guard_host(const struct web_head *head, const struct strv *hosts, struct web_refusal *refusal)
{
    size_t len = head->host ? name_len(head->host) : 0;
    if (head->doubled)
        return web_refuse(refusal, 400, ERR_USAGE, "a header came twice");
    if (head->framed_twice)
        return web_refuse(refusal, 400, ERR_USAGE, "the length of the body is told in two ways");
    if (head->named && strlen(head->named) > NAME_BYTES)
        return web_refuse(refusal, 400, ERR_USAGE, "no account has so long a name");
    if (head->local && hosts->len == 0)
        return true;
    if (len && (is_name(head->host, len, "localhost") || is_name(head->host, len, "[::1]") ||
                is_loopback(head->host, len)))
        return true;
    for (size_t i = 0; len && i < hosts->len; i++)
        if (is_name(head->host, len, hosts->item[i]))
            return true;
    return refuse_name(head->host, len, refusal);
}

/* ---- who acts ---- */

static bool is_json(const char *type)
{
    static const char json[] = "application/json";
    size_t len = type ? strcspn(type, "; \t") : 0;
    return len == sizeof json - 1 && strncasecmp(type, json, len) == 0;
}

/* "https://name:port" of the very Host that was asked. */
static bool is_own(const char *origin, const char *host)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; host && i < sizeof schemes / sizeof *schemes; i++)
        if (strncasecmp(origin, schemes[i], strlen(schemes[i])) == 0)
            return strcasecmp(origin + strlen(schemes[i]), host) == 0;
    return false;
}

bool web_guard_act(const struct web_head *head, struct web_refusal *refusal)
{
    if (!head->local)
        return web_refuse(refusal, 403, ERR_REFUSED,
                          "over TCP the page is for reading only: act over its UNIX socket, or use ringmgr");
    if (head->fetch_site && strcasecmp(head->fetch_site, "same-origin") != 0)
        return web_refuse(refusal, 403, ERR_REFUSED, "another site's page asks for this");
    if (head->origin && !is_own(head->origin, head->host))
        return web_refuse(refusal, 403, ERR_REFUSED, "another site's page asks for this");
    if (!head->marker || strcmp(head->marker, "1") != 0)
        return web_refuse(refusal, 403, ERR_REFUSED, "the header X-Ringmgr: 1 is missing");
    return is_json(head->content_type) ||
           web_refuse(refusal, 415, ERR_USAGE, "Content-Type is not application/json");
}

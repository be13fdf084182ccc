/* Private to fetch: what stands before a body. */
#ifndef RINGMGR_FETCH_HEAD_H
#define RINGMGR_FETCH_HEAD_H

#include "ringmgr/base/err.h"
#include <stdint.h>

#define LENGTH_UNKNOWN UINT64_MAX

enum {
    STATUS_OK = 200,
    STATUS_PARTIAL = 206,
    STATUS_NOT_MODIFIED = 304,
    STATUS_BAD_REQUEST = 400,
    STATUS_MISSING = 404,
    STATUS_PROXY_ASKS = 407,
    STATUS_TIMEOUT = 408,
    STATUS_GONE = 410,
    STATUS_NOT_SATISFIABLE = 416,
    STATUS_TOO_MANY = 429,
};

/* A final answer's status and fields; the texts live during the call that brings it. */
struct head {
    int status;      /* of HTTP; file:// speaks in 200, 206, 404 and 416, too */
    uint64_t length; /* of this body, or LENGTH_UNKNOWN */
    bool has_range;  /* Content-Range was there and well formed: */
    uint64_t first;  /* its first byte, LENGTH_UNKNOWN for "bytes * / total" */
    uint64_t last;
    uint64_t total; /* LENGTH_UNKNOWN for "bytes a-b / *" */
    const char *content_type;
    const char *etag;
    const char *last_modified;
    int64_t modified_unix; /* of last_modified and of the answer; -1 if there is none */
    int64_t date_unix;
};

/* 200 or 206: the body is what was asked for. */
bool head_is_wanted(const struct head *head);

/* It leads elsewhere, if it has a Location. */
bool head_is_redirect(const struct head *head);

/* A decimal number and nothing more, else LENGTH_UNKNOWN. */
uint64_t head_read_number(const char *text);

/* Fills the range from a Content-Range field (RFC 9110, 14.4), NULL if there is none. */
void head_read_range(const char *text, struct head *head);

/*
 * The field that may stand in If-Range for this body: a strong ETag, else a date that is at least a second
 * older than the answer (RFC 9110, 13.1.5 and 8.8.2.2); NULL if there is neither.
 */
const char *head_validator(const struct head *head);

#endif

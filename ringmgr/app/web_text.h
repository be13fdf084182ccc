/* A text that several answers share, until the last of them is written. */
#ifndef RINGMGR_APP_WEB_TEXT_H
#define RINGMGR_APP_WEB_TEXT_H

#include "ringmgr/base/buf.h"

/* A validator of HTTP (RFC 9110, section 8.8.3) with its quotes: W/"32 hex digits" */
#define WEB_ETAG_SIZE 40

struct web_text {
    unsigned shares;
    struct buf bytes;
};

/* A new text with one share; what `bytes` held is its own now. */
struct web_text *web_text_new(struct buf *bytes);
/* One share more; returns `text`. */
struct web_text *web_text_share(struct web_text *text);
/* One share less: the last one frees it. NULL is fine. */
void web_text_drop(struct web_text *text);

/* {"schema":1,"code":…,"error":…}: what is answered where no command says anything. */
struct web_text *web_text_error(enum err_code code, const char *error);

/* The validator of bytes: the same for two documents that differ in their key "now" only. */
void web_text_etag(const void *bytes, size_t len, char etag[WEB_ETAG_SIZE]);
/* Whether an If-None-Match (RFC 9110, section 13.1.2) names it; `wanted` may be NULL. */
bool web_text_matches(const char *wanted, const char *etag);

#endif

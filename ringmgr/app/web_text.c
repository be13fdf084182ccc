#include "ringmgr/app/web_text.h"
#include "ringmgr/base/digest.h"
#include "ringmgr/base/json.h"
#include "ringmgr/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct web_text *web_text_new(struct buf *bytes)
{
    struct web_text *text = mem_new(1, sizeof *text);
    text->shares = 1;
    text->bytes = *bytes;
    *bytes = (struct buf){0};
    return text;
}

struct web_text *web_text_share(struct web_text *text)
{
    text->shares++;
    return text;
}

void web_text_drop(struct web_text *text)
{
    if (!text || --text->shares > 0)
        return;
    buf_clear(&text->bytes);
    free(text);
}

struct web_text *web_text_error(enum err_code code, const char *error)
{
    AUTO_BUF bytes = {0};
    AUTO(jv_auto_free)
    struct jv *object = jv_object();
    jv_set_int(object, "schema", 1);
    jv_set_int(object, "code", code);
    jv_set_text(object, "error", error);
    jv_write(object, &bytes);
    return web_text_new(&bytes);
}

/* The envelope has it among its first keys (output.h). */
static size_t find_now(const char *text, size_t len, size_t *now_len)
{
    enum { ENVELOPE_BYTES = 512 };
    static const char key[] = "\"now\":";
    const char *at = memmem(text, len < ENVELOPE_BYTES ? len : ENVELOPE_BYTES, key, sizeof key - 1);
    const char *end = at ? memchr(at, '\n', len - (size_t)(at - text)) : NULL;
    *now_len = end ? (size_t)(end - at) : 0;
    return end ? (size_t)(at - text) : len;
}

void web_text_etag(const void *bytes, size_t len, char etag[WEB_ETAG_SIZE])
{
    char hex[DIGEST_TEXT_SIZE];
    size_t now_len, now = find_now(bytes, len, &now_len);
    struct digest_stream *stream = digest_stream_new();
    digest_stream_add(stream, bytes, now);
    digest_stream_add(stream, (const char *)bytes + now + now_len, len - now - now_len);
    struct digest digest = digest_stream_end(stream);
    digest_stream_free(stream);
    digest_format(&digest, hex);
    snprintf(etag, WEB_ETAG_SIZE, "W/\"%.32s\"", hex);
}

bool web_text_matches(const char *wanted, const char *etag)
{
    const char *opaque = strchr(etag, '"'); /* weak and strong are the same here */
    return wanted && (strcmp(wanted, "*") == 0 || (opaque && strstr(wanted, opaque)));
}

/*
 * A Content-Type up to the first line feed, then any bytes as its body. However the body is split, the same
 * must come out, and never more bytes of a part than it announced.
 */
#include "fuzz.h"

#include "ringmgr/fetch/multipart.h"

enum { PARTS = 8 };

struct heard {
    uint64_t left; /* of the part */
    uint64_t bytes;
    uint64_t sum; /* of all that came */
    size_t parts;
};

static bool hear_part(void *owner, uint64_t first, uint64_t last, uint64_t total)
{
    struct heard *heard = owner;
    if (heard->left || last < first || (total != LENGTH_UNKNOWN && last >= total) || ++heard->parts > PARTS)
        abort();
    heard->left = last - first + 1;
    heard->sum = heard->sum * 31 + first;
    return true;
}

static bool hear_data(void *owner, const void *bytes, size_t len)
{
    struct heard *heard = owner;
    if (len == 0 || len > heard->left)
        abort();
    heard->left -= len;
    heard->bytes += len;
    for (size_t i = 0; i < len; i++)
        heard->sum = heard->sum * 31 + ((const uint8_t *)bytes)[i];
    return true;
}

static enum multipart_result read_all(const char *type, const uint8_t *body, size_t len, size_t step,
                                      struct heard *heard)
{
    struct multipart multipart;
    const struct multipart_events events = {hear_part, hear_data, heard};
    enum multipart_result result = MULTIPART_MORE;
    if (!multipart_begin(&multipart, type, PARTS, &events))
        return MULTIPART_STOPPED;
    for (size_t at = 0; at < len && result == MULTIPART_MORE; at += step)
        result = multipart_feed(&multipart, body + at, len - at < step ? len - at : step);
    if (result == MULTIPART_BAD && !multipart.problem)
        abort();
    if (multipart_is_over(&multipart) && heard->left)
        abort();
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    struct heard whole = {0}, split = {0};
    if (!end)
        return 0;
    char *type AUTO_FREE = mem_strndup((const char *)data, (size_t)(end - data));
    size_t len = size - (size_t)(end + 1 - data);
    enum multipart_result a = read_all(type, end + 1, len, len, &whole);
    enum multipart_result b = read_all(type, end + 1, len, 3, &split);
    if (a != b || whole.sum != split.sum || whole.bytes != split.bytes || whole.parts != split.parts)
        abort();
    return 0;
}

#include "ringmgr/fetch/head.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool head_is_wanted(const struct head *head)
{
    return head->status == STATUS_OK || head->status == STATUS_PARTIAL;
}

bool head_is_redirect(const struct head *head)
{
    int status = head->status;
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* A decimal number, but for the one that means that there is none, and what follows it. */
static bool read_number(const char **text, uint64_t *number)
{
    char *end;
    if (**text < '0' || **text > '9')
        return false;
    errno = 0;
    *number = strtoull(*text, &end, 10);
    *text = end;
    return errno == 0 && *number != LENGTH_UNKNOWN;
}

uint64_t head_read_number(const char *text)
{
    uint64_t number;
    return read_number(&text, &number) && *text == 0 ? number : LENGTH_UNKNOWN;
}

void head_read_range(const char *text, struct head *head)
{
    head->first = head->last = head->total = LENGTH_UNKNOWN;
    if (!text || strncasecmp(text, "bytes ", 6) != 0)
        return;
    text += 6 + strspn(text + 6, " ");
    if (*text == '*')
        text++;
    else if (!read_number(&text, &head->first) || *text++ != '-' || !read_number(&text, &head->last))
        return;
    if (*text++ != '/')
        return;
    if (strcmp(text, "*") == 0)
        text++;
    else if (!read_number(&text, &head->total))
        return;
    bool ordered = head->first <= head->last && (head->total == LENGTH_UNKNOWN || head->last < head->total);
    head->has_range = *text == 0 && (head->first == LENGTH_UNKNOWN || ordered);
}

static bool is_strong(const char *etag)
{
    size_t len = strlen(etag);
    if (len < 2 || etag[0] != '"' || etag[len - 1] != '"')
        return false;
    for (size_t i = 1; i + 1 < len; i++)
        if ((unsigned char)etag[i] <= ' ' || etag[i] == '"' || etag[i] == 0x7f)
            return false;
    return true;
}

const char *head_validator(const struct head *head)
{
    if (head->etag && is_strong(head->etag))
        return head->etag;
    if (!head->last_modified || head->modified_unix < 0 || head->date_unix <= head->modified_unix)
        return NULL;
    return head->last_modified;
}

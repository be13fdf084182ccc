/*
 * What an answer of HTTP says of its body: lines with Content-Range, Content-Length, ETag, Last-Modified, and
 * two numbers for its dates. A range that is taken is in order, and is read again as it is written; what
 * may stand in If-Range is strong.
 */
#include "fuzz.h"

#include "ringmgr/fetch/head.h"

#include <inttypes.h>
#include <stdio.h>

static void write_range(const struct head *head, char *text, size_t room)
{
    int len = head->first == LENGTH_UNKNOWN
                  ? snprintf(text, room, "bytes */")
                  : snprintf(text, room, "bytes %" PRIu64 "-%" PRIu64 "/", head->first, head->last);
    if (head->total == LENGTH_UNKNOWN)
        snprintf(text + len, room - (size_t)len, "*");
    else
        snprintf(text + len, room - (size_t)len, "%" PRIu64, head->total);
}

static void check_range(const struct head *head)
{
    struct head again = {0};
    char text[80];
    if (!head->has_range)
        return;
    must((head->first == LENGTH_UNKNOWN) == (head->last == LENGTH_UNKNOWN));
    must(head->first == LENGTH_UNKNOWN || head->first <= head->last);
    must(head->first == LENGTH_UNKNOWN || head->total == LENGTH_UNKNOWN || head->last < head->total);
    write_range(head, text, sizeof text);
    head_read_range(text, &again);
    must(again.has_range && again.first == head->first && again.last == head->last &&
         again.total == head->total);
}

static void check_number(const char *text)
{
    char again[24];
    uint64_t number = head_read_number(text);
    if (number == LENGTH_UNKNOWN)
        return;
    snprintf(again, sizeof again, "%" PRIu64, number);
    while (*text == '0' && text[1])
        text++;
    must(strcmp(again, text) == 0);
}

static void check_validator(const struct head *head)
{
    const char *validator = head_validator(head);
    if (!validator)
        return;
    must(validator == head->etag || validator == head->last_modified);
    if (validator == head->etag)
        must(validator[0] == '"' && strlen(validator) >= 2 && strchr(validator + 1, '"')[1] == 0);
    else
        must(head->modified_unix >= 0 && head->date_unix > head->modified_unix);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct head head = {0};
    char *range AUTO_FREE = take_line(&data, &size), *length AUTO_FREE = take_line(&data, &size);
    char *etag AUTO_FREE = take_line(&data, &size), *modified AUTO_FREE = take_line(&data, &size);
    char *modified_unix AUTO_FREE = take_line(&data, &size), *date_unix AUTO_FREE = take_line(&data, &size);
    head_read_range(range, &head);
    check_range(&head);
    check_number(length);
    head.etag = *etag ? etag : NULL;
    head.last_modified = *modified ? modified : NULL;
    head.modified_unix = strtoll(modified_unix, NULL, 10);
    head.date_unix = strtoll(date_unix, NULL, 10);
    check_validator(&head);
    return 0;
}

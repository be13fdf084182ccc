#include "ringmgr/base/buf.h"
#include "ringmgr/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_reserve(struct buf *buf, size_t more)
{
    size_t need = buf->len + more + 1;
    if (need <= buf->cap)
        return;
    buf->cap = need > buf->cap * 2 ? need : buf->cap * 2;
    buf->data = mem_resize(buf->data, buf->cap, 1);
    buf->data[buf->len] = 0;
}

void buf_append(struct buf *buf, const void *bytes, size_t len)
{
    buf_reserve(buf, len);
    if (len)
        memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = 0;
}

void buf_puts(struct buf *buf, const char *text)
{
    buf_append(buf, text, strlen(text));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len > 0) {
        buf_reserve(buf, (size_t)len);
        vsnprintf((char *)buf->data + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

const char *buf_text(const struct buf *buf)
{
    return buf->data ? (const char *)buf->data : "";
}

void buf_clear(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){0};
}

void buf_wipe(struct buf *buf)
{
    if (buf->data)
        explicit_bzero(buf->data, buf->cap);
    buf_clear(buf);
}

static void add_owned(struct strv *list, char *text)
{
    list->item = mem_grow(list->item, list->len, sizeof *list->item);
    list->item[list->len++] = text;
}

void strv_add(struct strv *list, const char *text)
{
    add_owned(list, mem_strdup(text));
}

void strv_addf(struct strv *list, const char *format, ...)
{
    AUTO_BUF text = {0};
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    buf_reserve(&text, len > 0 ? (size_t)len : 0);
    vsnprintf((char *)text.data, text.cap, format, again);
    va_end(again);
    strv_add(list, (const char *)text.data);
}

bool strv_has(const struct strv *list, const char *text)
{
    for (size_t i = 0; i < list->len; i++)
        if (strcmp(list->item[i], text) == 0)
            return true;
    return false;
}

void strv_split(struct strv *list, const char *text)
{
    static const char separators[] = ", \t\r\n";
    for (text += strspn(text, separators); *text; text += strspn(text, separators)) {
        size_t len = strcspn(text, separators);
        add_owned(list, mem_strndup(text, len));
        text += len;
    }
}

void strv_split_names(struct strv *list, const char *text)
{
    static const char blanks[] = " \t\r\n";
    for (;; text++) {
        size_t len = strcspn(text, ",");
        const char *end = text + len;
        const char *name = text + strspn(text, blanks);
        while (end > name && strchr(blanks, end[-1]))
            end--;
        if (end > name)
            add_owned(list, mem_strndup(name, (size_t)(end - name)));
        text += len;
        if (!*text)
            return;
    }
}

char *strv_join(const struct strv *list, const char *separator)
{
    struct buf joined = {0};
    buf_puts(&joined, "");
    for (size_t i = 0; i < list->len; i++) {
        if (i)
            buf_puts(&joined, separator);
        buf_puts(&joined, list->item[i]);
    }
    return (char *)joined.data;
}

void strv_copy(struct strv *to, const struct strv *from)
{
    for (size_t i = 0; i < from->len; i++)
        strv_add(to, from->item[i]);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *list)
{
    if (list->len)
        qsort(list->item, list->len, sizeof *list->item, by_text);
}

void strv_clear(struct strv *list)
{
    for (size_t i = 0; i < list->len; i++)
        free(list->item[i]);
    free(list->item);
    *list = (struct strv){0};
}

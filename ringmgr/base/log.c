#include "ringmgr/base/log.h"
#include "ringmgr/base/utf8.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool log_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    char mine[64];
    struct stat st;
    if (!stream || fstat(STDERR_FILENO, &st) != 0)
        return false;
    snprintf(mine, sizeof mine, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    return strcmp(mine, stream) == 0;
}

const char *log_prefix(const struct log *log, enum log_priority priority)
{
    if (!log->journal)
        return "";
    return priority == LOG_PRIORITY_ERR ? "<3>" : priority == LOG_PRIORITY_WARNING ? "<4>" : "<6>";
}

const char *log_quote(const char *text, char *quoted, size_t size)
{
    size_t at = 0;
    quoted[at++] = '"';
    for (; *text && at + 3 < size; text++) {
        if (*text == '"' || *text == '\\')
            quoted[at++] = '\\';
        quoted[at++] = (unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text;
    }
    quoted[at++] = '"';
    quoted[at] = 0;
    return quoted;
}

static void PRINTF_LIKE(2, 0) line(const char *before, const char *format, va_list args, const char *after)
{
    char text[2048];
    vsnprintf(text, sizeof text, format, args);
    utf8_disarm(text);
    fprintf(stderr, "%s%s%s", before, text, after);
}

void log_warn(const struct log *log, const char *format, ...)
{
    va_list args;
    if (log->level < LOG_NORMAL)
        return;
    va_start(args, format);
    line(log->journal ? "<4>ringmgr: warning: " : "ringmgr: warning: ", format, args, "\n");
    va_end(args);
}

void log_event(const struct log *log, enum log_priority priority, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    line(log_prefix(log, priority), format, args, "\n");
    va_end(args);
}

void log_info(const struct log *log, const char *format, ...)
{
    va_list args;
    if (log->level < LOG_VERBOSE)
        return;
    va_start(args, format);
    line("ringmgr: ", format, args, "\n");
    va_end(args);
}

void log_progress(const struct log *log, const char *format, ...)
{
    va_list args;
    bool drawn = log->terminal && log->level >= LOG_NORMAL;
    if (!drawn && log->level < LOG_VERBOSE)
        return;
    va_start(args, format);
    line(drawn ? "\r\033[K" : "ringmgr: ", format, args, drawn ? "" : "\n");
    va_end(args);
}

void log_progress_end(const struct log *log)
{
    if (log->terminal && log->level >= LOG_NORMAL)
        fputs("\r\033[K", stderr);
}

#include "ringmgr/base/log.h"

#include <stdarg.h>
#include <stdio.h>

static void PRINTF_LIKE(2, 0) line(const char *before, const char *format, va_list args, const char *after)
{
    char text[2048];
    vsnprintf(text, sizeof text, format, args);
    fprintf(stderr, "%s%s%s", before, text, after);
}

void log_warn(const struct log *log, const char *format, ...)
{
    va_list args;
    if (log->level < LOG_NORMAL)
        return;
    va_start(args, format);
    line("ringmgr: warning: ", format, args, "\n");
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

#include "ringmgr/base/err.h"
#include "ringmgr/base/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fill(struct err *err, enum err_code code, enum err_domain domain, int sys)
{
    err->code = code;
    err->domain = domain;
    err->sys = sys;
}

/* What a server or a file says gets into messages, and those onto terminals and into logs. The arguments may
 * point into the old message. */
static void PRINTF_LIKE(2, 0) say(struct err *err, const char *format, va_list args)
{
    char text[sizeof err->msg];
    vsnprintf(text, sizeof text, format, args);
    utf8_disarm(text);
    memcpy(err->msg, text, sizeof text);
}

bool err_set(struct err *err, enum err_code code, const char *format, ...)
{
    va_list args;
    fill(err, code, ERR_DOMAIN_RINGMGR, 0);
    va_start(args, format);
    say(err, format, args);
    va_end(args);
    return false;
}

/* systemd sets that for what it starts, and lets it write below ReadWritePaths= only. */
static const char *likely_cause(int errnum)
{
    return errnum == EROFS && getenv("INVOCATION_ID")
               ? ": does ReadWritePaths= of the systemd unit name this folder? ringmgr check tells"
               : "";
}

bool err_set_errno(struct err *err, int errnum, const char *format, ...)
{
    va_list args;
    bool no_space = errnum == ENOSPC || errnum == EDQUOT;
    fill(err, no_space ? ERR_NO_SPACE : ERR_FAILED, ERR_DOMAIN_ERRNO, errnum);
    va_start(args, format);
    say(err, format, args);
    va_end(args);
    size_t used = strlen(err->msg);
    snprintf(err->msg + used, sizeof err->msg - used, ": %s%s", strerror(errnum), likely_cause(errnum));
    return false;
}

bool err_prefix(struct err *err, const char *format, ...)
{
    char old[sizeof err->msg];
    va_list args;
    memcpy(old, err->msg, sizeof old);
    va_start(args, format);
    say(err, format, args);
    va_end(args);
    size_t used = strlen(err->msg);
    snprintf(err->msg + used, sizeof err->msg - used, ": %s", old);
    return false;
}

static int weight(enum err_code code)
{
    static const enum err_code order[] = {ERR_NONE,     ERR_NEEDS_PERSON, ERR_REFUSED,  ERR_LOCKED,
                                          ERR_UPSTREAM, ERR_FAILED,       ERR_NO_SPACE, ERR_NOT_GENUINE};
    for (int i = 0; i < (int)(sizeof order / sizeof *order); i++)
        if (order[i] == code)
            return i;
    return (int)(sizeof order / sizeof *order); /* usage: nothing was tried */
}

bool err_code_worse(enum err_code a, enum err_code b)
{
    return weight(a) > weight(b);
}

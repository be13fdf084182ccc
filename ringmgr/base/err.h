/*
 * Errors as values: a struct err lies on the caller's stack, is the last parameter of every function that can
 * fail, is filled once where the failure happens, prefixed on the way up, and printed once in app/.
 */
#ifndef RINGMGR_BASE_ERR_H
#define RINGMGR_BASE_ERR_H

#include <stdbool.h>

#define MUST_CHECK               __attribute__((warn_unused_result))
#define AUTO(clear)              __attribute__((cleanup(clear)))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

/* What the caller can do about it. The numbers are the exit statuses of the command line: append only. */
enum err_code {
    ERR_NONE = 0,
    ERR_FAILED = 1,       /* give up */
    ERR_USAGE = 2,        /* the arguments or the configuration are wrong; nothing was tried */
    ERR_REFUSED = 3,      /* a gate is shut */
    ERR_NOT_GENUINE = 4,  /* not genuine or not intact */
    ERR_UPSTREAM = 5,     /* the network or the origin; worth a retry */
    ERR_NO_SPACE = 6,     /* make room, then retry */
    ERR_LOCKED = 7,       /* another run holds it; retry later */
    ERR_NEEDS_PERSON = 8, /* ask a person */
};

/* Who said so: tells what err.sys means. */
enum err_domain {
    ERR_DOMAIN_RINGMGR,
    ERR_DOMAIN_ERRNO,
    ERR_DOMAIN_CURL,
    ERR_DOMAIN_SQLITE,
    ERR_DOMAIN_OPENSSL
};

struct err {
    enum err_code code;
    enum err_domain domain;
    int sys; /* errno, CURLcode, SQLite result …, by domain; 0 if none */
    char msg[1024];
};

/* Fills `err`. Always returns false, so that a failing function can end with `return err_set(…)`. */
bool err_set(struct err *err, enum err_code code, const char *format, ...) PRINTF_LIKE(3, 4);

/*
 * Fills `err` from an errno value and appends its text. ENOSPC and EDQUOT become ERR_NO_SPACE, every other
 * value ERR_FAILED. EROFS under systemd (systemd.exec(5), INVOCATION_ID) also names the likely cause. Always
 * returns false.
 */
bool err_set_errno(struct err *err, int errnum, const char *format, ...) PRINTF_LIKE(3, 4);

/* Puts "text: " before the message; code and domain stay. Always returns false. */
bool err_prefix(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* True if `a` outweighs `b` where several rings end differently: 4 6 1 5 7 3 8 0 (2 is never mixed with
 * them). */
bool err_code_worse(enum err_code a, enum err_code b);

#endif

/*
 * What the page can be asked for: paths, and the command that answers each. Pure. Nothing of a request gets
 * on a command line but the names of rings that there are, builds, and short plain words of a query.
 */
#ifndef RINGMGR_APP_WEB_API_H
#define RINGMGR_APP_WEB_API_H

#include "ringmgr/app/web_guard.h"
#include "ringmgr/app/web_page.h"
#include "ringmgr/policy/settings.h"

enum web_kind {
    WEB_FILE, /* of the page */
    WEB_READ, /* what a command says */
    WEB_ME,   /* who asks */
    WEB_ACT,  /* a decision */
};

struct web_question {
    enum web_kind kind;
    const struct web_page_file *file; /* WEB_FILE */
    struct strv words;                /* WEB_READ: the command line behind the global options */
    const char *action;               /* WEB_ME, WEB_ACT: the command's name */
    const char *type;                 /* Content-Type of a good answer */
    bool rare; /* WEB_READ: there are as many such questions as somebody can think of */
};

/* Zero-initialised is empty. */
void web_question_clear(struct web_question *question);

/*
 * What `target` (path and query, as they came) asks for. False with `refusal` where there is no such thing,
 * or not with this method; its `text` for 405 is followed by *allow, else NULL. `accept` may be NULL.
 */
bool web_api_find(const char *method, const char *target, const char *accept, const struct settings *settings,
                  int64_t now_unix, struct web_question *question, const char **allow,
                  struct web_refusal *refusal) MUST_CHECK;

/* What HTTP calls the exit status of a command; a command that only reads may well have found something. */
unsigned web_api_status(enum web_kind kind, int exit_status);

#endif

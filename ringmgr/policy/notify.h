/*
 * Who is told what: the targets of [notify NAME], the names of events, and whether an event is for a target.
 * Pure.
 */
#ifndef RINGMGR_POLICY_NOTIFY_H
#define RINGMGR_POLICY_NOTIFY_H

#include "ringmgr/base/buf.h"

#include <stddef.h>
#include <stdint.h>

enum notify_severity { NOTIFY_INFO, NOTIFY_WARNING, NOTIFY_CRITICAL };
/* How mail is protected on its way to the server. */
enum notify_tls {
    NOTIFY_STARTTLS, /* required: without it nothing is sent */
    NOTIFY_NO_TLS    /* starttls = no; nobody logs in then */
};

/* One [notify NAME]. Texts are "" if not configured. Exactly one of webhook, webhook_file and mail is set. */
struct notify_target {
    char *name;
    unsigned line;
    char *webhook;                 /* address */
    char *webhook_file;            /* file that holds the address, because that is a secret */
    struct strv mail;              /* addresses */
    struct strv events;            /* names, or "all"; never empty once read */
    struct strv rings;             /* likewise */
    enum notify_severity severity; /* the least that is told */
    char *template_file;
    char *ca;                /* PEM bundle instead of the system's */
    char *proxy;             /* of a webhook */
    char *server;            /* of mail: smtp:// or smtps://, host and perhaps port */
    char *from;              /* of mail */
    char *credentials;       /* of mail: file that holds user:password */
    int64_t timeout_seconds; /* for one notice */
    enum notify_tls tls;     /* of smtp:// */
};

/* Whether this is the name of an event: "staged", "waits-approval", "promoted" … */
bool notify_is_event(const char *name);
/* All names, joined by ", "; the caller frees it. */
char *notify_event_names(void);
/* "info", "warning", "critical"; false if it is none. */
bool notify_find_severity(const char *name, enum notify_severity *severity);

/*
 * Whether the target is told of an event: by its name, its severity and its ring ("": none in particular,
 * which goes to all). What people decide ("approve", "hold" …) is for those who name it, not for "all";
 * "test" is for whoever is asked to test.
 */
bool notify_wants(const struct notify_target *target, const char *event, const char *severity,
                  const char *ring);

/* Frees what it holds. */
void notify_target_clear(struct notify_target *target);

#endif

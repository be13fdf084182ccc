/*
 * Sites: file servers near people that show the same rings. Where a site's files are written, how many sites
 * make a promotion live, when bytes and pointers may move there. Pure; hours and days are those of the site's
 * own clock.
 */
#ifndef RINGMGR_POLICY_SITE_H
#define RINGMGR_POLICY_SITE_H

#include "ringmgr/base/buf.h"
#include "ringmgr/policy/calendar.h"
#include "ringmgr/policy/window.h"

#include <stdint.h>

/* One [site NAME]. Texts are "" if not configured. */
struct site {
    char *name;
    unsigned line;     /* of its section in the configuration, for messages */
    struct strv rings; /* names of rings that exist; never empty once read */
    char *target;      /* as site_target_parse() takes it; below it lie RING/Office/Data */
    char *unc;         /* what clients there call the share; holds %ring% where there are several rings */
    char *ad_site;     /* the Active Directory site whose machines are sent to it */
    char *timezone;    /* "": ringmgr's own */
    struct weekly_windows window; /* when bytes may be sent, by the site's clock; none: always */
    uint64_t rate_limit;          /* bytes a second; 0: none */
    bool required;                /* counts for the quorum */
    char *credentials;            /* file with the password of an rsync daemon */
    char *ssh_config;             /* file for ssh -F */
};

/* Frees what it holds. */
void site_clear(struct site *site);

/* Whether the site shows that ring. */
bool site_has_ring(const struct site *site, const char *ring);

/* What clients of the site call the ring's share: `unc` with the ring's name for each %ring%; "" if none is
 * configured. The caller frees it. */
char *site_unc(const struct site *site, const char *ring);

/* ---- where its files are written ---- */

enum site_kind {
    SITE_RSYNC, /* rsync://[user@]host[:port]/module[/path] */
    SITE_SSH,   /* ssh:[user@]host:/path */
    SITE_FOLDER /* /path, where somebody else has mounted it */
};

/* The parts of a target. Texts are "" where there is no such part. */
struct site_target {
    enum site_kind kind;
    char *user;    /* not of a folder */
    char *host;    /* not of a folder; an IPv6 address without its brackets */
    bool ipv6;     /* the host is written in brackets */
    unsigned port; /* of an rsync daemon; 0: rsync's own default */
    char *module;  /* of an rsync daemon */
    char *path;    /* daemon: below the module, "" or "a/b" without slashes around it; else absolute, no slash
                      at its end */
};

/*
 * Reads a target (enum site_kind; rsync(1), ssh(1)). False, with a sentence about what is wrong, if it is
 * anything else: a host, user, module or path that begins with "-" (it would be an option), with control
 * characters, or, but for a folder's path, with blanks, quotes or anything that a remote shell reads; ".." or
 * "//" in a path, a port out of 1..65535. *target is then empty. site_target_clear() frees.
 */
bool site_target_parse(const char *text, struct site_target *target, char why[128]) MUST_CHECK;
void site_target_clear(struct site_target *target);

/* Whether both are on the same server and one is the other, or lies inside it. Names of hosts are compared as
 * they are written. */
bool site_target_overlaps(const struct site_target *a, const struct site_target *b);

#define AUTO_SITE_TARGET                                                                                     \
    AUTO(site_target_clear)                                                                                  \
    struct site_target

/* ---- the quorum ---- */

/* How many of `required` sites must offer a build so that it is live: `per_cent` (1..100) of them, rounded
 * up; 0 of 0. */
size_t site_quorum_needed(size_t required, unsigned per_cent);
/* Whether `offering` of `required` sites are enough. Without required sites it is always met. */
bool site_quorum_met(size_t required, unsigned per_cent, size_t offering);

/* ---- when ---- */

/* Whether bytes may be sent to the site at the instant (its `window`, by its clock), and until or from when.
 */
struct window_state site_bytes_at(const struct site *site, int64_t at_unix);

enum site_flip { SITE_FLIP_OPEN, SITE_FLIP_FREEZE, SITE_FLIP_DAYS };
struct site_chance {
    enum site_flip flip; /* what stands in the way now; a freeze before the hours */
    int64_t opens_unix;  /* when nothing of both does; at_unix if open, -1 if not in the next ten years */
};
/* Whether a pointer may move at the site at the instant: `freeze` and `days` of the ring, by the site's
 * clock.
 */
struct site_chance site_flip_at(const struct site *site, const struct date_ranges *freeze,
                                const struct weekly_windows *days, int64_t at_unix);

/*
 * When `bytes` that begin to be sent at `from_unix` have arrived, at `rate` bytes a second (as measured; 0:
 * not known) but never faster than the site's rate_limit, inside its window only. from_unix for no bytes; -1
 * if neither rate is known or it would take more than a year.
 */
int64_t site_finish(const struct site *site, uint64_t bytes, uint64_t rate, int64_t from_unix);

/* "2026-12-24 18:00", by the site's clock (base/zone.h, ZONE_TIME_SIZE). */
void site_format_time(const struct site *site, int64_t at_unix, char text[24]);

#endif

/*
 * The configuration as values: what app/settings reads from ringmgr.conf and every room above works with.
 * Pure data; the contract of each key is the manual page ringmgr.conf(5).
 */
#ifndef RINGMGR_POLICY_SETTINGS_H
#define RINGMGR_POLICY_SETTINGS_H

#include "ringmgr/c2r/filelist.h"
#include "ringmgr/policy/notify.h"
#include "ringmgr/policy/schedule.h"
#include "ringmgr/policy/site.h"
#include "ringmgr/policy/soak.h"
#include "ringmgr/policy/support.h"

/* `version =` of a ring: which builds of its channel it wants. */
enum version_choice { VERSION_LATEST, VERSION_PREVIOUS /* n-1 */, VERSION_NAMED /* 2606 */ };
struct version_rule {
    enum version_choice choice;
    char named[RELEASE_VERSION_SIZE]; /* "" but with VERSION_NAMED */
};

enum publish_mode { PUBLISH_MANUAL, PUBLISH_AUTO };
enum placement_mode { PLACE_HARD, PLACE_REFLINK, PLACE_COPY };

/* What the documents for a ring's machines say beside the share ([deploy], key by key a ring's own). */
struct deploy {
    struct strv products;     /* "O365ProPlusRetail", "VisioPro2024Volume:PIDKEY"; empty: see config/odt.h */
    struct strv exclude_apps; /* "Teams" */
    struct strv keep_msi;     /* "VisPro": left alone by remove_msi */
    struct strv properties;   /* "AUTOACTIVATE=1" */
    bool remove_msi;          /* Office that Windows Installer had installed goes */
    bool migrate_arch;        /* an installed Office of the other architecture is replaced */
    char *display;            /* "None", "Full" or "" */
    char *company;            /* "" if not configured */
    bool hide_switch;         /* users cannot turn updates off */
    bool notifications;       /* users are told about updates */
    unsigned deadline_days;   /* for each update, by policy; 0: none */
};

struct ring {
    char *name;
    unsigned line; /* of its section in the configuration, for messages */
    const struct channel *channel;
    char *source;                   /* "origin" or a ring's name */
    const struct ring *source_ring; /* NULL for origin; chains of a settings_read() are never circles */
    bool first;                     /* said aloud: this ring takes builds as they come */
    enum publish_mode publish;
    enum placement_mode link;
    char *path;             /* the share's folder, which holds Office/Data */
    char *unc;              /* what clients call it; "" if not configured */
    char *dfs;              /* the DFS path that leads to it, and that clients use then; "" if none */
    char *http;             /* the address under which a web server offers it to clients; "" if none */
    struct content content; /* [content] with this ring's overrides */
    struct deploy deploy;   /* [deploy] with this ring's overrides */
    unsigned approvals;     /* how many different people */
    struct strv approvers;  /* "group:NAME", "user:NAME" */
    bool four_eyes;         /* who promotes has not approved */
    struct version_rule version;
    struct soak_need soak, expedite_soak;
    unsigned expedite_approvals;
    struct strv overriders; /* as approvers; empty: nobody may open a gate by force */
    unsigned override_people;
    struct date_ranges freeze;
    struct weekly_windows days;
    int64_t settle_seconds; /* automatic promotion waits so long after the last gate opened */
    unsigned throttle_min;  /* 0..1000 */
    unsigned keep;          /* besides the live build: the last so many that were live here */
    int64_t grace_seconds;  /* from when a build stopped being live */
    unsigned machines;      /* how many take their updates here; 0: not said */
    unsigned sites_ready;   /* per cent of its required sites that make a promotion live; 1..100 */
    char *was;              /* the ring's former name; "" if not configured */
    char *announce;         /* template of what its users are told at a promotion; "" if none */
    char *origin; /* address of the same ring at headquarters, whose manifest it follows; "": of none */
    struct strv manifest_keys; /* files with the public keys that may have signed it; empty: follows none */
};

struct origin {
    char *url;   /* without a trailing slash */
    char *roots; /* path of the PEM bundle */
    char *publisher;
    int64_t conflict_wait_seconds;
    struct strv mirrors; /* further bases with the same files; of the url's scheme */
    unsigned connections;
    uint64_t rate_limit;          /* bytes a second; 0: none */
    struct weekly_windows window; /* when bulk may be fetched; none: always (policy/window.h) */
    char *proxy;                  /* "" for none */
    char *proxy_credentials;      /* path of the file with "user:password"; "" for none */
};

struct person {
    char *name;
    struct strv accounts;
};

/* [schedule]: when the service starts its jobs. */
struct schedule_settings {
    struct schedule sync, quick_audit, full_audit, gc, support;
    struct schedule sites, site_audit; /* off where there is no site */
    int64_t jitter_seconds;            /* sync is put off by at most so much */
    uint64_t audit_rate;               /* of the full audit: bytes a second; 0: as fast as it goes */
};

/* [manifest]: what this ringmgr signs for sites that follow its rings. */
struct manifest_settings {
    char *key; /* file with the private key, or credential:NAME; "": nothing is signed */
    int64_t valid_seconds;
};

/* [web]: where the service shows its page, and who may act there for others. */
struct web_settings {
    struct strv listen; /* "unix:/run/x.sock", "127.0.0.1:8365", "[::1]:8365"; empty: nowhere */
    struct strv hosts;  /* names beside localhost under which it is asked for; lower case */
    char *proxy_user;   /* the account of a web server that says who is logged in; "" for none */
    char *proxy_header; /* the header in which it does */
};

struct settings {
    char *file;                                                /* where it was read from */
    char *store, *state, *user, *timezone, *history_head_file; /* the last three "" if not configured */
    char *control;                                             /* the service's socket; "" for none */
    char *client_credentials;      /* file with whose account `check --clients` reads shares; "": nobody's */
    struct date_ranges holidays;   /* for workdays */
    uint64_t quarantine_max_bytes; /* how much of what was found on shares is kept in <store>/quarantine */
    struct origin origin;
    struct support_settings support;
    struct schedule_settings schedule;
    struct web_settings web;
    char *textfile; /* [metrics] textfile: where the service keeps its metrics; "" for nowhere */
    struct person *person;
    size_t persons;
    struct ring *ring; /* in the order of the file */
    size_t rings;
    struct notify_target *target; /* [notify NAME], in the order of the file */
    size_t targets;
    struct manifest_settings manifest;
    struct site *site; /* [site NAME], in the order of the file */
    size_t sites;
    unsigned sites_parallel; /* so many programs at sites at once, at most */
};

/* NULL if there is no ring of that name. */
const struct ring *settings_ring(const struct settings *settings, const char *name);

/* "; the nearest one is RING" where a ring's name was likely meant, else "". The caller frees it. */
char *settings_ring_hint(const struct settings *settings, const char *name);

/* NULL if there is no target of that name. */
const struct notify_target *settings_target(const struct settings *settings, const char *name);

/* NULL if there is no site of that name. */
const struct site *settings_site(const struct settings *settings, const char *name);

/* How many sites show the ring, and how many of them count for its quorum. */
size_t settings_ring_sites(const struct settings *settings, const char *ring);
size_t settings_required_sites(const struct settings *settings, const char *ring);

/* Whether the ring follows the manifest of the same ring at headquarters (`origin` is set). */
bool ring_follows(const struct ring *ring);

/* What clients are told to call the ring's share: dfs, else unc, else http; "" if none is configured. */
const char *ring_share(const struct ring *ring);

/* The ring whose share (unc, dfs or http, or that of one of its sites) a path of clients is, or lies in; NULL
 * if it is none's. */
const struct ring *settings_ring_at(const struct settings *settings, const char *path);

/* Replaces what `to` (initialised) held; frees all, *deploy is then empty. */
void deploy_copy(struct deploy *to, const struct deploy *from);
void deploy_clear(struct deploy *deploy);

/* True if `ring` takes its builds from `above`, directly or further down, or is it. Ends on circles, too. */
bool settings_takes_from(const struct settings *settings, const struct ring *ring, const struct ring *above);

/*
 * The content of `ring` united with that of every ring that takes from it, directly or further down. What
 * *content was before is overwritten, not freed; content_clear() frees the result.
 */
void settings_wanted_content(const struct settings *settings, const struct ring *ring,
                             struct content *content);

/* The person that an account belongs to: its name in [people], else the account itself. */
const char *settings_person(const struct settings *settings, const char *account);

/* Frees everything that it holds; it is empty and usable again. */
void settings_clear(struct settings *settings);

#endif

/*
 * A command: what it is called, which options it takes, how much of the world it needs, and its function. To
 * add one: a file cmd_<name>.c with a function of type command_run, its declaration here, a row in the table
 * of commands.c, a section in ringmgr.1.
 */
#ifndef RINGMGR_APP_COMMAND_H
#define RINGMGR_APP_COMMAND_H

#include "config/document.h"
#include "ringmgr/app/settings_problems.h"
#include "ringmgr/base/json.h"
#include "ringmgr/ops/job.h"

/* Every option that any command takes; the table of their spellings is in arguments.c. */
enum argument_option {
    OPT_ARCH,
    OPT_BUILD,
    OPT_CHANNEL,
    OPT_DISPLAY,
    OPT_DRY_RUN,
    OPT_EXCLUDE_APP,
    OPT_HEAD,
    OPT_OUTPUT,
    OPT_PRODUCT,
    OPT_QUICK,
    OPT_REASON,
    OPT_REPAIR,
    OPT_RING,
    OPT_SINCE,
    OPT_ACTOR,
    OPT_VERIFY,
    OPT_YES,
    OPT_CHECK,
    OPT_CLIENTS,
    OPT_AT,
    OPT_CLEAR,
    OPT_CSV,
    OPT_ICAL,
    OPT_MONTH,
    OPT_STOP_SOAK,
    OPT_UNTIL,
    OPT_HAVE,
    OPT_LANG,
    OPT_TARGET,
    OPT_EXPEDITE,
    OPT_OVERRIDE,
    OPT_TO,
    OPT_FROM,
    OPT_BLOCK,
    OPT_PIN,
    OPT_EXISTING,
    OPT_ADD_ON,
    OPT_DOWNLOAD,
    OPT_DEADLINE,
    OPT_CLEAR_TARGET,
    OPT_SITE,
    OPT_GROUP,
    OPT_LISTEN,
    OPT_SOURCE,
    OPT_NOW,
    OPT_FILELIST,
    OPT_OPENMETRICS,
    OPT_TEST,
    OPT_STAGE,
    OPT_FLIP,
    OPT_COUNT
};

/* How much of the world a command needs opened. */
enum need {
    NEED_NOTHING,  /* only what the command line names */
    NEED_NETWORK,  /* likewise, and the settings as far as they can be had, for the way to the network */
    NEED_HINTS,    /* settings and state as far as they can be had, and not a word where they cannot */
    NEED_SETTINGS, /* the configuration as it is, problems and all (check) */
    NEED_CALLER,   /* the settings, and who calls */
    NEED_KNOWN,    /* as NEED_READ, but content with no state where nothing has been fetched yet */
    NEED_READ,     /* state and store for reading; waits for nothing */
    NEED_WRITE,    /* as the service's user */
    NEED_DECIDE,   /* as the service's user, on behalf of a person */
    NEED_SERVICE,  /* as the service's user; state and store stay shut (world_open_books()) */
    NEED_RESTORE,  /* as the service's user; the state, which may be damaged or gone, stays shut */
};

/*
 * Descriptors that the service hands to its children (--inherit config=FD,peer=FD,web=FD, not for people): -1
 * where there is none. What comes in this way is trusted as a command line never is, so world_open() takes it
 * from the service's account only.
 */
struct inherited {
    int config; /* the bytes of the configuration that is in force */
    int peer;   /* the connection of the person whose command this is; the command itself comes through it,
                   but for `web` */
    int web;    /* what that person has posted to the page (web_order.h) */
};

struct arguments {
    const char *config;
    struct inherited inherited;
    const char *command;
    int64_t wait_ms;
    bool json, help, version;
    struct log log;
    bool given[OPT_COUNT];
    struct strv value[OPT_COUNT]; /* each occurrence of an option with a value */
    struct strv word;             /* what stands behind the command and is no option */
};

struct app {
    struct arguments arguments;
    struct settings settings;
    struct settings_problems *problems; /* of the configuration; only `check` sees any */
    struct buf config; /* NEED_SERVICE, NEED_SETTINGS: the bytes that the settings were read from */
    struct support_rules support;
    struct identity identity;
    struct job job;
    int named_dir;  /* folder that the command line names (import DIR), opened before privileges are dropped;
                       -1 */
    int named_file; /* file that it names (restore FILE), likewise; -1 */
    struct documents named; /* files that it names (lint FILE…), likewise */
    struct err unread;      /* why the first of them could not be read; msg "" if all were */
    int output_dir;         /* folder of -o PATH or of backup FILE, or that PATH is; likewise; -1 */
    bool output_made;       /* -o DIR has made that folder */
    int output_channel;     /* for somebody's command: what writes documents where -o leads; -1 */
    bool web;               /* it was posted to the page */
    char *web_named;        /* and this is whom the web server in front names; NULL if nobody */
    struct err unnamed;     /* whoami: why it is not known who that is; msg "" if it is */
    struct strv request;    /* the words of somebody's command, which `arguments` points to */
    struct lock *service;   /* NEED_RESTORE: what one instance of the service would hold */
    int control;            /* the service's socket, where it is to carry out the command; -1 */
    struct jv *result;      /* what --json prints; the envelope is filled before the command runs */
};

/*
 * Runs the command and prints its result on stdout. ERR_NONE, or the exit status; where something failed
 * `err` has the message, else its message is empty.
 */
typedef enum err_code command_run(struct app *app, struct err *err);

struct command {
    const char *name;     /* "sync", or with what stands behind it, "site sync" */
    const char *synopsis; /* its words and options */
    const char *summary;
    enum need need;
    int words_min, words_max; /* -1: any number */
    command_run *run;
    enum argument_option takes[24]; /* ends with OPT_COUNT */
};

command_run cmd_ack, cmd_approve, cmd_backup, cmd_block, cmd_calendar, cmd_check, cmd_client, cmd_complete,
    cmd_diff, cmd_explain, cmd_gc, cmd_generate, cmd_help, cmd_history, cmd_hold, cmd_import, cmd_job,
    cmd_lint, cmd_metrics, cmd_migrate, cmd_notify, cmd_pins, cmd_pins_clear, cmd_promote, cmd_rebuild,
    cmd_report, cmd_restore, cmd_revoke, cmd_rollback, cmd_serve, cmd_site_check, cmd_site_forget,
    cmd_site_list, cmd_site_pause, cmd_site_resume, cmd_site_status, cmd_site_sync, cmd_site_verify,
    cmd_status, cmd_support, cmd_sync, cmd_trust, cmd_unblock, cmd_unhold, cmd_upstream, cmd_verify,
    cmd_whoami;

#endif

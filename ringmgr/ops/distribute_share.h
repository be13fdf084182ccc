/* How one ring of one site came out of a run (distribute.h), as a value. */
#ifndef RINGMGR_OPS_DISTRIBUTE_SHARE_H
#define RINGMGR_OPS_DISTRIBUTE_SHARE_H

#include "ringmgr/ops/job.h"

enum distribute_task {
    DISTRIBUTE_SYNC,   /* bring everything that is wanted */
    DISTRIBUTE_CHECK,  /* look only: can it be reached, is it what it should be? */
    DISTRIBUTE_VERIFY, /* compare by content what stands there */
    DISTRIBUTE_REPAIR, /* the same, and send again what is wrong */
};

struct distribute_options {
    enum distribute_task task;
    const struct strv *sites; /* names; NULL or empty: all of the configuration */
    const char *ring;         /* only this one of each site's rings; NULL: all */
    bool now;                 /* transfers also outside the sites' windows */
};

/* How one ring of one site came out of it. */
enum distribute_result {
    DISTRIBUTE_UNCHANGED, /* all that is wanted was there */
    DISTRIBUTE_STAGED,    /* files have come; they are not proven yet */
    DISTRIBUTE_PROVEN,    /* files have come and are right; no pointer has moved */
    DISTRIBUTE_FLIPPED,   /* its pointers name the build that HQ offers now */
    DISTRIBUTE_WAITING,   /* something keeps it from going on; see `text` */
    DISTRIBUTE_FAILED,    /* see `text` */
};
/* "unchanged", "staged", … */
const char *distribute_result_name(enum distribute_result result);

/* A file at the site that is not what it must be. */
struct distribute_wrong {
    char *path;    /* below Office/Data */
    char *problem; /* "is missing", "has other bytes", "was replaced by …" */
    bool repaired;
    bool foreign; /* nobody knows it: it is told, harms nobody, and is left to people */
};

struct distribute_share {
    const struct site *site; /* of the settings */
    const struct ring *ring;
    enum distribute_result result;
    enum err_code code; /* ERR_NONE unless it failed; ERR_NOT_GENUINE, too, where wrong files were found and
                           are not put right, whatever the result */
    char *text;         /* why it failed, or what it waits for; NULL: neither */
    struct build build; /* that its pointers name at the end, as far as it was seen; none: none, or unknown */
    uint64_t sent_bytes; /* over the wire, as the transfer itself counted */
    uint64_t left_bytes; /* of what is wanted and not there yet; 0 where it is, or nobody knows */
    uint64_t checked_files, checked_bytes; /* compared by content in this run */
    struct distribute_wrong *wrong;
    size_t wrongs;
};

/* Frees its texts; it is what it was before the run, site and ring stay. */
void distribute_share_clear(struct distribute_share *share);

#endif

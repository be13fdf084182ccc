/* Report: one month of every ring as the books have it, for an auditor. */
#ifndef RINGMGR_OPS_REPORT_H
#define RINGMGR_OPS_REPORT_H

#include "ringmgr/ops/job.h"
#include "ringmgr/state/catalog.h"

/* A build while it was live in a ring. */
struct report_live {
    const struct offer *offer;
    char version[RELEASE_VERSION_SIZE]; /* "" if no history names the build */
    struct deadline deadline;           /* of its support, by the rules of now */
    const struct entry *entry;          /* of its promotion or roll-back; NULL: not in the history */
    const struct entry **approval;      /* in force when it was promoted, oldest first */
    size_t approvals;
    int64_t soak_seconds; /* what counted when it was promoted; -1: unknown, or a roll-back */
};

/* Pointers go into `offers` and `entries`, which hold all there ever was. */
struct report_ring {
    const struct ring *ring;
    struct offers offers;
    struct entries entries;
    struct report_live *live; /* that overlap the month, oldest first */
    size_t lives;
    unsigned days_live, days_warned, days_expired; /* judged at the end of each day */
    struct last_sync last_sync;
};

struct report {
    int64_t from_unix, until_unix; /* the local month */
    unsigned days;                 /* of it that are over */
    struct report_ring *ring;
    size_t rings;
    struct entries entries;   /* the whole history */
    const struct entry *head; /* the last one before the month's end; NULL: there is none */
    int64_t checked;          /* entries whose chain was verified */
    char broken[1024];        /* what is wrong with the chain; "" if it is whole */
    struct attentions attentions;
};

/*
 * Gathers the month that begins on the local day `first_day`, as far as it is over at `now`. Reads only. A
 * chain that does not hold is part of the report and no error. report_clear() frees, also after an error.
 */
bool report_gather(const struct job *job, int64_t first_day, int64_t now, struct report *report,
                   struct err *err) MUST_CHECK;
/* Whether the entry was made in the month. */
bool report_covers(const struct report *report, const struct entry *entry);
void report_clear(struct report *report);

#endif

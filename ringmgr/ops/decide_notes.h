/* What whoever decides about a build should hear at once. Reads only. */
#ifndef RINGMGR_OPS_DECIDE_NOTES_H
#define RINGMGR_OPS_DECIDE_NOTES_H

#include "ringmgr/ops/job.h"
#include "ringmgr/state/decision.h"

/* Zero-initialised is empty. */
struct decide_notes {
    struct strv live_in; /* rings that go on offering the build although it is blocked for them */
    struct strv text;    /* sentences about the build, without its name and with the command that helps */
};

/* Whether anything ever named the build: the catalog, a release history or a recall, in the channel of any
 * ring. */
bool decide_notes_known(const struct job *job, const struct build *build, bool *known,
                        struct err *err) MUST_CHECK;

/* After a block of the build for `ring` (NULL: for all): where it is live all the same, and that nobody knows
 * it. Appends. */
bool decide_notes_block(const struct job *job, const struct ring *ring, const struct build *build,
                        struct decide_notes *notes, struct err *err) MUST_CHECK;
/* Which blocks stand between the build and `ring` (NULL: any ring), and what lifts each. Appends. */
bool decide_notes_standing(const struct job *job, const struct ring *ring, const struct build *build,
                           struct decide_notes *notes, struct err *err) MUST_CHECK;

/* The command that lifts the block, for a person to complete; the caller frees it. */
char *decide_notes_unblock(const struct block *block);

/* Frees; they are empty and usable again. */
void decide_notes_clear(struct decide_notes *notes);

#endif

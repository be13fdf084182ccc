/* Books: what a publication that is on the share leaves in the state, all of it in one transaction. */
#ifndef RINGMGR_OPS_BOOKS_H
#define RINGMGR_OPS_BOOKS_H

#include "ringmgr/ops/job.h"
#include "ringmgr/state/catalog.h"
#include "ringmgr/state/plan.h"

/* What becomes of the build that a roll-back leaves. */
enum rollback_block { BLOCK_RING, BLOCK_EVERYWHERE, BLOCK_NOT };
/* "ring", "everywhere", "no", as the intent has it. */
const char *books_block_name(enum rollback_block block);
/* False if it is none of them. */
bool books_block_find(const char *name, enum rollback_block *block) MUST_CHECK;

/* "promote", "rollback", "extend": the action of its history entry. */
const char *books_action(const struct intent *intent);

/*
 * A promotion that was ordered for a time is not carried out: the order is gone, and an attention says why.
 * Inside a transaction.
 */
bool books_give_up(const struct job *job, const struct plan *plan, const char *why,
                   struct err *err) MUST_CHECK;

/*
 * The moment when a publication is done: history entry, live build and closed intent; a migration that it
 * completes; of a roll-back the blocks (the build that is left, and whatever the ring offered between the
 * two; each an entry "block" of its own, without a ring where it is about all), the hold of automatic
 * promotion and an order for later given up; of gates opened by force the used consents and the attention.
 * After an error nothing of it.
 */
bool books_close(const struct job *job, const struct intent *intent, const struct catalog_files *files,
                 struct err *err) MUST_CHECK;

#endif

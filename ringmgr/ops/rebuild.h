/* Rebuild: the catalog and what is live, from store and shares. Ends with every ring on hold, for a person to
 * look. */
#ifndef RINGMGR_OPS_REBUILD_H
#define RINGMGR_OPS_REBUILD_H

#include "ringmgr/ops/adopt.h"

/*
 * Makes the catalog agree with store and shares: every build that stands on a share is proven again
 * (signatures, hashes) and recorded; every ring's live build becomes what its pointer names, if it is
 * complete and genuine (adopt_ring()). History and decisions that the state still has stay; they are never
 * invented: what can only come from a backup is listed as lost, and what noted heads know of a lost history
 * is named in the entry "rebuild" (journal_loss_text()). Every ring is put on hold first. A build that lies
 * in the store alone and that the catalog lost is named as lost with what a sync needs to take it up; one
 * whose objects are gone is given up. A share that names something incomplete or not genuine is left alone,
 * an attention, and in `lost`. Takes every lock. One ring's failure does not stop the others; the worst error
 * is kept. Appends to
 * *restored, which the caller has initialised; restored_clear() frees.
 */
bool rebuild_run(const struct job *job, struct restored *restored, struct err *err) MUST_CHECK;

/* How a restore or a rebuild is recorded. */
struct rebuild_record {
    struct adopt_options adopt;
    const char *reason;      /* of the entry */
    const char *hold_reason; /* of the holds */
};
/*
 * What both have in common, under locks that the caller holds: the entry and the holds in one transaction,
 * then each ring, then the builds of the catalog whose objects are gone. Holds are HOLD_SETTINGS: those lift
 * them who could approve by the last settings that nobody questions.
 */
bool rebuild_settle(const struct job *job, const struct rebuild_record *record, struct restored *restored,
                    struct err *err) MUST_CHECK;

/*
 * Where a restore was interrupted after the books had been replaced (backup_is_unsettled()): puts every ring
 * on hold, with the entry "restore" and the attention "restore-interrupted"; what the shares show beyond
 * these books is for `ringmgr rebuild`. Nothing, and one query, in every other case. Without it a restored
 * ring could promote by itself.
 */
bool rebuild_resume(const struct job *job, struct err *err) MUST_CHECK;

/* Why a ring is held after a restore of books whose last entry is of this time (-1: they have none); the
 * caller frees it. */
char *rebuild_hold_reason(int64_t last_unix);

/* What the head file notes of a history that this state does not know (journal_noted_beyond()); nothing where
 * there is no such file. */
bool rebuild_noted(const struct job *job, int64_t base_id, struct journal_loss *loss,
                   struct err *err) MUST_CHECK;

#endif

/* Repair: puts a share right after an audit. Nothing of somebody else's is deleted: it is kept in quarantine.
 */
#ifndef SHARES_REPAIR_H
#define SHARES_REPAIR_H

#include "shares/audit.h"
#include "shares/publish.h"

/* One share while it is repaired: what is known is borrowed, what came of it is cleared by repair_clear(). */
struct repair {
    const struct store *store;
    const struct tree *tree;
    const struct audit_wanted *wanted;
    enum link_mode link;
    const struct digest *sound; /* objects that have been read and are right; others are read first */
    size_t sound_len;
    int quarantine;      /* an existing folder */
    uint64_t room_bytes; /* how much more may be moved there; counted down */
    int64_t now_unix;

    struct strv unsound; /* paths of files of which the store has no right object */
    struct strv moved;   /* paths of what lies in quarantine now */
    struct strv stayed;  /* foreign paths for which quarantine had no room */
    struct strv stuck;   /* foreign paths that the service cannot move: somebody else's folders */
};
void repair_clear(struct repair *repair);

/*
 * Replaces every file that the audit found wrong and that the store still has with its own bytes, and gives
 * folders their permissions back. What stood in a file's place goes to quarantine, whatever room is left: it
 * is not harmless there. Needs the ring's and the store's lock. An error means that the disk stood in the
 * way; what was done until then stays done.
 */
bool repair_files(struct repair *repair, const struct audit *audit, struct err *err) MUST_CHECK;

/* The folders alone. One that belongs to somebody else stays as it is. */
bool repair_folders(const struct repair *repair, const struct audit *audit, struct err *err) MUST_CHECK;

/*
 * Where wrong files lie in a build folder of somebody else's, in which the service can put nothing right:
 * gives that folder another name (foreign-NAME.RANDOM), so that the right one can be put there. Its new name
 * is foreign.
 */
bool repair_clear_folders(struct repair *repair, const struct audit *audit, struct err *err) MUST_CHECK;

/*
 * Moves what does not belong there to quarantine under a name of its own (NAME.RANDOM), as far as there is
 * room; to another file system files are copied. What cannot be moved stays where it is: `stayed` and `stuck`
 * (a folder of somebody else's keeps its parent, rename(2) EACCES; an empty one is removed). Leftovers of
 * ringmgr itself are removed. A pointer stays where the share has none of its own: taking the only one away
 * is for a person.
 */
bool repair_foreign(struct repair *repair, const struct audit *audit, struct err *err) MUST_CHECK;

/*
 * Rewrites the pointers that the audit found wrong; what they were is kept in quarantine, whatever room is
 * left. The caller has seen that the build that they name is whole. No pointer is missing in between that was
 * there before; where the right one cannot be written (ERR_NO_SPACE) the wrong one is gone.
 */
bool repair_pointers(struct repair *repair, const struct audit *audit, struct err *err) MUST_CHECK;

/*
 * Rewrites the manifest where the audit found it wrong, by one rename; what stood there and is none of ours
 * is kept in quarantine, whatever room is left.
 */
bool repair_manifest(struct repair *repair, const struct audit *audit, struct err *err) MUST_CHECK;

/* Which pointers are taken away: those that do not belong there at all; also those with a finding; all. */
enum withdrawal { WITHDRAW_FOREIGN, WITHDRAW_WRONG, WITHDRAW_ALL };
/*
 * Takes pointers away, durably: without one clients do nothing. What is not ours is kept in quarantine,
 * whatever room is left. Nothing where the share has no pointers of its own.
 */
bool repair_withdraw(struct repair *repair, const struct audit *audit, enum withdrawal which,
                     struct err *err) MUST_CHECK;

#endif

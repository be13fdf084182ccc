/*
 * Changes of the configuration: what is in effect as lines of text, and how they differ from those that were
 * recorded last. Which differences loosen a ring is in changes_loosen.h.
 */
#ifndef RINGMGR_POLICY_CHANGES_H
#define RINGMGR_POLICY_CHANGES_H

#include "ringmgr/base/digest.h"
#include "ringmgr/policy/settings.h"

/*
 * One setting in effect. `ring` is "" for what belongs to no ring; such keys say their section, too:
 * "[origin] publisher", "[people] anna". Of a ring, keys are those of the configuration, and "configured":
 * "yes", or "no" for one that has left the configuration; its other lines are then the last that it had.
 */
struct effective {
    char *ring, *key, *value;
};
struct effectives {
    struct effective *item; /* sorted by ring, then key, as strcmp() does */
    size_t len;
};

/* Keys that are more than a name to compare. */
#define CHANGES_ROOTS        "[origin] roots"
#define CHANGES_PUBLISHER    "[origin] publisher"
#define CHANGES_MINIMUM_LEFT "[support] minimum_left"
#define CHANGES_PEOPLE       "[people] " /* and the person's name */
#define CHANGES_CONFIGURED   "configured"
#define CHANGES_KEYS         "manifest_keys SHA-256" /* what is in the files that manifest_keys names */

/* The value of `publish`, `soak`, … in words that are the same for settings of the same effect, as the
 * configuration would read them; "" where nothing is set. NULL if there is no such line. */
const char *effectives_value(const struct effectives *list, const char *ring, const char *key);
void effectives_clear(struct effectives *list);

/*
 * All settings that are in effect. `roots` is the digest of the file of trusted roots; NULL if that could not
 * be read: then there is no line "[origin] roots". effectives_clear() frees.
 */
void changes_describe(const struct settings *settings, const struct digest *roots,
                      struct effectives *effective);
/* Adds to it what is in the files of the ring's `manifest_keys`, one digest each, in any order. For a ring
 * whose files cannot all be read there is no line CHANGES_KEYS. */
void changes_describe_keys(const struct ring *ring, const struct digest *keys, size_t len,
                           struct effectives *effective);
/*
 * Adds of what was recorded what the configuration cannot take back: the roots, and a following ring's keys,
 * where they could not be read now, and every line of a ring that has left the configuration, so that it does
 * not come back loosened and unnoticed.
 */
void changes_keep(const struct effectives *recorded, struct effectives *effective);

/* Texts are borrowed from the two lists that were compared. */
struct change {
    const char *ring, *key;
    const char *before, *after; /* NULL: there was, or is, no such line */
};
struct changes {
    struct change *item; /* sorted as the lists are; the caller frees it */
    size_t len;
};

/* Every line that is in one list and not, or not so, in the other. */
void changes_compare(const struct effectives *recorded, const struct effectives *effective,
                     struct changes *changes);

/*
 * Appends "soak: 14 days -> 3 days; approvals: 2 -> 1", at most `limit` bytes (at least 64): what does not
 * fit is counted ("and 2 more"), and a first one that does not fit by itself is cut.
 */
void changes_text(const struct changes *changes, size_t limit, struct buf *text);

#endif

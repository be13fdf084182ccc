/*
 * Which changes of the configuration loosen a ring, so that it is held until an approver has looked at it.
 */
#ifndef RINGMGR_POLICY_CHANGES_LOOSEN_H
#define RINGMGR_POLICY_CHANGES_LOOSEN_H

#include "ringmgr/policy/changes.h"

struct change_context {
    const struct effectives *recorded, *effective; /* the two that were compared */
    int64_t today;                                 /* local day: freezes that are over do not matter */
    const struct support_rules *rules;             /* what `minimum_left = auto` means; NULL: unknown */
};

/*
 * Whether a change loosens this ring: its own change, or one of what belongs to no ring. A setting that was
 * not recorded before loosens nothing; a recorded text that cannot be read any more does.
 *
 * any change: channel, source, path, [origin] roots and publisher. publish: to auto. first: to yes.
 * four_eyes: to no. approvals, override_people, expedite_approvals, throttle_min, [support] minimum_left:
 * less (auto is what the ring's channel has; where that is unknown, to or from auto). settle: shorter. soak,
 * expedite_soak: shorter; between days and workdays, if it can be shorter, holidays aside. approvers: one
 * more, or none any more. overriders: one more. freeze: a day from today on is free. days: a minute of the
 * week is open. [people]: of two accounts that were one person, each is another. sites_ready: less.
 * required_sites (the sites that count for it): one fewer. What is in the files of manifest_keys: any change.
 * origin, manifest_keys: any change, also where they
 * are set or removed in a ring that was there before. Nothing else does.
 */
bool changes_loosens(const struct change *change, const char *ring, const struct change_context *context);
/* Those of `changes` that loosen this ring. The caller frees loosened->item. */
void changes_select(const struct changes *changes, const char *ring, const struct change_context *context,
                    struct changes *loosened);

#endif

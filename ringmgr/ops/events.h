/*
 * Events: what has happened since the last look, as notices. No operation knows of them; they are read from
 * the history, from the attentions, and from how each ring stands against what was told of it.
 *
 * Their names are those of policy/notify.h: "staged", "waits-approval", "promoted", "rolled-back", "support",
 * "expired", "recalled", "upstream", "not-genuine", "healed", "loosened", "override", "sync-failing",
 * "space", "attention" (every other one), "history-head" (once a day), "notify-failing", "site".
 */
#ifndef RINGMGR_OPS_EVENTS_H
#define RINGMGR_OPS_EVENTS_H

#include "ringmgr/ops/job.h"

/*
 * Appends a notice for everything new, in one transaction; after an error nothing was appended, and all of it
 * is new the next time. The first look tells nothing of the past, only what stands: attentions, and rings
 * that wait or are short of support.
 */
bool events_collect(const struct job *job, struct err *err) MUST_CHECK;

#endif

/*
 * What every command that writes does first, so that nothing that happened while no command ran goes
 * unnoticed: a step of the clock, a ring that was renamed, a change of the configuration.
 */
#ifndef RINGMGR_OPS_BEGIN_H
#define RINGMGR_OPS_BEGIN_H

#include "ringmgr/ops/job.h"

/*
 * To be called once, after the state is open. First, a restore that was interrupted holds every ring
 * (rebuild_resume()). Each finding is a history entry of the service's, which names
 * who ran this command (but "rename": its reason is the old name), and is recorded by one of two commands
 * that find it at once:
 *
 * "clock-step": the clock has moved otherwise than time has passed (mark_clock()); it is warned of, too.
 * "rename": a ring with `was` has taken over what the old name had (mark_ring_renamed()). ERR_USAGE and
 * ERR_LOCKED where that is refused; ERR_USAGE, too, where a ring of the old name is still configured.
 * "settings": what changed in a ring or in what belongs to none; the first time, only that they were
 * recorded. A ring that has offered a build and is looser now (changes_loosen.h) is held, HOLD_SETTINGS, with
 * the approvers that it had when it was last accepted, and there is an attention "settings-loosened". A ring
 * that has left the configuration is compared when it returns; what loosens every ring holds it meanwhile.
 * What was taken out of a ring's content is leaving from then on, what is back in it no more (leaving.h).
 *
 * Roots that cannot be read now are compared when they can. Costs two queries where there is nothing to
 * record. After an error what was not recorded is found by the next command.
 */
bool begin_run(const struct job *job, struct err *err) MUST_CHECK;

#endif

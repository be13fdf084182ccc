/* Heal: puts one ring's share right after somebody has changed something in it. */
#ifndef RINGMGR_OPS_HEAL_H
#define RINGMGR_OPS_HEAL_H

#include "ringmgr/ops/job.h"

struct heal_result {
    struct strv healed;      /* paths below Office/Data that are right again */
    struct strv quarantined; /* paths of what was moved to <store>/quarantine */
    struct strv left;        /* "PATH PROBLEM": what stays wrong until a person or a sync has acted */
    struct strv refetch;     /* "RING BUILD", RING takes from origin: `ringmgr sync RING --build BUILD` brings
                                back an object that was damaged or is lost; heal `again` after it */
    struct strv look;  /* other rings that show an object which was put aside just now: their pointers may
                          lead to it */
    struct strv again; /* rings that show such an object: to be healed ("" = anything) after the sync */
};

/*
 * Looks at the ring's share and puts right what is wrong there. `paths` are those that changed, below
 * Office/Data; "" or an empty list mean anything. Everything is looked at by metadata (a stat a file);
 * files among `paths` are also read, be they copies or the object itself.
 *
 * In this order: an interrupted publication is finished or undone (reconcile_ring(); until then what it names
 * belongs there, too); wrong pointers leave at once, and the right ones take their place if nothing is known
 * against the live build, else as soon as it is whole; missing and wrong files from objects that are intact;
 * foreign ones to <store>/quarantine, where nothing is ever deleted, as far as `quarantine_max` goes
 * (attention "quarantine-full"). What the service cannot move there is the attention "foreign-stays". An
 * object that is not its name is put aside: attention "object-lost", and result->refetch. While the live
 * build is not whole its pointers are taken away, for without one clients do nothing: attention
 * "pointer-withdrawn". A file that was put right three times within an hour is left alone until `ringmgr
 * verify --repair`: attention "heal-loop"; pointers never are. What stays wrong is the attention
 * "share-wrong".
 *
 * Takes the ring's and the store's lock itself, so a publication that runs is waited for (job->wait_ms, then
 * ERR_LOCKED: try again). If everything is right nothing is written. Else one history entry "heal". An error
 * means that healing could not go on; what was done until then stays done and is in the result.
 * heal_clear() frees.
 */
bool heal_run(const struct job *job, const struct ring *ring, const struct strv *paths,
              struct heal_result *result, struct err *err) MUST_CHECK;
void heal_clear(struct heal_result *result);

#endif

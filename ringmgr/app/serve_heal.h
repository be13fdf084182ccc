/*
 * What is wrong on the shares, or may be: collected for a moment, then given to a job `heal` a ring; objects
 * that are lost are fetched again by a sync of that very build, and the rings that show them are healed once
 * more.
 */
#ifndef RINGMGR_APP_SERVE_HEAL_H
#define RINGMGR_APP_SERVE_HEAL_H

#include "ringmgr/app/serve_jobs.h"
#include "ringmgr/app/serve_plan.h"

struct serve_heal;

/* `jobs`, `plan` and `log` are borrowed. */
struct serve_heal *serve_heal_new(struct serve_jobs *jobs, struct serve_plan *plan, const struct log *log);
void serve_heal_free(struct serve_heal *heal);

/* These are the rings from now on; what is waiting for others is forgotten. */
void serve_heal_set_rings(struct serve_heal *heal, const struct settings *settings);

/* Something has changed: a path below the ring's Office/Data, "" for anything. A ring that is not known is
 * passed over. */
void serve_heal_note(struct serve_heal *heal, const char *ring, const char *path);
/* Anything may have changed, in every ring. */
void serve_heal_note_all(struct serve_heal *heal);
/* The same, and events were lost that may have told of changed bytes: a full audit is due, once an hour at
 * most, where the schedule has one. */
void serve_heal_note_lost(struct serve_heal *heal);

/* Starts what has waited long enough and whose lane is free. */
void serve_heal_start_due(struct serve_heal *heal);
/* When serve_heal_start_due() has something to do, in serve_loop_now_ms(), if its lane is free; -1: never. */
int64_t serve_heal_due_ms(const struct serve_heal *heal);

#endif

/* What the parts of events.c share: one event becomes one notice. */
#ifndef RINGMGR_OPS_EVENT_NOTE_H
#define RINGMGR_OPS_EVENT_NOTE_H

#include "ringmgr/ops/job.h"
#include "ringmgr/state/notices.h"

/* Appends it at the time of now, with the version of its build where the history of releases names one.
 * Inside a transaction. Texts may be NULL where a notice has "" for none. */
bool event_note(const struct job *job, const struct notice *what, struct err *err) MUST_CHECK;

/* Notices `what` to be told of a ring ("" none in particular) if that differs from what was seen of it last;
 * *changed says so, and it is seen then. `otherwise` is what counts as seen before the first look. */
bool event_changed(const struct job *job, const char *what, const char *ring, const char *value,
                   const char *otherwise, bool *changed, struct err *err) MUST_CHECK;

#endif

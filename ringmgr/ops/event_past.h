/* Events of the past: entries of the history, and attentions that were raised. */
#ifndef RINGMGR_OPS_EVENT_PAST_H
#define RINGMGR_OPS_EVENT_PAST_H

#include "ringmgr/ops/job.h"

/* Entries that are older when they are first looked at are no news any more. */
enum { EVENT_NEWS_SECONDS = 7 * 86400 };

/* Appends the notices of entries and attentions that were not seen yet, and of the history's head once a day.
 * Inside a transaction. */
bool event_past_collect(const struct job *job, struct err *err) MUST_CHECK;

#endif

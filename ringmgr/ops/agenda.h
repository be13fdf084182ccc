/* Agenda: what the books say about the weeks to come, gathered for policy/agenda. */
#ifndef RINGMGR_OPS_AGENDA_H
#define RINGMGR_OPS_AGENDA_H

#include "ringmgr/ops/job.h"
#include "ringmgr/policy/agenda.h"

enum { AGENDA_DAYS = 60 };

/*
 * Of every ring: freezes, ends of soak of all builds on their way into it, the first chance of its candidate,
 * holds that end, approvals that lapse, dates of support, and the promotion that is planned; and Microsoft's
 * patch days. AGENDA_DAYS from `now`, sorted. Reads only. agenda_clear() frees, also after an error.
 */
bool agenda_gather(const struct job *job, int64_t now, struct agenda *agenda, struct err *err) MUST_CHECK;

#endif

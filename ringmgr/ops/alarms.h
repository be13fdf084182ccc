/* Alarms: the attentions that follow from what rings offer and from the date. */
#ifndef RINGMGR_OPS_ALARMS_H
#define RINGMGR_OPS_ALARMS_H

#include "ringmgr/ops/outlook.h"

/*
 * Brings the attentions of every ring up to date: a live build that Microsoft has withdrawn
 * ("live-recalled") or that is blocked ("live-blocked"), support that ends soon, or a successor that is late
 * ("support"); and a clock that shows less than it must ("clock-behind"). What no longer holds is cleared.
 * Called at the end of every run that may have changed something.
 */
bool alarms_refresh(const struct job *job, struct err *err) MUST_CHECK;

/* Appends the sentence about a ring's support: until when, and what stands in the way of a successor. For an
 * outlook with a deadline. */
void alarms_say_support(const struct ring *ring, const struct outlook *outlook, struct buf *text);
/*
 * Only what is about promotions that were ordered for a time ("promote-at-overdue"): raised while one waits
 * because the clock is not synchronised, or no run has come to it for a quarter of an hour; else cleared.
 */
bool alarms_refresh_orders(const struct job *job, struct err *err) MUST_CHECK;

#endif

/* A state that is lost: none, where store, shares or noted heads show that there was one. */
#ifndef RINGMGR_OPS_STATE_LOST_H
#define RINGMGR_OPS_STATE_LOST_H

#include "ringmgr/base/err.h"
#include "ringmgr/policy/settings.h"

/*
 * To be asked before a state is opened. ERR_NOT_GENUINE, naming what was found and what brings the state
 * back, if the state's folder holds no database, but history_head_file a head, the store an object or the
 * share of a ring something in Office/Data: a new state would begin a second history beside the noted one,
 * and know nothing of holds and blocks. What cannot be read is passed over; nothing is made.
 */
bool state_lost_check(const struct settings *settings, struct err *err) MUST_CHECK;

#endif

/* Queues: what each target of [notify NAME] has not been told yet, and why. Reads only. */
#ifndef RINGMGR_OPS_TELL_QUEUE_H
#define RINGMGR_OPS_TELL_QUEUE_H

#include "ringmgr/ops/job.h"
#include "ringmgr/policy/notify.h"
#include "ringmgr/state/notices.h"

/* One target's. */
struct tell_queue {
    const char *target;
    size_t waiting;       /* notices that are for it, of those that were collected */
    int64_t failing_unix; /* since when nothing gets through; -1: it does */
    int64_t next_unix;    /* when it is tried again; -1: with the next run */
    char *error;          /* of the last try; NULL. Holds no secret */
};
struct tell_queues {
    struct tell_queue *item; /* in the order of the configuration */
    size_t len;
};

/* Whether a notice is for the target: as it asks, and not that it cannot be told itself. */
bool tell_is_for(const struct notify_target *target, const struct notice *notice);

/* All of them; a target that is new has none. tell_queues_clear() frees, also after an error. */
bool tell_queues_get(const struct job *job, struct tell_queues *queues, struct err *err) MUST_CHECK;
void tell_queues_clear(struct tell_queues *queues);

#endif

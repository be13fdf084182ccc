/*
 * Telling: collects what has happened and brings it to every target of [notify NAME], in order, at least
 * once. A notice that arrived twice has the same id.
 */
#ifndef RINGMGR_OPS_TELL_H
#define RINGMGR_OPS_TELL_H

#include "ringmgr/ops/courier.h"
#include "ringmgr/ops/job.h"

/* How it went with one target. */
struct tell_target {
    const char *name;
    unsigned delivered;
    bool failed;
    char text[512];    /* why; holds no secret */
    int64_t next_unix; /* when it is tried again; -1: there is nothing to try */
};
struct tell {
    struct tell_target *target; /* in the order of the configuration */
    size_t len;
};

/*
 * One run. What a target cannot be told stays, in order, and is tried again after 1, 2, 4 … 60 minutes; what
 * it refuses, hourly. A target that refuses, or that nothing has reached for a day, is an attention
 * "notify-failing", which goes when something gets through. Repetitions that wait for a target arrive as one
 * with their count. A target that has been told things for a minute goes on with the next run, behind the
 * others. A target that is new is told what is new from then on. ERR_LOCKED while another run is at
 * it; a target that fails is no error. tell_clear() frees, also after an error.
 */
bool tell_run(const struct job *job, const struct courier_options *options, struct tell *tell,
              struct err *err) MUST_CHECK;
void tell_clear(struct tell *tell);

/*
 * Sends the event "test" to one target, whatever that is told otherwise, under an id of its own, and leaves
 * no trace. ERR_UPSTREAM naming what the server said, if it did not take it; ERR_USAGE where a file of the
 * target is not as it must be.
 */
bool tell_test(const struct notify_target *target, const struct courier_options *options,
               struct send_answer *answer, struct err *err) MUST_CHECK;

/*
 * What waits for one target is told now, as tell_run() does it, whenever it was to be tried again; an
 * attention "notify-failing" ends, or stands with what was said this time. For when a test has got through.
 * ERR_LOCKED while a run is at it.
 */
bool tell_catch_up(const struct job *job, const struct courier_options *options,
                   const struct notify_target *target, struct tell_target *told, struct err *err) MUST_CHECK;

/* Whether the files of a target (address, credentials, template, ca) are there, shut to others, and of use.
 * ERR_USAGE naming the first that is not, a template also by its line. What systemd hands to the service
 * alone is looked at by the service alone. */
bool tell_check(const struct notify_target *target, const struct courier_options *options,
                struct err *err) MUST_CHECK;

#endif

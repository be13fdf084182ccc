/* One started program of base/errand: how it is started, signalled and buried. */
#ifndef RINGMGR_BASE_ERRAND_CHILD_H
#define RINGMGR_BASE_ERRAND_CHILD_H

#include "ringmgr/base/errand.h"

#include <sys/types.h>

struct child {
    pid_t pid;     /* of the leader of a process group; 0: none */
    int out, said; /* pipes from its standard output and standard error, non-blocking; -1: done with */
    int ended;     /* a pidfd, readable once it has ended; -1: buried */
};
#define CHILD_NONE ((struct child){.out = -1, .said = -1, .ended = -1})

/* Starts the errand's program. After an error nothing runs and *child is none. */
bool child_start(const struct errand *errand, struct child *child, struct err *err) MUST_CHECK;

/* Whether what a child said and its exit status mean that its program was not there to be started. */
bool child_is_missing(int status, const struct buf *said);

/* SIGTERM or SIGKILL to it and to everything in its group; a stopped one is woken for it. Only before it is
 * buried. */
void child_signal(const struct child *child, int signal);

/* Once it has ended: its status as waitpid(2) has it. Whatever it has left running in its group is killed
 * before. What it said can still be read. */
int child_bury(struct child *child);

/* Closes what can still be read. */
void child_close(struct child *child);

#endif

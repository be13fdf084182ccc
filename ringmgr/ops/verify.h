/* Verify: every share, and the objects behind it, against what the books say must be there. */
#ifndef RINGMGR_OPS_VERIFY_H
#define RINGMGR_OPS_VERIFY_H

#include "ringmgr/ops/job.h"

struct verify_finding {
    char *ring;
    char *path; /* below the ring's Office/Data */
    char *problem;
    bool repaired;
    bool lost; /* and cannot be repaired: the store has lost the object */
};

struct verify {
    struct verify_finding *finding;
    size_t len, repaired;
    size_t reclaimed; /* objects that the store had lost, and has again from a share */
    uint64_t checked_files, checked_bytes;
};

struct verify_options {
    const struct ring *const *rings; /* NULL-terminated */
    bool quick;                      /* sizes, permissions and inodes, also of objects; none is read */
    bool repair;
    bool unattended; /* repair for the service: what heal leaves alone (heal-loop) stays so */
};

/*
 * Checks the rings. With `repair` interrupted publications are finished first, wrong pointers and files are
 * replaced where the store has the right bytes, and damaged objects are put aside and taken back from a share
 * that still has them, so that sync need fetch only the others again. Each repair is a history entry. An
 * error means that a ring could not be checked; findings are no error. verify_clear() frees.
 */
bool verify_run(const struct job *job, const struct verify_options *options, struct verify *verify,
                struct err *err) MUST_CHECK;
void verify_clear(struct verify *verify);

#endif

/* Outlook: until when a ring's live build is supported, and whether a successor can come in time. */
#ifndef RINGMGR_OPS_OUTLOOK_H
#define RINGMGR_OPS_OUTLOOK_H

#include "ringmgr/ops/awaited.h"
#include "ringmgr/ops/facts.h"

struct outlook {
    struct support_build live; /* its version text is in facts or releases of the call; copied to version[] */
    char version[RELEASE_VERSION_SIZE];
    struct deadline deadline;
    bool undated; /* no deadline only because no release history names the live build: it may be over */
    struct support_outlook support;
    struct awaited awaited; /* what comes when the window opens */
    bool has_successor;     /* a candidate whose own deadline is later */
    struct build successor;
    int64_t successor_unix; /* when it can go at the earliest, if people agree in time; -1: nobody knows */
};

/*
 * As the books say at `at_unix` (now, or a date to come). `facts` are those of the ring's candidate, NULL if
 * it has none. An empty ring has no deadline and is ok.
 */
bool outlook_make(const struct job *job, const struct ring *ring, const struct facts *candidate,
                  int64_t at_unix, struct outlook *outlook, struct err *err) MUST_CHECK;

#endif

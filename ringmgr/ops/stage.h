/*
 * Staging: brings every file of one build into the store, proven. The order is that of trust: signed cabinets
 * first, for they hold the hashes and sizes of the streams.
 */
#ifndef RINGMGR_OPS_STAGE_H
#define RINGMGR_OPS_STAGE_H

#include "ringmgr/ops/upstream.h"
#include "ringmgr/policy/manifest.h"
#include "ringmgr/state/catalog.h"

struct lists;

struct stage_request {
    const struct channel *channel;
    struct build build;
    const struct content *content;   /* of the ring and of all that take from it */
    int64_t throttle;                /* of the pointer, for the catalog; -1 unknown */
    const struct lists *lists;       /* that mark files as mandatory (lists.h); NULL: none */
    const struct manifest *manifest; /* of a ring that follows: what each file must be, beside everything
                                        else; NULL: nobody says */
    const struct entry *entry; /* goes into the history with the news that the build is complete, or not at
                                  all; NULL: nothing does */
    bool all_or_nothing;       /* name nothing of a build that turns out incomplete (import) */
};

struct staged {
    bool complete; /* every file is there now */
    bool news;     /* it was not complete before */
    bool waits;    /* the window was shut, or closed meanwhile: what came stays in quarantine */
    size_t files;  /* of the build and content */
    uint64_t bytes_total, bytes_fetched, bytes_reused;
    uint64_t room_bytes; /* foreseen only (foresee.h): of the disk, for streams */
    struct strv missing; /* mandatory files that upstream lacks */
};

/*
 * Fetches what is not at hand, proves it and records it in the catalog. With a manifest only what that names
 * is asked for: it is ERR_NOT_GENUINE where it is not what that says, and missing where it is not there.
 * Needs the upstream and the store lock. Errors: ERR_NOT_GENUINE naming the file (twice not what it must be),
 * ERR_UPSTREAM (network, or files missing: then `missing` names them; ERR_NOT_GENUINE with all_or_nothing),
 * ERR_NO_SPACE with the missing amount. True with `waits` where the window ends it early: then it is not
 * complete. What was proven until then is in the store (unless all_or_nothing), what is half there is
 * continued by the next run; of an import only where the network failed it, otherwise nothing is left of it.
 * staged_clear() frees.
 */
bool stage_build(const struct job *job, const struct origin_session *origin,
                 const struct stage_request *request, struct staged *staged, struct err *err) MUST_CHECK;
void staged_clear(struct staged *staged);

#endif

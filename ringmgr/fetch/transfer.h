/*
 * Bulk: many files through a few connections into incoming handles, resumed where an earlier run stopped,
 * hashed on the way. Knows neither catalog nor shares.
 */
#ifndef RINGMGR_FETCH_TRANSFER_H
#define RINGMGR_FETCH_TRANSFER_H

#include "ringmgr/base/digest.h"
#include "ringmgr/fetch/http.h"
#include "ringmgr/fetch/plan.h"
#include "ringmgr/store/incoming.h"

enum transfer_result {
    TRANSFER_PENDING,
    TRANSFER_DONE,    /* all bytes are in `in`; where `expect` is set they have that digest */
    TRANSFER_ABSENT,  /* 404 or 410 */
    TRANSFER_STOPPED, /* http_options.stop_unix has come: the part keeps its bytes, `err` is empty */
    TRANSFER_FAILED,  /* see `err`: ERR_UPSTREAM, ERR_NOT_GENUINE (twice not what `expect` says), ERR_NO_SPACE
                         … */
};

#define TRANSFER_SIZE_UNKNOWN UINT64_MAX

struct transfer {
    const char *path;    /* below the session's base */
    struct incoming *in; /* open; may hold bytes of an earlier run; stays the caller's */
    uint64_t
        expect_bytes; /* known size, or TRANSFER_SIZE_UNKNOWN: an answer of another length is wrong at once */
    uint64_t limit_bytes;          /* more than that is an error at once, also where the size is unknown */
    const struct digest *expect;   /* NULL: the caller proves it */
    const struct fetch_plan *plan; /* sound: pieces at hand, and what proves each (plan.h); NULL: plain */

    enum transfer_result result;
    uint64_t fetched_bytes; /* body bytes received for it, all attempts together */
    uint64_t copied_bytes;  /* of `in`, put there from the plan's sources and from the file itself */
    uint64_t givers; /* mirrors that gave some of it, a bit each; TRANSFER_GIVER_UNKNOWN: an earlier run */
    unsigned requests;
    struct err err;
};

#define TRANSFER_GIVER_UNKNOWN (UINT64_C(1) << 63)

/*
 * Fetches all of them, largest first. Only what a part lacks is asked for, with Range and If-Range (a strong
 * ETag, else a Last-Modified date that is strong as RFC 9110, 8.8.2.2 has it; without either it starts
 * afresh, unless `expect` proves the whole in the end); a 200 to a Range request is taken as the whole file;
 * a 206 must hold what was asked for and belong to the same validator. Where `expect_bytes` and `expect` are
 * set and already true nothing is asked.
 *
 * When no file waits any more and a connection is slower than the link, free connections fetch further ranges
 * of a file that has `expect`; trouble with them leaves the file to one connection. Where the session has
 * mirrors each file goes to the healthiest, and on to another where one fails (without `expect` from the
 * beginning); absent or refused is what all of them say. One that gave what is proven wrong is not asked
 * again in this session, unless nobody else is left.
 *
 * With a `plan` (and `expect`, and `expect_bytes` as the plan's) what an earlier run has left is proven piece
 * by piece, what is at hand is proven and copied, the rest is fetched in ranges, several a request where the
 * origin can. The first pieces of each answer are proven as they come, all others where the whole is not what
 * `expect` says. A piece at hand that is wrong marks its source as rotten and is fetched; one that came wrong
 * is asked for once more, past caches, then the file is fetched plainly. A plan that would not save enough is
 * not followed.
 *
 * What is not what `expect` or `expect_bytes` say is fetched once more from nothing, past caches; twice wrong
 * (at each mirror) is ERR_NOT_GENUINE. Failures that are worth it are retried as by http_get(); an attempt
 * that gained a MiB starts the count anew. Space is reserved when the length is known. The outcome of each is
 * in `list`; one failure does not stop the others, except ERR_NO_SPACE, which stops all: those not done are
 * TRANSFER_FAILED with that error. When http_options.stop_unix comes those not done are TRANSFER_STOPPED.
 * Parts keep their bytes in every case. Runs threads of its own, which are gone when it returns. Returns
 * false only if the session itself cannot work; then nothing was asked.
 */
bool transfer_run(struct http *http, struct transfer *list, size_t len, struct err *err) MUST_CHECK;

/*
 * What one of them brought (TRANSFER_DONE) is not genuine, which the caller alone could see: a mirror that
 * gave all of it is not asked for files any more in this session, unless nobody else is left.
 */
void transfer_blame(struct http *http, const struct transfer *transfer);

#endif

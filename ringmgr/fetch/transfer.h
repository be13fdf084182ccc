/*
 * Bulk: many files through a few connections into incoming handles, resumed where an earlier run stopped,
 * hashed on the way. Knows neither catalog nor shares.
 */
#ifndef RINGMGR_FETCH_TRANSFER_H
#define RINGMGR_FETCH_TRANSFER_H

#include "ringmgr/base/digest.h"
#include "ringmgr/fetch/http.h"
#include "ringmgr/store/incoming.h"

enum transfer_result {
    TRANSFER_PENDING,
    TRANSFER_DONE,   /* all bytes are in `in`; where `expect` is set they have that digest */
    TRANSFER_ABSENT, /* 404 or 410 */
    TRANSFER_FAILED, /* see `err`: ERR_UPSTREAM, ERR_NOT_GENUINE (twice not what `expect` says), ERR_NO_SPACE
                        … */
};

#define TRANSFER_SIZE_UNKNOWN UINT64_MAX

struct transfer {
    const char *path;    /* below the session's base */
    struct incoming *in; /* open; may hold bytes of an earlier run; stays the caller's */
    uint64_t
        expect_bytes; /* known size, or TRANSFER_SIZE_UNKNOWN: an answer of another length is wrong at once */
    uint64_t limit_bytes;        /* more than that is an error at once, also where the size is unknown */
    const struct digest *expect; /* NULL: the caller proves it */

    enum transfer_result result;
    uint64_t fetched_bytes; /* body bytes received for it, all attempts together */
    unsigned requests;
    struct err err;
};

/*
 * Fetches all of them, largest first. A part with bytes is continued with Range and If-Range (a strong ETag,
 * else a Last-Modified date that is strong as RFC 9110, 8.8.2.2 has it; without either it starts afresh); a
 * 200 to a Range request is taken as the whole file; a 206 must begin where it was asked to and belong to the
 * same validator. Where `expect_bytes` and `expect` are set and already true nothing is asked. What is not
 * what `expect` or `expect_bytes` say is fetched once more from nothing, past caches; twice wrong is
 * ERR_NOT_GENUINE. Failures that are worth it are retried as by http_get(); an attempt that gained a MiB
 * starts the count anew. Space is reserved when the length is known. The outcome of each is in `list`; one
 * failure does not stop the others, except ERR_NO_SPACE, which stops all: those not done are TRANSFER_FAILED
 * with that error. Parts keep their bytes in every case. Runs threads of its own, which are gone when it
 * returns. Returns false only if the session itself cannot work; then nothing was asked.
 */
bool transfer_run(struct http *http, struct transfer *list, size_t len, struct err *err) MUST_CHECK;

#endif

/* Soundness: whether objects of the store still have the bytes that they are named for. */
#ifndef RINGMGR_OPS_SOUNDNESS_H
#define RINGMGR_OPS_SOUNDNESS_H

#include "ringmgr/ops/job.h"

struct sized_object {
    struct digest digest;
    uint64_t bytes;
};

/* Zero-initialised is empty; soundness_clear() frees. */
struct soundness {
    struct sized_object *object; /* to be read */
    size_t objects;
    struct digest *sound, *damaged; /* what came of it; damaged are also those that are not there */
    size_t sound_len, damaged_len;
    size_t evicted;      /* of the damaged: put aside just now */
    uint64_t rate_limit; /* bytes that are read a second; 0: as fast as it goes */
};

/* Asks about one more object, of so many bytes by the books. */
void soundness_add(struct soundness *soundness, const struct digest *digest, uint64_t bytes);

/*
 * Reads every object once, however often it was added, on all cores. With `evict` those that are damaged are
 * put aside (store_evict()). What could not be read for any other reason (too many open files, an I/O error
 * that may pass) is an error: nothing is put aside on suspicion. Needs the store's lock.
 */
bool soundness_check(const struct job *job, struct soundness *soundness, bool evict,
                     struct err *err) MUST_CHECK;
/* Only whether each is there, of its size: those that are not are damaged. Nothing is read, or called sound.
 */
void soundness_look(const struct job *job, struct soundness *soundness);
void soundness_clear(struct soundness *soundness);

#endif

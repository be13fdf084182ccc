/* Hashing many files on several cores: the only place beside fetch/transfer where threads run. */
#ifndef RINGMGR_BASE_HASHPOOL_H
#define RINGMGR_BASE_HASHPOOL_H

#include "ringmgr/base/digest.h"

struct hash_result {
    bool ok;
    struct digest digest; /* with ok */
    uint64_t bytes;       /* with ok */
    struct err err;       /* without */
};

/*
 * Opens file number `index` for reading: a descriptor that the pool closes, or -1 and `err`. Called from
 * several threads at once.
 */
typedef int hashpool_open(void *context, size_t index, struct err *err);

/*
 * Hashes files 0 … count-1 in this order (put the big ones first) on up to `threads` threads, 0: one a core,
 * all together no faster than `rate_limit` bytes a second on the average, 0: as fast as it goes. Each outcome
 * is in result[]; returns when all are done. No thread is left behind.
 */
void hashpool_run(hashpool_open *open_file, void *context, size_t count, unsigned threads,
                  uint64_t rate_limit, struct hash_result *result);

#endif

/* What objects.c and incoming.c share and nobody else sees: the folders of a store. */
#ifndef RINGMGR_STORE_LAYOUT_H
#define RINGMGR_STORE_LAYOUT_H

#include "ringmgr/store/objects.h"

struct store {
    int dir;
    int objects;  /* -1: a readonly store that has none yet */
    int incoming; /* -1: a readonly store */
};

/*
 * Renames `part` of the incoming folder, an fsynced 0444 file of `bytes` bytes, to the object `digest`, and
 * makes that durable. An object that is already there with that size stays and `part` is removed; one with
 * another size cannot be what its name says and is evicted first. After an error `part` is still there.
 */
bool layout_adopt(struct store *store, const char *part, const struct digest *digest, uint64_t bytes,
                  struct err *err) MUST_CHECK;

#endif

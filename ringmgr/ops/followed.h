/* What a ring that follows headquarters was last told: the newest manifest that it has accepted. */
#ifndef RINGMGR_OPS_FOLLOWED_H
#define RINGMGR_OPS_FOLLOWED_H

#include "ringmgr/ops/job.h"
#include "ringmgr/policy/manifest.h"

/* The public keys that may have signed the manifests of a ring. */
struct followed_keys {
    struct ed25519_public *key;
    size_t len;
};

/* Reads the files of `manifest_keys`. ERR_USAGE naming the file. followed_keys_clear() frees. */
bool followed_keys_read(const struct ring *ring, struct followed_keys *keys, struct err *err) MUST_CHECK;
void followed_keys_clear(struct followed_keys *keys);

/*
 * What the ring accepted last, whoever may sign now. *found false: it follows nobody, or has not accepted
 * any yet. manifest_clear() frees.
 */
bool followed_find(const struct job *job, const struct ring *ring, struct manifest *manifest, bool *found,
                   struct err *err) MUST_CHECK;

/*
 * Whether headquarters offers this build to a ring that follows it, at that time: `why` gets a sentence if
 * not (it offers another, its manifest has expired, its key is none of those that may sign now), else "".
 * *sequence is the manifest's, 0 if there is none.
 */
bool followed_offers(const struct job *job, const struct ring *ring, const struct build *build,
                     int64_t now_unix, char why[256], int64_t *sequence, struct err *err) MUST_CHECK;

#endif

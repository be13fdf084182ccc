#include "ringmgr/ops/followed.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/manifests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- keys ---- */

static bool read_key(const char *path, struct ed25519_public *key, struct err *err)
{
    AUTO_BUF pem = {0};
    if (fs_read_path(path, LIMIT_SECRET_BYTES, &pem, err) &&
        ed25519_public_parse(buf_text(&pem), pem.len, key, err))
        return true;
    err->code = ERR_USAGE;
    return err_prefix(err, "manifest_keys: %s", path);
}

bool followed_keys_read(const struct ring *ring, struct followed_keys *keys, struct err *err)
{
    *keys = (struct followed_keys){.key = mem_new(ring->manifest_keys.len + 1, sizeof *keys->key)};
    for (size_t i = 0; i < ring->manifest_keys.len; i++)
        if (read_key(ring->manifest_keys.item[i], &keys->key[i], err))
            keys->len++;
        else {
            followed_keys_clear(keys);
            return false;
        }
    return true;
}

void followed_keys_clear(struct followed_keys *keys)
{
    free(keys->key);
    *keys = (struct followed_keys){0};
}

/* ---- the manifest ---- */

bool followed_find(const struct job *job, const struct ring *ring, struct manifest *manifest, bool *found,
                   struct err *err)
{
    struct kept_manifest kept AUTO(manifests_clear) = {0};
    *manifest = (struct manifest){0};
    *found = false;
    if (!ring_follows(ring))
        return true;
    if (!manifests_find(job->state, ring->name, &kept, err))
        return false;
    *found = kept.accepted.len > 0;
    return !*found || manifest_reopen(kept.accepted.data, kept.accepted.len, manifest, err);
}

/* Proven once more: a key that was taken out of the configuration counts for nothing from then on. */
static void judge(const struct ring *ring, const struct kept_manifest *kept, const struct build *build,
                  int64_t now_unix, char why[256])
{
    struct followed_keys keys AUTO(followed_keys_clear) = {0};
    AUTO_MANIFEST manifest = {0};
    struct err err = {0};
    char offered[BUILD_TEXT_SIZE];
    const struct manifest_known known = {kept->sequence, kept->accepted.data, kept->accepted.len};
    if (!followed_keys_read(ring, &keys, &err) ||
        !manifest_open(kept->accepted.data, kept->accepted.len, keys.key, keys.len, &manifest, &err)) {
        snprintf(why, 256, "%.255s", err.msg);
        return;
    }
    enum manifest_verdict verdict = manifest_judge(&manifest, kept->accepted.data, kept->accepted.len,
                                                   ring->name, ring->channel, &known, now_unix, why);
    build_format(&manifest.build, offered);
    if (verdict == MANIFEST_SAME && build_compare(&manifest.build, build) != 0)
        snprintf(why, 256, "headquarters offers %s, and the ring takes nothing else", offered);
}

bool followed_offers(const struct job *job, const struct ring *ring, const struct build *build,
                     int64_t now_unix, char why[256], int64_t *sequence, struct err *err)
{
    struct kept_manifest kept AUTO(manifests_clear) = {0};
    *why = 0;
    *sequence = 0;
    if (!manifests_find(job->state, ring->name, &kept, err))
        return false;
    if (kept.accepted.len == 0) {
        snprintf(why, 256, "no manifest of headquarters has come yet: ringmgr sync %s", ring->name);
        return true;
    }
    *sequence = kept.sequence;
    judge(ring, &kept, build, now_unix, why);
    return true;
}

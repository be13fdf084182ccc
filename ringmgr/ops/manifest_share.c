#include "ringmgr/ops/manifest_share.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/secret.h"
#include "ringmgr/ops/clock_behind.h"
#include "ringmgr/ops/followed.h"
#include "ringmgr/ops/offered.h"
#include "ringmgr/ops/place.h"
#include "ringmgr/policy/manifest.h"
#include "ringmgr/state/manifests.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char unsigned_code[] = "manifest-unsigned";

/* One ring while its manifest is brought up to date. */
struct run {
    const struct job *job;
    const struct ring *ring;
    struct offer live;
    bool has_live;
    struct kept_manifest kept;
    struct buf wanted; /* what the share must show; empty: none */
    int64_t sequence;  /* of that */
};

static void run_clear(struct run *run)
{
    offer_clear(&run->live);
    manifests_clear(&run->kept);
    buf_clear(&run->wanted);
}

static void copy_bytes(struct buf *to, const struct buf *from)
{
    buf_clear(to);
    if (from->len)
        buf_append(to, from->data, from->len);
}

static bool is_same(const struct buf *a, const struct buf *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

/* ---- the key ---- */

static bool read_key(const struct job *job, struct ed25519_private **key, struct err *err)
{
    struct buf pem AUTO(buf_wipe) = {0};
    const char *configured = job->settings->manifest.key;
    char *path AUTO_FREE = secret_path(configured, secret_folder(), err);
    *key = NULL;
    if (path && fs_read_secret(path, LIMIT_SECRET_BYTES, &pem, err) &&
        ed25519_private_parse(buf_text(&pem), pem.len, key, err))
        return true;
    err->code = ERR_USAGE;
    return err_prefix(err, "[manifest] key = %s", configured);
}

bool manifest_share_check(const struct job *job, struct err *err)
{
    struct ed25519_private *key AUTO(ed25519_private_auto_free)
    = NULL;
    return !*job->settings->manifest.key || read_key(job, &key, err);
}

/* ---- what is to be shown ---- */

/* A ring that follows: what it has accepted, once that is about what it offers. */
static bool want_followed(struct run *run, struct err *err)
{
    AUTO_MANIFEST manifest = {0};
    copy_bytes(&run->wanted, &run->kept.shown);
    run->sequence = run->kept.sequence;
    if (run->kept.accepted.len == 0)
        return true;
    if (!manifest_reopen(run->kept.accepted.data, run->kept.accepted.len, &manifest, err))
        return false;
    if (manifest.channel == run->live.channel && build_compare(&manifest.build, &run->live.build) == 0)
        copy_bytes(&run->wanted, &run->kept.accepted);
    return true;
}

/* Signed by this key, about what is live now, and not half over. */
static bool is_fresh(const struct run *run, const struct ed25519_private *key, int64_t now)
{
    AUTO_MANIFEST manifest = {0};
    struct err why = {0};
    const struct ed25519_public public = ed25519_public_of(key);
    int64_t valid = run->job->settings->manifest.valid_seconds;
    return run->kept.shown.len &&
           manifest_open(run->kept.shown.data, run->kept.shown.len, &public, 1, &manifest, &why) &&
           strcmp(manifest.ring, run->ring->name) == 0 && manifest.channel == run->live.channel &&
           build_compare(&manifest.build, &run->live.build) == 0 &&
           digest_equal(&manifest.files_digest, &run->live.files_digest) &&
           manifest.issued_unix <= now + MANIFEST_SKEW_SECONDS && manifest.expires_unix - now > valid / 2 &&
           manifest.expires_unix - now <= valid;
}

/* What the offer of the live build is, as the manifest has it. */
static bool describe(const struct run *run, struct manifest *manifest, struct err *err)
{
    struct catalog_files files AUTO(catalog_files_clear) = {0};
    struct pointers pointers;
    struct release release;
    bool known;
    if (!catalog_offer_files(run->job->state, run->live.id, &files, err) ||
        !catalog_release_find(run->job->state, run->live.channel, &run->live.build, &release, &known, err))
        return false;
    pointers_of_build(&run->live.build, &files, &pointers);
    manifest->ring = mem_strdup(run->ring->name);
    manifest->channel = run->live.channel;
    manifest->build = run->live.build;
    manifest->files_digest = run->live.files_digest;
    manifest->architectures = pointers.architectures;
    memcpy(manifest->pointer, pointers.digest, sizeof manifest->pointer);
    manifest->released_unix = known ? release.released_unix : -1;
    if (known)
        snprintf(manifest->version, sizeof manifest->version, "%s", release.version);
    manifest->file = mem_new(files.len + 1, sizeof *manifest->file);
    for (size_t i = 0; i < files.len; i++)
        manifest->file[manifest->files++] =
            (struct manifest_file){mem_strdup(files.file[i].path), files.file[i].digest, files.file[i].bytes};
    return true;
}

/*
 * Its number is the time, or one more than the last: a headquarters that was restored from a backup goes on
 * above what its sites have seen.
 */
static bool issue(struct run *run, const struct ed25519_private *key, int64_t now, struct err *err)
{
    AUTO_MANIFEST manifest = {0};
    if (!describe(run, &manifest, err))
        return false;
    manifest.sequence = run->kept.sequence >= now ? run->kept.sequence + 1 : now;
    manifest.issued_unix = now;
    manifest.expires_unix = now + run->job->settings->manifest.valid_seconds;
    run->sequence = manifest.sequence;
    buf_clear(&run->wanted);
    manifest_seal(&manifest, key, &run->wanted);
    return true;
}

/* A clock that is behind dates nothing: what was signed before stays. */
static bool want_own(struct run *run, struct err *err)
{
    struct ed25519_private *key AUTO(ed25519_private_auto_free)
    = NULL;
    char behind[CLOCK_BEHIND_SIZE];
    int64_t now = clock_now_unix();
    run->sequence = run->kept.sequence;
    if (!*run->job->settings->manifest.key)
        return true;
    copy_bytes(&run->wanted, &run->kept.shown);
    if (!read_key(run->job, &key, err) || !clock_behind_find(run->job, now, behind, err))
        return false;
    if (*behind || is_fresh(run, key, now))
        return true;
    return issue(run, key, now, err);
}

static bool find_wanted(struct run *run, struct err *err)
{
    if (!manifests_find(run->job->state, run->ring->name, &run->kept, err) ||
        !catalog_offer_live(run->job->state, run->ring->name, &run->live, &run->has_live, err))
        return false;
    if (!run->has_live) {
        run->sequence = run->kept.sequence;
        return true;
    }
    return ring_follows(run->ring) ? want_followed(run, err) : want_own(run, err);
}

/* ---- showing it ---- */

/* Newer than the one before by a second at least: a web server tells versions apart by time and size. */
static bool replace(const struct run *run, const struct tree *tree, struct err *err)
{
    AUTO_BUF there = {0};
    struct err absent = {0};
    struct stat st;
    struct fs_replace how = {.mode = 0444, .mtime_unix = clock_now_unix()};
    if (fs_read_file(tree->data, TREE_MANIFEST, LIMIT_MANIFEST_BYTES, &there, &absent) &&
        is_same(&there, &run->wanted))
        return true;
    if (fstatat(tree->data, TREE_MANIFEST, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mtime >= how.mtime_unix)
        how.mtime_unix = st.st_mtime + 1;
    return fs_replace_file(tree->data, TREE_MANIFEST, run->wanted.data, run->wanted.len, &how, err);
}

/* Only what was ours: whatever else has that name is foreign, and told by an audit. */
static bool take_away(const struct run *run, const struct tree *tree, struct err *err)
{
    AUTO_BUF there = {0};
    struct err absent = {0};
    if (!fs_read_file(tree->data, TREE_MANIFEST, LIMIT_MANIFEST_BYTES, &there, &absent) ||
        !is_same(&there, &run->kept.shown))
        return true;
    if (unlinkat(tree->data, TREE_MANIFEST, 0) != 0)
        return err_set_errno(err, errno, "remove %s", TREE_MANIFEST);
    return fs_sync(tree->data, TREE_DATA, err);
}

static bool show(const struct run *run, struct err *err)
{
    AUTO_TREE tree = TREE_CLOSED;
    if (!is_same(&run->wanted, &run->kept.shown) &&
        !manifests_show(run->job->state, run->ring->name, run->sequence, &run->wanted, err))
        return false;
    if (run->wanted.len == 0 && run->kept.shown.len == 0)
        return true;
    if (!place_check(run->job, run->ring, err) || !tree_open(run->ring->path, false, &tree, err))
        return false;
    if (tree.data < 0)
        return true;
    return run->wanted.len ? replace(run, &tree, err) : take_away(run, &tree, err);
}

/* ---- the whole ---- */

/* Sites will find what they have stale; headquarters knows earlier. */
static bool tell(const struct job *job, const struct ring *ring, bool ok, const struct err *why,
                 struct err *err)
{
    if (ok)
        return catalog_attention_clear(job->state, unsigned_code, ring->name, NULL, err);
    char *text AUTO_FREE =
        mem_printf("its manifest for the sites that fetch it could not be written: %s", why->msg);
    const struct attention attention = {.severity = "critical",
                                        .ring = ring->name,
                                        .code = unsigned_code,
                                        .subject = "",
                                        .text = text,
                                        .since_unix = clock_now_unix()};
    return catalog_attention_raise(job->state, &attention, err);
}

bool manifest_share_refresh(const struct job *job, const struct ring *ring, struct err *err)
{
    struct run run AUTO(run_clear) = {.job = job, .ring = ring};
    struct err untold = {0};
    bool ok = find_wanted(&run, err) && show(&run, err);
    if (!tell(job, ring, ok, err, &untold))
        log_warn(job->log, "%s: %s", ring->name, untold.msg);
    return ok || err_prefix(err, "%s: ring.manifest", ring->name);
}

/* Whether there is anything to be looked at: most rings of most configurations have no manifest. */
static bool concerns(const struct job *job, const struct ring *ring, bool *concerned, struct err *err)
{
    struct kept_manifest kept AUTO(manifests_clear) = {0};
    *concerned = ring_follows(ring) || *job->settings->manifest.key;
    if (*concerned)
        return true;
    if (!manifests_find(job->state, ring->name, &kept, err))
        return false;
    *concerned = kept.shown.len > 0;
    return true;
}

static bool refresh_alone(const struct job *job, const struct ring *ring, struct err *err)
{
    AUTO_LOCK lock = NULL;
    bool concerned;
    if (!concerns(job, ring, &concerned, err))
        return false;
    return !concerned || (job_lock_ring(job, ring, &lock, err) && manifest_share_refresh(job, ring, err));
}

bool manifest_share_refresh_all(const struct job *job, struct err *err)
{
    bool ok = true;
    for (size_t i = 0; i < job->settings->rings; i++) {
        struct err one = {0};
        if (refresh_alone(job, &job->settings->ring[i], &one))
            continue;
        if (one.code == ERR_USAGE) /* of several outcomes of a run that has done something */
            one.code = ERR_FAILED;
        if (ok || err_code_worse(one.code, err->code))
            *err = one;
        ok = false;
    }
    return ok;
}

void manifest_share_keep(const struct job *job, const struct ring *ring)
{
    struct err err = {0};
    bool concerned = false;
    if (!concerns(job, ring, &concerned, &err) || (concerned && !manifest_share_refresh(job, ring, &err)))
        log_warn(job->log, "%s", err.msg);
}

/* ---- books that know less than the share ---- */

/* The keys by which this ring's manifest may be signed: headquarters' where it follows, else our own. */
static bool read_keys(const struct job *job, const struct ring *ring, struct followed_keys *keys,
                      struct err *err)
{
    struct ed25519_private *own AUTO(ed25519_private_auto_free)
    = NULL;
    if (ring_follows(ring))
        return followed_keys_read(ring, keys, err);
    if (!read_key(job, &own, err))
        return false;
    *keys = (struct followed_keys){.key = mem_new(1, sizeof *keys->key), .len = 1};
    keys->key[0] = ed25519_public_of(own);
    return true;
}

static bool take_up(const struct job *job, const struct ring *ring, const struct manifest *manifest,
                    const struct buf *bytes, struct err *err)
{
    bool ok = state_begin(job->state, err) &&
              (!ring_follows(ring) ||
               manifests_accept(job->state, ring->name, manifest->sequence, bytes, clock_now_unix(), err)) &&
              manifests_show(job->state, ring->name, manifest->sequence, bytes, err);
    return state_end(job->state, ok, err);
}

static bool adopt(const struct job *job, const struct ring *ring, struct err *err)
{
    AUTO_TREE tree = TREE_CLOSED;
    AUTO_BUF bytes = {0};
    AUTO_MANIFEST manifest = {0};
    struct followed_keys keys AUTO(followed_keys_clear) = {0};
    struct kept_manifest kept AUTO(manifests_clear) = {0};
    struct err none = {0};
    if (!tree_open(ring->path, false, &tree, &none) || tree.data < 0 ||
        !fs_read_file(tree.data, TREE_MANIFEST, LIMIT_MANIFEST_BYTES, &bytes, &none))
        return true;
    if (!read_keys(job, ring, &keys, err) || !manifests_find(job->state, ring->name, &kept, err) ||
        !manifest_open(bytes.data, bytes.len, keys.key, keys.len, &manifest, err))
        return false;
    bool newer = strcmp(manifest.ring, ring->name) == 0 && manifest.sequence > kept.sequence;
    return !newer || take_up(job, ring, &manifest, &bytes, err);
}

void manifest_share_adopt(const struct job *job, const struct ring *ring)
{
    struct err err = {0};
    if ((ring_follows(ring) || *job->settings->manifest.key) && !adopt(job, ring, &err))
        log_warn(job->log, "%s: the manifest on its share is not taken up: %s", ring->name, err.msg);
}

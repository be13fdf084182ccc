#include "ringmgr/ops/follow.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/catalog.h"
#include "ringmgr/state/manifests.h"
#include "shares/tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char refused_code[] = "manifest-refused", stale_code[] = "manifest-stale";

/* One question. */
struct run {
    const struct job *job;
    const struct origin_session *origin;
    const struct ring *ring;
    struct followed_keys keys;
    struct kept_manifest kept;
    bool void_kept;   /* it was signed by a key that may not sign any more */
    struct buf shown; /* on the ring's own share, where that is newer than what the state knows */
    struct manifest_known known;
    struct buf answer;
};

static void run_clear(struct run *run)
{
    followed_keys_clear(&run->keys);
    manifests_clear(&run->kept);
    buf_clear(&run->shown);
    buf_clear(&run->answer);
}

/* ---- what was there before ---- */

/* A state that was made anew knows less than the share, which shows what was followed. */
static void look_at_share(struct run *run)
{
    AUTO_TREE tree = TREE_CLOSED;
    AUTO_MANIFEST manifest = {0};
    struct err none = {0};
    if (!tree_open(run->ring->path, false, &tree, &none) || tree.data < 0 ||
        !fs_read_file(tree.data, TREE_MANIFEST, LIMIT_MANIFEST_BYTES, &run->shown, &none) ||
        !manifest_open(run->shown.data, run->shown.len, run->keys.key, run->keys.len, &manifest, &none))
        return;
    if (strcmp(manifest.ring, run->ring->name) == 0 && manifest.sequence > run->known.sequence)
        run->known = (struct manifest_known){manifest.sequence, run->shown.data, run->shown.len};
}

/* What a key has signed that was taken out of the configuration says nothing: it may have used up all
 * numbers. */
static void look_at_kept(struct run *run)
{
    AUTO_MANIFEST manifest = {0};
    struct err none = {0};
    const struct buf *kept = &run->kept.accepted;
    if (kept->len == 0)
        return;
    run->void_kept = !manifest_open(kept->data, kept->len, run->keys.key, run->keys.len, &manifest, &none);
    if (!run->void_kept)
        run->known = (struct manifest_known){run->kept.sequence, kept->data, kept->len};
}

static bool read_known(struct run *run, struct err *err)
{
    if (!followed_keys_read(run->ring, &run->keys, err) ||
        !manifests_find(run->job->state, run->ring->name, &run->kept, err))
        return false;
    look_at_kept(run);
    look_at_share(run);
    return true;
}

/* ---- asking ---- */

static bool fetch(struct run *run, struct err *err)
{
    struct http_answer answer AUTO(http_answer_clear) = {0};
    char *path AUTO_FREE = origin_path(run->origin, run->ring->channel, TREE_MANIFEST);
    if (!http_get(run->origin->http, path, NULL, LIMIT_MANIFEST_BYTES, &answer, err))
        return false;
    if (answer.result != HTTP_FETCHED)
        return err_set(err, ERR_UPSTREAM,
                       "%s/%s is not there: headquarters signs what it offers where [manifest] key is set",
                       run->origin->base, path);
    run->answer = answer.body;
    answer.body = (struct buf){0};
    return true;
}

/* By the name of the address, which says more than that of the file. */
static bool judge(const struct run *run, struct manifest *manifest, enum manifest_verdict *verdict,
                  char stale[256], struct err *err)
{
    char why[256];
    const struct buf *bytes = &run->answer;
    if (!manifest_open(bytes->len ? bytes->data : (const uint8_t *)"", bytes->len, run->keys.key,
                       run->keys.len, manifest, err))
        return err_prefix(err, "%s", run->origin->base);
    *verdict = manifest_judge(manifest, bytes->data, bytes->len, run->ring->name, run->ring->channel,
                              &run->known, clock_now_unix(), why);
    if (*verdict == MANIFEST_REFUSED)
        return err_set(err, ERR_NOT_GENUINE, "%s: %s", run->origin->base, why);
    if (*verdict == MANIFEST_STALE)
        snprintf(stale, 256, "%s", why);
    return true;
}

/* ---- remembering ---- */

/* Where nobody asks Microsoft, headquarters says from when its support counts. */
static bool note_release(const struct job *job, const struct manifest *manifest, struct err *err)
{
    struct release known, row = {.channel = manifest->channel,
                                 .build = manifest->build,
                                 .released_unix = manifest->released_unix};
    const struct releases one = {.row = &row, .len = 1, .published_unix = -1};
    bool found;
    if (!*manifest->version || manifest->released_unix < 0)
        return true;
    memcpy(row.version, manifest->version, sizeof row.version);
    return catalog_release_find(job->state, manifest->channel, &manifest->build, &known, &found, err) &&
           (found || catalog_releases_merge(job->state, &one, clock_now_unix(), err));
}

static bool remember(const struct run *run, const struct manifest *manifest, struct err *err)
{
    struct state *state = run->job->state;
    bool ok =
        state_begin(state, err) && (!run->void_kept || manifests_forget(state, run->ring->name, err)) &&
        manifests_accept(state, run->ring->name, manifest->sequence, &run->answer, clock_now_unix(), err) &&
        note_release(run->job, manifest, err);
    return state_end(state, ok, err);
}

/* ---- telling ---- */

static bool tell_one(const struct run *run, const char *code, const char *severity, const char *text,
                     struct err *err)
{
    char *command AUTO_FREE = mem_printf("ringmgr sync %s", run->ring->name);
    const struct attention attention = {.severity = severity,
                                        .ring = run->ring->name,
                                        .code = code,
                                        .subject = "",
                                        .text = text,
                                        .command = command,
                                        .since_unix = clock_now_unix()};
    return *text ? catalog_attention_raise(run->job->state, &attention, err)
                 : catalog_attention_clear(run->job->state, code, run->ring->name, NULL, err);
}

/* What is followed may have expired while headquarters could not be asked, or answered with something else.
 */
static void find_expired(const struct run *run, char text[256])
{
    AUTO_MANIFEST manifest = {0};
    struct err none = {0};
    char at[CLOCK_TEXT_SIZE];
    if (run->kept.accepted.len == 0 ||
        !manifest_reopen(run->kept.accepted.data, run->kept.accepted.len, &manifest, &none) ||
        clock_now_unix() < manifest.expires_unix)
        return;
    clock_format(manifest.expires_unix, at);
    snprintf(text, 256,
             "the manifest of headquarters expired at %s, and no newer one has come: nothing new is taken, "
             "what is live stays",
             at);
}

static void tell(const struct run *run, bool ok, const char *stale, const struct err *why)
{
    struct err err = {0};
    char expired[256];
    bool refused = !ok && why->code == ERR_NOT_GENUINE;
    snprintf(expired, sizeof expired, "%s", stale);
    if (!ok)
        find_expired(run, expired);
    if (((ok || refused) && !tell_one(run, refused_code, "critical", refused ? why->msg : "", &err)) ||
        !tell_one(run, stale_code, "warning", expired, &err))
        log_warn(run->job->log, "%s: %s", run->ring->name, err.msg);
}

/* ---- the whole ---- */

static bool ask(struct run *run, bool dry_run, struct manifest *manifest, char stale[256], struct err *err)
{
    enum manifest_verdict verdict = MANIFEST_REFUSED;
    return read_known(run, err) && fetch(run, err) && judge(run, manifest, &verdict, stale, err) &&
           (dry_run || verdict == MANIFEST_STALE || remember(run, manifest, err));
}

bool follow_ask(const struct job *job, const struct origin_session *origin, const struct ring *ring,
                bool dry_run, struct manifest *manifest, char stale[256], struct err *err)
{
    struct run run AUTO(run_clear) = {.job = job, .origin = origin, .ring = ring};
    *stale = 0;
    *manifest = (struct manifest){0};
    bool ok = ask(&run, dry_run, manifest, stale, err);
    if (!ok)
        manifest_clear(manifest);
    if (!dry_run)
        tell(&run, ok, stale, err);
    return ok;
}

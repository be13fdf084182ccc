#include "ringmgr/ops/rebuild.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/descriptor.h"
#include "ringmgr/ops/decide.h"
#include "ringmgr/ops/manifest_share.h"
#include "ringmgr/policy/changes.h"
#include "ringmgr/state/backup.h"
#include "ringmgr/state/catalog_gc.h"
#include "ringmgr/state/hold.h"
#include "ringmgr/state/marks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char INTERRUPTED[] = "restore-interrupted";

/* ---- holds ---- */

/*
 * Who may lift it: the approvers that were recorded last, and while a change of them is in question those
 * from before. NULL where none were: then whoever may approve now. The caller frees.
 */
static bool find_approvers(const struct job *job, const struct holds *standing, const char *ring,
                           char **approvers, struct err *err)
{
    struct mark_settings settings AUTO(mark_settings_clear) = {0};
    const char *accepted = NULL;
    if (!mark_settings_get(job->state, &settings, err))
        return false;
    for (size_t i = 0; i < settings.len; i++)
        if (strcmp(settings.item[i].ring, ring) == 0 && strcmp(settings.item[i].key, "approvers") == 0)
            accepted = settings.item[i].value;
    for (size_t i = standing->len; i-- > 0;)
        if (standing->item[i].kind == HOLD_SETTINGS)
            accepted = standing->item[i].approvers;
    *approvers = mem_strdup(accepted);
    return true;
}

static bool hold_ring(const struct job *job, const struct ring *ring, const char *reason, struct err *err)
{
    struct holds standing AUTO(holds_clear) = {0};
    char *approvers AUTO_FREE = NULL;
    if (!holds_standing(job->state, ring->name, clock_now_unix(), &standing, err) ||
        !find_approvers(job, &standing, ring->name, &approvers, err))
        return false;
    for (size_t i = 0; i < standing.len; i++)
        if (standing.item[i].kind == HOLD_SETTINGS && strcmp(standing.item[i].reason, reason) == 0)
            return true;
    struct hold hold = {.ring = ring->name,
                        .kind = HOLD_SETTINGS,
                        .by = "ringmgr",
                        .reason = reason,
                        .approvers = approvers,
                        .at_unix = clock_now_unix(),
                        .until_unix = -1,
                        .lifted_unix = -1};
    return hold_put(job->state, &hold, err);
}

static bool write_record(const struct job *job, const struct rebuild_record *record, struct err *err)
{
    struct entry entry = {.action = record->adopt.action, .reason = record->reason};
    if (!job_append(job, &entry, err))
        return false;
    for (size_t i = 0; i < job->settings->rings; i++)
        if (!hold_ring(job, &job->settings->ring[i], record->hold_reason, err))
            return false;
    return true;
}

char *rebuild_hold_reason(int64_t last_unix)
{
    char time[CLOCK_TEXT_SIZE];
    clock_format(last_unix, time);
    return mem_printf("the state was restored from a backup%s%s",
                      last_unix < 0 ? "" : " whose last entry is of ", last_unix < 0 ? "" : time);
}

static bool put_record(const struct job *job, const struct rebuild_record *record, struct restored *restored,
                       struct err *err)
{
    bool ok = state_begin(job->state, err) && write_record(job, record, err) &&
              backup_settle(job->state, err) &&
              catalog_attention_clear(job->state, INTERRUPTED, NULL, NULL, err);
    if (!job_end(job, ok, true, err))
        return false;
    for (size_t i = 0; i < job->settings->rings; i++)
        strv_add(&restored->held, job->settings->ring[i].name);
    return true;
}

/* ---- builds whose objects are gone ---- */

static bool has_objects(const struct job *job, const struct catalog_build *build, bool *has, struct err *err)
{
    struct catalog_files files AUTO(catalog_files_clear) = {0};
    *has = true;
    if (!catalog_files_get(job->state, build->channel, &build->build, &files, err))
        return false;
    for (size_t i = 0; i < files.len && *has; i++) {
        const struct catalog_file *file = &files.file[i];
        if (!file->absent && !store_has_bytes(job->store, &file->digest, file->bytes, has, err))
            return false;
    }
    return true;
}

static bool drop_build(const struct job *job, const struct catalog_build *build, struct restored *restored,
                       struct err *err)
{
    char text[BUILD_TEXT_SIZE];
    build_format(&build->build, text);
    strv_addf(&restored->lost, "%s %s: the store has not all of its files any more", build->channel->id,
              text);
    bool ok = state_begin(job->state, err) &&
              catalog_build_drop(job->state, build->channel, &build->build, clock_now_unix(), err);
    return state_end(job->state, ok, err);
}

static bool drop_lost_builds(const struct job *job, struct restored *restored, struct err *err)
{
    struct catalog_build_list builds = {0};
    bool ok = catalog_builds_with_files(job->state, &builds, err);
    for (size_t i = 0; ok && i < builds.len; i++) {
        bool has;
        ok = has_objects(job, &builds.item[i], &has, err) &&
             (has || drop_build(job, &builds.item[i], restored, err));
    }
    free(builds.item);
    return ok;
}

/* ---- builds that lie in the store alone ---- */

static const struct ring *origin_ring(const struct job *job, const struct channel *channel)
{
    for (size_t i = 0; i < job->settings->rings; i++)
        if (job->settings->ring[i].channel == channel && !job->settings->ring[i].source_ring)
            return &job->settings->ring[i];
    return NULL;
}

static bool tell_stored(const struct survey *survey, const struct descriptor *descriptor,
                        struct restored *restored, struct err *err)
{
    struct catalog_build known;
    char text[BUILD_TEXT_SIZE];
    bool found;
    const struct ring *ring = origin_ring(survey->job, descriptor->channel);
    if (!catalog_build_find(survey->job->state, descriptor->channel, &descriptor->build, &known, &found, err))
        return false;
    build_format(&descriptor->build, text);
    char *told AUTO_FREE = mem_printf("%s %s: its files lie in the store, but stand on no share%s%s%s%s%s",
                                      descriptor->channel->id, text, ring ? ": ringmgr sync " : "",
                                      ring ? ring->name : "", ring ? " --build " : "", ring ? text : "",
                                      ring ? " takes it up and fetches only what is missing" : "");
    if (!found && !strv_has(&restored->lost, told))
        strv_add(&restored->lost, told);
    return true;
}

/* Objects that are genuine descriptors of builds that the catalog does not know. */
static bool look_at_object(const struct survey *survey, const struct digest *digest,
                           struct restored *restored, struct err *err)
{
    AUTO_BUF bytes = {0};
    struct err none = {0};
    struct signer signer;
    struct descriptor descriptor AUTO(descriptor_clear) = {0};
    uint64_t size;
    if (!store_has(survey->job->store, digest, &size) || size > LIMIT_METADATA_BYTES)
        return true;
    AUTO_FD fd = store_open_object(survey->job->store, digest, err);
    if (fd < 0 || !fs_read_fd(fd, "an object", LIMIT_METADATA_BYTES, &bytes, err))
        return false;
    if (bytes.len < 4 || memcmp(bytes.data, "MSCF", 4) != 0 ||
        !descriptor_read(bytes.data, bytes.len, "an object", &descriptor, &none) ||
        !authenticode_verify_cab(survey->trust, bytes.data, bytes.len, "an object", &signer, &none))
        return true;
    return tell_stored(survey, &descriptor, restored, err);
}

static bool look_into_store(const struct survey *survey, struct restored *restored, struct err *err)
{
    bool ok = true;
    for (int first = 0; ok && first < 256; first++) {
        struct digest *objects = NULL;
        size_t len = 0;
        ok = store_list(survey->job->store, (uint8_t)first, &objects, &len, err);
        for (size_t i = 0; ok && i < len; i++)
            ok = look_at_object(survey, &objects[i], restored, err);
        free(objects);
    }
    return ok;
}

/* ---- the whole ---- */

bool rebuild_settle(const struct job *job, const struct rebuild_record *record, struct restored *restored,
                    struct err *err)
{
    struct survey survey AUTO(survey_close) = {0};
    bool ok = true;
    if (!put_record(job, record, restored, err) || !survey_open(job, &survey, err))
        return false;
    for (size_t i = 0; i < job->settings->rings; i++) {
        const struct ring *ring = &job->settings->ring[i];
        struct err one = {0};
        if (adopt_ring(&survey, ring, &record->adopt, restored, &one)) {
            manifest_share_adopt(job, ring);
            continue;
        }
        strv_addf(&restored->lost, "%s: not looked at: %s", ring->name, one.msg);
        if (ok || err_code_worse(one.code, err->code))
            *err = one;
        ok = false;
    }
    return ok && drop_lost_builds(job, restored, err) &&
           (!record->adopt.all || look_into_store(&survey, restored, err));
}

bool rebuild_noted(const struct job *job, int64_t base_id, struct journal_loss *loss, struct err *err)
{
    const char *path = job->settings->history_head_file;
    AUTO_BUF text = {0};
    struct err unread = {0};
    if (*path && !fs_read_path(path, LIMIT_HEAD_FILE_BYTES, &text, &unread) && unread.sys != ENOENT)
        log_warn(job->log, "history_head_file cannot be compared: %s", unread.msg);
    return journal_noted_beyond(job->state, buf_text(&text), text.len, base_id, loss, err);
}

/* ---- a restore that was interrupted ---- */

static bool raise_interrupted(const struct job *job, struct err *err)
{
    const struct attention attention = {.severity = "critical",
                                        .code = INTERRUPTED,
                                        .subject = "",
                                        .text = "a restore was interrupted after it had replaced the state: "
                                                "every ring is on hold; what the shares "
                                                "show and the backup did not know must still be taken up",
                                        .command = "ringmgr rebuild",
                                        .since_unix = clock_now_unix()};
    return catalog_attention_raise(job->state, &attention, err);
}

/* *did false: another command has come first. */
static bool resume(const struct job *job, const struct rebuild_record *record, bool *did, struct err *err)
{
    return backup_is_unsettled(job->state, did, err) &&
           (!*did || (write_record(job, record, err) && backup_settle(job->state, err) &&
                      raise_interrupted(job, err) && state_commit(job->state, err)));
}

bool rebuild_resume(const struct job *job, struct err *err)
{
    struct journal_loss loss;
    char head[DIGEST_TEXT_SIZE];
    int64_t last_unix;
    bool unsettled;
    if (!backup_is_unsettled(job->state, &unsettled, err))
        return false;
    if (!unsettled)
        return true;
    if (!rebuild_noted(job, -1, &loss, err) || !journal_head(job->state, head, &last_unix, err))
        return false;
    char *lost AUTO_FREE = journal_loss_is(&loss) ? journal_loss_text(&loss) : NULL;
    char *reason AUTO_FREE = mem_printf("%s%sit was interrupted, and this command found it so",
                                        lost ? lost : "", lost ? "; " : "");
    char *hold_reason AUTO_FREE = rebuild_hold_reason(last_unix);
    const struct rebuild_record record = {
        .adopt = {.action = "restore"}, .reason = reason, .hold_reason = hold_reason};
    bool did = false;
    bool ok = state_begin(job->state, err) && resume(job, &record, &did, err);
    state_abort(job->state);
    if (ok && did) {
        log_warn(job->log, "a restore was interrupted: every ring is on hold; ringmgr rebuild");
        job_announce(job);
    }
    return ok;
}

/* Has no ring ever offered anything, by these books? */
static bool is_new(const struct job *job, bool *is, struct err *err)
{
    *is = true;
    for (size_t i = 0; *is && i < job->settings->rings; i++) {
        struct offers offers AUTO(offers_clear) = {0};
        if (!catalog_offers_all(job->state, job->settings->ring[i].name, &offers, err))
            return false;
        *is = offers.len == 0;
    }
    return true;
}

static bool tell_history(const struct job *job, const struct journal_loss *loss, struct restored *restored,
                         struct err *err)
{
    bool is;
    if (!is_new(job, &is, err))
        return false;
    if (loss->last_id > loss->base_id)
        strv_addf(&restored->lost,
                  "history: entries up to %" PRId64 " were noted, this one goes on from %" PRId64,
                  loss->last_id, loss->base_id);
    if (is)
        strv_add(
            &restored->lost,
            "history, approvals, blocks, holds, pins and what upstream has said: the state was empty, and "
            "only a backup has them");
    return true;
}

static bool run(const struct job *job, struct restored *restored, struct err *err)
{
    struct journal_loss loss;
    if (!rebuild_noted(job, -1, &loss, err) || !tell_history(job, &loss, restored, err))
        return false;
    char *lost AUTO_FREE = journal_loss_is(&loss) ? journal_loss_text(&loss) : NULL;
    char *reason AUTO_FREE = mem_printf("%s%sthe catalog and what is live, from store and shares",
                                        lost ? lost : "", lost ? "; " : "");
    const struct rebuild_record record = {.adopt = {.action = "rebuild", .all = true},
                                          .reason = reason,
                                          .hold_reason =
                                              "the books were made anew from store and shares (rebuild)"};
    return rebuild_settle(job, &record, restored, err);
}

bool rebuild_run(const struct job *job, struct restored *restored, struct err *err)
{
    AUTO_LOCK upstream = NULL;
    AUTO_LOCK store = NULL;
    struct ring_locks rings AUTO(decide_unlock) = {0};
    return job_lock_upstream(job, &upstream, err) && decide_lock(job, NULL, &rings, err) &&
           job_lock_store_alone(job, &store, err) && run(job, restored, err);
}

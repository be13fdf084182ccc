#include "ringmgr/ops/restore.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/begin.h"
#include "ringmgr/ops/decide.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* ---- the history that is given up ---- */

/* What the old database says, as far as it can be read. */
static void read_old(const struct job *job, struct entries *old, struct restored *restored)
{
    struct state *state AUTO(state_auto_close)
    = NULL;
    const struct entry_filter all = {.since_unix = -1};
    struct err why = {0};
    if (state_open(job->settings->state, STATE_READ, &state, &why) && journal_read(state, &all, old, &why))
        return;
    if (why.sys != ENOENT)
        strv_addf(&restored->lost, "history after the backup: what stood there cannot be read: %s", why.msg);
}

static void tell_entry(const struct entry *entry, struct restored *restored)
{
    char time[CLOCK_TEXT_SIZE];
    clock_format(entry->time_unix, time);
    strv_addf(&restored->lost, "history entry %" PRId64 ", %s: %s %s%s%s%s%s%s%s", entry->id, time,
              entry->actor, entry->action, entry->ring ? " " : "", entry->ring ? entry->ring : "",
              entry->build ? " " : "", entry->build ? entry->build : "", entry->reason ? ": " : "",
              entry->reason ? entry->reason : "");
}

/* Lists the old entries that are none of the backup's; *last_id is the last of them. */
static bool tell_lost(const struct job *job, const struct entries *old, struct restored *restored,
                      int64_t *last_id, struct err *err)
{
    struct entries kept AUTO(entries_clear) = {0};
    const struct entry_filter all = {.since_unix = -1};
    if (!journal_read(job->state, &all, &kept, err))
        return false;
    for (size_t i = 0; i < old->len; i++) {
        const struct entry *entry = &old->item[i];
        if (i < kept.len && strcmp(kept.item[i].hash, entry->hash) == 0)
            continue;
        tell_entry(entry, restored);
        *last_id = entry->id;
    }
    return true;
}

/* "back to entry 12 HASH; entries up to 15 are lost; from backup.db" */
static char *reason_of(const struct journal_loss *loss, const char *name)
{
    if (!journal_loss_is(loss))
        return mem_printf("entry %" PRId64 " %s is its last, and no later one is known; from %s",
                          loss->base_id, loss->base_hash, name);
    char *lost AUTO_FREE = journal_loss_text(loss);
    return mem_printf("%s; from %s", lost, name);
}

/* ---- the whole ---- */

/* With the state open and every lock held. */
static bool finish(const struct job *job, const struct entries *old, const char *name,
                   const struct backup_facts *facts, struct restored *restored, struct err *err)
{
    struct journal_loss noted, loss = {.base_id = facts->entries};
    memcpy(loss.base_hash, facts->head, sizeof loss.base_hash);
    if (!tell_lost(job, old, restored, &loss.last_id, err) ||
        !rebuild_noted(job, facts->entries, &noted, err))
        return false;
    if (noted.last_id > loss.last_id) {
        if (noted.last_id > loss.base_id && old->len == 0)
            strv_addf(&restored->lost,
                      "history: entries up to %" PRId64 " were noted, the backup ends with %" PRId64,
                      noted.last_id, loss.base_id);
        loss.last_id = noted.last_id;
    }
    loss.others = noted.others;
    if (loss.others)
        strv_addf(&restored->lost,
                  "history: %" PRId64
                  " noted heads are of another history, which was begun beside the one of "
                  "the backup and is given up",
                  loss.others);
    char *reason AUTO_FREE = reason_of(&loss, name);
    char *hold_reason AUTO_FREE = rebuild_hold_reason(facts->last_unix);
    const struct rebuild_record record = {
        .adopt = {.action = "restore"}, .reason = reason, .hold_reason = hold_reason};
    return rebuild_settle(job, &record, restored, err);
}

struct locks {
    struct lock *upstream, *store;
    struct ring_locks rings;
};

static void locks_release(struct locks *locks)
{
    lock_release(locks->store);
    decide_unlock(&locks->rings);
    lock_release(locks->upstream);
    *locks = (struct locks){0};
}

static bool locks_take(const struct job *job, struct locks *locks, struct err *err)
{
    return job_lock_upstream(job, &locks->upstream, err) && decide_lock(job, NULL, &locks->rings, err) &&
           job_lock_store_alone(job, &locks->store, err);
}

static bool replace(struct job *job, int fd, const char *name, struct backup_facts *facts,
                    struct restored *restored, struct err *err)
{
    struct locks locks AUTO(locks_release) = {0};
    struct entries old AUTO(entries_clear) = {0};
    if (!locks_take(job, &locks, err))
        return false;
    read_old(job, &old, restored);
    return backup_restore(job->settings->state, fd, name, clock_now_unix(), facts, err) &&
           state_open(job->settings->state, STATE_WRITE, &job->state, err) &&
           finish(job, &old, name, facts, restored, err);
}

bool restore_run(const struct job *job, int fd, const char *name, struct backup_facts *facts,
                 struct restored *restored, struct err *err)
{
    struct job own = *job;
    struct survey survey AUTO(survey_close) = {0};
    AUTO_FD dir = fs_open_dir(job->settings->state, err);
    *restored = (struct restored){0};
    *facts = (struct backup_facts){0};
    own.lock_dir = dir;
    if (dir < 0 || !survey_open(job, &survey, err)) /* what would be missed only after the state is another */
        return false;
    bool ok = replace(&own, fd, name, facts, restored, err) && begin_run(&own, err);
    state_close(own.state);
    return ok;
}

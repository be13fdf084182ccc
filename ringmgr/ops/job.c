#include "ringmgr/ops/job.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/utf8.h"

#include <stdio.h>
#include <string.h>

static int lock_dir(const struct job *job)
{
    return job->state ? state_dir(job->state) : job->lock_dir;
}

bool job_lock_upstream(const struct job *job, struct lock **lock, struct err *err)
{
    return lock_take(lock_dir(job), "upstream", true, job->wait_ms, job->command, lock, err);
}

bool job_lock_ring(const struct job *job, const struct ring *ring, struct lock **lock, struct err *err)
{
    char name[64];
    snprintf(name, sizeof name, "ring-%s", ring->name);
    return lock_take(lock_dir(job), name, true, job->wait_ms, job->command, lock, err);
}

bool job_lock_store(const struct job *job, struct lock **lock, struct err *err)
{
    return lock_take(lock_dir(job), "store", false, job->wait_ms, job->command, lock, err);
}

bool job_lock_store_alone(const struct job *job, struct lock **lock, struct err *err)
{
    return lock_take(lock_dir(job), "store", true, job->wait_ms, job->command, lock, err);
}

void job_sign_entry(const struct job *job, struct entry *entry, char identity_text[320])
{
    const struct identity *who = job->identity;
    entry->time_unix = clock_now_unix();
    if (!who) {
        entry->actor = "ringmgr";
        entry->identity = "service";
        return;
    }
    snprintf(identity_text, 320, "%s:%u:%s", who->how, who->uid, who->account);
    entry->actor = who->person[0] ? who->person : identity_text;
    entry->identity = identity_text;
}

const char *job_account_of(const char *identity_text)
{
    const char *uid = strchr(identity_text, ':');
    const char *account = uid ? strchr(uid + 1, ':') : NULL;
    return account && account[1] ? account + 1 : NULL;
}

const char *job_person_of(const struct job *job, const char *identity_text, const char *otherwise)
{
    const char *account = job_account_of(identity_text);
    return account ? settings_person(job->settings, account) : otherwise;
}

void job_announce(const struct job *job)
{
    struct err err = {0};
    if (!journal_announce_head(job->state, job->settings->history_head_file, &err))
        log_warn(job->log, "the head of the history was not announced: %s", err.msg);
}

struct job job_of_nobody(const struct job *job)
{
    struct job nobody = *job;
    nobody.identity = NULL;
    return nobody;
}

bool job_append(const struct job *job, struct entry *entry, struct err *err)
{
    char identity_text[320];
    const char *reason = entry->reason;
    char *harmless AUTO_FREE = reason ? mem_strdup(reason) : NULL;
    if (harmless)
        utf8_disarm(harmless);
    entry->reason = harmless;
    job_sign_entry(job, entry, identity_text);
    bool ok = journal_append(job->state, entry, err);
    entry->reason = reason;
    return ok;
}

bool job_end(const struct job *job, bool ok, bool written, struct err *err)
{
    if (!state_end(job->state, ok, err))
        return false;
    if (written)
        job_announce(job);
    return true;
}

bool job_write(const struct job *job, struct entry *entry, struct err *err)
{
    bool ok = state_begin(job->state, err) && job_append(job, entry, err);
    return job_end(job, ok, true, err);
}

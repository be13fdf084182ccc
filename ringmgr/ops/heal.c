#include "ringmgr/ops/heal.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/damage.h"
#include "ringmgr/ops/heal_books.h"
#include "ringmgr/ops/reconcile.h"
#include "ringmgr/ops/soundness.h"
#include "ringmgr/ops/standing.h"

#include <string.h>

/* One ring while it is healed. */
struct run {
    struct standing standing;
    struct strv changed; /* sorted */
    struct soundness soundness;
    struct audit before, after;
    struct strv looping; /* paths that are left alone */
    struct repair repair;
};

static void run_clear(struct run *run)
{
    standing_end_repair(&run->repair);
    strv_clear(&run->looping);
    audit_clear(&run->before);
    audit_clear(&run->after);
    soundness_clear(&run->soundness);
    standing_clear(&run->standing);
    strv_clear(&run->changed);
}

/* ---- what is wrong ---- */

/* Reads the objects of files that changed, through whatever name, and of those that are to be linked again.
 */
static bool check_objects(struct run *run, struct err *err)
{
    struct standing *standing = &run->standing;
    for (size_t i = 0; i < standing->files.len; i++) {
        const struct catalog_file *file = &standing->files.file[i];
        const struct finding *finding = audit_find(&run->before, file->path);
        if (strv_has(&run->changed, file->path) || (finding && finding->kind == FINDING_FILE))
            soundness_add(&run->soundness, &file->digest, file->bytes);
    }
    if (!soundness_check(standing->job, &run->soundness, true, err))
        return false;
    standing->wanted.damaged = run->soundness.damaged;
    standing->wanted.damaged_len = run->soundness.damaged_len;
    return run->soundness.damaged_len == 0 || standing_audit(standing, &run->before, err);
}

static bool look(struct run *run, struct err *err)
{
    struct standing *standing = &run->standing;
    standing->wanted.changed = &run->changed;
    standing->wanted.metadata_only = standing->ring->link != PLACE_HARD;
    return standing_audit(standing, &run->before, err) && check_objects(run, err) &&
           heal_books_looping(standing->job, standing->ring, &run->before, &run->looping, err);
}

/* ---- putting it right ---- */

static void drop_looping(const struct run *run, struct audit *audit)
{
    for (size_t i = audit->len; i > 0; i--)
        if (strv_has(&run->looping, audit->finding[i - 1].path))
            audit_drop(audit, i - 1);
}

static bool flip_if_whole(struct run *run, const struct audit *audit, struct err *err)
{
    return !standing_live_is_whole(&run->standing, audit) || repair_pointers(&run->repair, audit, err);
}

/*
 * Pointers first, where the live build is whole, and again after its files. A ring in which nothing is live
 * has nothing to be compared with: there nothing is moved.
 */
static bool put_right(struct run *run, struct err *err)
{
    struct standing *standing = &run->standing;
    struct repair *repair = &run->repair;
    if (!standing_begin_repair(standing, repair, err))
        return false;
    repair->sound = run->soundness.sound;
    repair->sound_len = run->soundness.sound_len;
    if (!repair_folders(repair, &run->before, err) || !flip_if_whole(run, &run->before, err) ||
        !standing_restore_folders(standing, err) || !standing_audit(standing, &run->after, err))
        return false;
    drop_looping(run, &run->after);
    return repair_files(repair, &run->after, err) && standing_audit(standing, &run->after, err) &&
           flip_if_whole(run, &run->after, err) &&
           (!*standing->live || repair_foreign(repair, &run->before, err)) &&
           standing_audit(standing, &run->after, err);
}

/* With right pointers an interrupted publication can be finished, and then the alarm about them is over. */
static void replay_again(const struct run *run)
{
    const struct job *job = run->standing.job;
    struct err why = {0};
    bool open = run->standing.also.len > 0;
    if (!reconcile_ring(job, run->standing.ring, &why) ||
        (open && !reconcile_ring(job, run->standing.ring, &why)))
        log_info(job->log, "%s", why.msg);
}

/* ---- what came of it ---- */

static bool has_damaged(const struct run *run, const struct catalog_files *files)
{
    for (size_t i = 0; i < files->len; i++)
        for (size_t k = 0; k < run->soundness.damaged_len; k++)
            if (digest_equal(&files->file[i].digest, &run->soundness.damaged[k]))
                return true;
    return false;
}

/* Every ring that shows such an object has lost its bytes, too. */
static bool list_again(const struct run *run, struct strv *again, struct err *err)
{
    const struct job *job = run->standing.job;
    for (size_t i = 0; run->soundness.damaged_len && i < job->settings->rings; i++) {
        struct catalog_files files AUTO(catalog_files_clear) = {0};
        if (!standing_files(job, &job->settings->ring[i], &files, err))
            return false;
        if (has_damaged(run, &files))
            strv_add(again, job->settings->ring[i].name);
    }
    return true;
}

/* What is left has an attention of its own that says why. */
static bool is_explained(const struct run *run, const char *path)
{
    for (size_t i = 0; i < run->standing.files.len && run->soundness.damaged_len; i++) {
        const struct catalog_files one = {&run->standing.files.file[i], 1};
        if (strcmp(one.file->path, path) == 0)
            return has_damaged(run, &one) || strv_has(&run->looping, path);
    }
    return strv_has(&run->looping, path) || strv_has(&run->repair.stayed, path);
}

static void compare(const struct run *run, struct heal_result *result, struct strv *unexplained)
{
    for (size_t i = 0; i < run->before.len; i++)
        if (!audit_find(&run->after, run->before.finding[i].path))
            strv_add(&result->healed, run->before.finding[i].path);
    for (size_t i = 0; i < run->after.len; i++) {
        const struct finding *finding = &run->after.finding[i];
        strv_addf(&result->left, "%s %s", finding->path, finding->problem);
        if (!is_explained(run, finding->path))
            strv_addf(unexplained, "%s %s", finding->path, finding->problem);
    }
    strv_copy(&result->quarantined, &run->repair.moved);
}

static bool conclude(const struct run *run, struct heal_result *result, struct err *err)
{
    AUTO_STRV lost = {0};
    AUTO_STRV unexplained = {0};
    const struct ring *root = run->standing.ring;
    while (root->source_ring)
        root = root->source_ring;
    compare(run, result, &unexplained);
    if (!damage_list_lost(run->standing.job, run->standing.ring, &run->soundness, &lost, err) ||
        !list_again(run, &result->again, err))
        return false;
    for (size_t i = 0; i < lost.len; i++)
        strv_addf(&result->refetch, "%s %s", root->name, lost.item[i]);
    const struct heal_outcome outcome = {.healed = &result->healed,
                                         .moved = &run->repair.moved,
                                         .stayed = &run->repair.stayed,
                                         .lost = &lost,
                                         .left = &unexplained,
                                         .before = &run->before,
                                         .evicted = run->soundness.evicted};
    return heal_books_write(run->standing.job, run->standing.ring, &outcome, err);
}

/* ---- all of it ---- */

/* A folder that is not there is made where something must stand in it. */
static bool open_share(const struct job *job, const struct ring *ring, struct run *run, struct err *err)
{
    if (!standing_open(job, ring, false, &run->standing, err))
        return false;
    if (run->standing.tree.data >= 0 || run->standing.files.len == 0)
        return true;
    standing_clear(&run->standing);
    return standing_open(job, ring, true, &run->standing, err);
}

/* An error in the middle does not hide what was done until then. */
static bool heal(struct run *run, struct heal_result *result, struct err *err)
{
    struct err late = {0};
    if (!look(run, err))
        return false;
    bool ok = run->before.len == 0 || put_right(run, err);
    if (!ok && !standing_audit(&run->standing, &run->after, &late))
        return false;
    if (run->before.len)
        replay_again(run);
    return conclude(run, result, ok ? err : &late) && ok;
}

/* Also says that nothing may be put right, where the state is older than the share. */
static bool finish_interrupted(const struct job *job, const struct ring *ring, struct err *err)
{
    struct intent intent AUTO(intent_clear) = {0};
    bool open;
    return journal_intent_find(job->state, ring->name, &intent, &open, err) &&
           (!(open || standing_is_ahead(job, ring)) || standing_replay(job, ring, err));
}

bool heal_run(const struct job *job, const struct ring *ring, const struct strv *paths,
              struct heal_result *result, struct err *err)
{
    AUTO_LOCK lock = NULL;
    AUTO_LOCK store = NULL;
    struct run run AUTO(run_clear) = {.standing = {.tree = TREE_CLOSED}, .repair = {.quarantine = -1}};
    *result = (struct heal_result){0};
    strv_copy(&run.changed, paths);
    strv_sort(&run.changed);
    bool ok = job_lock_ring(job, ring, &lock, err) && job_lock_store(job, &store, err) &&
              finish_interrupted(job, ring, err) && open_share(job, ring, &run, err) &&
              heal(&run, result, err);
    return ok || err_prefix(err, "heal %s", ring->name);
}

void heal_clear(struct heal_result *result)
{
    strv_clear(&result->healed);
    strv_clear(&result->quarantined);
    strv_clear(&result->left);
    strv_clear(&result->refetch);
    strv_clear(&result->again);
}

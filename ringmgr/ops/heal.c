#include "ringmgr/ops/heal.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/damage.h"
#include "ringmgr/ops/heal_books.h"
#include "ringmgr/ops/reclaim.h"
#include "ringmgr/ops/reconcile.h"
#include "ringmgr/ops/soundness.h"
#include "ringmgr/ops/standing.h"

#include <errno.h>
#include <string.h>

/* One ring while it is healed. */
struct run {
    struct standing standing;
    struct strv changed; /* sorted */
    struct soundness soundness;
    struct audit before, after;
    struct strv looping; /* paths that are left alone */
    struct repair repair;
    bool repairing; /* `repair` is open */
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

static bool begin_repair(struct run *run, struct err *err)
{
    run->repairing = run->repairing || standing_begin_repair(&run->standing, &run->repair, err);
    return run->repairing;
}

/* ---- what is wrong ---- */

static bool live_has_changed(const struct run *run)
{
    for (size_t i = 0; i < run->changed.len; i++)
        if (strstr(run->changed.item[i], run->standing.live))
            return true;
    return false;
}

static bool has_wrong_pointer(const struct run *run)
{
    return audit_find(&run->before, "v32.cab") || audit_find(&run->before, "v64.cab");
}

/* Before anything is read, which takes minutes where much has changed: nobody is led astray meanwhile. */
static bool pointers_first(struct run *run, struct err *err)
{
    return !has_wrong_pointer(run) ||
           (begin_repair(run, err) &&
            standing_pointers_first(&run->standing, &run->repair, &run->before, live_has_changed(run), err));
}

/* What could not be read for its folder's permissions alone was not wrong. */
static bool open_folders(struct run *run, struct err *err)
{
    if (!audit_has(&run->before, FINDING_FOLDER))
        return true;
    if (!begin_repair(run, err) || !repair_folders(&run->repair, &run->before, err) ||
        !standing_audit(&run->standing, &run->after, err))
        return false;
    for (size_t i = run->before.len; i > 0; i--)
        if (run->before.finding[i - 1].kind == FINDING_FILE &&
            !audit_find(&run->after, run->before.finding[i - 1].path))
            audit_drop(&run->before, i - 1);
    audit_join(&run->before, &run->after);
    return true;
}

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
    if (!soundness_check(standing->job, &run->soundness, true, err) ||
        !reclaim_objects(standing->job, &run->soundness, err))
        return false;
    standing->wanted.damaged = run->soundness.damaged;
    standing->wanted.damaged_len = run->soundness.damaged_len;
    if (run->soundness.damaged_len == 0)
        return true;
    if (!standing_audit(standing, &run->after, err))
        return false;
    audit_join(&run->before, &run->after);
    return true;
}

static bool look(struct run *run, struct err *err)
{
    struct standing *standing = &run->standing;
    standing->wanted.changed = &run->changed;
    standing->wanted.metadata_only = standing->ring->link != PLACE_HARD;
    return standing_audit(standing, &run->before, err) && pointers_first(run, err) &&
           open_folders(run, err) && check_objects(run, err) &&
           heal_books_looping(standing->job, standing->ring, &run->before, &run->looping, err);
}

/* ---- putting it right ---- */

static void drop_looping(const struct run *run, struct audit *audit)
{
    for (size_t i = audit->len; i > 0; i--)
        if (strv_has(&run->looping, audit->finding[i - 1].path))
            audit_drop(audit, i - 1);
}

/* The pointers once more as soon as the live build is whole, and the other builds after that. */
static bool put_files_right(struct run *run, struct err *err)
{
    struct standing *standing = &run->standing;
    struct repair *repair = &run->repair;
    if (!repair_clear_folders(repair, &run->before, err) || !standing_restore_folders(standing, err) ||
        !standing_audit(standing, &run->after, err) ||
        !standing_pointers_first(standing, repair, &run->after, false, err))
        return false;
    drop_looping(run, &run->after);
    return repair_files(repair, &run->after, err) && standing_audit(standing, &run->after, err);
}

/* A ring in which nothing is live has nothing to be compared with: there nothing is moved. */
static bool put_right(struct run *run, struct err *err)
{
    struct standing *standing = &run->standing;
    struct repair *repair = &run->repair;
    if (!begin_repair(run, err))
        return false;
    repair->sound = run->soundness.sound;
    repair->sound_len = run->soundness.sound_len;
    return put_files_right(run, err) && standing_pointers_last(standing, repair, &run->after, err) &&
           repair_manifest(repair, &run->after, err) &&
           (!*standing->live || repair_foreign(repair, &run->after, err)) &&
           standing_audit(standing, &run->after, err);
}

/* Whatever stood in the way: no pointer leads to what is not whole. */
static bool leave_safe(struct run *run, struct err *err)
{
    return standing_audit(&run->standing, &run->after, err) &&
           (!run->repairing || (standing_pointers_last(&run->standing, &run->repair, &run->after, err) &&
                                standing_audit(&run->standing, &run->after, err)));
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
static bool list_again(const struct run *run, struct heal_result *result, struct err *err)
{
    const struct job *job = run->standing.job;
    for (size_t i = 0; run->soundness.damaged_len && i < job->settings->rings; i++) {
        struct catalog_files files AUTO(catalog_files_clear) = {0};
        if (!standing_files(job, &job->settings->ring[i], &files, err))
            return false;
        if (!has_damaged(run, &files))
            continue;
        strv_add(&result->again, job->settings->ring[i].name);
        if (run->soundness.evicted && &job->settings->ring[i] != run->standing.ring)
            strv_add(&result->look, job->settings->ring[i].name);
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
    return strv_has(&run->looping, path) || strv_has(&run->repair.stayed, path) ||
           strv_has(&run->repair.stuck, path);
}

static void compare(const struct run *run, const struct finding *harm, struct heal_result *result,
                    struct strv *unexplained)
{
    for (size_t i = 0; i < run->before.len; i++)
        if (!audit_find(&run->after, run->before.finding[i].path))
            strv_add(&result->healed, run->before.finding[i].path);
    for (size_t i = 0; i < run->after.len; i++) {
        const struct finding *finding = &run->after.finding[i];
        strv_addf(&result->left, "%s %s", finding->path, finding->problem);
        if (!is_explained(run, finding->path) && !(harm && finding->kind == FINDING_POINTER))
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
    const struct finding *harm = standing_withdrawn(&run->standing, &run->after);
    compare(run, harm, result, &unexplained);
    if (!damage_list_lost(run->standing.job, run->standing.ring, &run->soundness, &lost, err) ||
        !list_again(run, result, err))
        return false;
    for (size_t i = 0; i < lost.len; i++)
        strv_addf(&result->refetch, "%s %s", root->name, lost.item[i]);
    const struct heal_outcome outcome = {.healed = &result->healed,
                                         .moved = &run->repair.moved,
                                         .stayed = &run->repair.stayed,
                                         .stuck = &run->repair.stuck,
                                         .lost = &lost,
                                         .left = &unexplained,
                                         .before = &run->before,
                                         .live = run->standing.live,
                                         .harm = harm,
                                         .withdrew = harm && !has_wrong_pointer(run),
                                         .evicted = run->soundness.evicted};
    return heal_books_write(run->standing.job, run->standing.ring, &outcome, err);
}

/* ---- all of it ---- */

/* A folder that is not there is made where something must stand in it; one that was barred is opened. */
static bool open_share(const struct job *job, const struct ring *ring, struct run *run, struct err *err)
{
    struct err barred = {0};
    bool opened = standing_open(job, ring, false, &run->standing, &barred);
    if (!opened && barred.sys != EACCES) {
        *err = barred;
        return false;
    }
    if (opened && (run->standing.tree.data >= 0 || run->standing.files.len == 0))
        return true;
    standing_clear(&run->standing);
    return standing_open(job, ring, true, &run->standing, err);
}

/* An error in the middle does not hide what was done until then. */
static bool heal(struct run *run, struct heal_result *result, struct err *err)
{
    struct err late = {0};
    bool ok = look(run, err) && (run->before.len == 0 || put_right(run, err));
    if (!ok && !leave_safe(run, &late))
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
    strv_clear(&result->look);
}

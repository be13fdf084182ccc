#include "ringmgr/ops/verify.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/heal_books.h"
#include "ringmgr/ops/place.h"
#include "ringmgr/ops/reclaim.h"
#include "ringmgr/ops/soundness.h"
#include "ringmgr/ops/standing.h"
#include "ringmgr/state/heals.h"
#include "ringmgr/state/marks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
    const struct job *job;
    const struct verify_options *options;
    struct verify *verify;
    struct soundness soundness; /* with a full verify, of every object */
};

/* An entry of no ring: several may show the object. */
static bool write_reclaimed(const struct job *job, size_t reclaimed, struct err *err)
{
    char reason[128];
    snprintf(reason, sizeof reason, "%zu object%s that the store had lost taken back from shares", reclaimed,
             reclaimed == 1 ? "" : "s");
    struct entry entry = {.action = "repair", .reason = reason};
    return job_write(job, &entry, err);
}

static bool reclaim(struct run *run, struct err *err)
{
    size_t lost = run->soundness.damaged_len;
    bool ok = reclaim_objects(run->job, &run->soundness, err);
    run->verify->reclaimed = lost - run->soundness.damaged_len;
    return ok && (run->verify->reclaimed == 0 || write_reclaimed(run->job, run->verify->reclaimed, err));
}

/* Reads every object, unless it is a quick one; those that are not their name are damaged. When repairing
 * they are put aside, and taken back from a share that still has their bytes. */
static bool check_objects(struct run *run, struct err *err)
{
    if (run->options->unattended)
        run->soundness.rate_limit = run->job->settings->schedule.audit_rate;
    for (size_t r = 0; run->options->rings[r]; r++) {
        struct catalog_files files AUTO(catalog_files_clear) = {0};
        if (!standing_files(run->job, run->options->rings[r], &files, err))
            return false;
        for (size_t i = 0; i < files.len; i++)
            soundness_add(&run->soundness, &files.file[i].digest, files.file[i].bytes);
    }
    if (run->options->quick)
        soundness_look(run->job, &run->soundness);
    else if (!soundness_check(run->job, &run->soundness, run->options->repair, err))
        return false;
    return !run->options->repair || reclaim(run, err);
}

/* ---- one ring ---- */

/* The build that a file belongs to by the books; "" if it belongs to none. */
static void find_build(const struct run *run, const struct ring *ring, const char *path,
                       char build[BUILD_TEXT_SIZE])
{
    struct offers offers AUTO(offers_clear) = {0};
    struct err unread = {0};
    bool found = false;
    if (!catalog_offers_standing(run->job->state, ring->name, &offers, &unread))
        log_info(run->job->log, "%s", unread.msg);
    for (size_t i = 0; i < offers.len && !found; i++) {
        struct catalog_files files AUTO(catalog_files_clear) = {0};
        build_format(&offers.item[i].build, build);
        found = catalog_offer_files(run->job->state, offers.item[i].id, &files, &unread) &&
                catalog_files_find(&files, path);
    }
    if (!found)
        *build = 0;
}

/* What fetches a file again that the store cannot give any more; the caller frees it. */
static char *fetch_command(const struct run *run, const struct ring *ring, const char *path)
{
    char build[BUILD_TEXT_SIZE];
    find_build(run, ring, path, build);
    return heal_books_fetch(ring, build);
}

static char *lost_text(const struct run *run, const struct ring *ring, const struct finding *finding)
{
    char *fetch AUTO_FREE = fetch_command(run, ring, finding->path);
    return mem_printf("%s, and the store has lost it: `%s`, then `ringmgr verify --repair`", finding->problem,
                      fetch);
}

static void take_findings(const struct run *run, const struct ring *ring, const struct audit *before,
                          const struct audit *after, const struct strv *unsound)
{
    struct verify *verify = run->verify;
    verify->checked_files += before->checked_files;
    verify->checked_bytes += run->options->quick ? 0 : before->checked_bytes;
    for (size_t i = 0; i < before->len; i++) {
        const struct finding *finding = &before->finding[i];
        bool repaired = !audit_find(after, finding->path);
        bool lost = strv_has(unsound, finding->path);
        char *problem = lost ? lost_text(run, ring, finding) : mem_strdup(finding->problem);
        verify->finding = mem_grow(verify->finding, verify->len, sizeof *verify->finding);
        verify->finding[verify->len++] = (struct verify_finding){
            mem_strdup(ring->name), mem_strdup(finding->path), problem, repaired, lost};
        verify->repaired += repaired;
    }
}

static bool write_history(const struct job *job, const struct ring *ring, const struct audit *audit,
                          size_t repaired, struct err *err)
{
    char reason[512];
    if (repaired == 0)
        return true;
    snprintf(reason, sizeof reason, "%zu repaired, the first: %s %s", repaired, audit->finding[0].path,
             audit->finding[0].problem);
    struct entry entry = {
        .action = "repair", .ring = ring->name, .channel = ring->channel->id, .reason = reason};
    return job_write(job, &entry, err);
}

/* Wrong pointers at once, then content. A ring in which nothing is live has nothing to be compared with:
 * there nothing is moved. */
static bool repair_ring(const struct standing *one, const struct strv *looping, struct repair *repair,
                        const struct audit *before, struct audit *after, struct err *err)
{
    if (!standing_begin_repair(one, repair, err) ||
        !standing_pointers_first(one, repair, before, false, err) || !repair_folders(repair, before, err) ||
        !repair_clear_folders(repair, before, err) || !standing_restore_folders(one, err) ||
        !standing_audit(one, after, err))
        return false;
    for (size_t i = after->len; i > 0; i--)
        if (strv_has(looping, after->finding[i - 1].path))
            audit_drop(after, i - 1);
    return repair_files(repair, after, err) && standing_audit(one, after, err) &&
           standing_pointers_last(one, repair, after, err) && repair_manifest(repair, after, err) &&
           (!*one->live || repair_foreign(repair, after, err)) && standing_audit(one, after, err) &&
           tree_sweep(&one->tree, err); /* a replay that met a wrong pointer has not */
}

/*
 * What is left wrong stays an attention until a later verify finds nothing; but for what a heal sees to,
 * which the service sends after an audit, and tells of (object-lost).
 */
static bool mark(const struct run *run, const struct ring *ring, size_t left, const struct strv *lost,
                 struct err *err)
{
    static const char *const settled[] = {"share-wrong", "share-foreign", "object-lost",
                                          "heal-loop",   "foreign-stays", "pointer-withdrawn"};
    struct state *state = run->job->state;
    char *repair AUTO_FREE = mem_printf("ringmgr verify %s --repair", ring->name);
    char *fetch AUTO_FREE = lost->len ? fetch_command(run, ring, lost->item[0]) : NULL;
    char *text AUTO_FREE =
        mem_printf("verify found %zu thing%s wrong on the share%s%s%s", left, left == 1 ? "" : "s",
                   fetch ? ", and the store has lost what must be there: fetch it again, then `" : "",
                   fetch ? repair : "", fetch ? "`" : "");
    const struct attention attention = {.severity = "critical",
                                        .ring = ring->name,
                                        .code = "share-wrong",
                                        .subject = "",
                                        .text = text,
                                        .command = fetch ? fetch : repair,
                                        .since_unix = clock_now_unix()};
    if (left)
        return (run->options->unattended && left == lost->len) ||
               catalog_attention_raise(state, &attention, err);
    for (size_t i = 0; i < sizeof settled / sizeof *settled; i++)
        if (!catalog_attention_clear(state, settled[i], ring->name, NULL, err))
            return false;
    return place_note(run->job, ring->name, ring->path, err) && heals_forget(state, ring->name, err) &&
           mark_done(state, "verify", ring->name, clock_steady_now().boot, clock_now_unix(), err);
}

/* What has an attention that says more than how much is wrong. */
static bool tell(const struct run *run, const struct standing *one, const struct audit *after,
                 const struct repair *repair, struct err *err)
{
    const struct finding *harm = standing_withdrawn(one, after);
    bool lost = harm && strv_has(&repair->unsound, harm->path);
    return (!harm || heal_books_pointer(run->job, one->ring, one->live, harm, lost, err)) &&
           (repair->stuck.len == 0 || heal_books_stuck(run->job, one->ring, &repair->stuck, err));
}

static bool verify_standing(const struct run *run, struct standing *one, struct err *err)
{
    struct repair repair AUTO(standing_end_repair) = {.quarantine = -1};
    struct audit before AUTO(audit_clear) = {0}, after AUTO(audit_clear)
    = {0};
    AUTO_STRV looping = {0};
    bool repairs = run->options->repair;
    size_t known = run->verify->repaired;
    bool ok = standing_audit(one, &before, err) &&
              (!run->options->unattended || heal_books_looping(run->job, one->ring, &before, &looping, err));
    if (ok && repairs && before.len)
        ok = repair_ring(one, &looping, &repair, &before, &after, err);
    take_findings(run, one->ring, &before, repairs && ok ? &after : &before, &repair.unsound);
    size_t repaired = run->verify->repaired - known;
    return ok && write_history(run->job, one->ring, &before, repaired, err) &&
           (!repairs || tell(run, one, &after, &repair, err)) &&
           mark(run, one->ring, before.len - repaired, &repair.unsound, err);
}

static bool verify_ring(const struct run *run, const struct ring *ring, struct err *err)
{
    AUTO_LOCK lock = NULL;
    AUTO_LOCK store = NULL;
    AUTO_STANDING one = {.tree = TREE_CLOSED};
    const struct job *job = run->job;
    bool repairs = run->options->repair;
    if (!job_lock_ring(job, ring, &lock, err) || !job_lock_store(job, &store, err) ||
        (repairs && !standing_replay(job, ring, err)) || !standing_open(job, ring, repairs, &one, err))
        return false;
    one.wanted.damaged = run->soundness.damaged;
    one.wanted.damaged_len = run->soundness.damaged_len;
    one.wanted.metadata_only = run->options->quick && ring->link != PLACE_HARD;
    return verify_standing(run, &one, err);
}

/* Under the store's lock, so that no collection runs meanwhile. */
static bool verify_objects(struct run *run, struct err *err)
{
    AUTO_LOCK store = NULL;
    return job_lock_store(run->job, &store, err) && check_objects(run, err);
}

bool verify_run(const struct job *job, const struct verify_options *options, struct verify *verify,
                struct err *err)
{
    struct run run = {.job = job, .options = options, .verify = verify};
    *verify = (struct verify){0};
    bool ok = verify_objects(&run, err);
    for (size_t i = 0; ok && options->rings[i]; i++)
        ok = verify_ring(&run, options->rings[i], err) ||
             err_prefix(err, "verify %s", options->rings[i]->name);
    soundness_clear(&run.soundness);
    return ok;
}

void verify_clear(struct verify *verify)
{
    for (size_t i = 0; i < verify->len; i++) {
        free(verify->finding[i].ring);
        free(verify->finding[i].path);
        free(verify->finding[i].problem);
    }
    free(verify->finding);
    *verify = (struct verify){0};
}

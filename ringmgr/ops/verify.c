#include "ringmgr/ops/verify.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/hashpool.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/offered.h"
#include "ringmgr/ops/reconcile.h"
#include "ringmgr/state/marks.h"
#include "shares/repair.h"

#include <errno.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An object that some standing build needs. */
struct needed {
    struct digest digest;
    uint64_t bytes;
};

struct run {
    const struct job *job;
    const struct verify_options *options;
    struct verify *verify;
    struct needed *object; /* with a full verify: every distinct object, largest first */
    size_t objects;
    struct digest *damaged;
    size_t damaged_len;
};

/* ---- objects, each read once however many shares link it ---- */

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct catalog_file *)a)->path, ((const struct catalog_file *)b)->path);
}

static void move_files(struct catalog_files *to, struct catalog_files *from)
{
    for (size_t i = 0; i < from->len; i++) {
        to->file = mem_grow(to->file, to->len, sizeof *to->file);
        to->file[to->len++] = from->file[i];
        from->file[i].path = NULL;
    }
}

/* Sorts by path; a build that was live twice stands once. */
static void sort_files(struct catalog_files *files)
{
    size_t distinct = files->len > 0;
    if (files->len)
        qsort(files->file, files->len, sizeof *files->file, by_path);
    for (size_t i = 1; i < files->len; i++) {
        if (by_path(&files->file[i], &files->file[distinct - 1]) == 0)
            free(files->file[i].path);
        else
            files->file[distinct++] = files->file[i];
    }
    files->len = distinct;
}

/* The files of every build that stands on a ring's share. */
static bool standing_files(const struct job *job, const struct ring *ring, struct catalog_files *files,
                           struct err *err)
{
    struct offers offers AUTO(offers_clear) = {0};
    bool ok = catalog_offers_standing(job->state, ring->name, &offers, err);
    for (size_t i = 0; ok && i < offers.len; i++) {
        struct catalog_files one AUTO(catalog_files_clear) = {0};
        ok = catalog_offer_files(job->state, offers.item[i].id, &one, err);
        move_files(files, &one);
    }
    sort_files(files);
    return ok;
}

static int by_digest(const void *a, const void *b)
{
    return memcmp(((const struct needed *)a)->digest.byte, ((const struct needed *)b)->digest.byte,
                  DIGEST_BYTES);
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = ((const struct needed *)a)->bytes, y = ((const struct needed *)b)->bytes;
    return (x < y) - (x > y);
}

static bool collect_objects(struct run *run, struct err *err)
{
    for (size_t r = 0; run->options->rings[r]; r++) {
        struct catalog_files files AUTO(catalog_files_clear) = {0};
        if (!standing_files(run->job, run->options->rings[r], &files, err))
            return false;
        for (size_t i = 0; i < files.len; i++) {
            run->object = mem_grow(run->object, run->objects, sizeof *run->object);
            run->object[run->objects++] = (struct needed){files.file[i].digest, files.file[i].bytes};
        }
    }
    if (run->objects == 0)
        return true;
    qsort(run->object, run->objects, sizeof *run->object, by_digest);
    size_t distinct = 1;
    for (size_t i = 1; i < run->objects; i++)
        if (by_digest(&run->object[i], &run->object[distinct - 1]) != 0)
            run->object[distinct++] = run->object[i];
    run->objects = distinct;
    qsort(run->object, run->objects, sizeof *run->object, by_size);
    return true;
}

static int open_object(void *context, size_t index, struct err *err)
{
    const struct run *run = context;
    return store_open_object(run->job->store, &run->object[index].digest, err);
}

/*
 * Damaged is what was read and is not its name, or is not there. What could not be read for any other reason
 * (too many open files, an I/O error that may pass) is an error: nothing is put aside on suspicion.
 */
static bool judge_object(struct run *run, const struct needed *object, const struct hash_result *result,
                         struct err *err)
{
    if (result->ok && digest_equal(&result->digest, &object->digest))
        return true;
    if (!result->ok && result->err.sys != ENOENT) {
        *err = result->err;
        return false;
    }
    struct err again = {0};
    if (store_check_object(run->job->store, &object->digest, &again))
        return true; /* a passing error, or a sync has fetched it meanwhile */
    run->damaged = mem_grow(run->damaged, run->damaged_len, sizeof *run->damaged);
    run->damaged[run->damaged_len++] = object->digest;
    return !run->options->repair || !result->ok || store_evict(run->job->store, &object->digest, err);
}

/* Reads every object; those that are not their name are damaged, and put aside when repairing. */
static bool check_objects(struct run *run, struct err *err)
{
    if (!collect_objects(run, err))
        return false;
    struct hash_result *result AUTO_FREE = mem_new(run->objects, sizeof *result);
    hashpool_run(open_object, run, run->objects, 0, result);
    for (size_t i = 0; i < run->objects; i++)
        if (!judge_object(run, &run->object[i], &result[i], err))
            return false;
    return true;
}

/* ---- one ring ---- */

/* What to do about a file that the store cannot give any more; the caller frees it. */
static char *lost_text(const struct ring *ring, const struct finding *finding)
{
    const char *build = strstr(finding->path, "16.");
    for (; ring->source_ring; ring = ring->source_ring)
        ;
    return mem_printf(
        "%s, and the store has lost it: `ringmgr sync %s --build %.*s`, then `ringmgr verify --repair`",
        finding->problem, ring->name, (int)strspn(build ? build : "", "0123456789."), build ? build : "");
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
        char *problem =
            strv_has(unsound, finding->path) ? lost_text(ring, finding) : mem_strdup(finding->problem);
        verify->finding = mem_grow(verify->finding, verify->len, sizeof *verify->finding);
        verify->finding[verify->len++] =
            (struct verify_finding){mem_strdup(ring->name), mem_strdup(finding->path), problem, repaired};
        verify->repaired += repaired;
    }
}

static bool write_history(const struct job *job, const struct ring *ring, const struct audit *audit,
                          size_t repaired, struct err *err)
{
    char identity_text[320], reason[512];
    if (repaired == 0)
        return true;
    snprintf(reason, sizeof reason, "%zu repaired, the first: %s %s", repaired, audit->finding[0].path,
             audit->finding[0].problem);
    struct entry entry = {
        .action = "repair", .ring = ring->name, .channel = ring->channel->id, .reason = reason};
    job_sign_entry(job, &entry, identity_text);
    bool ok = state_begin(job->state, err) && journal_append(job->state, &entry, err) &&
              state_commit(job->state, err);
    state_abort(job->state);
    if (ok)
        job_announce(job);
    return ok;
}

/* One ring while it is verified. */
struct ring_run {
    const struct run *run;
    const struct ring *ring;
    struct tree tree;
    struct catalog_files files;
    struct share_file *list;
    struct audit_wanted wanted;
    char live[BUILD_TEXT_SIZE]; /* "" if nothing is live */
};

static void ring_run_clear(struct ring_run *one)
{
    tree_close(&one->tree);
    catalog_files_clear(&one->files);
    free(one->list);
}

static bool ring_run_open(const struct run *run, const struct ring *ring, struct ring_run *one,
                          struct err *err)
{
    struct offer live AUTO(offer_clear) = {0};
    struct pointers pointers;
    bool found;
    *one = (struct ring_run){.run = run, .ring = ring, .tree = TREE_CLOSED};
    if (!tree_open(ring->path, run->options->repair, &one->tree, err) ||
        !standing_files(run->job, ring, &one->files, err) ||
        !offered_pointers(run->job, ring, &pointers, err) ||
        !catalog_offer_live(run->job->state, ring->name, &live, &found, err))
        return false;
    if (found)
        build_format(&live.build, one->live);
    one->list = share_files_of(&one->files);
    one->wanted = (struct audit_wanted){.file = one->list,
                                        .files = one->files.len,
                                        .architectures = pointers.architectures,
                                        .pointer = {pointers.digest[0], pointers.digest[1]},
                                        .damaged = run->damaged,
                                        .damaged_len = run->damaged_len,
                                        .metadata_only = run->options->quick && ring->link != PLACE_HARD};
    return true;
}

static bool look(const struct ring_run *one, struct audit *audit, struct err *err)
{
    audit_clear(audit);
    return audit_run(one->run->job->store, &one->tree, &one->wanted, audit, err);
}

/* Brings back whole folders the way they came: staged, then renamed. What cannot be is left to the file by
 * file. */
static bool restore_folder(const struct ring_run *one, const struct offer *offer, struct err *err)
{
    struct catalog_files files AUTO(catalog_files_clear) = {0};
    char build[BUILD_TEXT_SIZE];
    struct err why = {0};
    bool stands;
    build_format(&offer->build, build);
    if (!tree_has_folder(&one->tree, build, &stands, err) ||
        (!stands && !catalog_offer_files(one->run->job->state, offer->id, &files, err)))
        return false;
    if (stands)
        return true;
    struct share_file *list AUTO_FREE = share_files_of(&files);
    const struct publication publication = {
        .id = "repair", .build = build, .file = list, .files = files.len, .link = link_mode_of(one->ring)};
    if (!publish_run(one->run->job->store, &one->tree, &publication, &why))
        log_info(one->run->job->log, "%s: %s not brought back: %s", one->ring->name, build, why.msg);
    return true;
}

static bool restore_folders(const struct ring_run *one, struct err *err)
{
    struct offers offers AUTO(offers_clear) = {0};
    if (!catalog_offers_standing(one->run->job->state, one->ring->name, &offers, err))
        return false;
    for (size_t i = 0; i < offers.len; i++)
        if (!restore_folder(one, &offers.item[i], err))
            return false;
    return true;
}

static int open_quarantine(const struct job *job, struct err *err)
{
    if (!fs_make_dirs(store_dir(job->store), "quarantine", err))
        return -1;
    return fs_open_beneath(store_dir(job->store), "quarantine", O_RDONLY | O_DIRECTORY, 0, err);
}

/* Is the live build whole on the share, by this audit? */
static bool live_is_whole(const struct ring_run *one, const struct audit *audit)
{
    for (size_t i = 0; i < audit->len; i++)
        if (audit->finding[i].kind == FINDING_FILE && strstr(audit->finding[i].path, one->live))
            return false;
    return *one->live != 0;
}

/*
 * Content first, the pointers last and only to a build that is whole. A ring in which nothing is live has
 * nothing to be compared with: there nothing is moved.
 */
static bool repair_ring(const struct ring_run *one, const struct audit *before, struct audit *after,
                        struct strv *unsound, struct err *err)
{
    const struct job *job = one->run->job;
    AUTO_FD quarantine = open_quarantine(job, err);
    if (quarantine < 0 || !restore_folders(one, err) || !look(one, after, err) ||
        !repair_files(job->store, &one->tree, &one->wanted, after, link_mode_of(one->ring), unsound, err))
        return false;
    if (*one->live && !repair_foreign(&one->tree, before, quarantine, err))
        return false;
    return look(one, after, err) &&
           (!live_is_whole(one, after) ||
            repair_pointers(job->store, &one->tree, &one->wanted, after, clock_now_unix(), err)) &&
           look(one, after, err);
}

/*
 * Finishes an interrupted publication. Where the share itself stands in the way (a foreign pointer, damage)
 * the audit is about to put that right. Any other failure with an intent open leaves the share between two
 * builds, which the audit would take for damage and half undo.
 */
static bool replay(const struct job *job, const struct ring *ring, struct err *err)
{
    struct intent intent AUTO(intent_clear) = {0};
    struct err why = {0}, unread = {0};
    bool open = false;
    if (reconcile_ring(job, ring, &why))
        return true;
    bool known = journal_intent_find(job->state, ring->name, &intent, &open, &unread);
    if (why.code != ERR_NOT_GENUINE && (open || !known)) {
        *err = why;
        return false;
    }
    log_info(job->log, "%s", why.msg);
    return true;
}

/* What is left wrong stays an attention until a later verify finds nothing. */
static bool mark(const struct run *run, const struct ring *ring, size_t left, struct err *err)
{
    struct state *state = run->job->state;
    char *text AUTO_FREE = mem_printf("verify found %zu things wrong on the share", left);
    char *command AUTO_FREE = mem_printf("ringmgr verify %s --repair", ring->name);
    const struct attention attention = {.severity = "critical",
                                        .ring = ring->name,
                                        .code = "share-wrong",
                                        .subject = "",
                                        .text = text,
                                        .command = command,
                                        .since_unix = clock_now_unix()};
    if (left)
        return catalog_attention_raise(state, &attention, err);
    return catalog_attention_clear(state, "share-wrong", ring->name, NULL, err) &&
           mark_done(state, "verify", ring->name, clock_steady_now().boot, clock_now_unix(), err);
}

static bool verify_ring(const struct run *run, const struct ring *ring, struct err *err)
{
    AUTO_LOCK lock = NULL;
    AUTO_LOCK store = NULL;
    AUTO_STRV unsound = {0};
    struct ring_run one AUTO(ring_run_clear) = {.tree = TREE_CLOSED};
    struct audit before AUTO(audit_clear) = {0}, after AUTO(audit_clear)
    = {0};
    const struct job *job = run->job;
    bool repairs = run->options->repair;
    size_t known = run->verify->repaired;
    if (!job_lock_ring(job, ring, &lock, err) || !job_lock_store(job, &store, err) ||
        (repairs && !replay(job, ring, err)) || !ring_run_open(run, ring, &one, err))
        return false;
    bool ok = look(&one, &before, err);
    if (ok && repairs && before.len)
        ok = repair_ring(&one, &before, &after, &unsound, err);
    take_findings(run, ring, &before, repairs && ok ? &after : &before, &unsound);
    size_t repaired = run->verify->repaired - known;
    return ok && write_history(job, ring, &before, repaired, err) &&
           mark(run, ring, before.len - repaired, err);
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
    bool ok = options->quick || verify_objects(&run, err);
    for (size_t i = 0; ok && options->rings[i]; i++)
        ok = verify_ring(&run, options->rings[i], err) ||
             err_prefix(err, "verify %s", options->rings[i]->name);
    free(run.object);
    free(run.damaged);
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

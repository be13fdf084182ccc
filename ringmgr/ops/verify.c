#include "ringmgr/ops/verify.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/hashpool.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/offered.h"
#include "ringmgr/ops/reconcile.h"
#include "shares/audit.h"

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

/* Reads every object; those that are not their name are damaged, and put aside when repairing. */
static bool check_objects(struct run *run, struct err *err)
{
    if (!collect_objects(run, err))
        return false;
    struct hash_result *result AUTO_FREE = mem_new(run->objects, sizeof *result);
    hashpool_run(open_object, run, run->objects, 0, result);
    for (size_t i = 0; i < run->objects; i++) {
        const struct needed *object = &run->object[i];
        if (result[i].ok && digest_equal(&result[i].digest, &object->digest))
            continue;
        run->damaged = mem_grow(run->damaged, run->damaged_len, sizeof *run->damaged);
        run->damaged[run->damaged_len++] = object->digest;
        if (run->options->repair && !store_evict(run->job->store, &object->digest, err))
            return false;
    }
    return true;
}

/* ---- one ring ---- */

static void take_findings(const struct run *run, const struct ring *ring, const struct audit *audit)
{
    struct verify *verify = run->verify;
    verify->checked_files += audit->checked_files;
    verify->checked_bytes += run->options->quick ? 0 : audit->checked_bytes;
    for (size_t i = 0; i < audit->len; i++) {
        const struct finding *finding = &audit->finding[i];
        verify->finding = mem_grow(verify->finding, verify->len, sizeof *verify->finding);
        verify->finding[verify->len++] =
            (struct verify_finding){mem_strdup(ring->name), mem_strdup(finding->path),
                                    mem_strdup(finding->problem), finding->repaired};
        verify->repaired += finding->repaired;
    }
}

static bool write_history(const struct job *job, const struct ring *ring, const struct audit *audit,
                          struct err *err)
{
    size_t repaired = 0;
    char identity_text[320], reason[512];
    for (size_t i = 0; i < audit->len; i++)
        repaired += audit->finding[i].repaired;
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

static bool audit_ring(const struct run *run, const struct ring *ring, struct audit *audit, struct err *err)
{
    struct catalog_files files AUTO(catalog_files_clear) = {0};
    AUTO_TREE tree = TREE_CLOSED;
    struct pointers pointers;
    if (!tree_open(ring->path, run->options->repair, &tree, err) ||
        !standing_files(run->job, ring, &files, err) || !offered_pointers(run->job, ring, &pointers, err))
        return false;
    struct share_file *list AUTO_FREE = share_files_of(&files);
    const struct audit_wanted wanted = {.file = list,
                                        .files = files.len,
                                        .architectures = pointers.architectures,
                                        .pointer = {pointers.digest[0], pointers.digest[1]},
                                        .damaged = run->damaged,
                                        .damaged_len = run->damaged_len};
    const struct audit_options options = {.metadata_only = run->options->quick && ring->link != PLACE_HARD,
                                          .repair = run->options->repair,
                                          .link = link_mode_of(ring),
                                          .now_unix = clock_now_unix()};
    return audit_run(run->job->store, &tree, &wanted, &options, audit, err);
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

static bool verify_ring(const struct run *run, const struct ring *ring, struct err *err)
{
    AUTO_LOCK lock = NULL;
    AUTO_LOCK store = NULL;
    struct audit audit AUTO(audit_clear) = {0};
    const struct job *job = run->job;
    if (run->options->repair && (!job_lock_ring(job, ring, &lock, err) || !job_lock_store(job, &store, err) ||
                                 !replay(job, ring, err)))
        return false;
    bool ok = audit_ring(run, ring, &audit, err);
    take_findings(run, ring, &audit);
    return ok && (!run->options->repair || write_history(job, ring, &audit, err));
}

bool verify_run(const struct job *job, const struct verify_options *options, struct verify *verify,
                struct err *err)
{
    struct run run = {.job = job, .options = options, .verify = verify};
    *verify = (struct verify){0};
    bool ok = options->quick || check_objects(&run, err);
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

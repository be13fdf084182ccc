#include "ringmgr/ops/standing.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/ahead.h"
#include "ringmgr/ops/offered.h"
#include "ringmgr/ops/place.h"
#include "ringmgr/ops/reconcile.h"
#include "ringmgr/state/manifests.h"

#include <stdlib.h>
#include <string.h>

/* ---- what stands by the books ---- */

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

bool standing_files(const struct job *job, const struct ring *ring, struct catalog_files *files,
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

static bool read_manifest(struct standing *standing, struct err *err)
{
    struct kept_manifest kept AUTO(manifests_clear) = {0};
    if (!manifests_find(standing->job->state, standing->ring->name, &kept, err))
        return false;
    standing->manifest = kept.shown;
    kept.shown = (struct buf){0};
    standing->wanted.manifest = standing->manifest.len ? &standing->manifest : NULL;
    return true;
}

/* A publication that could not be finished yet: what it leads to may be there, too. */
static bool read_intent(struct standing *standing, struct err *err)
{
    struct intent intent AUTO(intent_clear) = {0};
    struct pointers to;
    bool found;
    if (!journal_intent_find(standing->job->state, standing->ring->name, &intent, &found, err))
        return false;
    if (!found)
        return true;
    if (!reconcile_intended(standing->job, &intent, &standing->also, &to, err))
        return false;
    standing->also_list = share_files_of(&standing->also);
    standing->wanted.also = standing->also_list;
    standing->wanted.also_files = standing->also.len;
    standing->wanted.also_architectures = to.architectures;
    memcpy(standing->wanted.also_pointer, to.digest, sizeof to.digest);
    return true;
}

void standing_clear(struct standing *standing)
{
    tree_close(&standing->tree);
    catalog_files_clear(&standing->files);
    catalog_files_clear(&standing->also);
    buf_clear(&standing->manifest);
    free(standing->list);
    free(standing->also_list);
    *standing = (struct standing){.tree = TREE_CLOSED};
}

bool standing_open(const struct job *job, const struct ring *ring, bool make, struct standing *standing,
                   struct err *err)
{
    struct offer live AUTO(offer_clear) = {0};
    struct pointers pointers;
    bool found;
    *standing = (struct standing){.job = job, .ring = ring, .tree = TREE_CLOSED};
    if (!place_check(job, ring, err))
        return false;
    if (make)
        tree_unbar(ring->path);
    if (!tree_open(ring->path, make, &standing->tree, err) ||
        !standing_files(job, ring, &standing->files, err) || !offered_pointers(job, ring, &pointers, err) ||
        !catalog_offer_live(job->state, ring->name, &live, &found, err))
        return false;
    if (found)
        build_format(&live.build, standing->live);
    standing->list = share_files_of(&standing->files);
    standing->wanted = (struct audit_wanted){.file = standing->list,
                                             .files = standing->files.len,
                                             .architectures = pointers.architectures,
                                             .pointer = {pointers.digest[0], pointers.digest[1]}};
    return read_manifest(standing, err) && read_intent(standing, err);
}

bool standing_audit(const struct standing *standing, struct audit *audit, struct err *err)
{
    audit_clear(audit);
    return audit_run(standing->job->store, &standing->tree, &standing->wanted, audit, err);
}

/* The live build's folder, a file in it, or its v??_<build>.cab: not those of a build whose number goes on.
 */
static bool is_of_live(const struct standing *standing, const char *path)
{
    size_t len = strlen(standing->live);
    const char *build = strncmp(path, "v64_", 4) == 0 || strncmp(path, "v32_", 4) == 0 ? path + 4 : path;
    return strncmp(build, standing->live, len) == 0 && strchr("/.", build[len]) &&
           (build[len] != '.' || strcmp(build + len, ".cab") == 0);
}

/* A folder that not everybody may enter, or a file that does not have the right bytes for everybody. */
static bool is_harmful(const struct standing *standing, const struct finding *finding)
{
    struct stat st;
    bool live = is_of_live(standing, finding->path);
    if (finding->kind == FINDING_FOLDER)
        return (live || strcmp(finding->path, ".") == 0) &&
               (fstatat(standing->tree.data, finding->path, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
                (st.st_mode & 0555) != 0555);
    return finding->kind == FINDING_FILE && live &&
           (strcmp(finding->problem, tree_check_text(TREE_WRONG_BYTES)) == 0 ||
            !tree_serves_file(standing->job->store, &standing->tree, &standing->list[finding->index]));
}

static const struct finding *find_harm(const struct standing *standing, const struct audit *audit)
{
    for (size_t i = 0; i < audit->len; i++)
        if (is_harmful(standing, &audit->finding[i]))
            return &audit->finding[i];
    return NULL;
}

bool standing_live_is_served(const struct standing *standing, const struct audit *audit)
{
    return *standing->live && !find_harm(standing, audit);
}

const struct finding *standing_withdrawn(const struct standing *standing, const struct audit *audit)
{
    return *standing->live && audit_has(audit, FINDING_POINTER) ? find_harm(standing, audit) : NULL;
}

/* ---- putting right ---- */

static bool restore_folder(const struct standing *standing, const struct offer *offer, struct err *err)
{
    struct catalog_files files AUTO(catalog_files_clear) = {0};
    char build[BUILD_TEXT_SIZE];
    struct err why = {0};
    bool stands;
    build_format(&offer->build, build);
    if (!tree_has_folder(&standing->tree, build, &stands, err) ||
        (!stands && !catalog_offer_files(standing->job->state, offer->id, &files, err)))
        return false;
    if (stands)
        return true;
    struct share_file *list AUTO_FREE = share_files_of(&files);
    const struct publication publication = {.id = "repair",
                                            .build = build,
                                            .file = list,
                                            .files = files.len,
                                            .link = link_mode_of(standing->ring)};
    if (!publish_run(standing->job->store, &standing->tree, &publication, &why))
        log_info(standing->job->log, "%s: %s not brought back: %s", standing->ring->name, build, why.msg);
    return true;
}

bool standing_restore_folders(const struct standing *standing, struct err *err)
{
    struct offers offers AUTO(offers_clear) = {0};
    if (!catalog_offers_standing(standing->job->state, standing->ring->name, &offers, err))
        return false;
    for (size_t i = 0; i < offers.len; i++)
        if (!restore_folder(standing, &offers.item[i], err))
            return false;
    return true;
}

bool standing_begin_repair(const struct standing *standing, struct repair *repair, struct err *err)
{
    int store = store_dir(standing->job->store);
    uint64_t used, most = standing->job->settings->quarantine_max_bytes;
    *repair = (struct repair){.store = standing->job->store,
                              .tree = &standing->tree,
                              .wanted = &standing->wanted,
                              .link = link_mode_of(standing->ring),
                              .quarantine = -1,
                              .now_unix = clock_now_unix()};
    if (!fs_make_dirs(store, "quarantine", err) || !fs_tree_bytes(store, "quarantine", &used, err))
        return false;
    repair->room_bytes = used < most ? most - used : 0;
    repair->quarantine = fs_open_beneath(store, "quarantine", O_RDONLY | O_DIRECTORY, 0, err);
    return repair->quarantine >= 0;
}

void standing_end_repair(struct repair *repair)
{
    fs_auto_close(&repair->quarantine);
    repair->quarantine = -1;
    repair_clear(repair);
}

bool standing_pointers_first(const struct standing *standing, struct repair *repair,
                             const struct audit *audit, bool doubtful, struct err *err)
{
    if (!*standing->live)
        return true;
    if (doubtful || !standing_live_is_served(standing, audit))
        return repair_withdraw(repair, audit, WITHDRAW_WRONG, err);
    return repair_pointers(repair, audit, err) && repair_withdraw(repair, audit, WITHDRAW_FOREIGN, err);
}

bool standing_pointers_last(const struct standing *standing, struct repair *repair, const struct audit *audit,
                            struct err *err)
{
    if (!*standing->live || standing_live_is_served(standing, audit))
        return standing_pointers_first(standing, repair, audit, false, err);
    return repair_withdraw(repair, audit, WITHDRAW_ALL, err);
}

bool standing_is_ahead(const struct job *job, const struct ring *ring)
{
    AUTO_TREE tree = TREE_CLOSED;
    struct ahead ahead;
    struct err unread = {0};
    return tree_open(ring->path, false, &tree, &unread) && ahead_find(job, ring, &tree, &ahead, &unread) &&
           ahead.is;
}

/*
 * Any failure but that of the share itself with an intent open leaves the share between two builds, which an
 * audit would take for damage and half undo.
 */
bool standing_replay(const struct job *job, const struct ring *ring, struct err *err)
{
    struct intent intent AUTO(intent_clear) = {0};
    struct err why = {0}, unread = {0};
    bool open = false;
    if (reconcile_ring(job, ring, &why))
        return true;
    bool known = journal_intent_find(job->state, ring->name, &intent, &open, &unread);
    if ((why.code != ERR_NOT_GENUINE && (open || !known)) || standing_is_ahead(job, ring)) {
        *err = why;
        return false;
    }
    log_info(job->log, "%s", why.msg);
    return true;
}

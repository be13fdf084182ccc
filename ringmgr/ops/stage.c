/*
 * The order is that of trust. First come the files that carry their own signature; then what the stream
 * cabinets among them promise, a digest and a size for each stream and its catalogue; then those. A stream
 * cabinet stays in quarantine until everything that it promises is there: were it named before and its stream
 * then turned out to be another, the next run would believe the cabinet for ever.
 */
#include "ringmgr/ops/stage.h"
#include "ringmgr/base/amount.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/fetch/transfer.h"
#include "ringmgr/ops/absence.h"
#include "ringmgr/ops/lists.h"
#include "ringmgr/ops/prove.h"
#include "ringmgr/ops/reuse.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum item_state {
    ITEM_WANTED,
    ITEM_AT_HAND, /* recorded in the catalog, its object in the store */
    ITEM_PROVEN,  /* complete and proven, still in quarantine */
    ITEM_ABSENT,  /* upstream has no such file, and that stands */
    ITEM_MISSING, /* upstream has no such file, and it must be there */
};

/* One file of the build on its way. */
struct item {
    const struct build_file *file;
    struct item *cabinet; /* that proves it; NULL where it carries its own signature */
    enum item_state state;
    struct incoming *in;  /* open while it is fetched and until it is committed */
    struct digest digest; /* of the object, with ITEM_AT_HAND */
    uint64_t bytes;
    const struct manifest_file *sealed; /* what the manifest says that it must be; NULL */
    bool promised;                      /* `promise` says what it must be */
    struct promise promise;
    bool spoilt;    /* a cabinet whose promise was not kept: not to be continued, but fetched anew */
    bool has_table; /* a stream whose segments are known: `number` is its own in stage->reuse */
    size_t number;
    bool due; /* comes in this round */
};

struct stage {
    const struct job *job;
    const struct origin_session *origin;
    const struct stage_request *request;
    struct filelist list;
    struct item *item; /* one for each file of the list, in its order */
    struct reuse *reuse;
    struct staged *staged;
};

/* ---- what is at hand ---- */

static bool record(const struct stage *stage, struct item *item, struct err *err)
{
    const struct job *job = stage->job;
    bool ok = state_begin(job->state, err) &&
              catalog_file_put(job->state, stage->request->channel, &stage->request->build, item->file->path,
                               &item->digest, item->bytes, err);
    item->state = ITEM_AT_HAND;
    return state_end(job->state, ok, err);
}

static void look_up(const struct stage *stage, struct item *item, const struct catalog_files *known)
{
    const struct catalog_file *file = catalog_files_find(known, item->file->path);
    uint64_t bytes;
    const struct manifest *manifest = stage->request->manifest;
    item->sealed = manifest ? manifest_find(manifest, item->file->path) : NULL;
    item->state = !manifest || item->sealed ? ITEM_WANTED
                  : item->file->mandatory   ? ITEM_MISSING
                                            : ITEM_ABSENT;
    if (!file || (item->sealed && !digest_equal(&item->sealed->digest, &file->digest)))
        return;
    if (file->absent && !item->file->mandatory) /* a list may have come that names it */
        item->state = ITEM_ABSENT;
    else if (!file->absent && store_has(stage->job->store, &file->digest, &bytes) && bytes == file->bytes) {
        item->state = ITEM_AT_HAND;
        item->digest = file->digest;
        item->bytes = file->bytes;
        stage->staged->bytes_reused += file->bytes;
    }
}

static bool make_items(struct stage *stage, struct err *err)
{
    const struct stage_request *request = stage->request;
    struct catalog_files known AUTO(catalog_files_clear) = {0};
    if (!filelist_make(request->channel, &request->build, request->content, &stage->list, err) ||
        !catalog_files_get(stage->job->state, request->channel, &request->build, &known, err))
        return false;
    lists_mark(stage->job, request->lists, request->channel, &request->build, request->content, &stage->list);
    stage->item = mem_new(stage->list.len, sizeof *stage->item);
    for (size_t i = 0; i < stage->list.len; i++) {
        struct item *item = &stage->item[i];
        item->file = &stage->list.file[i];
        const struct build_file *proof =
            item->file->proof ? filelist_find(&stage->list, item->file->proof) : NULL;
        item->cabinet = proof ? &stage->item[proof - stage->list.file] : NULL;
        look_up(stage, item, &known);
    }
    return true;
}

/* ---- what upstream lacks ---- */

static struct absence absence_of(const struct stage *stage, const struct item *item)
{
    return (struct absence){stage->request->channel, &stage->request->build, item->file->path,
                            item->file->name};
}

/* A 404: does it count as "upstream has no such file"? What counts is written down by finish(), with the
 * complete build: a folder that turns out incomplete must leave no word behind. */
static bool take_absence(struct stage *stage, struct item *item, struct err *err)
{
    const struct absence absence = absence_of(stage, item);
    bool stands = false;
    item->state = ITEM_MISSING;
    if (item->file->mandatory || item->sealed)
        return true;
    if (!absence_judge(stage->job, &absence, stage->origin->one_tree, &stands, err))
        return false;
    if (stands)
        item->state = ITEM_ABSENT;
    return true;
}

/* ---- fetching ---- */

static bool open_incoming(const struct stage *stage, struct item *item, struct err *err)
{
    char build[BUILD_TEXT_SIZE];
    build_format(&stage->request->build, build);
    char *key AUTO_FREE = mem_printf("%s%s-%s-%s", stage->request->all_or_nothing ? "import-" : "",
                                     stage->request->channel->id, build, item->file->name);
    return item->in || incoming_open(stage->job->store, key, &item->in, err);
}

static uint64_t limit_of(const struct item *item)
{
    return item->promised && item->promise.bytes ? item->promise.bytes : prove_limit_bytes(item->file->kind);
}

static bool prove(const struct stage *stage, struct item *item, struct err *err)
{
    size_t len;
    if (item->promised) { /* the transfer compared the digest */
        log_info(stage->job->log, "proven: %s (hash in %s)", item->file->path, item->file->proof);
        item->state = ITEM_PROVEN;
        return true;
    }
    const void *bytes = incoming_map(item->in, &len, err);
    if (!bytes || !prove_signed(stage->origin->trust, stage->request->channel, &stage->request->build,
                                item->file, bytes, len, err))
        return false;
    log_info(stage->job->log, "proven: %s (signature)", item->file->path);
    item->state = ITEM_PROVEN;
    return true;
}

/* Names a proven file in the store and the catalog. */
static bool commit(const struct stage *stage, struct item *item, struct err *err)
{
    struct incoming *in = item->in;
    item->in = NULL;
    item->bytes = incoming_bytes(in);
    return (incoming_commit(in, &item->digest, err) && record(stage, item, err)) ||
           err_prefix(err, "%s", item->file->path);
}

static void drop(struct item *item, bool keep_part)
{
    if (item->in)
        (keep_part ? incoming_close : incoming_abort)(item->in);
    item->in = NULL;
}

/* An import goes on where the network failed it, and leaves nothing of what failed otherwise. */
static bool goes_on(const struct stage *stage, const struct err *why)
{
    return !stage->request->all_or_nothing || why->code == ERR_UPSTREAM;
}

/* What is here now is a source for what comes in a later round. */
static void offer_to_later(const struct stage *stage, const struct item *item)
{
    struct err why = {0};
    int fd = item->has_table ? incoming_reader(item->in, &why) : -1;
    if (fd >= 0)
        reuse_arrived(stage->reuse, item->number, fd);
}

/* What one transfer has brought: proven and committed, absent, or an error of this file. */
static bool settle(struct stage *stage, struct item *item, const struct transfer *transfer, struct err *err)
{
    stage->staged->bytes_fetched += transfer->fetched_bytes;
    stage->staged->bytes_reused += transfer->copied_bytes;
    if (transfer->result == TRANSFER_ABSENT) {
        drop(item, false);
        return take_absence(stage, item, err);
    }
    if (transfer->result == TRANSFER_STOPPED) {
        stage->staged->waits = true;
        drop(item, true);
        return true;
    }
    if (transfer->result != TRANSFER_DONE) {
        *err = transfer->err;
        drop(item, err->code != ERR_NOT_GENUINE && goes_on(stage, err));
        return false;
    }
    if (!prove(stage, item, err))
        return false;
    offer_to_later(stage, item);
    bool later = stage->request->all_or_nothing || item->file->kind == FILE_STREAM_CAB;
    return later || commit(stage, item, err);
}

static void keep_worst(struct err *worst, const struct err *one)
{
    if (worst->code == ERR_NONE || err_code_worse(one->code, worst->code))
        *worst = *one;
}

static uint64_t expected_bytes(const struct item *item)
{
    if (item->promised && item->promise.bytes)
        return item->promise.bytes;
    return item->sealed ? item->sealed->bytes : TRANSFER_SIZE_UNKNOWN;
}

static const struct digest *expected_digest(const struct item *item)
{
    if (item->promised)
        return &item->promise.digest;
    return item->sealed ? &item->sealed->digest : NULL;
}

/* How to put it together from what is at hand; NULL: plain. */
static const struct fetch_plan *plan_of(const struct stage *stage, const struct item *item)
{
    return item->has_table ? reuse_plan(stage->reuse, item->number, incoming_present_bytes(item->in) > 0)
                           : NULL;
}

/*
 * Fetches these items at once. A signed file that does not prove genuine goes to `again`, emptied, if that is
 * not NULL. The worst error of single files goes to `worst`; false only if nothing can go on.
 */
static bool fetch(struct stage *stage, struct item **items, size_t len, struct item **again,
                  size_t *again_len, struct err *worst, struct err *err)
{
    struct transfer *list AUTO_FREE = mem_new(len, sizeof *list);
    AUTO_STRV paths = {0};
    for (size_t i = 0; i < len; i++) {
        char *path AUTO_FREE = origin_path(stage->origin, stage->request->channel, items[i]->file->path);
        if (!open_incoming(stage, items[i], err))
            return false;
        strv_add(&paths, path);
    }
    for (size_t i = 0; i < len; i++)
        list[i] = (struct transfer){.path = paths.item[i],
                                    .in = items[i]->in,
                                    .expect_bytes = expected_bytes(items[i]),
                                    .limit_bytes = limit_of(items[i]),
                                    .expect = expected_digest(items[i]),
                                    .plan = plan_of(stage, items[i])};
    if (!transfer_run(stage->origin->http, list, len, err))
        return false;
    for (size_t i = 0; i < len; i++) {
        struct err one = {0};
        if (settle(stage, items[i], &list[i], &one))
            continue;
        if (list[i].result == TRANSFER_DONE && one.code == ERR_NOT_GENUINE)
            transfer_blame(stage->origin->http, &list[i]);
        if (again && one.code == ERR_NOT_GENUINE && items[i]->in && incoming_restart(items[i]->in, &one)) {
            log_info(stage->job->log, "once more: %s", one.msg);
            again[(*again_len)++] = items[i];
            continue;
        }
        drop(items[i], one.code != ERR_NOT_GENUINE && goes_on(stage, &one));
        if (items[i]->cabinet && one.code == ERR_NOT_GENUINE)
            items[i]->cabinet->spoilt = true;
        keep_worst(worst, &one);
    }
    return true;
}

/* Fetches every wanted item that `wants` picks; what carries its own signature gets a second, clean try. */
static bool fetch_all(struct stage *stage, bool (*wants)(const struct item *item), struct err *worst,
                      struct err *err)
{
    struct item **first AUTO_FREE = mem_new(stage->list.len, sizeof(struct item *));
    struct item **again AUTO_FREE = mem_new(stage->list.len, sizeof(struct item *));
    size_t len = 0, again_len = 0;
    for (size_t i = 0; i < stage->list.len; i++)
        if (stage->item[i].state == ITEM_WANTED && wants(&stage->item[i]))
            first[len++] = &stage->item[i];
    if (len && !fetch(stage, first, len, again, &again_len, worst, err))
        return false;
    return again_len == 0 || fetch(stage, again, again_len, NULL, NULL, worst, err);
}

/* ---- promises of the stream cabinets ---- */

/* The bytes of a proven cabinet, from quarantine or from the store; `held` is where the latter are kept. */
static const void *cabinet_bytes(const struct stage *stage, struct item *cabinet, struct buf *held,
                                 size_t *len, struct err *err)
{
    if (cabinet->state == ITEM_PROVEN)
        return incoming_map(cabinet->in, len, err);
    AUTO_FD fd = store_open_object(stage->job->store, &cabinet->digest, err);
    if (fd < 0 || !fs_read_fd(fd, cabinet->file->path, LIMIT_CABINET_BYTES, held, err))
        return NULL;
    *len = held->len;
    return held->data;
}

static bool read_promise(const struct stage *stage, struct item *item, struct segment_table *table,
                         struct err *err)
{
    AUTO_BUF held = {0};
    struct item *cabinet = item->cabinet;
    size_t len;
    if (cabinet->state == ITEM_ABSENT)
        item->state = ITEM_ABSENT;
    if (cabinet->state != ITEM_AT_HAND && cabinet->state != ITEM_PROVEN)
        return true;
    const void *bytes = cabinet_bytes(stage, cabinet, &held, &len, err);
    item->promised = bytes && prove_read_promise(item->file, bytes, len, &item->promise, table, err);
    if (item->promised && item->sealed && !digest_equal(&item->sealed->digest, &item->promise.digest)) {
        item->promised = false;
        return err_set(err, ERR_NOT_GENUINE, "%s: %s has another SHA-256 for it than the manifest",
                       item->file->path, item->file->proof);
    }
    if (item->promised && item->promise.table_problem[0])
        log_warn(stage->job->log, "%s: segment table not usable, plain download: %s", item->file->path,
                 item->promise.table_problem);
    return item->promised;
}

/* A file whose very bytes the store has, from an earlier run or from another build, needs no transfer. */
static bool take_known(const struct stage *stage, struct item *item, struct err *err)
{
    uint64_t bytes;
    if (item->state == ITEM_AT_HAND && item->promised && !digest_equal(&item->digest, &item->promise.digest))
        item->state = ITEM_WANTED; /* recorded by an earlier cabinet, which is no longer the one */
    if (item->state != ITEM_WANTED || !item->promised ||
        !store_has(stage->job->store, &item->promise.digest, &bytes) ||
        (item->promise.bytes && item->promise.bytes != bytes))
        return true;
    item->digest = item->promise.digest;
    item->bytes = bytes;
    stage->staged->bytes_reused += bytes;
    return store_settle(stage->job->store, &item->digest, err) && record(stage, item, err);
}

static bool read_promises(const struct stage *stage, struct err *worst, struct err *err)
{
    for (size_t i = 0; i < stage->list.len; i++) {
        struct item *item = &stage->item[i];
        struct segment_table table AUTO(segment_table_clear) = {0};
        struct err one = {0};
        const struct item *cabinet = item->cabinet;
        if (!cabinet || (item->state != ITEM_WANTED && cabinet->state != ITEM_PROVEN))
            continue;
        if (!read_promise(stage, item, &table, &one))
            keep_worst(worst, &one);
        else if (!take_known(stage, item, err))
            return false;
        item->has_table = item->state == ITEM_WANTED && table.len > 0;
        if (item->has_table)
            item->number = reuse_want(stage->reuse, item->file->path, &item->promise.digest, &table);
    }
    return true;
}

/* Is there room for all that is still to come, before the first byte of it? */
static bool check_space(const struct stage *stage, struct err *err)
{
    uint64_t need = 0, room;
    for (size_t i = 0; i < stage->list.len; i++) {
        struct item *item = &stage->item[i];
        if (item->state != ITEM_WANTED || !item->promised || !item->promise.bytes)
            continue;
        if (!open_incoming(stage, item, err))
            return false;
        uint64_t has = incoming_allocated_bytes(item->in), whole = item->promise.bytes;
        need += has < whole ? whole - has : 0;
    }
    if (!fs_free_bytes(store_dir(stage->job->store), &room, err))
        return false;
    if (need <= room)
        return true;
    char missing[AMOUNT_TEXT_SIZE];
    amount_format(need - room, missing);
    return err_set(err, ERR_NO_SPACE, "store %s: %s of space are missing", stage->job->settings->store,
                   missing);
}

/* ---- the whole ---- */

static bool is_signed(const struct item *item)
{
    return !item->cabinet;
}

static bool is_due(const struct item *item)
{
    return item->due;
}

/* Not one of its files is here or with upstream. */
static bool is_unknown(const struct stage *stage)
{
    for (size_t i = 0; i < stage->list.len; i++)
        if (stage->item[i].state == ITEM_AT_HAND || stage->item[i].state == ITEM_PROVEN)
            return false;
    return true;
}

static bool say_missing(const struct stage *stage, struct err *err)
{
    char build[BUILD_TEXT_SIZE];
    build_format(&stage->request->build, build);
    if (!stage->request->all_or_nothing && is_unknown(stage))
        return err_set(err, ERR_UPSTREAM,
                       "%s: upstream has no such build of %s as %s: none of its files is there",
                       stage->origin->base, stage->request->channel->id, build);
    char *names AUTO_FREE = strv_join(&stage->staged->missing, ", ");
    return err_set(err, stage->request->all_or_nothing ? ERR_NOT_GENUINE : ERR_UPSTREAM,
                   "%s: incomplete, %zu %s missing%s: %s", stage->origin->base, stage->staged->missing.len,
                   stage->staged->missing.len == 1 ? "file is" : "files are",
                   stage->request->manifest ? " of what this ring's content wants" : "", names);
}

/* Inside the transaction that completes the build. */
static bool record_absences(const struct stage *stage, struct err *err)
{
    int64_t since;
    for (size_t i = 0; i < stage->list.len; i++)
        if (stage->item[i].state == ITEM_ABSENT &&
            !catalog_file_absent(stage->job->state, stage->request->channel, &stage->request->build,
                                 stage->item[i].file->path, clock_now_unix(), true, &since, err))
            return false;
    return true;
}

/* Names what is still in quarantine, now that everything is there. */
static bool commit_rest(struct stage *stage, struct err *err)
{
    struct staged *staged = stage->staged;
    for (size_t i = 0; i < stage->list.len; i++) {
        struct item *item = &stage->item[i];
        if (item->state == ITEM_PROVEN && !commit(stage, item, err))
            return false;
        staged->files += item->state == ITEM_AT_HAND;
        staged->bytes_total += item->state == ITEM_AT_HAND ? item->bytes : 0;
    }
    return true;
}

static bool append_entry(const struct stage *stage, struct err *err)
{
    struct entry entry = *stage->request->entry;
    return job_append(stage->job, &entry, err);
}

/* Completes the books, or says what is missing. */
static bool finish(struct stage *stage, struct err *err)
{
    const struct stage_request *request = stage->request;
    struct staged *staged = stage->staged;
    struct state *state = stage->job->state;
    struct catalog_build known;
    bool found;
    for (size_t i = 0; i < stage->list.len; i++)
        if (stage->item[i].state == ITEM_MISSING || stage->item[i].state == ITEM_WANTED)
            strv_add(&staged->missing, stage->item[i].file->path);
    if (staged->missing.len)
        return say_missing(stage, err);
    if (!commit_rest(stage, err) || !state_begin(state, err))
        return false;
    bool ok = catalog_build_find(state, request->channel, &request->build, &known, &found, err) &&
              catalog_build_put(state, request->channel, &request->build, request->throttle, err) &&
              record_absences(stage, err) &&
              catalog_build_staged(state, request->channel, &request->build, clock_now_unix(), err);
    bool news = ok && (!found || known.staged_unix < 0), written = news && request->entry;
    staged->complete = job_end(stage->job, ok && (!written || append_entry(stage, err)), written, err);
    staged->news = staged->complete && news;
    return staged->complete;
}

static bool is_anything_wanted(const struct stage *stage)
{
    for (size_t i = 0; i < stage->list.len; i++)
        if (stage->item[i].state == ITEM_WANTED)
            return true;
    return false;
}

/* What was at hand may have turned out damaged when something was to be copied from it. */
static void check_at_hand(struct stage *stage, struct err *worst)
{
    for (size_t i = 0; i < stage->list.len; i++) {
        struct item *item = &stage->item[i];
        struct err one = {0};
        bool has;
        if (item->state != ITEM_AT_HAND)
            continue;
        bool known = store_has_bytes(stage->job->store, &item->digest, item->bytes, &has, &one);
        if (known && has)
            continue;
        item->state = ITEM_WANTED;
        if (known)
            err_set(&one, ERR_NOT_GENUINE,
                    "%s: damaged in the store, and put aside; the next sync fetches it", item->file->path);
        keep_worst(worst, &one);
    }
}

/* Streams come in rounds: some of the later are put together from the earlier. */
static bool fetch_promised(struct stage *stage, struct err *worst, struct err *err)
{
    if (!read_promises(stage, worst, err) || !check_space(stage, err) || !reuse_search(stage->reuse, err))
        return false;
    for (bool first = true; (reuse_begin_round(stage->reuse) || first) && !stage->staged->waits;
         first = false) {
        for (size_t i = 0; i < stage->list.len; i++) {
            struct item *item = &stage->item[i];
            item->due = item->has_table ? reuse_is_due(stage->reuse, item->number) : item->promised && first;
        }
        if (!fetch_all(stage, is_due, worst, err))
            return false;
    }
    reuse_report(stage->reuse);
    check_at_hand(stage, worst);
    return true;
}

static bool run(struct stage *stage, struct err *err)
{
    struct err worst = {0};
    if (!make_items(stage, err))
        return false;
    stage->staged->waits = stage->origin->shut && is_anything_wanted(stage);
    if (stage->staged->waits)
        return true;
    bool ok = fetch_all(stage, is_signed, &worst, err) &&
              (stage->staged->waits || fetch_promised(stage, &worst, err));
    if (ok && worst.code != ERR_NONE) {
        *err = worst;
        return false;
    }
    return ok && (stage->staged->waits || finish(stage, err));
}

bool stage_build(const struct job *job, const struct origin_session *origin,
                 const struct stage_request *request, struct staged *staged, struct err *err)
{
    struct stage stage = {.job = job, .origin = origin, .request = request, .staged = staged};
    *staged = (struct staged){0};
    stage.reuse = reuse_new(job, request->channel, &request->build);
    bool ok = run(&stage, err);
    for (size_t i = 0; stage.item && i < stage.list.len; i++)
        drop(&stage.item[i], goes_on(&stage, err) && !stage.item[i].spoilt);
    free(stage.item);
    reuse_free(stage.reuse);
    filelist_clear(&stage.list);
    return ok;
}

void staged_clear(struct staged *staged)
{
    strv_clear(&staged->missing);
    *staged = (struct staged){0};
}

#include "ringmgr/ops/foresee.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/prove.h"
#include "ringmgr/ops/reuse.h"
#include "ringmgr/store/incoming.h"

#include <stdlib.h>

struct wanted_stream {
    const struct build_file *file;
    uint64_t bytes;
};

struct foresight {
    const struct job *job;
    const struct origin_session *origin;
    const struct stage_request *request;
    struct staged *foreseen;
    bool *exact;
    struct filelist list;
    struct catalog_files known;  /* of the build */
    struct catalog_files before; /* of the channel's newest build, for estimates */
    char old[BUILD_TEXT_SIZE];   /* that build, or "" */
    bool staged;                 /* the build was complete once */
    struct reuse *reuse;
    struct wanted_stream *stream; /* by their numbers in `reuse` */
    size_t streams;
};

static void add_reused(const struct foresight *foresight, uint64_t bytes)
{
    foresight->foreseen->files++;
    foresight->foreseen->bytes_total += bytes;
    foresight->foreseen->bytes_reused += bytes;
}

static void add_fetched(const struct foresight *foresight, uint64_t bytes)
{
    foresight->foreseen->files++;
    foresight->foreseen->bytes_total += bytes;
    foresight->foreseen->bytes_fetched += bytes;
    foresight->foreseen->complete = false;
}

/* As much as the file of that name had in the newest build; nothing where that had none. */
static void add_estimate(const struct foresight *foresight, const struct build_file *file)
{
    char *path AUTO_FREE =
        file->kind == FILE_DESCRIPTOR
            ? mem_printf("v%d_%s.cab", architecture_bits(file->architecture), foresight->old)
            : mem_printf("%s/%s", foresight->old, file->name);
    const struct catalog_file *same = catalog_files_find(&foresight->before, path);
    *foresight->exact = false;
    foresight->foreseen->complete = false;
    if (same && !same->absent)
        add_fetched(foresight, same->bytes);
}

enum knowledge { TO_FETCH, AT_HAND, NOT_PART };

static enum knowledge look_up(const struct foresight *foresight, const struct build_file *file,
                              const struct catalog_file **known)
{
    *known = catalog_files_find(&foresight->known, file->path);
    if (!*known)
        return foresight->staged ? NOT_PART : TO_FETCH;
    if ((*known)->absent)
        return NOT_PART;
    return store_has(foresight->job->store, &(*known)->digest, NULL) ? AT_HAND : TO_FETCH;
}

/* ---- stream cabinets ---- */

static bool get(const struct foresight *foresight, const struct build_file *file, struct http_answer *answer,
                struct err *err)
{
    const struct origin_session *origin = foresight->origin;
    char *path AUTO_FREE = origin_path(origin, foresight->request->channel, file->path);
    return http_get(origin->http, path, NULL, LIMIT_CABINET_BYTES, answer, err);
}

static bool say_absent(const struct foresight *foresight, const struct build_file *file, struct err *err)
{
    return err_set(err, ERR_UPSTREAM, "%s: upstream has no %s", foresight->origin->base, file->path);
}

/* Fetches a cabinet into `bytes` and proves it; empty where upstream has none and need not. */
static bool fetch_cabinet(const struct foresight *foresight, const struct build_file *file, struct buf *bytes,
                          struct err *err)
{
    const struct stage_request *request = foresight->request;
    struct http_answer answer AUTO(http_answer_clear) = {0};
    if (!get(foresight, file, &answer, err))
        return false;
    if (answer.result == HTTP_ABSENT)
        return !file->mandatory || say_absent(foresight, file, err);
    *bytes = answer.body;
    answer.body = (struct buf){0};
    return prove_signed(foresight->origin->trust, request->channel, &request->build, file, bytes->data,
                        bytes->len, err);
}

static bool read_object(const struct foresight *foresight, const struct catalog_file *file, struct buf *bytes,
                        struct err *err)
{
    AUTO_FD fd = store_open_object(foresight->job->store, &file->digest, err);
    return fd >= 0 && fs_read_fd(fd, file->path, LIMIT_CABINET_BYTES, bytes, err);
}

static void want(struct foresight *foresight, const struct build_file *file, const struct promise *promise,
                 struct segment_table *table)
{
    foresight->stream = mem_grow(foresight->stream, foresight->streams, sizeof *foresight->stream);
    foresight->stream[foresight->streams++] = (struct wanted_stream){file, promise->bytes};
    reuse_want(foresight->reuse, file->path, &promise->digest, table);
}

/* One file that a proven cabinet tells of. */
static bool take_promise(struct foresight *foresight, const struct build_file *file,
                         const struct buf *cabinet, struct err *err)
{
    struct segment_table table AUTO(segment_table_clear) = {0};
    struct promise promise;
    uint64_t bytes;
    if (!prove_read_promise(file, cabinet->data, cabinet->len, &promise, &table, err))
        return false;
    if (store_has(foresight->job->store, &promise.digest, &bytes))
        add_reused(foresight, bytes);
    else if (table.len)
        want(foresight, file, &promise, &table);
    else if (promise.bytes)
        add_fetched(foresight, promise.bytes);
    else
        add_estimate(foresight, file);
    return true;
}

static bool take_promises(struct foresight *foresight, const struct build_file *cabinet,
                          const struct buf *bytes, struct err *err)
{
    for (size_t i = 0; i < foresight->list.len; i++) {
        const struct build_file *file = &foresight->list.file[i];
        const struct catalog_file *known;
        if (!file->proof || filelist_find(&foresight->list, file->proof) != cabinet)
            continue;
        enum knowledge knowledge = look_up(foresight, file, &known);
        if (knowledge == AT_HAND)
            add_reused(foresight, known->bytes);
        else if (knowledge == TO_FETCH && bytes->len == 0)
            add_estimate(foresight, file);
        else if (knowledge == TO_FETCH && !take_promise(foresight, file, bytes, err))
            return false;
    }
    return true;
}

static bool take_cabinet(struct foresight *foresight, const struct build_file *file, struct err *err)
{
    AUTO_BUF bytes = {0};
    const struct catalog_file *known;
    enum knowledge knowledge = look_up(foresight, file, &known);
    if (knowledge == NOT_PART)
        return true;
    if (knowledge == AT_HAND) {
        add_reused(foresight, known->bytes);
        return read_object(foresight, known, &bytes, err) && take_promises(foresight, file, &bytes, err);
    }
    if (!fetch_cabinet(foresight, file, &bytes, err))
        return false;
    if (bytes.len == 0)
        return true;
    add_fetched(foresight, bytes.len);
    return take_promises(foresight, file, &bytes, err);
}

/* ---- other files ---- */

/* A descriptor is asked for whole, for it says whether upstream has the build. */
static bool take_descriptor(const struct foresight *foresight, const struct build_file *file, struct err *err)
{
    struct http_answer answer AUTO(http_answer_clear) = {0};
    if (!get(foresight, file, &answer, err))
        return false;
    if (answer.result == HTTP_ABSENT)
        return say_absent(foresight, file, err);
    add_fetched(foresight, answer.body.len);
    return true;
}

static bool take_size(const struct foresight *foresight, const struct build_file *file, struct err *err)
{
    const struct origin_session *origin = foresight->origin;
    char *path AUTO_FREE = origin_path(origin, foresight->request->channel, file->path);
    struct http_size size;
    if (!http_size(origin->http, path, &size, err))
        return false;
    if (size.absent)
        return !file->mandatory || say_absent(foresight, file, err);
    if (size.known)
        add_fetched(foresight, size.bytes);
    else
        add_estimate(foresight, file);
    return true;
}

static bool take_other(const struct foresight *foresight, const struct build_file *file, struct err *err)
{
    const struct catalog_file *known;
    enum knowledge knowledge = look_up(foresight, file, &known);
    if (knowledge == AT_HAND)
        add_reused(foresight, known->bytes);
    if (knowledge != TO_FETCH)
        return true;
    return file->kind == FILE_DESCRIPTOR ? take_descriptor(foresight, file, err)
                                         : take_size(foresight, file, err);
}

/* ---- streams ---- */

/* What an interrupted run has left of it. */
static uint64_t left_bytes(const struct foresight *foresight, const char *name)
{
    char build[BUILD_TEXT_SIZE];
    struct incoming *in = NULL;
    struct err none = {0};
    build_format(&foresight->request->build, build);
    char *key AUTO_FREE = mem_printf("%s-%s-%s", foresight->request->channel->id, build, name);
    if (!incoming_is_left(foresight->job->store, key) ||
        !incoming_open(foresight->job->store, key, &in, &none))
        return 0;
    uint64_t bytes = incoming_present_bytes(in);
    incoming_close(in);
    return bytes;
}

/* Which of the bytes that are left are also at hand nobody knows; what is at hand comes first. */
static void take_stream(struct foresight *foresight, size_t number)
{
    const struct wanted_stream *stream = &foresight->stream[number];
    uint64_t missing = reuse_missing_bytes(foresight->reuse, number);
    uint64_t left = left_bytes(foresight, stream->file->name);
    uint64_t rest = left < stream->bytes ? stream->bytes - left : 0;
    if (left && missing < stream->bytes)
        *foresight->exact = false;
    if (rest < missing)
        missing = rest;
    add_fetched(foresight, missing);
    foresight->foreseen->bytes_total += stream->bytes - missing;
    foresight->foreseen->bytes_reused += stream->bytes - missing;
    foresight->foreseen->room_bytes += rest;
}

/* As staging does it, round by round. */
static bool take_streams(struct foresight *foresight, struct err *err)
{
    if (!reuse_search(foresight->reuse, err))
        return false;
    while (reuse_begin_round(foresight->reuse)) {
        for (size_t i = 0; i < foresight->streams; i++)
            if (reuse_is_due(foresight->reuse, i))
                take_stream(foresight, i);
        for (size_t i = 0; i < foresight->streams; i++)
            if (reuse_is_due(foresight->reuse, i))
                reuse_arrived(foresight->reuse, i, -1);
    }
    return true;
}

/* ---- the whole ---- */

static bool read_books(struct foresight *foresight, struct err *err)
{
    const struct stage_request *request = foresight->request;
    struct state *state = foresight->job->state;
    struct catalog_build build;
    bool found;
    if (!filelist_make(request->channel, &request->build, request->content, &foresight->list, err) ||
        !catalog_build_find(state, request->channel, &request->build, &build, &found, err) ||
        !catalog_files_get(state, request->channel, &request->build, &foresight->known, err))
        return false;
    foresight->staged = found && build.staged_unix >= 0;
    if (!catalog_build_newest(state, request->channel, NULL, &build, &found, err))
        return false;
    if (found)
        build_format(&build.build, foresight->old);
    return !found || catalog_files_get(state, request->channel, &build.build, &foresight->before, err);
}

static bool run(struct foresight *foresight, struct err *err)
{
    if (!read_books(foresight, err))
        return false;
    for (size_t i = 0; i < foresight->list.len; i++) {
        const struct build_file *file = &foresight->list.file[i];
        bool ok = file->proof                     ? true /* comes with its cabinet */
                  : file->kind == FILE_STREAM_CAB ? take_cabinet(foresight, file, err)
                                                  : take_other(foresight, file, err);
        if (!ok)
            return false;
    }
    return take_streams(foresight, err);
}

bool foresee_build(const struct job *job, const struct origin_session *origin,
                   const struct stage_request *request, struct staged *staged, bool *exact, struct err *err)
{
    struct foresight foresight = {
        .job = job, .origin = origin, .request = request, .foreseen = staged, .exact = exact};
    *staged = (struct staged){.complete = true};
    *exact = true;
    foresight.reuse = reuse_new(job, request->channel, &request->build);
    bool ok = run(&foresight, err);
    reuse_free(foresight.reuse);
    free(foresight.stream);
    catalog_files_clear(&foresight.known);
    catalog_files_clear(&foresight.before);
    filelist_clear(&foresight.list);
    return ok;
}

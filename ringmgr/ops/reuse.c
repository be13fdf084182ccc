/*
 * Two indexes of what is wanted: `at_hand` takes the tables of streams in the store, and later of those that
 * have arrived. `ahead` takes those of streams that come in this round; it only says who had better wait. In
 * both the wanted tables stand in the order of size, largest first, and a stream waits for larger ones alone,
 * so nobody waits in a circle.
 */
#include "ringmgr/ops/reuse.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/segments.h"
#include "ringmgr/ops/damage.h"
#include "ringmgr/state/catalog.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    /* Descriptors: a process has 1024 of them. */
    SOURCES_MAX = 256,
    /* So many builds in a row that bring less than a thousandth end the search. */
    IDLE_BUILDS = 8,
    /* A stream waits if that saves an eighth of what it must fetch … */
    WAIT_PART = 8,
    /* … and a plan is made where a twentieth is at hand: plan_saves() would not carry out a lesser one. */
    PLAN_PART = 20,
    /* The last round takes all that is left. */
    ROUNDS_MAX = 4,
};

/* What is known of a source beside what a transfer needs. */
struct object {
    struct digest digest;
    uint64_t bytes;
    bool in_store; /* under its name: damage is to be told */
    bool damaged;  /* known to be */
};

enum stream_state { STREAM_WAITS, STREAM_DUE, STREAM_OVER };

struct stream {
    const char *path;
    struct digest digest;
    uint64_t bytes;
    struct segment_table table; /* until nobody waits any more */
    size_t rank;                /* in the indexes */
    enum stream_state state;
    uint64_t missing; /* while it is due: bytes that nobody has */
    struct fetch_plan plan;
};

/* A stream that the store has lost; if it was put aside, it is offered last. */
struct evicted {
    struct digest cabinet, stream;
    uint64_t bytes;
    char *member; /* its table */
    char *name;
};

struct reuse {
    const struct job *job;
    const struct channel *channel;
    const struct build *build;
    struct stream *stream; /* in the order in which they were wanted */
    size_t len;
    struct stream **ranked; /* largest first */
    struct segments *at_hand;
    unsigned round;
    struct plan_source *source;
    struct object *object; /* of each source */
    size_t sources;
    struct digest *seen; /* cabinets that were looked at */
    size_t seen_len;
    struct evicted *evicted;
    size_t evicted_len;
    uint64_t wanted_bytes, gained_bytes;
};

struct reuse *reuse_new(const struct job *job, const struct channel *channel, const struct build *build)
{
    struct reuse *reuse = mem_new(1, sizeof *reuse);
    reuse->job = job;
    reuse->channel = channel;
    reuse->build = build;
    return reuse;
}

void reuse_free(struct reuse *reuse)
{
    if (!reuse)
        return;
    for (size_t i = 0; i < reuse->len; i++) {
        segment_table_clear(&reuse->stream[i].table);
        fetch_plan_clear(&reuse->stream[i].plan);
    }
    for (size_t i = 0; i < reuse->sources; i++) {
        fs_auto_close(&reuse->source[i].fd);
        free(reuse->source[i].name);
    }
    for (size_t i = 0; i < reuse->evicted_len; i++) {
        free(reuse->evicted[i].member);
        free(reuse->evicted[i].name);
    }
    segments_free(reuse->at_hand);
    free(reuse->stream);
    free(reuse->ranked);
    free(reuse->source);
    free(reuse->object);
    free(reuse->seen);
    free(reuse->evicted);
    free(reuse);
}

size_t reuse_want(struct reuse *reuse, const char *path, const struct digest *digest,
                  struct segment_table *table)
{
    reuse->stream = mem_grow(reuse->stream, reuse->len, sizeof *reuse->stream);
    reuse->stream[reuse->len] =
        (struct stream){.path = path, .digest = *digest, .bytes = table->stream_bytes, .table = *table};
    reuse->wanted_bytes += table->stream_bytes;
    *table = (struct segment_table){0};
    return reuse->len++;
}

/* ---- sources ---- */

/* Offers a stream that can be read through `fd`, which is taken over. Returns the bytes that it brings. */
static uint64_t offer(struct reuse *reuse, const struct segment_table *table, int fd, const char *name,
                      const struct object *object)
{
    uint64_t gained = segments_offer(reuse->at_hand, table, (uint32_t)reuse->sources, 0);
    reuse->gained_bytes += gained;
    if (gained == 0) {
        fs_auto_close(&fd);
        return 0;
    }
    reuse->source = mem_grow(reuse->source, reuse->sources, sizeof *reuse->source);
    reuse->object = mem_grow(reuse->object, reuse->sources, sizeof *reuse->object);
    reuse->source[reuse->sources] =
        (struct plan_source){.fd = fd, .name = mem_strdup(name), .doubtful = object->damaged};
    reuse->object[reuse->sources++] = *object;
    return gained;
}

static bool is_seen(struct reuse *reuse, const struct digest *cabinet)
{
    for (size_t i = 0; i < reuse->seen_len; i++)
        if (digest_equal(&reuse->seen[i], cabinet))
            return true;
    reuse->seen = mem_grow(reuse->seen, reuse->seen_len, sizeof *reuse->seen);
    reuse->seen[reuse->seen_len++] = *cabinet;
    return false;
}

static bool read_tables(const struct reuse *reuse, const struct digest *cabinet, const char *member,
                        struct cab *cab)
{
    const char *const want[] = {member, NULL};
    AUTO_BUF bytes = {0};
    struct err why = {0};
    AUTO_FD fd = store_open_object(reuse->job->store, cabinet, &why);
    if (fd >= 0 && fs_read_fd(fd, "stream cabinet", LIMIT_CABINET_BYTES, &bytes, &why) &&
        cab_read(bytes.data, bytes.len, "stream cabinet", want, cab, &why))
        return true;
    log_info(reuse->job->log, "no source: %s", why.msg);
    return false;
}

/* The stream that a table's member describes, in the folder of the cabinet; NULL if the build has none. */
static const struct catalog_file *find_stream(const struct catalog_files *files, const char *cabinet,
                                              const char *member)
{
    int folder = (int)(strrchr(cabinet, '/') + 1 - cabinet);
    int stem = (int)(strlen(member) - strlen(".man.dat"));
    char *path AUTO_FREE = mem_printf("%.*s%.*s.dat", folder, cabinet, stem, member);
    const struct catalog_file *file = catalog_files_find(files, path);
    return file && !file->absent ? file : NULL;
}

static uint64_t offer_table(struct reuse *reuse, const struct buf *member, const char *name,
                            const struct object *object, int fd)
{
    struct segment_table table = {0};
    struct err why = {0};
    uint64_t gained = 0;
    bool good = segment_table_parse(member->data, member->len, name, &table, &why);
    if (good && table.stream_bytes == object->bytes)
        gained = offer(reuse, &table, fd, name, object);
    else
        fs_auto_close(&fd);
    segment_table_clear(&table);
    return gained;
}

static void remember_evicted(struct reuse *reuse, const struct digest *cabinet, const char *member,
                             const struct catalog_file *file)
{
    reuse->evicted = mem_grow(reuse->evicted, reuse->evicted_len, sizeof *reuse->evicted);
    reuse->evicted[reuse->evicted_len++] = (struct evicted){.cabinet = *cabinet,
                                                            .stream = file->digest,
                                                            .bytes = file->bytes,
                                                            .member = mem_strdup(member),
                                                            .name = mem_strdup(file->path)};
}

static uint64_t take_stream(struct reuse *reuse, const struct digest *cabinet,
                            const struct cab_member *member, const struct catalog_file *file)
{
    const struct store *store = reuse->job->store;
    const struct object object = {file->digest, file->bytes, .in_store = true};
    struct err why = {0};
    if (!store_has(store, &file->digest, NULL)) {
        remember_evicted(reuse, cabinet, member->name, file);
        return 0;
    }
    int fd = reuse->sources < SOURCES_MAX ? store_open_object(store, &file->digest, &why) : -1;
    return fd < 0 ? 0 : offer_table(reuse, &member->data, file->path, &object, fd);
}

static uint64_t take_cabinet(struct reuse *reuse, const struct catalog_files *files,
                             const struct catalog_file *cabinet)
{
    struct cab cab AUTO(cab_clear) = {0};
    uint64_t gained = 0;
    if (!read_tables(reuse, &cabinet->digest, "*.man.dat", &cab))
        return 0;
    for (size_t i = 0; i < cab.len; i++) {
        const struct catalog_file *file =
            cab.member[i].data.len ? find_stream(files, cabinet->path, cab.member[i].name) : NULL;
        gained += file ? take_stream(reuse, &cabinet->digest, &cab.member[i], file) : 0;
    }
    return gained;
}

/* s640.cab and its kind (formats, section 3). */
static bool is_stream_cabinet(const char *path)
{
    const char *name = strrchr(path, '/');
    size_t len = name ? strlen(name) : 0;
    return len > 4 && name[1] == 's' && strcmp(name + len - 4, ".cab") == 0;
}

/* Offers the streams of one build; *looked says whether there was a cabinet that had not been seen. */
static bool take_build(struct reuse *reuse, const struct channel *channel, const struct build *build,
                       bool *looked, uint64_t *gained, struct err *err)
{
    struct catalog_files files AUTO(catalog_files_clear) = {0};
    *looked = false;
    *gained = 0;
    if (!catalog_files_get(reuse->job->state, channel, build, &files, err))
        return false;
    for (size_t i = 0; i < files.len; i++) {
        const struct catalog_file *file = &files.file[i];
        if (file->absent || !is_stream_cabinet(file->path) ||
            !store_has(reuse->job->store, &file->digest, NULL) || is_seen(reuse, &file->digest))
            continue;
        *looked = true;
        *gained += take_cabinet(reuse, &files, file);
    }
    return true;
}

static bool is_enough(const struct reuse *reuse, unsigned idle)
{
    return reuse->gained_bytes == reuse->wanted_bytes || idle >= IDLE_BUILDS;
}

static bool take_builds(struct reuse *reuse, const struct catalog_build_list *list, struct err *err)
{
    unsigned idle = 0;
    for (size_t i = 0; i < list->len && !is_enough(reuse, idle); i++) {
        bool looked;
        uint64_t gained;
        if (!take_build(reuse, list->item[i].channel, &list->item[i].build, &looked, &gained, err))
            return false;
        if (looked)
            idle = gained <= reuse->wanted_bytes / 1000 ? idle + 1 : 0;
    }
    return true;
}

static int by_build(const void *a, const void *b)
{
    return build_compare(&((const struct catalog_build *)b)->build,
                         &((const struct catalog_build *)a)->build);
}

/* The builds of all channels but the own, newest first. */
static bool list_others(const struct reuse *reuse, struct catalog_build_list *others, struct err *err)
{
    static const struct build none = {{0}};
    const struct channel *channel;
    for (size_t i = 0; (channel = channel_at(i)); i++) {
        struct catalog_build_list list = {0};
        if (channel == reuse->channel)
            continue;
        if (!catalog_builds_after(reuse->job->state, channel, &none, &list, err))
            return false;
        others->item = mem_resize(others->item, others->len + list.len, sizeof *others->item);
        for (size_t k = 0; k < list.len; k++)
            others->item[others->len++] = list.item[k];
        free(list.item);
    }
    if (others->len)
        qsort(others->item, others->len, sizeof *others->item, by_build);
    return true;
}

static void clear_list(struct catalog_build_list *list)
{
    free(list->item);
}

/* A wanted stream that was put aside has a table here already; the others' cabinets are read again. */
static void take_evicted(struct reuse *reuse)
{
    const struct store *store = reuse->job->store;
    for (size_t i = 0; i < reuse->len; i++) {
        const struct stream *stream = &reuse->stream[i];
        const struct object object = {stream->digest, stream->bytes, false, true};
        int fd = reuse->sources < SOURCES_MAX ? store_open_evicted(store, &stream->digest) : -1;
        if (fd >= 0)
            offer(reuse, &stream->table, fd, stream->path, &object);
    }
    for (size_t i = 0; i < reuse->evicted_len; i++) {
        const struct evicted *evicted = &reuse->evicted[i];
        const struct object object = {evicted->stream, evicted->bytes, false, true};
        struct cab cab AUTO(cab_clear) = {0};
        int fd = reuse->sources < SOURCES_MAX ? store_open_evicted(store, &evicted->stream) : -1;
        if (fd >= 0 && read_tables(reuse, &evicted->cabinet, evicted->member, &cab) &&
            cab_find(&cab, evicted->member))
            offer_table(reuse, &cab_find(&cab, evicted->member)->data, evicted->name, &object, fd);
        else
            fs_auto_close(&fd);
    }
}

static int by_size(const void *a, const void *b)
{
    const struct stream *left = *(struct stream *const *)a, *right = *(struct stream *const *)b;
    if (left->bytes != right->bytes)
        return left->bytes < right->bytes ? 1 : -1;
    return strcmp(left->path, right->path);
}

static struct segments *index_wanted(const struct reuse *reuse)
{
    const struct segment_table **table AUTO_FREE = mem_new(reuse->len, sizeof(struct segment_table *));
    for (size_t i = 0; i < reuse->len; i++)
        table[i] = &reuse->ranked[i]->table;
    return segments_new(table, reuse->len);
}

bool reuse_search(struct reuse *reuse, struct err *err)
{
    static const struct build none = {{0}};
    const struct catalog_build own = {.channel = reuse->channel, .build = *reuse->build};
    struct catalog_build_list same = {(struct catalog_build *)&own, 1};
    struct catalog_build_list list AUTO(clear_list) = {0}, others AUTO(clear_list)
    = {0};
    reuse->ranked = mem_new(reuse->len, sizeof(struct stream *));
    for (size_t i = 0; i < reuse->len; i++)
        reuse->ranked[i] = &reuse->stream[i];
    if (reuse->len)
        qsort(reuse->ranked, reuse->len, sizeof(struct stream *), by_size);
    for (size_t i = 0; i < reuse->len; i++)
        reuse->ranked[i]->rank = i;
    reuse->at_hand = index_wanted(reuse);
    if (reuse->len == 0)
        return true;
    if (!take_builds(reuse, &same, err) ||
        !catalog_builds_after(reuse->job->state, reuse->channel, &none, &list, err) ||
        !take_builds(reuse, &list, err) || !list_others(reuse, &others, err) ||
        !take_builds(reuse, &others, err))
        return false;
    take_evicted(reuse);
    if (reuse->gained_bytes)
        log_info(reuse->job->log, "%" PRIu64 " of %" PRIu64 " bytes of %zu streams are at hand in %zu others",
                 reuse->gained_bytes, reuse->wanted_bytes, reuse->len, reuse->sources);
    return true;
}

/* ---- rounds ---- */

/* Of what nobody has, what streams of this round will bring. */
static uint64_t gain_by_waiting(const struct reuse *reuse, struct segments *ahead,
                                const struct stream *stream)
{
    const struct segment_place *now = segments_places(reuse->at_hand, stream->rank);
    const struct segment_place *then = segments_places(ahead, stream->rank);
    uint64_t bytes = 0;
    for (size_t i = 0; i < stream->table.len; i++)
        if (now[i].source == SEGMENT_NOWHERE && then[i].source < SEGMENT_SELF)
            bytes += stream->table.segment[i].end - stream->table.segment[i].start;
    return bytes;
}

static bool had_better_wait(const struct reuse *reuse, struct segments *ahead, const struct stream *stream)
{
    uint64_t missing = segments_missing_bytes(reuse->at_hand, stream->rank);
    return reuse->round < ROUNDS_MAX && missing > 0 &&
           gain_by_waiting(reuse, ahead, stream) >= missing / WAIT_PART + 1;
}

static bool end_round(struct reuse *reuse)
{
    bool left = false;
    for (size_t i = 0; i < reuse->len; i++) {
        struct stream *stream = &reuse->stream[i];
        fetch_plan_clear(&stream->plan);
        if (stream->state == STREAM_DUE)
            stream->state = STREAM_OVER;
        left = left || stream->state == STREAM_WAITS;
    }
    return left;
}

static uint32_t source_of(const struct segment_place *place)
{
    return place->source == SEGMENT_SELF      ? PLAN_SELF
           : place->source == SEGMENT_NOWHERE ? PLAN_FETCH
                                              : place->source;
}

static void make_plan(const struct reuse *reuse, struct stream *stream)
{
    const struct segment_table *table = &stream->table;
    const struct segment_place *place = segments_places(reuse->at_hand, stream->rank);
    struct fetch_plan plan = {.piece = mem_new(table->len, sizeof *plan.piece),
                              .len = table->len,
                              .total_bytes = table->stream_bytes,
                              .source = reuse->source,
                              .sources = reuse->sources};
    for (size_t i = 0; i < table->len; i++)
        plan.piece[i] = (struct plan_piece){.start = table->segment[i].start,
                                            .end = table->segment[i].end,
                                            .source = source_of(&place[i]),
                                            .at = place[i].at,
                                            .digest = table->segment[i].digest};
    stream->plan = plan;
}

/* The plans of all that is due; tables and index go where nobody waits, for they take more than the plans. */
static void make_plans(struct reuse *reuse)
{
    bool left = false;
    for (size_t i = 0; i < reuse->len; i++) {
        struct stream *stream = &reuse->stream[i];
        left = left || stream->state == STREAM_WAITS;
        if (stream->state != STREAM_DUE)
            continue;
        stream->missing = segments_missing_bytes(reuse->at_hand, stream->rank);
        make_plan(reuse, stream);
    }
    if (left)
        return;
    segments_free(reuse->at_hand);
    reuse->at_hand = NULL;
    for (size_t i = 0; i < reuse->len; i++)
        segment_table_clear(&reuse->stream[i].table);
}

bool reuse_begin_round(struct reuse *reuse)
{
    if (!end_round(reuse))
        return false;
    struct segments *ahead AUTO(segments_auto_free)
    = index_wanted(reuse);
    reuse->round++;
    for (size_t i = 0; i < reuse->len; i++) {
        struct stream *stream = reuse->ranked[i];
        if (stream->state != STREAM_WAITS || had_better_wait(reuse, ahead, stream))
            continue;
        stream->state = STREAM_DUE;
        segments_offer(ahead, &stream->table, 0, i + 1);
    }
    make_plans(reuse);
    return true;
}

bool reuse_is_due(const struct reuse *reuse, size_t number)
{
    return reuse->stream[number].state == STREAM_DUE;
}

uint64_t reuse_missing_bytes(const struct reuse *reuse, size_t number)
{
    const struct stream *stream = &reuse->stream[number];
    return stream->bytes - stream->missing < stream->bytes / PLAN_PART + 1 ? stream->bytes : stream->missing;
}

const struct fetch_plan *reuse_plan(struct reuse *reuse, size_t number, bool resumed)
{
    struct stream *stream = &reuse->stream[number];
    bool worth = resumed || reuse_missing_bytes(reuse, number) < stream->bytes;
    if (worth && stream->plan.piece && plan_is_sound(&stream->plan))
        return &stream->plan;
    fetch_plan_clear(&stream->plan);
    return NULL;
}

void reuse_arrived(struct reuse *reuse, size_t number, int fd)
{
    const struct stream *stream = &reuse->stream[number];
    const struct object object = {stream->digest, stream->bytes, .in_store = false};
    bool wanted = false;
    for (size_t i = 0; i < reuse->len; i++)
        wanted = wanted || reuse->stream[i].state == STREAM_WAITS;
    if (wanted && reuse->sources < SOURCES_MAX)
        offer(reuse, &stream->table, fd, stream->path, &object);
    else
        fs_auto_close(&fd);
}

void reuse_report(struct reuse *reuse)
{
    struct digest *suspect AUTO_FREE = mem_new(reuse->sources, sizeof *suspect);
    struct err why = {0};
    size_t len = 0;
    for (size_t i = 0; i < reuse->sources; i++)
        if (reuse->source[i].rotten && reuse->object[i].in_store)
            suspect[len++] = reuse->object[i].digest;
    if (len && !damage_take(reuse->job, suspect, len, &why))
        log_warn(reuse->job->log, "objects that seem to be damaged could not be looked at: %s", why.msg);
}

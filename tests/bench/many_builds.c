/*
 * many_builds STATE STORE COUNT STANDING [FILES [DAYS CHANNEL RING…]]: writes the books of a house in which
 * COUNT builds of 50 (FILES) files came in, one every day (DAYS) until now, and went live in pilot, and all
 * but the newest in production; or in these rings of the channel, and all but the newest in all of them but
 * the first. The last STANDING of them stand on the shares, with objects of their own in the store; the
 * others gc has dropped. What they are made of is made up: this is for measuring what only reads the books
 * (tests/bench/many_builds.sh).
 */
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/catalog_gc.h"
#include "ringmgr/state/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DAY = 86400, TEXT_SIZE = 64, BATCH = 50 };

struct past {
    struct state *state;
    int store;
    const struct channel *channel;
    long count, standing;
    int files;               /* of a build */
    int days;                /* between two */
    const char *const *ring; /* the first takes from the origin; NULL after the last */
    int64_t now;
};

static int64_t came(const struct past *past, long index)
{
    return past->now - (past->count - index) * past->days * DAY;
}

static struct build build_at(long index)
{
    return (struct build){{16, 0, (uint32_t)(20000 + index), 20100}};
}

/* What the file holds. Every tenth one is the same in all builds. */
static const char *text_at(long index, int file, char text[TEXT_SIZE])
{
    snprintf(text, TEXT_SIZE, "file %d of build %ld", file, file == 0 || file % 10 ? index : 0);
    return text;
}

static struct digest digest_at(long index, int file)
{
    char text[TEXT_SIZE];
    text_at(index, file, text);
    return digest_of(text, strlen(text));
}

static char *path_at(const struct build *build, int file)
{
    char text[BUILD_TEXT_SIZE];
    build_format(build, text);
    return file == 0 ? mem_printf("v64_%s.cab", text) : mem_printf("%s/file%02d.cab", text, file);
}

static bool make_object(const struct past *past, const struct digest *digest, const char *content,
                        struct err *err)
{
    char text[DIGEST_TEXT_SIZE];
    digest_format(digest, text);
    char *folder AUTO_FREE = mem_printf("objects/%.2s", text);
    char *path AUTO_FREE = mem_printf("%s/%s", folder, text);
    if (faccessat(past->store, path, F_OK, 0) == 0)
        return true;
    if (!fs_make_dirs(past->store, folder, err))
        return false;
    AUTO_FD fd = fs_open_beneath(past->store, path, O_WRONLY | O_CREAT, 0444, err);
    return fd >= 0 && fs_write_all(fd, content, strlen(content), path, err);
}

static bool stage(const struct past *past, long index, struct catalog_files *files, struct err *err)
{
    const struct build build = build_at(index);
    bool stands = index + past->standing >= past->count;
    files->file = mem_new((size_t)past->files, sizeof *files->file);
    for (int i = 0; i < past->files; i++) {
        struct catalog_file *file = &files->file[files->len++];
        char text[TEXT_SIZE];
        text_at(index, i, text);
        *file = (struct catalog_file){.path = path_at(&build, i),
                                      .absent_unix = -1,
                                      .digest = digest_at(index, i),
                                      .bytes = strlen(text)};
        if ((stands && !make_object(past, &file->digest, text, err)) ||
            !catalog_file_put(past->state, past->channel, &build, file->path, &file->digest, file->bytes,
                              err))
            return false;
    }
    return catalog_build_staged(past->state, past->channel, &build, came(past, index), err);
}

static bool append(const struct past *past, const char *action, const char *ring, long index, struct err *err)
{
    char text[BUILD_TEXT_SIZE];
    const struct build build = build_at(index);
    build_format(&build, text);
    struct entry entry = {.time_unix = came(past, index),
                          .actor = "ringmgr",
                          .identity = "service",
                          .action = action,
                          .ring = ring,
                          .channel = past->channel->id,
                          .build = text};
    return journal_append(past->state, &entry, err);
}

static bool go_live(const struct past *past, const char *ring, long index, const struct catalog_files *files,
                    struct err *err)
{
    struct offer offer = {.ring = (char *)(uintptr_t)ring,
                          .channel = past->channel,
                          .build = build_at(index),
                          .files_digest = digest_at(index, 0),
                          .live_since = came(past, index),
                          .by = "ringmgr"};
    struct content content = {.architectures = ARCH_X64};
    strv_add(&content.languages, "en-us");
    offer.content = content_format(&content);
    content_clear(&content);
    bool ok = catalog_offer_start(past->state, &offer, files, "promote", err) &&
              append(past, "promote", ring, index, err);
    free(offer.content);
    return ok;
}

/* gc has dropped it: off the shares, out of the store. */
static bool drop(const struct past *past, long index, struct err *err)
{
    const struct build build = build_at(index);
    for (const char *const *ring = past->ring; *ring; ring++)
        if (!catalog_offer_removed(past->state, *ring, past->channel, &build, past->now, err))
            return false;
    return catalog_build_drop(past->state, past->channel, &build, past->now, err);
}

static bool add_release(const struct past *past, long index, struct err *err)
{
    struct release row = {.channel = past->channel,
                          .build = build_at(index),
                          .released_unix = came(past, index),
                          .latest = index == past->count - 1};
    struct releases releases = RELEASES_NONE;
    snprintf(row.version, sizeof row.version, "%04ld", 2400 + index / 4 % 12 + 1);
    releases.row = &row;
    releases.len = 1;
    return catalog_releases_merge(past->state, &releases, came(past, index), err);
}

static bool add_build(const struct past *past, long index, struct err *err)
{
    struct catalog_files files AUTO(catalog_files_clear) = {0};
    bool newest = index == past->count - 1;
    if (!add_release(past, index, err) || !stage(past, index, &files, err) ||
        !append(past, "sync", past->ring[0], index, err))
        return false;
    for (const char *const *ring = past->ring; *ring && (ring == past->ring || !newest); ring++)
        if (!go_live(past, *ring, index, &files, err))
            return false;
    return (index < past->standing || drop(past, index - past->standing, err));
}

static bool add_batch(const struct past *past, long from, struct err *err)
{
    bool ok = state_begin(past->state, err);
    for (long i = from; ok && i < from + BATCH && i < past->count; i++)
        ok = add_build(past, i, err) || err_prefix(err, "build %ld", i);
    ok = ok && state_commit(past->state, err);
    state_abort(past->state);
    return ok;
}

static bool run(char **argv, int argc, struct err *err)
{
    static const char *const usual[] = {"pilot", "production", NULL};
    struct state *state AUTO(state_auto_close)
    = NULL;
    AUTO_FD store = fs_open_dir(argv[2], err);
    if (store < 0 || !state_open(argv[1], STATE_WRITE, &state, err))
        return false;
    const struct past past = {.state = state,
                              .store = store,
                              .channel = channel_find(argc > 7 ? argv[7] : "MonthlyEnterprise"),
                              .count = strtol(argv[3], NULL, 10),
                              .standing = strtol(argv[4], NULL, 10),
                              .files = argc > 5 ? atoi(argv[5]) : 50,
                              .days = argc > 6 ? atoi(argv[6]) : 1,
                              .ring = argc > 8 ? (const char *const *)argv + 8 : usual,
                              .now = clock_now_unix()};
    for (long i = 0; i < past.count; i += BATCH)
        if (!add_batch(&past, i, err))
            return false;
    return true;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    if (argc < 5 || argc == 7 || argc == 8) {
        fputs("usage: many_builds STATE STORE COUNT STANDING [FILES [DAYS CHANNEL RING...]]\n", stderr);
        return 2;
    }
    if (run(argv, argc, &err))
        return 0;
    fprintf(stderr, "many_builds: %s\n", err.msg);
    return 1;
}

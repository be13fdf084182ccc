#include "ringmgr/ops/download.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/delta.h"

#include <stdlib.h>
#include <string.h>

/* Segment tables of one build's streams. */
struct tables {
    struct segment_table *item;
    size_t len;
};

static void tables_clear(struct tables *tables)
{
    for (size_t i = 0; i < tables->len; i++)
        segment_table_clear(&tables->item[i]);
    free(tables->item);
}

/* "stream.x64.x-none.man.dat" of "stream.x64.x-none.hash"; the caller frees it. */
static char *table_member(const struct build_file *stream)
{
    return mem_printf("%.*s.man.dat", (int)(strlen(stream->member) - strlen(".hash")), stream->member);
}

static const struct catalog_file *find_present(const struct download_side *side, const char *path)
{
    const struct catalog_file *file = path ? catalog_files_find(side->files, path) : NULL;
    return file && !file->absent ? file : NULL;
}

static bool read_object(const struct store *store, const struct digest *digest, struct buf *bytes,
                        struct err *err)
{
    AUTO_FD fd = store_open_object(store, digest, err);
    return fd >= 0 && fs_read_fd(fd, "stream cabinet", LIMIT_CABINET_BYTES, bytes, err);
}

/* False where the store has no table of this stream that can be used. */
static bool read_table(const struct store *store, const struct download_side *side,
                       const struct build_file *stream, struct segment_table *table)
{
    AUTO_BUF bytes = {0};
    AUTO_BUF member = {0};
    struct err ignored = {0};
    const struct catalog_file *cabinet = find_present(side, stream->proof);
    char *name AUTO_FREE = table_member(stream);
    return cabinet && store_has(store, &cabinet->digest, NULL) &&
           read_object(store, &cabinet->digest, &bytes, &ignored) &&
           cab_read_member(bytes.data, bytes.len, cabinet->path, name, &member, &ignored) &&
           segment_table_parse(member.data, member.len, name, table, &ignored);
}

/* True if the tables of all streams could be read. */
static bool read_tables(const struct store *store, const struct download_side *side, struct tables *tables)
{
    bool all = side->files->len > 0;
    for (size_t i = 0; i < side->list->len; i++) {
        const struct build_file *file = &side->list->file[i];
        if (file->kind != FILE_STREAM || !find_present(side, file->path))
            continue;
        tables->item = mem_grow(tables->item, tables->len, sizeof *tables->item);
        if (read_table(store, side, file, &tables->item[tables->len]))
            tables->len++;
        else
            all = false;
    }
    return all;
}

static bool has_bytes(const struct download_side *have, const struct digest *digest)
{
    static const struct digest unknown = {{0}};
    for (size_t i = 0; i < have->list->len && !digest_equal(digest, &unknown); i++) {
        const struct catalog_file *file = find_present(have, have->list->file[i].path);
        if (file && digest_equal(&file->digest, digest))
            return true;
    }
    return false;
}

static void add_stream(const struct store *store, const struct download_side *wanted,
                       const struct build_file *stream, const struct catalog_file *file,
                       const struct tables *have, struct download *download)
{
    struct segment_table table = {0};
    if (read_table(store, wanted, stream, &table) && table.stream_bytes == file->bytes)
        download->bytes += delta_missing_bytes(&table, have->item, have->len);
    else {
        download->bytes += file->bytes;
        download->exact = false;
    }
    segment_table_clear(&table);
}

struct download download_measure(const struct store *store, const struct download_side *wanted,
                                 const struct download_side *have)
{
    struct tables tables AUTO(tables_clear) = {0};
    struct download download = {.exact = read_tables(store, have, &tables)};
    for (size_t i = 0; i < wanted->list->len; i++) {
        const struct build_file *one = &wanted->list->file[i];
        const struct catalog_file *file = find_present(wanted, one->path);
        if (one->kind == FILE_DESCRIPTOR || !file)
            continue;
        download.whole += file->bytes;
        if (has_bytes(have, &file->digest))
            continue;
        if (one->kind == FILE_STREAM)
            add_stream(store, wanted, one, file, &tables, &download);
        else
            download.bytes += file->bytes;
    }
    return download;
}

bool download_list(struct state *state, const struct channel *channel, const struct build *build,
                   const struct content *content, struct filelist *list, struct catalog_files *files,
                   struct err *err)
{
    return filelist_make(channel, build, content, list, err) &&
           catalog_files_get(state, channel, build, files, err);
}

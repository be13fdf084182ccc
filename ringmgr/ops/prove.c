#include "ringmgr/ops/prove.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/cab.h"
#include "ringmgr/c2r/descriptor.h"

#include <stdio.h>
#include <string.h>

static bool prove_descriptor(const struct channel *channel, const struct build *build,
                             const struct build_file *file, const void *bytes, size_t len, struct err *err)
{
    struct descriptor descriptor AUTO(descriptor_clear) = {0};
    char is[BUILD_TEXT_SIZE];
    if (!descriptor_read(bytes, len, file->path, &descriptor, err))
        return false;
    build_format(&descriptor.build, is);
    if (descriptor.channel == channel && build_compare(&descriptor.build, build) == 0)
        return true;
    return err_set(err, ERR_NOT_GENUINE, "%s: genuine, but the descriptor of build %s in the channel %s",
                   file->path, is, descriptor.channel->id);
}

static bool prove_identity(const struct build *build, const struct build_file *file, const void *bytes,
                           size_t len, struct err *err)
{
    static const char *const want[] = {"*.hash", NULL};
    struct cab cab AUTO(cab_clear) = {0};
    return cab_read(bytes, len, file->path, want, &cab, err) &&
           stream_cab_check_identity(&cab, file->name, build, err);
}

bool prove_signed(const struct trust *trust, const struct channel *channel, const struct build *build,
                  const struct build_file *file, const void *bytes, size_t len, struct err *err)
{
    struct signer signer;
    if (file->kind == FILE_CABINET_CAT)
        return authenticode_verify_cat(trust, bytes, len, file->path, &signer, err);
    if (!authenticode_verify_cab(trust, bytes, len, file->path, &signer, err))
        return false;
    if (file->kind == FILE_DESCRIPTOR)
        return prove_descriptor(channel, build, file, bytes, len, err);
    return prove_identity(build, file, bytes, len, err);
}

/* "stream.x64.x-none" of "stream.x64.x-none.hash"; the caller frees it. */
static char *stem_of(const char *member)
{
    return mem_strndup(member, strlen(member) - strlen(".hash"));
}

static bool read_stream_promise(const struct build_file *file, const void *bytes, size_t len,
                                struct promise *promise, struct segment_table *table, struct err *err)
{
    struct cab cab AUTO(cab_clear) = {0};
    struct stream_facts facts;
    char *stem AUTO_FREE = stem_of(file->member);
    char *member AUTO_FREE = mem_printf("%s.man.dat", stem);
    const char *const want[] = {file->member, member, NULL};
    if (!cab_read(bytes, len, file->proof, want, &cab, err) ||
        !stream_facts_read(&cab, file->proof, stem, &facts, err))
        return false;
    promise->digest = facts.digest;
    promise->bytes = facts.has_table ? facts.bytes : 0;
    snprintf(promise->table_problem, sizeof promise->table_problem, "%s",
             facts.has_table ? "" : facts.table_problem);
    if (!table || !facts.has_table)
        return true;
    const struct buf *data = &cab_find(&cab, member)->data;
    return segment_table_parse(data->data, data->len, member, table, err);
}

static bool read_cat_promise(const struct build_file *file, const void *cab, size_t len,
                             struct promise *promise, struct err *err)
{
    AUTO_BUF member = {0};
    if (!cab_read_member(cab, len, file->proof, file->member, &member, err))
        return false;
    promise->digest = digest_of(member.data, member.len);
    promise->bytes = member.len;
    return true;
}

bool prove_read_promise(const struct build_file *file, const void *cab, size_t len, struct promise *promise,
                        struct segment_table *table, struct err *err)
{
    *promise = (struct promise){0};
    if (table)
        *table = (struct segment_table){0};
    if (file->kind == FILE_STREAM)
        return read_stream_promise(file, cab, len, promise, table, err);
    return read_cat_promise(file, cab, len, promise, err);
}

uint64_t prove_limit_bytes(enum file_kind kind)
{
    switch (kind) {
    case FILE_STREAM:
        return LIMIT_STREAM_BYTES;
    case FILE_STREAM_CAT:
    case FILE_CABINET_CAT:
        return LIMIT_CATALOG_BYTES;
    case FILE_DESCRIPTOR:
        return LIMIT_METADATA_BYTES;
    case FILE_CABINET:
    case FILE_STREAM_CAB:
        break;
    }
    return LIMIT_CABINET_BYTES;
}

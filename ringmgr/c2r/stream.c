#include "ringmgr/c2r/stream.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/language.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Sizes and offsets of formats, section 4. */
enum {
    TABLE_VERSION = 1,
    HEADER_BYTES = 24,
    FILE_BYTES = 19, /* u32 size, u16 name length, u32 first segment, 9 bytes; then the name */
    SEGMENT_BYTES = 59,
    AT_NAME_UNITS = 4,
    AT_FIRST_SEGMENT = 6,
    AT_DIGEST = 20
};

/* A stream's hash as 64 digits in UTF-16LE (formats, section 3). */
enum { HASH_DIGITS = 2 * DIGEST_BYTES, HASH_BYTES = 2 * HASH_DIGITS };

/* A cabinet's own *.hash: two lines, an MD5 and a build, in UTF-16LE (formats, section 2). */
enum { MD5_DIGITS = 32, IDENTITY_UNITS_MAX = 128 };

bool stream_hash_parse(const void *bytes, size_t len, const char *name, struct digest *digest,
                       struct err *err)
{
    const uint8_t *at = bytes;
    char text[HASH_DIGITS + 1] = "";
    bool good = len == HASH_BYTES;
    for (size_t i = 0; good && i < HASH_DIGITS; i++, at += 2) {
        text[i] = (char)at[0];
        good = at[1] == 0;
    }
    if (good && digest_parse(text, digest))
        return true;
    *digest = (struct digest){{0}};
    return err_set(err, ERR_NOT_GENUINE, "%s: this is no SHA-256 in %d hexadecimal digits (UTF-16)", name,
                   HASH_DIGITS);
}

/* One record of the file table. */
struct file {
    uint32_t offset; /* of the record: what segments call their owner by */
    uint32_t bytes;  /* unpacked */
    uint32_t first;  /* offset of its first segment's record */
};

/* A table while it is read. */
struct reading {
    const uint8_t *bytes;
    const char *name;
    uint32_t segments_at;
    uint32_t segments_end;
    struct file *file;
    struct segment *by_file; /* sorted by file and unpacked start */
    struct segment_table *table;
};

static uint32_t u32_at(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Fields in order: file table, segment table, package table, last table, all inside the bytes. */
static bool read_header(struct reading *reading, size_t len, struct err *err)
{
    const uint8_t *at = reading->bytes;
    if (len < HEADER_BYTES || u32_at(at) != TABLE_VERSION || u32_at(at + 4) != HEADER_BYTES)
        return err_set(err, ERR_NOT_GENUINE, "%s: this is no segment table of version 1", reading->name);
    uint32_t packages_at = u32_at(at + 12), last_at = u32_at(at + 16);
    reading->segments_at = u32_at(at + 8);
    reading->segments_end = packages_at;
    reading->table->stream_bytes = u32_at(at + 20);
    if (reading->segments_at < HEADER_BYTES || packages_at < reading->segments_at || last_at < packages_at ||
        last_at > len || (packages_at - reading->segments_at) % SEGMENT_BYTES != 0)
        return err_set(err, ERR_NOT_GENUINE, "%s: the parts of the segment table are not in their places",
                       reading->name);
    size_t segments = (packages_at - reading->segments_at) / SEGMENT_BYTES;
    if (reading->table->stream_bytes == 0 || segments == 0 || segments > LIMIT_STREAM_SEGMENTS)
        return err_set(err, ERR_NOT_GENUINE, "%s: a stream of %u bytes in %zu segments", reading->name,
                       (unsigned)reading->table->stream_bytes, segments);
    reading->table->len = segments;
    return true;
}

/* Reads one record; returns its length, 0 if it does not fit. */
static uint32_t read_file(const uint8_t *at, uint32_t room, struct file *file)
{
    if (room < FILE_BYTES)
        return 0;
    uint32_t name_bytes = 2 * ((uint32_t)at[AT_NAME_UNITS] | (uint32_t)at[AT_NAME_UNITS + 1] << 8);
    if (name_bytes == 0 || name_bytes > room - FILE_BYTES)
        return 0;
    const uint8_t *nul = at + FILE_BYTES + name_bytes - 2;
    file->bytes = u32_at(at);
    file->first = u32_at(at + AT_FIRST_SEGMENT);
    return nul[0] == 0 && nul[1] == 0 ? FILE_BYTES + name_bytes : 0;
}

static bool read_files(struct reading *reading, struct err *err)
{
    uint32_t at = HEADER_BYTES, count = 0;
    reading->file = mem_new((reading->segments_at - HEADER_BYTES) / FILE_BYTES, sizeof *reading->file);
    for (; at < reading->segments_at; count++) {
        if (count == LIMIT_STREAM_FILES)
            return err_set(err, ERR_NOT_GENUINE, "%s: more than %d files", reading->name, LIMIT_STREAM_FILES);
        struct file read = {.offset = at};
        uint32_t len = read_file(reading->bytes + at, reading->segments_at - at, &read);
        if (len == 0)
            return err_set(err, ERR_NOT_GENUINE, "%s: the record of file %u is malformed", reading->name,
                           (unsigned)count);
        reading->file[count] = read;
        at += len;
    }
    reading->table->files = count;
    return count > 0 || err_set(err, ERR_NOT_GENUINE, "%s: the stream has no file", reading->name);
}

static int by_offset(const void *key, const void *element)
{
    uint32_t offset = *(const uint32_t *)key, other = ((const struct file *)element)->offset;
    return offset < other ? -1 : offset > other;
}

static const struct file *find_owner(const struct reading *reading, uint32_t offset)
{
    return bsearch(&offset, reading->file, reading->table->files, sizeof *reading->file, by_offset);
}

/* A range is not empty and not longer than any real one. */
static bool range_is_sound(uint32_t start, uint32_t end)
{
    return start < end && end - start <= LIMIT_SEGMENT_BYTES;
}

static bool read_segment(const struct reading *reading, size_t index, struct segment *segment,
                         struct err *err)
{
    const uint8_t *at = reading->bytes + reading->segments_at + index * SEGMENT_BYTES;
    const struct file *owner = find_owner(reading, u32_at(at));
    if (!owner)
        return err_set(err, ERR_NOT_GENUINE, "%s: segment %zu belongs to no file", reading->name, index);
    *segment = (struct segment){.file = (uint32_t)(owner - reading->file),
                                .unpacked_start = u32_at(at + 4),
                                .unpacked_end = u32_at(at + 8),
                                .start = u32_at(at + 12),
                                .end = u32_at(at + 16)};
    memcpy(segment->digest.byte, at + AT_DIGEST, DIGEST_BYTES);
    if (!range_is_sound(segment->unpacked_start, segment->unpacked_end) ||
        !range_is_sound(segment->start, segment->end))
        return err_set(err, ERR_NOT_GENUINE, "%s: segment %zu has an impossible length", reading->name,
                       index);
    return true;
}

static bool read_segments(struct reading *reading, struct err *err)
{
    struct segment_table *table = reading->table;
    table->segment = mem_new(table->len, sizeof *table->segment);
    for (size_t i = 0; i < table->len; i++)
        if (!read_segment(reading, i, &table->segment[i], err))
            return false;
    return true;
}

/* A file names the record of its first segment, an empty file none (formats, section 4). Table still in its
 * own order. */
static bool check_first_segments(const struct reading *reading, struct err *err)
{
    for (uint32_t i = 0; i < reading->table->files; i++) {
        const struct file *file = &reading->file[i];
        bool good = file->bytes == 0 && file->first == 0;
        if (file->bytes && file->first >= reading->segments_at && file->first < reading->segments_end &&
            (file->first - reading->segments_at) % SEGMENT_BYTES == 0)
            good = reading->table->segment[(file->first - reading->segments_at) / SEGMENT_BYTES].file == i;
        if (!good)
            return err_set(err, ERR_NOT_GENUINE, "%s: file %u names a segment that is not its own",
                           reading->name, (unsigned)i);
    }
    return true;
}

static int by_stored_start(const void *a, const void *b)
{
    uint32_t left = ((const struct segment *)a)->start, right = ((const struct segment *)b)->start;
    return left < right ? -1 : left > right;
}

static int by_unpacked_start(const void *a, const void *b)
{
    const struct segment *left = a, *right = b;
    if (left->file != right->file)
        return left->file < right->file ? -1 : 1;
    return left->unpacked_start < right->unpacked_start ? -1 : left->unpacked_start > right->unpacked_start;
}

/* The unpacked ranges of each file tile it: no gap, no overlap, from 0 to its size. */
static bool check_files_tile(struct reading *reading, struct err *err)
{
    const struct segment_table *table = reading->table;
    size_t next = 0;
    reading->by_file = mem_new(table->len, sizeof *reading->by_file);
    memcpy(reading->by_file, table->segment, table->len * sizeof *reading->by_file);
    qsort(reading->by_file, table->len, sizeof *reading->by_file, by_unpacked_start);
    for (uint32_t i = 0; i < table->files; i++) {
        uint32_t end = 0;
        while (next < table->len && reading->by_file[next].file == i &&
               reading->by_file[next].unpacked_start == end)
            end = reading->by_file[next++].unpacked_end;
        if (end != reading->file[i].bytes || (next < table->len && reading->by_file[next].file == i))
            return err_set(err, ERR_NOT_GENUINE, "%s: the segments of file %u do not tile it", reading->name,
                           (unsigned)i);
    }
    return true;
}

/* The stored ranges tile the stream. Leaves the table sorted by them. */
static bool check_stream_tiles(const struct reading *reading, struct err *err)
{
    const struct segment_table *table = reading->table;
    uint32_t end = 0;
    qsort(table->segment, table->len, sizeof *table->segment, by_stored_start);
    for (size_t i = 0; i < table->len; i++) {
        if (table->segment[i].start != end)
            return err_set(err, ERR_NOT_GENUINE, "%s: the segments do not tile the stream at byte %u",
                           reading->name, (unsigned)end);
        end = table->segment[i].end;
    }
    if (end != table->stream_bytes)
        return err_set(err, ERR_NOT_GENUINE, "%s: the segments end at byte %u of %u", reading->name,
                       (unsigned)end, (unsigned)table->stream_bytes);
    return true;
}

bool segment_table_parse(const void *bytes, size_t len, const char *name, struct segment_table *table,
                         struct err *err)
{
    struct reading reading = {.bytes = bytes, .name = name, .table = table};
    *table = (struct segment_table){0};
    bool good = read_header(&reading, len, err) && read_files(&reading, err) &&
                read_segments(&reading, err) && check_first_segments(&reading, err) &&
                check_files_tile(&reading, err) && check_stream_tiles(&reading, err);
    free(reading.file);
    free(reading.by_file);
    if (!good)
        segment_table_clear(table);
    return good;
}

void segment_table_clear(struct segment_table *table)
{
    free(table->segment);
    *table = (struct segment_table){0};
}

static const struct cab_member *find_member(const struct cab *cab, const char *stem, const char *ending)
{
    char name[LIMIT_CAB_NAME_BYTES + 1];
    int len = snprintf(name, sizeof name, "%s%s", stem, ending);
    return len >= 0 && (size_t)len < sizeof name ? cab_find(cab, name) : NULL;
}

static void read_table_facts(const struct cab_member *member, struct stream_facts *facts)
{
    struct segment_table table;
    struct err err = {0};
    facts->has_table = segment_table_parse(member->data.data, member->data.len, member->name, &table, &err);
    facts->bytes = table.stream_bytes;
    if (!facts->has_table)
        snprintf(facts->table_problem, sizeof facts->table_problem, "%.255s", err.msg);
    segment_table_clear(&table);
}

bool stream_facts_read(const struct cab *cab, const char *cab_name, const char *stem,
                       struct stream_facts *facts, struct err *err)
{
    const struct cab_member *hash = find_member(cab, stem, ".hash");
    const struct cab_member *table = find_member(cab, stem, ".man.dat");
    *facts = (struct stream_facts){0};
    if (!hash)
        return err_set(err, ERR_NOT_GENUINE, "%s: it has no %s.hash", cab_name, stem);
    if (!stream_hash_parse(hash->data.data, hash->data.len, hash->name, &facts->digest, err))
        return err_prefix(err, "%s", cab_name);
    if (table)
        read_table_facts(table, facts);
    else
        snprintf(facts->table_problem, sizeof facts->table_problem, "%s: it has no %s.man.dat", cab_name,
                 stem);
    return true;
}

/* What a cabinet's name says it is: s641033.cab, sp641033.cab, i640.cab, a640_exp.cab (formats, section 3).
 */
struct cab_kind {
    const char *before;  /* the architecture's 32 or 64 */
    const char *after;   /* the LCID */
    const char *variant; /* of its stream's name, NULL if it has no stream */
    bool says_build;     /* has to carry its build */
};

struct cab_identity {
    char stem[LIMIT_NAME_BYTES + 1]; /* "s641033" */
    char stream[64];                 /* "stream.x64.en-us"; how its members begin if it has a stream */
    const struct cab_kind *kind;
};

/* Whether `name` is before, 32 or 64, LCID, after, ".cab". */
static bool split_name(const char *name, const struct cab_kind *kind, const char **bits, uint32_t *lcid)
{
    size_t len = strlen(kind->before);
    if (strncasecmp(name, kind->before, len) != 0)
        return false;
    *bits = strncmp(name + len, "64", 2) == 0 ? "x64" : strncmp(name + len, "32", 2) == 0 ? "x86" : NULL;
    if (!*bits)
        return false;
    const char *at = name + len + 2, *digits = at;
    for (*lcid = 0; *at >= '0' && *at <= '9' && at - digits < 6; at++)
        *lcid = *lcid * 10 + (uint32_t)(*at - '0');
    len = strlen(kind->after);
    return at > digits && strncasecmp(at, kind->after, len) == 0 && strcasecmp(at + len, ".cab") == 0;
}

static bool read_name(const char *name, struct cab_identity *identity, struct err *err)
{
    static const struct cab_kind kinds[] = {{"s", "", "", true},         {"sp", "", ".proof", true},
                                            {"sa", "", ".arm64x", true}, {"sc", "", ".chpe", true},
                                            {"i", "", NULL, true},       {"a", "_exp", NULL, false}};
    const char *bits;
    uint32_t lcid;
    *identity = (struct cab_identity){0};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!split_name(name, &kinds[i], &bits, &lcid))
            continue;
        const struct language *language = language_find_lcid(lcid);
        if (lcid && !language)
            return err_set(err, ERR_NOT_GENUINE, "%s: no language has the number %u", name, (unsigned)lcid);
        identity->kind = &kinds[i];
        snprintf(identity->stem, sizeof identity->stem, "%.*s", (int)(strlen(name) - strlen(".cab")), name);
        if (kinds[i].variant)
            snprintf(identity->stream, sizeof identity->stream, "stream.%s.%s%s", bits,
                     language ? language->culture : "x-none", kinds[i].variant);
        return true;
    }
    return err_set(err, ERR_NOT_GENUINE, "%s: no cabinet of a build is called this", name);
}

/* Lines as ASCII out of UTF-16LE with its byte order mark; "" if it is something else. */
static void decode_lines(const struct buf *data, char text[IDENTITY_UNITS_MAX])
{
    size_t units = data->len / 2;
    text[0] = 0;
    if (data->len % 2 || units < 1 || units > IDENTITY_UNITS_MAX || data->data[0] != 0xff ||
        data->data[1] != 0xfe)
        return;
    for (size_t i = 1; i < units; i++) {
        uint8_t low = data->data[2 * i], high = data->data[2 * i + 1];
        bool plain = high == 0 && (low == '\r' || low == '\n' || (low >= ' ' && low <= '~'));
        text[i - 1] = plain ? (char)low : '?';
    }
    text[units - 1] = 0;
}

/* Line 2 of a cabinet's own hash member. False unless there are exactly two, an MD5 and a build. */
static bool read_build(const struct cab_member *member, struct build *build)
{
    char text[IDENTITY_UNITS_MAX];
    struct err ignored = {0};
    decode_lines(&member->data, text);
    if (strspn(text, "0123456789ABCDEFabcdef") != MD5_DIGITS || strncmp(text + MD5_DIGITS, "\r\n", 2) != 0)
        return false;
    char *line = text + MD5_DIGITS + 2;
    size_t len = strcspn(line, "\r\n");
    if (strcmp(line + len, "\r\n") != 0)
        return false;
    line[len] = 0;
    return build_parse(line, build, &ignored);
}

static bool is_of_stream(const char *member)
{
    return strncasecmp(member, "stream.", strlen("stream.")) == 0;
}

/* The cabinet's own hash member is called like it. What else is called so says what the cabinet is instead.
 */
static bool no_own_hash(const struct cab *cab, const char *name, const struct cab_identity *identity,
                        struct err *err)
{
    for (size_t i = 0; i < cab->len; i++)
        if (fnmatch("*.hash", cab->member[i].name, FNM_CASEFOLD) == 0 && !is_of_stream(cab->member[i].name))
            return err_set(err, ERR_NOT_GENUINE, "%s: it has no %s.hash but %s: it is another cabinet", name,
                           identity->stem, cab->member[i].name);
    return err_set(err, ERR_NOT_GENUINE, "%s: it has no %s.hash, so it names no build", name, identity->stem);
}

static bool check_build(const struct cab *cab, const char *name, const struct cab_identity *identity,
                        const struct build *build, struct err *err)
{
    const struct cab_member *member = find_member(cab, identity->stem, ".hash");
    struct build own;
    char is[BUILD_TEXT_SIZE], wanted[BUILD_TEXT_SIZE];
    if (!member)
        return !identity->kind->says_build || no_own_hash(cab, name, identity, err);
    if (!read_build(member, &own))
        return err_set(err, ERR_NOT_GENUINE, "%s: %s names no build", name, member->name);
    build_format(&own, is);
    build_format(build, wanted);
    if (build_compare(&own, build) != 0)
        return err_set(err, ERR_NOT_GENUINE, "%s: it is of build %s, not of %s", name, is, wanted);
    return true;
}

/* Members that belong to a stream have to belong to this one; the hash of that has to be there. */
static bool check_stream_members(const struct cab *cab, const char *name, const struct cab_identity *identity,
                                 struct err *err)
{
    size_t len = strlen(identity->stream);
    for (size_t i = 0; i < cab->len; i++) {
        const char *member = cab->member[i].name;
        if (is_of_stream(member) &&
            (len == 0 || strncasecmp(member, identity->stream, len) != 0 || member[len] != '.'))
            return err_set(err, ERR_NOT_GENUINE, "%s: it holds %s, so it is another cabinet", name, member);
    }
    if (len && !find_member(cab, identity->stream, ".hash"))
        return err_set(err, ERR_NOT_GENUINE, "%s: it has no %s.hash", name, identity->stream);
    return true;
}

bool stream_cab_check_identity(const struct cab *cab, const char *name, const struct build *build,
                               struct err *err)
{
    struct cab_identity identity;
    if (strlen(name) > LIMIT_NAME_BYTES)
        return err_set(err, ERR_NOT_GENUINE, "%.32s…: no cabinet of a build is called this", name);
    return read_name(name, &identity, err) && check_stream_members(cab, name, &identity, err) &&
           check_build(cab, name, &identity, build, err);
}

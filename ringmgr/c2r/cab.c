/*
 * The cabinet's own header is held to what libarchive would be generous with: it looks for a cabinet behind
 * other bytes (self-extracting programs), and what follows the cabinet is none of its business here (formats,
 * section 7: the signature). It gets exactly the cabinet's bytes, where the caller has them: nothing is
 * copied.
 */
#include "ringmgr/c2r/cab.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/cab_library.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* CFHEADER of [MS-CAB], section 2.1 */
enum { HEADER_BYTES = 36, AT_CABINET_BYTES = 8, AT_FLAGS = 30, FLAGS_OF_SETS = 3 };

/* What the steps of one reading share. */
struct reading {
    struct archive *archive;
    const char *name; /* of the cabinet */
    const char *const *want;
    struct cab *cab;
    uint64_t unpacked; /* of all members so far, by their headers */
};

static bool damaged(const struct reading *reading, struct err *err)
{
    const char *why = archive_error_string(reading->archive);
    return err_set(err, ERR_NOT_GENUINE, "%s: the cabinet is damaged: %s", reading->name, why ? why : "?");
}

bool cab_say_none(const void *bytes, size_t len, struct err *err)
{
    enum { SHOWN_BYTES = 32 };
    const char *text = bytes, *end = text + len;
    char shown[SHOWN_BYTES + 1];
    size_t at = 0;
    while (text < end && strchr(" \t\r\n\xef\xbb\xbf", *text) && *text)
        text++;
    bool page = text < end && *text == '<';
    while (page && text < end && at < SHOWN_BYTES && *text >= ' ' && *text <= '~')
        shown[at++] = *text++;
    shown[at] = 0;
    return page ? err_set(
                      err, ERR_NOT_GENUINE,
                      "this is no cabinet: it begins with %s: the page of a proxy (a login?) or of another "
                      "server stands in the way",
                      shown)
                : err_set(err, ERR_NOT_GENUINE, "this is no cabinet");
}

static bool check_header(const uint8_t *bytes, size_t len, const char *name, size_t *cabinet_bytes,
                         struct err *err)
{
    if (len < HEADER_BYTES || memcmp(bytes, "MSCF", 4) != 0)
        return cab_say_none(bytes, len, err) || err_prefix(err, "%s", name);
    if (len > LIMIT_CABINET_BYTES)
        return err_set(err, ERR_NOT_GENUINE, "%s: the cabinet is larger than any real one", name);
    const uint8_t *at = bytes + AT_CABINET_BYTES;
    *cabinet_bytes = (size_t)at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16 | (size_t)at[3] << 24;
    if (*cabinet_bytes < HEADER_BYTES || *cabinet_bytes > len)
        return err_set(err, ERR_NOT_GENUINE, "%s: the cabinet is cut short", name);
    if (bytes[AT_FLAGS] & FLAGS_OF_SETS)
        return err_set(err, ERR_NOT_GENUINE, "%s: the cabinet is a part of a set", name);
    return true;
}

static bool name_is_plain(const char *name)
{
    size_t len = name ? strlen(name) : 0;
    for (size_t i = 0; i < len; i++)
        if (name[i] < ' ' || name[i] > '~' || name[i] == '/' || name[i] == '\\')
            return false;
    return len > 0 && len <= LIMIT_CAB_NAME_BYTES && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static bool is_wanted(const struct reading *reading, const char *name)
{
    for (size_t i = 0; reading->want && reading->want[i]; i++)
        if (fnmatch(reading->want[i], name, FNM_CASEFOLD) == 0)
            return true;
    return false;
}

/* Unpacks what the header announced, and not a byte more whatever the data say. */
static bool unpack(const struct reading *reading, struct cab_member *member, struct err *err)
{
    const void *block;
    size_t len;
    la_int64_t offset;
    int status;
    while ((status = archive_read_data_block(reading->archive, &block, &len, &offset)) == ARCHIVE_OK) {
        if (offset < 0 || (uint64_t)offset != member->data.len || len > member->bytes - member->data.len)
            return err_set(err, ERR_NOT_GENUINE, "%s: %s unpacks to more than its stated %llu bytes",
                           reading->name, member->name, (unsigned long long)member->bytes);
        buf_append(&member->data, block, len);
    }
    if (status != ARCHIVE_EOF)
        return damaged(reading, err);
    if (member->data.len != member->bytes)
        return err_set(err, ERR_NOT_GENUINE, "%s: %s unpacks to %zu bytes instead of %llu", reading->name,
                       member->name, member->data.len, (unsigned long long)member->bytes);
    return true;
}

/* Checks what a member's header says before anything of it is unpacked. */
static bool check_entry(struct reading *reading, struct archive_entry *entry, struct err *err)
{
    const char *name = archive_entry_pathname(entry);
    if (!name_is_plain(name))
        return err_set(err, ERR_NOT_GENUINE, "%s: member %zu has a name that no real one has", reading->name,
                       reading->cab->len + 1);
    if (reading->cab->len == LIMIT_CAB_MEMBERS)
        return err_set(err, ERR_NOT_GENUINE, "%s: more than %d members", reading->name, LIMIT_CAB_MEMBERS);
    if (cab_find(reading->cab, name))
        return err_set(err, ERR_NOT_GENUINE, "%s: two members are called %s", reading->name, name);
    la_int64_t bytes = archive_entry_size(entry);
    if (bytes < 0 || (uint64_t)bytes > LIMIT_CAB_UNPACKED_BYTES - reading->unpacked ||
        (is_wanted(reading, name) && (uint64_t)bytes > LIMIT_CAB_MEMBER_BYTES))
        return err_set(err, ERR_NOT_GENUINE, "%s: %s with %lld bytes is larger than any real one",
                       reading->name, name, (long long)bytes);
    reading->unpacked += (uint64_t)bytes;
    return true;
}

static bool read_member(struct reading *reading, struct archive_entry *entry, struct err *err)
{
    struct cab *cab = reading->cab;
    if (!check_entry(reading, entry, err))
        return false;
    cab->member = mem_grow(cab->member, cab->len, sizeof *cab->member);
    struct cab_member *member = &cab->member[cab->len++];
    *member = (struct cab_member){.name = mem_strdup(archive_entry_pathname(entry)),
                                  .bytes = (uint64_t)archive_entry_size(entry)};
    return !is_wanted(reading, member->name) || unpack(reading, member, err);
}

static bool read_members(struct reading *reading, struct err *err)
{
    struct archive_entry *entry;
    int status;
    while ((status = archive_read_next_header(reading->archive, &entry)) == ARCHIVE_OK)
        if (!read_member(reading, entry, err))
            return false;
    return status == ARCHIVE_EOF || damaged(reading, err);
}

bool cab_load(struct err *err)
{
    return library_load(LIBRARY_LIBARCHIVE, err);
}

bool cab_read(const void *bytes, size_t len, const char *name, const char *const *want, struct cab *cab,
              struct err *err)
{
    struct reading reading = {.name = name, .want = want, .cab = cab};
    size_t cabinet_bytes = 0;
    *cab = (struct cab){0};
    if (!check_header(bytes, len, name, &cabinet_bytes, err))
        return false;
    reading.archive = archive_read_new();
    bool good = reading.archive && archive_read_support_format_cab(reading.archive) == ARCHIVE_OK &&
                archive_read_open_memory(reading.archive, bytes, cabinet_bytes) == ARCHIVE_OK;
    good = good ? read_members(&reading, err) : damaged(&reading, err);
    archive_read_free(reading.archive);
    if (!good)
        cab_clear(cab);
    return good;
}

bool cab_read_member(const void *bytes, size_t len, const char *name, const char *member, struct buf *content,
                     struct err *err)
{
    const char *const want[] = {member, NULL};
    struct cab cab AUTO(cab_clear) = {0};
    if (!cab_read(bytes, len, name, want, &cab, err))
        return false;
    const struct cab_member *found = cab_find(&cab, member);
    if (!found)
        return err_set(err, ERR_NOT_GENUINE, "%s: holds no %s", name, member);
    buf_append(content, found->data.data, found->data.len);
    return true;
}

const struct cab_member *cab_find(const struct cab *cab, const char *name)
{
    for (size_t i = 0; i < cab->len; i++)
        if (strcasecmp(cab->member[i].name, name) == 0)
            return &cab->member[i];
    return NULL;
}

void cab_clear(struct cab *cab)
{
    for (size_t i = 0; i < cab->len; i++) {
        free(cab->member[i].name);
        buf_clear(&cab->member[i].data);
    }
    free(cab->member);
    *cab = (struct cab){0};
}

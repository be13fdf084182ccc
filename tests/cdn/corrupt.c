/*
 * Genuine-looking files that are wrong.
 *
 * Three sorts. Kinds that edit a member pack and sign the cabinet again with whatever identity the test
 * chose: signature and timestamp are perfect and only the content lies; or they pack it again, and change the
 * cabinet's own structures before they are signed. Kinds that edit the file leave the signature as it was, so
 * it no longer fits, or fits although bytes outside the digest changed. Each kind is one small function in
 * one table.
 */
#include "corrupt.h"

#include "cabinet.h"
#include "descriptor.h"
#include "disk.h"

#include <stdlib.h>
#include <string.h>

#define SEGMENT 59

typedef void edit_members(struct cabinet *cab, const char *value);
typedef void edit_file(struct bytes *file, const char *value);

static struct member *need(struct cabinet *cab, const char *suffix)
{
    struct member *m = cabinet_find(cab, suffix);
    if (!m)
        die("corrupt: the cabinet has no member *%s", suffix);
    return m;
}

/* A segment record that does not begin the .dat. */
static uint8_t *segment(struct cabinet *cab)
{
    struct member *m = need(cab, ".man.dat");
    uint8_t *d = m->content.data;
    for (uint32_t at = le32_read(d + 8); at + SEGMENT <= le32_read(d + 12); at += SEGMENT)
        if (le32_read(d + at + 12) > 0)
            return d + at;
    die("corrupt: the table has too few segments");
}

static void add_at(uint8_t *p, uint32_t change)
{
    le32_write(p, le32_read(p) + change);
}

static void stream_hash(struct cabinet *cab, const char *value)
{
    (void)value;
    for (size_t i = 0; i < cab->count; i++) {
        struct bytes *b = &cab->members[i].content;
        if (strncmp(cab->members[i].name, "stream.", 7) == 0 && b->len == 128) {
            b->data[126] = b->data[126] == '0' ? '1' : '0';
            return;
        }
    }
    die("corrupt: the cabinet has no stream hash");
}

static void gap(struct cabinet *cab, const char *value)
{
    (void)value;
    add_at(segment(cab) + 12, 1);
}

static void overlap(struct cabinet *cab, const char *value)
{
    (void)value;
    add_at(segment(cab) + 12, UINT32_MAX);
}

static void beyond(struct cabinet *cab, const char *value)
{
    (void)value;
    le32_write(segment(cab) + 16, 0xfffffff0u);
}

static void dat_size(struct cabinet *cab, const char *value)
{
    add_at(need(cab, ".man.dat")->content.data + 20, value ? (uint32_t)strtol(value, NULL, 10) : 1);
}

static void owner(struct cabinet *cab, const char *value)
{
    (void)value;
    add_at(segment(cab), 1);
}

static void unpacked(struct cabinet *cab, const char *value)
{
    (void)value;
    add_at(segment(cab) + 8, 1);
}

static void segment_hash(struct cabinet *cab, const char *value)
{
    (void)value;
    segment(cab)[20] ^= 1;
}

static void every_segment_hash(struct cabinet *cab, const char *value)
{
    struct member *m = need(cab, ".man.dat");
    uint8_t *d = m->content.data;
    (void)value;
    for (uint32_t at = le32_read(d + 8); at + SEGMENT <= le32_read(d + 12); at += SEGMENT)
        d[at + 20] ^= 1;
}

static void table_version(struct cabinet *cab, const char *value)
{
    le32_write(need(cab, ".man.dat")->content.data, value ? (uint32_t)args_number(value) : 2);
}

static void table_offset(struct cabinet *cab, const char *value)
{
    le32_write(need(cab, ".man.dat")->content.data + 8, value ? (uint32_t)args_number(value) : 0xffffff00u);
}

static void table_cut(struct cabinet *cab, const char *value)
{
    struct bytes *b = &need(cab, ".man.dat")->content;
    b->len = value ? (size_t)args_number(value) : b->len / 2;
}

static void dat_cat(struct cabinet *cab, const char *value)
{
    struct bytes *b = &need(cab, ".dat.cat")->content;
    (void)value;
    b->data[b->len / 2] ^= 1;
}

/* Line 2 of the cabinet's own *.hash member names another build. */
static void other_build(struct cabinet *cab, const char *value)
{
    for (size_t i = 0; i < cab->count; i++) {
        struct bytes *b = &cab->members[i].content;
        if (b->len < 70 || b->len > 200 || b->data[0] != 0xff || cab->members[i].name[0] == 0)
            continue;
        BYTES lines = {0};
        descriptor_hash_lines("another", value ? value : "16.0.1.1", &lines);
        cabinet_set(cab, cab->members[i].name, lines.data, lines.len);
        return;
    }
    die("corrupt: the cabinet has no *.hash member of two lines");
}

static void replace_value(struct bytes *xml, const char *before, const char *value)
{
    BYTES out = {0};
    bytes_u8(xml, 0);
    char *start = strstr((char *)xml->data, before);
    if (!start || !value)
        die("corrupt: needs --value, and %s in the XML", before);
    start += strlen(before);
    const char *end = start + strcspn(start, "\"");
    bytes_put(&out, xml->data, (size_t)(start - (char *)xml->data));
    bytes_puts(&out, value);
    bytes_puts(&out, end);
    xml->len = 0;
    bytes_put(xml, out.data, out.len);
}

static void guid(struct cabinet *cab, const char *value)
{
    replace_value(&need(cab, "VersionDescriptor.xml")->content, "FFNRoot=\"", value);
}

static void doctype(struct cabinet *cab, const char *value)
{
    struct bytes *xml = &need(cab, ".xml")->content;
    BYTES out = {0};
    (void)value;
    bytes_u8(xml, 0);
    const char *body = strstr((char *)xml->data, "?>");
    if (!body)
        die("corrupt: the XML has no declaration");
    bytes_put(&out, xml->data, (size_t)(body + 2 - (char *)xml->data));
    bytes_puts(&out, "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>");
    bytes_puts(&out, body + 2);
    xml->len = 0;
    bytes_put(xml, out.data, out.len);
}

static void xml_cut(struct cabinet *cab, const char *value)
{
    struct bytes *xml = &need(cab, ".xml")->content;
    xml->len = value ? (size_t)args_number(value) : xml->len / 2;
}

static void flip(struct bytes *file, const char *value)
{
    size_t at = value ? (size_t)args_number(value) : le32_read(file->data + 44) - 1;
    if (at >= file->len)
        die("corrupt: offset %zu in %zu bytes", at, file->len);
    file->data[at] ^= 1;
}

static void header(struct bytes *file, const char *value)
{
    le32_write(file->data + 4, value ? (uint32_t)args_number(value) : 0x41414141u);
}

static void append(struct bytes *file, const char *value)
{
    for (uint64_t n = value ? args_number(value) : 8; n > 0; n--)
        bytes_u8(file, 'A');
}

static void cut(struct bytes *file, const char *value)
{
    file->len = value ? (size_t)args_number(value) : file->len / 2;
}

/* ---- the cabinet's own structures ([MS-CAB] 2.1 to 2.3), before they are signed ---- */

enum { AT_CABINET_BYTES = 8, AT_FILES = 16, AT_FLAGS = 30, AT_FOLDER = 60, AT_FOLDER_TYPE = 6, AT_NAME = 16 };

/* The record of the first member. */
static uint8_t *first_file(const struct bytes *cab)
{
    return cab->data + le32_read(cab->data + AT_FILES);
}

static void member_bytes(struct bytes *cab, const char *value)
{
    le32_write(first_file(cab), value ? (uint32_t)args_number(value) : UINT32_MAX);
}

/* Over the beginning of the first member's name; "" makes it end at once. */
static void member_name(struct bytes *cab, const char *value)
{
    uint8_t *name = first_file(cab) + AT_NAME;
    if (!value || strlen(value) >= strlen((const char *)name))
        die("corrupt: member-name needs --value, shorter than %s", (const char *)name);
    memcpy(name, value, *value ? strlen(value) : 1);
}

static void cabinet_bytes(struct bytes *cab, const char *value)
{
    le32_write(cab->data + AT_CABINET_BYTES, value ? (uint32_t)args_number(value) : UINT32_MAX);
}

/* 1: a cabinet goes before this one; 2: one follows. */
static void set_flags(struct bytes *cab, const char *value)
{
    cab->data[AT_FLAGS] |= value ? (uint8_t)args_number(value) : 3;
}

static void folder_type(struct bytes *cab, const char *value)
{
    le16_write(cab->data + AT_FOLDER + AT_FOLDER_TYPE, value ? (uint16_t)args_number(value) : 0x1503);
}

static const struct {
    const char *kind;
    edit_members *members;
    edit_file *file;
    edit_file *packed;
} kinds[] = {
    {"stream-hash", .members = stream_hash},   /* the stream's hash is another's */
    {"gap", .members = gap},                   /* the segment table leaves a byte out */
    {"overlap", .members = overlap},           /* two segments share a byte */
    {"beyond", .members = beyond},             /* a segment ends far behind the .dat */
    {"dat-size", .members = dat_size},         /* the table's size of the .dat, changed by the value */
    {"owner", .members = owner},               /* a segment's owner is no file record */
    {"unpacked", .members = unpacked},         /* a file's segments do not tile it */
    {"segment-hash", .members = segment_hash}, /* one segment's hash */
    {"every-segment-hash", .members = every_segment_hash},
    {"table-version", .members = table_version},
    {"table-offset", .members = table_offset}, /* the segment table begins elsewhere */
    {"table-cut", .members = table_cut},       /* man.dat ends early */
    {"dat-cat", .members = dat_cat},   /* the .dat.cat member differs from the file beside the stream */
    {"build", .members = other_build}, /* line 2 of *.hash names the build given as value */
    {"guid", .members = guid},         /* the descriptor's channel */
    {"doctype", .members = doctype},
    {"xml-cut", .members = xml_cut},
    {"member-bytes", .packed = member_bytes},   /* the first member says that it unpacks to 4 GiB */
    {"member-name", .packed = member_name},     /* the first member's name begins with the value */
    {"cabinet-bytes", .packed = cabinet_bytes}, /* the cabinet says that it has 4 GiB */
    {"set-flags", .packed = set_flags},         /* it says that it is a part of a set */
    {"folder-type", .packed = folder_type},     /* it says that it is packed by LZX */
    {"flip", .file = flip},     /* one bit; the last signed byte, or at the offset given as value */
    {"header", .file = header}, /* bytes 4 to 7, which no digest covers */
    {"append", .file = append}, /* bytes behind the signature */
    {"cut", .file = cut},
};

#define KINDS (sizeof kinds / sizeof kinds[0])

static _Noreturn void unknown_kind(const char *kind)
{
    BYTES all = {0};
    for (size_t i = 0; i < KINDS; i++)
        bytes_printf(&all, " %s", kinds[i].kind);
    bytes_u8(&all, 0);
    die("corrupt: no kind %s; there are:%s", kind, (const char *)all.data);
}

void corrupt_cabinet(const struct corruption *c, const struct signer *s)
{
    size_t k = 0;
    while (k < KINDS && strcmp(kinds[k].kind, c->kind) != 0)
        k++;
    if (k == KINDS)
        unknown_kind(c->kind);
    if (kinds[k].file) {
        BYTES file = {0};
        disk_read(c->in, &file);
        if (file.len < 60)
            die("corrupt: %s is no signed cabinet", c->in);
        kinds[k].file(&file, c->value);
        disk_write(c->out, file.data, file.len);
        return;
    }
    struct cabinet cab = {0};
    const struct cabinet_lie lie = {kinds[k].packed, c->value};
    cabinet_unpack(c->in, &cab);
    if (kinds[k].members)
        kinds[k].members(&cab, c->value);
    cabinet_write_lying(&cab, s, kinds[k].packed ? &lie : NULL, c->out);
    cabinet_clear(&cab);
}

/* Splits "left=right"; the two parts replace the caller's pointers and live as long as `copy`. */
static void split(char *copy, char **left, char **right)
{
    char *equals = strchr(copy, '=');
    if (!equals)
        die("resign: %s is not NAME=VALUE", copy);
    *equals = '\0';
    *left = copy;
    *right = equals + 1;
}

void resign_cabinet(const char *in, const char *out, const struct list *set, const struct list *removed,
                    const struct list *renamed, bool unsigned_only, const struct signer *s)
{
    struct cabinet cab = {0};
    char *left, *right;
    if (in)
        cabinet_unpack(in, &cab);
    for (size_t i = 0; i < set->count; i++) {
        BYTES content = {0};
        split(set->items[i], &left, &right);
        disk_read(right, &content);
        cabinet_set(&cab, left, content.data, content.len);
    }
    for (size_t i = 0; i < removed->count; i++)
        cabinet_remove(&cab, removed->items[i]);
    for (size_t i = 0; i < renamed->count; i++) {
        split(renamed->items[i], &left, &right);
        for (size_t k = 0; k < cab.count; k++)
            if (strcmp(cab.members[k].name, left) == 0) {
                free(cab.members[k].name);
                cab.members[k].name = text("%s", right);
            }
    }
    if (unsigned_only) {
        BYTES plain = {0};
        cabinet_pack(&cab, s->time_unix, &plain);
        disk_write(out, plain.data, plain.len);
    } else {
        cabinet_write(&cab, s, out);
    }
    cabinet_clear(&cab);
}

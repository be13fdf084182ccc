/* Cabinets for tests: one folder, not compressed ([MS-CAB], section 2). Whatever a test wants wrong in them
 * is set afterwards, or by a member's odd name or stated size. */
#ifndef RINGMGR_TESTS_UNIT_MAKE_CABINET_H
#define RINGMGR_TESTS_UNIT_MAKE_CABINET_H

#include "ringmgr/base/buf.h"

#include <string.h>

enum { CAB_HEADER = 36, CAB_FOLDER = 8, CAB_FILE = 16, CAB_DATA = 8, CAB_BLOCK = 32768 };

struct made_member {
    const char *name;
    const void *data;
    size_t len;
    uint32_t stated; /* 0: `len` */
};

static inline void put_le(struct buf *out, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        uint8_t byte = i < 8 ? (uint8_t)(value >> (8 * i)) : 0;
        buf_append(out, &byte, 1);
    }
}

static inline void set_u32(struct buf *buf, size_t at, uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        buf->data[at + i] = (uint8_t)(value >> (8 * i));
}

static inline uint32_t get_u32(const struct buf *buf, size_t at)
{
    const uint8_t *b = buf->data + at;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline void put_cabinet_data(struct buf *out, const struct buf *content)
{
    for (size_t at = 0; at < content->len; at += CAB_BLOCK) {
        size_t len = content->len - at < CAB_BLOCK ? content->len - at : CAB_BLOCK;
        put_le(out, 0, 4); /* no checksum */
        put_le(out, len, 2);
        put_le(out, len, 2);
        buf_append(out, content->data + at, len);
    }
}

/* Appends a whole cabinet; `out` must be empty. */
static inline void make_cabinet(const struct made_member *member, size_t count, struct buf *out)
{
    AUTO_BUF content = {0};
    size_t names = 0;
    for (size_t i = 0; i < count; i++)
        names += CAB_FILE + strlen(member[i].name) + 1;
    buf_append(out, "MSCF", 4);
    for (size_t i = 4; i < CAB_HEADER; i += 4)
        put_le(out, 0, 4);
    put_le(out, CAB_HEADER + CAB_FOLDER + names, 4);
    for (size_t i = 0; i < count; i++)
        buf_append(&content, member[i].data, member[i].len);
    put_le(out, (content.len + CAB_BLOCK - 1) / CAB_BLOCK, 2);
    put_le(out, 0, 2);
    for (size_t i = 0, at = 0; i < count; at += member[i++].len) {
        put_le(out, member[i].stated ? member[i].stated : member[i].len, 4);
        put_le(out, at, 4);
        put_le(out, 0, 2);          /* folder */
        put_le(out, 0x20005821, 6); /* date, time, attributes */
        buf_append(out, member[i].name, strlen(member[i].name) + 1);
    }
    put_cabinet_data(out, &content);
    set_u32(out, 8, (uint32_t)out->len);
    set_u32(out, 16, CAB_HEADER + CAB_FOLDER);
    set_u32(out, 24, 0x00010103); /* version 1.3, one folder */
    out->data[28] = (uint8_t)count;
    out->data[29] = (uint8_t)(count >> 8);
}

/* ASCII as UTF-16LE, with or without its byte order mark. */
static inline void put_utf16(struct buf *out, const char *text, bool mark)
{
    if (mark)
        put_le(out, 0xfeff, 2);
    for (; *text; text++)
        put_le(out, (uint8_t)*text, 2);
}

/* A deterministic source of numbers (xorshift). */
static inline uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

#endif

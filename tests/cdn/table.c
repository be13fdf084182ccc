/*
 * The segment table stream.*.man.dat (formats page, section 4), read, written and checked.
 *
 * It was decoded from real files and this is a second reading of that page, sharing no code with ringmgr's:
 * what both agree on for a real table is what the page says. Record sizes: header 24, file 23 + name, segment
 * 59, all little-endian. The package tables at the end are not needed by anybody; a few plausible names stand
 * there.
 */
#include "table.h"

#include "disk.h"

#include <stdlib.h>
#include <string.h>

#define HEADER     24
#define FILE_FIXED 19
#define SEGMENT    59

void table_clear(struct table *t)
{
    for (size_t i = 0; i < t->file_count; i++)
        free(t->files[i].name);
    free(t->files);
    free(t->segments);
    *t = (struct table){0};
}

static uint32_t place_files(struct table *t)
{
    uint32_t at = HEADER;
    for (size_t i = 0; i < t->file_count; i++) {
        t->files[i].record = at;
        t->files[i].first_segment = 0;
        at += FILE_FIXED + 2 * ((uint32_t)strlen(t->files[i].name) + 1);
    }
    for (size_t i = t->segment_count; i-- > 0;)
        t->files[t->segments[i].file].first_segment = at + SEGMENT * (uint32_t)i;
    return at;
}

static void write_file(const struct table_file *f, struct bytes *out)
{
    bytes_u32(out, f->size);
    bytes_u16(out, (unsigned)strlen(f->name) + 1);
    bytes_u32(out, f->first_segment);
    bytes_u8(out, 0);
    bytes_u32(out, f->version[0]);
    bytes_u32(out, f->version[1]);
    bytes_utf16(out, f->name);
    bytes_u16(out, 0);
}

static void write_segment(const struct table *t, const struct table_segment *s, struct bytes *out)
{
    static const uint8_t flags[7] = {0, 0, 0, 0, 0, 0xff, 0};
    bytes_u32(out, t->files[s->file].record);
    bytes_u32(out, s->unpacked_start);
    bytes_u32(out, s->unpacked_end);
    bytes_u32(out, s->start);
    bytes_u32(out, s->end);
    bytes_put(out, s->sha256, sizeof s->sha256);
    bytes_put(out, flags, sizeof flags);
}

void table_write(struct table *t, const struct bytes *build, struct bytes *out)
{
    uint32_t segments = place_files(t);
    uint32_t packages = segments + SEGMENT * (uint32_t)t->segment_count;
    BYTES names = {0};
    bytes_utf16(&names, "fb_metadata");
    bytes_u16(&names, 0);
    bytes_put(&names, build->data, build->len);
    bytes_u32(out, 1);
    bytes_u32(out, HEADER);
    bytes_u32(out, segments);
    bytes_u32(out, packages);
    bytes_u32(out, packages + (uint32_t)names.len);
    bytes_u32(out, t->dat_bytes);
    for (size_t i = 0; i < t->file_count; i++)
        write_file(&t->files[i], out);
    for (size_t i = 0; i < t->segment_count; i++)
        write_segment(t, &t->segments[i], out);
    bytes_put(out, names.data, names.len);
    bytes_utf16(out, "Access.x64.x-none.16");
    bytes_u16(out, 0);
}

static char *read_name(const uint8_t *p, uint32_t units)
{
    char *name = calloc(units + 1, 1);
    if (!name)
        die("out of memory");
    for (uint32_t i = 0; i < units; i++)
        name[i] = p[2 * i + 1] ? '?' : (char)p[2 * i];
    return name;
}

static void read_files(const struct bytes *in, uint32_t at, uint32_t end, struct table *t)
{
    size_t room = 0;
    while (at < end) {
        uint32_t units = at + FILE_FIXED <= end ? le16_read(in->data + at + 4) : 0;
        if (units == 0 || at + FILE_FIXED + 2 * units > end)
            die("table: the file record at %u does not fit", at);
        if (t->file_count == room) {
            room = room ? 2 * room : 1024;
            t->files = realloc(t->files, room * sizeof *t->files);
            if (!t->files)
                die("out of memory");
        }
        const uint8_t *p = in->data + at;
        t->files[t->file_count++] = (struct table_file){.name = read_name(p + FILE_FIXED, units - 1),
                                                        .size = le32_read(p),
                                                        .version = {le32_read(p + 11), le32_read(p + 15)},
                                                        .record = at,
                                                        .first_segment = le32_read(p + 6)};
        at += FILE_FIXED + 2 * units;
    }
}

static uint32_t owner(const struct table *t, uint32_t record)
{
    size_t low = 0, high = t->file_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (t->files[middle].record < record)
            low = middle + 1;
        else
            high = middle;
    }
    return low < t->file_count && t->files[low].record == record ? (uint32_t)low : UINT32_MAX;
}

void table_read(const struct bytes *in, struct table *t)
{
    if (in->len < HEADER || le32_read(in->data) != 1 || le32_read(in->data + 4) != HEADER)
        die("table: no header of version 1");
    uint32_t segments = le32_read(in->data + 8);
    uint32_t packages = le32_read(in->data + 12);
    if (segments < HEADER || packages < segments || packages > in->len ||
        (packages - segments) % SEGMENT != 0)
        die("table: offsets %u and %u in %zu bytes", segments, packages, in->len);
    t->dat_bytes = le32_read(in->data + 20);
    read_files(in, HEADER, segments, t);
    t->segment_count = (packages - segments) / SEGMENT;
    t->segments = calloc(t->segment_count + 1, sizeof *t->segments);
    if (!t->segments)
        die("out of memory");
    for (size_t i = 0; i < t->segment_count; i++) {
        const uint8_t *p = in->data + segments + SEGMENT * i;
        struct table_segment *s = &t->segments[i];
        *s = (struct table_segment){.file = owner(t, le32_read(p)),
                                    .unpacked_start = le32_read(p + 4),
                                    .unpacked_end = le32_read(p + 8),
                                    .start = le32_read(p + 12),
                                    .end = le32_read(p + 16)};
        memcpy(s->sha256, p + 20, 32);
    }
}

static int by_start(const void *a, const void *b)
{
    const struct table_segment *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

static int by_file(const void *a, const void *b)
{
    const struct table_segment *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    return x->unpacked_start < y->unpacked_start ? -1 : x->unpacked_start > y->unpacked_start;
}

static int by_hash(const void *a, const void *b)
{
    return memcmp(((const struct table_segment *)a)->sha256, ((const struct table_segment *)b)->sha256, 32);
}

static size_t check_dat(const struct table *t, const struct table_segment *s, FILE *say)
{
    size_t errors = 0;
    uint32_t at = 0;
    for (size_t i = 0; i < t->segment_count; i++) {
        if (s[i].start != at || s[i].end <= s[i].start) {
            fprintf(say, "%s before %u: the segment there begins at %u\n",
                    s[i].start < at ? "overlap" : "gap", at, s[i].start);
            errors++;
        }
        at = s[i].end;
    }
    if (at != t->dat_bytes) {
        fprintf(say, "the segments end at %u, the .dat at %u\n", at, t->dat_bytes);
        errors++;
    }
    return errors;
}

static size_t check_files(const struct table *t, const struct table_segment *s, FILE *say)
{
    size_t errors = 0, i = 0;
    for (uint32_t f = 0; f < t->file_count; f++) {
        uint32_t at = 0;
        for (; i < t->segment_count && s[i].file == f; i++) {
            if (s[i].unpacked_start != at || s[i].unpacked_end <= at)
                break;
            at = s[i].unpacked_end;
        }
        if (at != t->files[f].size) {
            fprintf(say, "%s: its segments cover %u of %u\n", t->files[f].name, at, t->files[f].size);
            errors++;
        }
        while (i < t->segment_count && s[i].file == f)
            i++;
    }
    if (i != t->segment_count) {
        fprintf(say, "%zu segments without an owner\n", t->segment_count - i);
        errors++;
    }
    return errors;
}

struct table_findings table_check(const struct table *t, FILE *say)
{
    struct table_findings found = {0};
    struct table_segment *s = calloc(t->segment_count + 1, sizeof *s);
    if (!s)
        die("out of memory");
    memcpy(s, t->segments, t->segment_count * sizeof *s);
    qsort(s, t->segment_count, sizeof *s, by_start);
    found.errors += check_dat(t, s, say);
    qsort(s, t->segment_count, sizeof *s, by_file);
    found.errors += check_files(t, s, say);
    qsort(s, t->segment_count, sizeof *s, by_hash);
    for (size_t i = 1; i < t->segment_count; i++)
        found.duplicates += by_hash(&s[i - 1], &s[i]) == 0;
    free(s);
    return found;
}

void table_print(const struct table *t, FILE *to)
{
    for (size_t i = 0; i < t->segment_count; i++) {
        const struct table_segment *s = &t->segments[i];
        char hash[65];
        hex_upper(s->sha256, 32, hash);
        fprintf(to, "%u\t%u\t%u\t%u\t%s\t%s\n", s->start, s->end, s->unpacked_start, s->unpacked_end, hash,
                s->file < t->file_count ? t->files[s->file].name : "?");
    }
}

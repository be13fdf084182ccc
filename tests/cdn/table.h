/* The segment table stream.*.man.dat; see table.c. */
#ifndef TESTCDN_TABLE_H
#define TESTCDN_TABLE_H

#include "bytes.h"

#include <stdint.h>
#include <stdio.h>

/* A file of the product: its name, unpacked size and Windows file version. */
struct table_file {
    char *name;
    uint32_t size;
    uint32_t version[2];
    uint32_t record;        /* offset of its record; set by table_read and table_write */
    uint32_t first_segment; /* offset of its first segment's record, 0 for an empty file */
};

/* A segment: which part of which file it unpacks to, where it lies in the .dat, what its stored bytes hash
 * to. */
struct table_segment {
    uint32_t file; /* index; UINT32_MAX when the record names no file (table_read) */
    uint32_t unpacked_start;
    uint32_t unpacked_end;
    uint32_t start;
    uint32_t end;
    uint8_t sha256[32];
};

/* Files and segments in the order of their records; the segments of a file are neighbours. */
struct table {
    struct table_file *files;
    size_t file_count;
    struct table_segment *segments;
    size_t segment_count;
    uint32_t dat_bytes;
};

/* What table_check found. */
struct table_findings {
    size_t duplicates; /* segments whose hash an earlier one has */
    size_t errors;     /* gaps, overlaps, files that do not tile, unknown owners */
};

/* Frees the tables. */
void table_clear(struct table *t);
/* Appends the encoded table. */
void table_write(struct table *t, const struct bytes *build, struct bytes *out);
/* Reads an encoded table; ends the program when the encoding itself makes no sense. */
void table_read(const struct bytes *in, struct table *t);
/* Checks that every segment has an owner, files tile and the .dat tiles; each error is a line on `say`. */
struct table_findings table_check(const struct table *t, FILE *say);
/* Prints one line a segment: start, end, unpacked start, unpacked end, hash, file. */
void table_print(const struct table *t, FILE *to);

#endif

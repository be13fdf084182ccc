/* Streams of segments; see stream.c. */
#ifndef TESTCDN_STREAM_H
#define TESTCDN_STREAM_H

#include "table.h"

#include <stdbool.h>
#include <stdint.h>

/* An existing stream some segments are taken from. */
struct stream_source {
    const char *dat_path;
    const struct table *table;
    unsigned percent; /* chance of each segment to survive, 0 to 100 */
};

/* What stream_make is to make. */
struct stream_spec {
    const char *name;  /* file name without .dat, for instance stream.x64.x-none */
    const char *build; /* 16.0.x.y */
    uint64_t seed;
    uint64_t bytes;                     /* about this size */
    const struct stream_source *source; /* NULL: all new */
    bool only_source;                   /* nothing new: a subset of the source, as proofing tools are */
};

/*
 * Writes the stream to dat_path and fills the table (the caller clears it) and the SHA-256 of the whole file.
 * The same spec always gives the same bytes.
 */
void stream_make(const struct stream_spec *spec, const char *dat_path, struct table *table,
                 uint8_t sha256[32]);

#endif

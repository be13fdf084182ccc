/*
 * Streams (.dat): the SHA-256 in the signed cabinet that proves them, and the segment table that describes
 * them (formats, sections 3 and 4).
 */
#ifndef RINGMGR_C2R_STREAM_H
#define RINGMGR_C2R_STREAM_H

#include "ringmgr/base/digest.h"
#include "ringmgr/c2r/cab.h"
#include "ringmgr/c2r/version.h"

/* A stream.*.hash member: 64 hex digits as UTF-16LE, 128 bytes, nothing else. ERR_NOT_GENUINE otherwise. */
bool stream_hash_parse(const void *bytes, size_t len, const char *name, struct digest *digest,
                       struct err *err) MUST_CHECK;

struct segment {
    uint32_t file;           /* index of the owning file in the table's order */
    uint32_t unpacked_start; /* half-open range in that file */
    uint32_t unpacked_end;
    uint32_t start; /* half-open range in the .dat */
    uint32_t end;
    struct digest digest; /* SHA-256 of the stored bytes */
};

/* A table that tiles: segments sorted by `start`, without gap or overlap, from 0 to `stream_bytes`. */
struct segment_table {
    struct segment *segment;
    size_t len;
    uint32_t files;
    uint32_t stream_bytes;
};

/*
 * Reads a stream.*.man.dat. ERR_NOT_GENUINE unless every owner exists, the unpacked ranges tile each file and
 * the stored ranges tile the stream. *table is then empty. segment_table_clear() frees.
 */
bool segment_table_parse(const void *bytes, size_t len, const char *name, struct segment_table *table,
                         struct err *err) MUST_CHECK;
void segment_table_clear(struct segment_table *table);

/* What a stream cabinet says about its stream. */
struct stream_facts {
    struct digest digest;    /* of the whole .dat */
    uint64_t bytes;          /* size of the .dat from the table's header; 0 if the table is unusable */
    bool has_table;          /* the table tiles */
    char table_problem[256]; /* why not, else "" */
};

/*
 * Reads hash and size of the stream whose members in the opened cabinet are called `stem`.hash and
 * `stem`.man.dat ("stream.x64.x-none"). The cabinet must have been read with these two wanted.
 * ERR_NOT_GENUINE if the hash is missing or malformed; a table that does not tile is no error: has_table is
 * then false.
 */
bool stream_facts_read(const struct cab *cab, const char *cab_name, const char *stem,
                       struct stream_facts *facts, struct err *err) MUST_CHECK;

/*
 * A genuine cabinet can still be the wrong one. Checks that the cabinet called `name` ("s641033.cab",
 * "i640.cab") is of this build (second line of the member that is called like it, "s641033.hash") and that
 * its stream's members are those of its language and architecture. The cabinet must have been read with
 * "*.hash" wanted. ERR_NOT_GENUINE naming the cabinet, what it is and what it should be. Names: s* sp* sa*
 * sc* i* with 32 or 64 and an LCID, and a*_exp, which need not say its build but must not say another
 * (formats, section 3); any other name is refused.
 */
bool stream_cab_check_identity(const struct cab *cab, const char *name, const struct build *build,
                               struct err *err) MUST_CHECK;

#endif

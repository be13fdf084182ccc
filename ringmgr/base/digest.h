/* SHA-256, the only digest that ringmgr decides by, and SHA-1 for names. */
#ifndef RINGMGR_BASE_DIGEST_H
#define RINGMGR_BASE_DIGEST_H

#include "ringmgr/base/err.h"
#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES     32
#define DIGEST_TEXT_SIZE 65 /* 64 lower-case hex digits and a NUL */
#define SHA1_BYTES       20

struct digest {
    uint8_t byte[DIGEST_BYTES];
};

/* A running computation. */
struct digest_stream;

/* An empty computation; the caller frees it with digest_stream_free(). */
struct digest_stream *digest_stream_new(void);
/* Forgets everything added so far. */
void digest_stream_reset(struct digest_stream *stream);
void digest_stream_add(struct digest_stream *stream, const void *bytes, size_t len);
/* The digest of all that was added; afterwards the stream is reset. */
struct digest digest_stream_end(struct digest_stream *stream);
void digest_stream_free(struct digest_stream *stream);

/* Digest of bytes in memory. */
struct digest digest_of(const void *bytes, size_t len);
/* Digest of a whole open file, read from offset 0 with pread; *bytes gets its length unless NULL. */
bool digest_of_file(int fd, struct digest *digest, uint64_t *bytes, struct err *err) MUST_CHECK;

/* Called after each block of a file that was read, and may take its time. */
typedef void digest_pace(void *context, size_t len);
/* The same, no faster than `pace` lets it; NULL: as fast as it goes. */
bool digest_of_file_at_pace(int fd, digest_pace *pace, void *context, struct digest *digest, uint64_t *bytes,
                            struct err *err) MUST_CHECK;
void digest_format(const struct digest *digest, char text[DIGEST_TEXT_SIZE]);
/* 64 hex digits of either case and nothing more. False if `text` is something else. */
bool digest_parse(const char *text, struct digest *digest) MUST_CHECK;
bool digest_equal(const struct digest *a, const struct digest *b);

/* SHA-1 of bytes in memory: for names (RFC 9562, version 5), never to decide by. */
void sha1_of(const void *bytes, size_t len, uint8_t sha1[SHA1_BYTES]);

#endif

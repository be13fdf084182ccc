#include "ringmgr/base/digest.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_BYTES = 256 << 10 };

struct digest_stream {
    EVP_MD_CTX *ctx;
    EVP_MD *algorithm;
};

struct digest_stream *digest_stream_new(void)
{
    struct digest_stream *stream = mem_new(1, sizeof *stream);
    stream->algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
    stream->ctx = EVP_MD_CTX_new();
    digest_stream_reset(stream);
    return stream;
}

void digest_stream_reset(struct digest_stream *stream)
{
    if (!stream->algorithm || !stream->ctx || EVP_DigestInit_ex2(stream->ctx, stream->algorithm, NULL) != 1) {
        fputs("ringmgr: OpenSSL offers no SHA-256\n", stderr);
        abort();
    }
}

void digest_stream_add(struct digest_stream *stream, const void *bytes, size_t len)
{
    EVP_DigestUpdate(stream->ctx, bytes, len);
}

struct digest digest_stream_end(struct digest_stream *stream)
{
    struct digest digest = {{0}};
    EVP_DigestFinal_ex(stream->ctx, digest.byte, NULL);
    digest_stream_reset(stream);
    return digest;
}

void digest_stream_free(struct digest_stream *stream)
{
    if (!stream)
        return;
    EVP_MD_CTX_free(stream->ctx);
    EVP_MD_free(stream->algorithm);
    free(stream);
}

struct digest digest_of(const void *bytes, size_t len)
{
    struct digest_stream *stream = digest_stream_new();
    digest_stream_add(stream, bytes, len);
    struct digest digest = digest_stream_end(stream);
    digest_stream_free(stream);
    return digest;
}

bool digest_of_file(int fd, struct digest *digest, uint64_t *bytes, struct err *err)
{
    return digest_of_file_at_pace(fd, NULL, NULL, digest, bytes, err);
}

bool digest_of_file_at_pace(int fd, digest_pace *pace, void *context, struct digest *digest, uint64_t *bytes,
                            struct err *err)
{
    char *block AUTO_FREE = mem_block(READ_BYTES);
    struct digest_stream *stream = digest_stream_new();
    off_t offset = 0;
    ssize_t got;
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    while ((got = pread(fd, block, READ_BYTES, offset)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            break;
        digest_stream_add(stream, block, (size_t)got);
        offset += got;
        if (pace)
            pace(context, (size_t)got);
    }
    int errnum = errno;
    *digest = digest_stream_end(stream);
    digest_stream_free(stream);
    if (got < 0)
        return err_set_errno(err, errnum, "read");
    if (bytes)
        *bytes = (uint64_t)offset;
    return true;
}

void digest_format(const struct digest *digest, char text[DIGEST_TEXT_SIZE])
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        text[2 * i] = hex[digest->byte[i] >> 4];
        text[2 * i + 1] = hex[digest->byte[i] & 15];
    }
    text[DIGEST_TEXT_SIZE - 1] = 0;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool digest_parse(const char *text, struct digest *digest)
{
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        int high = hex_value(text[2 * i]);
        int low = high < 0 ? -1 : hex_value(text[2 * i + 1]);
        if (low < 0)
            return false;
        digest->byte[i] = (uint8_t)(high << 4 | low);
    }
    return text[DIGEST_TEXT_SIZE - 1] == 0;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
    return memcmp(a->byte, b->byte, DIGEST_BYTES) == 0;
}

void sha1_of(const void *bytes, size_t len, uint8_t sha1[SHA1_BYTES])
{
    size_t written = 0;
    if (EVP_Q_digest(NULL, "SHA1", NULL, bytes, len, sha1, &written) != 1 || written != SHA1_BYTES) {
        fputs("ringmgr: OpenSSL offers no SHA-1\n", stderr);
        abort();
    }
}

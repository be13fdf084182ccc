/*
 * What an origin sends, over libcurl: the first byte says what is asked for, then one answer for each
 * connection, with RECORD_END between them. No network: connect() below lays a pair of sockets in which the
 * answer stands already, and then the end of the line.
 */
#include "fuzz.h"

#include "ringmgr/base/limits.h"
#include "ringmgr/fetch/http.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECORD_END = 0x1e, BODY_BYTES = 8192, CONNECTIONS = 8, ASK_SIZE = 1, ASK_ANEW = 2 };

static struct {
    const uint8_t *data;
    size_t size;
    int far[CONNECTIONS]; /* the origin's ends, which stay open: what is sent there is not read */
    size_t connections;
} origin;

/* Fills the origin's end with its next answer. */
static void answer(int far)
{
    const uint8_t *at = origin.size ? memchr(origin.data, RECORD_END, origin.size) : NULL;
    size_t len = at ? (size_t)(at - origin.data) : origin.size;
    ssize_t sent = len ? send(far, origin.data, len, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
    must(sent >= 0);
    shutdown(far, SHUT_WR);
    origin.data += at ? len + 1 : len;
    origin.size -= at ? len + 1 : len;
}

/* libcurl's: no other connection leaves this program. */
int connect(int fd, const struct sockaddr *address, socklen_t len)
{
    int pair[2];
    (void)address, (void)len;
    if (origin.connections == CONNECTIONS || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return -1;
    origin.far[origin.connections++] = pair[1];
    answer(pair[1]);
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    dup3(pair[0], fd, O_CLOEXEC);
    close(pair[0]);
    return 0;
}

static void check_text(const char *field)
{
    must(!field || !strpbrk(field, "\r\n"));
}

static void ask_file(struct http *http, bool anew)
{
    char etag[] = "\"v1\"", date[] = "Mon, 23 Nov 2026 10:00:00 GMT";
    const struct http_validators have = {etag, date};
    struct http_answer got;
    struct err err = {0};
    if (http_get(http, "v64.cab", anew ? NULL : &have, BODY_BYTES, &got, &err)) {
        must(got.result != HTTP_NOT_MODIFIED || !anew);
        must(got.body.len <= BODY_BYTES && !got.by_mirror);
        check_text(got.validators.etag);
        check_text(got.validators.last_modified);
        http_answer_clear(&got);
    } else {
        must(err.code == ERR_UPSTREAM && strncmp(err.msg, "http://192.0.2.1/", 17) == 0);
        must(!got.body.data && !got.validators.etag && !got.validators.last_modified);
    }
}

static void ask_size(struct http *http)
{
    struct http_size size;
    struct err err = {0};
    if (http_size(http, "s640.cab", &size, &err))
        must((!size.known || !size.absent) && (size.known || size.bytes == 0));
    else
        must(err.code == ERR_UPSTREAM);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct http_options options = {
        .base = "http://192.0.2.1/pr", .attempts = 1, .retry_ms = 1, .stall_seconds = 1, .get_seconds = 2};
    struct http *http;
    struct err err;
    uint64_t requests, bytes;
    if (size == 0)
        return 0;
    origin.data = data + 1;
    origin.size = size - 1;
    must(http_new(&options, &http, &err));
    if (data[0] & ASK_SIZE)
        ask_size(http);
    else
        ask_file(http, data[0] & ASK_ANEW);
    http_counters(http, &requests, &bytes);
    must(requests <= 1 + LIMIT_HTTP_REDIRECTS && bytes <= size);
    http_free(http);
    while (origin.connections)
        close(origin.far[--origin.connections]);
    return 0;
}

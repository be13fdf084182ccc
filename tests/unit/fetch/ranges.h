/* Servers of the range tests: what a request asks for, and answers to it. */
#ifndef RINGMGR_TESTS_UNIT_FETCH_RANGES_H
#define RINGMGR_TESTS_UNIT_FETCH_RANGES_H

#include "scene.h"

struct asked {
    size_t start;
    size_t end;
};

/* The ranges of a request in half open form, at most `most`; 0: it asks for none. */
static inline size_t asked_ranges(const struct request *request, size_t total, struct asked *asked,
                                  size_t most)
{
    char *range AUTO_FREE = request_field(request, "Range");
    size_t len = 0;
    for (char *at = range ? range + strlen("bytes=") : NULL; at && len < most; len++) {
        char *next;
        asked[len].start = strtoull(at, &next, 10);
        asked[len].end = total;
        at = next + 1;
        if (*at >= '0' && *at <= '9') {
            asked[len].end = strtoull(at, &next, 10) + 1;
            at = next;
        }
        at = strchr(at, ',');
        if (at)
            at++;
    }
    return len;
}

/* The number of requests so far. */
static inline unsigned requests_so_far(struct server *server)
{
    pthread_mutex_lock(&server->lock);
    unsigned requests = server->requests;
    pthread_mutex_unlock(&server->lock);
    return requests;
}

/* Until so many requests have come in all; gives up after a generous while. */
static inline void wait_for_requests(const struct request *request, unsigned number)
{
    for (int i = 0; i < 3000 && requests_so_far(request->server) < number && !request->server->ending; i++)
        usleep(10 * 1000);
}

/* The head of a 206 for one range, with any total. */
static inline void range_head(const struct request *request, struct asked part, size_t total,
                              const char *etag)
{
    server_head(
        request,
        "HTTP/1.1 206 Part\r\nETag: %s\r\nContent-Range: bytes %zu-%zu/%zu\r\nContent-Length: %zu\r\n", etag,
        part.start, part.end - 1, total, part.end - part.start);
}

/* A right answer of a server that knows single ranges: the first one asked for. */
static inline void serve_range(const struct request *request, const uint8_t *bytes, size_t total,
                               const char *etag)
{
    char *if_range AUTO_FREE = request_field(request, "If-Range");
    struct asked part;
    bool ranged = asked_ranges(request, total, &part, 1) == 1 && (!if_range || strcmp(if_range, etag) == 0);
    if (!ranged) {
        server_head(request, "HTTP/1.1 200 OK\r\nETag: %s\r\nContent-Length: %zu\r\n", etag, total);
        server_send(request, bytes, total);
        return;
    }
    range_head(request, part, total, etag);
    server_send(request, bytes + part.start, part.end - part.start);
}

enum { BEGINNING = 300 * KIB };

/*
 * A slow connection: the head and the beginning of the whole file, nothing more before `others` further
 * requests have come, then the rest.
 */
static inline void serve_slowly(const struct request *request, unsigned others, const char *etag)
{
    server_head(request, "HTTP/1.1 200 OK\r\nETag: %s\r\nContent-Length: %d\r\n", etag, CONTENT_BYTES);
    server_send(request, content, BEGINNING);
    wait_for_requests(request, request->number + others);
    server_send(request, content + BEGINNING, CONTENT_BYTES - BEGINNING);
}

#endif

/*
 * A web server on loopback that answers as a test says and remembers what it was asked. Each test gives a
 * function that is called for every request, in a thread of its connection.
 */
#ifndef RINGMGR_TESTS_UNIT_FETCH_SERVER_H
#define RINGMGR_TESTS_UNIT_FETCH_SERVER_H

#include "test.h"

#include "ringmgr/base/mem.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <strings.h>
#include <sys/socket.h>

enum { SERVER_REQUESTS = 512, SERVER_HEAD_BYTES = 8192, SERVER_CONNECTIONS = 512 };

struct request {
    struct server *server;
    int fd;
    unsigned number; /* among all requests, from 1 */
    char *target;    /* "/path" */
    char *head;      /* the request line and all fields */
    bool hang_up;    /* set by the answer: close the connection behind it */
};

struct server {
    int fd;
    uint16_t port;
    void (*answer)(struct request *request);
    void *data; /* the test's */
    pthread_t thread;
    pthread_mutex_t lock;
    struct request *request[SERVER_REQUESTS];
    unsigned requests;
    pthread_t client[SERVER_CONNECTIONS];
    int client_fd[SERVER_CONNECTIONS];
    unsigned connections;
    atomic_uint busy;
    atomic_uint most_busy;
    atomic_bool ending;
};

/* The value of a field, or NULL; the caller frees it. */
static inline char *request_field(const struct request *request, const char *name)
{
    for (const char *line = strstr(request->head, "\r\n"); line && line[2]; line = strstr(line + 2, "\r\n")) {
        const char *at = line + 2;
        if (strncasecmp(at, name, strlen(name)) == 0 && at[strlen(name)] == ':') {
            at += strlen(name) + 1;
            at += strspn(at, " ");
            return mem_strndup(at, strcspn(at, "\r"));
        }
    }
    return NULL;
}

/* False if the client has gone. */
static inline bool server_send(const struct request *request, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t sent = send(request->fd, at, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        at += sent;
        len -= (size_t)sent;
    }
    return true;
}

/* Status line and fields, as printf. Lines end by "\r\n"; the empty line is added. */
static inline void PRINTF_LIKE(2, 3) server_head(const struct request *request, const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text - 2, format, args);
    va_end(args);
    memcpy(text + len, "\r\n", 3);
    server_send(request, text, (size_t)len + 2);
}

/* A whole small answer. `fields` is "" or lines with "\r\n". */
static inline void server_text(const struct request *request, const char *status, const char *fields,
                               const char *body)
{
    server_head(request, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n", status, fields, strlen(body));
    server_send(request, body, strlen(body));
}

/* Where the asked range begins; 0 if none was asked. */
static inline size_t request_offset(const struct request *request)
{
    char *range AUTO_FREE = request_field(request, "Range");
    return range && strncmp(range, "bytes=", 6) == 0 ? strtoull(range + 6, NULL, 10) : 0;
}

/* The head of a right answer for a file of `total` bytes; returns where its body begins. */
static inline size_t server_file_head(const struct request *request, size_t total, const char *etag)
{
    char *if_range AUTO_FREE = request_field(request, "If-Range");
    size_t offset = request_offset(request);
    if (if_range && strcmp(if_range, etag) != 0)
        offset = 0;
    if (offset == 0) {
        server_head(request, "HTTP/1.1 200 OK\r\nETag: %s\r\nContent-Length: %zu\r\n", etag, total);
        return 0;
    }
    if (offset >= total) {
        server_head(request, "HTTP/1.1 416 No\r\nContent-Range: bytes */%zu\r\nContent-Length: 0\r\n", total);
        return total;
    }
    server_head(
        request,
        "HTTP/1.1 206 Part\r\nETag: %s\r\nContent-Range: bytes %zu-%zu/%zu\r\nContent-Length: %zu\r\n", etag,
        offset, total - 1, total, total - offset);
    return offset;
}

static inline void server_file(const struct request *request, const void *content, size_t total,
                               const char *etag)
{
    size_t offset = server_file_head(request, total, etag);
    server_send(request, (const char *)content + offset, total - offset);
}

/* Says nothing more until the client gives up or the server ends. */
static inline void server_stall(struct request *request)
{
    struct pollfd at = {.fd = request->fd, .events = POLLIN | POLLRDHUP};
    while (!request->server->ending && poll(&at, 1, 20) == 0)
        continue;
    request->hang_up = true;
}

static inline struct request *server_receive(struct server *server, int fd)
{
    char head[SERVER_HEAD_BYTES + 1] = "";
    size_t len = 0;
    while (!strstr(head, "\r\n\r\n")) {
        ssize_t got = len < SERVER_HEAD_BYTES ? recv(fd, head + len, SERVER_HEAD_BYTES - len, 0) : 0;
        if (got <= 0)
            return NULL;
        len += (size_t)got;
        head[len] = 0;
    }
    struct request *request = mem_new(1, sizeof *request);
    const char *target = strchr(head, ' ') + 1;
    request->server = server;
    request->fd = fd;
    request->head = mem_strdup(head);
    request->target = mem_strndup(target, strcspn(target, " "));
    return request;
}

static inline void server_remember(struct server *server, struct request *request)
{
    pthread_mutex_lock(&server->lock);
    if (server->requests == SERVER_REQUESTS)
        abort();
    server->request[server->requests++] = request;
    request->number = server->requests;
    pthread_mutex_unlock(&server->lock);
}

struct server_client {
    struct server *server;
    int fd;
};

static inline void *server_serve(void *data)
{
    struct server_client client = *(struct server_client *)data;
    struct server *server = client.server;
    struct request *request;
    bool hang_up = false;
    free(data);
    while (!hang_up && (request = server_receive(server, client.fd))) {
        server_remember(server, request);
        unsigned busy = ++server->busy;
        if (busy > server->most_busy)
            server->most_busy = busy;
        server->answer(request);
        server->busy--;
        hang_up = request->hang_up;
    }
    shutdown(client.fd, SHUT_RDWR);
    return NULL;
}

static inline void *server_accept(void *data)
{
    struct server *server = data;
    int fd;
    while ((fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        struct server_client *client = mem_new(1, sizeof *client);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        client->server = server;
        client->fd = fd;
        pthread_mutex_lock(&server->lock);
        if (server->connections == SERVER_CONNECTIONS)
            abort();
        unsigned i = server->connections++;
        server->client_fd[i] = fd;
        pthread_create(&server->client[i], NULL, server_serve, client);
        pthread_mutex_unlock(&server->lock);
    }
    return NULL;
}

static inline void server_start(struct server *server, void (*answer)(struct request *), void *data)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    memset(server, 0, sizeof *server);
    pthread_mutex_init(&server->lock, NULL);
    server->answer = answer;
    server->data = data;
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(server->fd, 64), 0);
    assert_int_equal(getsockname(server->fd, (struct sockaddr *)&address, &len), 0);
    server->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&server->thread, NULL, server_accept, server), 0);
}

/* Ends all connections; the requests stay readable until server_clear(). */
static inline void server_stop(struct server *server)
{
    server->ending = true;
    shutdown(server->fd, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->fd);
    for (unsigned i = 0; i < server->connections; i++) {
        shutdown(server->client_fd[i], SHUT_RDWR);
        pthread_join(server->client[i], NULL);
        close(server->client_fd[i]);
    }
}

static inline void server_clear(struct server *server)
{
    for (unsigned i = 0; i < server->requests; i++) {
        free(server->request[i]->target);
        free(server->request[i]->head);
        free(server->request[i]);
    }
    pthread_mutex_destroy(&server->lock);
}

/* What was asked `number`th (from 1). */
static inline const struct request *server_asked(const struct server *server, unsigned number)
{
    if (number > server->requests)
        fail_msg("there were only %u requests", server->requests);
    return server->request[number - 1];
}

/* Asserts a field of a request; `value` NULL: it was not sent. */
static inline void assert_field(const struct server *server, unsigned number, const char *name,
                                const char *value)
{
    char *sent AUTO_FREE = request_field(server_asked(server, number), name);
    if (!value && sent)
        fail_msg("request %u has %s: %s", number, name, sent);
    if (value && (!sent || strcmp(sent, value) != 0))
        fail_msg("request %u: %s is %s, not %s", number, name, sent ? sent : "missing", value);
}

#endif

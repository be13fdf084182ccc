/* What the transfer tests stand on: a server, a session with it, a store, and one known content. */
#ifndef RINGMGR_TESTS_UNIT_FETCH_SCENE_H
#define RINGMGR_TESTS_UNIT_FETCH_SCENE_H

#include "server.h"

#include "ringmgr/fetch/transfer.h"

enum { KIB = 1 << 10, MIB = 1 << 20, CONTENT_BYTES = 4 * MIB + 321 };

static const struct log quiet = {.level = LOG_QUIET};

/* The content that servers send, and another one. */
static uint8_t content[CONTENT_BYTES], other[CONTENT_BYTES];
static struct digest content_digest, other_digest;

struct scene {
    struct server server;
    char folder[40];
    char base[100];
    struct http *http;
    struct store *store;
    struct transfer transfer;
    struct err err;
};

static inline int make_contents(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (size_t i = 0; i < CONTENT_BYTES; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        content[i] = (uint8_t)(seed >> 56);
        other[i] = (uint8_t)(seed >> 48);
    }
    content_digest = digest_of(content, sizeof content);
    other_digest = digest_of(other, sizeof other);
    return 0;
}

static inline void open_session(struct scene *scene, const struct http_options *more)
{
    struct http_options options = *more;
    options.base = options.base ? options.base : scene->base;
    options.log = options.log ? options.log : &quiet;
    options.attempts = options.attempts ? options.attempts : 3;
    options.retry_ms = options.retry_ms ? options.retry_ms : 5;
    options.stall_seconds = options.stall_seconds ? options.stall_seconds : 5;
    http_free(scene->http);
    if (!http_new(&options, &scene->http, &scene->err))
        fail_msg("%s", scene->err.msg);
}

/* A part that is open, and what is known of it: everything of `content`. */
static inline struct transfer transfer_of(struct scene *scene, const char *path, const char *key)
{
    struct transfer transfer = {
        .path = path, .expect_bytes = CONTENT_BYTES, .limit_bytes = UINT64_MAX, .expect = &content_digest};
    if (!incoming_open(scene->store, key, &transfer.in, &scene->err))
        fail_msg("%s", scene->err.msg);
    return transfer;
}

/* Opens everything; scene->transfer is one for "x". */
static inline void begin(struct scene *scene, void (*answer)(struct request *))
{
    memset(scene, 0, sizeof *scene);
    strcpy(scene->folder, "/tmp/ringmgr-fetch-XXXXXX");
    assert_non_null(mkdtemp(scene->folder));
    if (!store_open(scene->folder, false, &scene->store, &scene->err))
        fail_msg("%s", scene->err.msg);
    server_start(&scene->server, answer, scene);
    snprintf(scene->base, sizeof scene->base, "http://127.0.0.1:%u/pr", scene->server.port);
    open_session(scene, &(struct http_options){.connections = 4});
    scene->transfer = transfer_of(scene, "x", "x");
}

static inline void end(struct scene *scene)
{
    struct err err;
    if (scene->transfer.in)
        incoming_abort(scene->transfer.in);
    http_free(scene->http);
    server_stop(&scene->server);
    server_clear(&scene->server);
    store_close(scene->store);
    AUTO_FD dir = open(scene->folder, O_RDONLY | O_DIRECTORY);
    if (!fs_remove_tree(dir, "objects", &err) || !fs_remove_tree(dir, "incoming", &err))
        fail_msg("%s", err.msg);
    rmdir(scene->folder);
}

/* Puts a left-over part of an earlier run there. */
static inline void leave(struct scene *scene, const void *bytes, size_t len, const char *validator)
{
    struct err err;
    assert_ok(incoming_restart(scene->transfer.in, &err));
    assert_ok(incoming_set_validator(scene->transfer.in, validator, &err));
    assert_ok(incoming_write(scene->transfer.in, bytes, len, &err));
}

static inline enum transfer_result run(struct scene *scene)
{
    struct err err;
    assert_ok(transfer_run(scene->http, &scene->transfer, 1, &err));
    return scene->transfer.result;
}

/* All of `bytes` are there. */
static inline void assert_holds(const struct transfer *transfer, const void *bytes, size_t len)
{
    struct err err;
    size_t have = 0;
    const void *map = incoming_map(transfer->in, &have, &err);
    assert_non_null(map);
    assert_int_equal(have, len);
    assert_memory_equal(map, bytes, len);
}

static inline void assert_done(struct scene *scene)
{
    if (run(scene) != TRANSFER_DONE)
        fail_msg("%s", scene->transfer.err.msg);
    assert_holds(&scene->transfer, content, sizeof content);
    assert_int_equal(scene->transfer.requests, scene->server.requests);
}

static inline void assert_failed(struct scene *scene, enum err_code code, const char *says)
{
    const struct err *err = &scene->transfer.err;
    assert_int_equal(run(scene), TRANSFER_FAILED);
    if (err->code != code || !strstr(err->msg, says))
        fail_msg("code %d: \"%s\" does not say \"%s\"", err->code, err->msg, says);
}

#endif

/* A good neighbour: rate limit, end of the window, proxy with a password. */
#include "ranges.h"

#include <pthread.h>

/* --- the rate limit, by the server's own count --- */

static atomic_uint_fast64_t sent_bytes;

static void counts(struct request *request)
{
    struct asked part = {0, CONTENT_BYTES};
    bool ranged = asked_ranges(request, CONTENT_BYTES, &part, 1) == 1;
    if (ranged)
        range_head(request, part, CONTENT_BYTES, "\"v1\"");
    else
        server_head(request, "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: %d\r\n", CONTENT_BYTES);
    setsockopt(request->fd, SOL_SOCKET, SO_SNDBUF, &(int){16 * KIB}, sizeof(int));
    for (size_t at = part.start; at < part.end; at += 16 * KIB) {
        size_t len = part.end - at < 16 * KIB ? part.end - at : 16 * KIB;
        if (!server_send(request, content + at, len))
            return;
        sent_bytes += len;
    }
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void the_rate_limit_holds_over_all_connections(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, counts);
    sent_bytes = 0;
    open_session(&scene, &(struct http_options){.connections = 4, .rate_limit = 2 * MIB});
    struct transfer list[2] = {scene.transfer, transfer_of(&scene, "y", "y")};
    double before = seconds_now();
    struct err err;
    assert_ok(transfer_run(scene.http, list, 2, &err));
    double took = seconds_now() - before;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(list[i].result, TRANSFER_DONE);
        assert_holds(&list[i], content, sizeof content);
    }
    /* 8 MiB at 2 MiB/s are 4 s; more load can only make it longer. */
    if (took < 2)
        fail_msg("%g bytes in %g seconds", (double)sent_bytes, took);
    incoming_abort(list[1].in);
    end(&scene);
}

static void small_files_count_too(void **state)
{
    (void)state;
    struct scene scene;
    struct http_answer answer;
    begin(&scene, counts);
    open_session(&scene, &(struct http_options){.connections = 4, .rate_limit = 4 * MIB});
    double before = seconds_now();
    struct err err;
    assert_ok(http_get(scene.http, "x", NULL, CONTENT_BYTES, &answer, &err));
    assert_true(seconds_now() - before > 0.5); /* 1 s, less a tenth */
    http_answer_clear(&answer);
    end(&scene);
}

/* A limit that starves connections is no stalled line. */
static void a_break_is_not_the_lines_fault(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, counts);
    open_session(&scene, &(struct http_options){.connections = 4, .rate_limit = MIB, .stall_seconds = 1});
    assert_done(&scene);
    assert_int_equal(scene.transfer.fetched_bytes, CONTENT_BYTES);
    end(&scene);
}

/* --- the end of the window --- */

static void past_its_end_nothing_is_asked(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, counts);
    open_session(&scene, &(struct http_options){.connections = 4, .stop_unix = 1});
    assert_int_equal(run(&scene), TRANSFER_STOPPED);
    assert_int_equal(scene.transfer.err.code, ERR_NONE);
    assert_int_equal(scene.server.requests, 0);
    end(&scene);
}

static void sends_half_and_stalls(struct request *request)
{
    server_head(request, "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: %d\r\n", CONTENT_BYTES);
    server_send(request, content, 2 * MIB);
    server_stall(request);
}

static void at_its_end_parts_stay_as_they_are(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, sends_half_and_stalls);
    open_session(&scene,
                 &(struct http_options){.connections = 1, .stop_unix = time(NULL) + 2, .stall_seconds = 100});
    assert_int_equal(run(&scene), TRANSFER_STOPPED);
    assert_int_equal(scene.transfer.err.code, ERR_NONE);
    assert_in_range(incoming_bytes(scene.transfer.in), MIB, 2 * MIB);
    end(&scene);
}

/* --- a proxy that wants to know who asks --- */

/* "fern:secret" */
static const char CREDENTIALS[] = "Basic ZmVybjpzZWNyZXQ=";

static void proxy(struct request *request)
{
    char *who AUTO_FREE = request_field(request, "Proxy-Authorization");
    if (!who || strcmp(who, CREDENTIALS) != 0)
        server_text(request, "407 Who", "Proxy-Authenticate: Basic realm=\"x\"\r\n", "no");
    else
        serve_range(request, content, CONTENT_BYTES, "\"v1\"");
}

static void a_proxy_gets_user_and_password(void **state)
{
    (void)state;
    struct scene scene;
    char address[40];
    begin(&scene, proxy);
    snprintf(address, sizeof address, "http://127.0.0.1:%u", scene.server.port);
    struct http_options options = {.connections = 1,
                                   .base = "http://origin.invalid/pr",
                                   .proxy = address,
                                   .proxy_user = "fern",
                                   .proxy_password = "secret"};
    open_session(&scene, &options);
    if (run(&scene) != TRANSFER_DONE)
        fail_msg("%s", scene.transfer.err.msg);
    assert_holds(&scene.transfer, content, sizeof content);
    assert_string_equal(server_asked(&scene.server, 1)->target, "http://origin.invalid/pr/x");
    end(&scene);
}

static void a_wrong_password_is_said_but_not_shown(void **state)
{
    (void)state;
    struct scene scene;
    char address[40];
    struct http_answer answer;
    begin(&scene, proxy);
    snprintf(address, sizeof address, "http://127.0.0.1:%u", scene.server.port);
    struct http_options options = {.connections = 1,
                                   .base = "http://origin.invalid/pr",
                                   .proxy = address,
                                   .proxy_user = "fern",
                                   .proxy_password = "hidden"};
    open_session(&scene, &options);
    assert_false(http_get(scene.http, "x", NULL, MIB, &answer, &scene.err));
    assert_int_equal(scene.err.code, ERR_UPSTREAM);
    assert_non_null(strstr(scene.err.msg, "407"));
    assert_null(strstr(scene.err.msg, "hidden"));
    assert_int_equal(run(&scene), TRANSFER_FAILED);
    assert_null(strstr(scene.transfer.err.msg, "hidden"));
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rate_limit_holds_over_all_connections),
        cmocka_unit_test(small_files_count_too),
        cmocka_unit_test(a_break_is_not_the_lines_fault),
        cmocka_unit_test(past_its_end_nothing_is_asked),
        cmocka_unit_test(at_its_end_parts_stay_as_they_are),
        cmocka_unit_test(a_proxy_gets_user_and_password),
        cmocka_unit_test(a_wrong_password_is_said_but_not_shown),
    };
    return cmocka_run_group_tests(tests, make_contents, NULL);
}

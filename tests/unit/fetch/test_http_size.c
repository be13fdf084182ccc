/* Sizes without bodies. */
#include "server.h"

#include "ringmgr/fetch/http.h"

static const struct log quiet = {.level = LOG_QUIET};

struct scene {
    struct server server;
    struct http *http;
    struct http_size size;
};

static bool ask(struct scene *scene, void (*answer)(struct request *), struct err *err)
{
    char base[100];
    memset(scene, 0, sizeof *scene);
    server_start(&scene->server, answer, scene);
    snprintf(base, sizeof base, "http://127.0.0.1:%u/pr", scene->server.port);
    const struct http_options options = {
        .base = base, .log = &quiet, .attempts = 3, .retry_ms = 5, .stall_seconds = 5};
    return http_new(&options, &scene->http, err) && http_size(scene->http, "a.cab", &scene->size, err);
}

static void end(struct scene *scene)
{
    http_free(scene->http);
    server_stop(&scene->server);
    server_clear(&scene->server);
}

static void expect(void (*answer)(struct request *), bool absent, bool known, uint64_t bytes)
{
    struct scene scene;
    struct err err = {0};
    uint64_t requests, received;
    assert_ok(ask(&scene, answer, &err));
    assert_int_equal(scene.size.absent, absent);
    assert_int_equal(scene.size.known, known);
    assert_int_equal(scene.size.bytes, bytes);
    http_counters(scene.http, &requests, &received);
    assert_true(received <= 1);
    end(&scene);
}

static void first_byte(struct request *request)
{
    char *range AUTO_FREE = request_field(request, "Range");
    assert_string_equal(range, "bytes=0-0");
    server_text(request, "206 Partial Content", "Content-Range: bytes 0-0/25000000\r\n", "x");
}

static void total_unknown(struct request *request)
{
    server_text(request, "206 Partial Content", "Content-Range: bytes 0-0/*\r\n", "x");
}

static void whole(struct request *request)
{
    server_text(request, "200 OK", "", "hello");
}

static void empty(struct request *request)
{
    server_text(request, "416 Range Not Satisfiable", "Content-Range: bytes */0\r\n", "");
}

static void missing(struct request *request)
{
    server_text(request, "404 Not Found", "", "no");
}

static void busy_once(struct request *request)
{
    if (request->number == 1)
        server_text(request, "503 Service Unavailable", "", "");
    else
        first_byte(request);
}

static void forbidden(struct request *request)
{
    server_text(request, "403 Forbidden", "", "");
}

static void the_total_of_a_range_is_the_size(void **state)
{
    (void)state;
    expect(first_byte, false, true, 25000000);
    expect(busy_once, false, true, 25000000);
    expect(total_unknown, false, false, 0);
}

static void other_answers_say_it_too(void **state)
{
    (void)state;
    expect(whole, false, true, 5);
    expect(empty, false, true, 0);
    expect(missing, true, false, 0);
}

static void what_says_nothing_is_an_error(void **state)
{
    struct scene scene;
    struct err err = {0};
    (void)state;
    assert_fails(ask(&scene, forbidden, &err), ERR_UPSTREAM);
    assert_non_null(strstr(err.msg, "/pr/a.cab"));
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_total_of_a_range_is_the_size),
        cmocka_unit_test(other_answers_say_it_too),
        cmocka_unit_test(what_says_nothing_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* One file over several connections: who is asked for what, and what becomes of an origin that cannot. */
#include "ranges.h"

static bool has_field(const struct request *request, const char *name)
{
    char *value AUTO_FREE = request_field(request, name);
    return value != NULL;
}

/* --- dealt out --- */

static void slow_at_first(struct request *request)
{
    if (!has_field(request, "Range"))
        serve_slowly(request, request->number == 1 ? 2 : 0, "\"v1\"");
    else
        serve_range(request, content, CONTENT_BYTES, "\"v1\"");
}

static void a_slow_connection_gets_help(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, slow_at_first);
    assert_done(&scene);
    assert_true(scene.server.requests >= 3);
    uint8_t *seen = mem_new(1, CONTENT_BYTES);
    size_t twice = 0;
    for (unsigned i = 2; i <= scene.server.requests; i++) {
        struct asked part = {0};
        assert_int_equal(asked_ranges(server_asked(&scene.server, i), CONTENT_BYTES, &part, 1), 1);
        assert_field(&scene.server, i, "If-Range", "\"v1\"");
        assert_true(part.start > 0 && part.end <= CONTENT_BYTES);
        for (size_t at = part.start; at < part.end; at++)
            twice += seen[at]++ > 0;
    }
    assert_in_range(twice, 0, 2 * MIB); /* what a stalled one was relieved of */
    free(seen);
    end(&scene);
}

static void no_more_connections_than_allowed(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, slow_at_first);
    open_session(&scene, &(struct http_options){.connections = 2});
    assert_done(&scene);
    assert_in_range(scene.server.most_busy, 2, 2);
    end(&scene);
}

static void hides_validators(struct request *request)
{
    server_head(request, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n", CONTENT_BYTES);
    server_send(request, content, BEGINNING);
    usleep(150 * 1000);
    server_send(request, content + BEGINNING, CONTENT_BYTES - BEGINNING);
}

static void without_a_digest_one_connection_does_it(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, hides_validators);
    scene.transfer.expect = NULL;
    assert_done(&scene);
    assert_int_equal(scene.server.requests, 1);
    end(&scene);
}

/* --- origins that cannot --- */

static void ignores_ranges(struct request *request)
{
    if (request->number == 1)
        serve_slowly(request, 1, "\"v1\"");
    else
        server_file(request, content, CONTENT_BYTES, "\"v2\""); /* If-Range does not match: 200 */
}

static void an_origin_without_ranges_goes_on_alone(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, ignores_ranges);
    assert_done(&scene);
    end(&scene);
}

/* Another file is there from the second request on, with other bytes and another validator. */
static void changes_in_between(struct request *request)
{
    if (request->number == 1)
        serve_slowly(request, 1, "\"v1\"");
    else
        serve_range(request, other, CONTENT_BYTES, "\"v2\"");
}

static void a_file_that_changes_is_not_mixed(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, changes_in_between);
    scene.transfer.expect = &other_digest;
    if (run(&scene) != TRANSFER_DONE)
        fail_msg("%s", scene.transfer.err.msg);
    assert_holds(&scene.transfer, other, sizeof other);
    end(&scene);
}

/* The same without a word about it: only the digest shows it. */
static void changes_silently(struct request *request)
{
    if (request->number == 1)
        serve_slowly(request, 1, "\"v1\"");
    else
        serve_range(request, other, CONTENT_BYTES, "\"v1\"");
}

static void bytes_of_another_file_mean_a_clean_fetch(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, changes_silently);
    scene.transfer.expect = &other_digest;
    if (run(&scene) != TRANSFER_DONE)
        fail_msg("%s", scene.transfer.err.msg);
    assert_holds(&scene.transfer, other, sizeof other);
    assert_field(&scene.server, scene.server.requests, "Range", NULL);
    assert_field(&scene.server, scene.server.requests, "Cache-Control", "no-cache");
    end(&scene);
}

static void shifts_ranges(struct request *request)
{
    struct asked part = {0};
    if (asked_ranges(request, CONTENT_BYTES, &part, 1) == 0) {
        serve_slowly(request, request->number == 1, "\"v1\"");
        return;
    }
    part.start -= KIB;
    part.end -= KIB;
    range_head(request, part, CONTENT_BYTES, "\"v1\"");
    server_send(request, content + part.start, part.end - part.start);
}

static void other_total(struct request *request)
{
    struct asked part = {0};
    if (asked_ranges(request, CONTENT_BYTES, &part, 1) == 0) {
        serve_slowly(request, request->number == 1, "\"v1\"");
        return;
    }
    range_head(request, part, CONTENT_BYTES + 1, "\"v1\"");
    server_send(request, content + part.start, part.end - part.start);
}

static void longer_than_asked(struct request *request)
{
    struct asked part = {0};
    if (asked_ranges(request, CONTENT_BYTES, &part, 1) == 0) {
        serve_slowly(request, request->number == 1, "\"v1\"");
        return;
    }
    part.end = CONTENT_BYTES;
    range_head(request, part, CONTENT_BYTES, "\"v1\"");
    server_send(request, content + part.start, part.end - part.start);
}

static void wrong_ranges_end_the_help_not_the_file(void **state)
{
    (void)state;
    void (*const servers[])(struct request *) = {shifts_ranges, other_total, longer_than_asked};
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        struct scene scene;
        begin(&scene, servers[i]);
        assert_done(&scene);
        assert_in_range(scene.server.requests, 2, 9);
        end(&scene);
    }
}

/* Those that are sent while the first runs: all connections are in use then. */
static void helpers_are_cut(struct request *request)
{
    struct asked part = {0};
    if (asked_ranges(request, CONTENT_BYTES, &part, 1) == 0) {
        serve_slowly(request, request->number == 1, "\"v1\"");
        return;
    }
    if (request->number > 4) {
        serve_range(request, content, CONTENT_BYTES, "\"v1\"");
        return;
    }
    range_head(request, part, CONTENT_BYTES, "\"v1\"");
    server_send(request, content + part.start, (part.end - part.start) / 2);
    request->hang_up = true;
}

static void a_cut_helper_costs_nothing_else(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, helpers_are_cut);
    assert_done(&scene);
    end(&scene);
}

/* The first connection never brings more than its beginning. */
static void first_one_stalls(struct request *request)
{
    if (has_field(request, "Range")) {
        serve_range(request, content, CONTENT_BYTES, "\"v1\"");
        return;
    }
    server_head(request, "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: %d\r\n", CONTENT_BYTES);
    server_send(request, content, BEGINNING);
    server_stall(request);
}

static void a_stalled_connection_is_relieved(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, first_one_stalls);
    open_session(&scene, &(struct http_options){.connections = 4, .stall_seconds = 200});
    assert_done(&scene);
    end(&scene);
}

/* --- gone on with --- */

static void right_ranges(struct request *request)
{
    serve_range(request, content, CONTENT_BYTES, "\"v1\"");
}

/* A part as a killed run leaves it: every second of its stretches is there. */
static void only_the_gaps_are_asked_for(void **state)
{
    (void)state;
    struct scene scene;
    struct err err;
    begin(&scene, right_ranges);
    assert_ok(incoming_reserve(scene.transfer.in, CONTENT_BYTES, &err));
    assert_ok(incoming_set_validator(scene.transfer.in, "\"v1\"", &err));
    for (size_t at = 0; at + MIB <= CONTENT_BYTES; at += MIB)
        assert_ok(incoming_write_at(scene.transfer.in, at, content + at, MIB / 2, &err));
    incoming_close(scene.transfer.in);
    scene.transfer = transfer_of(&scene, "x", "x");
    assert_int_equal(incoming_present_bytes(scene.transfer.in), 4 * MIB / 2);
    assert_done(&scene);
    assert_in_range(scene.transfer.fetched_bytes, CONTENT_BYTES - 4 * MIB / 2, CONTENT_BYTES - 4 * MIB / 2);
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_connection_gets_help),
        cmocka_unit_test(no_more_connections_than_allowed),
        cmocka_unit_test(without_a_digest_one_connection_does_it),
        cmocka_unit_test(an_origin_without_ranges_goes_on_alone),
        cmocka_unit_test(a_file_that_changes_is_not_mixed),
        cmocka_unit_test(bytes_of_another_file_mean_a_clean_fetch),
        cmocka_unit_test(wrong_ranges_end_the_help_not_the_file),
        cmocka_unit_test(a_cut_helper_costs_nothing_else),
        cmocka_unit_test(a_stalled_connection_is_relieved),
        cmocka_unit_test(only_the_gaps_are_asked_for),
    };
    return cmocka_run_group_tests(tests, make_contents, NULL);
}

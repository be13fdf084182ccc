/* Several origins for one session: who is asked, what one that fails costs, and who is never asked. */
#include "ranges.h"

#include "ringmgr/fetch/session.h"

struct pair {
    struct scene first; /* its server is the session's base */
    struct server second;
    char mirror[100];
    const char *mirrors[2];
};

static void begin_pair(struct pair *pair, void (*first)(struct request *), void (*second)(struct request *))
{
    begin(&pair->first, first);
    server_start(&pair->second, second, pair);
    snprintf(pair->mirror, sizeof pair->mirror, "http://127.0.0.1:%u/pr", pair->second.port);
    pair->mirrors[0] = pair->mirror;
    pair->mirrors[1] = NULL;
    open_session(&pair->first, &(struct http_options){.connections = 4, .mirrors = pair->mirrors});
}

static void end_pair(struct pair *pair)
{
    server_stop(&pair->second);
    server_clear(&pair->second);
    end(&pair->first);
}

static void assert_pair_done(struct pair *pair)
{
    if (run(&pair->first) != TRANSFER_DONE)
        fail_msg("%s", pair->first.transfer.err.msg);
    assert_holds(&pair->first.transfer, content, sizeof content);
}

static void right_elsewhere(struct request *request)
{
    serve_range(request, content, CONTENT_BYTES, "\"second\"");
}

static void dies_in_the_middle(struct request *request)
{
    server_head(request, "HTTP/1.1 200 OK\r\nETag: \"first\"\r\nContent-Length: %d\r\n", CONTENT_BYTES);
    server_send(request, content, 2 * MIB + 5);
    request->hang_up = true;
}

static void a_mirror_goes_on_where_another_died(void **state)
{
    (void)state;
    struct pair pair;
    begin_pair(&pair, dies_in_the_middle, right_elsewhere);
    assert_pair_done(&pair);
    assert_in_range(pair.first.transfer.fetched_bytes, CONTENT_BYTES, CONTENT_BYTES);
    assert_int_equal(pair.second.requests, 1);
    assert_field(&pair.second, 1, "Range", "bytes=2097157-");
    assert_field(&pair.second, 1, "If-Range", NULL); /* the other's validator would say nothing */
    end_pair(&pair);
}

static void without_a_digest_nothing_is_mixed(void **state)
{
    (void)state;
    struct pair pair;
    begin_pair(&pair, dies_in_the_middle, right_elsewhere);
    pair.first.transfer.expect = NULL;
    assert_pair_done(&pair);
    assert_field(&pair.second, 1, "Range", NULL);
    end_pair(&pair);
}

static void missing(struct request *request)
{
    server_text(request, "404 Not Found", "", "");
}

static void serves_other_bytes(struct request *request)
{
    serve_range(request, other, CONTENT_BYTES, "\"first\"");
}

static void a_mirror_with_other_bytes_is_left(void **state)
{
    (void)state;
    struct pair pair;
    begin_pair(&pair, serves_other_bytes, right_elsewhere);
    assert_pair_done(&pair);
    end_pair(&pair);
}

static void whoever_gave_other_bytes_once_is_out(void **state)
{
    (void)state;
    struct pair pair;
    struct err err;
    begin_pair(&pair, serves_other_bytes, right_elsewhere);
    assert_pair_done(&pair);
    unsigned asked = pair.first.server.requests;
    for (int i = 0; i < 3; i++) {
        assert_ok(incoming_restart(pair.first.transfer.in, &err));
        assert_pair_done(&pair);
    }
    assert_int_equal(pair.first.server.requests, asked);
    end_pair(&pair);
}

static void a_liar_is_asked_where_nobody_else_is_left(void **state)
{
    (void)state;
    struct pair pair;
    begin_pair(&pair, right_elsewhere, missing);
    mirror_blame(&pair.first.http->mirrors, 1, &quiet);
    assert_pair_done(&pair);
    end_pair(&pair);
}

static void the_caller_can_tell_who_lies(void **state)
{
    (void)state;
    struct pair pair;
    begin_pair(&pair, serves_other_bytes, right_elsewhere);
    pair.first.transfer.expect = NULL;
    assert_int_equal(run(&pair.first), TRANSFER_DONE);
    transfer_blame(pair.first.http, &pair.first.transfer);
    pair.first.transfer.expect = &content_digest;
    assert_pair_done(&pair);
    assert_int_equal(pair.first.server.requests, 1);
    end_pair(&pair);
}

/* Nobody knows who had given what an earlier run has left. */
static void what_was_left_blames_nobody(void **state)
{
    (void)state;
    struct pair pair;
    begin_pair(&pair, right_elsewhere, missing);
    leave(&pair.first, other, MIB, NULL);
    assert_pair_done(&pair);
    assert_false(pair.first.http->mirrors.state[0].lies);
    end_pair(&pair);
}

static void mirrors_that_agree_on_other_bytes_are_believed(void **state)
{
    (void)state;
    struct pair pair;
    begin_pair(&pair, serves_other_bytes, serves_other_bytes);
    assert_failed(&pair.first, ERR_NOT_GENUINE, "fetched twice");
    end_pair(&pair);
}

static void absent_is_what_all_lack(void **state)
{
    (void)state;
    struct pair pair;
    begin_pair(&pair, missing, right_elsewhere);
    assert_pair_done(&pair);
    end_pair(&pair);
    begin_pair(&pair, missing, missing);
    assert_int_equal(run(&pair.first), TRANSFER_ABSENT);
    end_pair(&pair);
}

static void busy(struct request *request)
{
    server_text(request, "503 Busy", "", "");
}

static void whoever_fails_is_not_asked_again(void **state)
{
    (void)state;
    struct pair pair;
    struct err err;
    begin_pair(&pair, busy, right_elsewhere);
    assert_pair_done(&pair);
    for (int i = 0; i < 5; i++) {
        assert_ok(incoming_restart(pair.first.transfer.in, &err));
        assert_pair_done(&pair);
    }
    assert_int_equal(pair.first.server.requests, 1);
    assert_int_equal(pair.second.requests, 6);
    end_pair(&pair);
}

/* --- metadata --- */

static void second_says_hello(struct request *request)
{
    server_text(request, "200 OK", "ETag: \"second\"\r\n", "hello");
}

static bool get(struct pair *pair, struct http_answer *answer, struct err *err)
{
    static char etag[] = "\"first\"";
    const struct http_validators have = {.etag = etag};
    return http_get(pair->first.http, "x", &have, 1000, answer, err);
}

static void a_mirror_gives_metadata_where_the_base_does_not(void **state)
{
    (void)state;
    struct pair pair;
    struct http_answer answer;
    struct err err;
    begin_pair(&pair, busy, second_says_hello);
    assert_true(get(&pair, &answer, &err));
    assert_string_equal(buf_text(&answer.body), "hello");
    assert_null(answer.validators.etag); /* the base would be asked with it */
    http_answer_clear(&answer);
    assert_field(&pair.second, 1, "If-None-Match", NULL);
    end_pair(&pair);
    begin_pair(&pair, missing, second_says_hello);
    assert_true(get(&pair, &answer, &err));
    assert_int_equal(answer.result, HTTP_ABSENT); /* the base has answered */
    assert_int_equal(pair.second.requests, 0);
    end_pair(&pair);
}

static void that_mirrors_lack_metadata_means_nothing(void **state)
{
    (void)state;
    struct pair pair;
    struct http_answer answer;
    struct err err;
    begin_pair(&pair, busy, missing);
    assert_false(get(&pair, &answer, &err));
    assert_non_null(strstr(err.msg, "503"));
    end_pair(&pair);
}

/* --- redirects --- */

static void a_small_file_is_no_trial(void **state)
{
    (void)state;
    static const char *const more[] = {"http://b.example/pr", NULL};
    struct mirrors mirrors;
    mirrors_init(&mirrors, "http://a.example/pr", more);
    assert_int_equal(mirror_pick(&mirrors, 0), 0);
    mirror_note_bytes(&mirrors, 0, 8 * MIB, 8000000);
    assert_int_equal(mirror_pick(&mirrors, 0), 1);
    mirror_note_bytes(&mirrors, 1, 5000, 2000);
    assert_int_equal(mirror_pick(&mirrors, 0), 1);
    mirror_note_bytes(&mirrors, 1, 8 * MIB, 100000);
    assert_int_equal(mirror_pick(&mirrors, 0), 1);
    mirrors_clear(&mirrors);
}

static void leads_to_the_second(struct request *request)
{
    struct pair *pair = request->server->data;
    char fields[200];
    snprintf(fields, sizeof fields, "Location: http://localhost:%u/pr/x\r\n", pair->second.port);
    server_text(request, "302 There", fields, "");
}

static void a_redirect_leads_to_configured_hosts_only(void **state)
{
    (void)state;
    struct pair pair;
    begin_pair(&pair, leads_to_the_second, right_elsewhere);
    open_session(&pair.first, &(struct http_options){.connections = 1});
    assert_failed(&pair.first, ERR_UPSTREAM, "not the origin's host");
    assert_int_equal(pair.second.requests, 0);
    snprintf(pair.mirror, sizeof pair.mirror, "http://localhost:%u/pr", pair.second.port);
    open_session(&pair.first, &(struct http_options){.connections = 1, .mirrors = pair.mirrors});
    assert_pair_done(&pair);
    assert_int_equal(pair.second.requests, 1);
    end_pair(&pair);
}

static void a_mirror_has_the_scheme_of_its_origin(void **state)
{
    (void)state;
    const char *mirrors[] = {"file:///tmp", NULL};
    struct http *http;
    struct err err = {0};
    const struct http_options options = {.base = "http://127.0.0.1/pr", .mirrors = mirrors, .log = &quiet};
    assert_false(http_new(&options, &http, &err));
    assert_int_equal(err.code, ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mirror_goes_on_where_another_died),
        cmocka_unit_test(without_a_digest_nothing_is_mixed),
        cmocka_unit_test(a_mirror_with_other_bytes_is_left),
        cmocka_unit_test(whoever_gave_other_bytes_once_is_out),
        cmocka_unit_test(a_liar_is_asked_where_nobody_else_is_left),
        cmocka_unit_test(the_caller_can_tell_who_lies),
        cmocka_unit_test(what_was_left_blames_nobody),
        cmocka_unit_test(mirrors_that_agree_on_other_bytes_are_believed),
        cmocka_unit_test(absent_is_what_all_lack),
        cmocka_unit_test(whoever_fails_is_not_asked_again),
        cmocka_unit_test(a_mirror_gives_metadata_where_the_base_does_not),
        cmocka_unit_test(that_mirrors_lack_metadata_means_nothing),
        cmocka_unit_test(a_small_file_is_no_trial),
        cmocka_unit_test(a_redirect_leads_to_configured_hosts_only),
        cmocka_unit_test(a_mirror_has_the_scheme_of_its_origin),
    };
    return cmocka_run_group_tests(tests, make_contents, NULL);
}

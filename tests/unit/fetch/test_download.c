/* One file against every kind of origin: what is asked, what is kept, what is refused. */
#include "scene.h"

#include <signal.h>
#include <sys/wait.h>

static const char ETAG[] = "\"v1\"";

static void right(struct request *request)
{
    server_file(request, content, sizeof content, ETAG);
}

/* Asserts the fields that make a request go on at `offset` (0: from nothing). */
static void assert_asked_from(const struct scene *scene, unsigned number, size_t offset, const char *if_range)
{
    char range[40];
    snprintf(range, sizeof range, "bytes=%zu-", offset);
    assert_field(&scene->server, number, "Range", offset ? range : NULL);
    assert_field(&scene->server, number, "If-Range", if_range);
}

/* --- whole files --- */

static void a_file_arrives_whole(void **state)
{
    (void)state;
    struct scene scene;
    struct digest digest;
    uint64_t requests, bytes;
    struct err err;
    begin(&scene, right);
    assert_done(&scene);
    assert_int_equal(scene.server.requests, 1);
    assert_asked_from(&scene, 1, 0, NULL);
    assert_field(&scene.server, 1, "Accept-Encoding", NULL);
    assert_field(&scene.server, 1, "Cache-Control", NULL);
    assert_int_equal(scene.transfer.fetched_bytes, CONTENT_BYTES);
    assert_string_equal(incoming_validator(scene.transfer.in), ETAG);
    http_counters(scene.http, &requests, &bytes);
    assert_int_equal(requests, 1);
    assert_int_equal(bytes, CONTENT_BYTES);
    assert_ok(incoming_commit(scene.transfer.in, &digest, &err));
    scene.transfer.in = NULL;
    assert_true(digest_equal(&digest, &content_digest));
    end(&scene);
}

static void a_complete_part_asks_nothing(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, right);
    leave(&scene, content, sizeof content, NULL);
    assert_done(&scene);
    assert_int_equal(scene.server.requests, 0);
    assert_int_equal(scene.transfer.fetched_bytes, 0);
    end(&scene);
}

static void a_wrong_part_of_the_right_size_is_fetched_again(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, right);
    leave(&scene, other, sizeof other, ETAG);
    assert_done(&scene);
    assert_int_equal(scene.server.requests, 1);
    assert_asked_from(&scene, 1, 0, NULL);
    end(&scene);
}

static void a_part_that_is_too_long_is_fetched_again(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, right);
    scene.transfer.expect_bytes = 1000;
    struct digest digest = digest_of(content, 1000);
    scene.transfer.expect = &digest;
    leave(&scene, content, 1001, ETAG);
    scene.server.answer = right;
    assert_failed(&scene, ERR_NOT_GENUINE, "4194625 bytes where 1000 are expected");
    assert_asked_from(&scene, 1, 0, NULL);
    end(&scene);
}

static void without_length(struct request *request)
{
    server_head(request, "HTTP/1.0 200 OK\r\n");
    server_send(request, content, sizeof content);
    request->hang_up = true;
}

static void nothing_need_be_known_beforehand(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, without_length);
    scene.transfer.expect_bytes = TRANSFER_SIZE_UNKNOWN;
    scene.transfer.expect = NULL;
    assert_done(&scene);
    assert_null(incoming_validator(scene.transfer.in));
    end(&scene);
}

static void an_empty_file_is_whole(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, right);
    struct digest digest = digest_of("", 0);
    scene.transfer.expect = &digest;
    scene.transfer.expect_bytes = 0;
    assert_int_equal(run(&scene), TRANSFER_DONE);
    assert_int_equal(scene.server.requests, 0);
    end(&scene);
}

static void nothing(struct request *request)
{
    server_text(request, "200 OK", "", "");
}

static void an_empty_answer_is_an_empty_file(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, nothing);
    leave(&scene, content, 1000, ETAG);
    scene.transfer.expect_bytes = TRANSFER_SIZE_UNKNOWN;
    scene.transfer.expect = NULL;
    assert_int_equal(run(&scene), TRANSFER_DONE);
    assert_int_equal(incoming_bytes(scene.transfer.in), 0);
    end(&scene);
}

/* --- going on --- */

static void a_part_is_continued(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, right);
    leave(&scene, content, 3 * MIB, ETAG);
    assert_done(&scene);
    assert_int_equal(scene.server.requests, 1);
    assert_asked_from(&scene, 1, 3 * MIB, ETAG);
    assert_int_equal(scene.transfer.fetched_bytes, CONTENT_BYTES - 3 * MIB);
    end(&scene);
}

static void a_part_that_nobody_expects_is_continued_too(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, right);
    leave(&scene, content, 1000, ETAG);
    scene.transfer.expect_bytes = TRANSFER_SIZE_UNKNOWN;
    scene.transfer.expect = NULL;
    assert_done(&scene);
    assert_asked_from(&scene, 1, 1000, ETAG);
    end(&scene);
}

static void a_part_without_validator_is_continued_for_a_digest_only(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, right);
    leave(&scene, content, 3 * MIB, NULL);
    assert_done(&scene);
    assert_asked_from(&scene, 1, 3 * MIB, NULL);
    end(&scene);
    begin(&scene, right);
    leave(&scene, content, 3 * MIB, NULL);
    scene.transfer.expect = NULL;
    assert_done(&scene);
    assert_asked_from(&scene, 1, 0, NULL);
    end(&scene);
}

static void a_part_of_another_file_without_validator_costs_a_fetch(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, right);
    leave(&scene, other, 3 * MIB, NULL);
    assert_done(&scene);
    assert_int_equal(scene.server.requests, 2);
    assert_asked_from(&scene, 2, 0, NULL);
    end(&scene);
}

static void a_changed_file_comes_whole(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, right);
    leave(&scene, other, 3 * MIB, "\"v0\"");
    assert_done(&scene);
    assert_int_equal(scene.server.requests, 1);
    assert_asked_from(&scene, 1, 3 * MIB, "\"v0\"");
    assert_string_equal(incoming_validator(scene.transfer.in), ETAG);
    end(&scene);
}

static void knows_no_ranges(struct request *request)
{
    server_head(request, "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: %d\r\n", CONTENT_BYTES);
    server_send(request, content, sizeof content);
}

static void an_origin_without_ranges_sends_it_whole(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, knows_no_ranges);
    leave(&scene, content, 3 * MIB, ETAG);
    assert_done(&scene);
    assert_int_equal(scene.server.requests, 1);
    assert_int_equal(scene.transfer.fetched_bytes, CONTENT_BYTES);
    end(&scene);
}

/* Takes no notice of If-Range: sends the rest of another version. */
static void ignores_if_range(struct request *request)
{
    size_t offset = request_offset(request);
    if (offset == 0) {
        right(request);
        return;
    }
    server_head(
        request,
        "HTTP/1.1 206 Part\r\nETag: \"v1\"\r\nContent-Range: bytes %zu-%d/%d\r\nContent-Length: %zu\r\n",
        offset, CONTENT_BYTES - 1, CONTENT_BYTES, CONTENT_BYTES - offset);
    server_send(request, content + offset, CONTENT_BYTES - offset);
}

static void the_rest_of_another_version_is_not_appended(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, ignores_if_range);
    leave(&scene, other, 3 * MIB, "\"v0\"");
    assert_done(&scene);
    assert_int_equal(scene.server.requests, 2);
    assert_asked_from(&scene, 2, 0, NULL);
    assert_int_equal(scene.transfer.fetched_bytes, CONTENT_BYTES);
    end(&scene);
}

/* Answers every range with scene data: the Content-Range line that a test wants. */
static const char *content_range;

static void sends_a_wrong_range(struct request *request)
{
    if (request_offset(request) == 0) {
        right(request);
        return;
    }
    server_head(request, "HTTP/1.1 206 Part\r\nETag: \"v1\"\r\n%sContent-Length: 1000\r\n", content_range);
    server_send(request, other, 1000);
}

static void a_range_that_was_not_asked_for_is_not_appended(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "Content-Range: bytes 0-999/4194625\r\n",
        "Content-Range: bytes 1001-2000/4194625\r\n",
        "Content-Range: bytes 1000-1999/1500\r\n",
        "Content-Range: bytes 1000-999/4194625\r\n",
        "Content-Range: bytes */4194625\r\n",
        "Content-Range: bytes 1000\r\n",
        "Content-Range: lines 1000-1999/4194625\r\n",
        "Content-Range: bytes 99999999999999999999-1999/4194625\r\n",
        "Content-Range: bytes 1000-1999/4194625x\r\n",
        "Content-Type: multipart/byteranges; boundary=x\r\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct scene scene;
        content_range = lines[i];
        begin(&scene, sends_a_wrong_range);
        leave(&scene, content, 1000, ETAG);
        assert_done(&scene);
        assert_int_equal(scene.server.requests, 2);
        assert_asked_from(&scene, 1, 1000, ETAG);
        assert_asked_from(&scene, 2, 0, NULL);
        end(&scene);
    }
}

static void a_range_of_a_file_of_another_size_is_wrong_at_once(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, sends_a_wrong_range);
    content_range = "Content-Range: bytes 1000-1999/4000000\r\n";
    leave(&scene, content, 1000, ETAG);
    assert_done(&scene);
    assert_int_equal(scene.server.requests, 2);
    assert_asked_from(&scene, 2, 0, NULL);
    assert_field(&scene.server, 2, "Cache-Control", "no-cache");
    end(&scene);
}

/* Never sends more than 2 MiB of a range. */
static void short_ranges(struct request *request)
{
    size_t offset = request_offset(request), len = CONTENT_BYTES - offset;
    if (offset == 0) {
        server_head(request, "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: %d\r\n", CONTENT_BYTES);
        server_send(request, content, MIB);
        request->hang_up = true;
        return;
    }
    len = len < 2 * MIB ? len : 2 * MIB;
    server_head(request, "HTTP/1.1 206 Part\r\nContent-Range: bytes %zu-%zu/%d\r\nContent-Length: %zu\r\n",
                offset, offset + len - 1, CONTENT_BYTES, len);
    server_send(request, content + offset, len);
}

static void a_range_may_be_shorter_than_asked(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, short_ranges);
    assert_done(&scene);
    assert_int_equal(scene.server.requests, 3);
    assert_asked_from(&scene, 3, 3 * MIB, ETAG);
    end(&scene);
}

/* --- validators --- */

/* Sends `fields` and half of the file, then the rest as asked. */
static const char *validator_fields;

static void half_then_rest(struct request *request)
{
    size_t offset = request_offset(request);
    if (offset == 0) {
        server_head(request, "HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n", validator_fields, CONTENT_BYTES);
        server_send(request, content, request->number == 1 ? CONTENT_BYTES / 2 : CONTENT_BYTES);
        request->hang_up = request->number == 1;
        return;
    }
    server_head(request, "HTTP/1.1 206 Part\r\n%sContent-Range: bytes %zu-%d/%d\r\nContent-Length: %zu\r\n",
                validator_fields, offset, CONTENT_BYTES - 1, CONTENT_BYTES, CONTENT_BYTES - offset);
    server_send(request, content + offset, CONTENT_BYTES - offset);
}

static void only_a_strong_validator_goes_into_if_range(void **state)
{
    (void)state;
#define DATE  "Date: Sat, 22 Aug 2026 18:00:05 GMT\r\n"
#define OLDER "Last-Modified: Sat, 22 Aug 2026 18:00:04 GMT\r\n"
#define SAME  "Last-Modified: Sat, 22 Aug 2026 18:00:05 GMT\r\n"
    static const struct {
        const char *fields;
        const char *if_range;
    } table[] = {
        {"ETag: \"a\"\r\n", "\"a\""},
        {"ETag: \"a\"\r\n" DATE OLDER, "\"a\""},
        {"ETag: W/\"a\"\r\n" DATE OLDER, "Sat, 22 Aug 2026 18:00:04 GMT"},
        {DATE OLDER, "Sat, 22 Aug 2026 18:00:04 GMT"},
        {"ETag: W/\"a\"\r\n", NULL},
        {"ETag: a\r\n", NULL},
        {"ETag: \"a\r\n", NULL},
        {"ETag: \"a b\"\r\n", NULL},
        {"ETag: \"a\"b\"\r\n", NULL},
        {DATE SAME, NULL},
        {OLDER, NULL},
        {DATE "Last-Modified: yesterday\r\n", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct scene scene;
        validator_fields = table[i].fields;
        begin(&scene, half_then_rest);
        assert_done(&scene);
        assert_int_equal(scene.server.requests, 2);
        assert_asked_from(&scene, 2, CONTENT_BYTES / 2, table[i].if_range);
        end(&scene);
    }
}

/* --- cuts and errors --- */

/* Hangs up after each MiB and a bit. */
static void cut_again_and_again(struct request *request)
{
    size_t offset = server_file_head(request, sizeof content, ETAG);
    size_t len = CONTENT_BYTES - offset;
    server_send(request, content + offset, len < MIB + 9 ? len : MIB + 9);
    request->hang_up = true;
}

static void a_line_that_gets_forward_gets_there(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, cut_again_and_again);
    open_session(&scene, &(struct http_options){.attempts = 2});
    assert_done(&scene);
    assert_int_equal(scene.server.requests, 5);
    for (unsigned i = 1; i <= 5; i++)
        assert_asked_from(&scene, i, (i - 1) * (MIB + 9), i > 1 ? ETAG : NULL);
    assert_int_equal(scene.transfer.fetched_bytes, CONTENT_BYTES);
    end(&scene);
}

static void cut_at_once(struct request *request)
{
    size_t offset = server_file_head(request, sizeof content, ETAG);
    server_send(request, content + offset, 100);
    request->hang_up = true;
}

static void a_line_that_does_not_get_forward_ends(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, cut_at_once);
    assert_failed(&scene, ERR_UPSTREAM, "in 3 attempts");
    assert_int_equal(scene.server.requests, 3);
    assert_int_equal(incoming_bytes(scene.transfer.in), 300);
    assert_string_equal(incoming_validator(scene.transfer.in), ETAG);
    assert_non_null(strstr(scene.transfer.err.msg, scene.base));
    end(&scene);
}

/* Without ranges, two MiB each time: no progress, however many bytes come. */
static void cut_without_ranges(struct request *request)
{
    server_head(request, "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: %d\r\n", CONTENT_BYTES);
    server_send(request, content, 2 * MIB);
    request->hang_up = true;
}

static void the_same_bytes_again_are_no_progress(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, cut_without_ranges);
    assert_failed(&scene, ERR_UPSTREAM, "attempts");
    assert_int_equal(scene.server.requests, 3);
    end(&scene);
}

static void cut_without_length(struct request *request)
{
    if (request->number > 1) {
        right(request);
        return;
    }
    server_head(request, "HTTP/1.0 200 OK\r\nETag: \"v1\"\r\n");
    server_send(request, content, 5000);
    request->hang_up = true;
}

static void an_early_end_shows_where_the_size_is_known(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, cut_without_length);
    assert_done(&scene);
    assert_int_equal(scene.server.requests, 2);
    assert_asked_from(&scene, 2, 5000, ETAG);
    end(&scene);
}

static void stalls_in_the_middle(struct request *request)
{
    if (request->number > 1) {
        right(request);
        return;
    }
    server_file_head(request, sizeof content, ETAG);
    server_send(request, content, 2 * MIB);
    server_stall(request);
}

static void a_stalled_line_is_given_up_and_continued(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, stalls_in_the_middle);
    open_session(&scene, &(struct http_options){.connections = 1, .stall_seconds = 1});
    assert_done(&scene);
    assert_int_equal(scene.server.requests, 2);
    assert_asked_from(&scene, 2, 2 * MIB, ETAG);
    end(&scene);
}

/* 2 MiB and a bit at full speed, then 100 bytes a second: more than nothing, less than any line. */
static void drips_in_the_middle(struct request *request)
{
    if (request->number > 1) {
        right(request);
        return;
    }
    server_file_head(request, sizeof content, ETAG);
    server_send(request, content, 2 * MIB + 10000);
    for (size_t at = 2 * MIB + 10000; at < 2 * MIB + 12000; at += 10) {
        if (!server_send(request, content + at, 10))
            break;
        usleep(100 * 1000);
    }
    request->hang_up = true;
}

static void a_dripping_line_is_given_up_and_continued(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, drips_in_the_middle);
    open_session(&scene, &(struct http_options){.connections = 1, .stall_seconds = 1});
    assert_done(&scene);
    assert_int_equal(scene.server.requests, 2);
    /* What had come is kept, also the last incomplete block. */
    assert_in_range(request_offset(server_asked(&scene.server, 2)), 2 * MIB + 10000, 2 * MIB + 10600);
    end(&scene);
}

static void busy_first(struct request *request)
{
    if (request->number == 1)
        server_text(request, "503 Busy", "Retry-After: 1\r\n", "a page that is no file");
    else
        right(request);
}

static void a_busy_origin_is_asked_later(void **state)
{
    (void)state;
    struct scene scene;
    struct timespec before, after;
    begin(&scene, busy_first);
    leave(&scene, content, 1000, ETAG);
    clock_gettime(CLOCK_MONOTONIC, &before);
    assert_done(&scene);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_true(after.tv_sec - before.tv_sec >= 1 || after.tv_nsec > before.tv_nsec);
    assert_asked_from(&scene, 2, 1000, ETAG);
    end(&scene);
}

static void forbidden(struct request *request)
{
    server_text(request, "403 Forbidden", "", "a page about it");
}

static void a_refusal_is_final_and_keeps_the_part(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, forbidden);
    leave(&scene, content, 1000, ETAG);
    assert_failed(&scene, ERR_UPSTREAM, "status 403");
    assert_int_equal(scene.server.requests, 1);
    assert_int_equal(incoming_bytes(scene.transfer.in), 1000);
    end(&scene);
}

static void missing(struct request *request)
{
    server_text(request, "404 Not Found", "", "a page about it");
}

static void a_missing_file_is_absent(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, missing);
    assert_int_equal(run(&scene), TRANSFER_ABSENT);
    assert_int_equal(incoming_bytes(scene.transfer.in), 0);
    assert_int_equal(scene.server.requests, 1);
    end(&scene);
}

/* --- not what is expected --- */

static void wrong_content(struct request *request)
{
    server_file(request, other, sizeof other, ETAG);
}

static void wrong_content_once(struct request *request)
{
    if (request->number == 1)
        wrong_content(request);
    else
        right(request);
}

static void a_wrong_file_is_fetched_once_more_past_caches(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, wrong_content_once);
    assert_done(&scene);
    assert_int_equal(scene.server.requests, 2);
    assert_asked_from(&scene, 2, 0, NULL);
    assert_field(&scene.server, 2, "Cache-Control", "no-cache");
    assert_int_equal(scene.transfer.fetched_bytes, 2 * CONTENT_BYTES);
    end(&scene);
}

static void a_file_that_is_wrong_twice_is_not_genuine(void **state)
{
    (void)state;
    struct scene scene;
    char wanted[DIGEST_TEXT_SIZE], found[DIGEST_TEXT_SIZE];
    digest_format(&content_digest, wanted);
    digest_format(&other_digest, found);
    begin(&scene, wrong_content);
    assert_failed(&scene, ERR_NOT_GENUINE, wanted);
    assert_non_null(strstr(scene.transfer.err.msg, found));
    assert_non_null(strstr(scene.transfer.err.msg, "/pr/x"));
    assert_int_equal(scene.server.requests, 2);
    end(&scene);
}

static void a_part_with_another_files_head_is_fetched_whole(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, right);
    leave(&scene, other, MIB, ETAG);
    assert_done(&scene);
    assert_int_equal(scene.server.requests, 2);
    assert_asked_from(&scene, 2, 0, NULL);
    end(&scene);
}

static void announces_too_much(struct request *request)
{
    server_head(request, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n", CONTENT_BYTES + 1);
    server_stall(request);
}

static void announces_too_little(struct request *request)
{
    server_head(request, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n", CONTENT_BYTES - 1);
    server_stall(request);
}

static void a_length_that_differs_is_wrong_at_once(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, announces_too_much);
    assert_failed(&scene, ERR_NOT_GENUINE, "4194626 bytes where 4194625 are expected");
    assert_int_equal(scene.server.requests, 2);
    assert_int_equal(scene.transfer.fetched_bytes, 0);
    end(&scene);
    begin(&scene, announces_too_little);
    assert_failed(&scene, ERR_NOT_GENUINE, "4194624 bytes where 4194625 are expected");
    assert_non_null(strstr(scene.transfer.err.msg, "/pr/x"));
    end(&scene);
}

static void sends_for_ever(struct request *request)
{
    server_head(request, "HTTP/1.1 200 OK\r\nConnection: close\r\n");
    while (server_send(request, content, 64 * KIB))
        continue;
    request->hang_up = true;
}

static void bytes_beyond_the_size_are_wrong_at_once(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, sends_for_ever);
    assert_failed(&scene, ERR_NOT_GENUINE, "where 4194625 are expected");
    assert_int_equal(scene.server.requests, 2);
    assert_in_range(scene.transfer.fetched_bytes, 0, 2 * (CONTENT_BYTES + MIB));
    end(&scene);
}

static void bytes_beyond_the_limit_end_it(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, sends_for_ever);
    scene.transfer.expect_bytes = TRANSFER_SIZE_UNKNOWN;
    scene.transfer.expect = NULL;
    scene.transfer.limit_bytes = MIB;
    assert_failed(&scene, ERR_UPSTREAM, "more than 1048576 bytes");
    assert_int_equal(scene.server.requests, 1);
    assert_in_range(incoming_bytes(scene.transfer.in), 0, MIB);
    end(&scene);
    begin(&scene, announces_too_much);
    scene.transfer.expect_bytes = TRANSFER_SIZE_UNKNOWN;
    scene.transfer.limit_bytes = MIB;
    assert_failed(&scene, ERR_UPSTREAM, "more than 1048576 bytes");
    assert_int_equal(scene.server.requests, 1);
    end(&scene);
}

/* --- 416 --- */

static void a_part_that_was_complete_all_along(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, right);
    leave(&scene, content, sizeof content, ETAG);
    scene.transfer.expect_bytes = TRANSFER_SIZE_UNKNOWN;
    assert_done(&scene);
    assert_int_equal(scene.server.requests, 1);
    assert_asked_from(&scene, 1, CONTENT_BYTES, ETAG);
    assert_int_equal(scene.transfer.fetched_bytes, 0);
    end(&scene);
}

static void a_complete_part_without_digest_is_asked_about(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, right);
    leave(&scene, other, sizeof other, "\"v0\"");
    scene.transfer.expect = NULL;
    assert_done(&scene);
    assert_asked_from(&scene, 1, CONTENT_BYTES, "\"v0\"");
    assert_int_equal(scene.transfer.fetched_bytes, CONTENT_BYTES);
    end(&scene);
}

static void not_satisfiable(struct request *request)
{
    if (request_offset(request))
        server_text(request, "416 No", "", "");
    else
        right(request);
}

static void a_416_without_a_size_starts_afresh(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, not_satisfiable);
    leave(&scene, content, 1000, ETAG);
    assert_done(&scene);
    assert_int_equal(scene.server.requests, 2);
    assert_asked_from(&scene, 2, 0, NULL);
    end(&scene);
}

static void a_file_that_became_shorter_starts_afresh(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, right);
    leave(&scene, other, sizeof other, ETAG);
    assert_int_equal(incoming_bytes(scene.transfer.in), CONTENT_BYTES);
    scene.transfer.expect_bytes = TRANSFER_SIZE_UNKNOWN;
    assert_true(incoming_write(scene.transfer.in, "more", 4, &scene.err));
    assert_done(&scene);
    assert_int_equal(scene.server.requests, 2);
    end(&scene);
}

/* --- kill -9 --- */

static void waits_in_the_middle(struct request *request)
{
    if (request_offset(request)) {
        right(request);
        return;
    }
    server_file_head(request, sizeof content, ETAG);
    server_send(request, content, 3 * MIB);
    server_stall(request);
}

static void a_killed_run_has_lost_little(void **state)
{
    (void)state;
    struct scene scene;
    struct err err;
    begin(&scene, waits_in_the_middle);
    incoming_close(scene.transfer.in);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        open_session(&scene, &(struct http_options){.stall_seconds = 100});
        scene.transfer = transfer_of(&scene, "x", "x");
        run(&scene);
        _exit(0);
    }
    usleep(1000 * 1000);
    kill(child, SIGKILL);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_ok(incoming_open(scene.store, "x", &scene.transfer.in, &err));
    uint64_t kept = incoming_bytes(scene.transfer.in);
    assert_in_range(kept, 2 * MIB, 3 * MIB);
    if (run(&scene) != TRANSFER_DONE)
        fail_msg("%s", scene.transfer.err.msg);
    assert_holds(&scene.transfer, content, sizeof content);
    assert_int_equal(scene.transfer.fetched_bytes, CONTENT_BYTES - kept);
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_arrives_whole),
        cmocka_unit_test(a_complete_part_asks_nothing),
        cmocka_unit_test(a_wrong_part_of_the_right_size_is_fetched_again),
        cmocka_unit_test(a_part_that_is_too_long_is_fetched_again),
        cmocka_unit_test(nothing_need_be_known_beforehand),
        cmocka_unit_test(an_empty_file_is_whole),
        cmocka_unit_test(an_empty_answer_is_an_empty_file),
        cmocka_unit_test(a_part_is_continued),
        cmocka_unit_test(a_part_that_nobody_expects_is_continued_too),
        cmocka_unit_test(a_part_without_validator_is_continued_for_a_digest_only),
        cmocka_unit_test(a_part_of_another_file_without_validator_costs_a_fetch),
        cmocka_unit_test(a_changed_file_comes_whole),
        cmocka_unit_test(an_origin_without_ranges_sends_it_whole),
        cmocka_unit_test(the_rest_of_another_version_is_not_appended),
        cmocka_unit_test(a_range_that_was_not_asked_for_is_not_appended),
        cmocka_unit_test(a_range_of_a_file_of_another_size_is_wrong_at_once),
        cmocka_unit_test(a_range_may_be_shorter_than_asked),
        cmocka_unit_test(only_a_strong_validator_goes_into_if_range),
        cmocka_unit_test(a_line_that_gets_forward_gets_there),
        cmocka_unit_test(a_line_that_does_not_get_forward_ends),
        cmocka_unit_test(the_same_bytes_again_are_no_progress),
        cmocka_unit_test(an_early_end_shows_where_the_size_is_known),
        cmocka_unit_test(a_stalled_line_is_given_up_and_continued),
        cmocka_unit_test(a_dripping_line_is_given_up_and_continued),
        cmocka_unit_test(a_busy_origin_is_asked_later),
        cmocka_unit_test(a_refusal_is_final_and_keeps_the_part),
        cmocka_unit_test(a_missing_file_is_absent),
        cmocka_unit_test(a_wrong_file_is_fetched_once_more_past_caches),
        cmocka_unit_test(a_file_that_is_wrong_twice_is_not_genuine),
        cmocka_unit_test(a_part_with_another_files_head_is_fetched_whole),
        cmocka_unit_test(a_length_that_differs_is_wrong_at_once),
        cmocka_unit_test(bytes_beyond_the_size_are_wrong_at_once),
        cmocka_unit_test(bytes_beyond_the_limit_end_it),
        cmocka_unit_test(a_part_that_was_complete_all_along),
        cmocka_unit_test(a_complete_part_without_digest_is_asked_about),
        cmocka_unit_test(a_416_without_a_size_starts_afresh),
        cmocka_unit_test(a_file_that_became_shorter_starts_afresh),
        cmocka_unit_test(a_killed_run_has_lost_little),
    };
    return cmocka_run_group_tests(tests, make_contents, NULL);
}

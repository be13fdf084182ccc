/* Small files: what is asked, what is believed, what is asked again. */
#include "server.h"

#include "ringmgr/base/version.h"
#include "ringmgr/fetch/http.h"

#include <sys/wait.h>
#include <time.h>

enum { KIB = 1 << 10 };

static const struct log quiet = {.level = LOG_QUIET};

/* A server, a session with it, and the answer of its last get(). */
struct scene {
    struct server server;
    char base[100];
    struct http *http;
    struct http_answer answer;
    struct err err;
};

static void open_session(struct scene *scene, const struct http_options *more)
{
    struct http_options options = *more;
    options.base = options.base ? options.base : scene->base;
    options.log = &quiet;
    options.attempts = options.attempts ? options.attempts : 3;
    options.retry_ms = options.retry_ms ? options.retry_ms : 5;
    options.stall_seconds = options.stall_seconds ? options.stall_seconds : 5;
    http_free(scene->http);
    if (!http_new(&options, &scene->http, &scene->err))
        fail_msg("%s", scene->err.msg);
}

static void begin(struct scene *scene, void (*answer)(struct request *))
{
    memset(scene, 0, sizeof *scene);
    server_start(&scene->server, answer, scene);
    snprintf(scene->base, sizeof scene->base, "http://127.0.0.1:%u/pr", scene->server.port);
    open_session(scene, &(struct http_options){.connections = 2});
}

static bool get(struct scene *scene, const char *path)
{
    http_answer_clear(&scene->answer);
    return http_get(scene->http, path, NULL, 1 << 20, &scene->answer, &scene->err);
}

static void end(struct scene *scene)
{
    http_answer_clear(&scene->answer);
    http_free(scene->http);
    server_stop(&scene->server);
    server_clear(&scene->server);
}

static void assert_body(const struct scene *scene, const char *text)
{
    assert_int_equal(scene->answer.result, HTTP_FETCHED);
    assert_string_equal(buf_text(&scene->answer.body), text);
}

static void assert_got(struct scene *scene, const char *path, const char *text)
{
    if (!get(scene, path))
        fail_msg("%s", scene->err.msg);
    assert_body(scene, text);
}

static void assert_upstream(struct scene *scene, const char *path, const char *says)
{
    if (get(scene, path))
        fail_msg("%s was fetched", path);
    assert_int_equal(scene->err.code, ERR_UPSTREAM);
    if (!strstr(scene->err.msg, says))
        fail_msg("\"%s\" does not say \"%s\"", scene->err.msg, says);
    assert_int_equal(scene->answer.body.len, 0);
}

/* --- what is asked --- */

static void hello(struct request *request)
{
    server_text(request, "200 OK", "ETag: \"v1\"\r\nLast-Modified: Sat, 22 Aug 2026 18:00:05 GMT\r\n",
                "hello");
}

static void a_file_is_fetched_with_its_validators(void **state)
{
    (void)state;
    struct scene scene;
    char agent[100];
    begin(&scene, hello);
    assert_got(&scene, "x/v64.cab", "hello");
    assert_string_equal(scene.answer.validators.etag, "\"v1\"");
    assert_string_equal(scene.answer.validators.last_modified, "Sat, 22 Aug 2026 18:00:05 GMT");
    snprintf(agent, sizeof agent, "ringmgr/%s", version_text());
    assert_int_equal(scene.server.requests, 1);
    assert_string_equal(server_asked(&scene.server, 1)->target, "/pr/x/v64.cab");
    assert_field(&scene.server, 1, "User-Agent", agent);
    assert_field(&scene.server, 1, "Accept-Encoding", NULL);
    assert_field(&scene.server, 1, "If-None-Match", NULL);
    assert_field(&scene.server, 1, "If-Modified-Since", NULL);
    assert_field(&scene.server, 1, "Range", NULL);
    end(&scene);
}

static void a_path_is_percent_encoded(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, hello);
    assert_got(&scene, "a b/c%d?e#f\xc3\xa9~-._", "hello");
    assert_string_equal(server_asked(&scene.server, 1)->target, "/pr/a%20b/c%25d%3Fe%23f%C3%A9~-._");
    end(&scene);
}

static void a_path_that_leaves_the_origin_is_not_asked(void **state)
{
    (void)state;
    static const char *const paths[] = {"", "../x", "a/../b", "a/..", "./a", "a//b", "/a", "a/"};
    struct scene scene;
    begin(&scene, hello);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        assert_upstream(&scene, paths[i], "leaves the origin");
    assert_got(&scene, "..a/...", "hello");
    assert_int_equal(scene.server.requests, 1);
    end(&scene);
}

static void several_files_share_a_connection(void **state)
{
    (void)state;
    struct scene scene;
    uint64_t requests, bytes;
    begin(&scene, hello);
    for (int i = 0; i < 5; i++)
        assert_got(&scene, "x", "hello");
    assert_int_equal(scene.server.connections, 1);
    http_counters(scene.http, &requests, &bytes);
    assert_int_equal(requests, 5);
    assert_int_equal(bytes, 25);
    end(&scene);
}

static void a_slash_at_the_end_of_the_base_is_no_matter(void **state)
{
    (void)state;
    struct scene scene;
    char base[120];
    begin(&scene, hello);
    snprintf(base, sizeof base, "%s/", scene.base);
    open_session(&scene, &(struct http_options){.base = base});
    assert_got(&scene, "x", "hello");
    assert_string_equal(server_asked(&scene.server, 1)->target, "/pr/x");
    end(&scene);
}

static void a_base_that_cannot_be_fetched_from_is_usage(void **state)
{
    (void)state;
    static const char *const bases[] = {
        "",        "officecdn.microsoft.com/pr", "ftp://host/pr",    "scp://host/pr",
        "http://", "http://host/pr?x=1",         "http://host/pr#x", "http://name:secret@host/pr"};
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        struct err err = {0};
        struct http *http;
        struct http_options options = {.base = bases[i], .log = &quiet};
        if (http_new(&options, &http, &err))
            fail_msg("%s was taken", bases[i]);
        assert_int_equal(err.code, ERR_USAGE);
        assert_null(http);
        assert_null(strstr(err.msg, "secret"));
    }
}

/* --- conditions --- */

static void not_modified(struct request *request)
{
    char *etag AUTO_FREE = request_field(request, "If-None-Match");
    char *since AUTO_FREE = request_field(request, "If-Modified-Since");
    if (etag || since)
        server_head(request, "HTTP/1.1 304 Not Modified\r\n");
    else
        hello(request);
}

static void assert_not_modified(struct scene *scene, char *etag, char *date)
{
    struct err err = {0};
    struct http_validators have = {.etag = etag, .last_modified = date};
    http_answer_clear(&scene->answer);
    assert_ok(http_get(scene->http, "x", &have, 100, &scene->answer, &err));
    assert_int_equal(scene->answer.result, HTTP_NOT_MODIFIED);
    assert_int_equal(scene->answer.body.len, 0);
}

static void what_is_known_is_asked_for_conditionally(void **state)
{
    (void)state;
    char etag[] = "W/\"v1\"", date[] = "Sat, 22 Aug 2026 18:00:05 GMT";
    struct scene scene;
    begin(&scene, not_modified);
    assert_not_modified(&scene, etag, NULL);
    assert_not_modified(&scene, NULL, date);
    assert_not_modified(&scene, etag, date);
    assert_field(&scene.server, 1, "If-None-Match", etag);
    assert_field(&scene.server, 1, "If-Modified-Since", NULL);
    assert_field(&scene.server, 2, "If-None-Match", NULL);
    assert_field(&scene.server, 2, "If-Modified-Since", date);
    assert_field(&scene.server, 3, "If-None-Match", etag);
    end(&scene);
}

static void a_validator_cannot_smuggle_fields(void **state)
{
    (void)state;
    struct scene scene;
    char etag[] = "\"v1\"\r\nEvil: yes";
    struct http_validators have = {.etag = etag};
    begin(&scene, hello);
    assert_true(http_get(scene.http, "x", &have, 100, &scene.answer, &scene.err));
    assert_field(&scene.server, 1, "Evil", NULL);
    end(&scene);
}

static void always_not_modified(struct request *request)
{
    server_head(request, "HTTP/1.1 304 Not Modified\r\n");
}

static void an_unasked_304_is_an_error(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, always_not_modified);
    assert_upstream(&scene, "x", "status 304");
    end(&scene);
}

/* --- answers --- */

static void status_of_path(struct request *request)
{
    char *path AUTO_FREE = mem_strdup(strrchr(request->target, '/') + 1);
    char status[32];
    snprintf(status, sizeof status, "%s Status", path);
    /* a body behind 204 would be the beginning of the next answer (RFC 9112, 6.3) */
    server_text(request, status, "", strcmp(path, "204") == 0 ? "" : "a page about it");
}

static void a_missing_file_is_absent(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, status_of_path);
    assert_true(get(&scene, "404"));
    assert_int_equal(scene.answer.result, HTTP_ABSENT);
    assert_int_equal(scene.answer.body.len, 0);
    assert_true(get(&scene, "410"));
    assert_int_equal(scene.answer.result, HTTP_ABSENT);
    assert_int_equal(scene.server.requests, 2);
    end(&scene);
}

static void what_will_not_change_is_not_asked_again(void **state)
{
    (void)state;
    static const char *const statuses[] = {"400", "401", "403", "405", "206", "204", "305"};
    struct scene scene;
    begin(&scene, status_of_path);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        assert_upstream(&scene, statuses[i], statuses[i]);
    assert_int_equal(scene.server.requests, sizeof statuses / sizeof *statuses);
    assert_non_null(strstr(scene.err.msg, scene.base));
    end(&scene);
}

static void what_may_change_is_asked_so_often(void **state)
{
    (void)state;
    static const char *const statuses[] = {"408", "429", "500", "502", "503", "504"};
    struct scene scene;
    begin(&scene, status_of_path);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        assert_upstream(&scene, statuses[i], statuses[i]);
    assert_int_equal(scene.server.requests, 3 * (sizeof statuses / sizeof *statuses));
    end(&scene);
}

static double seconds_of_get(struct scene *scene)
{
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    assert_got(scene, "x", "hello");
    clock_gettime(CLOCK_MONOTONIC, &after);
    return (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
}

static void busy_for_a_second(struct request *request)
{
    if (request->number == 1)
        server_text(request, "503 Busy", "Retry-After: 1\r\n", "later");
    else
        hello(request);
}

static void busy_until_a_date(struct request *request)
{
    char date[64], fields[100];
    time_t then = time(NULL) + 2;
    struct tm tm;
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&then, &tm));
    snprintf(fields, sizeof fields, "Retry-After: %s\r\n", date);
    if (request->number == 1)
        server_text(request, "503 Busy", fields, "later");
    else
        hello(request);
}

static void retry_after_is_obeyed(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, busy_for_a_second);
    double seconds = seconds_of_get(&scene);
    assert_true(seconds >= 0.99 && seconds < 4);
    assert_int_equal(scene.server.requests, 2);
    end(&scene);
}

static void retry_after_may_be_a_date(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, busy_until_a_date);
    double seconds = seconds_of_get(&scene);
    assert_true(seconds >= 0.99 && seconds < 5);
    end(&scene);
}

static void truncated_twice(struct request *request)
{
    server_head(request, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n");
    server_send(request, "hello", request->number < 3 ? 2 : 5);
    request->hang_up = request->number < 3;
}

static void a_short_body_is_asked_again_from_nothing(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, truncated_twice);
    assert_got(&scene, "x", "hello");
    assert_int_equal(scene.server.requests, 3);
    assert_field(&scene.server, 3, "Range", NULL);
    end(&scene);
}

static void chunked_cut(struct request *request)
{
    server_head(request, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n");
    server_send(request, "5\r\nhello\r\n0\r\n\r\n", request->number == 1 ? 10 : 15);
    request->hang_up = request->number == 1;
}

static void chunks_that_end_early_are_a_short_body(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, chunked_cut);
    assert_got(&scene, "x", "hello");
    assert_int_equal(scene.server.requests, 2);
    end(&scene);
}

static void stalls_first(struct request *request)
{
    if (request->number > 2) {
        hello(request);
        return;
    }
    if (request->number == 2)
        server_head(request, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n");
    server_stall(request);
}

static void a_stalled_answer_is_given_up_and_asked_again(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, stalls_first);
    open_session(&scene, &(struct http_options){.stall_seconds = 1});
    double seconds = seconds_of_get(&scene);
    assert_true(seconds >= 1.5 && seconds < 9);
    assert_int_equal(scene.server.requests, 3);
    end(&scene);
}

/* Sends the text again and again, `ms` apart, for at most 20 seconds. */
static void drip(struct request *request, const char *text, unsigned ms)
{
    for (unsigned passed = 0; passed < 20000 && !request->server->ending; passed += ms) {
        if (!server_send(request, text, strlen(text)))
            break;
        usleep(ms * 1000);
    }
    request->hang_up = true;
}

static void drips_its_head_first(struct request *request)
{
    if (request->number > 1) {
        hello(request);
        return;
    }
    server_send(request, "HTTP/1.1 200 OK\r\n", 17);
    drip(request, "X-Slow: 1\r\n", 200);
}

static void drips_hints_first(struct request *request)
{
    if (request->number > 1)
        hello(request);
    else
        drip(request, "HTTP/1.1 103 Early Hints\r\n\r\n", 200);
}

static void drips_its_body_first(struct request *request)
{
    if (request->number > 1) {
        hello(request);
        return;
    }
    server_head(request, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n");
    drip(request, "ten bytes.", 100);
}

/* "hello" is whole at once, its trailer never is. */
static void drips_its_trailer_first(struct request *request)
{
    if (request->number > 1) {
        hello(request);
        return;
    }
    server_head(request, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n");
    server_send(request, "5\r\nhello\r\n0\r\n", 13);
    drip(request, "X-Slow: 1\r\n", 100);
}

static void an_origin_that_drips_is_given_up_and_asked_again(void **state)
{
    (void)state;
    static void (*const drips[])(struct request *) = {drips_its_head_first, drips_hints_first,
                                                      drips_its_body_first, drips_its_trailer_first};
    for (size_t i = 0; i < sizeof drips / sizeof *drips; i++) {
        struct scene scene;
        begin(&scene, drips[i]);
        open_session(&scene, &(struct http_options){.stall_seconds = 1});
        double seconds = seconds_of_get(&scene);
        assert_true(seconds >= 0.9 && seconds < 8);
        assert_int_equal(scene.server.requests, 2);
        end(&scene);
    }
}

static void always_drips(struct request *request)
{
    server_head(request, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n");
    drip(request, "ten bytes.", 100);
}

static void what_was_too_slow_is_said_with_its_address(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, always_drips);
    open_session(&scene, &(struct http_options){.stall_seconds = 1, .attempts = 1});
    assert_upstream(&scene, "x", "/pr/x: only ");
    assert_non_null(strstr(scene.err.msg, scene.base));
    assert_int_equal(scene.err.domain, ERR_DOMAIN_CURL);
    end(&scene);
}

static void slow_but_honest(struct request *request)
{
    char part[KIB + 1];
    memset(part, 'x', KIB);
    part[KIB] = 0;
    server_head(request, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n", KIB * 15);
    for (int i = 0; i < 15 && server_send(request, part, KIB); i++)
        usleep(200 * 1000);
}

static void a_slow_line_is_not_cut(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, slow_but_honest);
    open_session(&scene, &(struct http_options){.stall_seconds = 1});
    assert_true(get(&scene, "x"));
    assert_int_equal(scene.answer.body.len, KIB * 15);
    assert_int_equal(scene.server.requests, 1);
    end(&scene);
}

static void an_attempt_has_a_deadline(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, slow_but_honest);
    open_session(&scene, &(struct http_options){.get_seconds = 1, .attempts = 2});
    assert_upstream(&scene, "x", "/pr/x: not done within 1 seconds");
    assert_int_equal(scene.server.requests, 2);
    end(&scene);
}

static void an_origin_that_is_not_there_is_upstream(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, hello);
    server_stop(&scene.server);
    assert_upstream(&scene, "x", scene.base);
    assert_int_equal(scene.err.domain, ERR_DOMAIN_CURL);
    assert_int_not_equal(scene.err.sys, 0);
    http_free(scene.http);
    server_clear(&scene.server);
}

/* --- bounds --- */

static void more_than_a_mebibyte(struct request *request)
{
    server_head(request, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n", (1 << 20) + 1);
    server_stall(request);
}

static void a_length_beyond_the_limit_ends_at_once(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, more_than_a_mebibyte);
    assert_upstream(&scene, "x", "more than 1048576 bytes");
    assert_int_equal(scene.server.requests, 1);
    end(&scene);
}

static void without_an_end(struct request *request)
{
    static const char block[1024] = "";
    server_head(request, "HTTP/1.1 200 OK\r\nConnection: close\r\n");
    while (server_send(request, block, sizeof block))
        continue;
    request->hang_up = true;
}

static void a_body_beyond_the_limit_ends_it(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, without_an_end);
    assert_upstream(&scene, "x", "more than 1048576 bytes");
    assert_int_equal(scene.server.requests, 1);
    end(&scene);
}

static void exactly_five(struct request *request)
{
    server_text(request, "200 OK", "", "hello");
}

static void the_limit_itself_is_fine(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, exactly_five);
    assert_true(http_get(scene.http, "x", NULL, 5, &scene.answer, &scene.err));
    assert_body(&scene, "hello");
    http_answer_clear(&scene.answer);
    assert_false(http_get(scene.http, "x", NULL, 4, &scene.answer, &scene.err));
    end(&scene);
}

static void endless_error_page(struct request *request)
{
    static const char block[1024] = "";
    server_head(request, "HTTP/1.1 404 Not Found\r\nConnection: close\r\n");
    while (server_send(request, block, sizeof block))
        continue;
    request->hang_up = true;
}

static void an_endless_error_page_is_not_read(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, endless_error_page);
    assert_true(get(&scene, "x"));
    assert_int_equal(scene.answer.result, HTTP_ABSENT);
    end(&scene);
}

/* Fills a line of a thousand bytes. */
static void make_line(char line[1001])
{
    memset(line, 'x', 1000);
    memcpy(line, "X-Long: ", 8);
    memcpy(line + 998, "\r\n", 3);
}

/* Lines without an end; counts them in server->data. */
static void endless_lines(struct request *request, const char *before)
{
    char line[1001];
    unsigned *lines = request->server->data;
    make_line(line);
    server_send(request, before, strlen(before));
    for (*lines = 0; *lines < 20000 && server_send(request, line, strlen(line)); ++*lines)
        continue;
    request->hang_up = true;
}

static void endless_head(struct request *request)
{
    endless_lines(request, "HTTP/1.1 200 OK\r\n");
}

static void endless_trailer(struct request *request)
{
    endless_lines(request, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n");
}

static void endless_trailer_of_an_error(struct request *request)
{
    endless_lines(request, "HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
}

static void endless_hints(struct request *request)
{
    static const char hint[] = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    unsigned *hints = request->server->data;
    for (*hints = 0; *hints < 500000 && server_send(request, hint, strlen(hint)); ++*hints)
        continue;
    request->hang_up = true;
}

static void header_lines_without_an_end_are_refused(void **state)
{
    (void)state;
    static void (*const endless[])(struct request *) = {endless_trailer, endless_trailer_of_an_error,
                                                        endless_head, endless_hints};
    for (size_t i = 0; i < sizeof endless / sizeof *endless; i++) {
        struct scene scene;
        static unsigned lines;
        begin(&scene, endless[i]);
        scene.server.data = &lines;
        assert_upstream(&scene, "x", "/pr/x: more than 262144 bytes of header and trailer");
        assert_int_equal(scene.server.requests, 1);
        end(&scene);
        assert_true(lines < 500000);
    }
}

static void long_head_and_trailer(struct request *request)
{
    char line[1001];
    make_line(line);
    server_send(request, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", 45);
    for (int i = 0; i < 100; i++)
        server_send(request, line, strlen(line));
    server_send(request, "\r\n5\r\nhello\r\n0\r\n", 15);
    for (int i = 0; i < 100; i++)
        server_send(request, line, strlen(line));
    server_send(request, "\r\n", 2);
}

static void lines_are_counted_for_each_answer(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, long_head_and_trailer);
    assert_got(&scene, "x", "hello");
    assert_got(&scene, "x", "hello");
    end(&scene);
}

static void encoded(struct request *request)
{
    server_text(request, "200 OK", "Content-Encoding: gzip\r\n", "hello");
}

static void an_encoding_that_nobody_asked_for_is_refused(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, encoded);
    assert_upstream(&scene, "x", "gzip");
    end(&scene);
}

static void empty_fields(struct request *request)
{
    server_text(request, "200 OK", "ETag:\r\nLast-Modified: \r\nContent-Encoding:\r\n", "hello");
}

static void an_empty_field_says_nothing(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, empty_fields);
    assert_got(&scene, "x", "hello");
    assert_null(scene.answer.validators.etag);
    assert_null(scene.answer.validators.last_modified);
    end(&scene);
}

/* --- redirects --- */

/* /pr/N leads to /pr/N-1, /pr/0 is a file; other targets lead where scene->data says. */
static void countdown(struct request *request)
{
    char fields[200];
    unsigned long left = strtoul(strrchr(request->target, '/') + 1, NULL, 10);
    snprintf(fields, sizeof fields, "Location: /pr/%lu\r\n", left - 1);
    if (left == 0)
        hello(request);
    else
        server_text(request, left % 2 ? "302 Found" : "307 There", fields, "moved");
}

static void redirects_on_the_host_are_followed(void **state)
{
    (void)state;
    struct scene scene;
    uint64_t requests, bytes;
    begin(&scene, countdown);
    assert_got(&scene, "5", "hello");
    assert_int_equal(scene.server.requests, 6);
    http_counters(scene.http, &requests, &bytes);
    assert_int_equal(requests, 6);
    assert_int_equal(bytes, 5);
    end(&scene);
}

static void too_many_redirects_end(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, countdown);
    assert_upstream(&scene, "6", "more than 5 redirects");
    assert_int_equal(scene.server.requests, 6);
    end(&scene);
}

/* Where leads_elsewhere() leads: the port goes between the two. */
static struct {
    const char *field;
    const char *behind;
} elsewhere;

static void leads_elsewhere(struct request *request)
{
    char fields[300];
    snprintf(fields, sizeof fields, "%s%u%s\r\n", elsewhere.field, request->server->port, elsewhere.behind);
    if (strcmp(request->target, "/pr/x") == 0)
        server_text(request, "302 Found", fields, "");
    else
        hello(request);
}

static void assert_does_not_follow(const char *field, const char *behind, const char *says)
{
    struct scene scene;
    elsewhere.field = field;
    elsewhere.behind = behind;
    begin(&scene, leads_elsewhere);
    assert_upstream(&scene, "x", says);
    assert_int_equal(scene.server.requests, 1);
    end(&scene);
}

static void redirects_to_elsewhere_are_refused(void **state)
{
    (void)state;
    static const char says[] = "not the origin's host";
    assert_does_not_follow("Location: http://localhost:", "/pr/y", says);
    assert_does_not_follow("Location: //localhost:", "/pr/y", says);
    assert_does_not_follow("Location: http://name@localhost:", "/pr/y", says);
    assert_does_not_follow("Location: ftp://127.0.0.1:", "/pr/y", says);
    assert_does_not_follow("Location: gopher://127.0.0.1:", "/pr/y", says);
    assert_does_not_follow("Location: http://127.0.0.1:1/?", "", says);
    assert_does_not_follow("Location: http://127.0.0.1/?", "", says);
    assert_does_not_follow("Location: https://127.0.0.1:", "1/", says);
    assert_does_not_follow("X-Nothing: ", "", "Location");
}

static void redirects_to_files_are_refused(void **state)
{
    (void)state;
    static const char says[] = "not the origin's host";
    assert_does_not_follow("Location: file:///etc/hostname?", "", says);
    assert_does_not_follow("Location: file://127.0.0.1/etc/hostname?", "", says);
}

static void a_condition_goes_along_with_a_redirect(void **state)
{
    (void)state;
    struct scene scene;
    char etag[] = "\"v1\"";
    struct http_validators have = {.etag = etag};
    begin(&scene, leads_elsewhere);
    elsewhere.field = "Location: http://127.0.0.1:";
    elsewhere.behind = "/pr/y";
    assert_true(http_get(scene.http, "x", &have, 100, &scene.answer, &scene.err));
    assert_field(&scene.server, 2, "If-None-Match", "\"v1\"");
    end(&scene);
}

/* --- proxies --- */

static void a_proxy_is_used_if_given(void **state)
{
    (void)state;
    struct scene scene;
    char proxy[100];
    begin(&scene, hello);
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", scene.server.port);
    setenv("no_proxy", "*", 1);
    open_session(&scene, &(struct http_options){.base = "http://officecdn.example/pr", .proxy = proxy});
    assert_got(&scene, "x", "hello");
    assert_string_equal(server_asked(&scene.server, 1)->target, "http://officecdn.example/pr/x");
    unsetenv("no_proxy");
    end(&scene);
}

static void a_proxy_that_is_not_reached_is_named(void **state)
{
    (void)state;
    const struct http_options options = {
        .base = "http://officecdn.example/pr", .proxy = "http://127.0.0.1:1", .attempts = 1, .log = &quiet};
    struct http *http;
    struct http_answer answer;
    struct err err = {0};
    assert_true(http_new(&options, &http, &err));
    assert_false(http_get(http, "file", NULL, 100, &answer, &err));
    assert_int_equal(err.code, ERR_UPSTREAM);
    assert_non_null(strstr(err.msg, "/file: the proxy http://127.0.0.1:1 is not reached: "));
    http_free(http);
}

static void the_environments_proxy_is_not_used(void **state)
{
    (void)state;
    struct scene scene;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    begin(&scene, hello);
    assert_got(&scene, "x", "hello");
    assert_string_equal(server_asked(&scene.server, 1)->target, "/pr/x");
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    end(&scene);
}

/* --- file:// --- */

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void files_of_this_machine(void **state)
{
    (void)state;
    struct scene scene;
    char folder[] = "/tmp/ringmgr-http-XXXXXX", path[100], base[100];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a b%%", folder);
    snprintf(base, sizeof base, "file://%s", folder);
    write_file(path, "hello");
    begin(&scene, hello);
    open_session(&scene, &(struct http_options){.base = base});
    assert_got(&scene, "a b%", "hello");
    assert_true(get(&scene, "absent"));
    assert_int_equal(scene.answer.result, HTTP_ABSENT);
    assert_true(get(&scene, "absent/below"));
    assert_int_equal(scene.answer.result, HTTP_ABSENT);
    assert_true(get(&scene, "a b%/below"));
    assert_int_equal(scene.answer.result, HTTP_ABSENT);
    assert_upstream(&scene, "../etc/hostname", "leaves the origin");
    http_answer_clear(&scene.answer);
    assert_false(http_get(scene.http, "a b%", NULL, 4, &scene.answer, &scene.err));
    assert_non_null(strstr(scene.err.msg, "more than 4 bytes"));
    write_file(path, "");
    assert_got(&scene, "a b%", "");
    assert_int_equal(scene.server.requests, 0);
    unlink(path);
    assert_int_equal(mkdir(path, 0755), 0);
    assert_upstream(&scene, "a b%", "a%20b%25: Is a directory");
    rmdir(path);
    rmdir(folder);
    end(&scene);
}

static void a_file_that_may_not_be_read_is_not_absent(void **state)
{
    (void)state;
    char folder[] = "/tmp/ringmgr-http-XXXXXX", path[100], base[100];
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chmod(folder, 0755), 0);
    snprintf(path, sizeof path, "%s/file", folder);
    snprintf(base, sizeof base, "file://%s", folder);
    write_file(path, "hello");
    assert_int_equal(chmod(path, 0), 0);
    pid_t child = fork();
    if (child == 0) {
        struct err err = {0};
        struct http *http;
        struct http_answer answer;
        struct http_options options = {.base = base, .log = &quiet};
        if (geteuid() == 0 && setuid(65534) != 0)
            _exit(2);
        bool got = http_new(&options, &http, &err) && http_get(http, "file", NULL, 100, &answer, &err);
        _exit(!got && err.code == ERR_FAILED && strstr(err.msg, "file: Permission denied: the account") ? 0
                                                                                                        : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    unlink(path);
    rmdir(folder);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_fetched_with_its_validators),
        cmocka_unit_test(a_path_is_percent_encoded),
        cmocka_unit_test(a_path_that_leaves_the_origin_is_not_asked),
        cmocka_unit_test(several_files_share_a_connection),
        cmocka_unit_test(a_slash_at_the_end_of_the_base_is_no_matter),
        cmocka_unit_test(a_base_that_cannot_be_fetched_from_is_usage),
        cmocka_unit_test(what_is_known_is_asked_for_conditionally),
        cmocka_unit_test(a_validator_cannot_smuggle_fields),
        cmocka_unit_test(an_unasked_304_is_an_error),
        cmocka_unit_test(a_missing_file_is_absent),
        cmocka_unit_test(what_will_not_change_is_not_asked_again),
        cmocka_unit_test(what_may_change_is_asked_so_often),
        cmocka_unit_test(retry_after_is_obeyed),
        cmocka_unit_test(retry_after_may_be_a_date),
        cmocka_unit_test(a_short_body_is_asked_again_from_nothing),
        cmocka_unit_test(chunks_that_end_early_are_a_short_body),
        cmocka_unit_test(a_stalled_answer_is_given_up_and_asked_again),
        cmocka_unit_test(an_origin_that_drips_is_given_up_and_asked_again),
        cmocka_unit_test(what_was_too_slow_is_said_with_its_address),
        cmocka_unit_test(a_slow_line_is_not_cut),
        cmocka_unit_test(an_attempt_has_a_deadline),
        cmocka_unit_test(an_origin_that_is_not_there_is_upstream),
        cmocka_unit_test(a_length_beyond_the_limit_ends_at_once),
        cmocka_unit_test(a_body_beyond_the_limit_ends_it),
        cmocka_unit_test(the_limit_itself_is_fine),
        cmocka_unit_test(an_endless_error_page_is_not_read),
        cmocka_unit_test(header_lines_without_an_end_are_refused),
        cmocka_unit_test(lines_are_counted_for_each_answer),
        cmocka_unit_test(an_encoding_that_nobody_asked_for_is_refused),
        cmocka_unit_test(an_empty_field_says_nothing),
        cmocka_unit_test(redirects_on_the_host_are_followed),
        cmocka_unit_test(too_many_redirects_end),
        cmocka_unit_test(redirects_to_elsewhere_are_refused),
        cmocka_unit_test(redirects_to_files_are_refused),
        cmocka_unit_test(a_condition_goes_along_with_a_redirect),
        cmocka_unit_test(a_proxy_is_used_if_given),
        cmocka_unit_test(a_proxy_that_is_not_reached_is_named),
        cmocka_unit_test(the_environments_proxy_is_not_used),
        cmocka_unit_test(files_of_this_machine),
        cmocka_unit_test(a_file_that_may_not_be_read_is_not_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

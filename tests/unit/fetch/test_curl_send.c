/* Posts: what counts as delivered, what is worth another try, and that nobody hears of the address. */
#include "server.h"

#include "ringmgr/base/utf8.h"
#include "ringmgr/fetch/curl_send.h"

static const char BODY[] = "{\"schema\": 1}";
static const char SECRET_PATH[] = "/services/T0/B%20b0/Xy-z.9876?token=Qw3rtz";

static void answer_status(struct request *request)
{
    const char *status = request->server->data;
    server_text(request, status, "", "");
    request->hang_up = true;
}

static void answer_echo(struct request *request)
{
    AUTO_BUF text = {0};
    buf_printf(&text, "no %s here, nor B b0, nor xy-z.9876 \x1b[1m\n second line", request->target);
    server_text(request, "404 Gone", "", buf_text(&text));
    request->hang_up = true;
}

/* Bytes that are no text, control characters, part of the address, and more than is shown. */
static void answer_rubbish(struct request *request)
{
    AUTO_BUF text = {0};
    buf_puts(&text, "a\xff\x9b[31m b\xc2\x9b[32m c\xe2\x80\xae d: /services/T0/B... ");
    for (int i = 0; i < 100; i++)
        buf_puts(&text, "\xe2\x82\xac");
    server_text(request, "404 Gone", "", buf_text(&text));
    request->hang_up = true;
}

static void answer_flood(struct request *request)
{
    char block[4096];
    memset(block, 'x', sizeof block);
    server_head(request, "HTTP/1.1 200 OK\r\n");
    while (server_send(request, block, sizeof block))
        continue;
    request->hang_up = true;
}

static void answer_redirect(struct request *request)
{
    server_text(request, "307 There", "Location: /elsewhere\r\n", "");
    request->hang_up = true;
}

static void answer_never(struct request *request)
{
    while (!request->server->ending)
        usleep(20000);
    request->hang_up = true;
}

/* Posts to a server that answers so; *requests: how many it saw. */
static bool post_to(void (*answer)(struct request *), const char *status, struct send_answer *said,
                    unsigned *requests)
{
    struct server server;
    server_start(&server, answer, (void *)(uintptr_t)status);
    char *url AUTO_FREE = mem_printf("http://127.0.0.1:%u%s", server.port, SECRET_PATH);
    const struct send_options options = {.seconds = answer == answer_never ? 1 : 20};
    const struct send_post post = {.url = url, .body = BODY, .len = sizeof BODY - 1};
    bool delivered = send_post(&options, &post, said);
    server_stop(&server);
    *requests = server.requests;
    server_clear(&server);
    return delivered;
}

static void assert_no_secret(const char *text)
{
    static const char *const secrets[] = {"T0/B", "B%20b0", "B b0", "9876", "Qw3rtz", "/services"};
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        if (strcasestr(text, secrets[i]))
            fail_msg("\"%s\" stands in: %s", secrets[i], text);
    for (const char *at = text; *at; at++)
        assert_true((unsigned char)*at >= ' ');
}

static void the_status_decides(void **state)
{
    static const struct {
        const char *status;
        enum send_outcome outcome;
    } cases[] = {
        {"200 OK", SEND_DELIVERED},   {"202 Later", SEND_DELIVERED}, {"204 Nothing", SEND_DELIVERED},
        {"400 Bad", SEND_REFUSED},    {"401 Who", SEND_REFUSED},     {"404 Gone", SEND_REFUSED},
        {"410 Gone", SEND_REFUSED},   {"408 Slow", SEND_LATER},      {"425 Early", SEND_LATER},
        {"429 Too many", SEND_LATER}, {"500 Oops", SEND_LATER},      {"503 Busy", SEND_LATER},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct send_answer said;
        unsigned requests;
        bool delivered = post_to(answer_status, cases[i].status, &said, &requests);
        assert_int_equal(said.outcome, cases[i].outcome);
        assert_int_equal(delivered, cases[i].outcome == SEND_DELIVERED);
        assert_int_equal(said.status, atoi(cases[i].status));
        assert_int_equal(requests, 1);
    }
}

static void what_the_server_repeats_of_the_address_is_blotted_out(void **state)
{
    struct send_answer said;
    unsigned requests;
    (void)state;
    assert_false(post_to(answer_echo, NULL, &said, &requests));
    assert_no_secret(said.text);
    assert_non_null(strstr(said.text, "HTTP status 404: no *** here, nor ***, nor ***"));
}

static void what_is_told_is_text_that_does_nothing(void **state)
{
    struct send_answer said;
    unsigned requests;
    size_t len;
    (void)state;
    assert_false(post_to(answer_rubbish, NULL, &said, &requests));
    assert_no_secret(said.text);
    assert_non_null(strstr(said.text, "404: a??[31m b  [32m c    d: ***... \xe2\x82\xac"));
    for (const char *at = said.text; *at; at += len) {
        len = utf8_length(at);
        assert_true(len > 0);
        assert_false(utf8_is_control(at));
    }
}

static void a_flood_is_a_delivery_and_costs_little(void **state)
{
    struct send_answer said;
    unsigned requests;
    (void)state;
    assert_true(post_to(answer_flood, NULL, &said, &requests));
    assert_true(strlen(said.text) < 300);
}

static void no_redirect_is_followed(void **state)
{
    struct send_answer said;
    unsigned requests;
    (void)state;
    assert_false(post_to(answer_redirect, NULL, &said, &requests));
    assert_int_equal(said.outcome, SEND_REFUSED);
    assert_int_equal(requests, 1);
}

static void who_never_answers_is_given_up(void **state)
{
    struct send_answer said;
    unsigned requests;
    (void)state;
    assert_false(post_to(answer_never, NULL, &said, &requests));
    assert_int_equal(said.outcome, SEND_LATER);
    assert_no_secret(said.text);
}

static void where_nobody_is_it_is_tried_later(void **state)
{
    struct send_answer said;
    const struct send_options options = {.seconds = 5};
    const struct send_post post = {.url = "http://127.0.0.1:1/services/T0/9876", .body = BODY, .len = 1};
    (void)state;
    assert_false(send_post(&options, &post, &said));
    assert_int_equal(said.outcome, SEND_LATER);
    assert_no_secret(said.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_status_decides),
        cmocka_unit_test(what_the_server_repeats_of_the_address_is_blotted_out),
        cmocka_unit_test(what_is_told_is_text_that_does_nothing),
        cmocka_unit_test(a_flood_is_a_delivery_and_costs_little),
        cmocka_unit_test(no_redirect_is_followed),
        cmocka_unit_test(who_never_answers_is_given_up),
        cmocka_unit_test(where_nobody_is_it_is_tried_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The page's guard: whose requests are heard, and that no other site's page acts or reads here. */
#include "test.h"

#include "ringmgr/app/web_guard.h"

static const struct web_head own = {.local = true,
                                    .host = "rings.example.com",
                                    .origin = "https://rings.example.com",
                                    .fetch_site = "same-origin",
                                    .content_type = "application/json",
                                    .marker = "1"};

static bool is_for(const char *host, bool local, const char *named)
{
    AUTO_STRV hosts = {0};
    struct web_refusal refusal = {0};
    const struct web_head head = {.local = local, .host = host};
    if (named)
        strv_add(&hosts, named);
    bool good = web_guard_host(&head, &hosts, &refusal);
    assert_int_equal(refusal.status, good ? 0 : 421);
    return good;
}

static void over_tcp_only_own_names_count(void **state)
{
    static const char *const own_names[] = {"localhost",   "LocalHost:8365", "127.0.0.1",
                                            "127.9.8.7:1", "[::1]",          "[::1]:8365"};
    static const char *const others[] = {"",
                                         "evil.example",
                                         "localhost.evil.example",
                                         "evil.localhost",
                                         "127.0.0.1.evil.example",
                                         "127.0.0.1evil",
                                         "[::1",
                                         "[::1]x",
                                         "[::2]",
                                         "localhost:80:80",
                                         "localhost:x",
                                         "127.",
                                         "10.0.0.1",
                                         " localhost"};
    (void)state;
    for (size_t i = 0; i < sizeof own_names / sizeof *own_names; i++)
        assert_true(is_for(own_names[i], false, NULL));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (is_for(others[i], false, NULL))
            fail_msg("\"%s\" was taken", others[i]);
    assert_false(is_for(NULL, false, NULL));
}

static void configured_names_count_everywhere(void **state)
{
    (void)state;
    assert_true(is_for("Rings.Example.Com:443", false, "rings.example.com"));
    assert_false(is_for("rings.example.com.evil", false, "rings.example.com"));
    assert_true(is_for("anything", true, NULL));
    assert_true(is_for(NULL, true, NULL));
    assert_false(is_for("anything", true, "rings.example.com"));
    assert_false(is_for(NULL, true, "rings.example.com"));
    assert_true(is_for("localhost", true, "rings.example.com"));
}

static void a_doubled_header_is_refused(void **state)
{
    struct web_refusal refusal = {0};
    const struct web_head head = {.local = true, .host = "localhost", .doubled = true};
    (void)state;
    assert_false(web_guard_host(&head, &(struct strv){0}, &refusal));
    assert_int_equal(refusal.status, 400);
}

static void what_can_be_read_in_two_ways_is_refused(void **state)
{
    char name[300];
    struct web_refusal refusal = {0};
    struct web_head head = {.local = true, .host = "localhost", .framed_twice = true};
    (void)state;
    assert_false(web_guard_host(&head, &(struct strv){0}, &refusal));
    assert_int_equal(refusal.status, 400);
    memset(name, 'g', sizeof name);
    name[256] = 0;
    head = (struct web_head){.local = true, .host = "localhost", .named = name};
    assert_false(web_guard_host(&head, &(struct strv){0}, &refusal));
    assert_int_equal(refusal.status, 400);
    name[255] = 0;
    assert_true(web_guard_host(&head, &(struct strv){0}, &refusal));
}

static void the_page_itself_acts(void **state)
{
    struct web_refusal refusal = {0};
    struct web_head plain = {
        .local = true, .host = "x", .content_type = "Application/JSON ; charset=utf-8", .marker = "1"};
    (void)state;
    assert_true(web_guard_act(&own, &refusal));
    assert_true(web_guard_act(&plain, &refusal)); /* no browser: neither Origin nor Sec-Fetch-Site */
}

static void nobody_else_acts(void **state)
{
    static const struct {
        size_t field;
        const char *value;
        unsigned status;
    } wrong[] = {
        {offsetof(struct web_head, origin), "https://evil.example", 403},
        {offsetof(struct web_head, origin), "null", 403},
        {offsetof(struct web_head, origin), "", 403},
        {offsetof(struct web_head, origin), "https://rings.example.com.evil", 403},
        {offsetof(struct web_head, origin), "https://rings.example.com:444", 403},
        {offsetof(struct web_head, origin), "ftp://rings.example.com", 403},
        {offsetof(struct web_head, host), NULL, 403},
        {offsetof(struct web_head, fetch_site), "cross-site", 403},
        {offsetof(struct web_head, fetch_site), "same-site", 403},
        {offsetof(struct web_head, fetch_site), "none", 403},
        {offsetof(struct web_head, marker), NULL, 403},
        {offsetof(struct web_head, marker), "0", 403},
        {offsetof(struct web_head, content_type), NULL, 415},
        {offsetof(struct web_head, content_type), "text/plain", 415},
        {offsetof(struct web_head, content_type), "application/jsonx", 415},
        {offsetof(struct web_head, content_type), "text/plain; application/json", 415},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct web_head head = own;
        struct web_refusal refusal = {0};
        memcpy((char *)&head + wrong[i].field, &wrong[i].value, sizeof wrong[i].value);
        assert_false(web_guard_act(&head, &refusal));
        assert_int_equal(refusal.status, wrong[i].status);
    }
}

static void over_tcp_nobody_acts(void **state)
{
    struct web_head head = own;
    struct web_refusal refusal = {0};
    (void)state;
    head.local = false;
    assert_false(web_guard_act(&head, &refusal));
    assert_int_equal(refusal.status, 403);
    assert_int_equal(refusal.code, ERR_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_tcp_only_own_names_count),
        cmocka_unit_test(configured_names_count_everywhere),
        cmocka_unit_test(a_doubled_header_is_refused),
        cmocka_unit_test(what_can_be_read_in_two_ways_is_refused),
        cmocka_unit_test(the_page_itself_acts),
        cmocka_unit_test(nobody_else_acts),
        cmocka_unit_test(over_tcp_nobody_acts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

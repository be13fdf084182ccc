/* What the page can be asked for, and which command line each question becomes. */
#include "test.h"

#include "ringmgr/app/web_api.h"
#include "ringmgr/app/web_text.h"

static const int64_t NOW = INT64_C(1767225600); /* 2026-01-01 */

static unsigned ask(const char *method, const char *target, const char *accept, char words[512])
{
    static char name[] = "pilot";
    struct ring ring = {.name = name};
    const struct settings settings = {.ring = &ring, .rings = 1};
    AUTO(web_question_clear)
    struct web_question question = {0};
    struct web_refusal refusal = {0};
    const char *allow;
    bool good = web_api_find(method, target, accept, &settings, NOW, &question, &allow, &refusal);
    char *joined = strv_join(&question.words, " ");
    snprintf(words, 512, "%s", question.kind == WEB_READ ? joined : question.action ? question.action : "");
    free(joined);
    assert_int_equal(allow != NULL, refusal.status == 405);
    return good ? 200 : refusal.status;
}

static bool is_rare(const char *target)
{
    static char name[] = "pilot";
    struct ring ring = {.name = name};
    const struct settings settings = {.ring = &ring, .rings = 1};
    AUTO(web_question_clear)
    struct web_question question = {0};
    struct web_refusal refusal = {0};
    const char *allow;
    assert_true(web_api_find("GET", target, NULL, &settings, NOW, &question, &allow, &refusal));
    return question.rare;
}

/* Of what everybody asks there are as many questions as rings; of the rest as many as one likes. */
static void what_somebody_thinks_of_is_rare(void **state)
{
    static const char *const common[] = {"/api/status",        "/api/status?&",   "/api/history",
                                         "/api/explain/pilot", "/api/diff/pilot", "/metrics"};
    static const char *const rare[] = {"/api/history?actor=x", "/api/support?at=2026-12-24",
                                       "/api/explain/pilot/20326.20100", "/api/diff/pilot/20326.20100"};
    (void)state;
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        assert_false(is_rare(common[i]));
    for (size_t i = 0; i < sizeof rare / sizeof *rare; i++)
        assert_true(is_rare(rare[i]));
}

static void each_path_is_a_command(void **state)
{
    static const struct {
        const char *target, *words;
    } cases[] = {
        {"/api/status", "--json -- status"},
        {"/api/status?", "--json -- status"},
        {"/api/support?at=2026-12-24+18%3A00", "--json --at=2026-12-24 18:00 -- support"},
        {"/api/calendar", "--json -- calendar"},
        {"/api/pins", "--json -- pins"},
        {"/api/sites", "--json -- site status"},
        {"/api/history", "--json --since=2025-10-03 -- history"},
        {"/api/history?ring=pilot&since=2026-01-01", "--json --ring=pilot --since=2026-01-01 -- history"},
        {"/api/history?actor=--csv&since=1", "--json --actor=--csv --since=1 -- history"},
        {"/api/explain/pilot", "--json -- explain pilot"},
        {"/api/diff/pilot/20326.20100", "--json -- diff pilot 20326.20100"},
        {"/metrics", "-- metrics"},
        {"/api/me", "whoami"},
    };
    char words[512];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(ask("GET", cases[i].target, NULL, words), 200);
        assert_string_equal(words, cases[i].words);
        assert_int_equal(ask("HEAD", cases[i].target, NULL, words), 200);
        assert_int_equal(ask("POST", cases[i].target, NULL, words), 405);
    }
    assert_int_equal(ask("GET", "/metrics", "application/openmetrics-text; version=1.0.0", words), 200);
    assert_string_equal(words, "--openmetrics -- metrics");
    assert_int_equal(ask("POST", "/api/approve", NULL, words), 200);
    assert_string_equal(words, "approve");
    assert_int_equal(ask("GET", "/api/approve", NULL, words), 405);
    assert_int_equal(ask("get", "/api/status", NULL, words), 405);
    assert_int_equal(ask("GET", "/", NULL, words), 200);
}

static void nothing_else_gets_on_a_command_line(void **state)
{
    static const struct {
        const char *target;
        unsigned status;
    } cases[] = {
        {"", 404},
        {"x", 404},
        {"//", 404},
        {"/api", 404},
        {"/api/sync", 404},
        {"/api/status/", 404},
        {"/api/%73tatus", 404},
        {"/../index.html", 404},
        {"/api/explain/", 404},
        {"/api/explain/other", 404},
        {"/api/explain/--help", 404},
        {"/api/explain/pilot/", 404},
        {"/api/explain/pilot/--help", 404},
        {"/api/explain/pilot/16.0.1.1/x", 404},
        {"/api/explain/pilot?build=1", 400},
        {"/api/status?x", 400},
        {"/api/history?ring=other", 404},
        {"/api/history?since=", 400},
        {"/api/history?since=%0a", 400},
        {"/api/history?since=%00", 400},
        {"/api/history?since=%7f", 400},
        {"/api/history?since=%4", 400},
        {"/api/history?since=1&since=2", 400},
        {"/api/history?csv=1", 400},
        {"/api/history?verify=", 400},
        {"/api/me?account=x", 400},
    };
    char words[512];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(ask("GET", cases[i].target, NULL, words), cases[i].status);
}

static void what_reads_may_find_something(void **state)
{
    (void)state;
    assert_int_equal(web_api_status(WEB_READ, ERR_NEEDS_PERSON), 200);
    assert_int_equal(web_api_status(WEB_READ, ERR_REFUSED), 200);
    assert_int_equal(web_api_status(WEB_ACT, ERR_REFUSED), 409);
    assert_int_equal(web_api_status(WEB_ACT, ERR_NEEDS_PERSON), 409);
    assert_int_equal(web_api_status(WEB_ACT, ERR_USAGE), 400);
    assert_int_equal(web_api_status(WEB_ACT, ERR_LOCKED), 503);
    assert_int_equal(web_api_status(WEB_ACT, 137), 500);
}

static void the_time_alone_makes_no_other_answer(void **state)
{
    static const char first[] = "{\n  \"schema\": 1,\n  \"now\": \"2026-01-01T00:00:00Z\",\n  \"x\": 1\n}\n";
    static const char later[] = "{\n  \"schema\": 1,\n  \"now\": \"2026-01-01T00:00:09Z\",\n  \"x\": 1\n}\n";
    static const char other[] = "{\n  \"schema\": 1,\n  \"now\": \"2026-01-01T00:00:00Z\",\n  \"x\": 2\n}\n";
    char a[WEB_ETAG_SIZE], b[WEB_ETAG_SIZE], c[WEB_ETAG_SIZE], list[128];
    (void)state;
    web_text_etag(first, strlen(first), a);
    web_text_etag(later, strlen(later), b);
    web_text_etag(other, strlen(other), c);
    assert_string_equal(a, b);
    assert_string_not_equal(a, c);
    snprintf(list, sizeof list, "\"x\", %s", a + 2);
    assert_true(web_text_matches(a, b) && web_text_matches(list, a) && web_text_matches("*", a));
    assert_false(web_text_matches(a, c) || web_text_matches(NULL, a) || web_text_matches("", a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_path_is_a_command),
        cmocka_unit_test(what_somebody_thinks_of_is_rare),
        cmocka_unit_test(nothing_else_gets_on_a_command_line),
        cmocka_unit_test(what_reads_may_find_something),
        cmocka_unit_test(the_time_alone_makes_no_other_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

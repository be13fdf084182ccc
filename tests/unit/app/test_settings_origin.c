/* Keys of [origin] that say from where, how fast and when, and how they contradict themselves. */
#include "settings_outcome.h"

static void from_where_how_fast_and_when(void **state)
{
    struct outcome outcome =
        read_more("[origin]\nurl = http://a/pr\nmirrors = http://b/pr/, http://c\n  http://d:8080/x\n"
                  "rate_limit = 5M\nwindow = 20:00-06:00, Mon,Tue 12:00-13:00, Sat\n  Sun 08:00-10:00\n"
                  "proxy = http://p:3128\nproxy_credentials = /etc/ringmgr/proxy\n");
    const struct origin *origin = &outcome.settings.origin;
    (void)state;
    assert_good(&outcome);
    assert_int_equal(origin->mirrors.len, 3);
    assert_string_equal(origin->mirrors.item[0], "http://b/pr");
    assert_string_equal(origin->mirrors.item[1], "http://c");
    assert_string_equal(origin->mirrors.item[2], "http://d:8080/x");
    assert_int_equal(origin->rate_limit, 5 << 20);
    assert_int_equal(origin->window.len, 4);
    assert_int_equal(origin->window.item[0].weekdays, 127);
    assert_int_equal(origin->window.item[0].from_minute, 20 * 60);
    assert_int_equal(origin->window.item[0].to_minute, 6 * 60);
    assert_int_equal(origin->window.item[1].weekdays, 3);
    assert_int_equal(origin->window.item[1].to_minute, 13 * 60);
    assert_int_equal(origin->window.item[2].weekdays, 32);
    assert_int_equal(origin->window.item[3].weekdays, 64);
    assert_string_equal(origin->proxy_credentials, "/etc/ringmgr/proxy");
    clear(&outcome);
}

static void empty_values_are_the_defaults(void **state)
{
    struct outcome outcome = read_more("[origin]\nmirrors =\nrate_limit =\nwindow =\nproxy_credentials =\n");
    const struct origin *origin = &outcome.settings.origin;
    (void)state;
    assert_good(&outcome);
    assert_int_equal(origin->mirrors.len, 0);
    assert_int_equal(origin->rate_limit, 0);
    assert_int_equal(origin->window.len, 0);
    assert_string_equal(origin->proxy_credentials, "");
    clear(&outcome);
}

static void a_mirror_of_each_scheme_is_taken_beside_its_own(void **state)
{
    static const char *const good[] = {"url = https://a/pr\nmirrors = https://b/pr\n",
                                       "url = file:///srv/a\nmirrors = file:///srv/b\n",
                                       "url = http://a/pr\nmirrors = http://a/other, http://a:8080/pr\n"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        AUTO_BUF text = {0};
        buf_printf(&text, "[origin]\n%s", good[i]);
        struct outcome outcome = read_more(buf_text(&text));
        assert_good(&outcome);
        clear(&outcome);
    }
}

static const struct {
    const char *more;
    unsigned line; /* behind [origin] */
    const char *code, *part;
} cases[] = {
    {"mirrors = b/pr\n", 1, "bad-url", "mirrors"},
    {"mirrors = http://u:p@b/pr\n", 1, "bad-url", "@"},
    {"mirrors = http://b/pr?x\n", 1, "bad-url", "?"},
    {"mirrors = ftp://b/pr\n", 1, "bad-url", "ftp"},
    {"mirrors = http://b/pr,\n  http://b/pr/\n", 2, "duplicate-item", "http://b/pr"},
    {"mirrors = http://a http://b http://c http://d http://e http://f http://g http://h\n"
     "  http://i http://j http://k http://l http://m http://n http://o http://p http://q\n",
     2, "too-many", "16"},
    {"mirrors = http://officecdn.microsoft.com/pr\n", 1, "mirror-is-origin", "url itself"},
    {"mirrors = http://b/pr, https://c/pr\n", 1, "mirror-scheme", "https://c/pr"},
    {"mirrors = file:///srv/office\n", 1, "mirror-scheme", "file:///srv/office"},
    {"rate_limit = fast\n", 1, "bad-bytes", "fast"},
    {"rate_limit = 1.5M\n", 1, "bad-bytes", "1.5M"},
    {"rate_limit = -1\n", 1, "bad-bytes", "-1"},
    {"rate_limit = 1\n", 1, "bad-rate", "64K"},
    {"rate_limit = 63K\n", 1, "bad-rate", "64K"},
    {"rate_limit = 1M 2M\n", 1, "bad-bytes", "1M 2M"},
    {"window = at night\n", 1, "bad-window", "at night"},
    {"window = 20:00-06:00, 8-9\n", 1, "bad-window", "8-9"},
    {"window = 20:00-20:10\n", 1, "window-short", "15 minutes"},
    {"window = 20:00-06:00\n  23:55-00:05\n", 1, "window-short", "15 minutes"},
    {"window = Sun 20:00-20:15\nrate_limit = 64K\n", 2, "rate-too-low", "65536"},
    {"proxy_credentials = proxy.txt\nproxy = http://p:1\n", 1, "bad-path", "proxy.txt"},
    {"proxy_credentials = /etc/ringmgr/proxy\n", 1, "credentials-idle", "no proxy"},
};

static void each_contradiction_has_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_BUF text = {0};
        buf_printf(&text, "[origin]\n%s", cases[i].more);
        struct outcome outcome = read_more(buf_text(&text));
        assert_only_problem(&outcome, BASE_LINES + 1 + cases[i].line, cases[i].code, cases[i].part);
    }
}

/* 64 KiB a second for an hour each night is a build in 16 nights; without a window any rate will do. */
static void low_rates_that_bring_a_build_are_taken(void **state)
{
    struct outcome outcome = read_more("[origin]\nrate_limit = 64K\nwindow = 03:00-04:00\n");
    (void)state;
    assert_good(&outcome);
    assert_int_equal(outcome.settings.origin.rate_limit, 64 << 10);
    clear(&outcome);
    outcome = read_more("[origin]\nrate_limit = 64K\n");
    assert_good(&outcome);
    clear(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_where_how_fast_and_when),
        cmocka_unit_test(empty_values_are_the_defaults),
        cmocka_unit_test(a_mirror_of_each_scheme_is_taken_beside_its_own),
        cmocka_unit_test(each_contradiction_has_its_line),
        cmocka_unit_test(low_rates_that_bring_a_build_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

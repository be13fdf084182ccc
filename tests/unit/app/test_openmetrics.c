/* The text that Prometheus reads: both forms, as https://prometheus.io/docs/instrumenting/exposition_formats/
 * and the specification of OpenMetrics 1.0 have them. */
#include "test.h"

#include "ringmgr/app/openmetrics.h"
#include "ringmgr/base/mem.h"

static const struct metric gauge = {"x_age_seconds", METRIC_GAUGE, "seconds", "How old x is."};
static const struct metric counter = {"x_read_bytes", METRIC_COUNTER, "bytes", "Bytes of x."};
static const struct metric info = {"x", METRIC_INFO, NULL, "What x is."};

/* What one metric with one sample is. The caller frees it. */
static char *written(bool openmetrics, const struct metric *metric, const struct metric_label *labels,
                     double value)
{
    struct metrics_text out = {.openmetrics = openmetrics};
    metric_begin(&out, metric);
    metric_put(&out, metric, labels, value);
    metrics_end(&out);
    char *text = mem_strdup(buf_text(&out.text));
    buf_clear(&out.text);
    return text;
}

static void assert_written(bool openmetrics, const struct metric *metric, const struct metric_label *labels,
                           double value, const char *text)
{
    char *found AUTO_FREE = written(openmetrics, metric, labels, value);
    assert_string_equal(found, text);
}

static void a_gauge_has_its_unit_in_openmetrics_only(void **state)
{
    (void)state;
    assert_written(false, &gauge, NULL, 12,
                   "# HELP x_age_seconds How old x is.\n# TYPE x_age_seconds gauge\nx_age_seconds 12\n");
    assert_written(true, &gauge, NULL, 12,
                   "# HELP x_age_seconds How old x is.\n# TYPE x_age_seconds gauge\n"
                   "# UNIT x_age_seconds seconds\nx_age_seconds 12\n# EOF\n");
}

static void the_family_of_a_counter_has_no_total_in_openmetrics(void **state)
{
    (void)state;
    assert_written(false, &counter, NULL, 7,
                   "# HELP x_read_bytes_total Bytes of x.\n# TYPE x_read_bytes_total counter\n"
                   "x_read_bytes_total 7\n");
    assert_written(true, &counter, NULL, 7,
                   "# HELP x_read_bytes Bytes of x.\n# TYPE x_read_bytes counter\n"
                   "# UNIT x_read_bytes bytes\nx_read_bytes_total 7\n# EOF\n");
}

static void an_info_is_a_gauge_in_the_older_form(void **state)
{
    const struct metric_label labels[] = {{"ring", "pilot"}, {"build", NULL}, {NULL, NULL}};
    (void)state;
    assert_written(false, &info, labels, 1,
                   "# HELP x_info What x is.\n# TYPE x_info gauge\nx_info{ring=\"pilot\",build=\"\"} 1\n");
    assert_written(true, &info, labels, 1,
                   "# HELP x What x is.\n# TYPE x info\nx_info{ring=\"pilot\",build=\"\"} 1\n# EOF\n");
}

static void quotes_backslashes_and_newlines_are_escaped_and_nothing_else(void **state)
{
    const struct metric_label labels[] = {{"a", "\"\\\n"}, {"b", "{,}=\t\xc3\xa4"}, {NULL, NULL}};
    (void)state;
    assert_written(false, &gauge, labels, 0,
                   "# HELP x_age_seconds How old x is.\n# TYPE x_age_seconds gauge\n"
                   "x_age_seconds{a=\"\\\"\\\\\\n\",b=\"{,}=\t\xc3\xa4\"} 0\n");
}

static void no_labels_have_no_braces(void **state)
{
    const struct metric_label none[] = {{NULL, NULL}};
    (void)state;
    assert_written(false, &gauge, none, 1,
                   "# HELP x_age_seconds How old x is.\n# TYPE x_age_seconds gauge\nx_age_seconds 1\n");
}

static void numbers_are_exact(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {-1, "-1"},   {1795417226, "1795417226"},         {9007199254740991.0, "9007199254740991"},
        {0.5, "0.5"}, {1e300, "1.0000000000000001e+300"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *found AUTO_FREE = written(false, &gauge, NULL, cases[i].value);
        char *wanted AUTO_FREE = mem_printf("\nx_age_seconds %s\n", cases[i].text);
        assert_non_null(strstr(found, wanted));
    }
}

static void many_samples_stand_under_one_head(void **state)
{
    const struct metric_label one[] = {{"ring", "a"}, {NULL, NULL}}, two[] = {{"ring", "b"}, {NULL, NULL}};
    struct metrics_text out = {.openmetrics = true};
    (void)state;
    metric_begin(&out, &gauge);
    metric_put(&out, &gauge, one, 1);
    metric_put(&out, &gauge, two, 2);
    assert_string_equal(strchr(buf_text(&out.text), 'U') - 2,
                        "# UNIT x_age_seconds seconds\nx_age_seconds{ring=\"a\"} 1\n"
                        "x_age_seconds{ring=\"b\"} 2\n");
    buf_clear(&out.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gauge_has_its_unit_in_openmetrics_only),
        cmocka_unit_test(the_family_of_a_counter_has_no_total_in_openmetrics),
        cmocka_unit_test(an_info_is_a_gauge_in_the_older_form),
        cmocka_unit_test(quotes_backslashes_and_newlines_are_escaped_and_nothing_else),
        cmocka_unit_test(no_labels_have_no_braces),
        cmocka_unit_test(numbers_are_exact),
        cmocka_unit_test(many_samples_stand_under_one_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

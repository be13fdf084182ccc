#include "test.h"

#include "ringmgr/base/template.h"

static const struct template_value values[] = {
    {"title", "It's \"live\" {{text}}"}, {"text", "two\nlines \\ and a \x01"}, {"none", NULL}, {NULL, NULL}};

static bool render(const char *text, enum template_kind kind, struct buf *out, struct err *err)
{
    return template_render(text, strlen(text), kind, values, out, err);
}

static void placeholders_are_replaced(void **state)
{
    struct err err = {0};
    AUTO_BUF out = {0};
    (void)state;
    assert_ok(render("<{{title}}> {{ none }}{ {x}} {{\ttext }}", TEMPLATE_TEXT, &out, &err));
    assert_string_equal(buf_text(&out), "<It's \"live\" {{text}}> { {x}} two\nlines \\ and a \x01");
}

static void in_json_values_cannot_leave_their_string(void **state)
{
    struct err err = {0};
    AUTO_BUF out = {0};
    (void)state;
    assert_ok(render("{\"a\": \"{{title}}\", \"b\": \"{{text}}\"}", TEMPLATE_JSON, &out, &err));
    assert_non_null(strstr(buf_text(&out), "\"It's \\\"live\\\" {{text}}\""));
    assert_non_null(strstr(buf_text(&out), "\"two\\nlines \\\\ and a \\u0001\""));
}

static void sections_without_a_value_leave_nothing(void **state)
{
    static const struct {
        const char *text, *made;
    } cases[] = {
        {"a{{#none}} b{{/none}} c", "a c"},
        {"a{{#title}} b{{none}}{{/title}} c", "a b c"},
        {"a\n{{#none}}\nb {{title}}\n  {{/none}}\nc", "a\nc"},
        {"a\n  {{#title}}\r\nb\n{{/title}}\nc", "a\nb\nc"},
        {"{{#title}}{{#none}}x{{/none}}y{{/title}}{{#none}}{{#title}}z{{/title}}{{/none}}", "y"},
        {"{{#none}}", NULL},
        {"{{/none}}", NULL},
        {"{{#none}}{{#title}}{{/none}}{{/title}}", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        AUTO_BUF out = {0};
        bool good = render(cases[i].text, TEMPLATE_TEXT, &out, &err);
        assert_int_equal(good, cases[i].made != NULL);
        assert_string_equal(buf_text(&out), good ? cases[i].made : "");
    }
}

static void slack_takes_no_value_for_a_mention(void **state)
{
    static const struct template_value evil[] = {{"title", "<!channel> & \"<http://x|y>\""}, {NULL, NULL}};
    static const char text[] = "{\"a\": \"{{title | slack}}\"}";
    struct err err = {0};
    AUTO_BUF out = {0};
    (void)state;
    assert_ok(template_render(text, strlen(text), TEMPLATE_JSON, evil, &out, &err));
    assert_string_equal(buf_text(&out), "{\"a\": \"&lt;!channel&gt; &amp; \\\"&lt;http://x|y&gt;\\\"\"}");
}

static void mistakes_are_named_by_line(void **state)
{
    static const struct {
        const char *text, *part;
        enum template_kind kind;
    } cases[] = {
        {"a\nb {{titel}}", "line 2: {{titel}} is no placeholder (there are: title, text, none)",
         TEMPLATE_TEXT},
        {"a\n\n{{title", "line 3: {{ without }}", TEMPLATE_TEXT},
        {"{{title\n}}", "line 1: {{ without }}", TEMPLATE_TEXT},
        {"{{}}", "line 1: {{}} is no placeholder", TEMPLATE_TEXT},
        {"{\n\"a\": {{title}}\n}", "line 2: not JSON", TEMPLATE_JSON},
        {"", "not JSON", TEMPLATE_JSON},
        {"\n{{title | html}}", "line 2: {{title | html}}: \"html\" is no way to write it (there is: slack)",
         TEMPLATE_TEXT},
        {"\n{{#titel}}", "line 2: {{#titel}} is no placeholder", TEMPLATE_TEXT},
        {"{{#none}}\n\n{{/none}}\n{{x}}", "line 4: {{x}}", TEMPLATE_TEXT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        AUTO_BUF out = {0};
        assert_fails(render(cases[i].text, cases[i].kind, &out, &err), ERR_USAGE);
        assert_int_equal(out.len, 0);
        if (!strstr(err.msg, cases[i].part))
            fail_msg("%s: %s", cases[i].text, err.msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(placeholders_are_replaced),
        cmocka_unit_test(in_json_values_cannot_leave_their_string),
        cmocka_unit_test(sections_without_a_value_leave_nothing),
        cmocka_unit_test(slack_takes_no_value_for_a_mention),
        cmocka_unit_test(mistakes_are_named_by_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

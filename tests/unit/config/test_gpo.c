#include "test.h"

#include "config/gpo.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/xml.h"
#include <fcntl.h>
#include <iconv.h>

static const struct build older = {{16, 0, 20228, 20134}};
static const int64_t deadline = 1788026405; /* 2026-08-29T18:00:05Z */

static const struct policy_value *find(const struct policy *policy, enum gpo_setting which)
{
    for (size_t i = 0; i < policy->len; i++)
        if (policy->item[i].setting == gpo_setting(which))
            return &policy->item[i];
    return NULL;
}

/* The same where it must be there. */
static const struct policy_value *get(const struct policy *policy, enum gpo_setting which)
{
    const struct policy_value *value = find(policy, which);
    if (!value)
        abort();
    return value;
}

static void assert_text(const struct policy *policy, enum gpo_setting which, const char *expected)
{
    const struct policy_value *value = get(policy, which);
    assert_false(value->remove);
    assert_int_equal(value->setting->type, POLICY_SZ);
    assert_string_equal(value->text, expected);
}

static void a_pin_holds_the_machine(void **state)
{
    struct err err = {0};
    AUTO_POLICY policy = {0};
    struct gpo_pin pin = {.target = older, .unc = "\\\\files\\pilot", .deadline_unix = deadline};
    (void)state;
    assert_ok(gpo_pin(&pin, &policy, &err));
    assert_int_equal(policy.len, 4);
    assert_int_equal(get(&policy, GPO_ENABLE_UPDATES)->number, 1);
    assert_int_equal(get(&policy, GPO_ENABLE_UPDATES)->setting->type, POLICY_DWORD);
    assert_text(&policy, GPO_UPDATE_PATH, "\\\\files\\pilot");
    assert_text(&policy, GPO_TARGET_VERSION, "16.0.20228.20134");
    assert_text(&policy, GPO_DEADLINE, "08/29/2026 18:00");
    assert_null(find(&policy, GPO_OFFICE_MGMT_COM)); /* a roll-back leaves it as it is */
}

static void without_unc_or_deadline_these_are_left_alone(void **state)
{
    static const char *const none[] = {NULL, ""};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct err err = {0};
        AUTO_POLICY policy = {0};
        struct gpo_pin pin = {.target = older, .unc = none[i]};
        assert_ok(gpo_pin(&pin, &policy, &err));
        assert_int_equal(policy.len, 2);
        assert_null(find(&policy, GPO_UPDATE_PATH));
        assert_null(find(&policy, GPO_DEADLINE));
    }
}

static void an_unpin_removes_what_the_pin_set_and_no_more(void **state)
{
    AUTO_POLICY policy = {0};
    (void)state;
    gpo_unpin(&policy);
    assert_int_equal(policy.len, 2);
    assert_true(get(&policy, GPO_TARGET_VERSION)->remove);
    assert_true(get(&policy, GPO_DEADLINE)->remove);
}

static void a_pin_that_cannot_be_is_refused(void **state)
{
    struct err err = {0};
    AUTO_POLICY policy = {0};
    struct gpo_pin none = {.unc = "\\\\files\\pilot"};
    struct gpo_pin late = {.target = older, .deadline_unix = 253402300800};
    (void)state;
    gpo_unpin(&policy);
    assert_fails(gpo_pin(&none, &policy, &err), ERR_USAGE);
    assert_fails(gpo_pin(&late, &policy, &err), ERR_USAGE);
    assert_int_equal(policy.len, 2);
}

static void assert_number(const struct policy *policy, enum gpo_setting which, uint32_t expected)
{
    const struct policy_value *value = get(policy, which);
    assert_false(value->remove);
    assert_int_equal(value->setting->type, POLICY_DWORD);
    assert_int_equal(value->number, expected);
}

static void a_ring_is_told_for_good_and_never_to_use_the_cdn(void **state)
{
    struct err err = {0};
    AUTO_POLICY policy = {0};
    struct gpo_ring ring = {.share = "\\\\files\\pilot", .notifications = true};
    (void)state;
    assert_ok(gpo_ring(&ring, &policy, &err));
    assert_int_equal(policy.len, 7);
    assert_number(&policy, GPO_ENABLE_UPDATES, 1);
    assert_text(&policy, GPO_UPDATE_PATH, "\\\\files\\pilot");
    assert_number(&policy, GPO_OFFICE_MGMT_COM, 0); /* else the path has no effect */
    assert_number(&policy, GPO_HIDE_SWITCH, 0);
    assert_number(&policy, GPO_HIDE_NOTIFICATIONS, 0);
    assert_number(&policy, GPO_ONLINE_REPAIR, 1);
    assert_number(&policy, GPO_FALLBACK_TO_CDN, 0);
}

static void a_ring_may_hide_things_and_have_a_target_and_a_deadline(void **state)
{
    struct err err = {0};
    AUTO_POLICY policy = {0};
    AUTO_POLICY days = {0};
    struct gpo_ring ring = {.share = "x", .hide_switch = true, .deadline_unix = deadline, .target = older};
    (void)state;
    assert_ok(gpo_ring(&ring, &policy, &err));
    assert_number(&policy, GPO_HIDE_SWITCH, 1);
    assert_number(&policy, GPO_HIDE_NOTIFICATIONS, 1);
    assert_text(&policy, GPO_TARGET_VERSION, "16.0.20228.20134");
    assert_text(&policy, GPO_DEADLINE, "08/29/2026 18:00");
    ring = (struct gpo_ring){.share = "x", .deadline_days = 14, .clear_target = true};
    assert_ok(gpo_ring(&ring, &days, &err));
    assert_text(&days, GPO_DEADLINE, "14");
    assert_true(get(&days, GPO_TARGET_VERSION)->remove);
}

static void a_ring_that_cannot_be_is_refused(void **state)
{
    static const struct gpo_ring rings[] = {
        {.share = NULL},
        {.share = ""},
        {.share = "x", .deadline_unix = 1, .deadline_days = 1},
        {.share = "x", .deadline_unix = 253402300800},
        {.share = "x", .target = {{16, 0, 20228, 20134}}, .clear_target = true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rings / sizeof *rings; i++) {
        struct err err = {0};
        AUTO_POLICY policy = {0};
        assert_fails(gpo_ring(&rings[i], &policy, &err), ERR_USAGE);
        assert_int_equal(policy.len, 0);
    }
}

static void deadlines_are_utc_and_padded(void **state)
{
    static const struct {
        int64_t unix_seconds;
        const char *text;
    } cases[] = {
        {0, "01/01/1970 00:00"},          {1709164799, "02/28/2024 23:59"},
        {1709164800, "02/29/2024 00:00"}, {1798761599, "12/31/2026 23:59"},
        {1767359100, "01/02/2026 13:05"}, {253402300799, "12/31/9999 23:59"},
    };
    char text[GPO_DEADLINE_SIZE];
    struct err err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t back = 0;
        assert_ok(gpo_format_deadline(cases[i].unix_seconds, text, &err));
        assert_string_equal(text, cases[i].text);
        assert_true(clock_parse_us(text, &back));
        assert_int_equal(back, cases[i].unix_seconds / 60 * 60);
    }
    assert_fails(gpo_format_deadline(-1, text, &err), ERR_USAGE);
    assert_string_equal(text, "");
    assert_fails(gpo_format_deadline(INT64_MAX, text, &err), ERR_USAGE);
}

/* office16.admx as UTF-8. */
static void read_admx(struct buf *out)
{
    AUTO_BUF raw = {0};
    test_read_real("admx/office16.admx", &raw);
    iconv_t convert = iconv_open("UTF-8", "UTF-16");
    size_t room = raw.len * 2, left = raw.len;
    char *from = (char *)raw.data, *to;
    assert_true(convert != (iconv_t)-1);
    buf_reserve(out, room + 1);
    to = (char *)out->data;
    assert_int_equal(iconv(convert, &from, &left, &to, &room), 0);
    assert_int_equal(left, 0);
    *to = 0;
    out->len = (size_t)(to - (char *)out->data);
    iconv_close(convert);
}

/* The policy alone: the whole ADMX has more elements than any document that the program reads. */
static struct xml *parse_policy(const struct buf *admx, const char *name)
{
    struct err err = {0};
    struct xml *xml = NULL;
    char begin[128];
    snprintf(begin, sizeof begin, "<policy name=\"%s\" ", name);
    const char *from = strstr(buf_text(admx), begin);
    if (!from)
        fail_msg("%s stands in no ADMX", name);
    const char *to = strstr(from, "</policy>") + strlen("</policy>");
    assert_ok(xml_parse(from, (size_t)(to - from), name, &xml, &err));
    return xml;
}

static void assert_decimal(const struct xml_node *node, const char *state, const char *number)
{
    assert_string_equal(xml_attr(xml_child(xml_child(node, state), "decimal"), "value"), number);
}

/* The policy's own switch. */
static void assert_switch(const struct xml_node *policy, const struct policy_setting *setting)
{
    assert_int_equal(setting->type, POLICY_DWORD);
    assert_string_equal(xml_attr(policy, "valueName"), setting->name);
    assert_decimal(policy, "enabledValue", "1");
    assert_decimal(policy, "disabledValue", "0");
}

/* A check box or a text among the policy's elements. */
static void assert_element(const struct xml_node *policy, const struct policy_setting *setting)
{
    const struct xml_node *element = xml_child(xml_child(policy, "elements"), NULL);
    while (element && strcmp(xml_attr(element, "id"), setting->element) != 0)
        element = xml_next(element, NULL);
    if (!element)
        fail_msg("%s has no element %s", setting->policy, setting->element);
    assert_string_equal(xml_attr(element, "valueName"), setting->name);
    assert_null(xml_attr(element, "key")); /* else it were not the policy's */
    if (setting->type == POLICY_DWORD) {
        assert_string_equal(xml_name(element), "boolean");
        assert_decimal(element, "trueValue", "1");
        assert_decimal(element, "falseValue", "0");
    } else {
        assert_string_equal(xml_name(element), "text");
        assert_null(xml_attr(element, "expandable")); /* else it were REG_EXPAND_SZ */
    }
}

static void assert_in_admx(const struct buf *admx, const struct policy_setting *setting)
{
    struct xml *xml AUTO(xml_auto_free)
    = parse_policy(admx, setting->policy);
    const struct xml_node *policy = xml_root(xml);
    assert_string_equal(xml_attr(policy, "class"), "Machine");
    assert_string_equal(xml_attr(policy, "key"), setting->key);
    assert_string_equal(xml_attr(xml_child(policy, "parentCategory"), "ref"), "L_Updates");
    if (setting->element)
        assert_element(policy, setting);
    else
        assert_switch(policy, setting);
}

static void every_setting_stands_in_the_real_admx(void **state)
{
    AUTO_BUF admx = {0};
    (void)state;
    read_admx(&admx);
    for (size_t i = 0; i < GPO_SETTINGS; i++)
        assert_in_admx(&admx, gpo_setting((enum gpo_setting)i));
}

/* What documents are made of comes from that table and nowhere else. */
static void what_is_emitted_is_one_of_the_settings(void **state)
{
    struct err err = {0};
    AUTO_POLICY policy = {0};
    struct gpo_pin pin = {.target = older, .unc = "\\\\files\\pilot", .deadline_unix = deadline};
    struct gpo_ring ring = {.share = "\\\\files\\pilot", .deadline_days = 3, .target = older};
    (void)state;
    assert_ok(gpo_pin(&pin, &policy, &err));
    gpo_unpin(&policy);
    assert_ok(gpo_ring(&ring, &policy, &err));
    for (size_t i = 0; i < policy.len; i++) {
        const struct policy_setting *setting = policy.item[i].setting;
        assert_true(setting >= gpo_setting(0) && setting < gpo_setting(0) + GPO_SETTINGS);
        if (!policy.item[i].remove)
            assert_true((setting->type == POLICY_SZ) == (policy.item[i].text != NULL));
    }
}

static void titles_are_those_of_the_editor(void **state)
{
    AUTO_BUF texts = {0};
    (void)state;
    test_read_real("admx/updates-policies.txt", &texts);
    for (size_t i = 0; i < GPO_SETTINGS; i++) {
        const struct policy_setting *setting = gpo_setting((enum gpo_setting)i);
        char wanted[256];
        snprintf(wanted, sizeof wanted, "### %s\n<policy name=\"%s\" ", setting->title, setting->policy);
        if (!strstr(buf_text(&texts), wanted))
            fail_msg("%s is not called \"%s\"", setting->policy, setting->title);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pin_holds_the_machine),
        cmocka_unit_test(without_unc_or_deadline_these_are_left_alone),
        cmocka_unit_test(an_unpin_removes_what_the_pin_set_and_no_more),
        cmocka_unit_test(a_pin_that_cannot_be_is_refused),
        cmocka_unit_test(a_ring_is_told_for_good_and_never_to_use_the_cdn),
        cmocka_unit_test(a_ring_may_hide_things_and_have_a_target_and_a_deadline),
        cmocka_unit_test(a_ring_that_cannot_be_is_refused),
        cmocka_unit_test(deadlines_are_utc_and_padded),
        cmocka_unit_test(every_setting_stands_in_the_real_admx),
        cmocka_unit_test(what_is_emitted_is_one_of_the_settings),
        cmocka_unit_test(titles_are_those_of_the_editor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

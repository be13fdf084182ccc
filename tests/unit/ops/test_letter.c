#include "test.h"

#include "ringmgr/base/mem.h"
#include "ringmgr/ops/announce.h"
#include "ringmgr/ops/letter.h"

static struct notice promoted(void)
{
    return (struct notice){.uid = "0123456789abcdef0123456789abcdef",
                           .at_unix = 1790856000, /* 2026-10-01T12:00:00Z, a Thursday */
                           .event = "promoted",
                           .severity = "info",
                           .ring = "pilot",
                           .channel = channel_find("MonthlyEnterprise"),
                           .build = {{16, 0, 20131, 20150}},
                           .version = "2607",
                           .subject = "",
                           .title = "pilot: 16.0.20131.20150 is live",
                           .text = "anna promoted it"};
}

static struct letter letter_of(const struct notice *notice, const char *template)
{
    return (struct letter){.notice = notice,
                           .count = 2,
                           .host = "files",
                           .template_text = template,
                           .template_len = template ? strlen(template) : 0};
}

static void the_form_has_every_key(void **state)
{
    struct err err = {0};
    AUTO_BUF out = {0};
    const struct notice notice = promoted();
    const struct letter letter = letter_of(&notice, NULL);
    (void)state;
    assert_ok(letter_webhook(&letter, &out, &err));
    struct jv *form = jv_parse(out.data, out.len, &err);
    assert_non_null(form);
    assert_int_equal(jv_get_int(form, "schema", 0), 1);
    assert_int_equal(jv_get_int(form, "count", 0), 2);
    assert_string_equal(jv_get_text(form, "id"), notice.uid);
    assert_string_equal(jv_get_text(form, "time"), "2026-10-01T12:00:00Z");
    assert_string_equal(jv_get_text(form, "channel"), "MonthlyEnterprise");
    assert_string_equal(jv_get_text(form, "build"), "16.0.20131.20150");
    assert_string_equal(jv_get_text(form, "version"), "2607");
    assert_non_null(jv_get(form, "command"));
    assert_null(jv_get_text(form, "command"));
    jv_free(form);
}

static char *mail_of(const struct notice *notice, const char *template)
{
    struct err err = {0};
    AUTO_BUF out = {0};
    struct notify_target target = {.from = mem_strdup("ringmgr@example.com")};
    const struct letter letter = letter_of(notice, template);
    strv_add(&target.mail, "a@example.com");
    strv_add(&target.mail, "b@example.com");
    assert_ok(letter_mail(&letter, &target, &out, &err));
    notify_target_clear(&target);
    return mem_strdup(buf_text(&out));
}

static void assert_holds(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no \"%s\" in\n%s", part, text);
}

/* Every line ends with CR LF and is short enough (RFC 5321, 4.5.3.1.6). */
static void assert_lines(const char *text)
{
    for (const char *at = text; *at;) {
        size_t len = strcspn(at, "\n");
        assert_true(len > 0 && len < 998 && at[len] == '\n' && at[len - 1] == '\r');
        assert_null(memchr(at, '\r', len - 1));
        at += len + 1;
    }
}

static void a_mail_has_the_headers_that_it_needs(void **state)
{
    const struct notice notice = promoted();
    char *text AUTO_FREE = mail_of(&notice, NULL);
    (void)state;
    assert_lines(text);
    assert_holds(text, "From: ringmgr@example.com\r\nTo: a@example.com,\r\n b@example.com\r\n");
    assert_holds(text, "Subject: pilot: 16.0.20131.20150 is live [ringmgr files]\r\n");
    assert_holds(text, "Date: Thu, 01 Oct 2026 12:00:00 +0000\r\n");
    assert_holds(text, "Message-ID: <0123456789abcdef0123456789abcdef.ringmgr@files>\r\n");
    assert_holds(text, "\r\n\r\nanna promoted it\r\n(2 times)\r\n");
}

static void nobody_smuggles_in_a_header(void **state)
{
    struct notice notice = promoted();
    (void)state;
    notice.title = "live\r\nBcc: evil@example.com\n\nbody";
    char *text AUTO_FREE = mail_of(&notice, NULL);
    assert_lines(text);
    assert_null(strstr(text, "\nBcc:"));
    char *filled AUTO_FREE = mail_of(&notice, "Subject: {{title}}\n\nText\n");
    assert_true(!strstr(filled, "\nBcc:") || strstr(filled, "\nBcc:") > strstr(filled, "\r\n\r\n"));
}

static void what_is_no_ascii_is_encoded(void **state)
{
    struct notice notice = promoted();
    (void)state;
    notice.title = "Grüße aus Malmö, und noch viel mehr davon, damit es nicht in ein Wort passt: åäö";
    notice.text = "über = alles \n.\nEnde";
    char *text AUTO_FREE = mail_of(&notice, NULL);
    assert_lines(text);
    for (const char *at = text; *at; at++)
        assert_true((unsigned char)*at < 0x7f);
    assert_holds(text, "Subject: =?UTF-8?Q?=47=72=C3=BC=C3=9F");
    assert_holds(text, "=C3=BCber =3D alles=20\r\n.\r\nEnde\r\n");
}

static void no_header_is_longer_than_servers_take(void **state)
{
    struct notice notice = promoted();
    char longest[3000];
    (void)state;
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    notice.title = longest;
    char *text AUTO_FREE = mail_of(&notice, NULL);
    assert_lines(text);
    notice.title = "what =?utf-8?q?looks_encoded?= is not";
    char *encoded AUTO_FREE = mail_of(&notice, NULL);
    assert_null(strstr(encoded, "looks_encoded"));
}

static void all_who_get_it_fit(void **state)
{
    struct err err = {0};
    AUTO_BUF out = {0};
    const struct notice notice = promoted();
    const struct letter letter = letter_of(&notice, NULL);
    struct notify_target target = {.from = mem_strdup("ringmgr@example.com")};
    (void)state;
    for (int i = 0; i < 100; i++)
        strv_addf(&target.mail, "somebody-%d@department.example.com", i);
    assert_ok(letter_mail(&letter, &target, &out, &err));
    assert_lines(buf_text(&out));
    notify_target_clear(&target);
}

static void long_lines_are_folded(void **state)
{
    struct notice notice = promoted();
    char longest[3000];
    (void)state;
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    notice.text = longest;
    char *text AUTO_FREE = mail_of(&notice, NULL);
    for (const char *at = strstr(text, "\r\n\r\n") + 4; *at; at += strcspn(at, "\n") + 1)
        assert_true(strcspn(at, "\r") <= 76);
}

static void a_template_says_subject_and_body(void **state)
{
    const struct notice notice = promoted();
    char *text AUTO_FREE = mail_of(&notice, "Subject: {{ring}} got {{version}}\n\nHello {{build}}\n");
    (void)state;
    assert_holds(text, "Subject: pilot got 2607\r\n");
    assert_holds(text, "\r\n\r\nHello 16.0.20131.20150\r\n");
}

static void an_announcement_needs_a_subject(void **state)
{
    static const char good[] = "Subject: {{version}} for {{ring}}\n\n{{build}} after {{from}} on {{date}}\n",
                      bad[] = "Hello\n", worse[] = "Subject: x\n\n{{command}}\n";
    const struct announcement_facts facts = {"pilot", "Current", "16.0.1.2", "2607", "16.0.1.1", 1790856000};
    struct announcement announcement;
    struct err err = {0};
    (void)state;
    assert_ok(announcement_make(good, sizeof good - 1, &facts, &announcement, &err));
    assert_string_equal(announcement.subject, "2607 for pilot");
    assert_string_equal(announcement.body, "16.0.1.2 after 16.0.1.1 on 2026-10-01\n");
    announcement_clear(&announcement);
    assert_fails(announcement_make(bad, sizeof bad - 1, &facts, &announcement, &err), ERR_USAGE);
    assert_fails(announcement_make(worse, sizeof worse - 1, &facts, &announcement, &err), ERR_USAGE);
    assert_non_null(strstr(err.msg, "line 3: {{command}}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_form_has_every_key),
        cmocka_unit_test(a_mail_has_the_headers_that_it_needs),
        cmocka_unit_test(nobody_smuggles_in_a_header),
        cmocka_unit_test(what_is_no_ascii_is_encoded),
        cmocka_unit_test(no_header_is_longer_than_servers_take),
        cmocka_unit_test(all_who_get_it_fit),
        cmocka_unit_test(long_lines_are_folded),
        cmocka_unit_test(a_template_says_subject_and_body),
        cmocka_unit_test(an_announcement_needs_a_subject),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "settings_outcome.h"

static void a_webhook_has_defaults(void **state)
{
    struct outcome outcome = read_more("[notify ops]\nwebhook = https://hooks.example.com/a?b=c\n");
    (void)state;
    assert_true(outcome.ok);
    assert_int_equal(outcome.settings.targets, 1);
    const struct notify_target *target = settings_target(&outcome.settings, "ops");
    assert_non_null(target);
    assert_null(settings_target(&outcome.settings, "other"));
    assert_string_equal(target->webhook, "https://hooks.example.com/a?b=c");
    assert_string_equal(target->template_file, "");
    assert_true(strv_has(&target->events, "all"));
    assert_true(strv_has(&target->rings, "all"));
    assert_int_equal(target->severity, NOTIFY_INFO);
    assert_int_equal(target->timeout_seconds, 30);
    assert_int_equal(target->line, BASE_LINES + 1);
    clear(&outcome);
}

static void every_key_of_mail_is_read(void **state)
{
    struct outcome outcome =
        read_more("[notify post]\nmail = a@b.example, c@d.example\n"
                  "server = smtp://mx.example.com:587\nfrom = ringmgr@b.example\n"
                  "credentials = credential:smtp\nca = /etc/ca.pem\ntemplate = /etc/t.txt\n"
                  "events = promoted, expired\nrings = pilot\nseverity = warning\n"
                  "timeout = 2 minutes\nstarttls = required\n");
    (void)state;
    assert_true(outcome.ok);
    const struct notify_target *target = &outcome.settings.target[0];
    assert_int_equal(target->mail.len, 2);
    assert_string_equal(target->mail.item[1], "c@d.example");
    assert_string_equal(target->server, "smtp://mx.example.com:587");
    assert_string_equal(target->from, "ringmgr@b.example");
    assert_string_equal(target->credentials, "credential:smtp");
    assert_string_equal(target->ca, "/etc/ca.pem");
    assert_string_equal(target->template_file, "/etc/t.txt");
    assert_true(strv_has(&target->events, "expired"));
    assert_false(strv_has(&target->events, "all"));
    assert_true(strv_has(&target->rings, "pilot"));
    assert_int_equal(target->severity, NOTIFY_WARNING);
    assert_int_equal(target->timeout_seconds, 120);
    assert_int_equal(target->tls, NOTIFY_STARTTLS);
    clear(&outcome);
}

static void what_is_wrong_is_named(void **state)
{
    static const struct {
        const char *text, *code;
        unsigned line; /* behind that of the section */
    } cases[] = {
        {"webhook = ftp://a/b\n", "bad-url", 1},
        {"webhook = https://a/b c\n", "bad-url", 1},
        {"webhook_file = hook\n", "bad-path", 1},
        {"webhook_file = credential:../x\n", "bad-path", 1},
        {"", "notify-kind", 0},
        {"webhook = https://a/b\nwebhook_file = /c\n", "notify-kind", 0},
        {"mail = a@b\n", "notify-mail", 0},
        {"mail = a\n", "bad-address", 1},
        {"mail = \"a\"@b\n", "bad-address", 1},
        {"webhook = https://a/b\nfrom = a@b\n", "notify-mail", 0},
        {"webhook = https://a/b\nevents = promote\n", "unknown-event", 2},
        {"webhook = https://a/b\nrings = lund\n", "unknown-ring", 2},
        {"webhook = https://a/b\nseverity = bad\n", "bad-value", 2},
        {"webhook = https://a/b\ntimeout = 1h\n", "bad-value", 2},
        {"webhook = https://a/b\ncolour = red\n", "unknown-key", 2},
        {"mail = a@b\nfrom = a@b\nserver = http://mx\n", "bad-url", 3},
        {"mail = a@b\nfrom = a@b\nserver = smtp://u:p@mx\n", "bad-url", 3},
        {"mail = a@b\nfrom = a@b\nserver = smtp://mx\nstarttls = maybe\n", "bad-value", 4},
        {"mail = a@b\nfrom = a@b\nserver = smtp://mx\nstarttls = no\ncredentials = /c\n", "notify-plain", 0},
        {"mail = a@b\nfrom = a@b\nserver = smtp://mx\nproxy = http://p:1\n", "notify-proxy", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_BUF text = {0};
        buf_printf(&text, "[notify ops]\n%s", cases[i].text);
        struct outcome outcome = read_more(buf_text(&text));
        assert_only_problem(&outcome, BASE_LINES + 1 + cases[i].line, cases[i].code, "[notify ops]");
    }
}

static void an_address_that_may_be_a_secret_is_not_repeated(void **state)
{
    struct outcome outcome = read_more("[notify ops]\nwebhook = hps://hooks/S3cret\n");
    (void)state;
    assert_false(outcome.ok);
    for (size_t i = 0; i < outcome.problems.len; i++)
        assert_null(strstr(outcome.problems.item[i].text, "S3cret"));
    clear(&outcome);
}

static void smtps_may_do_without_starttls(void **state)
{
    struct outcome outcome = read_more("[notify ops]\nmail = a@b\nfrom = a@b\nserver = smtps://[::1]:465\n"
                                       "starttls = no\ncredentials = /c\n");
    (void)state;
    assert_true(outcome.ok);
    clear(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_webhook_has_defaults),
        cmocka_unit_test(every_key_of_mail_is_read),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(an_address_that_may_be_a_secret_is_not_repeated),
        cmocka_unit_test(smtps_may_do_without_starttls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

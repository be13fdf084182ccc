/* Errors as values. */
#include "test.h"

#include <errno.h>

static void set_fills_everything_and_returns_false(void **state)
{
    (void)state;
    struct err err = {.sys = 9, .domain = ERR_DOMAIN_CURL};
    assert_false(err_set(&err, ERR_UPSTREAM, "%s: %d", "v64.cab", 503));
    assert_int_equal(err.code, ERR_UPSTREAM);
    assert_int_equal(err.domain, ERR_DOMAIN_RINGMGR);
    assert_int_equal(err.sys, 0);
    assert_string_equal(err.msg, "v64.cab: 503");
}

static void control_characters_do_not_get_into_messages(void **state)
{
    (void)state;
    struct err err;
    err_set(&err, ERR_UPSTREAM, "to %s",
            "\x1b[2J\n\x7f\xc2\x9b"
            "31m \xc3\xa4");
    assert_string_equal(err.msg, "to ?[2J????31m \xc3\xa4");
    err_prefix(&err, "%s", "a\tb");
    assert_string_equal(err.msg, "a?b: to ?[2J????31m \xc3\xa4");
}

static void errno_becomes_a_code_and_a_text(void **state)
{
    (void)state;
    static const struct {
        int errnum;
        enum err_code code;
    } table[] = {{ENOSPC, ERR_NO_SPACE}, {EDQUOT, ERR_NO_SPACE}, {ENOENT, ERR_FAILED}, {EIO, ERR_FAILED}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        char wanted[256];
        snprintf(wanted, sizeof wanted, "write x: %s", strerror(table[i].errnum));
        assert_false(err_set_errno(&err, table[i].errnum, "write %s", "x"));
        assert_int_equal(err.code, table[i].code);
        assert_int_equal(err.domain, ERR_DOMAIN_ERRNO);
        assert_int_equal(err.sys, table[i].errnum);
        assert_string_equal(err.msg, wanted);
    }
}

static void what_systemd_keeps_read_only_is_named(void **state)
{
    (void)state;
    struct err err = {0};
    unsetenv("INVOCATION_ID");
    err_set_errno(&err, EROFS, "rename");
    assert_null(strstr(err.msg, "ReadWritePaths="));
    setenv("INVOCATION_ID", "1", 1);
    err_set_errno(&err, EROFS, "rename");
    assert_non_null(strstr(err.msg, "ReadWritePaths="));
    err_set_errno(&err, EIO, "rename");
    assert_null(strstr(err.msg, "ReadWritePaths="));
    unsetenv("INVOCATION_ID");
}

static void a_prefix_keeps_what_is_behind_it(void **state)
{
    (void)state;
    struct err err = {0};
    err_set_errno(&err, ENOSPC, "link");
    assert_false(err_prefix(&err, "publish %s", "production"));
    assert_string_equal(err.msg, "publish production: link: No space left on device");
    assert_int_equal(err.code, ERR_NO_SPACE);
    assert_int_equal(err.domain, ERR_DOMAIN_ERRNO);
    assert_int_equal(err.sys, ENOSPC);
}

static void the_old_message_may_be_an_argument(void **state)
{
    (void)state;
    struct err err = {0};
    err_set(&err, ERR_USAGE, "no build");
    err_set(&err, ERR_NOT_GENUINE, "v64.cab: %s", err.msg);
    assert_string_equal(err.msg, "v64.cab: no build");
    err_prefix(&err, "[%s]", err.msg);
    assert_string_equal(err.msg, "[v64.cab: no build]: v64.cab: no build");
}

static void long_messages_are_cut_and_terminated(void **state)
{
    (void)state;
    struct err err = {0};
    char text[3000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    err_set(&err, ERR_FAILED, "%s", text);
    assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
    err_prefix(&err, "ring");
    assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
    assert_memory_equal(err.msg, "ring: xxx", 9);
    err_prefix(&err, "%s", text);
    assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
    err_set_errno(&err, EIO, "%s", text);
    assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
}

static void the_worst_code_is_4_6_1_5_7_3_8_0(void **state)
{
    (void)state;
    static const enum err_code worst_first[] = {4, 6, 1, 5, 7, 3, 8, 0};
    enum { LEN = sizeof worst_first / sizeof *worst_first };
    for (int i = 0; i < LEN; i++)
        for (int j = 0; j < LEN; j++)
            assert_int_equal(err_code_worse(worst_first[i], worst_first[j]), i < j);
}

static void the_codes_are_the_exit_statuses(void **state)
{
    (void)state;
    static const enum err_code codes[] = {ERR_NONE,     ERR_FAILED,      ERR_USAGE,
                                          ERR_REFUSED,  ERR_NOT_GENUINE, ERR_UPSTREAM,
                                          ERR_NO_SPACE, ERR_LOCKED,      ERR_NEEDS_PERSON};
    for (int i = 0; i < (int)(sizeof codes / sizeof *codes); i++)
        assert_int_equal(codes[i], i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_fills_everything_and_returns_false),
        cmocka_unit_test(control_characters_do_not_get_into_messages),
        cmocka_unit_test(errno_becomes_a_code_and_a_text),
        cmocka_unit_test(what_systemd_keeps_read_only_is_named),
        cmocka_unit_test(a_prefix_keeps_what_is_behind_it),
        cmocka_unit_test(the_old_message_may_be_an_argument),
        cmocka_unit_test(long_messages_are_cut_and_terminated),
        cmocka_unit_test(the_worst_code_is_4_6_1_5_7_3_8_0),
        cmocka_unit_test(the_codes_are_the_exit_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

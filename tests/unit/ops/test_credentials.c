/* The proxy's credentials: what is read, what is refused, and that no message repeats them. */
#include "test.h"

#include "ringmgr/ops/credentials.h"

#include <sys/stat.h>

static char path[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/ringmgr-credentials-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_folder(void **state)
{
    (void)state;
    return unlink(path);
}

static void put(const char *text, size_t len, mode_t mode)
{
    struct err err = {0};
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_true(fd >= 0);
    assert_ok(fs_write_all(fd, text, len, path, &err));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void one_line_holds_user_and_password(void **state)
{
    static const struct {
        const char *text, *user, *password;
    } cases[] = {
        {"anna:secret", "anna", "secret"},
        {"anna:secret\n", "anna", "secret"},
        {"anna:secret\r\n", "anna", "secret"},
        {"CORP\\anna:with: colons and blanks \n", "CORP\\anna", "with: colons and blanks "},
        {"anna:\n", "anna", ""},
        {"\xc3\xa5sa:\xc3\xb6l\n", "\xc3\xa5sa", "\xc3\xb6l"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        struct credentials credentials;
        put(cases[i].text, strlen(cases[i].text), 0640);
        assert_ok(credentials_read(path, &credentials, &err));
        assert_string_equal(credentials.user, cases[i].user);
        assert_string_equal(credentials.password, cases[i].password);
        credentials_clear(&credentials);
        assert_null(credentials.user);
        assert_null(credentials.password);
    }
}

static void none_are_configured(void **state)
{
    struct err err = {0};
    struct credentials credentials;
    (void)state;
    assert_ok(credentials_read(NULL, &credentials, &err));
    assert_ok(credentials_read("", &credentials, &err));
    assert_null(credentials.user);
}

static void refused(const char *part)
{
    struct err err = {0};
    struct credentials credentials;
    assert_fails(credentials_read(path, &credentials, &err), ERR_USAGE);
    assert_null(credentials.user);
    assert_null(credentials.password);
    if (!strstr(err.msg, path) || !strstr(err.msg, part) || strstr(err.msg, "secret") ||
        strstr(err.msg, "anna"))
        fail_msg("%s", err.msg);
}

static void anything_else_is_refused_without_repeating_it(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } cases[] = {
        {"", 0},
        {"\n", 1},
        {"anna", 4},
        {":secret", 7},
        {"anna:secret\nbob:secret\n", 23},
        {"anna:se\0cret", 12},
        {"anna:se\tcret", 12},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put(cases[i].text, cases[i].len, 0600);
        refused("user:password");
    }
}

static void what_others_may_read_is_refused(void **state)
{
    static const mode_t modes[] = {0644, 0604, 0602, 0601};
    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        put("anna:secret\n", 12, modes[i]);
        refused("chmod");
    }
}

static void what_is_too_long_or_gone_or_no_file_is_refused(void **state)
{
    static char text[2000];
    struct err err = {0};
    struct credentials credentials;
    (void)state;
    memset(text, 'x', sizeof text);
    memcpy(text, "anna:secret", 11);
    put(text, sizeof text, 0600);
    refused("");
    assert_fails(credentials_read("/nowhere/at/all", &credentials, &err), ERR_USAGE);
    assert_non_null(strstr(err.msg, "/nowhere/at/all"));
    assert_fails(credentials_read("/dev/null", &credentials, &err), ERR_USAGE);
    assert_fails(credentials_read("/", &credentials, &err), ERR_USAGE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(one_line_holds_user_and_password),
        TEST(none_are_configured),
        TEST(anything_else_is_refused_without_repeating_it),
        TEST(what_others_may_read_is_refused),
        TEST(what_is_too_long_or_gone_or_no_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

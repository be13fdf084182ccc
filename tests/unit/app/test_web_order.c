/* Orders: what was posted becomes the command line that it says, and nothing else does. */
#include "test.h"

#include "ringmgr/app/arguments.h"
#include "ringmgr/app/web_order.h"

#include <sys/mman.h>

static bool read_order(const char *action, const char *named, const char *body, struct strv *words,
                       char **got_named, struct err *err)
{
    AUTO_BUF bytes = {0}, order = {0};
    buf_puts(&bytes, body);
    web_order_write(action, named, &bytes, &order);
    return web_order_read(&order, words, got_named, err);
}

static void assert_becomes(const char *action, const char *body, const char *expected)
{
    AUTO_STRV words = {0};
    char *named;
    struct err err = {0};
    assert_ok(read_order(action, NULL, body, &words, &named, &err));
    assert_null(named);
    char *joined = strv_join(&words, "|");
    assert_string_equal(joined, expected);
    free(joined);
}

static void each_action_is_its_command(void **state)
{
    (void)state;
    assert_becomes("approve", "{\"ring\":\"p\",\"build\":\"1.2\",\"reason\":\"a --b\"}",
                   "--json|--reason=a --b|--|approve|p|1.2");
    assert_becomes("revoke", "{\"reason\":\"r\",\"build\":\"--x\",\"ring\":\"-p\"}",
                   "--json|--reason=r|--|revoke|-p|--x");
    assert_becomes("hold", "{\"ring\":\"all\",\"reason\":\"r\",\"until\":\"2099-01-01\",\"stop_soak\":true}",
                   "--json|--reason=r|--until=2099-01-01|--stop-soak|--|hold|all");
    assert_becomes("hold", "{\"ring\":\"all\",\"reason\":\"r\",\"stop_soak\":false}",
                   "--json|--reason=r|--|hold|all");
    assert_becomes("unhold", "{\"ring\":\"p\",\"reason\":\"r\"}", "--json|--reason=r|--|unhold|p");
    assert_becomes("promote", "{\"ring\":\"p\",\"build\":\"b\",\"dry_run\":true,\"at\":\"never\"}",
                   "--json|--at=never|--dry-run|--|promote|p|b");
    assert_becomes("rollback",
                   "{\"ring\":\"p\",\"reason\":\"r\",\"to\":\"t\",\"from\":\"f\",\"block\":\"no\"}",
                   "--json|--reason=r|--to=t|--from=f|--block=no|--|rollback|p");
    assert_becomes("ack", "{\"id\":12,\"reason\":\"r\"}", "--json|--reason=r|--|ack|12");
    assert_becomes("whoami", "rubbish", "--json|--|whoami");
}

static void what_is_no_order_is_refused(void **state)
{
    static const struct {
        const char *action, *body;
    } cases[] = {
        {"sync", "{}"},
        {"", "{}"},
        {"approve", ""},
        {"approve", "{}"},
        {"approve", "[]"},
        {"approve", "null"},
        {"approve", "\"x\""},
        {"approve", "{\"ring\":\"p\",\"build\":\"b\"}"},
        {"approve", "{\"ring\":\"p\",\"build\":1,\"reason\":\"r\"}"},
        {"approve", "{\"ring\":null,\"build\":\"b\",\"reason\":\"r\"}"},
        {"approve", "{\"ring\":\"p\",\"ring\":\"q\",\"build\":\"b\",\"reason\":\"r\"}"},
        {"approve", "{\"ring\":\"p\",\"build\":\"b\",\"reason\":\"r\",\"override\":\"soak\"}"},
        {"promote", "{\"ring\":\"p\"}"},
        {"promote", "{\"ring\":\"p\",\"build\":\"b\",\"expedite\":true}"},
        {"ack", "{\"id\":\"1\",\"reason\":\"r\"}"},
        {"ack", "{\"id\":0,\"reason\":\"r\"}"},
        {"ack", "{\"id\":-1,\"reason\":\"r\"}"},
        {"approve", "{\"ring\":\"p\",\"build\":\"b\",\"reason\":\"\\u0000\"}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_STRV words = {0};
        char *named;
        struct err err = {0};
        assert_fails(read_order(cases[i].action, NULL, cases[i].body, &words, &named, &err), ERR_USAGE);
        free(named);
    }
}

static void half_an_order_is_none(void **state)
{
    static const char whole[] = "approve\0=anna\0{\"ring\":\"p\",\"build\":\"b\",\"reason\":\"r\"}";
    (void)state;
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        AUTO_BUF order = {0};
        AUTO_STRV words = {0};
        char *named;
        struct err err = {0};
        buf_append(&order, whole, len);
        assert_fails(web_order_read(&order, &words, &named, &err), ERR_USAGE);
        free(named);
    }
}

static void whom_the_proxy_names_arrives(void **state)
{
    static const char *const names[] = {"anna", "", "anna@EXAMPLE.COM", "=", "a b"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        AUTO_STRV words = {0};
        char *named;
        struct err err = {0};
        assert_ok(read_order("whoami", names[i], "", &words, &named, &err));
        assert_string_equal(named, names[i]);
        free(named);
    }
}

/* What the child does with an order in a file of the service's: ERR_NONE, or how it ends. */
static enum err_code take(const char *order, size_t len, int peer, int config, struct app *app)
{
    struct err err = {0};
    int fd = memfd_create("order", MFD_CLOEXEC);
    assert_true(fd >= 0 && write(fd, order, len) == (ssize_t)len);
    app->arguments.config = "/x.conf";
    app->arguments.inherited = (struct inherited){.config = config, .peer = peer, .web = fd};
    fflush(stdout);
    bool good = web_order_take(app, &err);
    close(fd);
    assert_int_equal(good, err.code == ERR_NONE);
    return err.code;
}

static void forget(struct app *app)
{
    arguments_clear(&app->arguments);
    strv_clear(&app->request);
    free(app->web_named);
}

static void an_order_is_taken_over(void **state)
{
    static const char hold[] = "hold\0=anna\0{\"ring\":\"p\",\"reason\":\"r\"}", whoami[] = "whoami\0\0";
    (void)state;
    struct app app = {.web = false};
    assert_int_equal(take(hold, sizeof hold - 1, 4, 3, &app), ERR_NONE);
    assert_string_equal(app.arguments.command, "hold");
    assert_string_equal(app.web_named, "anna");
    assert_true(app.web && app.arguments.json);
    forget(&app);
    app = (struct app){.web = false};
    assert_int_equal(take(hold, sizeof hold - 1, -1, 3, &app), ERR_REFUSED); /* over TCP */
    forget(&app);
    app = (struct app){.web = false};
    assert_int_equal(take(whoami, sizeof whoami - 1, -1, 3, &app), ERR_NONE);
    forget(&app);
    app = (struct app){.web = false};
    assert_int_equal(take(hold, sizeof hold - 1, 4, -1, &app), ERR_USAGE); /* from nobody's service */
    assert_int_equal(take("hold", 4, 4, 3, &app), ERR_USAGE);
    forget(&app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_action_is_its_command), cmocka_unit_test(what_is_no_order_is_refused),
        cmocka_unit_test(half_an_order_is_none),      cmocka_unit_test(whom_the_proxy_names_arrives),
        cmocka_unit_test(an_order_is_taken_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* [web]: where the page may be shown, and what keeps it from being shown to others. */
#include "settings_outcome.h"

#include "ringmgr/app/settings_web.h"
#include "ringmgr/base/mem.h"

static void a_page_for_this_machine(void **state)
{
    struct outcome outcome = read_more("[web]\nlisten = unix:/run/ringmgr/web.sock, 127.0.0.1:8365,\n"
                                       "    [::1]:8365\nhost = Rings.Example.com, localhost\n"
                                       "proxy_user = www-data\nproxy_header = X-Remote-User\n");
    const struct web_settings *web = &outcome.settings.web;
    (void)state;
    assert_good(&outcome);
    assert_int_equal(web->listen.len, 3);
    assert_string_equal(web->listen.item[2], "[::1]:8365");
    assert_int_equal(web->hosts.len, 2);
    assert_string_equal(web->hosts.item[0], "rings.example.com");
    assert_string_equal(web->proxy_user, "www-data");
    assert_string_equal(web->proxy_header, "X-Remote-User");
    assert_string_equal(web_socket_path(web->listen.item[0]), "/run/ringmgr/web.sock");
    assert_null(web_socket_path(web->listen.item[1]));
    clear(&outcome);
}

static void what_others_could_reach_is_refused(void **state)
{
    static const struct {
        const char *lines, *code, *part;
    } table[] = {
        {"listen = 0.0.0.0:80\n", "bad-listen", "no address of this machine alone"},
        {"listen = 192.0.2.1:80\n", "bad-listen", "no address of this machine alone"},
        {"listen = [2001:db8::1]:80\n", "bad-listen", "no address of this machine alone"},
        {"listen = [::1:80\n", "bad-listen", "no address of this machine alone"},
        {"listen = localhost:80\n", "bad-listen", "no address of this machine alone"},
        {"listen = 127.0.0.1\n", "bad-listen", "neither unix:/PATH nor an address and a port"},
        {"listen = 127.0.0.1:0\n", "bad-listen", "neither"},
        {"listen = 127.0.0.1:080\n", "bad-listen", "neither"},
        {"listen = 127.0.0.1:65536\n", "bad-listen", "neither"},
        {"listen = 127.0.0.1:80x\n", "bad-listen", "neither"},
        {"listen = 127.0.0.1:80, 127.0.0.1:80\n", "duplicate-item", "there twice"},
        {"listen = unix:web.sock\n", "bad-path", "not an absolute path"},
        {"listen = unix:/run/../web.sock\n", "bad-path", "not an absolute path"},
        {"listen = unix:/run/\n", "bad-path", "not an absolute path"},
        {"listen = unix:/run//web\n", "bad-path", "not an absolute path"},
        {"listen = unix:/ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss"
         "sssssssssssssssssssssss\n",
         "bad-path", "longer than the 107 bytes"},
        {"listen = unix:/run/ringmgr/ctl.sock\n", "same-socket", "control, too"},
        {"host = rings.example.com:443\n", "bad-host", "not the name of a host"},
        {"host = a, A\n", "duplicate-item", "there twice"},
        {"proxy_user = www-data\nproxy_header = X_Remote_User\n", "bad-header", "not the name of a header"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *more = mem_printf("[web]\n%s", table[i].lines);
        struct outcome outcome = read_more(more);
        bool found = false;
        for (size_t j = 0; j < outcome.problems.len; j++)
            found = found || (strcmp(outcome.problems.item[j].code, table[i].code) == 0 &&
                              strstr(outcome.problems.item[j].text, table[i].part));
        if (!found) {
            print_problems(&outcome.problems);
            fail_msg("%s", table[i].lines);
        }
        clear(&outcome);
        free(more);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_for_this_machine),
        cmocka_unit_test(what_others_could_reach_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "test.h"

#include "config/servers.h"
#include <fcntl.h>

typedef bool write_fn(const struct servers_options *options, struct buf *out, struct err *err);

/* What a ring of these tests is; dfs may be left out. */
struct sample {
    const char *name, *path, *unc, *dfs;
};

enum { RINGS_MAX = 3 };

/* Writes with rings as the samples say, up to the first without a name. */
static bool write_with(write_fn *write, struct servers_options options, const struct sample *sample,
                       struct buf *out, struct err *err)
{
    struct ring ring[RINGS_MAX] = {0};
    const struct ring *rings[RINGS_MAX];
    options.ring = rings;
    for (options.rings = 0; options.rings < RINGS_MAX && sample[options.rings].name; options.rings++) {
        const struct sample *from = &sample[options.rings];
        ring[options.rings] = (struct ring){.name = (char *)from->name,
                                            .path = (char *)from->path,
                                            .unc = (char *)(from->unc ? from->unc : ""),
                                            .dfs = (char *)(from->dfs ? from->dfs : "")};
        rings[options.rings] = &ring[options.rings];
    }
    return write(&options, out, err);
}

/* tests/golden/servers/`name`, which tests/cli/servers.bats gives to Samba or nginx, byte for byte, behind
 * what was there before. */
static void assert_golden(write_fn *write, struct servers_options options, const struct sample *sample,
                          const char *name)
{
    struct err err = {0};
    AUTO_BUF written = {0};
    AUTO_BUF golden = {0};
    AUTO_FD dir = fs_open_dir(TEST_SOURCE_DIR "/tests/golden/servers", &err);
    assert_true(dir >= 0);
    buf_puts(&written, "before\n");
    assert_ok(write_with(write, options, sample, &written, &err));
    assert_ok(fs_read_file(dir, name, 1 << 20, &golden, &err));
    assert_memory_equal(buf_text(&written), "before\n", 7);
    assert_string_equal(buf_text(&written) + 7, buf_text(&golden));
}

static void assert_refused(write_fn *write, struct servers_options options, const struct sample *sample,
                           const char *part)
{
    struct err err = {0};
    AUTO_BUF written = {0};
    buf_puts(&written, "before");
    if (write_with(write, options, sample, &written, &err))
        fail_msg("wanted …%s…:\n%s", part, buf_text(&written));
    assert_int_equal(err.code, ERR_USAGE);
    if (!strstr(err.msg, part))
        fail_msg("wanted …%s…: %s", part, err.msg);
    assert_string_equal(buf_text(&written), "before");
}

/* ---- smb.conf ---- */

static void a_share_for_each_ring(void **state)
{
    static const struct sample rings[RINGS_MAX] = {
        {"pilot", "/srv/office/pilot", "\\\\files\\office-pilot", NULL},
        {"production", "/srv/office/production", "\\\\files\\office", NULL}};
    (void)state;
    assert_golden(servers_write_smb, (struct servers_options){.user = "ringmgr"}, rings, "smb-guests.conf");
}

static void one_share_for_rings_that_are_folders_of_it(void **state)
{
    static const struct sample rings[RINGS_MAX] = {
        {"pilot", "/srv/office/rings/pilot", "\\\\files\\office\\rings\\Pilot", NULL},
        {"test", "/srv/test", "\\\\files\\office-test", NULL},
        {"production", "/srv/office/Production", "\\\\FILES\\Office\\production", NULL}};
    (void)state;
    assert_golden(servers_write_smb, (struct servers_options){.user = "", .group = "CORP\\Domain Computers"},
                  rings, "smb-group.conf");
}

static void a_namespace_and_its_links(void **state)
{
    static const struct sample rings[RINGS_MAX] = {
        {"pilot", "/srv/office/pilot", "\\\\files\\rings\\pilot", "\\\\files\\office\\Up dates\\pilot"},
        {"test", "/srv/office/test", "\\\\files\\rings\\test", NULL},
        {"production", "/srv/office/production", "\\\\files\\production", "\\\\files\\OFFICE\\production"}};
    struct site sites[] = {{.name = (char *)"tokyo", .unc = (char *)"\\\\fs-tokyo\\office-%ring%"},
                           {.name = (char *)"lima", .unc = (char *)"\\\\fs-lima\\office"}};
    (void)state;
    strv_add(&sites[0].rings, "pilot");
    strv_add(&sites[1].rings, "test");
    assert_golden(servers_write_smb, (struct servers_options){.user = "", .site = sites, .sites = 2}, rings,
                  "smb-dfs.conf");
    strv_clear(&sites[0].rings);
    strv_clear(&sites[1].rings);
}

static void a_namespace_that_another_server_must_have(void **state)
{
    static const struct sample rings[RINGS_MAX] = {{"production", "/srv/office/production",
                                                    "\\\\files\\office",
                                                    "\\\\corp.example.com\\office\\production"}};
    (void)state;
    assert_golden(servers_write_smb, (struct servers_options){.user = "", .group = "computers"}, rings,
                  "smb-dfs-elsewhere.conf");
}

static void names_that_smb_conf_can_hold(void **state)
{
    static const struct sample rings[RINGS_MAX] = {
        {"pilot", "/srv/of fice;'é/#pilot = {x}", "\\\\files\\büro #1 'x' $", NULL}};
    (void)state;
    assert_golden(servers_write_smb, (struct servers_options){.group = "büro; (alle), x"}, rings,
                  "smb-odd.conf");
}

static void what_smb_conf_cannot_hold_is_refused(void **state)
{
    static const struct {
        const char *part; /* of the sentence */
        struct sample rings[RINGS_MAX];
    } cases[] = {
        {"ring p has no unc", {{"p", "/p", NULL, NULL}}},
        {"has not the form", {{"p", "/p", "http://files/office", NULL}}},
        {"has not the form", {{"p", "/p", "\\\\files", NULL}}},
        {"has not the form", {{"p", "/p", "\\\\files\\\\x", NULL}}},
        {"has not the form", {{"p", "/p", "\\\\files\\x\\", NULL}}},
        {"has not the form", {{"p", "/p", "\\\\files\\x\\..", NULL}}},
        {"has not the form", {{"p", "/p", "\\\\files\\x\ny", NULL}}},
        {"the path \"/p%S\"", {{"p", "/p%S", "\\\\f\\x", NULL}}},
        {"the path \"/p\"q\"", {{"p", "/p\"q", "\\\\f\\x", NULL}}},
        {"the path \"/p\\q\"", {{"p", "/p\\q", "\\\\f\\x", NULL}}},
        {"the path \"/p \"", {{"p", "/p ", "\\\\f\\x", NULL}}},
        {"the path \"/p  q\"", {{"p", "/p  q", "\\\\f\\x", NULL}}},
        {"the path \"/p?writable", {{"p", "/p\nwritable = yes", "\\\\f\\x", NULL}}},
        {"the path \"/p?\"", {{"p", "/p\x7f", "\\\\f\\x", NULL}}},
        {"a share \"Global\"", {{"p", "/p", "\\\\f\\Global", NULL}}},
        {"a share \"homes\"", {{"p", "/p", "\\\\f\\homes", NULL}}},
        {"a share \"IPC$\"", {{"p", "/p", "\\\\f\\IPC$", NULL}}},
        {"a share \"a]b\"", {{"p", "/p", "\\\\f\\a]b", NULL}}},
        {"a share \"a%b\"", {{"p", "/p", "\\\\f\\a%b", NULL}}},
        {"a share \"a/b\"", {{"p", "/p", "\\\\f\\a/b", NULL}}},
        {"a share \"a,b\"", {{"p", "/p", "\\\\f\\a,b", NULL}}},
        {"a share \" a\"", {{"p", "/p", "\\\\f\\ a", NULL}}},
        {"a share \"a  b\"", {{"p", "/p", "\\\\f\\a  b", NULL}}},
        {"at most 80 bytes",
         {{"p", "/p",
           "\\\\f\\a234567890123456789012345678901234567890123456789012345678901234567890123456789"
           "01",
           NULL}}},
        {"path /srv/b must end in them", {{"p", "/srv/b", "\\\\f\\x\\a", NULL}}},
        {"path /srv/xa must end in them", {{"p", "/srv/xa", "\\\\f\\x\\a", NULL}}},
        {"path /srv/b/a must end in them", {{"p", "/srv/b/a", "\\\\f\\x\\a\\b", NULL}}},
        {"below a folder that the share offers", {{"p", "/a", "\\\\f\\x\\a", NULL}}},
        {"as /srv and /opt: give one",
         {{"p", "/srv/p", "\\\\f\\x\\p", NULL}, {"q", "/opt/q", "\\\\f\\X\\q", NULL}}},
        {"as /p and /q: give one", {{"p", "/p", "\\\\f\\x", NULL}, {"q", "/q", "\\\\g\\x", NULL}}},
        {"names no link", {{"p", "/p", "\\\\f\\x", "\\\\d\\n"}}},
        {"names no link", {{"p", "/p", "\\\\f\\x", "\\\\d\\n\\..\\l"}}},
        {"cannot lead", {{"p", "/p", "\\\\f\\x", "\\\\d\\n\\l'"}}},
        {"cannot lead", {{"p", "/p", "\\\\f\\x", "\\\\d\\n\\l/m"}}},
        {"cannot lead", {{"p", "/p", "\\\\f'\\x", "\\\\d\\n\\l"}}},
        {"cannot lead", {{"p", "/a,b", "\\\\f,g\\x", "\\\\d\\n\\l"}}},
        {"a share \"n:\"", {{"p", "/p", "\\\\f\\x", "\\\\d\\n:\\l"}}},
        {"inside the other",
         {{"p", "/p", "\\\\f\\x", "\\\\d\\n\\l\\m"}, {"q", "/q", "\\\\f\\y", "\\\\d\\N\\L"}}},
        {"ring q's share \\\\F\\n: rename one",
         {{"p", "/p", "\\\\f\\x", "\\\\f\\N\\l"}, {"q", "/q", "\\\\F\\n", NULL}}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(servers_write_smb, (struct servers_options){.user = ""}, cases[i].rings,
                       cases[i].part);
}

static void links_beside_each_other_are_none_inside_another(void **state)
{
    static const struct sample rings[RINGS_MAX] = {{"p", "/p", "\\\\f\\x", "\\\\d\\n\\l\\m"},
                                                   {"q", "/q", "\\\\f\\y", "\\\\d\\n\\l\\o"},
                                                   {"r", "/r", "\\\\f\\z", "\\\\d\\o\\l"}};
    struct err err = {0};
    AUTO_BUF written = {0};
    (void)state;
    assert_ok(write_with(servers_write_smb, (struct servers_options){.user = ""}, rings, &written, &err));
}

static void a_group_that_smb_conf_cannot_hold_is_refused(void **state)
{
    static const char *const groups[] = {"", "@x", "+x", "&x", "a\"b", "%U", "a  b", " a", "a ", "a\nb"};
    static const struct sample rings[RINGS_MAX] = {{"p", "/p", "\\\\f\\x", NULL}};
    (void)state;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        assert_refused(servers_write_smb, (struct servers_options){.group = groups[i]}, rings,
                       "the group \"");
}

/* ---- nginx ---- */

static void a_server_for_all_rings(void **state)
{
    static const struct sample rings[RINGS_MAX] = {{"pilot", "/srv/office/pilot", NULL, NULL},
                                                   {"production", "/srv/office/production", NULL, NULL}};
    (void)state;
    assert_golden(servers_write_nginx, (struct servers_options){.user = "ringmgr"}, rings,
                  "nginx-usual.conf");
}

static void names_that_nginx_can_hold(void **state)
{
    static const struct sample rings[RINGS_MAX] = {
        {"ring-1", "/srv/of  fice;'é\"/#p\\t = {x}\\ ", NULL, NULL}};
    (void)state;
    assert_golden(servers_write_nginx, (struct servers_options){.user = "", .listen = "127.0.0.1:8080"},
                  rings, "nginx-odd.conf");
}

static void what_nginx_cannot_hold_is_refused(void **state)
{
    static const struct {
        const char *part;
        struct sample rings[RINGS_MAX];
    } cases[] = {
        {"the path \"/srv/$x\"", {{"p", "/srv/$x", NULL, NULL}}},
        {"the path \"/srv/?\"", {{"p", "/srv/\n", NULL, NULL}}},
        {"the path \"/srv/?\"", {{"p", "/srv/\x7f", NULL, NULL}}},
        {"ring q:", {{"p", "/p", NULL, NULL}, {"q", "/$", NULL, NULL}}},
        {"\"a.b\" is no name", {{"a.b", "/p", NULL, NULL}}},
        {"\"A\" is no name", {{"A", "/p", NULL, NULL}}},
        {"\"\" is no name", {{"", "/p", NULL, NULL}}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(servers_write_nginx, (struct servers_options){.user = ""}, cases[i].rings,
                       cases[i].part);
}

/* The server's addresses, one after the other. */
static void assert_listens(const char *listen, const char *wanted)
{
    static const struct sample rings[RINGS_MAX] = {{"p", "/p", NULL, NULL}};
    struct err err = {0};
    AUTO_BUF written = {0};
    assert_ok(
        write_with(servers_write_nginx, (struct servers_options){.listen = listen}, rings, &written, &err));
    const char *first = strstr(buf_text(&written), "    listen ");
    assert_non_null(first);
    if (strncmp(first, wanted, strlen(wanted)) != 0 ||
        strncmp(first + strlen(wanted), "    server_name", strlen("    server_name")) != 0)
        fail_msg("wanted %s: %.80s", wanted, first);
}

static void it_listens_where_it_is_told(void **state)
{
    (void)state;
    assert_listens(NULL, "    listen 80 default_server;\n    listen [::]:80 default_server;\n");
    assert_listens("65535", "    listen 65535 default_server;\n    listen [::]:65535 default_server;\n");
    assert_listens("192.0.2.1:80", "    listen 192.0.2.1:80 default_server;\n");
    assert_listens("[2001:db8::1]:8080", "    listen [2001:db8::1]:8080 default_server;\n");
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const addresses[] = {
        "",     "0",        "65536",  "080000", "80;",   "http",    "8 0",          "127.0.0.1",
        ":80",  "1.2.3:80", "[::1]",  "::1:80", "[]:80", "[::1:80", "[x]:80",       "127.0.0.1:",
        "x:80", "[::1]:0",  "80 ssl", "-1",     "+80",   "unix:/x", "[1.2.3.4]:80",
    };
    static const struct sample rings[RINGS_MAX] = {{"p", "/p", NULL, NULL}};
    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        assert_refused(servers_write_nginx, (struct servers_options){.listen = addresses[i]}, rings,
                       "is nothing to listen on");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_share_for_each_ring),
        cmocka_unit_test(one_share_for_rings_that_are_folders_of_it),
        cmocka_unit_test(a_namespace_and_its_links),
        cmocka_unit_test(a_namespace_that_another_server_must_have),
        cmocka_unit_test(names_that_smb_conf_can_hold),
        cmocka_unit_test(what_smb_conf_cannot_hold_is_refused),
        cmocka_unit_test(links_beside_each_other_are_none_inside_another),
        cmocka_unit_test(a_group_that_smb_conf_cannot_hold_is_refused),
        cmocka_unit_test(a_server_for_all_rings),
        cmocka_unit_test(names_that_nginx_can_hold),
        cmocka_unit_test(what_nginx_cannot_hold_is_refused),
        cmocka_unit_test(it_listens_where_it_is_told),
        cmocka_unit_test(what_is_no_address_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

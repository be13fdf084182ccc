/* Which files of support rules are read, in which order, and what is said where one is missing. */
#include "test.h"

#include "ringmgr/app/settings_support.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#define HEAD "channel,rule,basis,source\n"

static char folder[64];

static char *path_of(const char *name)
{
    return mem_printf("%s/%s", folder, name);
}

static void make_dir(const char *name)
{
    char *path AUTO_FREE = path_of(name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void put(const char *name, const char *text)
{
    char *path AUTO_FREE = path_of(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* A file of one row that matches every build of Current; later ones win. */
static void put_date(const char *name, const char *date)
{
    char *text AUTO_FREE = mem_printf(HEAD "Current,date %s,microsoft,x\n", date);
    put(name, text);
}

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/ringmgr-support-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int end(void **state)
{
    struct err err = {0};
    (void)state;
    int dir = open("/tmp", O_RDONLY | O_DIRECTORY);
    bool good = fs_remove_tree(dir, folder + strlen("/tmp/"), &err);
    close(dir);
    return good ? 0 : -1;
}

/* Settings whose rules are these names below the folder; NULL: none. */
static struct settings name_rules(const char *first, const char *second)
{
    struct settings settings = {0};
    const char *names[] = {first, second};
    for (int i = 0; i < 2 && names[i]; i++)
        strv_addf(&settings.support.rules, "%s/%s", folder, names[i]);
    return settings;
}

/* What loading came to: the date for a build of Current, "none", or "error: " and what it says. */
static char *load(const struct settings *settings)
{
    struct err err = {0};
    struct support_rules rules = {.len = 99};
    const struct support_settings no_window = {0};
    struct support_build build = {.channel = channel_find("Current"), .version = "", .released_unix = -1};
    char *program AUTO_FREE = path_of("bin");
    char *additions AUTO_FREE = path_of("support.d");
    if (!settings_load_support_from(settings, program, additions, &rules, &err)) {
        assert_int_equal(rules.len, 0);
        assert_null(rules.row);
        return mem_printf("error %d: %s", err.code, err.msg);
    }
    build.version_first_unix = build.next_version_unix = -1;
    struct deadline deadline = support_deadline(&rules, &no_window, &build);
    support_rules_clear(&rules);
    return deadline.at_unix < 0 ? mem_strdup("none")
                                : mem_printf("%lld", (long long)(deadline.at_unix / 86400));
}

static void assert_loads(const char *first, const char *second, const char *wanted)
{
    struct settings settings = name_rules(first, second);
    char *is AUTO_FREE = load(&settings);
    if (strncmp(wanted, "error", 5) == 0 ? !strstr(is, wanted) : strcmp(is, wanted) != 0)
        fail_msg("\"%s\", not \"%s\"", is, wanted);
    strv_clear(&settings.support.rules);
}

static void the_installed_file_counts_where_none_is_named(void **state)
{
    (void)state;
    make_dir("bin");
    make_dir("share");
    make_dir("share/ringmgr");
    put_date("bin/support.csv", "1970-01-02");
    assert_loads(NULL, NULL, "1");
    put_date("share/ringmgr/support.csv", "1970-01-03");
    assert_loads(NULL, NULL, "2");
}

static void additions_come_after_it(void **state)
{
    (void)state;
    make_dir("bin");
    make_dir("support.d");
    put_date("bin/support.csv", "1970-01-02");
    put_date("support.d/20.csv", "1970-01-04");
    put_date("support.d/10.csv", "1970-01-03");
    put_date("support.d/30.txt", "1970-01-05");
    put_date("support.d/.40.csv", "1970-01-06");
    assert_loads(NULL, NULL, "3");
}

static void neither_file_is_there(void **state)
{
    (void)state;
    make_dir("bin");
    make_dir("support.d");
    put_date("support.d/10.csv", "1970-01-03");
    assert_loads(NULL, NULL, "error 2: there are no support rules: neither ");
}

static void named_files_alone_count(void **state)
{
    (void)state;
    make_dir("bin");
    make_dir("support.d");
    put_date("bin/support.csv", "1970-01-02");
    put_date("support.d/10.csv", "1970-01-03");
    put_date("own.csv", "1970-01-09");
    put("empty.csv", HEAD);
    assert_loads("own.csv", NULL, "8");
    assert_loads("empty.csv", NULL, "none");
    assert_loads("own.csv", "support.d/*.csv", "2");
    assert_loads("support.d/*.csv", "own.csv", "8");
}

static void patterns_are_read_in_the_order_of_names(void **state)
{
    (void)state;
    put_date("c.csv", "1970-01-04");
    put_date("a.csv", "1970-01-02");
    put_date("b.csv", "1970-01-03");
    assert_loads("*.csv", NULL, "3");
    assert_loads("[ab].csv", NULL, "2");
    assert_loads("?.csv", NULL, "3");
    assert_loads("x*.csv", NULL, "none");
    assert_loads("nowhere/*.csv", NULL, "none");
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    put_date("a.csv", "1970-01-02");
    assert_loads("a.csv", "missing.csv",
                 "error 2: rules in [support]: there is no file /tmp/ringmgr-support-");
    struct settings settings = name_rules("missing.csv", NULL);
    char *is AUTO_FREE = load(&settings);
    assert_non_null(strstr(is, "/missing.csv"));
    strv_clear(&settings.support.rules);
}

static void a_bad_row_is_named_with_its_line(void **state)
{
    (void)state;
    put_date("a.csv", "1970-01-02");
    put("b.csv", HEAD "\nCurrent,sometime,microsoft,x\n");
    struct settings settings = name_rules("*.csv", NULL);
    char *is AUTO_FREE = load(&settings);
    assert_non_null(strstr(is, "error 2: /tmp/"));
    assert_non_null(strstr(is, "/b.csv:3: \"sometime\" is no rule"));
    strv_clear(&settings.support.rules);
}

static void a_folder_or_a_huge_file_is_refused(void **state)
{
    (void)state;
    make_dir("folder.csv");
    assert_loads("folder.csv", NULL, "error 1: rules in [support]: ");
    char *path AUTO_FREE = path_of("huge.csv");
    put("huge.csv", HEAD);
    assert_int_equal(truncate(path, LIMIT_SUPPORT_BYTES + 1), 0);
    assert_loads("huge.csv", NULL, "error 1: rules in [support]: ");
}

static void links_are_the_administrators(void **state)
{
    (void)state;
    char *link AUTO_FREE = path_of("link.csv");
    put_date("a.txt", "1970-01-02");
    assert_int_equal(symlink("a.txt", link), 0);
    assert_loads("link.csv", NULL, "1");
}

/* The build copies the shipped file beside the program, which lies a folder above this one. */
static void the_program_finds_a_file_or_says_so(void **state)
{
    struct err err = {0};
    struct support_rules rules;
    const struct settings settings = {0};
    (void)state;
    if (settings_load_support(&settings, &rules, &err))
        assert_true(rules.len > 0);
    else
        assert_int_equal(err.code, ERR_USAGE);
    support_rules_clear(&rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_installed_file_counts_where_none_is_named, begin, end),
        cmocka_unit_test_setup_teardown(additions_come_after_it, begin, end),
        cmocka_unit_test_setup_teardown(neither_file_is_there, begin, end),
        cmocka_unit_test_setup_teardown(named_files_alone_count, begin, end),
        cmocka_unit_test_setup_teardown(patterns_are_read_in_the_order_of_names, begin, end),
        cmocka_unit_test_setup_teardown(a_missing_file_is_named, begin, end),
        cmocka_unit_test_setup_teardown(a_bad_row_is_named_with_its_line, begin, end),
        cmocka_unit_test_setup_teardown(a_folder_or_a_huge_file_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(links_are_the_administrators, begin, end),
        cmocka_unit_test(the_program_finds_a_file_or_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

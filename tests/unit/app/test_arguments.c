/* The command line: what it says, and what a request through the service may not say. */
#include "test.h"

#include "ringmgr/app/arguments.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <getopt.h>

enum { WORDS = 16 };

/* Reads a command line, words with a blank between them. The texts of `line` must outlive `arguments`. */
static bool read_line(const struct strv *line, struct arguments *arguments, struct err *err)
{
    char name[] = "ringmgr", *argv[WORDS] = {name};
    for (size_t i = 0; i < line->len; i++)
        argv[i + 1] = line->item[i];
    optind = 0; /* getopt begins anew */
    return arguments_parse((int)line->len + 1, argv, arguments, err);
}

static void a_command_line_is_read(void **state)
{
    AUTO_STRV line = {0};
    struct arguments arguments;
    struct err err = {0};
    (void)state;
    strv_split(&line,
               "-v -c /x.conf promote --reason=late --wait 5s pilot --json --dry-run 16.0.1.2 --arch x86");
    assert_ok(read_line(&line, &arguments, &err));
    assert_string_equal(arguments.command, "promote");
    assert_string_equal(arguments.config, "/x.conf");
    assert_int_equal(arguments.word.len, 2);
    assert_string_equal(arguments.word.item[1], "16.0.1.2");
    assert_int_equal(arguments.wait_ms, 5000);
    assert_true(arguments.json && !arguments.help && !arguments.version);
    assert_int_equal(arguments.log.level, LOG_VERBOSE);
    assert_string_equal(arguments_value(&arguments, OPT_REASON), "late");
    assert_null(arguments_value(&arguments, OPT_RING));
    assert_int_equal(arguments.inherited.peer, -1);
    arguments_clear(&arguments);
}

static void what_is_no_command_line_is_refused(void **state)
{
    static const struct {
        const char *line, *part;
    } table[] = {
        {"--nope", "unknown option --nope"},
        {"status -Z", "unknown option -Z"},
        {"status --ring", "--ring needs a value"},
        {"promote --expedit", "unknown option --expedit; the nearest one is --expedite"},
        {"promote --exp pilot", "unknown option --exp; the nearest one is --expedite"},
        {"status --jso", "unknown option --jso; the nearest one is --json"},
        {"hold pilot --reaso late", "unknown option --reaso; the nearest one is --reason"},
        {"hold pilot --reaso=late", "unknown option --reaso; the nearest one is --reason"},
        {"hold pilot --reaso", "unknown option --reaso; the nearest one is --reason"},
        {"hold pilot --re=late", "unknown option --re; it could be any of --reason, --repair"},
        {"status --json=1", "the option --json takes no value"},
        {"--wait soon", "--wait soon: not a duration"},
        {"--inherit=config", "--inherit config: not a descriptor"},
        {"--inherit=nothing=0", "not a descriptor"},
        {"--inherit=peer=-1", "not a descriptor"},
        {"--inherit=peer=99999", "not a descriptor"},
        {"--inherit=web=1x", "not a descriptor"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        AUTO_STRV line = {0};
        struct arguments arguments;
        struct err err = {0};
        strv_split(&line, table[i].line);
        assert_fails(read_line(&line, &arguments, &err), ERR_USAGE);
        if (!strstr(err.msg, table[i].part))
            fail_msg("%s: %s", table[i].line, err.msg);
        arguments_clear(&arguments);
    }
}

static void descriptors_are_for_the_services_children(void **state)
{
    int fd = dup(STDIN_FILENO);
    AUTO_STRV line = {0};
    struct arguments arguments;
    struct err err = {0};
    (void)state;
    strv_addf(&line, "--inherit=config=%d", fd);
    bool good = read_line(&line, &arguments, &err);
    assert_true(good == (geteuid() != 0));
    assert_int_equal(arguments.inherited.config, fd);
    if (!good)
        assert_non_null(strstr(err.msg, "not for root"));
    arguments_clear(&arguments);
    close(fd);
}

static void a_request_keeps_what_is_the_services(void **state)
{
    static const char *const bad[] = {"-c /x status", "--config=/x status", "--inherit=web=0 status"};
    AUTO_STRV words = {0}, again = {0};
    struct arguments arguments = {.config = "/own.conf", .inherited = {3, 4, -1}};
    struct err err = {0};
    (void)state;
    strv_split(&words, "-q hold pilot --reason=r --stop-soak --ring=a --ring=b");
    assert_ok(arguments_parse_request(&words, &arguments, &err));
    assert_string_equal(arguments.config, "/own.conf");
    assert_int_equal(arguments.inherited.peer, 4);
    arguments_write(&arguments, &again);
    char *text = strv_join(&again, " ");
    assert_string_equal(text, "-q --wait=10s --reason=r --ring=a --ring=b --stop-soak -- hold pilot");
    free(text);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        AUTO_STRV line = {0};
        strv_split(&line, bad[i]);
        assert_fails(arguments_parse_request(&line, &arguments, &err), ERR_USAGE);
        assert_non_null(strstr(err.msg, "its own configuration, /own.conf"));
    }
    arguments_clear(&arguments);
}

static void a_command_takes_what_it_says(void **state)
{
    static const struct command command = {
        .name = "site status", .synopsis = "[SITE]", .words_max = 1, .takes = {OPT_RING, OPT_COUNT}};
    static const struct {
        const char *line, *part; /* NULL: it is taken */
    } table[] = {
        {"site status oslo --ring a", NULL},
        {"site status", NULL},
        {"site status oslo rome", "too many arguments"},
        {"site status --arch x64", "site status takes no --arch"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        AUTO_STRV line = {0};
        struct arguments arguments;
        struct err err = {0};
        strv_split(&line, table[i].line);
        assert_ok(read_line(&line, &arguments, &err));
        bool good = arguments_check(&arguments, &command, &err);
        if (good != !table[i].part || (!good && !strstr(err.msg, table[i].part)))
            fail_msg("%s: %s", table[i].line, err.msg);
        arguments_clear(&arguments);
    }
}

static void a_reason_is_one_line_of_text(void **state)
{
    char long_one[LIMIT_REASON_BYTES + 2];
    (void)state;
    memset(long_one, 'x', sizeof long_one - 1);
    long_one[sizeof long_one - 1] = 0;
    const char *const bad[] = {"",        " \t",    "a\nb", "a\x1b[2J", "\xe2\x80\xae turned",
                               "caf\xe9", long_one, NULL};
    struct arguments arguments = {.command = "hold"};
    struct err err = {0};
    assert_null(arguments_reason(&arguments, &err));
    assert_non_null(strstr(err.msg, "hold needs --reason"));
    for (size_t i = 0; bad[i]; i++) {
        strv_add(&arguments.value[OPT_REASON], bad[i]);
        assert_null(arguments_reason(&arguments, &err));
    }
    strv_add(&arguments.value[OPT_REASON], "s\xc3\xa5 d\xc3\xa4r");
    assert_string_equal(arguments_reason(&arguments, &err), "s\xc3\xa5 d\xc3\xa4r");
    arguments_clear(&arguments);
}

static void rings_builds_and_ids(void **state)
{
    static char pilot[] = "pilot", production[] = "production", file[] = "/x.conf";
    struct ring ring[] = {{.name = pilot}, {.name = production}};
    struct app app = {.settings = {.ring = ring, .rings = 2, .file = file}};
    struct build build;
    struct err err = {0};
    int64_t id;
    (void)state;
    const struct ring **rings = arguments_rings(&app, &err);
    assert_ptr_equal(rings[1], &ring[1]);
    assert_null(rings[2]);
    free(rings);
    strv_add(&app.arguments.word, "production");
    rings = arguments_rings(&app, &err);
    assert_ptr_equal(rings[0], &ring[1]);
    free(rings);
    strv_add(&app.arguments.word, "20326.20100");
    assert_null(arguments_rings(&app, &err));
    assert_string_equal(err.msg, "there is no ring 20326.20100 in /x.conf, only: pilot, production");
    assert_true(arguments_build(&app, 1, &build, &err) && build.part[2] == 20326);
    assert_false(arguments_build(&app, 0, &build, &err));
    assert_true(arguments_id("17", &id, &err) && id == 17);
    assert_false(arguments_id("0", &id, &err) || arguments_id("1x", &id, &err) ||
                 arguments_id("99999999999999999999", &id, &err));
    arguments_clear(&app.arguments);
}

static void architectures(void **state)
{
    static const struct {
        const char *text;
        unsigned wanted;
    } table[] = {{"x64", ARCH_X64}, {"64", ARCH_X64}, {"x86", ARCH_X86}, {"32", ARCH_X86}, {"arm64", 0}};
    struct arguments arguments = {.command = "sync"};
    struct err err = {0};
    unsigned got;
    (void)state;
    assert_true(arguments_architecture(&arguments, &got, &err) && got == 0);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        strv_add(&arguments.value[OPT_ARCH], table[i].text);
        assert_int_equal(arguments_architecture(&arguments, &got, &err), table[i].wanted != 0);
        assert_int_equal(got, table[i].wanted);
    }
    arguments_clear(&arguments);
}

static void what_help_is_asked_about(void **state)
{
    static const struct {
        const char *line, *words;
    } table[] = {
        {"--help", ""},
        {"promote pilot --help", "promote"},
        {"-h site sync tokyo --json", "site sync"},
        {"help gates soak -h", "gates soak"},
        {"help site sync tokyo --help", "site sync"},
        {"prmote pilot --help", "prmote pilot"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        AUTO_STRV line = {0};
        struct arguments arguments;
        struct err err = {0};
        strv_split(&line, table[i].line);
        assert_ok(read_line(&line, &arguments, &err));
        assert_true(arguments.help);
        arguments_ask_help(&arguments);
        char *words AUTO_FREE = strv_join(&arguments.word, " ");
        assert_string_equal(arguments.command, "help");
        assert_string_equal(words, table[i].words);
        arguments_clear(&arguments);
    }
}

static void channels(void **state)
{
    static const struct {
        const char *line, *id, *part;
    } table[] = {
        {"upstream --version", NULL, NULL},
        {"upstream --channel Current --channel MonthlyEnterprise -o x", "MonthlyEnterprise", NULL},
        {"upstream --channel MonthlyEnterprize", NULL, "the nearest one is MonthlyEnterprise"},
        {"upstream --channel x", NULL, "there is no channel x, only: "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        AUTO_STRV line = {0};
        struct arguments arguments;
        struct err err = {0};
        strv_split(&line, table[i].line);
        assert_ok(read_line(&line, &arguments, &err));
        const struct channel *channel = arguments_channel(&arguments, &err);
        assert_int_equal(channel != NULL, table[i].id != NULL);
        if (channel)
            assert_string_equal(channel->id, table[i].id);
        assert_int_equal(err.code, table[i].part ? ERR_USAGE : ERR_NONE);
        if (table[i].part)
            assert_non_null(strstr(err.msg, table[i].part));
        assert_int_equal(arguments.version, i == 0);
        assert_int_equal(arguments.given[OPT_OUTPUT], i == 1);
        arguments_clear(&arguments);
    }
}

static void a_time_that_cannot_be_read_is_told_from_a_day_that_is_none(void **state)
{
    struct err err = {0};
    (void)state;
    assert_fails(arguments_refuse_when("until", "2026-02-30", "a date", &err), ERR_USAGE);
    assert_string_equal(err.msg, "--until 2026-02-30: there is no such day");
    assert_fails(arguments_refuse_when("until", "soon", "a date", &err), ERR_USAGE);
    assert_string_equal(err.msg, "--until soon: not a date");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_line_is_read),
        cmocka_unit_test(what_is_no_command_line_is_refused),
        cmocka_unit_test(descriptors_are_for_the_services_children),
        cmocka_unit_test(a_request_keeps_what_is_the_services),
        cmocka_unit_test(a_command_takes_what_it_says),
        cmocka_unit_test(a_reason_is_one_line_of_text),
        cmocka_unit_test(rings_builds_and_ids),
        cmocka_unit_test(architectures),
        cmocka_unit_test(what_help_is_asked_about),
        cmocka_unit_test(channels),
        cmocka_unit_test(a_time_that_cannot_be_read_is_told_from_a_day_that_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Where on an unfinished command line somebody is, and what the synopsis says of a word. */
#include "test.h"

#include "ringmgr/app/commands.h"
#include "ringmgr/app/complete.h"

/* Words are split at blanks; a last blank begins an empty word. */
static void read_line(const char *line, struct strv *words, struct complete_place *place)
{
    while (true) {
        size_t len = strcspn(line, " ");
        char word[64] = {0};
        memcpy(word, line, len);
        strv_add(words, word);
        if (!line[len])
            break;
        line += len + 1;
    }
    complete_read(words, place);
}

static void the_last_word_is_a_word_an_option_or_a_value(void **state)
{
    static const struct {
        const char *line, *current, *value;
        size_t plain;
        int kept;
    } cases[] = {
        {"", "", NULL, 0, 0},
        {"sta", "sta", NULL, 0, 0},
        {"promote pi", "pi", NULL, 1, 0},
        {"promote --dry-run pi", "pi", NULL, 1, 0},
        {"promote --reason why pi", "pi", NULL, 1, 0},
        {"promote --reason=why pi", "pi", NULL, 1, 0},
        {"promote --ri", "--ri", NULL, 1, 0},
        {"promote --ring ", "", "RING", 1, 0},
        {"promote --ring pi", "pi", "RING", 1, 0},
        {"promote --ring=pi", "pi", "RING", 1, 7},
        {"promote --ring = pi", "pi", "RING", 1, 0},
        {"promote --ring =", "", "RING", 1, 0},
        {"promote --ring = pilot x", "x", NULL, 1, 0},
        {"promote -- --ring", "--ring", NULL, 1, 0},
        {"promote -", "-", NULL, 1, 0},
        {"lint - x", "x", NULL, 2, 0},
        {"-v -c /x promote ", "", NULL, 1, 0},
        {"promote --no-such =", "=", NULL, 1, 0},
        {"metrics -o x", "x", "PATH", 1, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct strv words = {0};
        struct complete_place place;
        read_line(cases[i].line, &words, &place);
        bool value = !cases[i].value ? !place.value : place.value && strcmp(place.value, cases[i].value) == 0;
        if (strcmp(place.current, cases[i].current) != 0 || !value || place.plain.len != cases[i].plain ||
            place.kept != cases[i].kept)
            fail_msg("%s: current \"%s\", value %s, %zu words, kept %d", cases[i].line, place.current,
                     place.value ? place.value : "none", place.plain.len, place.kept);
        complete_place_clear(&place);
        strv_clear(&words);
    }
}

static void the_configuration_is_found_wherever_it_stands(void **state)
{
    static const char *const lines[] = {"-c /x st", "--config /x st", "--config=/x st", "--config = /x st",
                                        "sync -c /x --ring y "};
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct strv words = {0};
        struct complete_place place;
        read_line(lines[i], &words, &place);
        assert_non_null(place.config);
        assert_string_equal(place.config, "/x");
        complete_place_clear(&place);
        strv_clear(&words);
    }
}

static void no_word_at_all_is_the_beginning(void **state)
{
    const struct strv none = {0};
    struct complete_place place;
    (void)state;
    complete_read(&none, &place);
    assert_string_equal(place.current, "");
    assert_int_equal(place.plain.len, 0);
}

static const struct command *command_called(const char *name)
{
    const struct command *command;
    for (size_t i = 0; (command = commands_at(i)); i++)
        if (strcmp(command->name, name) == 0)
            return command;
    fail_msg("no command %s", name);
    return NULL;
}

static void the_synopsis_says_what_a_word_is(void **state)
{
    static const struct {
        const char *command;
        size_t index;
        const char *word;
    } cases[] = {
        {"promote", 0, "RING"},     {"promote", 1, "BUILD"},    {"promote", 2, NULL},    {"sync", 0, "RING"},
        {"sync", 9, "RING"},        {"hold", 0, "RING|all"},    {"block", 0, "BUILD"},   {"block", 1, NULL},
        {"import", 0, "DIR|URL"},   {"generate", 0, "KIND"},    {"generate", 1, NULL},   {"status", 0, NULL},
        {"site verify", 0, "SITE"}, {"site verify", 4, "SITE"}, {"site pause", 1, NULL}, {"lint", 3, "FILE"},
        {"client", 0, "RING"},      {"client", 1, NULL},        {"notify", 0, NULL},     {"ack", 0, "ID"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *word = complete_word(command_called(cases[i].command), cases[i].index);
        if (cases[i].word ? !word || strcmp(word, cases[i].word) != 0 : word != NULL)
            fail_msg("%s %zu: %s", cases[i].command, cases[i].index, word ? word : "none");
        free(word);
    }
}

/* Help, completion and the check of arguments read the same row. */
static void every_synopsis_has_as_many_words_as_the_command_takes(void **state)
{
    const struct command *command;
    (void)state;
    for (size_t i = 0; (command = commands_at(i)); i++) {
        int most = command->words_max < 0 ? 3 : command->words_max;
        for (int k = 0; k < most; k++) {
            char *word = complete_word(command, (size_t)k);
            if (!word)
                fail_msg("%s %s: no word %d", command->name, command->synopsis, k);
            free(word);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_word_is_a_word_an_option_or_a_value),
        cmocka_unit_test(the_configuration_is_found_wherever_it_stands),
        cmocka_unit_test(no_word_at_all_is_the_beginning),
        cmocka_unit_test(the_synopsis_says_what_a_word_is),
        cmocka_unit_test(every_synopsis_has_as_many_words_as_the_command_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

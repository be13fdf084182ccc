/* help: all that can be said from the tables that the program works by. */
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/commands.h"
#include "ringmgr/app/options.h"
#include "ringmgr/app/settings_table.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/nearest.h"
#include "ringmgr/policy/gate.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- commands and options ---- */

static struct jv *option_to_json(const struct option_row *row)
{
    struct jv *object = jv_object();
    const char letter[] = {row->letter, 0};
    jv_set_text(object, "option", row->name);
    jv_set_text(object, "letter", row->letter ? letter : NULL);
    jv_set_text(object, "value", row->value);
    jv_set_text(object, "summary", row->summary);
    return object;
}

static struct jv *command_to_json(const struct command *command)
{
    struct jv *object = jv_object(), *options = jv_array();
    jv_set_text(object, "command", command->name);
    jv_set_text(object, "synopsis", command->synopsis);
    jv_set_text(object, "summary", command->summary);
    for (const enum argument_option *option = command->takes; *option != OPT_COUNT; option++)
        jv_push(options, option_to_json(options_of((int)*option)));
    jv_set(object, "options", options);
    return object;
}

static struct jv *common_to_json(void)
{
    struct jv *options = jv_array();
    const struct option_row *row;
    for (size_t i = 0; (row = options_at(i)); i++)
        if (row->id >= GLOBAL_FIRST && row->summary)
            jv_push(options, option_to_json(row));
    return options;
}

static void print_option(const struct option_row *row)
{
    char letter[] = "    ";
    if (row->letter)
        memcpy(letter, (const char[]){'-', row->letter, ','}, 3);
    char *spelling AUTO_FREE =
        mem_printf("--%s%s%s", row->name, row->value ? " " : "", row->value ? row->value : "");
    printf("  %s%-26s %s\n", letter, spelling, row->summary);
}

static void print_common(void)
{
    const struct option_row *row;
    for (size_t i = 0; (row = options_at(i)); i++)
        if (row->id >= GLOBAL_FIRST && row->summary)
            print_option(row);
}

/* ---- exit statuses ---- */

/* In the order of enum err_code. */
static const char *const statuses[] = {"done, or nothing to do",
                                       "failed",
                                       "usage or configuration: nothing was tried",
                                       "refused by a gate",
                                       "not genuine or not intact",
                                       "upstream or network: worth a retry",
                                       "no space",
                                       "locked by another run",
                                       "needs a person, or found something"};

enum { STATUSES = sizeof statuses / sizeof *statuses };

static bool help_exit(struct app *app, const char *wanted, struct err *err)
{
    struct jv *list = jv_array();
    jv_set(app->result, "statuses", list);
    for (int i = 0; i < STATUSES; i++) {
        if (wanted && (wanted[0] != '0' + i || wanted[1]))
            continue;
        struct jv *object = jv_object();
        jv_set_int(object, "status", i);
        jv_set_text(object, "text", statuses[i]);
        jv_push(list, object);
        if (!app->arguments.json)
            printf("%d  %s\n", i, statuses[i]);
    }
    if (jv_count(list) == 0)
        return err_set(err, ERR_USAGE, "there is no exit status %s, only 0 to %d", wanted, STATUSES - 1);
    if (!app->arguments.json && !wanted)
        puts("\nWhere several rings end differently the worst counts, in this order: 4 6 1 5 7 3 8 0.");
    return true;
}

/* ---- */

static void help_all(struct app *app)
{
    struct jv *list = jv_array();
    const struct command *command;
    jv_set(app->result, "commands", list);
    jv_set(app->result, "options", common_to_json());
    for (size_t i = 0; (command = commands_at(i)); i++)
        jv_push(list, command_to_json(command));
    if (app->arguments.json)
        return;
    puts("ringmgr [-c FILE] [-v|-q] [--wait DURATION] [--json] COMMAND …\n"
         "Microsoft 365 Apps builds: fetched, proven, and offered ring by ring.\n"
         "Manual: ringmgr(1), ringmgr.conf(5), ringmgr-formats(7)\n");
    print_common();
    puts("");
    for (size_t i = 0; (command = commands_at(i)); i++)
        printf("  %-9s %s\n            %s\n", command->name, command->synopsis, command->summary);
    puts("\nexit status: 0 done or nothing to do, 1 failed, 2 usage or configuration, 3 refused by a gate,\n"
         "  4 not genuine or not intact, 5 upstream or network, 6 no space, 7 locked, 8 needs a person\n\n"
         "ringmgr help COMMAND says more, ringmgr help gates what a promotion must pass");
}

static bool has_option(const struct command *command, enum argument_option wanted)
{
    for (const enum argument_option *option = command->takes; *option != OPT_COUNT; option++)
        if (*option == wanted)
            return true;
    return false;
}

/* What the words in capitals stand for, where they are not plain. */
static const struct {
    const char *word, *means;
} meanings[] = {
    {"BUILD", "16.0.20326.20100 or 20326.20100"},
    {"WHEN", "2026-12-24, \"2026-12-24 18:00\" or 2026-12-24T18:00Z; without Z in the configured time zone"},
    {"GATE", "a name of ringmgr help gates"},
    {"ID", "the number that the list shows: of ringmgr status, or of ringmgr pins"},
    {"HASH", "the hash of an entry, as ringmgr --json history shows it"},
    {"SECTION", "a section of the configuration, as ring"},
    {"STATUS", "an exit status, 0 to 8"},
};

/* "RING BUILD" has the word BUILD. */
static bool has_word(const char *text, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at += len)
        if ((at == text || !isupper((unsigned char)at[-1])) && !isupper((unsigned char)at[len]))
            return true;
    return false;
}

/* `texts` has the synopses, and the values of the options. Whether there was anything to print. */
static bool print_words(const struct strv *texts)
{
    char *text AUTO_FREE = strv_join(texts, " ");
    bool any = false;
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (has_word(text, meanings[i].word)) {
            printf("      %-26s %s\n", meanings[i].word, meanings[i].means);
            any = true;
        }
    return any;
}

/* Rows of one name share options: each is printed once, and its value put to `texts`. Whether there was any.
 */
static bool print_options(const char *name, const char *verb, struct strv *texts)
{
    const struct option_row *row;
    size_t before = texts->len;
    for (size_t i = 0; (row = options_at(i)); i++) {
        const struct command *command;
        bool takes = false;
        for (size_t k = 0; row->id < OPT_COUNT && (command = commands_at(k)); k++)
            takes = takes || (commands_is_called(command, name, verb) &&
                              has_option(command, (enum argument_option)row->id));
        if (!takes)
            continue;
        print_option(row);
        strv_add(texts, row->value ? row->value : "");
    }
    return texts->len > before;
}

static const char *const topics[] = {"gates", "config", "exit"};

static bool refuse_topic(const char *name, const char *verb, struct err *err)
{
    AUTO_STRV names = {0};
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
        strv_add(&names, topics[i]);
    char *hint AUTO_FREE = nearest_hint(name, &names);
    if (*hint)
        return err_set(err, ERR_USAGE, "there is no help about %s%s", name, hint);
    commands_say_unknown(name, verb, err);
    return err_prefix(err, "%s", name);
}

/* A family ("site") without its member is all of them. */
static bool is_meant(const struct command *command, const char *name, const char *verb)
{
    size_t len = strlen(name);
    return commands_is_called(command, name, verb) ||
           (!verb && strncmp(command->name, name, len) == 0 && command->name[len] == ' ');
}

static bool help_command(struct app *app, const char *name, const char *verb, struct err *err)
{
    AUTO_STRV texts = {0};
    struct jv *list = jv_array();
    const struct command *command;
    jv_set(app->result, "commands", list);
    for (size_t i = 0; (command = commands_at(i)); i++) {
        if (!is_meant(command, name, verb))
            continue;
        jv_push(list, command_to_json(command));
        strv_add(&texts, command->synopsis);
        if (!app->arguments.json)
            printf("ringmgr %s%s%s\n    %s\n", command->name, *command->synopsis ? " " : "",
                   command->synopsis, command->summary);
    }
    if (jv_count(list) == 0)
        return refuse_topic(name, verb, err);
    if (app->arguments.json)
        return true;
    puts("");
    bool more = print_options(name, verb, &texts);
    if (print_words(&texts) || more)
        puts("");
    puts("ringmgr(1) says more; ringmgr help lists all commands and the options that each of them takes.");
    return true;
}

/* ---- gates ---- */

/* "all", or which ways in the gate binds or, the other question, is only a warning on. The caller frees it.
 */
static char *list_lanes(enum gate gate, bool (*is_one)(enum gate gate, enum lane lane), struct jv *list)
{
    AUTO_STRV names = {0};
    for (enum lane lane = 0; lane < LANE_COUNT; lane++)
        if (is_one(gate, lane)) {
            strv_add(&names, gate_lane_name(lane));
            jv_push_text(list, gate_lane_name(lane));
        }
    return names.len == LANE_COUNT ? mem_strdup("all") : strv_join(&names, ", ");
}

static void add_gate(struct app *app, enum gate gate, struct jv *list)
{
    struct jv *object = jv_object(), *binds = jv_array(), *warns = jv_array();
    const char *keys = gate_keys(gate);
    char *lanes AUTO_FREE = list_lanes(gate, gate_binds, binds);
    char *warned AUTO_FREE = list_lanes(gate, gate_only_warns, warns);
    jv_set_text(object, "gate", gate_name(gate));
    jv_set_text(object, "asks", gate_asks(gate));
    jv_set(object, "binds", binds);
    jv_set(object, "warns", warns);
    jv_set_text(object, "keys", *keys ? keys : NULL);
    jv_set_bool(object, "force", gate_can_be_forced(gate));
    jv_push(list, object);
    if (app->arguments.json)
        return;
    printf("%-10s %s\n           binds: %s%s%s; force: %s\n", gate_name(gate), gate_asks(gate), lanes,
           *warned ? "; only warns: " : "", warned,
           gate_can_be_forced(gate) ? "overriders may open it (promote --override)" : "never");
    if (*keys)
        printf("           set by: %s\n", keys);
}

static bool refuse_gate(const char *wanted, struct err *err)
{
    AUTO_STRV names = {0};
    for (enum gate gate = 0; gate < GATE_COUNT; gate++)
        strv_add(&names, gate_name(gate));
    char *all AUTO_FREE = strv_join(&names, ", ");
    char *hint AUTO_FREE = nearest_hint(wanted, &names);
    return err_set(err, ERR_USAGE, "there is no gate %s, only: %s%s", wanted, all, hint);
}

static bool help_gates(struct app *app, const char *wanted, struct err *err)
{
    struct jv *list = jv_array();
    enum gate only = wanted ? gate_find(wanted) : GATE_COUNT;
    jv_set(app->result, "gates", list);
    if (wanted && only == GATE_COUNT)
        return refuse_gate(wanted, err);
    if (!app->arguments.json && !wanted)
        puts("A build enters a ring when all of these are answered with yes: ringmgr explain RING\n");
    for (enum gate gate = 0; gate < GATE_COUNT; gate++)
        if (!wanted || gate == only)
            add_gate(app, gate, list);
    if (!app->arguments.json)
        puts(
            "\nbinds: manual (promote), automatic (publish = auto), expedite (promote --expedite), rollback, "
            "return\n(a ring that follows headquarters back). Gates without a key are set by people or "
            "events: "
            "hold, block,\nMicrosoft's recalls, the clock.");
    return true;
}

/* ---- the configuration ---- */

static void add_key(struct app *app, const struct settings_key *key, struct jv *list)
{
    struct jv *object = jv_object();
    jv_set_text(object, "key", key->name);
    jv_set_bool(object, "list", key->list);
    jv_set_bool(object, "required", key->required);
    jv_set_text(object, "default", key->otherwise);
    jv_push(list, object);
    if (!app->arguments.json)
        printf("%-20s %s%s\n", key->name,
               key->required    ? "must be set"
               : key->otherwise ? "default: "
                                : "not set",
               key->otherwise ? key->otherwise : "");
}

static void add_section(struct app *app, const struct settings_section *section, struct jv *list)
{
    struct jv *object = jv_object(), *keys = jv_array();
    struct settings_key key;
    jv_set_text(object, "section", section->name);
    jv_set_bool(object, "named", section->named);
    jv_set(object, "keys", keys);
    jv_push(list, object);
    if (!app->arguments.json)
        printf("%s[%s%s]\n", jv_count(list) > 1 ? "\n" : "", section->name, section->named ? " NAME" : "");
    if (section->people && !app->arguments.json)
        puts("PERSON = ACCOUNT, …    the accounts of one person");
    for (size_t i = 0; settings_key_at(i, &key); i++)
        if (strcmp(key.section, section->name) == 0)
            add_key(app, &key, keys);
}

static bool help_config(struct app *app, const char *wanted, struct err *err)
{
    AUTO_STRV names = {0};
    struct jv *list = jv_array();
    const struct settings_section *section;
    jv_set(app->result, "sections", list);
    for (size_t i = 0; (section = settings_section_at(i)); i++) {
        strv_add(&names, section->name);
        if (!wanted || strcmp(wanted, section->name) == 0)
            add_section(app, section, list);
    }
    if (jv_count(list) == 0) {
        char *all AUTO_FREE = strv_join(&names, ", ");
        char *hint AUTO_FREE = nearest_hint(wanted, &names);
        return err_set(err, ERR_USAGE, "there is no section [%s], only: %s%s", wanted, all, hint);
    }
    if (!app->arguments.json)
        puts("\nringmgr.conf(5) says what each means; a ring has what [content] and [deploy] say unless it "
             "says "
             "otherwise.");
    return true;
}

/* ---- */

enum err_code cmd_help(struct app *app, struct err *err)
{
    const struct strv *words = &app->arguments.word;
    const char *topic = words->len ? words->item[0] : "";
    const char *name = words->len > 1 ? words->item[1] : NULL;
    bool known = true;
    if (!*topic)
        help_all(app);
    else if (strcmp(topic, "gates") == 0 || strcmp(topic, "gate") == 0)
        known = help_gates(app, name, err);
    else if (strcmp(topic, "exit") == 0)
        known = help_exit(app, name, err);
    else if (strcmp(topic, "config") == 0)
        known = help_config(app, name, err);
    else
        known = help_command(app, topic, name, err);
    return known ? ERR_NONE : err->code;
}

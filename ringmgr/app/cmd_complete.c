/* complete: what may come next on a command line. Shells ask it at each press of a key, so it waits for
 * nothing, and what it cannot look at has no names. */
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/commands.h"
#include "ringmgr/app/complete.h"
#include "ringmgr/app/generate.h"
#include "ringmgr/app/options.h"
#include "ringmgr/app/output.h"
#include "ringmgr/app/settings_table.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/language.h"
#include "ringmgr/policy/gate.h"
#include "ringmgr/state/catalog.h"
#include "ringmgr/state/pin.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is found: names with a word about each, or that files are wanted. */
struct found {
    const struct app *app;
    const struct complete_place *place;
    struct strv words, texts;
    const char *files; /* "files", "folders"; NULL */
};

static void clear_found(struct found *found)
{
    strv_clear(&found->words);
    strv_clear(&found->texts);
}

/* What would act on the terminal is no word to be put there. */
static void add(struct found *found, const char *word, const char *text)
{
    const char *current = found->place->current;
    char *shown AUTO_FREE = output_shown(word), *about AUTO_FREE = output_shown(text ? text : "");
    if (strncmp(word, current, strlen(current)) != 0 || strcmp(shown, word) != 0 ||
        strv_has(&found->words, word))
        return;
    strv_add(&found->words, word);
    strv_add(&found->texts, about);
}

/* ---- names of each kind ---- */

static void add_rings(struct found *found)
{
    const struct settings *settings = &found->app->settings;
    for (size_t i = 0; i < settings->rings; i++)
        add(found, settings->ring[i].name,
            settings->ring[i].channel ? settings->ring[i].channel->display_name : "ring");
}

static void add_sites(struct found *found)
{
    const struct settings *settings = &found->app->settings;
    for (size_t i = 0; i < settings->sites; i++)
        add(found, settings->site[i].name, settings->site[i].target);
}

static void add_targets(struct found *found)
{
    const struct settings *settings = &found->app->settings;
    for (size_t i = 0; i < settings->targets; i++)
        add(found, settings->target[i].name, "notify");
}

static void add_channels(struct found *found)
{
    const struct channel *channel;
    for (size_t i = 0; (channel = channel_at(i)); i++)
        add(found, channel->id, channel->display_name);
}

static void add_languages(struct found *found)
{
    const struct language *language;
    for (size_t i = 0; (language = language_at(i)); i++)
        add(found, language->culture, NULL);
}

static void add_gates(struct found *found)
{
    for (enum gate gate = 0; gate < GATE_COUNT; gate++)
        if (gate_can_be_forced(gate))
            add(found, gate_name(gate), gate_asks(gate));
}

static void add_kinds(struct found *found)
{
    const char *kind;
    for (size_t i = 0; (kind = generate_kind_at(i)); i++)
        add(found, kind, NULL);
}

static void add_sections(struct found *found)
{
    const struct settings_section *section;
    for (size_t i = 0; (section = settings_section_at(i)); i++)
        add(found, section->name, NULL);
}

static void add_commands(struct found *found)
{
    const struct command *command;
    for (size_t i = 0; (command = commands_at(i)); i++) {
        size_t len = strcspn(command->name, " ");
        char *name AUTO_FREE = mem_strndup(command->name, len);
        add(found, name, command->name[len] ? "the file servers near people" : command->summary);
    }
}

static void add_builds_of(struct found *found, const struct channel *channel)
{
    const struct build none = {0};
    struct catalog_build_list list = {0};
    struct err ignored = {0};
    if (catalog_builds_after(found->app->job.state, channel, &none, &list, &ignored))
        for (size_t i = 0; i < list.len; i++) {
            char text[BUILD_TEXT_SIZE];
            build_format(&list.item[i].build, text);
            add(found, text, channel->id);
        }
    free(list.item);
}

/* Of the channel of the ring that stands before it, else of every ring's. */
static void add_builds(struct found *found)
{
    const struct settings *settings = &found->app->settings;
    const struct strv *plain = &found->place->plain;
    const struct ring *ring = plain->len > 1 ? settings_ring(settings, plain->item[1]) : NULL;
    for (size_t i = 0; found->app->job.state && i < settings->rings; i++)
        if (settings->ring[i].channel && (!ring || ring == &settings->ring[i]))
            add_builds_of(found, settings->ring[i].channel);
}

static void add_attentions(struct found *found)
{
    struct attentions attentions AUTO(attentions_clear) = {0};
    struct err ignored = {0};
    if (!catalog_attentions(found->app->job.state, &attentions, &ignored))
        return;
    for (size_t i = 0; i < attentions.len; i++) {
        char *id AUTO_FREE = mem_printf("%" PRId64, attentions.item[i].id);
        add(found, id, attentions.item[i].text);
    }
}

static void add_pins(struct found *found)
{
    struct pins pins AUTO(pins_clear) = {0};
    struct err ignored = {0};
    if (!pins_standing(found->app->job.state, NULL, &pins, &ignored))
        return;
    for (size_t i = 0; i < pins.len; i++) {
        char *id AUTO_FREE = mem_printf("%" PRId64, pins.item[i].id);
        add(found, id, pins.item[i].ring);
    }
}

/* `ack ID` and `pins --clear ID`. */
static void add_ids(struct found *found)
{
    if (!found->app->job.state)
        return;
    if (found->place->value)
        add_pins(found);
    else
        add_attentions(found);
}

static void want_files(struct found *found)
{
    found->files = "files";
}

static void want_folders(struct found *found)
{
    found->files = "folders";
}

/* What the words of a synopsis and the values of options stand for; others have no names that are known. */
static const struct {
    const char *name;
    void (*add)(struct found *found);
} kinds[] = {
    {"RING", add_rings},         {"SITE", add_sites},      {"BUILD", add_builds}, {"CHANNEL", add_channels},
    {"LANGUAGE", add_languages}, {"GATE", add_gates},      {"KIND", add_kinds},   {"COMMAND", add_commands},
    {"TARGET", add_targets},     {"ID", add_ids},          {"FILE", want_files},  {"PATH", want_files},
    {"DIR", want_folders},       {"FOLDER", want_folders},
};

static void add_kind(struct found *found, const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0)
            kinds[i].add(found);
}

/* "RING|all": what is in capitals stands for names. */
static void add_choices(struct found *found, const char *choices)
{
    while (*choices) {
        size_t len = strcspn(choices, "|");
        char *choice AUTO_FREE = mem_strndup(choices, len);
        bool stands = isupper((unsigned char)choice[0]) && (len < 2 || isupper((unsigned char)choice[1]));
        if (stands)
            add_kind(found, choice);
        else
            add(found, choice, NULL);
        choices += len + (choices[len] == '|');
    }
}

/* ---- commands, their words, their options ---- */

static bool is_called(const struct command *command, const struct strv *plain)
{
    return commands_is_called(command, plain->item[0], plain->len > 1 ? plain->item[1] : NULL);
}

static void add_option(struct found *found, const struct option_row *row)
{
    char *spelling AUTO_FREE = mem_printf("--%s", row->name);
    add(found, spelling, row->summary);
}

static void add_options(struct found *found, const struct strv *plain)
{
    const struct command *command;
    const struct option_row *row;
    for (size_t i = 0; plain->len && (command = commands_at(i)); i++)
        if (is_called(command, plain))
            for (const enum argument_option *option = command->takes; *option != OPT_COUNT; option++)
                add_option(found, options_of((int)*option));
    for (size_t i = 0; (row = options_at(i)); i++)
        if (row->id >= GLOBAL_FIRST && row->summary)
            add_option(found, row);
}

/* The second word of a name, of a family whose name stands alone. */
static void add_verbs(struct found *found, const char *family)
{
    const struct command *command;
    size_t len = strlen(family);
    for (size_t i = 0; (command = commands_at(i)); i++)
        if (strncmp(command->name, family, len) == 0 && command->name[len] == ' ')
            add(found, command->name + len + 1, command->summary);
}

/* What narrows the help about `topic`. */
static void add_narrower(struct found *found, const char *topic)
{
    if (strcmp(topic, "config") == 0)
        add_sections(found);
    else if (strcmp(topic, "gates") == 0)
        for (enum gate gate = 0; gate < GATE_COUNT; gate++)
            add(found, gate_name(gate), gate_asks(gate));
    else
        add_verbs(found, topic);
}

static void add_words(struct found *found, const struct strv *plain)
{
    const struct command *command = NULL;
    for (size_t i = 0; (command = commands_at(i)); i++)
        if (is_called(command, plain))
            break;
    if (!command) {
        if (plain->len == 1)
            add_verbs(found, plain->item[0]);
        return;
    }
    if (strcmp(command->name, "help") == 0 && plain->len == 2) {
        add_narrower(found, plain->item[1]);
        return;
    }
    size_t behind = plain->len - 1 - (strchr(command->name, ' ') ? 1 : 0);
    char *word AUTO_FREE = complete_word(command, behind);
    if (word)
        add_choices(found, word);
}

static void gather(struct found *found)
{
    const struct complete_place *place = found->place;
    if (place->value)
        add_choices(found, place->value);
    else if (place->current[0] == '-' && !place->words_only)
        add_options(found, &place->plain);
    else if (place->plain.len == 0)
        add_commands(found);
    else
        add_words(found, &place->plain);
}

/* ---- */

/* A line each; before them an empty word where files are wanted, too. */
static void print(const struct found *found, const char *kept, int len)
{
    if (found->files)
        printf("\t%s\n", found->files);
    for (size_t i = 0; i < found->words.len; i++)
        printf("%.*s%s\t%s\n", len, kept, found->words.item[i], found->texts.item[i]);
}

static void to_json(const struct found *found, struct jv *result)
{
    struct jv *list = jv_array();
    jv_set_text(result, "files", found->files);
    jv_set(result, "candidates", list);
    for (size_t i = 0; i < found->words.len; i++) {
        struct jv *object = jv_object();
        jv_set_text(object, "word", found->words.item[i]);
        jv_set_text(object, "text", found->texts.item[i]);
        jv_push(list, object);
    }
}

enum err_code cmd_complete(struct app *app, struct err *err)
{
    const struct strv *words = &app->arguments.word;
    struct complete_place place AUTO(complete_place_clear) = {0};
    complete_read(words, &place);
    AUTO(clear_found)
    struct found found = {.app = app, .place = &place};
    (void)err;
    gather(&found);
    if (app->arguments.json)
        to_json(&found, app->result);
    else
        print(&found, words->len ? words->item[words->len - 1] : "", place.kept);
    return ERR_NONE;
}

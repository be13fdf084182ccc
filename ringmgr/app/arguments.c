#include "ringmgr/app/arguments.h"
#include "ringmgr/app/commands.h"
#include "ringmgr/app/options.h"
#include "ringmgr/app/settings_duration.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/nearest.h"
#include "ringmgr/base/utf8.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/c2r/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WAIT_MS = 10 * 1000, OPTIONS_MAX = 80, LONG_FIRST = 256 /* beyond every letter */ };

const char *arguments_spelling(enum argument_option option)
{
    const struct option_row *row = options_of((int)option);
    return row ? row->name : "?";
}

/* What --inherit may hand over. */
static const struct {
    const char *name;
    size_t field;
} heirlooms[] = {
    {"config", offsetof(struct inherited, config)},
    {"peer", offsetof(struct inherited, peer)},
    {"web", offsetof(struct inherited, web)},
};

/* "config=7": one of the descriptors, which no child of ours shall have. */
static bool take_heirloom(struct inherited *inherited, const char *text, struct err *err)
{
    const char *equals = strchr(text, '=');
    size_t len = equals ? (size_t)(equals - text) : 0;
    for (size_t i = 0; equals && i < sizeof heirlooms / sizeof *heirlooms; i++) {
        char *end;
        errno = 0;
        long fd = strtol(equals + 1, &end, 10);
        if (strlen(heirlooms[i].name) != len || strncmp(heirlooms[i].name, text, len) != 0)
            continue;
        if (equals[1] < '0' || equals[1] > '9' || *end || errno || fd > INT_MAX ||
            fcntl((int)fd, F_SETFD, FD_CLOEXEC) != 0)
            break;
        *(int *)(void *)((char *)inherited + heirlooms[i].field) = (int)fd;
        return true;
    }
    return err_set(err, ERR_USAGE, "--inherit %s: not a descriptor that ringmgr serve hands over", text);
}

/* Whoever called sudo would say which descriptor tells who calls. */
static bool take_inherited(struct inherited *inherited, const char *text, struct err *err)
{
    AUTO_STRV pieces = {0};
    strv_split(&pieces, text);
    for (size_t i = 0; i < pieces.len; i++)
        if (!take_heirloom(inherited, pieces.item[i], err))
            return false;
    return geteuid() != 0 ||
           err_set(err, ERR_USAGE, "--inherit is for the children of ringmgr serve, not for root");
}

/* Whose command comes through the service's socket says what to do, not by which configuration. */
static bool check_global(const struct arguments *arguments, int id, struct err *err)
{
    bool own = arguments->inherited.peer < 0 && arguments->inherited.web < 0;
    if (own || (id != GLOBAL_CONFIG && id != GLOBAL_INHERIT))
        return true;
    return err_set(err, ERR_USAGE, "--%s: the service works with its own configuration, %s",
                   id == GLOBAL_CONFIG ? "config" : "inherit", arguments->config);
}

static bool take_global(struct arguments *arguments, int id, const char *value, struct err *err)
{
    int64_t seconds;
    if (!check_global(arguments, id, err))
        return false;
    switch (id) {
    case GLOBAL_CONFIG:
        arguments->config = value;
        return true;
    case GLOBAL_VERBOSE:
        arguments->log.level = LOG_VERBOSE;
        return true;
    case GLOBAL_QUIET:
        arguments->log.level = LOG_QUIET;
        return true;
    case GLOBAL_WAIT:
        if (!settings_parse_duration(value, &seconds))
            return err_set(err, ERR_USAGE, "--wait %s: not a duration such as 30s or \"5 minutes\"", value);
        arguments->wait_ms = seconds * 1000;
        return true;
    case GLOBAL_JSON:
        arguments->json = true;
        return true;
    case GLOBAL_INHERIT:
        return take_inherited(&arguments->inherited, value, err);
    case GLOBAL_HELP:
        arguments->help = true;
        return true;
    default:
        arguments->version = true;
        return true;
    }
}

static bool take(struct arguments *arguments, int id, const char *value, struct err *err)
{
    if (id >= OPT_COUNT)
        return take_global(arguments, id, value, err);
    arguments->given[id] = true;
    if (value)
        strv_add(&arguments->value[id], value);
    return true;
}

/* getopt's short options stand for these. */
static int long_id(int c)
{
    switch (c) {
    case 'c':
        return GLOBAL_CONFIG;
    case 'v':
        return GLOBAL_VERBOSE;
    case 'q':
        return GLOBAL_QUIET;
    case 'h':
        return GLOBAL_HELP;
    case 'o':
        return OPT_OUTPUT;
    default:
        return c - LONG_FIRST;
    }
}

/* What begins as was written, else what is nearest. */
static bool refuse_option(const char *what, struct err *err)
{
    AUTO_STRV names = {0};
    size_t len = strcspn(what, "=");
    const char *nearest = options_nearest(what);
    const struct option_row *row;
    if (options_find(what))
        return err_set(err, ERR_USAGE, "the option %.*s takes no value", (int)len, what);
    for (size_t i = 0; strncmp(what, "--", 2) == 0 && (row = options_at(i)); i++)
        if (row->summary && len > 2 && strncmp(row->name, what + 2, len - 2) == 0)
            strv_addf(&names, "--%s", row->name);
    if (names.len == 0 && nearest)
        strv_addf(&names, "--%s", nearest);
    char *list AUTO_FREE = strv_join(&names, ", ");
    return err_set(err, ERR_USAGE, "unknown option %.*s%s%s: ringmgr help lists them", (int)len, what,
                   names.len > 1    ? "; it could be any of "
                   : names.len == 1 ? "; the nearest one is "
                                    : "",
                   list);
}

/* getopt_long() takes the beginning of a name for the whole: a slip of the pen would be another option. */
static bool check_whole(const char *word, struct err *err)
{
    return strncmp(word, "--", 2) != 0 || options_find(word) || refuse_option(word, err);
}

static void list_options(struct option table[OPTIONS_MAX + 1])
{
    const struct option_row *row;
    for (size_t i = 0; i < OPTIONS_MAX && (row = options_at(i)); i++)
        table[i] = (struct option){row->name, row->value ? required_argument : no_argument, NULL,
                                   row->id + LONG_FIRST};
}

static bool parse_options(int argc, char **argv, struct arguments *arguments, struct err *err)
{
    struct option table[OPTIONS_MAX + 1] = {0};
    int c;
    list_options(table);
    opterr = 0;
    while ((c = getopt_long(argc, argv, ":c:vqho:", table, NULL)) != -1) {
        const char *what = argv[optind > 0 ? optind - 1 : 0];
        if (c == '?')
            return refuse_option(what, err);
        if (c != ':' && optarg && what == optarg) /* the value is a word of its own */
            what = argv[optind - 2];
        if (c >= LONG_FIRST || c == ':')
            if (!check_whole(what, err))
                return false;
        if (c == ':')
            return err_set(err, ERR_USAGE, "the option %s needs a value", what);
        if (!take(arguments, long_id(c), optarg, err))
            return false;
    }
    return true;
}

static bool parse(int argc, char **argv, struct arguments *arguments, struct err *err)
{
    arguments->wait_ms = WAIT_MS;
    arguments->log = (struct log){LOG_NORMAL, isatty(STDERR_FILENO) == 1, log_is_journal()};
    if (!parse_options(argc, argv, arguments, err))
        return false;
    if (optind < argc)
        arguments->command = argv[optind++];
    for (; optind < argc; optind++)
        strv_add(&arguments->word, argv[optind]);
    return true;
}

bool arguments_parse(int argc, char **argv, struct arguments *arguments, struct err *err)
{
    *arguments =
        (struct arguments){.config = ARGUMENTS_CONFIG, .inherited = {.config = -1, .peer = -1, .web = -1}};
    return parse(argc, argv, arguments, err);
}

bool arguments_parse_request(const struct strv *words, struct arguments *arguments, struct err *err)
{
    char name[] = "ringmgr"; /* for messages of getopt, which are off */
    const char *config = arguments->config;
    const struct inherited inherited = arguments->inherited;
    char **argv AUTO_FREE = mem_new(words->len + 2, sizeof *argv);
    argv[0] = name;
    for (size_t i = 0; i < words->len; i++)
        argv[i + 1] = words->item[i];
    arguments_clear(arguments);
    *arguments = (struct arguments){.config = config, .inherited = inherited};
    optind = 0; /* glibc: once more from the beginning */
    return parse((int)words->len + 1, argv, arguments, err);
}

void arguments_write(const struct arguments *arguments, struct strv *words)
{
    if (arguments->log.level != LOG_NORMAL)
        strv_add(words, arguments->log.level == LOG_VERBOSE ? "-v" : "-q");
    if (arguments->json)
        strv_add(words, "--json");
    strv_addf(words, "--wait=%" PRId64 "s", arguments->wait_ms / 1000);
    for (int i = 0; i < OPT_COUNT; i++) {
        const char *name = arguments_spelling((enum argument_option)i);
        if (arguments->given[i] && arguments->value[i].len == 0)
            strv_addf(words, "--%s", name);
        for (size_t j = 0; j < arguments->value[i].len; j++)
            strv_addf(words, "--%s=%s", name, arguments->value[i].item[j]);
    }
    strv_add(words, "--");
    strv_add(words, arguments->command);
    strv_copy(words, &arguments->word);
}

bool arguments_check(const struct arguments *arguments, const struct command *command, struct err *err)
{
    bool takes[OPT_COUNT] = {false};
    int words = (int)arguments->word.len;
    words -= strchr(command->name, ' ') ? 1 : 0; /* the second word of the name */
    for (const enum argument_option *option = command->takes; *option != OPT_COUNT; option++)
        takes[*option] = true;
    for (int i = 0; i < OPT_COUNT; i++)
        if (arguments->given[i] && !takes[i])
            return err_set(err, ERR_USAGE, "%s takes no --%s: ringmgr %s%s%s", command->name,
                           arguments_spelling((enum argument_option)i), command->name,
                           *command->synopsis ? " " : "", command->synopsis);
    if (words < command->words_min || (command->words_max >= 0 && words > command->words_max))
        return err_set(err, ERR_USAGE, "%s arguments: ringmgr %s%s%s",
                       words < command->words_min ? "missing" : "too many", command->name,
                       *command->synopsis ? " " : "", command->synopsis);
    return true;
}

void arguments_clear(struct arguments *arguments)
{
    strv_clear(&arguments->word);
    for (int i = 0; i < OPT_COUNT; i++)
        strv_clear(&arguments->value[i]);
}

/* The word behind a command counts where it belongs to the command's name, or to help itself. */
void arguments_ask_help(struct arguments *arguments)
{
    AUTO_STRV words = {0};
    const struct command *command = commands_find(arguments);
    bool own = command && (strchr(command->name, ' ') || strcmp(command->name, "help") == 0);
    if (arguments->command && !(command && strcmp(command->name, "help") == 0))
        strv_add(&words, arguments->command);
    if (own || !command)
        strv_copy(&words, &arguments->word);
    strv_clear(&arguments->word);
    for (size_t i = 0; i < words.len && i < 2; i++)
        strv_add(&arguments->word, words.item[i]);
    memset(arguments->given, 0, sizeof arguments->given);
    arguments->command = "help";
}

const char *arguments_value(const struct arguments *arguments, enum argument_option option)
{
    const struct strv *values = &arguments->value[option];
    return values->len ? values->item[values->len - 1] : NULL;
}

/* A reason with a line break could look like two entries of the history, one that turns the direction of
 * writing like another. */
static bool has_control(const char *text)
{
    for (size_t len; *text; text += len) {
        len = utf8_length(text);
        if (len == 0 || utf8_is_control(text))
            return true;
    }
    return false;
}

const char *arguments_reason(const struct arguments *arguments, struct err *err)
{
    const char *reason = arguments_value(arguments, OPT_REASON);
    if (!reason || !reason[strspn(reason, " \t\r\n")])
        err_set(err, ERR_USAGE, "%s needs --reason TEXT", arguments->command);
    else if (has_control(reason))
        err_set(
            err, ERR_USAGE,
            "the reason holds a line break, another control character or bytes that are no UTF-8: one line "
            "of text, please");
    else if (strlen(reason) > LIMIT_REASON_BYTES)
        err_set(err, ERR_USAGE, "the reason is longer than %d bytes", LIMIT_REASON_BYTES);
    else
        return reason;
    return NULL;
}

const struct ring *arguments_ring(const struct app *app, const char *name, struct err *err)
{
    AUTO_STRV names = {0};
    const struct ring *ring = settings_ring(&app->settings, name);
    if (ring)
        return ring;
    for (size_t i = 0; i < app->settings.rings; i++)
        strv_add(&names, app->settings.ring[i].name);
    char *list AUTO_FREE = strv_join(&names, ", ");
    char *hint AUTO_FREE = settings_ring_hint(&app->settings, name);
    err_set(err, ERR_USAGE, "there is no ring %s in %s, only: %s%s", name, app->settings.file, list, hint);
    return NULL;
}

const struct channel *arguments_channel(const struct arguments *arguments, struct err *err)
{
    AUTO_STRV ids = {0};
    const char *name = arguments_value(arguments, OPT_CHANNEL);
    const struct channel *channel = name ? channel_find(name) : NULL, *known;
    for (size_t i = 0; (known = channel_at(i)); i++)
        strv_add(&ids, known->id);
    char *list AUTO_FREE = strv_join(&ids, ", ");
    char *hint AUTO_FREE = name ? nearest_hint(name, &ids) : NULL;
    if (name && !channel)
        err_set(err, ERR_USAGE, "--channel %s: there is no channel %s, only: %s%s", name, name, list, hint);
    return channel;
}

const struct ring **arguments_rings(const struct app *app, struct err *err)
{
    const struct strv *words = &app->arguments.word;
    size_t len = words->len ? words->len : app->settings.rings;
    const struct ring **rings = mem_new(len + 1, sizeof(struct ring *));
    for (size_t i = 0; i < len; i++) {
        rings[i] = words->len ? arguments_ring(app, words->item[i], err) : &app->settings.ring[i];
        if (!rings[i]) {
            free(rings);
            return NULL;
        }
    }
    return rings;
}

bool arguments_build(const struct app *app, size_t index, struct build *build, struct err *err)
{
    return build_parse(app->arguments.word.item[index], build, err);
}

bool arguments_id(const char *text, int64_t *id, struct err *err)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (*text < '1' || *text > '9' || *end || errno)
        return err_set(err, ERR_USAGE, "\"%s\" is no id: a whole number, as the list shows it", text);
    *id = number;
    return true;
}

bool arguments_refuse_when(const char *option, const char *text, const char *forms, struct err *err)
{
    if (zone_is_no_day(text))
        return err_set(err, ERR_USAGE, "--%s %s: there is no such day", option, text);
    return err_set(err, ERR_USAGE, "--%s %s: not %s", option, text, forms);
}

bool arguments_architecture(const struct arguments *arguments, unsigned *architecture, struct err *err)
{
    const char *text = arguments_value(arguments, OPT_ARCH);
    *architecture = 0;
    if (!text)
        return true;
    if (strcmp(text, "x64") == 0 || strcmp(text, "64") == 0)
        *architecture = ARCH_X64;
    else if (strcmp(text, "x86") == 0 || strcmp(text, "32") == 0)
        *architecture = ARCH_X86;
    return *architecture || err_set(err, ERR_USAGE, "--arch %s: x64 or x86", text);
}

#include "ringmgr/app/arguments.h"
#include "ringmgr/app/control.h"
#include "ringmgr/app/output.h"
#include "ringmgr/app/request.h"
#include "ringmgr/app/settings_problems.h"
#include "ringmgr/app/web_order.h"
#include "ringmgr/app/world.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/process.h"
#include "ringmgr/base/version.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
    {"check",
     "[--clients]",
     "the configuration and its surroundings, every problem in one run; --clients reads the shares as "
     "machines do",
     NEED_SETTINGS,
     0,
     0,
     cmd_check,
     {OPT_CLIENTS, OPT_COUNT}},
    {"upstream",
     "[--channel C]",
     "what Microsoft offers: builds, versions, dates, recalls",
     NEED_WRITE,
     0,
     0,
     cmd_upstream,
     {OPT_CHANNEL, OPT_COUNT}},
    {"sync",
     "[RING…] [--build B] [--dry-run] [--now] [--filelist FILE]",
     "fetch and prove what the rings want, then promote where publish = auto",
     NEED_WRITE,
     0,
     -1,
     cmd_sync,
     {OPT_BUILD, OPT_DRY_RUN, OPT_NOW, OPT_FILELIST, OPT_COUNT}},
    {"import",
     "DIR|URL --ring RING [--filelist FILE]",
     "the same from a folder, or from a share of another server",
     NEED_WRITE,
     1,
     1,
     cmd_import,
     {OPT_RING, OPT_FILELIST, OPT_COUNT}},
    {"status",
     "[--check]",
     "what needs attention, then a ring a line",
     NEED_READ,
     0,
     0,
     cmd_status,
     {OPT_CHECK, OPT_COUNT}},
    {"explain",
     "RING [BUILD]",
     "every gate of the next promotion, open or shut, and why",
     NEED_READ,
     1,
     2,
     cmd_explain,
     {OPT_COUNT}},
    {"diff",
     "RING [BUILD]",
     "what a promotion would change: files, languages, bytes, support days",
     NEED_READ,
     1,
     2,
     cmd_diff,
     {OPT_COUNT}},
    {"client",
     "RING --have BUILD --arch A --lang L… [--channel C] [--target BUILD]",
     "what a machine would do with this share, and until when nothing",
     NEED_READ,
     1,
     1,
     cmd_client,
     {OPT_HAVE, OPT_ARCH, OPT_LANG, OPT_CHANNEL, OPT_TARGET, OPT_COUNT}},
    {"approve",
     "RING BUILD --reason TEXT",
     "approve this build, as its files are now, for the ring",
     NEED_DECIDE,
     2,
     2,
     cmd_approve,
     {OPT_REASON, OPT_COUNT}},
    {"revoke",
     "RING BUILD --reason TEXT",
     "withdraw your approval",
     NEED_DECIDE,
     2,
     2,
     cmd_revoke,
     {OPT_REASON, OPT_COUNT}},
    {"block",
     "BUILD [--ring RING] --reason TEXT",
     "never promote this build (into this ring)",
     NEED_DECIDE,
     1,
     1,
     cmd_block,
     {OPT_RING, OPT_REASON, OPT_COUNT}},
    {"unblock",
     "BUILD [--ring RING] --reason TEXT",
     "take that back",
     NEED_DECIDE,
     1,
     1,
     cmd_unblock,
     {OPT_RING, OPT_REASON, OPT_COUNT}},
    {"hold",
     "RING|all --reason TEXT [--until WHEN] [--stop-soak]",
     "nothing enters the ring; soak runs on unless told otherwise",
     NEED_DECIDE,
     1,
     1,
     cmd_hold,
     {OPT_REASON, OPT_UNTIL, OPT_STOP_SOAK, OPT_COUNT}},
    {"unhold",
     "RING|all --reason TEXT",
     "let builds in again",
     NEED_DECIDE,
     1,
     1,
     cmd_unhold,
     {OPT_REASON, OPT_COUNT}},
    {"promote",
     "RING [BUILD] [--dry-run] [--yes] [--at WHEN] [--expedite] [--override GATE] [--stage|--flip] [--reason "
     "TEXT]",
     "bring a build into the ring; with sites: only its bytes, or only once they have them",
     NEED_DECIDE,
     1,
     2,
     cmd_promote,
     {OPT_DRY_RUN, OPT_YES, OPT_AT, OPT_EXPEDITE, OPT_OVERRIDE, OPT_STAGE, OPT_FLIP, OPT_REASON, OPT_COUNT}},
    {"rollback",
     "RING|all [--to BUILD] [--from BUILD] --reason TEXT [--block ring|everywhere|no] [-o DIR]",
     "go back to what was live before, and write what brings machines back",
     NEED_DECIDE,
     1,
     1,
     cmd_rollback,
     {OPT_TO, OPT_FROM, OPT_BLOCK, OPT_OUTPUT, OPT_REASON, OPT_COUNT}},
    {"pins",
     "",
     "target versions that were handed out and not yet taken back",
     NEED_READ,
     0,
     0,
     cmd_pins,
     {OPT_COUNT}},
    {"pins",
     "--clear ID --reason TEXT",
     "one of them was taken back from the machines",
     NEED_DECIDE,
     0,
     0,
     cmd_pins_clear,
     {OPT_CLEAR, OPT_REASON, OPT_COUNT}},
    {"support",
     "[--at WHEN] [--check]",
     "until when each ring is supported, and whether a successor comes in time",
     NEED_READ,
     0,
     0,
     cmd_support,
     {OPT_AT, OPT_CHECK, OPT_COUNT}},
    {"migrate",
     "RING --channel C [--dry-run] [--reason TEXT]",
     "let the ring leave its channel for the one that its configuration names",
     NEED_DECIDE,
     1,
     1,
     cmd_migrate,
     {OPT_CHANNEL, OPT_DRY_RUN, OPT_REASON, OPT_COUNT}},
    {"ack",
     "ID --reason TEXT",
     "an attention has been seen",
     NEED_DECIDE,
     1,
     1,
     cmd_ack,
     {OPT_REASON, OPT_COUNT}},
    {"verify",
     "[RING…] [--quick] [--repair]",
     "shares and store against what they must be",
     NEED_WRITE,
     0,
     -1,
     cmd_verify,
     {OPT_QUICK, OPT_REPAIR, OPT_COUNT}},
    {"gc",
     "[--dry-run]",
     "remove what nothing needs; says of each kept build why",
     NEED_WRITE,
     0,
     0,
     cmd_gc,
     {OPT_DRY_RUN, OPT_COUNT}},
    {"site list",
     "",
     "the file servers near people: their rings, where their files are written, whether they count",
     NEED_KNOWN,
     0,
     0,
     cmd_site_list,
     {OPT_COUNT}},
    {"site check",
     "[SITE…]",
     "look at sites: can each be reached, and does it show what it should",
     NEED_WRITE,
     0,
     -1,
     cmd_site_check,
     {OPT_COUNT}},
    {"site sync",
     "[SITE…] [--ring RING] [--now]",
     "bring sites what their rings offer: bytes, proof, then pointers",
     NEED_WRITE,
     0,
     -1,
     cmd_site_sync,
     {OPT_RING, OPT_NOW, OPT_COUNT}},
    {"site status",
     "[SITE…]",
     "what each site offers, what it still lacks, and when it will have it",
     NEED_READ,
     0,
     -1,
     cmd_site_status,
     {OPT_COUNT}},
    {"site verify",
     "[SITE…] [--ring RING] [--repair]",
     "compare by content what stands at sites",
     NEED_WRITE,
     0,
     -1,
     cmd_site_verify,
     {OPT_RING, OPT_REPAIR, OPT_COUNT}},
    {"site pause",
     "SITE --reason TEXT",
     "leave a site alone: nothing is sent, nothing flips",
     NEED_DECIDE,
     1,
     1,
     cmd_site_pause,
     {OPT_REASON, OPT_COUNT}},
    {"site resume",
     "SITE [--reason TEXT]",
     "go on with it",
     NEED_DECIDE,
     1,
     1,
     cmd_site_resume,
     {OPT_REASON, OPT_COUNT}},
    {"site forget",
     "SITE [--reason TEXT]",
     "drop from the books a site that has left the configuration",
     NEED_DECIDE,
     1,
     1,
     cmd_site_forget,
     {OPT_REASON, OPT_COUNT}},
    {"whoami",
     "",
     "who you are to ringmgr, and about which rings you may decide",
     NEED_CALLER,
     0,
     0,
     cmd_whoami,
     {OPT_COUNT}},
    {"metrics",
     "[--openmetrics] [-o FILE]",
     "what a watching machine wants to know, as Prometheus reads it",
     NEED_READ,
     0,
     0,
     cmd_metrics,
     {OPT_OPENMETRICS, OPT_OUTPUT, OPT_COUNT}},
    {"backup",
     "FILE",
     "the state as one file, consistent while others write",
     NEED_WRITE,
     1,
     1,
     cmd_backup,
     {OPT_COUNT}},
    {"restore",
     "FILE",
     "put a backup in the place of the state; all rings on hold afterwards",
     NEED_RESTORE,
     1,
     1,
     cmd_restore,
     {OPT_COUNT}},
    {"rebuild",
     "",
     "the catalog and what is live, from store and shares; all rings on hold afterwards",
     NEED_RESTORE,
     0,
     0,
     cmd_rebuild,
     {OPT_COUNT}},
    {"serve",
     "",
     "the service: runs the jobs when they are due, watches the shares",
     NEED_SERVICE,
     0,
     0,
     cmd_serve,
     {OPT_COUNT}},
    {"job",
     "sync|promote|quick-audit|full-audit|gc|support|sites|site-audit|notify|metrics|heal RING",
     "one job of the service, for its log (what serve and timers run)",
     NEED_SERVICE,
     1,
     2,
     cmd_job,
     {OPT_COUNT}},
    {"notify",
     "--test NAME",
     "send a test to one target of [notify NAME] and say what its server answered",
     NEED_SERVICE,
     0,
     0,
     cmd_notify,
     {OPT_TEST, OPT_COUNT}},
    {"history",
     "[--ring R] [--since T] [--actor A] [--csv] [--verify [--head HASH]]",
     "who did what, when, why",
     NEED_READ,
     0,
     0,
     cmd_history,
     {OPT_RING, OPT_SINCE, OPT_ACTOR, OPT_CSV, OPT_VERIFY, OPT_HEAD, OPT_COUNT}},
    {"calendar",
     "[--ical]",
     "the next 60 days: freezes, ends of soak, deadlines, what is planned",
     NEED_READ,
     0,
     0,
     cmd_calendar,
     {OPT_ICAL, OPT_COUNT}},
    {"report",
     "--month M",
     "one month for the auditor: what was live, who decided, what was forced",
     NEED_READ,
     0,
     0,
     cmd_report,
     {OPT_MONTH, OPT_COUNT}},
    {"generate",
     "KIND --ring RING… [-o PATH] [OPTION…]",
     "documents that bring machines to a ring: odt reg pol gpo-backup lgpo intune gpp samba-gpo, and "
     "smb.conf nginx dfs",
     NEED_KNOWN,
     1,
     1,
     cmd_generate,
     {OPT_RING, OPT_OUTPUT, OPT_ARCH, OPT_PRODUCT, OPT_EXCLUDE_APP, OPT_DISPLAY, OPT_EXISTING, OPT_ADD_ON,
      OPT_DOWNLOAD, OPT_LANG, OPT_SOURCE, OPT_DEADLINE, OPT_CLEAR_TARGET, OPT_SITE, OPT_GROUP, OPT_LISTEN,
      OPT_COUNT}},
    {"generate",
     "KIND --ring RING --pin BUILD|--target BUILD [-o PATH] [OPTION…]",
     "the same, holding the machines at a build; `pins` remembers it",
     NEED_DECIDE,
     1,
     1,
     cmd_generate,
     {OPT_RING, OPT_OUTPUT, OPT_ARCH, OPT_PRODUCT, OPT_EXCLUDE_APP, OPT_DISPLAY, OPT_EXISTING, OPT_ADD_ON,
      OPT_DOWNLOAD, OPT_LANG, OPT_SOURCE, OPT_DEADLINE, OPT_CLEAR_TARGET, OPT_SITE, OPT_GROUP, OPT_LISTEN,
      OPT_PIN, OPT_TARGET, OPT_COUNT}},
    {"lint",
     "FILE…",
     "what is wrong with a configuration.xml, a .reg file or a Registry.pol",
     NEED_NOTHING,
     1,
     -1,
     cmd_lint,
     {OPT_COUNT}},
    {"lint",
     "FILE… --ring RING",
     "the same, held against a ring and what it offers",
     NEED_KNOWN,
     1,
     -1,
     cmd_lint,
     {OPT_RING, OPT_COUNT}},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_help(void)
{
    puts("ringmgr [-c FILE] [-v|-q] [--wait D] [--json] COMMAND …\n"
         "Microsoft 365 Apps builds: fetched, proven, and offered ring by ring. Manual: ringmgr(8)\n\n"
         "  -c, --config FILE   the configuration; default /etc/ringmgr/ringmgr.conf\n"
         "  -v, --verbose       tell every step            -q, --quiet     no warnings, no progress\n"
         "      --wait D        for a lock; default 10s        --json      one JSON document\n"
         "  -h, --help          this text                      --version\n");
    for (int i = 0; i < COMMANDS; i++)
        printf("  %-9s %s\n            %s\n", commands[i].name, commands[i].synopsis, commands[i].summary);
    puts("\nexit status: 0 done or nothing to do, 1 failed, 2 usage or configuration, 3 refused by a gate,\n"
         "  4 not genuine or not intact, 5 upstream or network, 6 no space, 7 locked, 8 needs a person");
}

/* What --help says of one command: its rows. False if there is none of that name. */
static bool print_command_help(const char *name)
{
    bool found = false;
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, name) != 0)
            continue;
        printf("ringmgr %s %s\n    %s\n", name, commands[i].synopsis, commands[i].summary);
        found = true;
    }
    if (found)
        puts(
            "\nThe manual, ringmgr(8), says more; ringmgr --help lists all commands and the common options.");
    return found;
}

static bool takes_all(const struct command *command, const struct arguments *arguments)
{
    bool takes[OPT_COUNT] = {false};
    for (const enum argument_option *option = command->takes; *option != OPT_COUNT; option++)
        takes[*option] = true;
    for (int i = 0; i < OPT_COUNT; i++)
        if (arguments->given[i] && !takes[i])
            return false;
    return true;
}

/* A name of two words has the second behind the command. */
static bool is_meant(const struct command *command, const struct arguments *arguments)
{
    size_t len = strcspn(command->name, " ");
    const char *verb = command->name[len] ? command->name + len + 1 : NULL;
    if (strlen(arguments->command) != len || strncmp(command->name, arguments->command, len) != 0)
        return false;
    return !verb || (arguments->word.len && strcmp(verb, arguments->word.item[0]) == 0);
}

/* A command with several rows is the first that takes what was given: `pins` reads, `pins --clear` decides.
 */
static const struct command *find_command(const struct arguments *arguments)
{
    const struct command *found = NULL;
    for (int i = 0; i < COMMANDS; i++) {
        if (!is_meant(&commands[i], arguments))
            continue;
        if (takes_all(&commands[i], arguments))
            return &commands[i];
        found = found ? found : &commands[i];
    }
    return found;
}

/* A family without its member says who they are. */
static void say_unknown(const struct arguments *arguments, struct err *err)
{
    AUTO_STRV verbs = {0};
    const char *family = arguments->command;
    size_t len = family ? strlen(family) : 0;
    for (int i = 0; family && i < COMMANDS; i++)
        if (strncmp(commands[i].name, family, len) == 0 && commands[i].name[len] == ' ')
            strv_add(&verbs, commands[i].name + len + 1);
    char *list AUTO_FREE = strv_join(&verbs, ", ");
    if (!family)
        err_set(err, ERR_USAGE, "no command: ringmgr --help lists the commands");
    else if (!verbs.len)
        err_set(err, ERR_USAGE, "unknown command: ringmgr --help lists the commands");
    else if (!arguments->word.len)
        err_set(err, ERR_USAGE, "one of its commands must follow: %s", list);
    else
        err_set(err, ERR_USAGE, "it has no command %s, only: %s", arguments->word.item[0], list);
}

static enum err_code fail(const struct arguments *arguments, const struct err *err)
{
    const struct command *command = arguments->command ? find_command(arguments) : NULL;
    const char *name = command ? command->name : arguments->command;
    log_progress_end(&arguments->log);
    fprintf(stderr, "%sringmgr: %s%s%s\n", log_prefix(&arguments->log, LOG_PRIORITY_ERR), name ? name : "",
            name ? ": " : "", err->msg);
    return err->code;
}

/* stdout is the result: what could not be written was not done. */
static enum err_code close_output(const struct arguments *arguments, enum err_code code)
{
    struct err err;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    err_set_errno(&err, errno, "write to stdout");
    return fail(arguments, &err);
}

/* With --json there is one document whatever happens; where the command failed it says how. */
static void print_json(const struct app *app, enum err_code code, const struct err *err)
{
    AUTO_BUF text = {0};
    if (!app->arguments.json)
        return;
    if (code != ERR_NONE && err->msg[0]) {
        jv_set_int(app->result, "code", code);
        jv_set_text(app->result, "error", err->msg);
    }
    jv_write(app->result, &text);
    fwrite(text.data, 1, text.len, stdout);
}

static enum err_code run(struct app *app, const struct command *command)
{
    struct err err = {0};
    AUTO(jv_auto_free)
    struct jv *result = output_envelope();
    app->result = result;
    bool opened = arguments_check(&app->arguments, command, &err) && world_open(app, command, &err);
    bool printed = false;
    enum err_code code = err.code;
    if (opened)
        code = app->control >= 0 ? control_run(app, &printed, &err) : command->run(app, &err);
    if (!printed)
        print_json(app, code, &err);
    if (code != ERR_NONE && err.msg[0])
        fail(&app->arguments, &err);
    return code;
}

static enum err_code dispatch(struct app *app)
{
    struct err err = {0};
    const struct command *command = app->arguments.command ? find_command(&app->arguments) : NULL;
    if (app->arguments.version) {
        printf("ringmgr %s\n", version_text());
        return ERR_NONE;
    }
    if (app->arguments.help) {
        if (!app->arguments.command || !print_command_help(app->arguments.command))
            print_help();
        return ERR_NONE;
    }
    if (!command) {
        say_unknown(&app->arguments, &err);
        return fail(&app->arguments, &err);
    }
    return run(app, command);
}

/* A child of the service that carries out somebody's command hears it from them. */
static bool take_request(struct app *app, struct err *err)
{
    if (app->arguments.inherited.web >= 0)
        return web_order_take(app, err);
    return app->arguments.inherited.peer < 0 || request_take(app, err);
}

int main(int argc, char **argv)
{
    struct settings_problems problems = {0};
    struct app app = {.problems = &problems,
                      .named_dir = -1,
                      .named_file = -1,
                      .output_dir = -1,
                      .output_channel = -1,
                      .control = -1};
    struct err err = {0};
    enum err_code code;
    mem_begin();
    signal(SIGPIPE, SIG_IGN);
    setlocale(LC_CTYPE, "C.UTF-8");
    if (process_begin(&err) && arguments_parse(argc, argv, &app.arguments, &err) && take_request(&app, &err))
        code = dispatch(&app);
    else
        code = fail(&app.arguments, &err);
    code = close_output(&app.arguments, code);
    world_close(&app);
    arguments_clear(&app.arguments);
    return (int)code;
}

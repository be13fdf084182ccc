#include "ringmgr/app/arguments.h"
#include "ringmgr/app/commands.h"
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
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum err_code fail(const struct arguments *arguments, const struct err *err)
{
    const struct command *command = commands_find(arguments);
    const char *said = command ? command->name : arguments->command;
    char *name AUTO_FREE = said && !output_names_first(err->msg, said) ? output_shown(said) : NULL;
    log_progress_end(&arguments->log);
    fflush(stdout); /* where both go to one pipe, what is summed up stands first; close_output() says a
                       failure */
    fprintf(stderr, "%sringmgr: %s%s%s\n", log_prefix(&arguments->log, LOG_PRIORITY_ERR), name ? name : "",
            name ? ": " : "", err->msg);
    return err->code;
}

/* `ringmgr history | head -1`: whoever reads has had enough. */
static bool has_reader_gone(void)
{
    struct pollfd output = {.fd = STDOUT_FILENO};
    return poll(&output, 1, 0) == 1 && (output.revents & (POLLERR | POLLHUP));
}

/* stdout is the result: what could not be written was not done. */
static enum err_code close_output(const struct arguments *arguments, enum err_code code)
{
    struct err err;
    if ((fflush(stdout) == 0 && !ferror(stdout)) || has_reader_gone())
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
    if (app->arguments.version) {
        printf("ringmgr %s\n", version_text());
        return ERR_NONE;
    }
    if (app->arguments.help)
        arguments_ask_help(&app->arguments);
    const struct command *command = commands_find(&app->arguments);
    if (!command) {
        const struct strv *words = &app->arguments.word;
        commands_say_unknown(app->arguments.command, words->len ? words->item[0] : NULL, &err);
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

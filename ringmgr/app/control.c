#include "ringmgr/app/control.h"
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/message.h"
#include "ringmgr/app/output.h"
#include "ringmgr/app/output_channel.h"
#include "ringmgr/app/request.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CONNECT_SECONDS = 10 };

/* ---- connecting ---- */

static bool is_absent(int errnum)
{
    return errnum == ENOENT || errnum == ECONNREFUSED || errnum == ENOTDIR;
}

/* Whoever listens gets our terminal. */
static bool check_listener(int socket, const char *path, uid_t service_uid, struct err *err)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return err_set_errno(err, errno, "ask who listens at %s", path);
    return peer.uid == service_uid || err_set(err, ERR_USAGE,
                                              "%s: uid %u listens there, not the service's account: "
                                              "[ringmgr] control must lie in a folder of the service's",
                                              path, peer.uid);
}

static bool connect_to(int fd, const char *path, bool *absent, struct err *err)
{
    static const struct timeval patience = {.tv_sec = CONNECT_SECONDS};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len >= sizeof address.sun_path)
        return err_set(err, ERR_USAGE, "%s is too long for a socket", path);
    memcpy(address.sun_path, path, len);
    *absent = false;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return true;
    *absent = is_absent(errno);
    err_set_errno(err, errno, "connect to the service at %s", path);
    err->code = errno == EAGAIN ? ERR_LOCKED : ERR_USAGE;
    return false;
}

bool control_open(const char *path, uid_t service_uid, int *socket_out, struct err *err)
{
    bool absent = false;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    *socket_out = -1;
    if (fd < 0)
        return err_set_errno(err, errno, "make a socket");
    if (connect_to(fd, path, &absent, err) && check_listener(fd, path, service_uid, err)) {
        *socket_out = fd;
        return true;
    }
    close(fd);
    if (absent)
        *err = (struct err){0};
    return absent;
}

/* ---- asking ---- */

/* One that is closed here is /dev/null there. */
static bool add_standard(struct message *request, struct err *err)
{
    for (int i = 0; i < REQUEST_STANDARD; i++) {
        int fd = fcntl(i, F_DUPFD_CLOEXEC, 3);
        if (fd < 0 && errno == EBADF)
            fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (fd < 0)
            return err_set_errno(err, errno, "hand over standard input, output and error");
        request->fd[request->fds++] = fd;
    }
    return true;
}

/* The pair's other end is *channel; -1 without -o. */
static bool add_output(const struct app *app, struct message *request, int *channel, struct err *err)
{
    int pair[2];
    if (app->output_dir < 0)
        return true;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return err_set_errno(err, errno, "make a socket");
    request->fd[request->fds++] = pair[0];
    *channel = pair[1];
    return true;
}

static bool ask(const struct app *app, int *channel, struct err *err)
{
    struct message request AUTO(message_clear) = {0};
    char *config AUTO_FREE = realpath(app->arguments.config, NULL);
    strv_add(&request.words, REQUEST_VERSION);
    strv_add(&request.words, config ? config : app->arguments.config);
    arguments_write(&app->arguments, &request.words);
    return add_standard(&request, err) && add_output(app, &request, channel, err) &&
           message_send(app->control, &request, err);
}

/* ---- waiting ---- */

/* The service's account must not become everybody's who asks it for a document: a .profile is none. */
static bool is_asked_for(const struct app *app, const char *path)
{
    const char *output = arguments_value(&app->arguments, OPT_OUTPUT), *slash = strrchr(output, '/');
    if (!output_is_folder(&app->arguments))
        return strcmp(path, slash ? slash + 1 : output) == 0;
    return path[0] != '.' && !strstr(path, "/.");
}

static bool write_for(void *context, const struct document *document, struct err *err)
{
    if (!is_asked_for(context, document->path))
        return err_set(err, ERR_REFUSED, "%s was not asked for", document->path);
    return output_write(context, document, err);
}

static bool check_for(void *context, const struct documents *documents, struct err *err)
{
    return output_check_folder(context, documents, err);
}

/* What it wants to write after we cannot talk any more fails on its side. */
static void serve_output(const struct app *app, int *channel)
{
    static const struct output_channel_acts acts = {write_for, check_for};
    struct err err = {0};
    bool open = true;
    if (output_channel_serve(*channel, &acts, (void *)(uintptr_t)app, &open, &err) && open)
        return;
    fs_auto_close(channel);
    *channel = -1;
}

static int open_signals(sigset_t *set)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    sigemptyset(set);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaddset(set, signals[i]);
    return sigprocmask(SIG_BLOCK, set, NULL) == 0 ? signalfd(-1, set, SFD_CLOEXEC) : -1;
}

/* Nothing more comes from us: the service ends the command. The next signal ends this process as ever. */
static void pass_on(const struct app *app, int *signals, const sigset_t *set)
{
    struct signalfd_siginfo info;
    if (read(*signals, &info, sizeof info) < 0)
        return;
    shutdown(app->control, SHUT_WR);
    sigprocmask(SIG_UNBLOCK, set, NULL);
    fs_auto_close(signals);
    *signals = -1;
}

/* Until there is an answer, or an end, at app->control. */
static bool wait_for_answer(const struct app *app, int *channel, struct err *err)
{
    sigset_t set;
    AUTO_FD signals = open_signals(&set);
    if (signals < 0)
        return err_set_errno(err, errno, "listen for signals");
    for (;;) {
        struct pollfd wait[] = {{signals, POLLIN, 0}, {*channel, POLLIN, 0}, {app->control, POLLIN, 0}};
        if (poll(wait, 3, -1) < 0 && errno != EINTR)
            return err_set_errno(err, errno, "wait for the service");
        if (wait[0].revents)
            pass_on(app, &signals, &set);
        if (wait[1].revents)
            serve_output(app, channel);
        else if (wait[2].revents)
            return true;
    }
}

/* ---- the answer ---- */

static enum err_code read_answer(const struct message *answer, bool *begun, struct err *err)
{
    int status = answer->words.len == 2 ? (int)strtol(answer->words.item[0], NULL, 10) : -1;
    if (status < 0 || status > 255)
        return err_set(err, ERR_FAILED, "the service runs another version of ringmgr: restart it"), err->code;
    const char *signal = sigabbrev_np(status - 128);
    *begun = !*answer->words.item[1];
    if (!*begun)
        return err_set(err, (enum err_code)status, "%.900s", answer->words.item[1]), err->code;
    if (status > 128)
        err_set(
            err, (enum err_code)status,
            "ended by signal %s: the next run finishes or undoes what it had begun; ringmgr history tells",
            signal ? signal : "?");
    return (enum err_code)status;
}

enum err_code control_run(const struct app *app, bool *begun, struct err *err)
{
    struct message answer AUTO(message_clear) = {0};
    AUTO_FD channel = -1;
    bool came;
    *begun = false;
    if (!ask(app, &channel, err) || !wait_for_answer(app, &channel, err))
        return err->code;
    if (!message_receive(app->control, &answer, &came, err))
        came = false;
    if (came)
        return read_answer(&answer, begun, err);
    *begun = true;
    return err_set(err, ERR_FAILED,
                   "the service ended before it could say how this went: ringmgr history tells"),
           err->code;
}

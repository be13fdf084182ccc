#include "ringmgr/app/serve_control.h"
#include "ringmgr/app/request.h"
#include "ringmgr/app/serve_listen.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    WAITING_MOST = 8, /* connections whose request has not begun */
    RUNNING_MOST = 8,
    RUNNING_OF_ONE = 2, /* so that one account cannot have all */
    REQUEST_MS = 5000,  /* how long one may wait to ask, and to be served */
    /* At a prompt that nobody answers; a roll-back that reads every byte again takes minutes. */
    RUN_MS = 3600 * 1000,
    AT_ONCE = 16,      /* connections that are accepted before the loop sees to the rest */
    NO_ROOM_MS = 1000, /* how long none is accepted when there are no descriptors */
    PLACES = WAITING_MOST + RUNNING_MOST
};

struct connection {
    int fd; /* -1: the place is free */
    uid_t uid;
    bool asks;      /* a request has come */
    bool gone;      /* who asked does not listen any more */
    pid_t pid;      /* 0: none carries it out yet */
    int64_t due_ms; /* when it has taken too long; -1: it was ended for that */
    int64_t began_ms;
    struct serve_control *control;
};

struct serve_control {
    struct serve_control_options options;
    int listener; /* -1: none */
    char *path;
    int null;          /* what a child has for its standard descriptors until it has the person's */
    int64_t listen_ms; /* when it is listened again; -1: it is */
    struct connection connection[PLACES];
};

/* ---- connections ---- */

static bool is_waiting(const struct connection *connection)
{
    return connection->fd >= 0 && !connection->pid;
}

static void hang_up(struct connection *connection)
{
    serve_loop_remove(connection->control->options.loop, connection->fd);
    close(connection->fd);
    *connection = (struct connection){.fd = -1, .control = connection->control};
}

static void turn_away(struct connection *connection, const char *why)
{
    request_answer(connection->fd, ERR_LOCKED, why);
    hang_up(connection);
}

static size_t count_waiting(const struct serve_control *control, uid_t uid, bool of_all)
{
    size_t count = 0;
    for (int i = 0; i < PLACES; i++)
        count += is_waiting(&control->connection[i]) && (of_all || control->connection[i].uid == uid);
    return count;
}

static size_t count_running(const struct serve_control *control, uid_t uid, bool of_all)
{
    size_t count = 0;
    for (int i = 0; i < PLACES; i++)
        count += control->connection[i].pid && (of_all || control->connection[i].uid == uid);
    return count;
}

/* The oldest of the account that keeps most places: who floods the socket turns away only what is their own.
 */
static struct connection *find_superfluous(struct serve_control *control)
{
    struct connection *found = NULL;
    size_t most = 0;
    for (int i = 0; i < PLACES; i++) {
        struct connection *one = &control->connection[i];
        size_t count = is_waiting(one) ? count_waiting(control, one->uid, false) : 0;
        if (count > most || (found && count && count == most && one->began_ms < found->began_ms)) {
            found = one;
            most = count;
        }
    }
    return found;
}

static struct connection *find_place(struct serve_control *control)
{
    for (int i = 0; i < PLACES; i++)
        if (control->connection[i].fd < 0)
            return &control->connection[i];
    return NULL;
}

/* It has ended, or wants no more: what is carried out for it is ended, too. */
static void leave(struct connection *connection)
{
    struct serve_control *control = connection->control;
    if (!connection->pid) {
        hang_up(connection);
        return;
    }
    serve_loop_remove(control->options.loop, connection->fd);
    connection->gone = true;
    serve_jobs_end(control->options.jobs, connection->pid);
}

/* What the loop has seen may have been of a connection before, which had the same descriptor. */
static void hear(void *context, int fd, short events)
{
    struct connection *connection = context;
    struct serve_loop *loop = connection->control->options.loop;
    struct pollfd now = {fd, POLLIN | POLLRDHUP, 0};
    (void)events;
    if (poll(&now, 1, 0) <= 0)
        return;
    if (now.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) {
        leave(connection);
        return;
    }
    if (connection->asks)
        return;
    connection->asks = true; /* its child reads it; from now on only an end is of interest */
    connection->due_ms = serve_loop_now_ms() + REQUEST_MS;
    serve_loop_remove(loop, fd);
    serve_loop_add(loop, fd, POLLRDHUP, hear, connection);
}

/* ---- letting in ---- */

static void let_in(struct serve_control *control, int fd)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    struct connection *most =
        count_waiting(control, 0, true) == WAITING_MOST ? find_superfluous(control) : NULL;
    if (most)
        turn_away(most, "the service has too many connections that ask for nothing");
    struct connection *place = find_place(control);
    if (!place || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0) {
        close(fd);
        return;
    }
    *place = (struct connection){.fd = fd,
                                 .uid = peer.uid,
                                 .began_ms = serve_loop_now_ms(),
                                 .due_ms = serve_loop_now_ms() + REQUEST_MS,
                                 .control = control};
    serve_loop_add(control->options.loop, fd, POLLIN | POLLRDHUP, hear, place);
}

static void knock(void *context, int fd, short events)
{
    struct serve_control *control = context;
    (void)events;
    for (int i = 0; i < AT_ONCE; i++) {
        int one = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (one >= 0) {
            let_in(control, one);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            serve_loop_remove(control->options.loop, fd);
            control->listen_ms = serve_loop_now_ms() + NO_ROOM_MS;
        }
        return;
    }
}

/* ---- carrying out ---- */

static void log_end(const struct connection *connection, int status)
{
    const struct log *log = connection->control->options.log;
    int64_t seconds = (serve_loop_now_ms() - connection->began_ms + 500) / 1000;
    if (status == ERR_USAGE || connection->gone) /* anybody can cause that as often as they like */
        return;
    if (status > 128)
        log_event(log, LOG_PRIORITY_WARNING, "event=request uid=%u signal=%s seconds=%" PRId64,
                  connection->uid, sigabbrev_np(status - 128), seconds);
    else
        log_event(log, LOG_PRIORITY_INFO, "event=request uid=%u status=%d seconds=%" PRId64, connection->uid,
                  status, seconds);
}

static void ended(void *context, int status)
{
    struct connection *connection = context;
    const struct serve_control_options *options = &connection->control->options;
    log_end(connection, status);
    request_answer(connection->fd, status, "");
    hang_up(connection);
    if (status == 0)
        options->decided(options->context);
}

static void start(struct connection *connection)
{
    static const char *const no_words[] = {NULL};
    struct serve_control *control = connection->control;
    char *inherit AUTO_FREE = mem_printf("peer=%d", connection->fd);
    const int pass[] = {connection->fd, -1};
    struct err err = {0};
    const struct serve_jobs_start how = {.name = "request",
                                         .words = no_words,
                                         .in = control->null,
                                         .out = control->null,
                                         .err = control->null,
                                         .inherit = inherit,
                                         .pass = pass,
                                         .silent = true,
                                         .ended = ended,
                                         .context = connection};
    pid_t pid = serve_jobs_start(control->options.jobs, &how, &err);
    if (pid <= 0) {
        turn_away(connection, err.msg);
        return;
    }
    connection->pid = pid;
    connection->due_ms = serve_loop_now_ms() + RUN_MS;
}

static bool can_start(const struct connection *connection)
{
    const struct serve_control *control = connection->control;
    return is_waiting(connection) && connection->asks && count_running(control, 0, true) < RUNNING_MOST &&
           count_running(control, connection->uid, false) < RUNNING_OF_ONE;
}

/* Who waits in vain is told so; what runs too long is ended as if its person had gone. */
static void end_late(struct connection *connection)
{
    if (connection->pid) {
        connection->due_ms = -1;
        serve_jobs_end(connection->control->options.jobs, connection->pid);
    } else if (connection->asks)
        turn_away(connection, "the service is busy with other requests");
    else
        turn_away(connection, "the service has waited for a request in vain");
}

bool serve_control_is_due(const struct serve_control *control)
{
    for (int i = 0; control && i < PLACES; i++)
        if (can_start(&control->connection[i]))
            return true;
    return false;
}

void serve_control_start_due(struct serve_control *control)
{
    int64_t now = serve_loop_now_ms();
    for (int i = 0; control && i < PLACES; i++) {
        struct connection *connection = &control->connection[i];
        if (can_start(connection))
            start(connection);
        else if (connection->fd >= 0 && connection->due_ms >= 0 && connection->due_ms <= now)
            end_late(connection);
    }
    if (control && control->listen_ms >= 0 && control->listen_ms <= now) {
        control->listen_ms = -1;
        serve_loop_add(control->options.loop, control->listener, POLLIN, knock, control);
    }
}

int64_t serve_control_due_ms(const struct serve_control *control)
{
    int64_t due = control ? control->listen_ms : -1;
    for (int i = 0; control && i < PLACES; i++) {
        const struct connection *one = &control->connection[i];
        if (one->fd >= 0 && one->due_ms >= 0 && (due < 0 || one->due_ms < due))
            due = one->due_ms;
    }
    return due;
}

/* ---- listening ---- */

static bool listen_at(struct serve_control *control, const char *path, struct err *err)
{
    if (!serve_listen_unix("[ringmgr] control", path, SOCK_SEQPACKET, &control->listener, err))
        return false;
    control->path = mem_strdup(path);
    control->null = open("/dev/null", O_RDWR | O_CLOEXEC);
    return control->null >= 0 || err_set_errno(err, errno, "open /dev/null");
}

static void stop_listening(struct serve_control *control)
{
    if (control->listener >= 0)
        serve_loop_remove(control->options.loop, control->listener);
    if (control->path)
        unlink(control->path);
    fs_auto_close(&control->listener);
    control->listener = -1;
    control->listen_ms = -1;
    free(control->path);
    control->path = NULL;
}

bool serve_control_open(const struct serve_control_options *options, const char *path,
                        struct serve_control **control, struct err *err)
{
    struct serve_control *new = mem_new(1, sizeof *new);
    *new = (struct serve_control){.options = *options, .listener = -1, .null = -1, .listen_ms = -1};
    for (int i = 0; i < PLACES; i++)
        new->connection[i] = (struct connection){.fd = -1, .control = new};
    *control = new;
    if (!*path)
        return true;
    if (listen_at(new, path, err)) {
        serve_loop_add(options->loop, new->listener, POLLIN, knock, new);
        return true;
    }
    stop_listening(new);
    if (err->code == ERR_LOCKED)
        return false;
    char quoted[sizeof err->msg + 64];
    log_event(options->log, LOG_PRIORITY_WARNING, "event=control-failed text=%s",
              log_quote(err->msg, quoted, sizeof quoted));
    *err = (struct err){0};
    return true;
}

void serve_control_stop(struct serve_control *control)
{
    if (!control)
        return;
    stop_listening(control);
    for (int i = 0; i < PLACES; i++)
        if (is_waiting(&control->connection[i]))
            turn_away(&control->connection[i], "the service is ending");
}

void serve_control_free(struct serve_control *control)
{
    if (!control)
        return;
    serve_control_stop(control);
    for (int i = 0; i < PLACES; i++)
        if (control->connection[i].fd >= 0)
            hang_up(&control->connection[i]);
    fs_auto_close(&control->null);
    free(control);
}

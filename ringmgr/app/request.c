#include "ringmgr/app/request.h"
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/message.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <unistd.h>

enum {
    /* More than any command says; what does not fit goes out at once. */
    KEPT_BYTES = 256 << 10,
    /* How long documents may be in taking, of a program that writes them. */
    OUTPUT_SECONDS = 30,
};

/* ---- what it must be ---- */

static bool check_words(const struct strv *words, const char *config, struct err *err)
{
    char *mine AUTO_FREE = realpath(config, NULL);
    if (words->len < 3 || strcmp(words->item[0], REQUEST_VERSION) != 0)
        return err_set(err, ERR_USAGE, "the service runs another version of ringmgr: restart it");
    if (!mine || strcmp(words->item[1], mine) == 0)
        return true;
    return err_set(err, ERR_USAGE, "the service works with %s, not with %s: name that with -c", mine,
                   words->item[1]);
}

/*
 * A file of a file system that some user's program pretends may answer when it likes: a process that closes
 * it hangs, and cannot even be killed.
 */
static bool check_descriptor(int fd, struct err *err)
{
    struct statfs where;
    struct stat st;
    if (fstatfs(fd, &where) != 0 || where.f_type == FUSE_SUPER_MAGIC || fstat(fd, &st) != 0)
        return err_set(err, ERR_USAGE,
                       "standard input, output and error must not lie on a file system of FUSE: use a pipe");
    if (S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || S_ISCHR(st.st_mode))
        return true;
    return err_set(err, ERR_USAGE, "standard input, output and error must be files, pipes or terminals");
}

static bool check_descriptors(const struct message *message, struct err *err)
{
    if (message->fds != REQUEST_STANDARD && message->fds != REQUEST_OUTPUT + 1)
        return err_set(err, ERR_USAGE,
                       "%zu files came with the request, not standard input, output and error", message->fds);
    for (size_t i = 0; i < message->fds; i++)
        if (!check_descriptor(message->fd[i], err))
            return false;
    return true;
}

/* ---- taking over ---- */

static bool limit_output(int channel, struct err *err)
{
    static const struct timeval patience = {.tv_sec = OUTPUT_SECONDS};
    if (setsockopt(channel, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
        setsockopt(channel, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0)
        return true;
    return err_set(err, ERR_USAGE, "what came for -o is no socket");
}

static bool take_descriptors(struct app *app, const struct message *message, struct err *err)
{
    if (message->fds > REQUEST_OUTPUT) {
        if (!limit_output(message->fd[REQUEST_OUTPUT], err))
            return false;
        app->output_channel = fcntl(message->fd[REQUEST_OUTPUT], F_DUPFD_CLOEXEC, 3);
        if (app->output_channel < 0)
            return err_set_errno(err, errno, "keep the way of -o");
    }
    for (int i = 0; i < REQUEST_STANDARD; i++)
        if (dup2(message->fd[i], i) < 0)
            return err_set_errno(err, errno, "take standard input, output and error");
    if (setvbuf(stdout, NULL, _IOFBF, KEPT_BYTES) != 0 || setvbuf(stderr, NULL, _IOFBF, KEPT_BYTES) != 0)
        return err_set(err, ERR_FAILED, "keep what is written");
    return true;
}

/* The words behind the version and the path are the command line. */
static void keep_words(struct app *app, const struct strv *words)
{
    for (size_t i = 2; i < words->len; i++)
        strv_add(&app->request, words->item[i]);
}

static bool take(struct app *app, struct err *err)
{
    struct message message AUTO(message_clear) = {0};
    const char *config = app->arguments.config;
    bool came;
    if (!message_receive(app->arguments.inherited.peer, &message, &came, err))
        return false;
    if (!came)
        return err_set(err, ERR_USAGE, "no request came");
    if (!check_words(&message.words, config, err) || !check_descriptors(&message, err) ||
        !take_descriptors(app, &message, err))
        return false;
    keep_words(app, &message.words);
    return chdir("/") == 0 || err_set_errno(err, errno, "leave the service's folder");
}

bool request_take(struct app *app, struct err *err)
{
    if (app->arguments.inherited.config < 0)
        return err_set(err, ERR_USAGE, "--inherit: whose command it is comes with the configuration only");
    if (!take(app, err)) {
        request_answer(app->arguments.inherited.peer, (int)err->code, err->msg);
        return false;
    }
    return arguments_parse_request(&app->request, &app->arguments, err);
}

void request_answer(int connection, int status, const char *text)
{
    struct message message AUTO(message_clear) = {0};
    struct err err;
    strv_addf(&message.words, "%d", status);
    strv_add(&message.words, text);
    if (!message_send(connection, &message, &err))
        return; /* gone, or not listening: see the header */
}

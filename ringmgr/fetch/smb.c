#include "ringmgr/fetch/smb.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What the program says is a line or two; more is not kept. */
enum { WORDS_BYTES = 4096 };

/* A started smbclient. */
struct client {
    pid_t pid;
    int out, words, ended; /* pipes; a pidfd, which is readable when it has ended; -1: done with */
    bool over;             /* it has ended by itself */
    uint64_t limit;
    struct buf *bytes; /* of the file */
    struct buf said;
    bool too_much;
};

static void end(int *fd)
{
    fs_auto_close(fd);
    *fd = -1;
}

/* ---- starting ---- */

/* "\\server\share" of a UNC path; what follows, if anything, is at *folders. */
static char *share_of(const char *unc, const char **folders)
{
    size_t server = strlen("\\\\") + strcspn(unc + strlen("\\\\"), "\\");
    size_t share = unc[server] ? server + 1 + strcspn(unc + server + 1, "\\") : server;
    *folders = unc[share] ? unc + share + 1 : "";
    return mem_strndup(unc, share);
}

/* Messages in English and UTF-8; no account, no password and no settings of whoever started us. */
static void fill_environment(struct strv *environment)
{
    const char *path = getenv("PATH");
    strv_addf(environment, "PATH=%s", path ? path : "/usr/bin:/bin");
    strv_add(environment, "LC_ALL=C.UTF-8");
}

/*
 * -E: standard output is the file and nothing else. A folder comes by -D, for -c takes every ; as the end of
 * a command, quoted or not (smbclient(1) of Samba 4.17). Who has no account gives an empty name, too: with
 * one of his own he would be nobody's guest but that account without a password.
 */
static void fill_arguments(const struct smb_file *file, struct strv *arguments)
{
    const char *folders;
    char *share AUTO_FREE = share_of(file->unc, &folders);
    strv_add(arguments, "smbclient");
    strv_add(arguments, "-E");
    if (file->credentials && *file->credentials) {
        strv_add(arguments, "-A");
        strv_add(arguments, file->credentials);
    } else {
        strv_add(arguments, "-N");
        strv_add(arguments, "-U");
        strv_add(arguments, "%");
    }
    strv_add(arguments, share);
    strv_add(arguments, "-D");
    strv_addf(arguments, "%s%s%s", folders, *folders ? "\\" : "", file->folder);
    strv_add(arguments, "-c");
    strv_addf(arguments, "get \"%s\" -", file->name);
}

/* The list as posix_spawn() wants it; the caller frees the array. */
static char **terminated(const struct strv *list)
{
    char **array = mem_new(list->len + 1, sizeof *array);
    memcpy(array, list->item, list->len * sizeof *array);
    return array;
}

static int plan(int out, int words, posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes)
{
    sigset_t none, pipe_signal;
    sigemptyset(&none);
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    return posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) |
           posix_spawn_file_actions_adddup2(actions, out, STDOUT_FILENO) |
           posix_spawn_file_actions_adddup2(actions, words, STDERR_FILENO) |
           posix_spawnattr_setsigmask(attributes, &none) |
           posix_spawnattr_setsigdefault(attributes, &pipe_signal) |
           posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static bool spawn(const struct smb_file *file, int out, int words, pid_t *pid, struct err *err)
{
    AUTO_STRV arguments = {0};
    AUTO_STRV environment = {0};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    fill_arguments(file, &arguments);
    fill_environment(&environment);
    char **argument AUTO_FREE = terminated(&arguments);
    char **variable AUTO_FREE = terminated(&environment);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    int failed = plan(out, words, &actions, &attributes);
    if (!failed)
        failed = posix_spawnp(pid, "smbclient", &actions, &attributes, argument, variable);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (failed)
        *pid = 0;
    if (failed == ENOENT)
        return err_set(err, ERR_FAILED,
                       "there is no smbclient, which reads shares as clients do: apt install smbclient");
    return !failed || err_set_errno(err, failed, "start smbclient");
}

static bool start(const struct smb_file *file, struct client *client, struct err *err)
{
    int out[2] = {-1, -1}, words[2] = {-1, -1};
    bool ok = (pipe2(out, O_CLOEXEC) == 0 && pipe2(words, O_CLOEXEC) == 0) ||
              err_set_errno(err, errno, "make a pipe");
    ok = ok && spawn(file, out[1], words[1], &client->pid, err);
    end(&out[1]);
    end(&words[1]);
    client->out = out[0];
    client->words = words[0];
    if (ok)
        client->ended = pidfd_open(client->pid, 0);
    return ok && (client->ended >= 0 || err_set_errno(err, errno, "watch smbclient"));
}

/* ---- listening ---- */

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Reads what there is; at its end the pipe is closed. */
static size_t hear(int *fd, struct buf *bytes)
{
    enum { BLOCK = 64 << 10 };
    buf_reserve(bytes, BLOCK);
    ssize_t got = read(*fd, bytes->data + bytes->len, BLOCK);
    if (got > 0) {
        bytes->len += (size_t)got;
        bytes->data[bytes->len] = 0;
    } else if (got == 0 || errno != EINTR)
        end(fd);
    return got > 0 ? (size_t)got : 0;
}

static void hear_file(struct client *client)
{
    hear(&client->out, client->bytes);
    client->too_much = client->bytes->len > client->limit;
}

static void hear_words(struct client *client)
{
    AUTO_BUF words = {0};
    size_t len = hear(&client->words, &words), room = WORDS_BYTES - client->said.len;
    buf_append(&client->said, words.data, len < room ? len : room);
}

/* Until it has ended and said everything. False when the time is over, or the file too long. */
static bool attend(struct client *client, int64_t deadline_ms)
{
    while ((client->out >= 0 || client->words >= 0 || client->ended >= 0) && !client->too_much) {
        struct pollfd news[] = {{.fd = client->out, .events = POLLIN},
                                {.fd = client->words, .events = POLLIN},
                                {.fd = client->ended, .events = POLLIN}};
        int64_t left = deadline_ms - now_ms();
        if (left <= 0)
            return false;
        if (poll(news, 3, (int)left) <= 0)
            continue;
        if (news[0].revents)
            hear_file(client);
        if (news[1].revents)
            hear_words(client);
        client->over = client->over || news[2].revents;
        if (client->over)
            end(&client->ended);
    }
    return !client->too_much;
}

/* Its exit status; what has not ended is killed. */
static int finish(struct client *client)
{
    int status = -1;
    end(&client->out);
    end(&client->words);
    end(&client->ended);
    if (client->pid > 0 && !client->over)
        kill(client->pid, SIGKILL);
    while (client->pid > 0 && waitpid(client->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* ---- what it said ---- */

/* The line that tells what went wrong: with a status of the protocol, else the first. The caller frees it. */
static char *sentence_of(struct buf *said)
{
    const char *text = buf_text(said), *status = strstr(text, "NT_STATUS_");
    while (status && status > text && status[-1] != '\n')
        status--;
    if (status)
        text = status;
    char *line = mem_strndup(text, strcspn(text, "\n"));
    for (char *at = line; *at; at++)
        if (iscntrl((unsigned char)*at))
            *at = '?';
    return line;
}

/* Of the file or its folder; a share that is not there is another matter. */
static bool is_absent(const char *sentence)
{
    static const char *const statuses[] = {"NT_STATUS_OBJECT_NAME_NOT_FOUND",
                                           "NT_STATUS_OBJECT_PATH_NOT_FOUND", "NT_STATUS_NO_SUCH_FILE"};
    bool found = false;
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        found = found || strstr(sentence, statuses[i]);
    return found && (strncmp(sentence, "cd ", 3) == 0 || strstr(sentence, "opening remote file"));
}

static bool judge(struct client *client, const char *unc, int status, enum smb_result *result,
                  struct err *err)
{
    *result = SMB_READ;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    char *sentence AUTO_FREE = sentence_of(&client->said);
    *result = SMB_ABSENT;
    if (is_absent(sentence))
        buf_clear(client->bytes);
    else
        return err_set(err, ERR_UPSTREAM, "%s: %s", unc, *sentence ? sentence : "smbclient failed");
    return true;
}

bool smb_get(const struct smb_file *file, unsigned seconds, uint64_t limit, enum smb_result *result,
             struct buf *bytes, struct err *err)
{
    struct client client = {.out = -1, .words = -1, .ended = -1, .limit = limit, .bytes = bytes};
    bool ok = start(file, &client, err), attended = ok && attend(&client, now_ms() + seconds * INT64_C(1000));
    int status = finish(&client);
    if (ok && client.too_much)
        ok = err_set(err, ERR_UPSTREAM, "%s: %s is longer than the %llu bytes that such a file can have",
                     file->unc, file->name, (unsigned long long)limit);
    else if (ok && !attended)
        ok = err_set(err, ERR_UPSTREAM, "%s: no answer within %u seconds", file->unc, seconds);
    ok = ok && judge(&client, file->unc, status, result, err);
    if (!ok)
        buf_clear(bytes);
    buf_clear(&client.said);
    return ok;
}

#include "ringmgr/app/message.h"
#include "ringmgr/base/limits.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Room for the descriptors that the kernel may add; struct cmsghdr wants its own alignment. */
union room {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(MESSAGE_DESCRIPTORS_MAX * sizeof(int))];
};

void message_clear(struct message *message)
{
    while (message->fds)
        close(message->fd[--message->fds]);
    strv_clear(&message->words);
}

/* ---- sending ---- */

static bool join_words(const struct strv *words, struct buf *bytes, struct err *err)
{
    for (size_t i = 0; i < words->len; i++)
        buf_append(bytes, words->item[i], strlen(words->item[i]) + 1);
    if (words->len > LIMIT_MESSAGE_WORDS)
        return err_set(err, ERR_USAGE, "more than %d words", LIMIT_MESSAGE_WORDS);
    return bytes->len <= LIMIT_MESSAGE_BYTES ||
           err_set(err, ERR_USAGE, "more than %d bytes of words", LIMIT_MESSAGE_BYTES);
}

static void put_descriptors(const struct message *message, struct msghdr *header, union room *room)
{
    size_t bytes = message->fds * sizeof(int);
    *room = (union room){0};
    header->msg_control = room;
    header->msg_controllen = CMSG_SPACE(bytes);
    room->header.cmsg_level = SOL_SOCKET;
    room->header.cmsg_type = SCM_RIGHTS;
    room->header.cmsg_len = CMSG_LEN(bytes);
    memcpy(CMSG_DATA(&room->header), message->fd, bytes);
}

bool message_send(int socket, const struct message *message, struct err *err)
{
    AUTO_BUF bytes = {0};
    union room room;
    if (!join_words(&message->words, &bytes, err))
        return false;
    struct iovec part = {bytes.data, bytes.len};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    if (message->fds)
        put_descriptors(message, &header, &room);
    if (TEMP_FAILURE_RETRY(sendmsg(socket, &header, MSG_NOSIGNAL)) >= 0)
        return true;
    return err_set_errno(err, errno, "send a message");
}

/* ---- receiving ---- */

/* All of them, whatever else is wrong: what is not taken here would stay open for good. */
static void take_descriptors(struct msghdr *header, struct message *message)
{
    for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control; control = CMSG_NXTHDR(header, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
            continue;
        size_t fds = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < fds; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(control) + i * sizeof fd, sizeof fd);
            if (message->fds < MESSAGE_DESCRIPTORS_MAX)
                message->fd[message->fds++] = fd;
            else
                close(fd);
        }
    }
}

static bool take_words(const char *bytes, size_t len, struct strv *words)
{
    if (len == 0 || bytes[len - 1] != 0)
        return false;
    for (size_t at = 0; at < len; at += strlen(bytes + at) + 1) {
        if (words->len == LIMIT_MESSAGE_WORDS)
            return false;
        strv_add(words, bytes + at);
    }
    return true;
}

bool message_receive(int socket, struct message *message, bool *came, struct err *err)
{
    char bytes[LIMIT_MESSAGE_BYTES];
    union room room;
    struct iovec part = {bytes, sizeof bytes};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &room, .msg_controllen = sizeof room};
    ssize_t got = TEMP_FAILURE_RETRY(recvmsg(socket, &header, MSG_CMSG_CLOEXEC));
    *message = (struct message){0};
    *came = got > 0 || (got == 0 && header.msg_controllen);
    if (got < 0)
        return err_set_errno(err, errno, "receive a message");
    take_descriptors(&header, message);
    if (!*came)
        return true;
    if (!(header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) && take_words(bytes, (size_t)got, &message->words))
        return true;
    message_clear(message);
    return err_set(err, ERR_USAGE,
                   "no message of ringmgr's, or a longer one than %d words, %d bytes and %d files",
                   LIMIT_MESSAGE_WORDS, LIMIT_MESSAGE_BYTES, MESSAGE_DESCRIPTORS_MAX);
}

/*
 * Any packet on the service's socket, after one byte that says how many descriptors come with it: refused,
 * with every descriptor closed, or words that go back as the same bytes. As a command they are refused with a
 * sentence, or keep what is the service's, and mean the same when they are written anew.
 */
#include "fuzz.h"

#include "ringmgr/app/arguments.h"
#include "ringmgr/app/message.h"
#include "ringmgr/base/limits.h"

#include <sys/socket.h>
#include <unistd.h>

enum { DESCRIPTORS = MESSAGE_DESCRIPTORS_MAX + 3 };

static void send_packet(int to, const uint8_t *data, size_t size, size_t fds)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
    } room = {0};
    struct iovec part = {(void *)(uintptr_t)data, size};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    if (fds) {
        header.msg_control = &room;
        header.msg_controllen = CMSG_SPACE(fds * sizeof(int));
        room.header = (struct cmsghdr){CMSG_LEN(fds * sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
        for (size_t i = 0; i < fds; i++)
            memcpy(CMSG_DATA(&room.header) + i * sizeof to, &to, sizeof to);
    }
    must(sendmsg(to, &header, MSG_NOSIGNAL) == (ssize_t)size);
}

static void check_words(int pair[2], const struct message *message, const uint8_t *data, size_t size)
{
    uint8_t bytes[LIMIT_MESSAGE_BYTES + 1];
    struct message again = {.words = message->words};
    struct err err;
    must(message->words.len <= LIMIT_MESSAGE_WORDS && size <= LIMIT_MESSAGE_BYTES);
    must(message_send(pair[1], &again, &err));
    must(recv(pair[0], bytes, sizeof bytes, 0) == (ssize_t)size && memcmp(bytes, data, size) == 0);
}

/* Once as a person would write it; what that is written as must say the same. */
static bool read_request(const struct strv *words, struct strv *again)
{
    static const char config[] = "/etc/ringmgr.conf";
    struct arguments arguments = {.config = config, .inherited = {.config = 3, .peer = 4, .web = -1}};
    struct err err = {0};
    bool good = arguments_parse_request(words, &arguments, &err);
    must(arguments.config == config && arguments.inherited.peer == 4);
    must(good || (err.code == ERR_USAGE && *err.msg));
    if (good && arguments.command)
        arguments_write(&arguments, again);
    good = good && arguments.command;
    arguments_clear(&arguments);
    return good;
}

static void check_request(const struct strv *words)
{
    AUTO_STRV once = {0}, twice = {0};
    if (!read_request(words, &once))
        return;
    must(read_request(&once, &twice) && once.len == twice.len);
    for (size_t i = 0; i < once.len; i++)
        must(strcmp(once.item[i], twice.item[i]) == 0);
}

static void receive(int pair[2], const uint8_t *data, size_t size, size_t fds)
{
    struct message message AUTO(message_clear) = {0};
    struct err err = {0};
    bool came;
    if (message_receive(pair[0], &message, &came, &err)) {
        must(came == (size > 0 || fds > 0) && message.fds == (came ? fds : 0));
        if (came) {
            check_words(pair, &message, data, size);
            check_request(&message.words);
        }
    } else {
        must(err.code == ERR_USAGE && *err.msg && message.fds == 0 && message.words.len == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int pair[2], before = dup(0), after;
    if (size == 0 || size > LIMIT_MESSAGE_BYTES * 2)
        return close(before) * 0;
    must(before >= 0 && close(before) == 0);
    must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    send_packet(pair[1], data + 1, size - 1, data[0] % (DESCRIPTORS + 1));
    receive(pair, data + 1, size - 1, data[0] % (DESCRIPTORS + 1));
    close(pair[0]);
    close(pair[1]);
    after = dup(0); /* the lowest that is free: none is left open */
    must(after == before && close(after) == 0);
    return 0;
}

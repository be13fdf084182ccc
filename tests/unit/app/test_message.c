/* Messages of the service's socket: what arrives is what was sent, and what is none is refused whole, with no
 * descriptor left open. */
#include "test.h"

#include "ringmgr/app/message.h"
#include "ringmgr/base/limits.h"
#include <dirent.h>
#include <errno.h>
#include <sys/socket.h>

struct pair {
    int here, there;
};

static int make(void **state)
{
    struct pair *pair = calloc(1, sizeof *pair);
    int fd[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0);
    *pair = (struct pair){fd[0], fd[1]};
    *state = pair;
    return 0;
}

static int end(void **state)
{
    struct pair *pair = *state;
    close(pair->here);
    close(pair->there);
    free(pair);
    return 0;
}

static size_t count_descriptors(void)
{
    size_t count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

/* Bytes and so many descriptors, as they are. */
static void send_raw(int socket, const void *bytes, size_t len, size_t fds)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(64 * sizeof(int))];
    } room = {0};
    struct iovec part = {(void *)bytes, len};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    int fd = open("/dev/null", O_RDONLY);
    if (fds) {
        header.msg_control = &room;
        header.msg_controllen = CMSG_SPACE(fds * sizeof(int));
        room.header.cmsg_level = SOL_SOCKET;
        room.header.cmsg_type = SCM_RIGHTS;
        room.header.cmsg_len = CMSG_LEN(fds * sizeof(int));
        for (size_t i = 0; i < fds; i++)
            ((int *)(void *)CMSG_DATA(&room.header))[i] = fd;
    }
    assert_int_equal(sendmsg(socket, &header, 0), len);
    close(fd);
}

static void words_and_descriptors_arrive(void **state)
{
    struct pair *pair = *state;
    struct message sent = {0}, got;
    struct err err = {0};
    bool came;
    char text[8] = "";
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    strv_add(&sent.words, "approve");
    strv_add(&sent.words, "");
    strv_add(&sent.words, "--reason=two words, ÄÖ");
    sent.fd[sent.fds++] = ends[0];
    sent.fd[sent.fds++] = ends[1];
    assert_ok(message_send(pair->here, &sent, &err));
    assert_ok(message_receive(pair->there, &got, &came, &err));
    assert_true(came);
    assert_int_equal(got.words.len, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(got.words.item[i], sent.words.item[i]);
    assert_int_equal(got.fds, 2);
    assert_int_equal(fcntl(got.fd[0], F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(got.fd[1], F_GETFD), FD_CLOEXEC);
    assert_int_equal(write(ends[1], "through", 7), 7);
    assert_int_equal(read(got.fd[0], text, sizeof text), 7);
    assert_string_equal(text, "through");
    message_clear(&got);
    message_clear(&sent);
    assert_int_equal(fcntl(ends[0], F_GETFD), -1);
}

static void as_much_as_allowed_arrives(void **state)
{
    struct pair *pair = *state;
    struct message sent = {0}, got;
    struct err err = {0};
    bool came;
    for (int i = 0; i < LIMIT_MESSAGE_WORDS; i++)
        strv_addf(&sent.words, "%0*d", LIMIT_MESSAGE_BYTES / LIMIT_MESSAGE_WORDS - 1, i);
    assert_ok(message_send(pair->here, &sent, &err));
    assert_ok(message_receive(pair->there, &got, &came, &err));
    assert_int_equal(got.words.len, LIMIT_MESSAGE_WORDS);
    assert_string_equal(got.words.item[LIMIT_MESSAGE_WORDS - 1], sent.words.item[LIMIT_MESSAGE_WORDS - 1]);
    message_clear(&got);
    message_clear(&sent);
}

static void more_than_allowed_is_not_sent(void **state)
{
    struct pair *pair = *state;
    struct message words = {0}, bytes = {0};
    struct err err = {0};
    for (int i = 0; i <= LIMIT_MESSAGE_WORDS; i++)
        strv_add(&words.words, "x");
    assert_fails(message_send(pair->here, &words, &err), ERR_USAGE);
    strv_addf(&bytes.words, "%0*d", LIMIT_MESSAGE_BYTES, 1);
    assert_fails(message_send(pair->here, &bytes, &err), ERR_USAGE);
    message_clear(&words);
    message_clear(&bytes);
}

static void what_is_no_message_is_refused_and_closed(void **state)
{
    struct pair *pair = *state;
    static char much[LIMIT_MESSAGE_BYTES + 1], many[2 * (LIMIT_MESSAGE_WORDS + 1)];
    memset(much, 'x', LIMIT_MESSAGE_BYTES);
    for (size_t i = 0; i < sizeof many; i += 2)
        many[i] = 'x';
    const struct {
        const char *bytes;
        size_t len, fds;
    } cases[] = {
        {"", 0, 3},                               /* no word */
        {"half", 4, 3},                           /* no end */
        {"a\0half", 6, 0},                        /* nor here */
        {much, LIMIT_MESSAGE_BYTES, 1},           /* nor here, however long */
        {much, sizeof much, 3},                   /* too long */
        {many, sizeof many, 3},                   /* too many words */
        {"word", 5, MESSAGE_DESCRIPTORS_MAX + 1}, /* too many descriptors */
        {"word", 5, 60},                          /* far too many */
    };
    size_t before = count_descriptors();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct message got;
        struct err err = {0};
        bool came;
        send_raw(pair->here, cases[i].bytes, cases[i].len, cases[i].fds);
        assert_fails(message_receive(pair->there, &got, &came, &err), ERR_USAGE);
        assert_int_equal(got.fds, 0);
        assert_int_equal(got.words.len, 0);
        assert_int_equal(count_descriptors(), before);
    }
}

static void the_end_is_no_message(void **state)
{
    struct pair *pair = *state;
    struct message got;
    struct err err = {0};
    bool came;
    assert_fails(message_receive(pair->there, &got, &came, &err), ERR_FAILED); /* nothing yet */
    assert_int_equal(err.sys, EAGAIN);
    shutdown(pair->here, SHUT_WR);
    assert_ok(message_receive(pair->there, &got, &came, &err));
    assert_false(came);
}

static void nobody_to_send_to_is_an_error(void **state)
{
    struct pair *pair = *state;
    struct message sent = {0};
    struct err err = {0};
    strv_add(&sent.words, "word");
    shutdown(pair->there, SHUT_RDWR);
    assert_fails(message_send(pair->here, &sent, &err), ERR_FAILED);
    message_clear(&sent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(words_and_descriptors_arrive, make, end),
        cmocka_unit_test_setup_teardown(as_much_as_allowed_arrives, make, end),
        cmocka_unit_test_setup_teardown(more_than_allowed_is_not_sent, make, end),
        cmocka_unit_test_setup_teardown(what_is_no_message_is_refused_and_closed, make, end),
        cmocka_unit_test_setup_teardown(the_end_is_no_message, make, end),
        cmocka_unit_test_setup_teardown(nobody_to_send_to_is_an_error, make, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Messages between a person's command and the service (SOCK_SEQPACKET, unix(7)): each is one packet of words,
 * a NUL behind each, and the descriptors that go with it (SCM_RIGHTS). The kernel keeps their bounds, so half
 * a message is none, and a longer one than allowed is seen as such.
 */
#ifndef RINGMGR_APP_MESSAGE_H
#define RINGMGR_APP_MESSAGE_H

#include "ringmgr/base/buf.h"

enum { MESSAGE_DESCRIPTORS_MAX = 4 };

struct message {
    struct strv words;
    int fd[MESSAGE_DESCRIPTORS_MAX];
    size_t fds;
};

/* Closes the descriptors and frees the words; it is empty and usable again. Zero-initialised is empty. */
void message_clear(struct message *message);

/*
 * Sends one; its descriptors stay the caller's. ERR_USAGE if it has too many words or bytes
 * (LIMIT_MESSAGE_WORDS, LIMIT_MESSAGE_BYTES); ERR_FAILED if it does not go out, of a socket that does not
 * block also where it would.
 */
bool message_send(int socket, const struct message *message, struct err *err) MUST_CHECK;

/*
 * Receives one into an empty `message`; descriptors do not survive exec. *came false: the other side has
 * ended. What is no such message, or has more descriptors, words or bytes than allowed, is ERR_USAGE: it is
 * gone, its descriptors are closed, and `message` is empty. ERR_FAILED where the socket cannot be read, also
 * of one that does not block and has nothing.
 */
bool message_receive(int socket, struct message *message, bool *came, struct err *err) MUST_CHECK;

#endif

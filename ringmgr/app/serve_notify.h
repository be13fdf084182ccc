/* What a service tells systemd about itself (sd_notify(3)): datagrams to the socket that NOTIFY_SOCKET names.
 */
#ifndef RINGMGR_APP_SERVE_NOTIFY_H
#define RINGMGR_APP_SERVE_NOTIFY_H

#include "ringmgr/base/err.h"

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct serve_notify {
    int fd; /* -1: nobody listens */
    struct sockaddr_un address;
    socklen_t address_len;
    int64_t
        watchdog_ms; /* how often to send a sign of life: half of what systemd waits; -1: none is wanted */
};

/*
 * Takes NOTIFY_SOCKET (a path, or @ and an abstract name), WATCHDOG_USEC and WATCHDOG_PID out of the
 * environment, so that no child speaks for the service. Without them, or with a socket that cannot be, every
 * other call does nothing.
 */
void serve_notify_open(struct serve_notify *notify);
/* "READY=1", "STATUS=…", "STOPPING=1", "WATCHDOG=1": lines of one datagram. What cannot be sent is lost. */
void serve_notify_send(const struct serve_notify *notify, const char *format, ...) PRINTF_LIKE(2, 3);
/* RELOADING=1 with the time that the protocol wants beside it; READY=1 ends it. */
void serve_notify_reloading(const struct serve_notify *notify);
void serve_notify_close(struct serve_notify *notify);

#endif

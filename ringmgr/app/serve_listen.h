/* Sockets at which the service listens. */
#ifndef RINGMGR_APP_SERVE_LISTEN_H
#define RINGMGR_APP_SERVE_LISTEN_H

#include "ringmgr/base/err.h"

/*
 * Listens at a path of the file system, mode 0666: who may get there is the folder's matter. What a killed
 * service has left there is replaced. `type`: SOCK_STREAM or SOCK_SEQPACKET. `key` is for messages.
 * ERR_LOCKED if somebody else listens there; after any failure *fd is -1 and what lies there is as it was.
 * The caller closes the socket, which does not block, and removes the path.
 */
bool serve_listen_unix(const char *key, const char *path, int type, int *fd, struct err *err) MUST_CHECK;

/* The same at "127.0.0.1:8365" or "[::1]:8365", a text that web_read_listen() has taken. */
bool serve_listen_tcp(const char *key, const char *address, int *fd, struct err *err) MUST_CHECK;

#endif

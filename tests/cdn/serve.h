/* The hostile origin server; see serve.c. */
#ifndef TESTCDN_SERVE_H
#define TESTCDN_SERVE_H

#include <stdint.h>

/* What is served; each may be NULL. */
struct serve_options {
    const char *root;   /* folder of files */
    const char *ca_dir; /* identities for POST /ts */
    const char *tsa;    /* which of them, by default "tsa" */
    const char *faults; /* file of faults, see faults.c */
    const char *log;    /* one line a request: method path range status bytes */
    const char *bytes;  /* one line a piece of a body that is sent: milliseconds connection path bytes */
    uint16_t port;      /* 0: the system picks one */
};

struct server;

/* Starts serving on 127.0.0.1; ends the program when that fails. */
struct server *server_start(const struct serve_options *options);
/* The port it listens on. */
uint16_t server_port(const struct server *s);
/* Stops serving, waits for answers under way and frees the server. */
void server_stop(struct server *s);

#endif

/*
 * Client: what a machine does with a ring's share as it is on disk (formats, section 8). It reads the
 * pointer, or the descriptor of its target version; compares the build there with its own; and takes it if
 * that is newer, of whatever channel, or is its target version. Then every file that it needs has to be
 * there, or its whole update fails.
 */
#ifndef RINGMGR_OPS_CLIENT_H
#define RINGMGR_OPS_CLIENT_H

#include "ringmgr/ops/arrival.h"
#include "ringmgr/ops/download.h"

struct client {
    struct build have;             /* what is installed */
    const struct channel *channel; /* of it; NULL: what the ring's books say of that build, else the ring's */
    struct content content;        /* one architecture; the languages that are installed */
    struct build target;           /* a target version policy; none if there is none */
};

enum client_outcome {
    CLIENT_UPDATE,
    CLIENT_NOTHING,
    CLIENT_FAIL,
    CLIENT_CHANNEL_CHANGE,
    CLIENT_NEEDS_TARGET, /* the ring went back from its build: without a target version it stays */
};

struct client_answer {
    enum client_outcome outcome;
    char descriptor[64];           /* name of the file that the machine reads first */
    bool empty;                    /* CLIENT_NOTHING because the share offers nothing yet */
    struct build build;            /* that the descriptor names; none if there is none that can be read */
    const struct channel *channel; /* of that descriptor */
    const struct channel *from;    /* of the installed build */
    struct download download; /* of an update or a channel change, or of the way back with a target version */
    struct strv missing; /* below Office/Data: not there, or not what the books say of their kind and size */
    char problem[512];   /* CLIENT_FAIL: what is wrong, a sentence; also where only the way back is barred */
    char foreign[512];   /* the descriptor is not what the books say; "" if it is */
    bool has_arrival;    /* CLIENT_NOTHING: when that changes was looked for */
    struct build least;  /* a build from this one on changes it */
    struct arrival arrival;
};

/*
 * Asks on behalf of the machine; reads only, waits for nothing, and looks into no file but the descriptor:
 * what the bytes of the others are is `verify`'s business. A machine needs every mandatory file of its
 * architecture and languages (formats, section 3), and of the others those that the books say the build has.
 * ERR_USAGE if the content is none that a machine can have; ERR_FAILED if the share cannot be looked at. What
 * a client would stumble over is no error but CLIENT_FAIL. client_answer_clear() frees, also after an error.
 */
bool client_ask(const struct job *job, const struct ring *ring, const struct client *client,
                struct client_answer *answer, struct err *err) MUST_CHECK;
void client_answer_clear(struct client_answer *answer);

/* "update", "nothing", "fail", "channel-change", "needs-target" */
const char *client_outcome_text(enum client_outcome outcome);

#endif

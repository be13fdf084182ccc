/*
 * What upstream says: release history and channel pointers, asked conditionally, proven, and kept. A file
 * that was signed earlier than one already accepted from the same address is not used.
 */
#ifndef RINGMGR_OPS_UPSTREAM_H
#define RINGMGR_OPS_UPSTREAM_H

#include "ringmgr/c2r/authenticode.h"
#include "ringmgr/c2r/descriptor.h"
#include "ringmgr/c2r/listed.h"
#include "ringmgr/c2r/releases.h"
#include "ringmgr/fetch/http.h"
#include "ringmgr/ops/job.h"

/* An origin that can be asked: the CDN or a mirror of it, or one folder that holds one channel's Office/Data.
 */
struct origin_session {
    struct http *http;
    struct trust *trust;
    char *base;    /* for messages and as the key of what was seen */
    bool one_tree; /* base/Office/Data/…; else base/<channel GUID>/Office/Data/… */
    bool shut;     /* outside the window: metadata only, no file of a build */
};

/*
 * Opens a session with the configured origin and its mirrors, or with `base`, called `name` in messages,
 * where that is not NULL (one tree: an import, or headquarters). Bulk stops at `stop_unix` (0: never),
 * the end of the window. ERR_UPSTREAM if it is a folder that is not there. Reads the roots and the proxy's
 * credentials: ERR_USAGE if they cannot be read or must not be used. The caller closes it.
 */
bool origin_open(const struct job *job, const char *base, const char *name, int64_t stop_unix,
                 struct origin_session *origin, struct err *err) MUST_CHECK;
void origin_close(struct origin_session *origin);

#define AUTO_ORIGIN                                                                                          \
    AUTO(origin_close)                                                                                       \
    struct origin_session

/* "<guid>/Office/Data/<name>" or "Office/Data/<name>", below the session's base. The caller frees it. */
char *origin_path(const struct origin_session *origin, const struct channel *channel, const char *name);

/* The configured roots and publisher. ERR_USAGE naming the file. The caller frees *trust. */
bool upstream_trust(const struct job *job, struct trust **trust, struct err *err) MUST_CHECK;

/*
 * Asks for the release history and merges it into the catalog. An origin without one is no error (*absent).
 * Rows as now published go to `releases` (the caller clears it).
 */
bool upstream_history(const struct job *job, const struct origin_session *origin, struct releases *releases,
                      bool *absent, struct err *err) MUST_CHECK;

/*
 * Asks for the pointer of a channel and architecture; recalls that it names are remembered for ever. *absent
 * where upstream has none. ERR_NOT_GENUINE if it is of another channel, ERR_UPSTREAM if it is an older one
 * replayed. descriptor_clear() frees.
 */
bool upstream_pointer(const struct job *job, const struct origin_session *origin,
                      const struct channel *channel, enum architecture architecture,
                      struct descriptor *descriptor, bool *absent, struct err *err) MUST_CHECK;

/*
 * What Microsoft's templates (wsus/ofl.cab) say about a build and architecture. Empty where upstream has
 * none, or they do not know the channel. ERR_NOT_GENUINE, ERR_UPSTREAM: *list is then empty. listed_clear()
 * frees.
 */
bool upstream_template(const struct job *job, const struct origin_session *origin,
                       const struct channel *channel, const struct build *build,
                       enum architecture architecture, struct listed *list, struct err *err) MUST_CHECK;

/* What a channel offers, and whether upstream agrees with itself about it. */
struct upstream_offer {
    struct build build;    /* the one to take; none where there is a reason to wait */
    struct build pointer;  /* none if the channel has no pointer */
    struct build latest;   /* of the release history; none if it names none */
    int throttle;          /* -1 unknown */
    const char *wait_code; /* "upstream-disagrees", "upstream-went-back", "upstream-recalled"; NULL: nothing
                              to wait for */
    bool disputed;         /* it waits because the history's latest is not the pointer's */
    char text[512];        /* why it waits, one sentence */
};

/*
 * Asks for the pointers of all `architectures` of a channel and judges them with the history: a disagreement,
 * a lower build than was staged before, or a recalled one means waiting. ERR_UPSTREAM if a pointer is
 * missing.
 */
bool upstream_ask(const struct job *job, const struct origin_session *origin, const struct channel *channel,
                  unsigned architectures, const struct releases *releases, struct upstream_offer *offer,
                  struct err *err) MUST_CHECK;

#endif

/*
 * Sites: what is known of the file servers near people. All of it but orders and pauses is a hint from the
 * last look; what stands at the site decides. Rows are about a place (a site's target): another target makes
 * them void.
 */
#ifndef RINGMGR_STATE_SITES_H
#define RINGMGR_STATE_SITES_H

#include "ringmgr/base/digest.h"
#include "ringmgr/c2r/channel.h"
#include "ringmgr/c2r/version.h"
#include "ringmgr/state/db.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The site's target is this one now. Where it was another, everything in the books about what stands there is
 * void; a pause stays. *changed: it was. Inside a transaction.
 */
bool site_place(struct state *state, const char *site, const char *target, int64_t now, bool *changed,
                struct err *err) MUST_CHECK;
/* *is: what the books say of the site is about this target, or they say nothing. */
bool site_place_is(struct state *state, const char *site, const char *target, bool *is,
                   struct err *err) MUST_CHECK;
/* Everything about the site, a pause too: it is no site any more. Inside a transaction. */
bool site_forget(struct state *state, const char *site, struct err *err) MUST_CHECK;
/* The same of one ring there. Inside a transaction. */
bool site_forget_ring(struct state *state, const char *site, const char *ring, struct err *err) MUST_CHECK;

/* One ring at one site. Texts are borrowed when put, owned when read. */
struct site_share {
    const char *site, *ring;
    const struct channel *channel; /* of what is offered there; NULL: nothing that is known */
    struct build build;            /* offered there when it was last looked at; none: nothing that is known */
    struct digest files_digest;    /* of what HQ offered with it when it was flipped; zeros where unknown */
    int64_t offered_since;         /* first seen there, or flipped; -1 where nothing is */
    int64_t looked_unix;           /* when it was last looked at with success; -1: never */
    int64_t good_unix;             /* when it last had everything that was wanted; -1: never */
    int64_t failing_unix;          /* since when it fails; -1: it does not */
    int64_t stale_unix;            /* since when it offers another build than HQ; -1: it does not */
    int64_t verified_unix;         /* when its files were last compared by content; -1: never */
    const char *error;             /* why it fails; NULL: it does not */
    const char *waiting;           /* what the next step waits for, a sentence; NULL: for nothing */
    uint64_t bytes_left;           /* of what is wanted and not there yet, as last measured */
    uint64_t rate;                 /* bytes a second, measured over the last transfers; 0: unknown */
};
struct site_shares {
    struct site_share *item; /* by site, then ring */
    size_t len;
};
/* Replaces the row of share->site and share->ring. Inside a transaction or alone. */
bool site_share_put(struct state *state, const struct site_share *share, struct err *err) MUST_CHECK;
/* Without a row: *share is that of a site that nobody has looked at (site and ring NULL). site_share_clear()
 * frees. */
bool site_share_find(struct state *state, const char *site, const char *ring, struct site_share *share,
                     struct err *err) MUST_CHECK;
/* Of one site or one ring, or, where it is NULL, of all; of those that left the configuration, too. */
bool site_shares_get(struct state *state, const char *site, const char *ring, struct site_shares *shares,
                     struct err *err) MUST_CHECK;
void site_share_clear(struct site_share *share);
void site_shares_clear(struct site_shares *shares);

/* The build that a pointer with these bytes names, of those that the ring ever offered; *channel NULL: none
 * of them. */
bool site_pointer_find(struct state *state, const char *ring, const struct digest *descriptor,
                       const struct channel **channel, struct build *build, struct err *err) MUST_CHECK;

/* A build at one site in one ring, with exactly one list of files. Texts are borrowed when put, owned when
 * read. */
struct site_build {
    const char *site, *ring;
    const struct channel *channel;
    struct build build;
    struct digest files_digest; /* of the list that was sent */
    int64_t begun_unix;         /* when the first byte may have been written */
    int64_t staged_unix;        /* everything was sent; -1: not yet */
    int64_t proven_unix;        /* proven there, by content, last; -1: not (any more) */
    int64_t left_unix;          /* its pointer moved away; -1: it is offered, or never was */
};
struct site_builds {
    struct site_build *item; /* by site, ring, channel, build */
    size_t len;
};
/* Replaces the row of that site, ring and build. Inside a transaction or alone. */
bool site_build_put(struct state *state, const struct site_build *build, struct err *err) MUST_CHECK;
bool site_build_find(struct state *state, const char *site, const char *ring, const struct channel *channel,
                     const struct build *build, struct site_build *found_build, bool *found,
                     struct err *err) MUST_CHECK;
/* Nothing of it is there any more. Inside a transaction or alone. */
bool site_build_gone(struct state *state, const char *site, const char *ring, const struct channel *channel,
                     const struct build *build, struct err *err) MUST_CHECK;
/* Of one site or one ring, or, where it is NULL, of all. */
bool site_builds_get(struct state *state, const char *site, const char *ring, struct site_builds *builds,
                     struct err *err) MUST_CHECK;
void site_build_clear(struct site_build *build);
void site_builds_clear(struct site_builds *builds);

/* A person keeps everything away from a site. Texts are borrowed when put, owned when read. */
struct site_pause {
    const char *site, *by, *identity, *reason;
    int64_t since_unix;
};
/* Replaces the one that stands, if any. Inside a transaction. */
bool site_pause_put(struct state *state, const struct site_pause *pause, struct err *err) MUST_CHECK;
/* *found: there was one. Inside a transaction. */
bool site_pause_lift(struct state *state, const char *site, bool *found, struct err *err) MUST_CHECK;
/* site_pause_clear() frees. */
bool site_pause_find(struct state *state, const char *site, struct site_pause *pause, bool *found,
                     struct err *err) MUST_CHECK;
void site_pause_clear(struct site_pause *pause);

/* `promote --stage`: a build that the ring's sites get before anybody flips to it. At most one stands for a
 * ring. Texts are borrowed when put, owned when read. */
struct site_order {
    const char *ring;
    const struct channel *channel;
    struct build build;
    struct digest files_digest;
    const char *by, *identity, *reason; /* reason may be NULL */
    int64_t ordered_unix;
};
/* Replaces the ring's. Inside a transaction. */
bool site_order_put(struct state *state, const struct site_order *order, struct err *err) MUST_CHECK;
/* *found: there was one. Inside a transaction. */
bool site_order_drop(struct state *state, const char *ring, bool *found, struct err *err) MUST_CHECK;
/* site_order_clear() frees. */
bool site_order_find(struct state *state, const char *ring, struct site_order *order, bool *found,
                     struct err *err) MUST_CHECK;
void site_order_clear(struct site_order *order);

/*
 * When enough of a ring's sites offered a build for the first time since that build went live at HQ at
 * `live_since` (a build that went live twice has a quorum of each time). -1 in *reached_unix: not yet.
 */
bool site_quorum_find(struct state *state, const char *ring, const struct channel *channel,
                      const struct build *build, int64_t live_since, int64_t *reached_unix,
                      struct err *err) MUST_CHECK;
/* Records it; one that stands stays as it is. Inside a transaction. */
bool site_quorum_put(struct state *state, const char *ring, const struct channel *channel,
                     const struct build *build, int64_t live_since, int64_t reached_unix,
                     struct err *err) MUST_CHECK;

#endif

/*
 * Retain: may a build's folder leave a share, may a build's files leave the store? Pure: what names the build
 * comes in, keep or not and one sentence come out. Whatever is in doubt is kept.
 */
#ifndef RINGMGR_POLICY_RETAIN_H
#define RINGMGR_POLICY_RETAIN_H

#include "ringmgr/c2r/channel.h"
#include "ringmgr/c2r/version.h"
#include <stddef.h>

struct retention {
    bool keep;
    char reason[256]; /* one sentence, without a full stop; cut where it does not fit */
};

/* A ring that could still take the build: one that takes from this share or, of a build in the store, from
 * origin. Names are borrowed. */
struct retain_taker {
    const char *ring;
    struct build live; /* there; none: the ring is empty */
    bool bad;   /* blocked for it, withdrawn, or rolled back there or in its source: it never takes it */
    bool soaks; /* the build is on its way, its soak for that ring is not over */
};

/* What names a build, wherever it lies. Texts are borrowed; NULL and 0: nothing does. */
struct retain_names {
    const char *intent; /* the ring at whose share something has been begun that names it */
    int64_t pin;        /* a target version that was handed out and not taken back */
    const char *pin_ring;
    const char *planned; /* the ring into which it is to be promoted later */
    int64_t planned_unix;
    const char *ordered; /* the ring whose sites are to have it before anybody flips to it */
    const char *site;    /* a site where it is, or is being sent to; of a build in the store */
};

/* One build whose folder stands on a ring's share. */
struct retain_folder {
    const struct channel *channel;
    struct build build;
    bool live;
    const char *pointer; /* "v32.cab": that pointer still names it although it is not live; NULL */
    bool bad;            /* blocked, withdrawn, or left by a roll-back: no roll-back goes to it */
    int64_t ended_unix;  /* when it last stopped being live */
    struct retain_names names;
    const struct retain_taker *taker;
    size_t takers;
};

/* All that stands on one ring's share. */
struct retain_share {
    const struct retain_folder *folder; /* each build once: the live one first, then the last live first */
    size_t folders;
    unsigned keep; /* besides the live one: the last so many that were live here */
    int64_t grace_seconds;
    int64_t now_unix;
};

/*
 * Judges share->folder[index]. Kept is what is live, what a pointer, an intent, a pin, a plan or an order
 * names, what a ring below has soaking or could still take (newer than what is live there), where a roll-back
 * would go (the newest build that is not bad, and the newest such below the live one), the last `keep`, and
 * what stopped being live less than the grace ago.
 */
struct retention retain_judge_folder(const struct retain_share *share, size_t index);

/* One build with files in the store. */
struct retain_build {
    struct build build;
    const char *shown;    /* a ring on whose share it stands; NULL: none */
    bool shown_unknown;   /* that ring is not in the configuration any more */
    const char *rollback; /* a ring whose roll-back would go to it although it does not stand there; NULL */
    struct retain_names names;
    const struct retain_taker *taker; /* of the build's channel, that take from origin */
    size_t takers;
    bool newest;         /* of all builds of its channel: dropped, the next sync would fetch it again */
    int64_t staged_unix; /* when it was complete; -1: it is not */
    int64_t grace_seconds;
    int64_t now_unix;
};

/*
 * Kept is what a share shows, what an intent, a pin, a plan, an order, a site or a roll-back names, what
 * could still enter a ring that takes from origin (newer than what is live there, and not withdrawn; complete
 * or half fetched), the newest of its channel, and what was staged less than the grace ago.
 */
struct retention retain_judge_build(const struct retain_build *build);

#endif

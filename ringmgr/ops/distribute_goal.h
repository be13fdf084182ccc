/*
 * What sites want of a ring: the build that HQ offers there, whole, and one that was ordered ahead of its
 * promotion. With it goes the outbox, where those files lie ready to be sent.
 */
#ifndef RINGMGR_OPS_DISTRIBUTE_GOAL_H
#define RINGMGR_OPS_DISTRIBUTE_GOAL_H

#include "ringmgr/ops/job.h"
#include "ringmgr/ops/offered.h"
#include "shares/outbox.h"

/* One build as a site shall have it. */
struct goal_build {
    const struct channel *channel;
    struct build build;
    char text[BUILD_TEXT_SIZE];
    struct digest files_digest;
    struct catalog_files files;
    struct share_file *list; /* the same as shares/ takes it */
    struct pointers pointers;
};

enum { GOAL_LIVE, GOAL_ORDERED, GOAL_BUILDS };

struct goal {
    const struct ring *ring;
    int64_t offer_id, live_since;         /* of the live offer; -1: HQ offers nothing */
    struct goal_build build[GOAL_BUILDS]; /* channel NULL: there is none */
    bool at_once;     /* HQ went to it by a roll-back, or past the ring's days or freeze: sites follow so */
    char stop[256];   /* why no pointer may move to the live build ("it is blocked …"); "" if it may */
    char stage[256];  /* why the ordered build cannot be sent; "" if it can, or there is none */
    struct err wrong; /* HQ's own files are not what they must be: nothing is sent; code 0: they are */
};

/* All goals of a run, and its outbox. */
struct goals;

/* Makes the outbox and sweeps what killed runs have left. NULL and `err`. goals_close() removes it. */
struct goals *goals_open(const struct job *job, struct err *err) MUST_CHECK;
void goals_close(struct goals *goals);
/* For AUTO. */
void goals_auto_close(struct goals **goals);

/* The run's outbox; stays the goals'. */
struct outbox *goals_outbox(const struct goals *goals);

/*
 * The ring's goal as it is now, its files in the outbox. What was got before stays valid until goals_close(),
 * and is the same pointer while nothing has changed.
 */
bool goals_get(struct goals *goals, const struct ring *ring, const struct goal **goal,
               struct err *err) MUST_CHECK;

/* Looks whether the goals of this run's rings are others by now: goals_now() knows then. */
void goals_refresh(struct goals *goals);
/* The newest goal of a ring that was read; NULL: none was. */
const struct goal *goals_now(const struct goals *goals, const struct ring *ring);

/* Another build that may stand at sites, with the files that the ring offered last of it; NULL in *build
 * where the ring never did, or the store has it no longer. Valid until goals_close(). */
bool goals_get_other(struct goals *goals, const struct ring *ring, const struct channel *channel,
                     const struct build *number, const struct goal_build **build, struct err *err) MUST_CHECK;

/* Reads the build's files here by content, once in a run, so that a comparison with them proves something.
 * ERR_NOT_GENUINE names what is rotten, and what puts it right. */
bool goals_prove(struct goals *goals, const struct ring *ring, const struct goal_build *build,
                 struct err *err) MUST_CHECK;

/* Lays the pointer of one architecture ready for a site, with that time. */
bool goals_pointer(struct goals *goals, const char *site, const struct ring *ring,
                   const struct goal_build *build, enum architecture architecture, int64_t mtime_unix,
                   struct err *err) MUST_CHECK;

#endif

/*
 * One ring at one site while a run works there: what has been seen, and from that what is to be done next.
 * The next step is always chosen anew from what is known, never from where it stood before: so a run goes on
 * alike after a kill, after a goal that has changed meanwhile, and after somebody else's work at the site.
 */
#ifndef RINGMGR_OPS_DISTRIBUTE_PART_H
#define RINGMGR_OPS_DISTRIBUTE_PART_H

#include "ringmgr/ops/distribute_books.h"
#include "shares/site.h"

enum step {
    STEP_PLACE,      /* of a folder: which one is it really? */
    STEP_KNOCK,      /* is the target there at all? */
    STEP_LIST,       /* the names in Office/Data */
    STEP_FETCH,      /* the pointers */
    STEP_FOLDERS,    /* of a build, down to its own */
    STEP_MEASURE,    /* what of a build is missing by size and time */
    STEP_STAGE,      /* send it */
    STEP_PROVE,      /* compare it by content */
    STEP_SURVEY,     /* its folder: may everybody read it, and what is not ours? */
    STEP_DESCRIBE,   /* its descriptors */
    STEP_FLIP,       /* one pointer */
    STEP_UNDESCRIBE, /* the descriptors of a build that leaves */
    STEP_REMOVE,     /* its folder */
    STEP_SWEEP,      /* what transfers have left, in Office/Data or in a build's folder */
    STEP_DONE
};

/* How far one build has come in this run. */
struct progress {
    const struct goal_build *build;
    bool measured; /* to_send_* are valid */
    uint64_t to_send_files, to_send_bytes;
    bool by_content;    /* files that seem to be there are to be read, too */
    bool proven;        /* in this run, or by the books and nothing has changed since by size and time */
    bool compared;      /* in this run, by content */
    bool described;     /* its descriptors are there */
    bool by_rsync;      /* the site cannot compare by itself */
    bool damaged;       /* it was whole, and something is missing or has changed */
    bool broken;        /* a transfer has broken off: it may have left temporary files there */
    bool surveyed;      /* in this run */
    bool redescribe;    /* not everybody may read its descriptors: put them again */
    bool closed_folder; /* not everybody may enter its folder */
    bool leave_it;      /* nothing more is done about it in this run */

    /* It was proven there before headquarters gave it more files, and is what clients shall go back to. */
    bool asking; /* STEP_PROVE asks whether it is still whole as it was */
    bool asked;
    bool as_it_was; /* it is */
};

struct part {
    const struct job *job;
    const struct distribute_options *options;
    struct goals *goals;
    const struct site *site;
    const struct ring *ring;
    const struct site_where *where;
    struct distribute_share *result;
    const struct goal *goal;
    struct site_books books;

    bool placed, listed, knocked, fetched,
        noted; /* the listing, the target, the pointers are known; the books know */
    struct site_listing listing;
    struct seen_pointer seen[2]; /* [0] v32.cab, [1] v64.cab */
    bool put;                    /* a pointer was put, and has not been read back */

    struct progress *progress; /* live, ordered, then others that are to be compared */
    size_t progresses;

    /* The step that is due, or runs. */
    enum step step;
    struct progress *at;            /* the build that it is about */
    enum architecture architecture; /* of STEP_FLIP */
    struct site_build leaving;      /* of STEP_UNDESCRIBE and STEP_REMOVE; texts are not owned */
    struct build undescribed;       /* whose descriptors are gone, and its folder is not; none: none */
    bool swept;
    int64_t began_unix;
    unsigned steps; /* so far */
};

/* Begins; nothing is asked of the site yet. The first eight fields are the caller's. part_clear() frees the
 * rest. */
bool part_begin(struct part *part, struct err *err) MUST_CHECK;
void part_clear(struct part *part);

/*
 * Chooses part->step, by the goal as it is now and what has been seen; what it leads to is not done yet.
 * False: the part has failed, at HQ or at the site.
 */
bool part_choose(struct part *part, struct err *err) MUST_CHECK;

/* Whether what runs now is out of date: HQ's offer was another at the last goals_refresh(). */
bool part_is_outdated(const struct part *part);
/* Whether the site's pointers are what the goal's live build wants. */
bool part_is_right(const struct part *part);
/* Whether a folder of that build stands there. */
bool part_has_folder(const struct part *part, const char *build);
/* It stands there no longer; its descriptors do not. */
void part_forget_folder(struct part *part, const char *build);
void part_forget_descriptors(struct part *part, const char *build);
/* For how long bytes may be sent for a build from now on: 0 in *seconds without end. False: not now. */
bool part_may_send(const struct part *part, const struct progress *progress, unsigned *seconds);

/* A sentence about what keeps the part from going on; the first stays. */
void part_wait(struct part *part, const char *format, ...) PRINTF_LIKE(2, 3);
/* A file that is not what it must be. */
void part_note_wrong(struct part *part, const char *path, const char *problem);
/* If just the files are missing that came to part->at's list since it was proven there, none of them is
 * wrong: takes them out of *wrongs, and notes whether all the rest is right (progress.as_it_was). */
void part_judge_as_it_was(struct part *part, struct site_wrongs *wrongs);
/* Something that is not ours. */
void part_note_foreign(struct part *part, const char *path, const char *problem);
/* What was wrong with a build (its text), or, with NULL, with pointers, has been put right. */
void part_note_repaired(struct part *part, const char *build);

#endif

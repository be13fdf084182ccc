/*
 * What is written down about one ring at one site while a run works there. Each function makes its rows
 * durable before it returns; a run that is killed leaves hints, and the next one looks for itself.
 */
#ifndef RINGMGR_OPS_DISTRIBUTE_BOOKS_H
#define RINGMGR_OPS_DISTRIBUTE_BOOKS_H

#include "ringmgr/ops/distribute_goal.h"
#include "ringmgr/ops/distribute_share.h"
#include "ringmgr/state/sites.h"

/* A pointer there, as it was seen. */
struct seen_pointer {
    bool present;
    struct digest digest;
    int64_t mtime_unix;
    const struct channel *channel; /* of the build that it names; NULL: nothing that the ring ever offered */
    struct build build;
};

struct site_books {
    const struct job *job;
    const struct site *site;
    const struct ring *ring;
    struct site_share share;
    struct site_builds builds; /* of this ring there */
};

/* Reads them; what was about another target is void. site_books_clear() frees. */
bool site_books_read(const struct job *job, const struct site *site, const struct ring *ring,
                     struct site_books *books, struct err *err) MUST_CHECK;
void site_books_clear(struct site_books *books);

/* The row of a build; NULL if there is none. Valid until rows are added. */
struct site_build *site_books_find(const struct site_books *books, const struct channel *channel,
                                   const struct build *build);
/* Whether exactly these files were proven there, and nothing has been written since. */
bool site_books_proven(const struct site_books *books, const struct goal_build *build);

/* Whether files were being sent there, and it is not known to have ended well: names, sizes and times may be
 * right of files that nobody can read. */
bool site_books_broke_off(const struct site_books *books, const struct goal_build *build);

/* The first byte of it is about to be written: from now on nothing is proven of it. */
bool site_books_begin(struct site_books *books, const struct goal_build *build, struct err *err) MUST_CHECK;
/* Everything was sent. `rate` is what the transfer went at, bytes a second; 0: it does not tell. */
bool site_books_staged(struct site_books *books, const struct goal_build *build, uint64_t rate,
                       struct err *err) MUST_CHECK;
/* Proven by content, or (false) found wrong. */
bool site_books_judge(struct site_books *books, const struct goal_build *build, bool proven,
                      struct err *err) MUST_CHECK;
/* Nobody wants it there any more: its grace begins, unless it has begun. *left_unix gets when. */
bool site_books_leave(struct site_books *books, const struct channel *channel, const struct build *build,
                      int64_t *left_unix, struct err *err) MUST_CHECK;
/* It was taken away. */
bool site_books_gone(struct site_books *books, const struct channel *channel, const struct build *build,
                     struct err *err) MUST_CHECK;

/*
 * The site was looked at. `seen` are its pointers ([0] v32.cab, [1] v64.cab), `right` says that they are all
 * that the goal's live build wants. A pointer that has moved on begins the grace of what it named before; a
 * required site that comes after the quorum is a history entry "site-late".
 */
bool site_books_looked(struct site_books *books, const struct seen_pointer seen[2], const struct goal *goal,
                       bool right, struct err *err) MUST_CHECK;

/* How the run ended there (result, text, left_bytes, wrong), and the attentions about it. */
bool site_books_end(struct site_books *books, const struct goal *goal,
                    const struct distribute_options *options, const struct distribute_share *result,
                    struct err *err) MUST_CHECK;

#endif

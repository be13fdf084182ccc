/*
 * What is known of the sites without asking them: books and configuration put together, for `site status`,
 * `status`, metrics and the page.
 */
#ifndef RINGMGR_OPS_SITE_VIEW_H
#define RINGMGR_OPS_SITE_VIEW_H

#include "ringmgr/ops/job.h"
#include "ringmgr/ops/quorum.h"
#include "ringmgr/state/sites.h"

/* How one ring stands at one site, the first that is true. */
enum site_state {
    SITE_PAUSED,  /* people keep everything away from the site */
    SITE_FAILING, /* its last look or step failed: share.failing_unix, share.error */
    SITE_UNSEEN,  /* nobody has looked at it yet */
    SITE_EMPTY,   /* headquarters offers nothing in the ring */
    SITE_LIVE,    /* offers what headquarters offers, with all of its files */
    SITE_PROVEN,  /* has it whole and proven; its pointers move next */
    SITE_STAGED,  /* has all its bytes; they are not proven yet */
    SITE_BEHIND,  /* lacks bytes, perhaps only those that an extension has added */
};
/* "paused", "failing", "unseen", "empty", "live", "proven", "staged", "behind" */
const char *site_state_name(enum site_state state);

/* How far a build has come at a site; -1: not yet. */
struct site_progress {
    int64_t staged_unix, proven_unix;
};

struct site_view {
    const struct site *site; /* of the settings, as is `ring` */
    const struct ring *ring;
    enum site_state state;
    bool live;                  /* offers what headquarters offers, whatever else is wrong there */
    struct build wanted;        /* that headquarters offers; none: nothing */
    struct build ordered;       /* of promote --stage; none: nothing */
    struct site_progress want;  /* of `wanted` */
    struct site_progress order; /* of `ordered` */
    struct site_share share;    /* the books; where nobody has looked, zeros, -1 and NULL */
    int64_t ends_unix;       /* when the bytes that it lacks will be there, by its rate and window; -1: nobody
                                knows, or it lacks none */
    struct site_pause pause; /* pause.site NULL: none */
};

struct site_views {
    struct site_view *item; /* by site, then ring, each in the order of the configuration */
    size_t len;
    struct quorum *quorum; /* of the live build of each ring of the configuration, in its order */
    size_t quorums;
    struct strv left; /* sites that the books know and the configuration does not: each once */
};

/*
 * When a run can bring some site on, as far as clocks tell: `now`, or when the first window opens, or the
 * first pointer may move; -1 where nothing is missing. Sites that are paused or fail do not count.
 */
int64_t site_views_due(const struct site_views *views, int64_t now);

/* Reads only, and waits for nothing. site_views_clear() frees, also after an error. */
bool site_views_gather(const struct job *job, struct site_views *views, struct err *err) MUST_CHECK;
void site_views_clear(struct site_views *views);

#define AUTO_SITE_VIEWS                                                                                      \
    AUTO(site_views_clear)                                                                                   \
    struct site_views

#endif

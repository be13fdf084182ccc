/*
 * Distribution: what the rings offer is brought to sites. For every site and ring the same steps: look, stage
 * the files, prove them there by content, put the build's descriptors, then flip the pointers; what nobody
 * needs there any more is taken away in the reverse order. A run that is killed at any step leaves a site
 * whose pointers name whole builds; the next one looks at the site and goes on.
 */
#ifndef RINGMGR_OPS_DISTRIBUTE_H
#define RINGMGR_OPS_DISTRIBUTE_H

#include "ringmgr/ops/distribute_share.h"

struct distribute {
    struct distribute_share *share; /* by site, then ring, each in the order of the configuration */
    size_t len;
};

/*
 * One run: all sites side by side, at most [ringmgr] sites_parallel transfers at once, the rings of a site
 * one after another; a site that fails or hangs delays nobody. Each site's lock ("site-NAME") is held while
 * it is worked at; a site whose lock is held by another run is ERR_LOCKED for that site alone. Afterwards the
 * books, the quorum and the attentions are what was seen.
 *
 * A site that is done while others are not begins again in the same run when HQ's offer changes, and now and
 * then while it waits; what is told of it is then its last turn.
 *
 * True if every (site, ring) came out well or merely waits. False with the worst of their codes in *err
 * otherwise, *run is whole all the same; ERR_USAGE, before anything is tried, for a site or ring that is not
 * configured. distribute_clear() frees, also after an error.
 */
bool distribute_run(const struct job *job, const struct distribute_options *options, struct distribute *run,
                    struct err *err) MUST_CHECK;
void distribute_clear(struct distribute *run);

#define AUTO_DISTRIBUTE                                                                                      \
    AUTO(distribute_clear)                                                                                   \
    struct distribute

#endif

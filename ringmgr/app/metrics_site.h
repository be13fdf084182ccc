/* The metrics of the sites: ringmgr_site_*, each with the labels site and ring, and ringmgr_ring_sites_*. */
#ifndef RINGMGR_APP_METRICS_SITE_H
#define RINGMGR_APP_METRICS_SITE_H

#include "ringmgr/app/openmetrics.h"
#include "ringmgr/ops/site_view.h"

/* Writes all of them, each family whole; nothing where no site is configured. `settings` are those that the
 * views were gathered by. */
void metrics_put_sites(const struct settings *settings, const struct site_views *views,
                       struct metrics_text *out);

#endif

/* Sites on stdout: how rings stand there, how a run came out, as JSON and as lines for people. */
#ifndef RINGMGR_APP_OUTPUT_SITE_H
#define RINGMGR_APP_OUTPUT_SITE_H

#include "ringmgr/app/command.h"
#include "ringmgr/ops/distribute.h"
#include "ringmgr/ops/site_view.h"

/* {"counted","need","proven","live","since","behind"} of a ring's live build; NULL, which becomes null, for a
 * ring without required sites. The caller owns it. */
struct jv *output_quorum_to_json(const struct quorum *quorum);
/* "9 of 12 sites live, 11 are needed; behind: tokyo, oslo" on a line of its own behind `indent`; nothing for
 * a ring without required sites. */
void output_quorum_print(const struct quorum *quorum, const char *indent);

/* One ring at one site, as `site status` has it. The caller owns it. */
struct jv *output_site_view_to_json(const struct site_view *view);
void output_site_view_print(const struct site_view *view);

/* One ring at one site, as a run left it, its files that are wrong among them. The caller owns it. */
struct jv *output_site_share_to_json(const struct distribute_share *share);
/* `looked`: nothing was to be changed, so that "unchanged" would say nothing. */
void output_site_share_print(const struct distribute_share *share, bool looked);

#endif

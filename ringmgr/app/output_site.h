/* Sites on stdout: how rings stand there, how a run came out, as JSON and as lines for people. */
#ifndef RINGMGR_APP_OUTPUT_SITE_H
#define RINGMGR_APP_OUTPUT_SITE_H

#include "ringmgr/app/command.h"
#include "ringmgr/ops/distribute.h"
#include "ringmgr/ops/followed.h"
#include "ringmgr/ops/site_view.h"
#include "ringmgr/ops/stage_order.h"

/* {"counted","need","proven","live","since","behind"} of a ring's live build; NULL, which becomes null, for a
 * ring without required sites. The caller owns it. */
struct jv *output_quorum_to_json(const struct quorum *quorum);
/* "9 of 12 sites live, 11 are needed; behind: tokyo, oslo" on a line of its own behind `indent`; nothing for
 * a ring without required sites. */
void output_quorum_print(const struct quorum *quorum, const char *indent);

/* {"build","counted","need","proven","missing"} of what `promote --stage` has ordered; NULL, which becomes
 * null, for nothing. The caller owns it. */
struct jv *output_stage_to_json(const struct stage_view *stage);
/* "16.0.20326.20100 is staged: 3 of 5 required sites have proven it, 3 are needed: ringmgr promote …" on a
 * line of its own behind `indent`, with the command that comes next; nothing where nothing is ordered. */
void output_stage_print(const struct ring *ring, const struct stage_view *stage, const char *indent);

/* The names of the ring's sites that people keep everything away from, as an array, which the caller owns;
 * without --json each on a line of its own behind `indent`, too. */
bool output_pauses(const struct app *app, const struct ring *ring, const char *indent, struct jv **paused,
                   struct err *err) MUST_CHECK;

/* Whom a ring follows, and until when what it was told holds: {"origin","sequence","expires"}, which the
 * caller owns, NULL for a ring that follows nobody; without --json a line behind `indent`, too. */
bool output_follows(const struct app *app, const struct ring *ring, const char *indent, struct jv **follows,
                    struct err *err) MUST_CHECK;

/* What a pointer that has moved here means for sites: a line behind `indent` that says how they follow;
 * nothing for a ring without sites, and with --json. */
void output_sites_follow(const struct app *app, const struct ring *ring, const char *indent);

/* One ring at one site, as `site status` has it. The caller owns it. */
struct jv *output_site_view_to_json(const struct site_view *view);
void output_site_view_print(const struct site_view *view);

/* One ring at one site, as a run left it, its files that are wrong among them. The caller owns it. */
struct jv *output_site_share_to_json(const struct distribute_share *share);
/* `looked`: nothing was to be changed, so that "unchanged" would say nothing. */
void output_site_share_print(const struct distribute_share *share, bool looked);

#endif

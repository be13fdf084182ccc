/* Which version of its channel a ring wants: `version = latest`, `n-1` or `2606`. */
#ifndef RINGMGR_POLICY_WANTED_H
#define RINGMGR_POLICY_WANTED_H

#include "ringmgr/policy/settings.h"

/*
 * The version that the rule means now, by all rows ever seen of the channel: for n-1 the newest version
 * before that of the row that is called latest. "" for `latest`, which wants any. False if the rows do not
 * tell.
 */
bool wanted_version(const struct version_rule *rule, const struct channel *channel,
                    const struct releases *releases, char version[RELEASE_VERSION_SIZE]) MUST_CHECK;

/*
 * NULL if the ring wants builds of `version` ("" : unknown), else a sentence in `why`. A build that no
 * history names is wanted only by `latest`.
 */
const char *wanted_refuses(const struct ring *ring, const struct releases *releases, const char *version,
                           char why[256]);

/* The newest build of the version that the rule means and that is not among the `recalled`; NULL if the rows
 * name none. */
const struct release *wanted_release(const struct version_rule *rule, const struct channel *channel,
                                     const struct releases *releases, const struct build *recalled,
                                     size_t recalls);

/* "latest", "n-1", "2606" */
const char *version_rule_text(const struct version_rule *rule);

#endif

/*
 * Parsers of the values of [site NAME] and of what rings say about their sites, for the table of keys
 * (settings_table.c), as those of settings_value.h; and what must hold between them.
 */
#ifndef RINGMGR_APP_SETTINGS_SITE_H
#define RINGMGR_APP_SETTINGS_SITE_H

#include "ringmgr/app/settings_ini.h"
#include "ringmgr/app/settings_value.h"
#include "ringmgr/policy/settings.h"

value_read_fn site_read_rings;    /* struct strv; whether they exist: site_check() */
value_read_fn site_read_target;   /* char *, as site_target_parse() takes it; loses its trailing slashes */
value_read_fn site_read_unc;      /* char *, as value_read_unc() takes it with a name for %ring% */
value_read_fn site_read_ad_site;  /* char * */
value_read_fn site_read_parallel; /* unsigned, 1 to 256 */
value_read_fn site_read_per_cent; /* unsigned, 1 to 100; "95", "95%" and "95 %" */

/*
 * Adds what is wrong with sites beyond single values: names, rings that do not exist, targets that lie in
 * each other, in a ring, the store or the state, shares that clients could not tell apart, an Active
 * Directory site that two sites claim for one ring, files that the kind of target has no use for. Lines are
 * those of `file`.
 */
void site_check(const struct ini_file *file, const struct settings *settings,
                struct settings_problems *problems);

#endif

/*
 * Parsers of the values of [notify NAME], for the table of keys (settings_table.c), as those of
 * settings_value.h; and what must hold between them.
 */
#ifndef RINGMGR_APP_SETTINGS_NOTIFY_H
#define RINGMGR_APP_SETTINGS_NOTIFY_H

#include "ringmgr/app/settings_ini.h"
#include "ringmgr/app/settings_value.h"
#include "ringmgr/policy/settings.h"

/* Fields of type char * */
value_read_fn notify_read_webhook; /* http:// or https://; never repeated in a problem: it may be a secret */
value_read_fn notify_read_file;    /* absolute path, or credential:NAME (systemd.exec(5)) */
value_read_fn notify_read_server;  /* smtp://host[:port] or smtps://host[:port] */
value_read_fn notify_read_address; /* user@host */

/* Lists of type struct strv */
value_read_fn notify_read_addresses;
value_read_fn notify_read_events;
value_read_fn notify_read_rings; /* whether they exist: notify_check() */

/* Fields of type int64_t */
value_read_fn notify_read_timeout; /* 1 to 300 seconds */

/* Fields of type enum notify_severity, enum notify_tls */
value_read_fn notify_read_severity;
value_read_fn notify_read_starttls; /* required or no */

/* What must hold between the keys of each target, and that its rings exist. */
void notify_check(const struct ini_file *file, const struct settings *settings,
                  struct settings_problems *problems);

#endif

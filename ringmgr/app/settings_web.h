/* The values of [web], for the table of keys (settings_table.c). */
#ifndef RINGMGR_APP_SETTINGS_WEB_H
#define RINGMGR_APP_SETTINGS_WEB_H

#include "ringmgr/app/settings_value.h"

/* Lists, fields of type struct strv */
value_read_fn web_read_listen; /* unix:PATH, or a loopback address and a port */
value_read_fn web_read_hosts;  /* names of hosts, without a port; made lower case */

/* Field of type char *: the name of a header (RFC 9110, section 5.1) */
value_read_fn web_read_header;

/* The path of "unix:PATH"; NULL for an address. */
const char *web_socket_path(const char *listen);

#endif

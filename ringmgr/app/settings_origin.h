/* Keys of [origin] that say from where, how fast and when: mirrors, rate_limit, window. */
#ifndef RINGMGR_APP_SETTINGS_ORIGIN_H
#define RINGMGR_APP_SETTINGS_ORIGIN_H

#include "ringmgr/app/settings_ini.h"
#include "ringmgr/app/settings_value.h"
#include "ringmgr/policy/settings.h"

value_read_fn origin_read_mirrors; /* struct strv; each as value_read_url() takes it */
value_read_fn origin_read_rate;    /* uint64_t, bytes a second; 0 or at least ORIGIN_RATE_LEAST_BYTES */
value_read_fn origin_read_window;  /* struct weekly_windows */

/* Below it an origin's own pace (1 KiB a second and connection, 32 of them, twice) would not be kept. */
enum { ORIGIN_RATE_LEAST_BYTES = 64 << 10 };

/* Adds what contradicts itself: a mirror that is the origin or of another scheme, credentials without a
 * proxy, a window and a rate in which no build would ever arrive. Lines are those of `file`. */
void origin_check(const struct ini_file *file, const struct settings *settings,
                  struct settings_problems *problems);

#endif

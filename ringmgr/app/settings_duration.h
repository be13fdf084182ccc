/* Durations as people write them in the configuration: "14 days", "36h", "90 minutes", "30s". */
#ifndef RINGMGR_APP_SETTINGS_DURATION_H
#define RINGMGR_APP_SETTINGS_DURATION_H

#include "ringmgr/base/err.h"
#include <stdint.h>

/*
 * A whole number and a unit of fixed length: second (s), minute, hour (h) or day, with or without s; a space
 * between them is optional. A day is 24 h. At most ten years, so that no sum of times overflows. False if it
 * is anything else; workdays and months have no fixed length.
 */
bool settings_parse_duration(const char *text, int64_t *seconds) MUST_CHECK;

#endif

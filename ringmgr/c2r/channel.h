/* Microsoft's update channels: current name, GUID on the CDN, and the old names that still occur. */
#ifndef RINGMGR_C2R_CHANNEL_H
#define RINGMGR_C2R_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

struct channel {
    const char *id;           /* "MonthlyEnterprise", the name that configuration files use */
    const char *guid;         /* lower case, without braces */
    const char *display_name; /* "Monthly Enterprise Channel" */
    bool perpetual;           /* PerpetualVL: a product bought once, with volume products only */
};

/* By current or old name, ignoring case (formats, section 1). NULL if there is none. */
const struct channel *channel_find(const char *name);

/* By GUID, ignoring case. NULL if there is none. */
const struct channel *channel_find_guid(const char *guid);

/* The channel with this index from 0, NULL behind the last. */
const struct channel *channel_at(size_t index);

#endif

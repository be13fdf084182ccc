/* The descriptor: VersionDescriptor.xml in v64.cab, v32.cab and v64_<build>.cab (formats, section 2). */
#ifndef RINGMGR_C2R_DESCRIPTOR_H
#define RINGMGR_C2R_DESCRIPTOR_H

#include "ringmgr/c2r/channel.h"
#include "ringmgr/c2r/version.h"

struct descriptor {
    struct build build;            /* AvailableBuild Default; Available/@Build where there is none */
    const struct channel *channel; /* by DeliveryMechanism/@FFNRoot */
    int throttle;                  /* 0 to 1000; -1 if it says nothing readable */
    int64_t created_unix;          /* CreatedTimeUtc; -1 if absent or unreadable */
    struct build *expired;         /* builds that Microsoft withdrew; owned */
    size_t expired_len;
};

/*
 * Reads the descriptor out of a (verified) cabinet. ERR_NOT_GENUINE if there is no VersionDescriptor.xml, not
 * exactly one Default where AvailableBuilds stands, no build, an unknown channel, or a recalled build that
 * cannot be read; *descriptor is then empty. descriptor_clear() frees. Never takes Available/@Build where
 * AvailableBuilds is present: there it is the last build for Windows 7.
 */
bool descriptor_read(const void *cab, size_t len, const char *name, struct descriptor *descriptor,
                     struct err *err) MUST_CHECK;

/* The same from the XML alone. */
bool descriptor_parse(const void *xml, size_t len, const char *name, struct descriptor *descriptor,
                      struct err *err) MUST_CHECK;

/* Whether Microsoft's list of withdrawn builds names this one. */
bool descriptor_recalls(const struct descriptor *descriptor, const struct build *build);
/* Frees what it holds. */
void descriptor_clear(struct descriptor *descriptor);

#endif

/* ReleaseHistory.xml: what each channel has published, with versions and dates (formats, section 5). */
#ifndef RINGMGR_C2R_RELEASES_H
#define RINGMGR_C2R_RELEASES_H

#include "ringmgr/c2r/channel.h"
#include "ringmgr/c2r/version.h"

#define RELEASE_VERSION_SIZE 16

struct release {
    const struct channel *channel;
    struct build build;
    char
        version[RELEASE_VERSION_SIZE]; /* YYMM, "2607"; "LTSB2021" and the like in the PerpetualVL channels */
    int64_t released_unix;             /* PubTime */
    bool latest;                       /* @Latest: the channel's offer; never inferred from the order */
};

/* Rows as published; a genuine history may have none: that is no news, not a withdrawal. */
struct releases {
    struct release *row;
    size_t len;
    int64_t published_unix; /* PublishedDate; -1 if absent or unreadable */
};

/* A value to begin merging with. */
#define RELEASES_NONE ((struct releases){.published_unix = -1})

/*
 * Reads the history out of a (verified) cabinet, or from the XML alone. Channels that this program does not
 * know are passed over; a row that occurs twice counts once. ERR_NOT_GENUINE if a row is unreadable, a
 * channel has two latest, or there are more than LIMIT_RELEASE_ROWS; *releases is then empty.
 * releases_clear() frees.
 */
bool releases_read(const void *cab, size_t len, const char *name, struct releases *releases,
                   struct err *err) MUST_CHECK;
bool releases_parse(const void *xml, size_t len, const char *name, struct releases *releases,
                    struct err *err) MUST_CHECK;

/* The row that the history calls latest for a channel; NULL if it names none. */
const struct release *releases_latest(const struct releases *releases, const struct channel *channel);
/* NULL if absent. */
const struct release *releases_find(const struct releases *releases, const struct channel *channel,
                                    const struct build *build);
/*
 * Adds rows of `from`, the newer history, that `into` lacks; updates date, version and latest flag of those
 * that it has. Where `from` names a channel's latest, the one before is no longer it; where it says nothing
 * of a channel, that stays as it was. No row is ever lost.
 */
void releases_merge(struct releases *into, const struct releases *from);
void releases_clear(struct releases *releases);

#endif

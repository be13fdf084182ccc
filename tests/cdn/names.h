/* Channels and languages the origin can be made of; see names.c. */
#ifndef TESTCDN_NAMES_H
#define TESTCDN_NAMES_H

#include <stddef.h>

struct channel {
    const char *id;
    const char *guid;
    const char *old_name; /* UpdateChannel/@Name of the release history; NULL: not in it */
    const char *display_name;
};

/* What files a language has: core and partial a stream with proofing, core also i* cabinets. */
enum language_kind { LANGUAGE_CORE, LANGUAGE_PARTIAL, LANGUAGE_PROOFING };

struct language {
    unsigned lcid;
    const char *culture;
    enum language_kind kind;
};

extern const struct channel channels[];
extern const size_t channel_count;

/* The channel of an id or a GUID; ends the program when there is none. */
const struct channel *channel_find(const char *name);
/* The language of a culture; ends the program when there is none. */
const struct language *language_find(const char *culture);

#endif

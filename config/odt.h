/*
 * configuration.xml of the Office Deployment Tool for a new machine of a ring (formats/deployment.md, section
 * 1). Pure: model in, bytes out.
 */
#ifndef CONFIG_ODT_H
#define CONFIG_ODT_H

#include "ringmgr/base/buf.h"
#include "ringmgr/policy/settings.h"

struct odt_options {
    const struct ring *ring;
    const struct content *offered; /* what the ring's share offers now; NULL: nothing is published yet */
    unsigned architecture;         /* enum architecture; 0: the only one that is offered */
    const struct strv
        *products; /* empty: O365ProPlusRetail, except in PerpetualVL channels, where one is demanded */
    const struct strv *excluded_apps;
    const char *display; /* "None" or "Full"; NULL: the tool's default is left alone */
};

/*
 * Appends the document: install from the ring's share what its pointer names (no Version, which would fail on
 * the day when that build leaves the share), never from the CDN, and take updates from the share. Languages
 * are those both configured and offered, the first full one being the shell's. ERR_USAGE, saying what to do,
 * where the ring has no `unc`, nothing is offered, the architecture is not offered or must be named, a
 * product or app is unknown, or a suite contradicts the channel.
 */
bool odt_write(const struct odt_options *options, struct buf *out, struct err *err) MUST_CHECK;

#endif

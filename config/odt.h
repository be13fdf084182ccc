/*
 * configuration.xml of the Office Deployment Tool for machines of a ring (formats/deployment.md, section 1).
 * Pure: model in, bytes out.
 */
#ifndef CONFIG_ODT_H
#define CONFIG_ODT_H

#include "ringmgr/base/buf.h"
#include "ringmgr/policy/settings.h"

enum odt_purpose {
    ODT_NEW,      /* a machine without Office */
    ODT_EXISTING, /* a machine that has Office and is to take its updates from the ring */
    ODT_ADD_ON,   /* Visio, Project, language packs for a machine of the ring that has Office */
    ODT_DOWNLOAD  /* for setup.exe /download: the ring's build into a folder elsewhere */
};

struct odt_options {
    enum odt_purpose purpose;
    const struct ring *ring;
    const struct content *offered; /* what the ring's share offers now; NULL: nothing is published yet */
    struct build live;             /* that it offers */
    unsigned architecture;         /* enum architecture; 0: the only one that is offered */
    /* What counts instead of the ring's [deploy] where it is given (not NULL, not empty). */
    const struct strv *products; /* as in struct deploy */
    const struct strv *excluded_apps;
    const char *display;
    struct build pin;        /* install this build and stay on it, instead of what the pointer names; none */
    int64_t deadline_unix;   /* of the update that is offered now; 0: none */
    const char *download_to; /* ODT_DOWNLOAD: the folder, UNC or local */
};

/*
 * Appends the document. Nothing comes from the CDN, and the machine takes its updates from the ring's share:
 * - ODT_NEW: install from there what its pointer names (no Version, which would fail on the day when that
 *   build leaves the share), with all that [deploy] says. Proofing tools come to products that are not asked
 *   for one by one wherever the ring has some.
 * - ODT_EXISTING: where updates come from, and nothing else.
 * - ODT_ADD_ON: products beside the build and suite that the machine has, which must be asked for.
 * - ODT_DOWNLOAD: the live or pinned build, from the share into the folder. Without PIDKEYs.
 * Languages are those both configured and offered, the first full one being the shell's. ERR_USAGE, saying
 * what to do, where the ring has no unc or dfs, nothing is offered, the architecture is not offered or must
 * be named, a product, app or property is unknown, named twice or contradicts another, the channel or the
 * share, or an option does not go with the purpose; out is then unchanged. That the pinned build stands on
 * the share is the caller's to know.
 */
bool odt_write(const struct odt_options *options, struct buf *out, struct err *err) MUST_CHECK;

#endif

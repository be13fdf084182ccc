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
    const struct strv *languages; /* cultures, the shell's first; NULL or empty: all that the ring has */
    const char *source;           /* ODT_NEW: the folder to install from, UNC or local; NULL: the share */
    struct build pin;        /* install this build and stay on it, instead of what the pointer names; none */
    int64_t deadline_unix;   /* of the update that is offered now; 0: none */
    const char *download_to; /* ODT_DOWNLOAD: the folder, UNC or local */
};

/*
 * Appends the document. Nothing comes from the CDN, and the machine takes its updates from the ring's share:
 * - ODT_NEW: install from there what its pointer names (no Version, which would fail on the day when that
 *   build leaves the share), with all that [deploy] says. Proofing tools come to products that are not asked
 *   for one by one wherever the ring has some. With `source` it installs from that folder, site media or a
 *   stick, which must hold what an ODT_DOWNLOAD document of the same ring, architecture, products and
 *   languages fetched, and takes updates from the share; a pin is then a target version alone.
 * - ODT_EXISTING: where updates come from and what setup shows, and nothing else. It needs no build that is
 *   offered unless it has a pin.
 * - ODT_ADD_ON: products beside the build and suite that the machine has, which must be asked for.
 * - ODT_DOWNLOAD: the live or pinned build, from the share into the folder. Without PIDKEYs.
 * Languages are those both configured and offered, in the order of the configuration but for the first full
 * one, which comes first as the shell's. Where `languages` are asked for they come in that order instead,
 * each to the products that can have it: the ring's proofing tools to ProofingTools, the others to the rest.
 * One that no product takes is refused, and for all but LanguagePack and ProofingTools a first one that
 * Office has in part only. ERR_USAGE, saying what to do, where the ring has no unc, dfs or http, nothing is
 * offered, the architecture is not offered or must be named, a product, app or property is unknown, named
 * twice or contradicts another, the channel or the share, or an option does not go with the purpose; out is
 * then unchanged. That the pinned build stands on the share is the caller's to know.
 */
bool odt_write(const struct odt_options *options, struct buf *out, struct err *err) MUST_CHECK;

#endif

/*
 * Group Policy Preferences: Registry.xml, whose items can be meant for one AD site, so that machines take the
 * nearest share (formats/deployment.md, section 3). Pure.
 */
#ifndef CONFIG_GPP_H
#define CONFIG_GPP_H

#include "config/gpo.h"

/* What machines of an AD site call the ring's share; both are borrowed. */
struct gpp_site {
    const char *ad_site; /* the name of the site in Active Directory */
    const char *unc;
};

/*
 * Appends Registry.xml: an item for each value, and for each site an item that sets the update path after the
 * general one, only where the machine is in that site. ERR_USAGE, naming what, where a site is named twice or
 * without name or path, where there are sites but no update path among the values, or where a text has a
 * control character, U+FFFE or U+FFFF, or is not UTF-8; out is then unchanged. Only Windows can prove that it
 * imports.
 */
bool gpp_write(const struct policy_document *document, const struct gpp_site *sites, size_t len,
               struct buf *out, struct err *err) MUST_CHECK;

#endif

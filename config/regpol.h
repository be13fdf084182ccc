/* Registry.pol, in which Group Policy keeps registry values (formats/deployment.md, section 3; MS-GPREG
 * 2.2.1). Pure. */
#ifndef CONFIG_REGPOL_H
#define CONFIG_REGPOL_H

#include "config/finding.h"
#include "config/gpo.h"
#include "config/registry.h"

/* What a removed value is called there: this and its name. */
#define REGPOL_REMOVE "**del."

/*
 * Appends the whole file. ERR_USAGE, naming the value, where a text cannot be written (see utf16_put()) or is
 * longer than the format allows; out is then unchanged.
 */
bool regpol_write(const struct policy *policy, struct buf *out, struct err *err) MUST_CHECK;

/*
 * Appends the entries of a whole file, **del.NAME, **delvals., **deletekeys and **soft included as what they
 * mean. Reading is strict: what is not exactly the format is an error finding at the number of its entry, and
 * nothing behind it is read.
 */
void regpol_parse(const void *bytes, size_t len, struct registry *registry, struct findings *findings);

#endif

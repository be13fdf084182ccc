/* GPOs for a domain of Samba: the folder that `samba-tool gpo restore` takes, and the JSON of `samba-tool gpo
 * load` (Samba 4.19 and later; formats/deployment.md, section 3). Pure. */
#ifndef CONFIG_SAMBA_GPO_H
#define CONFIG_SAMBA_GPO_H

#include "config/document.h"
#include "config/gpo.h"

/*
 * Adds what `samba-tool gpo backup` would leave there, Machine/Registry.pol.SAMBABACKUP,
 * Machine/Registry.pol.xml, GPT.INI.SAMBABACKUP, GPT.INI.xml (version 1) and
 * gPCMachineExtensionNames.SAMBAEXT, and beside them policy.json for `gpo load`. restore makes the
 * Registry.pol of regpol_write() from it in any locale, and leaves both version numbers of the new GPO at 0:
 * they have to be raised together. ERR_USAGE as regpol_write(), or where a text has U+FFFE or U+FFFF;
 * *documents is then unchanged.
 */
bool samba_gpo_write(const struct policy_document *document, struct documents *documents,
                     struct err *err) MUST_CHECK;

#endif

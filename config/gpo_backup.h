/* A folder that Import-GPO (GroupPolicy module of Windows) imports: a backup of one GPO
 * (formats/deployment.md, section 3). Pure. */
#ifndef CONFIG_GPO_BACKUP_H
#define CONFIG_GPO_BACKUP_H

#include "config/document.h"
#include "config/gpo.h"

/*
 * Adds {ID}/DomainSysvol/GPO/Machine/registry.pol, {ID}/Backup.xml, {ID}/bkupInfo.xml and, last,
 * manifest.xml, without which nothing is imported. All GUIDs are derived from the ring (guid.h). ERR_USAGE as
 * regpol_write(), or where the ring's or the GPO's name cannot stand in XML; *documents is then unchanged.
 * Only Windows can prove that it imports.
 */
bool gpo_backup_write(const struct policy_document *document, struct documents *documents,
                      struct err *err) MUST_CHECK;

#endif

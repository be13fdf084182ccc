#include "config/gpo_backup.h"
#include "config/guid.h"
#include "config/regpol.h"
#include "config/xmltext.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"

/* There is no domain: Import-GPO puts the settings into the GPO that its caller names. RFC 2606, section 2.
 */
#define DOMAIN     "ringmgr.invalid"
#define CONTROLLER "dc." DOMAIN

#define MANIFEST_NS "http://www.microsoft.com/GroupPolicy/GPOOperations/Manifest"
#define BACKUP_NS   "http://www.microsoft.com/GroupPolicy/GPOOperations"

#define REGISTRY_EXTENSION "{35378EAC-683F-11D2-A89A-00C04FBBCFA2}"
#define REGISTRY_EDITOR    "{D02B1F72-3407-48AE-BA88-E8213C6761F1}"

/* Version 1 of the machine's part, in sysvol and in the directory. */
#define MACHINE_VERSION "65537"

/*
 * The security descriptor of a new GPO (MS-DTYP 2.4.6; self-relative, no owner and group, control 0x9c04:
 * protected DACL), as GPMC saves it, but for Domain Admins and Enterprise Admins: these have SIDs of a
 * domain, and BUILTIN\Administrators stands for both. Import-GPO does not use it. In SDDL:
 *   D:PAI(OA;CI;CR;edacfd8f-ffb3-11d1-b41d-00a0c968f939;;AU)          apply group policy
 *   (A;CI;CCDCLCSWRPWPDTLOSDRCWDWO;;;BA)(A;CI;LCRPLORC;;;ED)(A;CI;LCRPLORC;;;AU)
 *   (A;CI;CCDCLCSWRPWPDTLOSDRCWDWO;;;SY)(A;CIIO;CCDCLCSWRPWPDTLOSDRCWDWO;;;CO)
 */
#define SECURITY_DESCRIPTOR                                                                                  \
    "01 00 04 9c 00 00 00 00 00 00 00 00 00 00 00 00 14 00 00 00 "                                           \
    "04 00 98 00 06 00 00 00 "                                                                               \
    "05 02 28 00 00 01 00 00 01 00 00 00 8f fd ac ed b3 ff d1 11 b4 1d 00 a0 c9 68 f9 39 "                   \
    "01 01 00 00 00 00 00 05 0b 00 00 00 "                                                                   \
    "00 02 18 00 ff 00 0f 00 01 02 00 00 00 00 00 05 20 00 00 00 20 02 00 00 "                               \
    "00 02 14 00 94 00 02 00 01 01 00 00 00 00 00 05 09 00 00 00 "                                           \
    "00 02 14 00 94 00 02 00 01 01 00 00 00 00 00 05 0b 00 00 00 "                                           \
    "00 02 14 00 ff 00 0f 00 01 01 00 00 00 00 00 05 12 00 00 00 "                                           \
    "00 0a 14 00 ff 00 0f 00 01 01 00 00 00 00 00 03 00 00 00 00"

/* What the documents call the backup and its GPO. */
struct names {
    char id[GUID_TEXT_SIZE], gpo[GUID_TEXT_SIZE], domain[GUID_TEXT_SIZE];
    char time[CLOCK_TEXT_SIZE]; /* YYYY-MM-DDThh:mm:ss, UTC */
    char *display;              /* owned */
};

static void clear_names(struct names *names)
{
    mem_auto_free(&names->display);
}

static void choose_names(const struct policy_document *document, struct names *names)
{
    guid_derive(document->ring, "gpo-backup id", names->id);
    guid_derive(document->ring, "gpo-backup gpo", names->gpo);
    guid_derive(document->ring, "gpo-backup domain", names->domain);
    clock_format(document->now_unix, names->time);
    names->time[sizeof "YYYY-MM-DDThh:mm:ss" - 1] = 0;
    names->display = mem_printf(POLICY_DOCUMENT_NAME "%s", document->ring);
}

static void put_cdata(struct buf *out, const char *element, const char *text)
{
    buf_printf(out, "<%s>", element);
    xmltext_put_cdata(out, text);
    buf_printf(out, "</%s>", element);
}

/* `attributes` follows the element's name: "" or a namespace. */
static void put_instance(struct buf *out, const struct names *names, const char *attributes)
{
    buf_printf(out, "<BackupInst%s>", attributes);
    put_cdata(out, "GPOGuid", names->gpo);
    put_cdata(out, "GPODomain", DOMAIN);
    put_cdata(out, "GPODomainGuid", names->domain);
    put_cdata(out, "GPODomainController", CONTROLLER);
    put_cdata(out, "BackupTime", names->time);
    put_cdata(out, "ID", names->id);
    put_cdata(out, "Comment", "");
    put_cdata(out, "GPODisplayName", names->display);
    buf_puts(out, "</BackupInst>");
}

static void put_manifest(struct buf *out, const struct names *names)
{
    buf_puts(out, "<Backups xmlns=\"" MANIFEST_NS "\" xmlns:mfst=\"" MANIFEST_NS "\" mfst:version=\"1.0\">");
    put_instance(out, names, "");
    buf_puts(out, "</Backups>");
}

static void put_info(struct buf *out, const struct names *names)
{
    put_instance(out, names, " xmlns=\"" MANIFEST_NS "\"");
    buf_puts(out, "\r\n");
}

static void put_core_settings(struct buf *out, const struct names *names)
{
    buf_puts(out, "<GroupPolicyCoreSettings>");
    put_cdata(out, "ID", names->gpo);
    put_cdata(out, "Domain", DOMAIN);
    buf_puts(out, "<SecurityDescriptor>" SECURITY_DESCRIPTOR "</SecurityDescriptor>");
    put_cdata(out, "DisplayName", names->display);
    put_cdata(out, "Options", "0");
    put_cdata(out, "UserVersionNumber", "0");
    put_cdata(out, "MachineVersionNumber", MACHINE_VERSION);
    put_cdata(out, "MachineExtensionGuids", "[" REGISTRY_EXTENSION REGISTRY_EDITOR "]");
    buf_puts(out, "<UserExtensionGuids/><WMIFilter/></GroupPolicyCoreSettings>\r\n");
}

/* The second file is what GPMC always asks for, templates of old; without a Location none is in the backup.
 */
static void put_extension(struct buf *out, const struct names *names)
{
    static const char share[] = "\\\\" CONTROLLER "\\sysvol\\" DOMAIN "\\Policies\\";
    buf_puts(out, "        <GroupPolicyExtension bkp:ID=\"" REGISTRY_EXTENSION
                  "\" bkp:DescName=\"Registry\">\r\n");
    buf_printf(out,
               "            <FSObjectFile bkp:Path=\"%%GPO_MACH_FSPATH%%\\registry.pol\" "
               "bkp:SourceExpandedPath=\"%s%s\\Machine\\registry.pol\" "
               "bkp:Location=\"DomainSysvol\\GPO\\Machine\\registry.pol\"/>\r\n",
               share, names->gpo);
    buf_printf(out,
               "            <FSObjectFile bkp:Path=\"%%GPO_FSPATH%%\\Adm\\*.*\" "
               "bkp:SourceExpandedPath=\"%s%s\\Adm\\*.*\"/>\r\n",
               share, names->gpo);
    buf_puts(out, "        </GroupPolicyExtension>\r\n");
}

static void put_backup(struct buf *out, const struct names *names)
{
    buf_puts(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n"
                  "<GroupPolicyBackupScheme bkp:version=\"2.0\" bkp:type=\"GroupPolicyBackupTemplate\" "
                  "xmlns:bkp=\"" BACKUP_NS "\" xmlns=\"" BACKUP_NS "\">\r\n"
                  "    <GroupPolicyObject><SecurityGroups/><FilePaths/>");
    put_core_settings(out, names);
    put_extension(out, names);
    buf_puts(out, "    </GroupPolicyObject>\r\n</GroupPolicyBackupScheme>\r\n");
}

static struct buf *add(struct documents *documents, const struct names *names, const char *path)
{
    char *whole AUTO_FREE = mem_printf("%s/%s", names->id, path);
    return documents_add(documents, whole);
}

bool gpo_backup_write(const struct policy_document *document, struct documents *documents, struct err *err)
{
    AUTO_BUF pol = {0};
    struct names names AUTO(clear_names) = {.display = NULL};
    if (!regpol_write(document->policy, &pol, err) ||
        !xmltext_check(document->ring, "the name of the ring", err))
        return false;
    choose_names(document, &names);
    buf_append(add(documents, &names, "DomainSysvol/GPO/Machine/registry.pol"), pol.data, pol.len);
    put_backup(add(documents, &names, "Backup.xml"), &names);
    put_info(add(documents, &names, "bkupInfo.xml"), &names);
    put_manifest(documents_add(documents, "manifest.xml"), &names);
    return true;
}

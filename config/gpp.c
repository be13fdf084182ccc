#include "config/gpp.h"
#include "config/guid.h"
#include "config/xmltext.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/xml.h"

#include <stdio.h>
#include <strings.h>

#define SETTINGS_CLSID "{A3CCFC41-DFDB-43a5-8D26-0FE8B954DA51}"
#define REGISTRY_CLSID "{9CD4B2F4-923D-47f5-A062-E897DD1DAD50}"

/* The icon that the editor shows. */
static unsigned image_of(const struct policy_value *value)
{
    unsigned update = value->setting->type == POLICY_DWORD ? 12 : 7;
    return value->remove ? update + 1 : update;
}

static void put_attribute(struct buf *out, const char *name, const char *text)
{
    buf_printf(out, " %s=\"", name);
    xml_escape(out, text);
    buf_puts(out, "\"");
}

static void put_properties(struct buf *out, const struct policy_value *value)
{
    const struct policy_setting *setting = value->setting;
    char number[16];
    snprintf(number, sizeof number, "%08X", (unsigned)value->number);
    buf_printf(out,
               "<Properties action=\"%s\" displayDecimal=\"1\" default=\"0\" hive=\"HKEY_LOCAL_MACHINE\"",
               value->remove ? "D" : "U");
    put_attribute(out, "key", setting->key);
    put_attribute(out, "name", setting->name);
    put_attribute(out, "type", setting->type == POLICY_DWORD ? "REG_DWORD" : "REG_SZ");
    put_attribute(out, "value", value->remove ? "" : setting->type == POLICY_DWORD ? number : value->text);
    buf_puts(out, "/>");
}

/* An item; `ad_site` is NULL for machines anywhere. */
static void put_item(struct buf *out, const struct policy_document *document,
                     const struct policy_value *value, const char *ad_site)
{
    char uid[GUID_TEXT_SIZE], changed[CLOCK_TEXT_SIZE];
    char *purpose AUTO_FREE =
        mem_printf("gpp registry %s%s%s", value->setting->name, ad_site ? " " : "", ad_site ? ad_site : "");
    guid_derive(document->ring, purpose, uid);
    clock_format(document->now_unix, changed); /* YYYY-MM-DDThh:mm:ssZ */
    buf_printf(out, "<Registry clsid=\"" REGISTRY_CLSID "\"");
    put_attribute(out, "name", value->setting->name);
    put_attribute(out, "status", value->setting->name);
    buf_printf(out, " image=\"%u\" changed=\"%.10s %.8s\" uid=\"%s\">", image_of(value), changed,
               changed + 11, uid);
    put_properties(out, value);
    if (ad_site) {
        buf_puts(out, "<Filters><FilterSite bool=\"AND\" not=\"0\"");
        put_attribute(out, "name", ad_site);
        buf_puts(out, "/></Filters>");
    }
    buf_puts(out, "</Registry>\r\n");
}

static bool check_site(const struct gpp_site *sites, size_t index, struct err *err)
{
    const struct gpp_site *site = &sites[index];
    if (!site->ad_site || !*site->ad_site)
        return err_set(err, ERR_USAGE, "a site has no name in Active Directory: name it");
    if (!xmltext_check(site->ad_site, "the name of an Active Directory site", err))
        return false;
    if (!site->unc || !*site->unc)
        return err_set(err, ERR_USAGE, "Active Directory site %s has no path of the share", site->ad_site);
    for (size_t i = 0; i < index; i++)
        if (strcasecmp(sites[i].ad_site, site->ad_site) == 0)
            return err_set(err, ERR_USAGE, "Active Directory site %s is named twice", site->ad_site);
    if (!xmltext_check(site->unc, "the path of the share", err))
        return err_prefix(err, "Active Directory site %s", site->ad_site);
    return true;
}

static bool has_update_path(const struct policy *policy)
{
    for (size_t i = 0; i < policy->len; i++)
        if (policy->item[i].setting == gpo_setting(GPO_UPDATE_PATH) && !policy->item[i].remove)
            return true;
    return false;
}

static bool check(const struct policy_document *document, const struct gpp_site *sites, size_t len,
                  struct err *err)
{
    if (len > 0 && !has_update_path(document->policy))
        return err_set(err, ERR_USAGE, "sites need an update path for the machines outside of them");
    for (size_t i = 0; i < len; i++)
        if (!check_site(sites, i, err))
            return false;
    return xmltext_check_policy(document->policy, err);
}

bool gpp_write(const struct policy_document *document, const struct gpp_site *sites, size_t len,
               struct buf *out, struct err *err)
{
    if (!check(document, sites, len, err))
        return false;
    buf_puts(out,
             "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<RegistrySettings clsid=\"" SETTINGS_CLSID "\">");
    for (size_t i = 0; i < document->policy->len; i++)
        put_item(out, document, &document->policy->item[i], NULL);
    for (size_t i = 0; i < len; i++) {
        AUTO_POLICY path = {0};
        policy_set_text(&path, gpo_setting(GPO_UPDATE_PATH), sites[i].unc);
        put_item(out, document, &path.item[0], sites[i].ad_site);
    }
    buf_puts(out, "</RegistrySettings>\r\n");
    return true;
}

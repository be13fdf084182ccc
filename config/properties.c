#include "config/properties.h"
#include "ringmgr/base/buf.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/nearest.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const struct property properties[] = {
    {"AUTOACTIVATE", PROPERTY_SWITCH},
    {"DeviceBasedLicensing", PROPERTY_SWITCH},
    {"FORCEAPPSHUTDOWN", PROPERTY_BOOLEAN},
    {"PACKAGEGUID", PROPERTY_GUID},
    {"PinIconsToTaskbar", PROPERTY_BOOLEAN},
    {"SCLCacheOverride", PROPERTY_SWITCH},
    {"SCLCacheOverrideDirectory", PROPERTY_PATH},
    {"SharedComputerLicensing", PROPERTY_SWITCH},
    {"TenantId", PROPERTY_GUID},
};

static const char *const msi_products[] = {
    "InfoPath", "InfoPathR", "PrjPro", "PrjStd", "SharePointDesigner", "VisPro", "VisStd",
};

enum {
    PROPERTIES = sizeof properties / sizeof *properties,
    MSI_PRODUCTS = sizeof msi_products / sizeof *msi_products
};

static bool is_bare_guid(const char *text, size_t len)
{
    static const char mask[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (len != strlen(mask))
        return false;
    for (size_t i = 0; i < len; i++)
        if (mask[i] == 'x' ? !isxdigit((unsigned char)text[i]) : text[i] != '-')
            return false;
    return true;
}

static bool is_guid(const char *text)
{
    size_t len = strlen(text);
    bool braces = len >= 2 && text[0] == '{' && text[len - 1] == '}';
    return braces ? is_bare_guid(text + 1, len - 2) : is_bare_guid(text, len);
}

static bool is_path(const char *text)
{
    bool drive = isalpha((unsigned char)text[0]) && text[1] == ':' && text[2] == '\\';
    bool unc = text[0] == '\\' && text[1] == '\\' && text[2] != 0 && text[2] != '\\';
    return drive || unc || (text[0] == '%' && strchr(text + 1, '%'));
}

const struct property *property_at(size_t index)
{
    return index < PROPERTIES ? &properties[index] : NULL;
}

const struct property *property_find(const char *name)
{
    for (size_t i = 0; i < PROPERTIES; i++)
        if (strcasecmp(properties[i].name, name) == 0)
            return &properties[i];
    return NULL;
}

bool property_accepts(const struct property *property, const char *value)
{
    switch (property->kind) {
    case PROPERTY_SWITCH:
        return strcmp(value, "0") == 0 || strcmp(value, "1") == 0;
    case PROPERTY_BOOLEAN:
        return strcasecmp(value, "TRUE") == 0 || strcasecmp(value, "FALSE") == 0;
    case PROPERTY_PATH:
        return is_path(value);
    case PROPERTY_GUID:
        return is_guid(value);
    }
    return false;
}

const char *property_values(const struct property *property)
{
    switch (property->kind) {
    case PROPERTY_SWITCH:
        return "0 or 1";
    case PROPERTY_BOOLEAN:
        return "TRUE or FALSE";
    case PROPERTY_PATH:
        return "a folder, as C:\\Cache or \\\\server\\share";
    case PROPERTY_GUID:
        return "a GUID";
    }
    return "";
}

static bool refuse_property(const char *name, struct err *err)
{
    const char *best = NULL;
    if (strcasecmp(name, "OfficeMgmtCOM") == 0)
        return err_set(
            err, ERR_USAGE,
            "OfficeMgmtCOM hands updates to Configuration Manager, so no update would come from the "
            "ring's share: leave it out");
    for (size_t i = 0; i < PROPERTIES; i++)
        nearest_prefer(name, properties[i].name, &best);
    best = nearest_likely(name, best);
    return err_set(err, ERR_USAGE, "there is no property \"%s\"%s%s", name,
                   best ? "; the nearest one is " : "", best ? best : "");
}

/* The length of `text` without blanks at its end. */
static size_t trimmed_length(const char *text, size_t len)
{
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    return len;
}

bool property_parse(const char *text, struct property_choice *choice, struct err *err)
{
    size_t len = strcspn(text, "=");
    char *name AUTO_FREE = mem_strndup(text, trimmed_length(text, len));
    const char *value = text[len] ? text + len + 1 : "";
    value += strspn(value, " \t");
    *choice = (struct property_choice){property_find(name), value};
    if (!choice->property)
        return refuse_property(name, err);
    if (!property_accepts(choice->property, value))
        return err_set(err, ERR_USAGE, "%s=%s: the property takes %s, and a comma before the next one",
                       choice->property->name, value, property_values(choice->property));
    if (choice->property->kind == PROPERTY_BOOLEAN)
        choice->value = strcasecmp(value, "TRUE") == 0 ? "TRUE" : "FALSE";
    return true;
}

const char *msi_product_at(size_t index)
{
    return index < MSI_PRODUCTS ? msi_products[index] : NULL;
}

const char *msi_product(const char *id)
{
    for (size_t i = 0; i < MSI_PRODUCTS; i++)
        if (strcasecmp(msi_products[i], id) == 0)
            return msi_products[i];
    return NULL;
}

static bool refuse_msi_product(const char *text, struct err *err)
{
    AUTO_BUF all = {0};
    const char *best = NULL;
    for (size_t i = 0; i < MSI_PRODUCTS; i++) {
        nearest_prefer(text, msi_products[i], &best);
        buf_printf(&all, "%s%s", i == 0 ? "" : i + 1 < MSI_PRODUCTS ? ", " : " and ", msi_products[i]);
    }
    best = nearest_likely(text, best);
    return err_set(err, ERR_USAGE, "\"%s\" is no product that RemoveMSI can keep; %s %s", text,
                   best ? "the nearest one is" : "it can keep", best ? best : buf_text(&all));
}

bool msi_product_parse(const char *text, const char **id, struct err *err)
{
    *id = msi_product(text);
    return *id || refuse_msi_product(text, err);
}

bool display_parse(const char *text, const char **level, struct err *err)
{
    *level = strcasecmp(text, "None") == 0 ? "None" : strcasecmp(text, "Full") == 0 ? "Full" : NULL;
    return *level || err_set(err, ERR_USAGE, "\"%s\" is no display level: write None or Full", text);
}

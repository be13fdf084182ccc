#include "config/products.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/nearest.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char vl2019[] = "PerpetualVL2019";
static const char vl2021[] = "PerpetualVL2021";
static const char vl2024[] = "PerpetualVL2024";

static const struct product products[] = {
    {"O365ProPlusRetail", PRODUCT_SUBSCRIPTION_SUITE, NULL},
    {"O365BusinessRetail", PRODUCT_SUBSCRIPTION_SUITE, NULL},
    {"O365ProPlusEEANoTeamsRetail", PRODUCT_SUBSCRIPTION_SUITE, NULL},
    {"O365BusinessEEANoTeamsRetail", PRODUCT_SUBSCRIPTION_SUITE, NULL},
    {"VisioProRetail", PRODUCT_SUBSCRIPTION, NULL},
    {"ProjectProRetail", PRODUCT_SUBSCRIPTION, NULL},
    {"OneNoteFreeRetail", PRODUCT_SUBSCRIPTION, NULL},
    {"AccessRuntimeRetail", PRODUCT_ANYWHERE, NULL},
    {"LanguagePack", PRODUCT_EXTRA, NULL},
    {"ProofingTools", PRODUCT_EXTRA, NULL},
    {"ProPlus2019Volume", PRODUCT_VOLUME_SUITE, vl2019},
    {"ProPlus2021Volume", PRODUCT_VOLUME_SUITE, vl2021},
    {"ProPlus2024Volume", PRODUCT_VOLUME_SUITE, vl2024},
    {"Standard2019Volume", PRODUCT_VOLUME_SUITE, vl2019},
    {"Standard2021Volume", PRODUCT_VOLUME_SUITE, vl2021},
    {"Standard2024Volume", PRODUCT_VOLUME_SUITE, vl2024},
    {"VisioPro2019Volume", PRODUCT_VOLUME, vl2019},
    {"VisioPro2021Volume", PRODUCT_VOLUME, vl2021},
    {"VisioPro2024Volume", PRODUCT_VOLUME, vl2024},
    {"VisioStd2019Volume", PRODUCT_VOLUME, vl2019},
    {"VisioStd2021Volume", PRODUCT_VOLUME, vl2021},
    {"VisioStd2024Volume", PRODUCT_VOLUME, vl2024},
    {"ProjectPro2019Volume", PRODUCT_VOLUME, vl2019},
    {"ProjectPro2021Volume", PRODUCT_VOLUME, vl2021},
    {"ProjectPro2024Volume", PRODUCT_VOLUME, vl2024},
    {"ProjectStd2019Volume", PRODUCT_VOLUME, vl2019},
    {"ProjectStd2021Volume", PRODUCT_VOLUME, vl2021},
    {"ProjectStd2024Volume", PRODUCT_VOLUME, vl2024},
};

static const char *const apps[] = {
    "Access",     "Bing",      "Excel",
    "Groove",     "Lync",      "OneDrive",
    "OneNote",    "Outlook",   "OutlookForWindows",
    "PowerPoint", "Publisher", "Teams",
    "Word",
};

enum { PRODUCTS = sizeof products / sizeof *products, APPS = sizeof apps / sizeof *apps };

const struct product *product_at(size_t index)
{
    return index < PRODUCTS ? &products[index] : NULL;
}

const struct product *product_find(const char *id)
{
    for (size_t i = 0; i < PRODUCTS; i++)
        if (strcasecmp(products[i].id, id) == 0)
            return &products[i];
    return NULL;
}

static const struct product *find_with(const char *id, size_t len, const char *end)
{
    char *whole AUTO_FREE = mem_printf("%.*s%s", (int)len, id, end);
    return product_find(whole);
}

const struct product *product_meant(const char *id)
{
    static const char *const apps_for_enterprise[] = {
        "Office365ProPlus", "Microsoft365Apps", "M365ProPlus", "M365Apps", "Office365", "O365", "M365",
    };
    enum { NAME_BYTES = 64 };
    static const char retail[] = "Retail";
    size_t len = strlen(id);
    if (len > NAME_BYTES)
        return NULL;
    for (size_t i = 0; i < sizeof apps_for_enterprise / sizeof *apps_for_enterprise; i++)
        if (strcasecmp(id, apps_for_enterprise[i]) == 0)
            return &products[0];
    const struct product *product = find_with(id, len, retail);
    if (!product)
        product = find_with(id, len, "Volume");
    bool is_retail = len > strlen(retail) && strcasecmp(id + len - strlen(retail), retail) == 0;
    return product || !is_retail ? product : find_with(id, len - strlen(retail), "Volume");
}

bool product_is_volume(const struct product *product)
{
    return product->kind == PRODUCT_VOLUME || product->kind == PRODUCT_VOLUME_SUITE;
}

bool product_is_suite(const struct product *product)
{
    return product->kind == PRODUCT_SUBSCRIPTION_SUITE || product->kind == PRODUCT_VOLUME_SUITE;
}

bool pidkey_is_valid(const char *key)
{
    enum { GROUP = 6, LENGTH = 5 * GROUP - 1 };
    for (size_t i = 0; i < LENGTH; i++)
        if (i % GROUP == GROUP - 1 ? key[i] != '-' : !isalnum((unsigned char)key[i]))
            return false;
    return key[LENGTH] == 0;
}

static bool refuse_product(const char *id, struct err *err)
{
    const struct product *meant = product_meant(id);
    const char *best = NULL;
    for (size_t i = 0; i < PRODUCTS; i++)
        nearest_prefer(id, products[i].id, &best);
    best = meant ? meant->id : nearest_likely(id, best);
    return err_set(err, ERR_USAGE, "\"%s\" is no product that is known here%s%s", id,
                   best ? "; the nearest one is " : "", best ? best : "");
}

bool product_parse(const char *text, struct product_choice *choice, struct err *err)
{
    size_t len = strcspn(text, ":");
    char *id AUTO_FREE = mem_strndup(text, len);
    *choice = (struct product_choice){product_find(id), text[len] ? text + len + 1 : NULL};
    if (!choice->product)
        return refuse_product(id, err);
    if (!choice->pidkey)
        return true;
    if (!product_is_volume(choice->product))
        return err_set(err, ERR_USAGE,
                       "%s takes no product key, only volume products do: write its name alone",
                       choice->product->id);
    if (!pidkey_is_valid(choice->pidkey))
        return err_set(
            err, ERR_USAGE,
            "the product key of %s has not the form XXXXX-XXXXX-XXXXX-XXXXX-XXXXX: write the whole key",
            choice->product->id);
    return true;
}

const char *product_app_at(size_t index)
{
    return index < APPS ? apps[index] : NULL;
}

const char *product_app(const char *id)
{
    for (size_t i = 0; i < APPS; i++)
        if (strcasecmp(apps[i], id) == 0)
            return apps[i];
    return NULL;
}

const char *product_app_meant(const char *name)
{
    static const struct {
        const char *name, *app;
    } meant[] = {
        {"Skype", "Lync"},
        {"Skype for Business", "Lync"},
        {"SkypeForBusiness", "Lync"},
        {"OneDrive for Business", "Groove"}, /* the old client */
        {"OneDriveForBusiness", "Groove"},
        {"New Outlook", "OutlookForWindows"},
        {"NewOutlook", "OutlookForWindows"},
        {"OutlookNew", "OutlookForWindows"},
        {"Microsoft Teams", "Teams"},
        {"MSTeams", "Teams"},
    };
    for (size_t i = 0; i < sizeof meant / sizeof *meant; i++)
        if (strcasecmp(meant[i].name, name) == 0)
            return meant[i].app;
    return NULL;
}

bool product_parse_app(const char *text, const char **app, struct err *err)
{
    const char *best = NULL;
    *app = product_app(text);
    for (size_t i = 0; i < APPS; i++)
        nearest_prefer(text, apps[i], &best);
    best = product_app_meant(text) ? product_app_meant(text) : nearest_likely(text, best);
    return *app || err_set(err, ERR_USAGE, "\"%s\" is no app that can be left out%s%s", text,
                           best ? "; the nearest one is " : "", best ? best : "");
}

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
    const char *best = NULL;
    for (size_t i = 0; i < PRODUCTS; i++)
        nearest_prefer(id, products[i].id, &best);
    return err_set(err, ERR_USAGE, "\"%s\" is no product that is known here; the nearest one is %s", id,
                   best);
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

bool product_parse_app(const char *text, const char **app, struct err *err)
{
    const char *best = NULL;
    *app = product_app(text);
    for (size_t i = 0; i < APPS; i++)
        nearest_prefer(text, apps[i], &best);
    return *app || err_set(err, ERR_USAGE, "\"%s\" is no app that can be left out; the nearest one is %s",
                           text, best);
}

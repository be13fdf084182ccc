#include "config/odt_languages.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/language.h"

#include <string.h>

static bool is_asked_for(const struct odt_options *options)
{
    return options->languages && options->languages->len > 0;
}

static bool is_core(const char *culture)
{
    const struct language *language = language_find(culture);
    return language && language->kind == LANGUAGE_CORE;
}

enum odt_language_list odt_languages_of(const struct product *product, enum odt_purpose purpose)
{
    if (strcmp(product->id, "ProofingTools") == 0)
        return ODT_LANGUAGES_PROOFING;
    return purpose == ODT_ADD_ON && product->kind != PRODUCT_EXTRA ? ODT_LANGUAGES_INSTALLED
                                                                   : ODT_LANGUAGES_FULL;
}

/* ---- what the ring has ---- */

/*
 * What is both configured and offered, in the order of the configuration. What is offered but no longer
 * configured will be gone one day, and a client's whole update fails over one absent language.
 */
static void add_common(const struct strv *configured, const struct strv *offered, struct strv *list)
{
    for (size_t i = 0; i < configured->len; i++)
        if (strv_has(offered, configured->item[i]) && !strv_has(list, configured->item[i]))
            strv_add(list, configured->item[i]);
}

static void find_common(const struct odt_options *options, struct odt_languages *common)
{
    const struct content *configured = &options->ring->content, *offered = options->offered;
    add_common(&configured->languages, &offered->languages, &common->full);
    add_common(&configured->proofing, &offered->proofing, &common->proofing);
}

static bool take_all(const struct odt_options *options, const struct odt_languages *common,
                     struct odt_languages *languages, struct err *err)
{
    struct strv *list = &languages->full;
    for (size_t i = 0; i < common->full.len && list->len == 0; i++)
        if (is_core(common->full.item[i]))
            strv_add(list, common->full.item[i]);
    if (list->len == 0)
        return err_set(err, ERR_USAGE,
                       "ring %s offers none of its configured languages in full yet: sync and promote first",
                       options->ring->name);
    add_common(&common->full, &common->full, list);
    strv_copy(&languages->proofing, &common->proofing);
    return true;
}

/* ---- what is asked for ---- */

/* Offered for the machines that have it, as long as its grace lasts. */
static bool has_left(const struct odt_options *options, const char *culture)
{
    const struct content *configured = &options->ring->content, *offered = options->offered;
    const struct language *language = language_find(culture);
    return language &&
           (strv_has(&offered->languages, language->culture) ||
            strv_has(&offered->proofing, language->culture)) &&
           !strv_has(&configured->languages, language->culture) &&
           !strv_has(&configured->proofing, language->culture);
}

static bool refuse(const struct odt_options *options, const struct odt_languages *common, const char *culture,
                   struct err *err)
{
    if (has_left(options, culture))
        return err_set(
            err, ERR_USAGE,
            "language \"%s\" has left the configuration of ring %s: it is offered only until its grace "
            "is over (ringmgr status says when), to machines that have it, and no new document names it",
            culture, options->ring->name);
    char *full AUTO_FREE = strv_join(&common->full, " ");
    char *proofing AUTO_FREE = strv_join(&common->proofing, " ");
    return err_set(err, ERR_USAGE, "ring %s does not offer language \"%s\": it offers %s%s%s",
                   options->ring->name, culture, *full ? full : "none",
                   *proofing ? ", proofing tools of " : "", proofing);
}

static bool take_one(const struct odt_options *options, const struct odt_languages *common,
                     const char *culture, struct odt_languages *languages, struct err *err)
{
    const struct language *language = language_find(culture);
    bool full = language && strv_has(&common->full, language->culture);
    bool proofing = language && strv_has(&common->proofing, language->culture);
    if (!full && !proofing)
        return refuse(options, common, culture, err);
    if (strv_has(full ? &languages->full : &languages->proofing, language->culture))
        return err_set(err, ERR_USAGE, "language %s is named twice: name it once", language->culture);
    if (full)
        strv_add(&languages->full, language->culture);
    if (proofing)
        strv_add(&languages->proofing, language->culture);
    return true;
}

static bool take_wanted(const struct odt_options *options, const struct odt_languages *common,
                        struct odt_languages *languages, struct err *err)
{
    for (size_t i = 0; i < options->languages->len; i++)
        if (!take_one(options, common, options->languages->item[i], languages, err))
            return false;
    return true;
}

bool odt_languages_choose(const struct odt_options *options, struct odt_languages *languages, struct err *err)
{
    AUTO(odt_languages_clear)
    struct odt_languages common = {0};
    find_common(options, &common);
    return is_asked_for(options) ? take_wanted(options, &common, languages, err)
                                 : take_all(options, &common, languages, err);
}

void odt_languages_clear(struct odt_languages *languages)
{
    strv_clear(&languages->full);
    strv_clear(&languages->proofing);
}

/* ---- whether the products can have them ---- */

/* The first product that has this list, NULL if none does. */
static const struct product *first_of(const struct odt_options *options, const struct odt_products *products,
                                      enum odt_language_list list)
{
    for (size_t i = 0; i < products->len; i++)
        if (odt_languages_of(products->item[i].product, options->purpose) == list)
            return products->item[i].product;
    return NULL;
}

/* Extras have no windows of their own. */
static bool has_shell(const struct odt_options *options, const struct odt_products *products)
{
    for (size_t i = 0; i < products->len; i++) {
        const struct product *product = products->item[i].product;
        if (product->kind != PRODUCT_EXTRA &&
            odt_languages_of(product, options->purpose) == ODT_LANGUAGES_FULL)
            return true;
    }
    return false;
}

static bool check_products(const struct odt_options *options, const struct odt_products *products,
                           const struct odt_languages *languages, struct err *err)
{
    const char *ring = options->ring->name;
    const struct product *product = first_of(options, products, ODT_LANGUAGES_FULL);
    if (product && languages->full.len == 0)
        return err_set(err, ERR_USAGE,
                       "ring %s offers %s as proofing tools only: name a language for %s, too", ring,
                       options->languages->item[0], product->id);
    if (first_of(options, products, ODT_LANGUAGES_PROOFING) && languages->proofing.len == 0)
        return err_set(err, ERR_USAGE,
                       "ring %s offers proofing tools of none of these languages: name one that has them, or "
                       "leave ProofingTools out",
                       ring);
    if (has_shell(options, products) && !is_core(languages->full.item[0]))
        return err_set(
            err, ERR_USAGE,
            "Office has %s in part only, so that it cannot come first: put one before it that Office "
            "has in full, as en-us",
            languages->full.item[0]);
    return true;
}

static bool check_language(const struct odt_options *options, const struct odt_products *products,
                           const struct odt_languages *languages, const char *culture, struct err *err)
{
    const struct product *installed = first_of(options, products, ODT_LANGUAGES_INSTALLED);
    bool full = strv_has(&languages->full, culture), proofing = strv_has(&languages->proofing, culture);
    if ((full && first_of(options, products, ODT_LANGUAGES_FULL)) ||
        (proofing && first_of(options, products, ODT_LANGUAGES_PROOFING)))
        return true;
    if (!full)
        return err_set(
            err, ERR_USAGE,
            "ring %s offers %s as proofing tools only: add the product ProofingTools, or leave the "
            "language out",
            options->ring->name, culture);
    if (installed)
        return err_set(
            err, ERR_USAGE,
            "%s speaks what the Office beside it does: add the product LanguagePack for %s, or leave "
            "the language out",
            installed->id, culture);
    return err_set(err, ERR_USAGE, "ring %s offers no proofing tools of %s: leave the language out",
                   options->ring->name, culture);
}

static bool check_all(const struct odt_options *options, const struct odt_products *products,
                      const struct odt_languages *languages, const struct strv *cultures, struct err *err)
{
    for (size_t i = 0; i < cultures->len; i++)
        if (!check_language(options, products, languages, cultures->item[i], err))
            return false;
    return true;
}

bool odt_languages_check(const struct odt_options *options, const struct odt_products *products,
                         const struct odt_languages *languages, struct err *err)
{
    return !is_asked_for(options) || (check_products(options, products, languages, err) &&
                                      check_all(options, products, languages, &languages->full, err) &&
                                      check_all(options, products, languages, &languages->proofing, err));
}

#include "config/lint_odt_products.h"
#include "config/lint_path.h"
#include "config/lint_value.h"
#include "config/products.h"
#include "ringmgr/c2r/language.h"

#include <string.h>
#include <strings.h>

/* What Add has in it. */
struct basket {
    const struct odt_element *add;
    const struct channel *channel; /* NULL: none that is known */
    bool may_have_subscription;    /* a suite, or what is not known */
    struct findings *findings;
};

#define SAY(basket, attribute, ...) lint_say((basket)->findings, attribute, __VA_ARGS__)
#define FOUND(basket, line, ...)    findings_add((basket)->findings, line, __VA_ARGS__)

/* What a product is; NULL of one that is not known. */
static const struct product *product_of(const struct odt_element *element)
{
    const char *id = odt_value(element, "ID");
    return id ? product_find(id) : NULL;
}

/* ---- Products -------------------------------------------------------------------------------------------
 */

static void check_subscription(const struct basket *basket, const struct odt_attribute *id)
{
    if (basket->channel && basket->channel->perpetual)
        SAY(basket, id, FINDING_ERROR, "wrong-channel",
            "is a subscription product: channel %s has none, write Current, MonthlyEnterprise or SemiAnnual",
            basket->channel->id);
}

static void check_volume_suite(const struct basket *basket, const struct odt_attribute *id,
                               const struct product *product)
{
    if (!basket->channel)
        SAY(basket, id, FINDING_WARNING, "no-channel", "belongs to channel %s: name it in Add",
            product->channel);
    else if (strcmp(basket->channel->id, product->channel) != 0)
        SAY(basket, id, FINDING_ERROR, "wrong-channel", "belongs to channel %s, and this is %s",
            product->channel, basket->channel->id);
}

/* Visio and Project are also sold beside Microsoft 365 Apps, and then take its channel. */
static void check_volume(const struct basket *basket, const struct odt_attribute *id,
                         const struct product *product)
{
    const struct channel *channel = basket->channel;
    if (!channel || strcmp(channel->id, product->channel) == 0)
        return;
    if (channel->perpetual)
        SAY(basket, id, FINDING_ERROR, "wrong-channel", "belongs to channel %s, and this is %s",
            product->channel, channel->id);
    else if (!basket->may_have_subscription)
        SAY(basket, id, FINDING_NOTE, "beside-subscription",
            "goes into channel %s only on machines that have Microsoft 365 Apps; alone it belongs to %s",
            channel->id, product->channel);
}

static void check_product_channel(const struct basket *basket, const struct odt_attribute *id,
                                  const struct product *product)
{
    switch (product->kind) {
    case PRODUCT_SUBSCRIPTION_SUITE:
    case PRODUCT_SUBSCRIPTION:
        check_subscription(basket, id);
        break;
    case PRODUCT_VOLUME_SUITE:
        check_volume_suite(basket, id, product);
        break;
    case PRODUCT_VOLUME:
        check_volume(basket, id, product);
        break;
    case PRODUCT_EXTRA:
    case PRODUCT_ANYWHERE:
        break;
    }
}

static const struct product *suite_of(const struct odt_element *element)
{
    const struct product *product = product_of(element);
    return product && product_is_suite(product) ? product : NULL;
}

static void check_suites(const struct basket *basket, const struct odt_element *element)
{
    const struct odt_element *other = odt_child(basket->add, NULL, "Product");
    const struct product *suite = NULL;
    if (!suite_of(element) || odt_earlier(element, "ID"))
        return;
    for (; other && other != element && !suite; other = odt_child(basket->add, other, "Product"))
        suite = suite_of(other);
    if (suite)
        SAY(basket, odt_attribute(element, "ID"), FINDING_ERROR, "two-suites",
            "is a second whole Office beside %s: a machine can have one", suite->id);
}

static void check_key(const struct basket *basket, const struct odt_element *element,
                      const struct product *product)
{
    const struct odt_attribute *key = odt_attribute(element, "PIDKEY");
    if (key && !product_is_volume(product))
        SAY(basket, key, FINDING_WARNING, "useless-key", "has no effect on %s: only volume products take one",
            product->id);
}

static bool has_version(const struct odt_element *add)
{
    return odt_has(add, "Version", "MatchInstalled");
}

static bool is_add_on(const struct product *product)
{
    return product && !product_is_suite(product) && product->kind != PRODUCT_ANYWHERE;
}

/*
 * Visio or Project alone may be meant for machines without Office, and where the source is where updates come
 * from, others go to no build that they would not get anyway.
 */
static void say_moves(const struct basket *basket, const struct odt_element *first, bool is_extra)
{
    const struct odt_element *updates = odt_child(basket->add->parent, NULL, "Updates");
    const char *source = odt_value(basket->add, "SourcePath"), *path = odt_value(updates, "UpdatePath");
    bool has_source = source && *source, has_path = path && *path;
    bool is_surely_beside = is_extra || (has_source && !has_path);
    if (!is_extra && has_source && has_path && lint_is_same_path(source, path))
        return;
    FOUND(basket, first->line, is_surely_beside ? FINDING_WARNING : FINDING_NOTE, "add-on-moves-office",
          "an Office that is installed is moved to the newest build of %s by this: write "
          "Version=\"MatchInstalled\" in Add",
          has_source ? "the SourcePath" : "Microsoft's CDN");
}

/* A product that is put beside an Office that is there moves it to the newest build. */
static void check_add_on(const struct basket *basket)
{
    const struct odt_element *first = odt_child(basket->add, NULL, "Product");
    bool is_extra = true;
    for (const struct odt_element *e = first; e; e = odt_child(basket->add, e, "Product")) {
        const struct product *product = product_of(e);
        if (!is_add_on(product))
            return;
        is_extra = is_extra && product->kind == PRODUCT_EXTRA;
    }
    if (first && !odt_attribute(basket->add, "Version"))
        say_moves(basket, first, is_extra);
}

/* ---- Languages ------------------------------------------------------------------------------------------
 */

static void check_match(const struct basket *basket, const struct odt_element *element,
                        const struct odt_attribute *id)
{
    bool is_installed = strcasecmp(id->value, "MatchInstalled") == 0;
    const struct odt_attribute *target = odt_attribute(element, "TargetProduct");
    if (strcasecmp(id->value, "MatchOS") == 0 && !odt_attribute(element, "Fallback"))
        SAY(basket, id, FINDING_WARNING, "no-fallback",
            "fails on machines whose language Office does not have: add Fallback=\"en-us\" or another");
    if (is_installed && !has_version(basket->add))
        SAY(basket, id, FINDING_WARNING, "match-without-version",
            "supposes an Office that is installed: write Version=\"MatchInstalled\" in Add, else that is "
            "moved to "
            "the newest build");
    if (target && !is_installed)
        SAY(basket, target, FINDING_WARNING, "useless-attribute", "has an effect with MatchInstalled alone");
}

static void check_plain(const struct basket *basket, const struct odt_element *element,
                        const struct odt_attribute *id, const struct product *product)
{
    static const char *const useless[] = {"Fallback", "TargetProduct"};
    const struct language *language = language_find(id->value);
    bool is_tools = product && strcmp(product->id, "ProofingTools") == 0;
    for (size_t i = 0; i < sizeof useless / sizeof *useless; i++)
        if (odt_attribute(element, useless[i]))
            SAY(basket, odt_attribute(element, useless[i]), FINDING_WARNING, "useless-attribute",
                "has no effect on a language that is named");
    if (!language)
        return;
    if (is_tools && !language->proofing_files)
        SAY(basket, id, FINDING_ERROR, "no-proofing-tools", "has no proofing tools");
    if (!is_tools && language->kind == LANGUAGE_PROOFING)
        SAY(basket, id, FINDING_ERROR, "proofing-only",
            "has proofing tools only: name it in a Product ProofingTools");
}

/* Partial languages have no i64LCID.cab of their own (ringmgr/c2r/language.h). */
static void check_shell(const struct basket *basket, const struct odt_element *product)
{
    const struct odt_element *first = odt_child(product, NULL, "Language");
    const char *id = odt_value(first, "ID");
    const struct language *shell = id ? language_find(id) : NULL;
    if (!shell || shell->kind != LANGUAGE_PARTIAL)
        return;
    bool has_other = false;
    for (const struct odt_element *e = first; e; e = odt_child(product, e, "Language")) {
        const char *other = odt_value(e, "ID");
        const struct language *language = other ? language_find(other) : NULL;
        has_other = has_other || (other && !language) || (language && language->kind == LANGUAGE_CORE);
    }
    SAY(basket, odt_attribute(first, "ID"), has_other ? FINDING_WARNING : FINDING_ERROR, "partial-language",
        "is no language that Office can be installed in alone: put a full one, as en-us, before it");
}

static void check_languages(const struct basket *basket, const struct odt_element *element,
                            const struct product *product)
{
    const struct odt_element *language = odt_child(element, NULL, "Language");
    if (!language)
        FOUND(basket, element->line, FINDING_ERROR, "no-language", "this Product names no Language");
    for (; language; language = odt_child(element, language, "Language")) {
        const struct odt_attribute *id = odt_attribute(language, "ID");
        lint_twice(basket->findings, language, "duplicate-language");
        if (id && lint_is_match(id->value))
            check_match(basket, language, id);
        else if (id)
            check_plain(basket, language, id, product);
    }
    if (product && product->kind != PRODUCT_EXTRA)
        check_shell(basket, element);
}

static void check_apps(const struct basket *basket, const struct odt_element *product)
{
    const struct odt_element *app = odt_child(product, NULL, "ExcludeApp");
    for (; app; app = odt_child(product, app, "ExcludeApp"))
        lint_twice(basket->findings, app, "duplicate-app");
}

static void check_product(const struct basket *basket, const struct odt_element *element)
{
    const struct product *product = product_of(element);
    lint_twice(basket->findings, element, "duplicate-product");
    check_languages(basket, element, product);
    check_apps(basket, element);
    if (!product)
        return;
    check_product_channel(basket, odt_attribute(element, "ID"), product);
    check_suites(basket, element);
    check_key(basket, element, product);
}

void lint_odt_products(const struct odt_element *add, const struct channel *channel,
                       struct findings *findings)
{
    struct basket basket = {.add = add, .channel = channel, .findings = findings};
    for (const struct odt_element *e = odt_child(add, NULL, "Product"); e; e = odt_child(add, e, "Product")) {
        const struct product *product = product_of(e);
        if (!product || product->kind == PRODUCT_SUBSCRIPTION_SUITE)
            basket.may_have_subscription = true;
    }
    for (const struct odt_element *e = odt_child(add, NULL, "Product"); e; e = odt_child(add, e, "Product"))
        check_product(&basket, e);
    check_add_on(&basket);
}

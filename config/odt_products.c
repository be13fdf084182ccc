#include "config/odt_products.h"

#include <string.h>

static const char usual_suite[] = "O365ProPlusRetail";

static bool is_asked_for(const struct odt_options *options)
{
    return options->products && options->products->len > 0;
}

static bool has_product(const struct odt_products *products, const struct product *product)
{
    for (size_t i = 0; i < products->len; i++)
        if (products->item[i].product == product)
            return true;
    return false;
}

static bool has_kind(const struct odt_products *products, enum product_kind kind)
{
    for (size_t i = 0; i < products->len; i++)
        if (products->item[i].product->kind == kind)
            return true;
    return false;
}

static bool add(struct odt_products *products, const char *text, struct err *err)
{
    struct product_choice choice;
    if (!product_parse(text, &choice, err))
        return false;
    if (has_product(products, choice.product))
        return err_set(err, ERR_USAGE, "product %s is named twice: name it once", choice.product->id);
    products->item[products->len++] = choice;
    return true;
}

static bool add_all(struct odt_products *products, const struct strv *list, struct err *err)
{
    for (size_t i = 0; i < list->len; i++)
        if (!add(products, list->item[i], err))
            return false;
    return true;
}

/* ---- whether they fit ---- */

static bool check_subscription(const struct ring *ring, const struct product *product, struct err *err)
{
    return !ring->channel->perpetual ||
           err_set(err, ERR_USAGE,
                   "%s is a subscription product, ring %s has channel %s: name a volume product", product->id,
                   ring->name, ring->channel->id);
}

static bool is_own_channel(const struct ring *ring, const struct product *product)
{
    return product->channel && strcmp(product->channel, ring->channel->id) == 0;
}

static bool check_volume_suite(const struct ring *ring, const struct product *product, struct err *err)
{
    return is_own_channel(ring, product) ||
           err_set(
               err, ERR_USAGE,
               "%s belongs to channel %s, ring %s has %s: name a product of that channel, or a ring of the "
               "product's",
               product->id, product->channel, ring->name, ring->channel->id);
}

/* Beside Microsoft 365 Apps Visio and Project take its channel: from a ring of their own one the suite left.
 */
static bool check_volume(const struct ring *ring, const struct product *product, bool suite_beside,
                         struct err *err)
{
    if (is_own_channel(ring, product) || (!ring->channel->perpetual && suite_beside))
        return true;
    return err_set(
        err, ERR_USAGE,
        "%s belongs to channel %s, or beside a suite of Microsoft 365; ring %s has %s: name a suite "
        "beside it, or another ring",
        product->id, product->channel, ring->name, ring->channel->id);
}

static bool check_channel(const struct ring *ring, const struct product *product, bool suite_beside,
                          struct err *err)
{
    switch (product->kind) {
    case PRODUCT_SUBSCRIPTION_SUITE:
    case PRODUCT_SUBSCRIPTION:
        return check_subscription(ring, product, err);
    case PRODUCT_VOLUME_SUITE:
        return check_volume_suite(ring, product, err);
    case PRODUCT_VOLUME:
        return check_volume(ring, product, suite_beside, err);
    case PRODUCT_EXTRA:
    case PRODUCT_ANYWHERE:
        return true;
    }
    return true;
}

static bool check_channels(const struct odt_options *options, const struct odt_products *products,
                           struct err *err)
{
    bool new = options->purpose == ODT_NEW; /* else the suite is, or will be, on the machine */
    bool suite_beside = !new || has_kind(products, PRODUCT_SUBSCRIPTION_SUITE);
    for (size_t i = 0; i < products->len; i++)
        if (!check_channel(options->ring, products->item[i].product, suite_beside, err))
            return false;
    return true;
}

static bool check_suites(const struct odt_options *options, const struct odt_products *products,
                         struct err *err)
{
    const struct product *suite = NULL;
    for (size_t i = 0; i < products->len; i++) {
        const struct product *product = products->item[i].product;
        if (!product_is_suite(product))
            continue;
        if (options->purpose == ODT_ADD_ON)
            return err_set(err, ERR_USAGE, "%s is a suite, which an add-on comes beside: leave it out",
                           product->id);
        if (suite)
            return err_set(err, ERR_USAGE,
                           "%s and %s: two suites of Office cannot be on one machine, name one", suite->id,
                           product->id);
        suite = product;
    }
    return true;
}

static bool check_extras(const struct odt_options *options, const struct odt_products *products,
                         bool proofing, struct err *err)
{
    size_t extras = 0;
    for (size_t i = 0; i < products->len; i++)
        extras += products->item[i].product->kind == PRODUCT_EXTRA;
    if (options->purpose == ODT_NEW && extras == products->len)
        return err_set(err, ERR_USAGE, "%s alone is nothing for a new machine: name a suite beside it",
                       products->item[0].product->id);
    bool by_language = options->languages && options->languages->len > 0; /* where more is known of it */
    if (!proofing && !by_language && has_product(products, product_find("ProofingTools")))
        return err_set(err, ERR_USAGE, "ring %s offers no proofing tools: leave ProofingTools out",
                       options->ring->name);
    return true;
}

/* ---- which they are ---- */

static bool take_usual(const struct ring *ring, struct odt_products *products, struct err *err)
{
    if (ring->channel->perpetual)
        return err_set(err, ERR_USAGE, "ring %s has channel %s: name its product, as ProPlus%sVolume",
                       ring->name, ring->channel->id, ring->channel->id + strlen("PerpetualVL"));
    return add(products, usual_suite, err);
}

static bool take_deploy(const struct ring *ring, bool proofing, struct odt_products *products,
                        struct err *err)
{
    const struct strv *deploy = &ring->deploy.products;
    const struct product *tools = product_find("ProofingTools");
    if (deploy->len == 0 && !take_usual(ring, products, err))
        return false;
    if (!add_all(products, deploy, err))
        return err_prefix(err, "products in the configuration");
    return !proofing || has_product(products, tools) || add(products, tools->id, err);
}

static bool take(const struct odt_options *options, bool proofing, struct odt_products *products,
                 struct err *err)
{
    if (is_asked_for(options))
        return add_all(products, options->products, err);
    if (options->purpose == ODT_ADD_ON)
        return err_set(
            err, ERR_USAGE,
            "name what is to be added with --product: VisioProRetail, ProjectProRetail, LanguagePack …");
    return take_deploy(options->ring, proofing, products, err);
}

bool odt_products_choose(const struct odt_options *options, bool proofing, struct odt_products *products,
                         struct err *err)
{
    *products = (struct odt_products){.len = 0};
    return take(options, proofing, products, err) && check_suites(options, products, err) &&
           check_channels(options, products, err) && check_extras(options, products, proofing, err);
}

bool odt_products_target(const struct ring *ring, const char **target, struct err *err)
{
    struct odt_products deployed = {.len = 0};
    *target = ring->channel->perpetual ? "All" : usual_suite;
    if (!add_all(&deployed, &ring->deploy.products, err))
        return err_prefix(err, "products in the configuration");
    for (size_t i = 0; i < deployed.len; i++) {
        const struct product *product = deployed.item[i].product;
        if (!product_is_suite(product))
            continue;
        if (!check_channel(ring, product, false, err))
            return err_prefix(err, "products in the configuration");
        *target = product->id;
    }
    return true;
}

#include "config/odt.h"
#include "ringmgr/base/xml.h"
#include "ringmgr/c2r/language.h"

#include <string.h>
#include <strings.h>

/* What a product may be combined with (formats/deployment.md, section 1). */
enum product_kind {
    SUBSCRIPTION_SUITE, /* never in a PerpetualVL channel */
    SUBSCRIPTION,
    VOLUME_SUITE, /* in its own PerpetualVL channel only */
    VOLUME,       /* Visio, Project: there, or in the channel of a subscription suite beside it */
    EXTRA,        /* useless alone: needs a product beside it */
    ANYWHERE
};

struct product {
    const char *id;
    enum product_kind kind;
    const char *channel; /* its PerpetualVL channel; NULL for others */
};

static const char vl2019[] = "PerpetualVL2019";
static const char vl2021[] = "PerpetualVL2021";
static const char vl2024[] = "PerpetualVL2024";

static const struct product products[] = {
    {"O365ProPlusRetail", SUBSCRIPTION_SUITE, NULL},
    {"O365BusinessRetail", SUBSCRIPTION_SUITE, NULL},
    {"O365ProPlusEEANoTeamsRetail", SUBSCRIPTION_SUITE, NULL},
    {"O365BusinessEEANoTeamsRetail", SUBSCRIPTION_SUITE, NULL},
    {"VisioProRetail", SUBSCRIPTION, NULL},
    {"ProjectProRetail", SUBSCRIPTION, NULL},
    {"OneNoteFreeRetail", SUBSCRIPTION, NULL},
    {"AccessRuntimeRetail", ANYWHERE, NULL},
    {"LanguagePack", EXTRA, NULL},
    {"ProofingTools", EXTRA, NULL},
    {"ProPlus2019Volume", VOLUME_SUITE, vl2019},
    {"ProPlus2021Volume", VOLUME_SUITE, vl2021},
    {"ProPlus2024Volume", VOLUME_SUITE, vl2024},
    {"Standard2019Volume", VOLUME_SUITE, vl2019},
    {"Standard2021Volume", VOLUME_SUITE, vl2021},
    {"Standard2024Volume", VOLUME_SUITE, vl2024},
    {"VisioPro2019Volume", VOLUME, vl2019},
    {"VisioPro2021Volume", VOLUME, vl2021},
    {"VisioPro2024Volume", VOLUME, vl2024},
    {"VisioStd2019Volume", VOLUME, vl2019},
    {"VisioStd2021Volume", VOLUME, vl2021},
    {"VisioStd2024Volume", VOLUME, vl2024},
    {"ProjectPro2019Volume", VOLUME, vl2019},
    {"ProjectPro2021Volume", VOLUME, vl2021},
    {"ProjectPro2024Volume", VOLUME, vl2024},
    {"ProjectStd2019Volume", VOLUME, vl2019},
    {"ProjectStd2021Volume", VOLUME, vl2021},
    {"ProjectStd2024Volume", VOLUME, vl2024},
};

static const char *const apps[] = {
    "Access",     "Bing",      "Excel",
    "Groove",     "Lync",      "OneDrive",
    "OneNote",    "Outlook",   "OutlookForWindows",
    "PowerPoint", "Publisher", "Teams",
    "Word",
};

enum { PRODUCTS = sizeof products / sizeof *products, APPS = sizeof apps / sizeof *apps };

static const struct product *find_product(const char *id)
{
    for (size_t i = 0; i < PRODUCTS; i++)
        if (strcasecmp(products[i].id, id) == 0)
            return &products[i];
    return NULL;
}

static const char *find_app(const char *id)
{
    for (size_t i = 0; i < APPS; i++)
        if (strcasecmp(apps[i], id) == 0)
            return apps[i];
    return NULL;
}

/* What the document will say, once everything fits together. */
struct plan {
    const struct ring *ring;
    int bits;
    struct strv languages; /* shell language first */
    struct strv proofing;
    const struct product *product[PRODUCTS];
    size_t products;
};

static void clear_plan(struct plan *plan)
{
    strv_clear(&plan->languages);
    strv_clear(&plan->proofing);
}

static bool choose_architecture(const struct odt_options *options, int *bits, struct err *err)
{
    unsigned offered = options->offered->architectures;
    unsigned wanted = options->architecture ? options->architecture : offered;
    if (offered == 0)
        return err_set(err, ERR_USAGE, "ring %s offers no architecture", options->ring->name);
    if (wanted != ARCH_X64 && wanted != ARCH_X86)
        return err_set(err, ERR_USAGE, "ring %s offers x64 and x86: name one with --arch",
                       options->ring->name);
    if (!(wanted & offered))
        return err_set(err, ERR_USAGE, "ring %s does not offer %s", options->ring->name,
                       architecture_name((enum architecture)wanted));
    *bits = architecture_bits((enum architecture)wanted);
    return true;
}

static bool is_shell_language(const char *culture)
{
    const struct language *language = language_find(culture);
    return language && language->kind == LANGUAGE_CORE;
}

/*
 * What is both configured and offered, in the order of the configuration. What is offered but no longer
 * configured will be gone one day, and a client's whole update fails over one absent language.
 */
static void add_offered(const struct strv *configured, const struct strv *offered, struct strv *list)
{
    for (size_t i = 0; i < configured->len; i++)
        if (strv_has(offered, configured->item[i]) && !strv_has(list, configured->item[i]))
            strv_add(list, configured->item[i]);
}

/* The shell language comes first: the first of the list that Office has in full. */
static bool choose_languages(const struct odt_options *options, struct plan *plan, struct err *err)
{
    const struct content *configured = &options->ring->content;
    struct strv *list = &plan->languages;
    AUTO_STRV common = {0};
    add_offered(&configured->languages, &options->offered->languages, &common);
    for (size_t i = 0; i < common.len && list->len == 0; i++)
        if (is_shell_language(common.item[i]))
            strv_add(list, common.item[i]);
    if (list->len == 0)
        return err_set(err, ERR_USAGE,
                       "ring %s offers none of its configured languages in full yet: sync and promote first",
                       options->ring->name);
    add_offered(&common, &common, list);
    add_offered(&configured->proofing, &options->offered->proofing, &plan->proofing);
    return true;
}

static bool add_product(struct plan *plan, const char *id, struct err *err)
{
    const struct product *product = find_product(id);
    if (!product)
        return err_set(err, ERR_USAGE, "\"%s\" is no product that is known here (O365ProPlusRetail …)", id);
    for (size_t i = 0; i < plan->products; i++)
        if (plan->product[i] == product)
            return err_set(err, ERR_USAGE, "product %s is named twice", product->id);
    plan->product[plan->products++] = product;
    return true;
}

static bool choose_products(const struct odt_options *options, struct plan *plan, struct err *err)
{
    const struct strv *named = options->products;
    if (named && named->len > 0) {
        for (size_t i = 0; i < named->len; i++)
            if (!add_product(plan, named->item[i], err))
                return false;
        return true;
    }
    if (options->ring->channel->perpetual)
        return err_set(err, ERR_USAGE, "ring %s has channel %s: name its product, as ProPlus%sVolume",
                       options->ring->name, options->ring->channel->id,
                       options->ring->channel->id + strlen("PerpetualVL"));
    return add_product(plan, "O365ProPlusRetail", err);
}

static size_t count_kind(const struct plan *plan, enum product_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->products; i++)
        count += plan->product[i]->kind == kind;
    return count;
}

/* Whether a product and the ring's channel go together. */
static bool check_channel(const struct plan *plan, const struct product *product, struct err *err)
{
    const struct channel *channel = plan->ring->channel;
    bool own = product->channel && strcmp(product->channel, channel->id) == 0;
    bool subscription = product->kind == SUBSCRIPTION_SUITE || product->kind == SUBSCRIPTION;
    if (subscription && channel->perpetual)
        return err_set(err, ERR_USAGE, "%s is a subscription product, ring %s has channel %s", product->id,
                       plan->ring->name, channel->id);
    if (product->kind == VOLUME_SUITE && !own)
        return err_set(err, ERR_USAGE, "%s belongs to channel %s, ring %s has %s", product->id,
                       product->channel, plan->ring->name, channel->id);
    if (product->kind == VOLUME && !own && (channel->perpetual || !count_kind(plan, SUBSCRIPTION_SUITE)))
        return err_set(err, ERR_USAGE,
                       "%s belongs to channel %s, or beside a suite of Microsoft 365; ring %s has %s",
                       product->id, product->channel, plan->ring->name, channel->id);
    return true;
}

static bool check_products(const struct plan *plan, struct err *err)
{
    if (count_kind(plan, SUBSCRIPTION_SUITE) + count_kind(plan, VOLUME_SUITE) > 1)
        return err_set(err, ERR_USAGE, "two suites of Office cannot be on one machine: name one");
    for (size_t i = 0; i < plan->products; i++) {
        const struct product *product = plan->product[i];
        if (!check_channel(plan, product, err))
            return false;
        if (count_kind(plan, EXTRA) == plan->products)
            return err_set(err, ERR_USAGE, "%s alone is nothing for a new machine: name a suite beside it",
                           product->id);
        if (strcmp(product->id, "ProofingTools") == 0 && plan->proofing.len == 0)
            return err_set(err, ERR_USAGE, "ring %s offers no proofing tools: leave ProofingTools out",
                           plan->ring->name);
    }
    return true;
}

static bool check_apps(const struct strv *excluded, struct err *err)
{
    for (size_t i = 0; excluded && i < excluded->len; i++)
        if (!find_app(excluded->item[i]))
            return err_set(err, ERR_USAGE, "\"%s\" is no app that can be left out (Access … Word)",
                           excluded->item[i]);
    return true;
}

static bool check_ring(const struct odt_options *options, struct err *err)
{
    const char *display = options->display;
    if (!options->ring->unc || *options->ring->unc == 0)
        return err_set(err, ERR_USAGE, "ring %s has no unc: configure what clients call its share",
                       options->ring->name);
    if (!options->offered)
        return err_set(err, ERR_USAGE, "ring %s offers no build yet: promote one first", options->ring->name);
    if (display && strcmp(display, "None") != 0 && strcmp(display, "Full") != 0)
        return err_set(err, ERR_USAGE, "\"%s\" is no display level: None or Full", display);
    return true;
}

static bool make_plan(const struct odt_options *options, struct plan *plan, struct err *err)
{
    plan->ring = options->ring;
    return check_ring(options, err) && choose_architecture(options, &plan->bits, err) &&
           choose_languages(options, plan, err) && choose_products(options, plan, err) &&
           check_products(plan, err) && check_apps(options->excluded_apps, err);
}

static void write_product(struct xml_node *add, const struct product *product, const struct plan *plan,
                          const struct strv *excluded)
{
    struct xml_node *node = xml_add(add, "Product");
    bool tools = strcmp(product->id, "ProofingTools") == 0;
    const struct strv *languages = tools ? &plan->proofing : &plan->languages;
    xml_set(node, "ID", product->id);
    for (size_t i = 0; i < languages->len; i++)
        xml_set(xml_add(node, "Language"), "ID", languages->item[i]);
    if (product->kind == EXTRA || product->kind == ANYWHERE)
        return; /* nothing in it can be left out */
    for (size_t i = 0; excluded && i < excluded->len; i++)
        xml_set(xml_add(node, "ExcludeApp"), "ID", find_app(excluded->item[i]));
}

static void write_document(const struct plan *plan, const struct odt_options *options, struct buf *out)
{
    struct xml *xml AUTO(xml_auto_free)
    = xml_new("Configuration");
    struct xml_node *root = xml_root_edit(xml);
    struct xml_node *add = xml_add(root, "Add");
    xml_set(add, "SourcePath", plan->ring->unc);
    xml_set(add, "OfficeClientEdition", plan->bits == 64 ? "64" : "32");
    xml_set(add, "Channel", plan->ring->channel->id);
    xml_set(add, "AllowCdnFallback", "FALSE");
    for (size_t i = 0; i < plan->products; i++)
        write_product(add, plan->product[i], plan, options->excluded_apps);
    struct xml_node *updates = xml_add(root, "Updates");
    xml_set(updates, "Enabled", "TRUE");
    xml_set(updates, "UpdatePath", plan->ring->unc);
    xml_set(updates, "Channel", plan->ring->channel->id);
    if (options->display) {
        struct xml_node *display = xml_add(root, "Display");
        xml_set(display, "Level", options->display);
        xml_set(display, "AcceptEULA", "TRUE");
    }
    xml_write(xml, out);
}

bool odt_write(const struct odt_options *options, struct buf *out, struct err *err)
{
    AUTO(clear_plan)
    struct plan plan = {0};
    if (!make_plan(options, &plan, err))
        return false;
    write_document(&plan, options, out);
    return true;
}

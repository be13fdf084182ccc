#include "config/odt.h"
#include "config/odt_plan.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/xml.h"

#include <string.h>

static void set_if(struct xml_node *node, const char *name, const char *value)
{
    if (value && *value)
        xml_set(node, name, value);
}

static void add_ids(struct xml_node *node, const char *element, const struct strv *ids)
{
    for (size_t i = 0; i < ids->len; i++)
        xml_set(xml_add(node, element), "ID", ids->item[i]);
}

/* A product that comes to a machine with Office speaks what that does; language packs bring new languages. */
static void add_languages(struct xml_node *node, const struct odt_plan *plan, const struct product *product,
                          enum odt_purpose purpose)
{
    switch (odt_languages_of(product, purpose)) {
    case ODT_LANGUAGES_FULL:
        add_ids(node, "Language", &plan->languages.full);
        break;
    case ODT_LANGUAGES_PROOFING:
        add_ids(node, "Language", &plan->languages.proofing);
        break;
    case ODT_LANGUAGES_INSTALLED: {
        struct xml_node *language = xml_add(node, "Language");
        xml_set(language, "ID", "MatchInstalled");
        xml_set(language, "TargetProduct", plan->target);
        break;
    }
    }
}

static bool has_apps(const struct product *product)
{
    return product->kind != PRODUCT_EXTRA && product->kind != PRODUCT_ANYWHERE;
}

static void add_product(struct xml_node *add, const struct odt_plan *plan,
                        const struct product_choice *choice, enum odt_purpose purpose)
{
    struct xml_node *node = xml_add(add, "Product");
    xml_set(node, "ID", choice->product->id);
    if (purpose != ODT_DOWNLOAD) /* which needs no key, so that none need lie beside the files */
        set_if(node, "PIDKEY", choice->pidkey);
    add_languages(node, plan, choice->product, purpose);
    if (has_apps(choice->product))
        add_ids(node, "ExcludeApp", &plan->apps);
}

static void add_updates(struct xml_node *root, const struct odt_plan *plan, const char *channel)
{
    struct xml_node *updates = xml_add(root, "Updates");
    xml_set(updates, "Enabled", "TRUE");
    xml_set(updates, "UpdatePath", plan->share);
    set_if(updates, "Channel", channel);
    set_if(updates, "TargetVersion", plan->pin);
    set_if(updates, "Deadline", plan->deadline);
}

/* Where the products come from: a folder, and a build of it unless the folder's pointer is to name it. */
struct source {
    const char *path, *version, *download_path;
};

static void add_products(struct xml_node *root, const struct odt_plan *plan, const struct source *source,
                         enum odt_purpose purpose)
{
    struct xml_node *add = xml_add(root, "Add");
    xml_set(add, "SourcePath", source->path);
    set_if(add, "DownloadPath", source->download_path);
    set_if(add, "Version", source->version);
    if (plan->bits)
        xml_set(add, "OfficeClientEdition", plan->bits == 64 ? "64" : "32");
    xml_set(add, "Channel", plan->ring->channel->id);
    xml_set(add, "AllowCdnFallback", "FALSE");
    if (purpose == ODT_NEW && plan->ring->deploy.migrate_arch)
        xml_set(add, "MigrateArch", "TRUE");
    for (size_t i = 0; i < plan->products.len; i++)
        add_product(add, plan, &plan->products.item[i], purpose);
}

static void add_named(struct xml_node *parent, const char *element, const char *name, const char *value)
{
    struct xml_node *node = xml_add(parent, element);
    xml_set(node, "Name", name);
    xml_set(node, "Value", value);
}

static void add_removal(struct xml_node *root, const struct odt_plan *plan)
{
    if (plan->ring->deploy.remove_msi)
        add_ids(xml_add(root, "RemoveMSI"), "IgnoreProduct", &plan->keep_msi);
}

/* How setup behaves: what it shows, and its properties. */
static void add_manners(struct xml_node *root, const struct odt_plan *plan)
{
    if (plan->display) {
        struct xml_node *display = xml_add(root, "Display");
        xml_set(display, "Level", plan->display);
        xml_set(display, "AcceptEULA", "TRUE");
    }
    for (size_t i = 0; i < plan->properties.len; i++) {
        const char *text = plan->properties.item[i];
        size_t len = strcspn(text, "=");
        char *name AUTO_FREE = mem_strndup(text, len);
        add_named(root, "Property", name, text + len + 1);
    }
}

static void add_company(struct xml_node *root, const char *company)
{
    if (company && *company)
        add_named(xml_add(root, "AppSettings"), "Setup", "Company", company);
}

/* Which build lies in another folder than the share nobody here knows; the pin then comes as an update. */
static void fill_new(struct xml_node *root, const struct odt_plan *plan)
{
    const char *version = plan->source == plan->share ? plan->pin : NULL;
    add_products(root, plan, &(struct source){plan->source, version, NULL}, ODT_NEW);
    add_updates(root, plan, plan->ring->channel->id);
    add_removal(root, plan);
    add_manners(root, plan);
    add_company(root, plan->ring->deploy.company);
}

/* Any other build than the one that is there would take the machine off its ring. */
static void fill_add_on(struct xml_node *root, const struct odt_plan *plan)
{
    add_products(root, plan, &(struct source){plan->share, "MatchInstalled", NULL}, ODT_ADD_ON);
    add_updates(root, plan, plan->ring->channel->id);
    add_manners(root, plan);
}

/* For /download the source is where the files go, and DownloadPath, which needs a Version, where they lie. */
static void fill_download(struct xml_node *root, const struct odt_plan *plan, const char *folder)
{
    const char *version = *plan->pin ? plan->pin : plan->live;
    add_products(root, plan, &(struct source){folder, version, plan->share}, ODT_DOWNLOAD);
}

static void fill(struct xml_node *root, const struct odt_plan *plan, const struct odt_options *options)
{
    switch (options->purpose) {
    case ODT_NEW:
        fill_new(root, plan);
        break;
    case ODT_EXISTING:
        add_updates(root, plan, NULL);
        add_manners(root, plan);
        break;
    case ODT_ADD_ON:
        fill_add_on(root, plan);
        break;
    case ODT_DOWNLOAD:
        fill_download(root, plan, options->download_to);
        break;
    }
}

bool odt_write(const struct odt_options *options, struct buf *out, struct err *err)
{
    AUTO(odt_plan_clear)
    struct odt_plan plan = {0};
    struct xml *xml AUTO(xml_auto_free)
    = NULL;
    if (!odt_plan_make(options, &plan, err))
        return false;
    xml = xml_new("Configuration");
    fill(xml_root_edit(xml), &plan, options);
    xml_write(xml, out);
    return true;
}

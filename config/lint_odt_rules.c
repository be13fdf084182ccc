#include "config/lint_odt_rules.h"
#include "config/lint_guess.h"
#include "config/lint_odt_products.h"
#include "config/lint_path.h"
#include "config/lint_policy_table.h"
#include "config/lint_value.h"
#include "config/products.h"
#include "config/properties.h"
#include "ringmgr/c2r/channel.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What the rules look at. */
struct document {
    const struct odt_element *root, *add, *updates, *display;
    const struct channel *channel; /* of Add; NULL: none that is known */
    bool has_ring;                 /* which makes errors of some things */
    struct findings *findings;
};

#define SAY(document, attribute, ...) lint_say((document)->findings, attribute, __VA_ARGS__)
#define FOUND(document, line, ...)    findings_add((document)->findings, line, __VA_ARGS__)

/* ---- Add ------------------------------------------------------------------------------------------------
 */

static void check_version(const struct document *document)
{
    const struct odt_attribute *version = odt_attribute(document->add, "Version");
    const struct odt_attribute *download = odt_attribute(document->add, "DownloadPath");
    if (download && !version)
        SAY(document, download, FINDING_ERROR, "download-without-version",
            "needs a Version beside it, the build that is to be fetched");
    if (version && strcasecmp(version->value, "MatchInstalled") != 0 && !odt_channel(document->add))
        SAY(document, version, FINDING_WARNING, "version-without-channel",
            "stands without a Channel: name the one that this build is of");
}

static bool has_volume_suite(const struct odt_element *add)
{
    for (const struct odt_element *e = odt_child(add, NULL, "Product"); e; e = odt_child(add, e, "Product")) {
        const char *id = odt_value(e, "ID");
        const struct product *product = id ? product_find(id) : NULL;
        if (product && product->kind == PRODUCT_VOLUME_SUITE)
            return true;
    }
    return false;
}

/* More is said where a version or a volume suite needs one, or a ring has one. */
static void check_no_channel(const struct document *document)
{
    const struct odt_element *add = document->add;
    if (!document->has_ring && odt_child(add, NULL, "Product") && !odt_channel(add) &&
        !odt_attribute(add, "Version") && !has_volume_suite(add))
        FOUND(document, add->line, FINDING_NOTE, "no-channel",
              "Add names no Channel: setup keeps that of an Office that is there and else chooses one: "
              "name it");
}

static void check_migration(const struct document *document)
{
    const struct odt_attribute *migrate = odt_attribute(document->add, "MigrateArch");
    if (lint_is_true(migrate) && !odt_attribute(document->add, "OfficeClientEdition"))
        SAY(document, migrate, FINDING_WARNING, "migrate-to-what",
            "does not say to what: add OfficeClientEdition");
}

static void check_management(const struct document *document)
{
    const struct odt_attribute *com = odt_attribute(document->add, "OfficeMgmtCOM");
    if (lint_is_true(com) && odt_has_text(document->updates, "UpdatePath"))
        SAY(document, com, FINDING_ERROR, "managed-elsewhere",
            "hands updates to Configuration Manager, so the UpdatePath on line %u is never looked at: take "
            "one "
            "of them out",
            odt_attribute(document->updates, "UpdatePath")->line);
}

static void check_fallback(const struct document *document)
{
    const struct odt_attribute *fallback = odt_attribute(document->add, "AllowCdnFallback");
    if (lint_is_true(fallback))
        SAY(document, fallback, FINDING_NOTE, "cdn-fallback",
            "takes what the source lacks from Microsoft's CDN, which has newer builds");
}

static void check_both_names(const struct document *document, const struct odt_element *element)
{
    const struct odt_attribute *branch = odt_attribute(element, "Branch");
    const struct odt_attribute *channel = odt_attribute(element, "Channel");
    if (branch && channel && strcasecmp(branch->value, channel->value) != 0)
        SAY(document, branch, FINDING_ERROR, "two-channels", "is contradicted by Channel=\"%.100s\"",
            channel->value);
}

static void check_channels(const struct document *document)
{
    const struct odt_attribute *later = odt_channel(document->updates);
    const struct channel *channel = later ? channel_find(later->value) : NULL;
    check_both_names(document, document->add);
    check_both_names(document, document->updates);
    if (channel && document->channel && channel != document->channel)
        SAY(document, later, FINDING_WARNING, "two-channels",
            "moves Office away from channel %s, in which line %u installs it", document->channel->id,
            odt_channel(document->add)->line);
}

/* ---- Updates, Display, Remove ---------------------------------------------------------------------------
 */

static void check_updates(const struct document *document)
{
    static const char *const useless[] = {"UpdatePath", "TargetVersion", "Deadline"};
    const struct odt_attribute *enabled = odt_attribute(document->updates, "Enabled");
    bool has_more = false;
    if (!enabled || strcasecmp(enabled->value, "FALSE") != 0)
        return;
    for (size_t i = 0; i < sizeof useless / sizeof *useless; i++)
        if (odt_has_text(document->updates, useless[i])) {
            SAY(document, enabled, FINDING_WARNING, "updates-off",
                "turns updates off, so %s has no effect: write TRUE or take it out", useless[i]);
            has_more = true;
        }
    if (!has_more && !document->has_ring)
        SAY(document, enabled, FINDING_WARNING, "updates-off",
            "turns updates off: Office stays at its build, without security fixes");
}

static void check_display(const struct document *document)
{
    const struct odt_attribute *level = odt_attribute(document->display, "Level");
    if (level && strcasecmp(level->value, "None") == 0 &&
        !lint_is_true(odt_attribute(document->display, "AcceptEULA")))
        SAY(document, level, FINDING_WARNING, "eula",
            "shows nobody the licence terms, and nobody accepts them: add AcceptEULA=\"TRUE\"");
}

static void check_remove(const struct document *document)
{
    const struct odt_element *remove = odt_child(document->root, NULL, "Remove");
    const struct odt_attribute *all = odt_attribute(remove, "All");
    const struct odt_element *product = odt_child(remove, NULL, "Product");
    if (lint_is_true(all) && product)
        SAY(document, all, FINDING_WARNING, "remove-all",
            "removes everything, not only the Product on line %u", product->line);
    if (lint_is_true(all) && odt_child(document->add, NULL, "Product"))
        SAY(document, all, FINDING_NOTE, "remove-and-add",
            "removes every Office of this kind, and Add on line %u installs one: Microsoft does not say what "
            "comes first, so use two files",
            document->add->line);
    if (remove && !lint_is_true(all) && !product)
        FOUND(document, remove->line, FINDING_WARNING, "says-nothing",
              "Remove names no Product and does not say All=\"TRUE\"");
    for (; product; product = odt_child(remove, product, "Product"))
        lint_twice(document->findings, product, "duplicate-product");
}

/* ---- Property, AppSettings ------------------------------------------------------------------------------
 */

static void unknown_property(const struct document *document, const struct odt_attribute *name)
{
    const char *element = lint_meant_element(name->value);
    AUTO_STRV right = {0};
    AUTO_BUF guess = {0};
    for (size_t i = 0; property_at(i); i++)
        strv_add(&right, property_at(i)->name);
    lint_guess(name->value, &right, &guess);
    if (element)
        SAY(document, name, FINDING_ERROR, "unknown-property", "is no property but an attribute of %s",
            element);
    else
        SAY(document, name, FINDING_ERROR, "unknown-property", "is no property%s", buf_text(&guess));
}

static void check_property_value(const struct document *document, const struct property *property,
                                 const struct odt_attribute *value)
{
    if (value && property->kind == PROPERTY_PATH)
        lint_plain_path(property->name, value->value, value->line, document->findings);
    if (!value || property_accepts(property, value->value))
        return;
    if (property->kind == PROPERTY_GUID && lint_is_placeholder(value->value))
        SAY(document, value, FINDING_WARNING, "placeholder", "is not filled in yet: %s is %s", property->name,
            property_values(property));
    else
        SAY(document, value, FINDING_ERROR, "bad-property", "is no value of %s, which is %s", property->name,
            property_values(property));
}

static void check_property(const struct document *document, const struct odt_element *element)
{
    const struct odt_attribute *name = odt_attribute(element, "Name");
    const struct property *property = name ? property_find(name->value) : NULL;
    const struct odt_element *earlier = odt_earlier(element, "Name");
    const char *value = odt_value(element, "Value");
    const char *before = odt_value(earlier, "Value");
    if (name && !property)
        unknown_property(document, name);
    if (property && strcmp(property->name, name->value) != 0)
        SAY(document, name, FINDING_WARNING, "spelling", "is written %s by Microsoft", property->name);
    if (property)
        check_property_value(document, property, odt_attribute(element, "Value"));
    if (earlier)
        SAY(document, name,
            value && before && strcasecmp(value, before) == 0 ? FINDING_WARNING : FINDING_ERROR,
            "duplicate-property", "is set on line %u already", earlier->line);
}

static const struct odt_element *find_property(const struct document *document, const char *name)
{
    const struct odt_element *e = odt_child(document->root, NULL, "Property");
    while (e && !odt_has(e, "Name", name))
        e = odt_child(document->root, e, "Property");
    return e;
}

static bool is_on(const struct odt_element *property)
{
    return property && odt_has(property, "Value", "1");
}

static void check_licensing(const struct document *document)
{
    const struct odt_element *shared = find_property(document, "SharedComputerLicensing");
    const struct odt_element *device = find_property(document, "DeviceBasedLicensing");
    const struct odt_element *cache = find_property(document, "SCLCacheOverride");
    const struct odt_element *folder = find_property(document, "SCLCacheOverrideDirectory");
    if (is_on(shared) && is_on(device))
        FOUND(document, device->line, FINDING_WARNING, "two-licences",
              "DeviceBasedLicensing and SharedComputerLicensing (line %u) exclude each other", shared->line);
    if (is_on(cache) && !folder)
        FOUND(document, cache->line, FINDING_WARNING, "no-cache-folder",
              "SCLCacheOverride needs a Property SCLCacheOverrideDirectory that says where");
    if (folder && !is_on(cache))
        FOUND(document, folder->line, FINDING_WARNING, "no-cache-folder",
              "SCLCacheOverrideDirectory has no effect without a Property SCLCacheOverride of 1");
}

/* Settings of Office's apps are each user's, written by setup below HKEY_CURRENT_USER. */
static void check_place(const struct document *document, const struct odt_element *user)
{
    const struct odt_attribute *key = odt_attribute(user, "Key");
    const char *name = odt_value(user, "Name");
    if (key && place_of_value("HKEY_CURRENT_USER", key->value, name ? name : "") == PLACE_USER)
        SAY(document, key, FINDING_WARNING, "user-key",
            "is a setting of each user here, but Office reads how it is updated from the machine's alone: "
            "use Updates, or a policy of the machine");
}

/* Office's own files write numbers in decimal. */
static void check_setting(const struct document *document, const struct odt_element *user)
{
    const struct odt_attribute *value = odt_attribute(user, "Value");
    bool is_number = odt_has(user, "Type", "REG_DWORD") || odt_has(user, "Type", "REG_QWORD");
    if (value && is_number && (!*value->value || value->value[strspn(value->value, "0123456789")]))
        SAY(document, value, FINDING_ERROR, "bad-number", "is no number, but its Type says so");
    check_place(document, user);
}

static void check_lists(const struct document *document)
{
    const struct odt_element *root = document->root;
    const struct odt_element *settings = odt_child(root, NULL, "AppSettings");
    const struct odt_element *msi = odt_child(root, NULL, "RemoveMSI");
    for (const struct odt_element *e = odt_child(root, NULL, "Property"); e;
         e = odt_child(root, e, "Property"))
        check_property(document, e);
    for (const struct odt_element *e = odt_child(settings, NULL, "User"); e;
         e = odt_child(settings, e, "User"))
        check_setting(document, e);
    for (const struct odt_element *e = odt_child(msi, NULL, "IgnoreProduct"); e;
         e = odt_child(msi, e, "IgnoreProduct"))
        lint_twice(document->findings, e, "duplicate-product");
}

void lint_odt_rules(const struct odt_element *root, const struct lint_options *options,
                    struct findings *findings)
{
    struct document document = {.root = root,
                                .add = odt_child(root, NULL, "Add"),
                                .updates = odt_child(root, NULL, "Updates"),
                                .display = odt_child(root, NULL, "Display"),
                                .has_ring = options->ring,
                                .findings = findings};
    const struct odt_attribute *channel = odt_channel(document.add);
    document.channel = channel ? channel_find(channel->value) : NULL;
    if (!odt_child(root, NULL, NULL))
        FOUND(&document, root->line, FINDING_WARNING, "says-nothing", "the Configuration is empty");
    check_version(&document);
    check_migration(&document);
    check_management(&document);
    check_no_channel(&document);
    if (!document.has_ring)
        check_fallback(&document);
    check_channels(&document);
    lint_odt_products(document.add, document.channel, findings);
    check_updates(&document);
    check_display(&document);
    check_remove(&document);
    check_licensing(&document);
    check_lists(&document);
}

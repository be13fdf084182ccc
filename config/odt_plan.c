#include "config/odt_plan.h"
#include "config/properties.h"
#include "config/utf16.h"
#include "ringmgr/base/mem.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- which options go with which purpose ---- */

enum {
    NEW = 1 << ODT_NEW,
    EXISTING = 1 << ODT_EXISTING,
    ADD_ON = 1 << ODT_ADD_ON,
    DOWNLOAD = 1 << ODT_DOWNLOAD
};

static bool has_items(const struct strv *list)
{
    return list && list->len > 0;
}

static bool has_text(const char *text)
{
    return text && *text;
}

static bool check_options(const struct odt_options *options, struct err *err)
{
    static const char *const purposes[] = {
        [ODT_NEW] = "a new machine, which takes what the ring's share has",
        [ODT_EXISTING] = "--existing, which only says where updates come from",
        [ODT_ADD_ON] = "--add-on, which goes by the build that the machine has",
        [ODT_DOWNLOAD] = "--download, which installs nothing",
    };
    const struct {
        const char *name;
        bool given;
        unsigned purposes;
    } rows[] = {
        {"--arch", options->architecture != 0, NEW | ADD_ON | DOWNLOAD},
        {"--product", has_items(options->products), NEW | ADD_ON | DOWNLOAD},
        {"--exclude-app", has_items(options->excluded_apps), NEW | ADD_ON},
        {"--display", has_text(options->display), NEW | EXISTING | ADD_ON},
        {"--lang", has_items(options->languages), NEW | ADD_ON | DOWNLOAD},
        {"--pin", !build_is_none(&options->pin), NEW | EXISTING | DOWNLOAD},
        {"--deadline", options->deadline_unix != 0, NEW | EXISTING},
        {"a folder to download to", has_text(options->download_to), DOWNLOAD},
        {"--source", options->source != NULL, NEW},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].given && !(rows[i].purposes & 1U << options->purpose))
            return err_set(err, ERR_USAGE, "%s does not go with %s: leave it out", rows[i].name,
                           purposes[options->purpose]);
    return true;
}

/* ---- paths ---- */

/* Without the separators at its end, of which setup makes nothing. */
static size_t path_length(const char *path)
{
    size_t len = strlen(path);
    while (len > 3 && path[len - 1] == '\\')
        len--;
    return len;
}

/* Setup and clients add \Office\Data themselves. */
static bool ends_in_office_data(const char *path)
{
    static const char end[] = "\\Office\\Data";
    size_t len = path_length(path), end_len = strlen(end);
    return len >= end_len && strncasecmp(path + len - end_len, end, end_len) == 0;
}

static bool is_same_path(const char *a, const char *b)
{
    size_t len = path_length(a);
    return len == path_length(b) && strncasecmp(a, b, len) == 0;
}

/* C:\… or \\SERVER\SHARE… */
static bool is_folder(const char *path)
{
    bool drive = isalpha((unsigned char)path[0]) && path[1] == ':' && path[2] == '\\';
    size_t server = strncmp(path, "\\\\", 2) == 0 ? strcspn(path + 2, "\\") : 0;
    bool unc = server > 0 && path[2 + server] == '\\' && path[3 + server] && path[3 + server] != '\\';
    return (drive || unc) && !strpbrk(path + 2, "/:*?\"<>|");
}

static bool check_share(const struct ring *ring, struct err *err)
{
    const char *share = ring_share(ring);
    char *what AUTO_FREE = mem_printf("the share of ring %s", ring->name);
    if (!*share)
        return err_set(err, ERR_USAGE,
                       "ring %s has no unc, dfs or http: configure what clients call its share", ring->name);
    if (ends_in_office_data(share))
        return err_set(err, ERR_USAGE, "%s ends in \\Office\\Data, which Office adds itself: leave it out",
                       what);
    return utf16_check(share, what, err);
}

/* A folder that setup reads or fills; `purpose` is what it is for, "to download to". */
static bool check_folder(const char *folder, const char *purpose, struct err *err)
{
    char *what AUTO_FREE = mem_printf("the folder %s", purpose);
    if (!is_folder(folder))
        return err_set(err, ERR_USAGE,
                       "\"%s\" is no folder %s: name one, as \\\\server\\share or D:\\Office365", folder,
                       purpose);
    if (ends_in_office_data(folder))
        return err_set(err, ERR_USAGE, "\"%s\": leave \\Office\\Data out, setup adds it itself", folder);
    return utf16_check(folder, what, err);
}

static bool check_download_to(const struct odt_options *options, struct err *err)
{
    const struct ring *ring = options->ring;
    const char *folder = options->download_to ? options->download_to : "";
    if (options->purpose != ODT_DOWNLOAD)
        return true;
    if (!check_folder(folder, "to download to", err))
        return false;
    if (is_same_path(folder, ring_share(ring)) || is_same_path(folder, ring->unc ? ring->unc : ""))
        return err_set(err, ERR_USAGE, "\"%s\" is the share of ring %s itself: download to another folder",
                       folder, ring->name);
    return true;
}

/* Setup installs from shares and folders; only updates come from a web server. */
static bool check_source(const struct odt_options *options, struct err *err)
{
    const struct ring *ring = options->ring;
    if (options->source)
        return check_folder(options->source, "to install from", err);
    if (options->purpose == ODT_EXISTING || ring_share(ring) != ring->http)
        return true;
    return err_set(
        err, ERR_USAGE,
        "ring %s has http alone, and setup takes files from a share or a folder: configure its unc%s",
        ring->name, options->purpose == ODT_NEW ? ", or name a folder with --source" : "");
}

/* ---- what the ring offers ---- */

/* For an add-on setup knows better than a share of two what the machine has. */
static bool choose_architecture(const struct odt_options *options, int *bits, struct err *err)
{
    unsigned offered = options->offered->architectures;
    unsigned wanted = options->architecture ? options->architecture : offered;
    *bits = 0;
    if (offered == 0)
        return err_set(err, ERR_USAGE, "ring %s offers no architecture: configure one, sync and promote",
                       options->ring->name);
    if (options->purpose == ODT_ADD_ON && wanted == (ARCH_X64 | ARCH_X86))
        return true;
    if (wanted != ARCH_X64 && wanted != ARCH_X86)
        return err_set(err, ERR_USAGE, "ring %s offers x64 and x86: name one with --arch",
                       options->ring->name);
    if (!(wanted & offered))
        return err_set(err, ERR_USAGE,
                       "ring %s does not offer %s: name the other one, or configure it, sync "
                       "and promote",
                       options->ring->name, architecture_name((enum architecture)wanted));
    *bits = architecture_bits((enum architecture)wanted);
    return true;
}

/* ---- what else is said ---- */

static bool choose_apps(const struct odt_options *options, struct odt_plan *plan, struct err *err)
{
    const struct strv *wanted =
        has_items(options->excluded_apps) ? options->excluded_apps : &options->ring->deploy.exclude_apps;
    for (size_t i = 0; i < wanted->len; i++) {
        const char *app;
        if (!product_parse_app(wanted->item[i], &app, err))
            return false;
        if (strv_has(&plan->apps, app))
            return err_set(err, ERR_USAGE, "app %s is named twice: name it once", app);
        strv_add(&plan->apps, app);
    }
    return true;
}

static bool choose_display(const struct odt_options *options, struct odt_plan *plan, struct err *err)
{
    const char *wanted = has_text(options->display) ? options->display : options->ring->deploy.display;
    return !has_text(wanted) || display_parse(wanted, &plan->display, err);
}

/* The value of a property among those that are chosen already; NULL if it is not. */
static const char *property_value(const struct strv *properties, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < properties->len; i++)
        if (strncmp(properties->item[i], name, len) == 0 && properties->item[i][len] == '=')
            return properties->item[i] + len + 1;
    return NULL;
}

static bool add_property(struct odt_plan *plan, const char *text, struct err *err)
{
    struct property_choice choice;
    if (!property_parse(text, &choice, err))
        return false;
    const char *name = choice.property->name;
    if (property_value(&plan->properties, name))
        return err_set(err, ERR_USAGE, "property %s is set twice: set it once", name);
    if (!utf16_check(choice.value, name, err))
        return false;
    strv_addf(&plan->properties, "%s=%s", name, choice.value);
    return true;
}

static bool is_on(const struct strv *properties, const char *name)
{
    const char *value = property_value(properties, name);
    return value && strcmp(value, "1") == 0;
}

static bool check_licences(const struct strv *properties, struct err *err)
{
    if (is_on(properties, "DeviceBasedLicensing") && is_on(properties, "SharedComputerLicensing"))
        return err_set(err, ERR_USAGE,
                       "DeviceBasedLicensing and SharedComputerLicensing exclude each other: leave one out");
    if (is_on(properties, "SCLCacheOverride") != !!property_value(properties, "SCLCacheOverrideDirectory"))
        return err_set(
            err, ERR_USAGE,
            "SCLCacheOverride=1 and SCLCacheOverrideDirectory have an effect together only: set both "
            "or none");
    return true;
}

static bool choose_properties(const struct odt_options *options, struct odt_plan *plan, struct err *err)
{
    const struct strv *wanted = &options->ring->deploy.properties;
    for (size_t i = 0; i < wanted->len; i++)
        if (!add_property(plan, wanted->item[i], err))
            return false;
    return check_licences(&plan->properties, err);
}

static bool choose_kept_msi(const struct odt_options *options, struct odt_plan *plan, struct err *err)
{
    const struct deploy *deploy = &options->ring->deploy;
    if (deploy->keep_msi.len > 0 && !deploy->remove_msi)
        return err_set(err, ERR_USAGE,
                       "ring %s: keep_msi keeps something only from remove_msi = yes: set that, or leave "
                       "keep_msi out",
                       options->ring->name);
    for (size_t i = 0; i < deploy->keep_msi.len; i++) {
        const char *id;
        if (!msi_product_parse(deploy->keep_msi.item[i], &id, err))
            return false;
        if (strv_has(&plan->keep_msi, id))
            return err_set(err, ERR_USAGE, "%s is in keep_msi twice: name it once", id);
        strv_add(&plan->keep_msi, id);
    }
    return true;
}

static bool choose_times(const struct odt_options *options, struct odt_plan *plan, struct err *err)
{
    if (!build_is_none(&options->pin))
        build_format(&options->pin, plan->pin);
    if (!build_is_none(&options->live))
        build_format(&options->live, plan->live);
    if (options->purpose == ODT_DOWNLOAD && !*plan->pin && !*plan->live)
        return err_set(err, ERR_USAGE, "nobody knows which build ring %s offers: name one with --pin",
                       options->ring->name);
    return options->deadline_unix == 0 || gpo_format_deadline(options->deadline_unix, plan->deadline, err);
}

static bool check_company(const struct odt_options *options, struct err *err)
{
    const char *company = options->ring->deploy.company;
    return !has_text(company) || utf16_check(company, "company", err);
}

/* What setup installs, or downloads; nothing of it is said to a machine that has Office. */
static bool choose_content(const struct odt_options *options, struct odt_plan *plan, struct err *err)
{
    if (options->purpose == ODT_EXISTING)
        return true;
    return choose_architecture(options, &plan->bits, err) &&
           odt_languages_choose(options, &plan->languages, err) &&
           odt_products_choose(options, plan->languages.proofing.len > 0, &plan->products, err) &&
           odt_languages_check(options, &plan->products, &plan->languages, err) &&
           (options->purpose != ODT_ADD_ON || odt_products_target(options->ring, &plan->target, err));
}

static bool choose_manners(const struct odt_options *options, struct odt_plan *plan, struct err *err)
{
    if (options->purpose == ODT_DOWNLOAD)
        return true;
    if (options->purpose == ODT_EXISTING) /* setup shows its window there as well */
        return choose_display(options, plan, err);
    return choose_apps(options, plan, err) && choose_display(options, plan, err) &&
           choose_properties(options, plan, err) &&
           (options->purpose != ODT_NEW ||
            (choose_kept_msi(options, plan, err) && check_company(options, err)));
}

/* Where updates come from can be said before there are any. */
static bool check_offered(const struct odt_options *options, struct err *err)
{
    const struct ring *ring = options->ring;
    if (options->offered || (options->purpose == ODT_EXISTING && build_is_none(&options->pin)))
        return true;
    if (ring->source_ring)
        return err_set(err, ERR_USAGE, "ring %s offers no build yet: promote one first, `ringmgr promote %s`",
                       ring->name, ring->name);
    return err_set(err, ERR_USAGE, "ring %s offers no build yet: sync first, `ringmgr sync`", ring->name);
}

bool odt_plan_make(const struct odt_options *options, struct odt_plan *plan, struct err *err)
{
    plan->ring = options->ring;
    plan->share = ring_share(options->ring);
    plan->source = options->source ? options->source : plan->share;
    return check_options(options, err) && check_share(options->ring, err) && check_offered(options, err) &&
           check_download_to(options, err) && check_source(options, err) &&
           choose_times(options, plan, err) && choose_content(options, plan, err) &&
           choose_manners(options, plan, err);
}

void odt_plan_clear(struct odt_plan *plan)
{
    odt_languages_clear(&plan->languages);
    strv_clear(&plan->apps);
    strv_clear(&plan->properties);
    strv_clear(&plan->keep_msi);
    *plan = (struct odt_plan){0};
}

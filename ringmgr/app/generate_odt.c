#include "config/odt.h"
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/generate.h"

#include <string.h>

static bool choose_purpose(const struct arguments *arguments, enum odt_purpose *purpose, struct err *err)
{
    const bool *given = arguments->given;
    if (given[OPT_EXISTING] + given[OPT_ADD_ON] + given[OPT_DOWNLOAD] > 1)
        return err_set(err, ERR_USAGE, "--existing, --add-on and --download are different documents");
    *purpose = given[OPT_EXISTING]   ? ODT_EXISTING
               : given[OPT_ADD_ON]   ? ODT_ADD_ON
               : given[OPT_DOWNLOAD] ? ODT_DOWNLOAD
                                     : ODT_NEW;
    return true;
}

/* Lists may be given with commas, too. */
static void read_list(const struct arguments *arguments, enum argument_option option, struct strv *list)
{
    const struct strv *given = &arguments->value[option];
    for (size_t i = 0; i < given->len; i++)
        strv_split(list, given->item[i]);
}

static bool read_lists(const struct arguments *arguments, struct strv *languages, struct strv *products,
                       struct strv *apps, struct err *err)
{
    read_list(arguments, OPT_LANG, languages);
    read_list(arguments, OPT_PRODUCT, products);
    read_list(arguments, OPT_EXCLUDE_APP, apps);
    return !arguments->given[OPT_LANG] || languages->len > 0 ||
           err_set(err, ERR_USAGE, "--lang names no language: as en-us");
}

/* Setup writes what it downloads, and installs what it finds: neither from one ring to another. */
static bool check_folders(const struct generate *request, const struct odt_options *options, struct err *err)
{
    const struct settings *settings = &request->app->settings;
    const struct ring *at = options->download_to ? settings_ring_at(settings, options->download_to) : NULL;
    if (at)
        return err_set(err, ERR_USAGE,
                       "--download %s: that is in the share of ring %s, which only ringmgr fills",
                       options->download_to, at->name);
    at = options->source ? settings_ring_at(settings, options->source) : NULL;
    return !at || at == request->ring[0] ||
           err_set(err, ERR_USAGE, "--source %s: that is the share of ring %s", options->source, at->name);
}

bool generate_odt(struct generate *request, struct err *err)
{
    const struct arguments *arguments = &request->app->arguments;
    AUTO_STRV languages = {0};
    AUTO_STRV products = {0};
    AUTO_STRV apps = {0};
    struct odt_options options = {.ring = request->ring[0],
                                  .offered = build_is_none(&request->live) ? NULL : &request->offered,
                                  .live = request->live,
                                  .products = &products,
                                  .excluded_apps = &apps,
                                  .display = arguments_value(arguments, OPT_DISPLAY),
                                  .languages = &languages,
                                  .source = arguments_value(arguments, OPT_SOURCE),
                                  .pin = request->target,
                                  .deadline_unix = request->deadline_unix,
                                  .download_to = arguments_value(arguments, OPT_DOWNLOAD)};
    if (request->deadline_days)
        return err_set(err, ERR_USAGE, "--deadline: a configuration.xml takes a time, as 2026-12-24 18:00");
    return choose_purpose(arguments, &options.purpose, err) &&
           arguments_architecture(arguments, &options.architecture, err) &&
           read_lists(arguments, &languages, &products, &apps, err) &&
           check_folders(request, &options, err) &&
           odt_write(&options, documents_add(&request->documents, "configuration.xml"), err);
}

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

bool generate_odt(struct generate *request, struct err *err)
{
    const struct arguments *arguments = &request->app->arguments;
    struct odt_options options = {.ring = request->ring[0],
                                  .offered = build_is_none(&request->live) ? NULL : &request->offered,
                                  .live = request->live,
                                  .products = &arguments->value[OPT_PRODUCT],
                                  .excluded_apps = &arguments->value[OPT_EXCLUDE_APP],
                                  .display = arguments_value(arguments, OPT_DISPLAY),
                                  .pin = request->target,
                                  .deadline_unix = request->deadline_unix,
                                  .download_to = arguments_value(arguments, OPT_DOWNLOAD)};
    if (request->deadline_days)
        return err_set(err, ERR_USAGE, "--deadline: a configuration.xml takes a time, as 2026-12-24 18:00");
    return choose_purpose(arguments, &options.purpose, err) &&
           arguments_architecture(arguments, &options.architecture, err) &&
           odt_write(&options, documents_add(&request->documents, "configuration.xml"), err);
}

#include "config/odt.h"
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/state/catalog.h"

#include <string.h>

static bool parse_architecture(const char *text, unsigned *architecture, struct err *err)
{
    *architecture = 0;
    if (!text)
        return true;
    if (strcmp(text, "x64") == 0 || strcmp(text, "64") == 0)
        *architecture = ARCH_X64;
    else if (strcmp(text, "x86") == 0 || strcmp(text, "32") == 0)
        *architecture = ARCH_X86;
    return *architecture || err_set(err, ERR_USAGE, "--arch %s: x64 or x86", text);
}

/* What the ring's live build offers; *found false: nothing is published yet. */
static bool read_offered(const struct app *app, const struct ring *ring, struct content *offered, bool *found,
                         struct err *err)
{
    struct offer live AUTO(offer_clear) = {0};
    return catalog_offer_live(app->job.state, ring->name, &live, found, err) &&
           (!*found || content_parse(live.content, offered, err));
}

static bool write_odt(struct app *app, const struct ring *ring, struct err *err)
{
    struct content offered AUTO(content_clear) = {0};
    AUTO_BUF document = {0};
    bool found;
    struct odt_options options = {.ring = ring,
                                  .products = &app->arguments.value[OPT_PRODUCT],
                                  .excluded_apps = &app->arguments.value[OPT_EXCLUDE_APP],
                                  .display = arguments_value(&app->arguments, OPT_DISPLAY)};
    if (!parse_architecture(arguments_value(&app->arguments, OPT_ARCH), &options.architecture, err) ||
        !read_offered(app, ring, &offered, &found, err))
        return false;
    options.offered = found ? &offered : NULL;
    if (!odt_write(&options, &document, err))
        return false;
    jv_set_text(app->result, "kind", "odt");
    jv_set_text(app->result, "ring", ring->name);
    jv_set_text(app->result, "document", buf_text(&document));
    bool to_stdout = !arguments_value(&app->arguments, OPT_OUTPUT);
    return (app->arguments.json && to_stdout) || output_document(app, &document, err);
}

enum err_code cmd_generate(struct app *app, struct err *err)
{
    const char *kind = app->arguments.word.item[0];
    const char *name = arguments_value(&app->arguments, OPT_RING);
    const struct ring *ring = name ? arguments_ring(app, name, err) : NULL;
    if (strcmp(kind, "odt") != 0)
        err_set(err, ERR_USAGE, "generate %s: this version writes odt only", kind);
    else if (!name)
        err_set(err, ERR_USAGE, "generate needs --ring RING");
    else if (ring && write_odt(app, ring, err))
        return ERR_NONE;
    return err->code;
}

#include "config/gpo_backup.h"
#include "config/gpp.h"
#include "config/intune.h"
#include "config/lgpo.h"
#include "config/regfile.h"
#include "config/regpol.h"
#include "config/samba_gpo.h"
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/generate.h"
#include "ringmgr/app/settings_value.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool make_policy(const struct generate *request, struct policy *policy, struct err *err)
{
    const struct ring *ring = request->ring[0];
    struct gpo_ring wanted = {.share = ring_share(ring),
                              .hide_switch = ring->deploy.hide_switch,
                              .notifications = ring->deploy.notifications,
                              .deadline_unix = request->deadline_unix,
                              .deadline_days = request->deadline_days,
                              .target = request->target,
                              .clear_target = request->app->arguments.given[OPT_CLEAR_TARGET]};
    if (!wanted.deadline_unix && !wanted.deadline_days)
        wanted.deadline_days = ring->deploy.deadline_days;
    return gpo_ring(&wanted, policy, err) || err_prefix(err, "ring %s", ring->name);
}

/* A form that knows nothing but the values. */
static bool write_values(struct generate *request, const char *name,
                         bool (*write)(const struct policy *, struct buf *, struct err *), struct err *err)
{
    AUTO_POLICY policy = {0};
    return make_policy(request, &policy, err) &&
           write(&policy, documents_add(&request->documents, name), err);
}

bool generate_reg(struct generate *request, struct err *err)
{
    return write_values(request, "ring.reg", regfile_write, err);
}

bool generate_pol(struct generate *request, struct err *err)
{
    return write_values(request, "Registry.pol", regpol_write, err);
}

bool generate_lgpo(struct generate *request, struct err *err)
{
    return write_values(request, "lgpo.txt", lgpo_write, err);
}

static struct policy_document describe(const struct generate *request, const struct policy *policy)
{
    return (struct policy_document){
        .policy = policy, .ring = request->ring[0]->name, .now_unix = clock_now_unix()};
}

bool generate_intune(struct generate *request, struct err *err)
{
    AUTO_POLICY policy = {0};
    struct policy_document document = describe(request, &policy);
    return make_policy(request, &policy, err) &&
           intune_write(&document, documents_add(&request->documents, "intune.json"), err);
}

/* A folder of files. */
static bool write_folder(struct generate *request,
                         bool (*write)(const struct policy_document *, struct documents *, struct err *),
                         struct err *err)
{
    AUTO_POLICY policy = {0};
    struct policy_document document = describe(request, &policy);
    return make_policy(request, &policy, err) && write(&document, &request->documents, err);
}

bool generate_gpo_backup(struct generate *request, struct err *err)
{
    return write_folder(request, gpo_backup_write, err);
}

bool generate_samba_gpo(struct generate *request, struct err *err)
{
    return write_folder(request, samba_gpo_write, err);
}

/* --site AD_SITE=UNC, each. The names are cut out of copies that `texts` owns. */
static bool read_sites(const struct generate *request, const struct strv *given, struct strv *texts,
                       struct gpp_site *sites, struct err *err)
{
    strv_copy(texts, given);
    for (size_t i = 0; i < texts->len; i++) {
        char *equals = strchr(texts->item[i], '=');
        if (!equals || equals == texts->item[i] || strchr(equals + 1, ',') || !value_is_unc(equals + 1))
            return err_set(err, ERR_USAGE,
                           "--site %s: write AD_SITE=\\\\server\\share, and --site again for the next",
                           texts->item[i]);
        const struct ring *other = settings_ring_at(&request->app->settings, equals + 1);
        if (other && other != request->ring[0])
            return err_set(err, ERR_USAGE, "--site %s: that is the share of ring %s", texts->item[i],
                           other->name);
        *equals = 0;
        sites[i] = (struct gpp_site){.ad_site = texts->item[i], .unc = equals + 1};
    }
    return true;
}

static bool is_among(const struct gpp_site *sites, size_t len, const char *ad_site)
{
    for (size_t i = 0; i < len; i++)
        if (strcasecmp(sites[i].ad_site, ad_site) == 0)
            return true;
    return false;
}

/* Adds the configured sites of the ring behind the `len` that --site names, which count where both name one;
 * how many there are then. What their shares are called `texts` owns. */
static size_t add_sites(const struct generate *request, struct strv *texts, struct gpp_site *sites,
                        size_t len)
{
    const struct settings *settings = &request->app->settings;
    const char *ring = request->ring[0]->name;
    size_t given = len;
    for (size_t i = 0; i < settings->sites; i++) {
        const struct site *site = &settings->site[i];
        if (!*site->ad_site || !site_has_ring(site, ring) || is_among(sites, given, site->ad_site))
            continue;
        char *unc AUTO_FREE = site_unc(site, ring);
        strv_add(texts, unc);
        sites[len++] = (struct gpp_site){.ad_site = site->ad_site, .unc = texts->item[texts->len - 1]};
    }
    return len;
}

bool generate_gpp(struct generate *request, struct err *err)
{
    const struct strv *given = &request->app->arguments.value[OPT_SITE];
    AUTO_POLICY policy = {0};
    AUTO_STRV texts = {0};
    struct gpp_site *sites AUTO_FREE = mem_new(given->len + request->app->settings.sites + 1, sizeof *sites);
    struct policy_document document = describe(request, &policy);
    if (!read_sites(request, given, &texts, sites, err))
        return false;
    size_t len = add_sites(request, &texts, sites, given->len);
    return make_policy(request, &policy, err) &&
           gpp_write(&document, sites, len, documents_add(&request->documents, "Registry.xml"), err);
}

#include "config/dfs.h"
#include "config/servers.h"
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/generate.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>

static struct servers_options describe(const struct generate *request)
{
    const struct arguments *arguments = &request->app->arguments;
    return (struct servers_options){.ring = request->ring,
                                    .rings = request->rings,
                                    .user = request->app->settings.user,
                                    .group = arguments_value(arguments, OPT_GROUP),
                                    .site = request->app->settings.site,
                                    .sites = request->app->settings.sites,
                                    .listen = arguments_value(arguments, OPT_LISTEN)};
}

/* ---- the shares of a site ---- */

/* The rings as a site shows them. */
struct shown {
    struct ring *ring;
    const struct ring **list;
    size_t len;
};

static void clear_shown(struct shown *shown)
{
    for (size_t i = 0; i < shown->len; i++) {
        free(shown->ring[i].unc);
        free(shown->ring[i].path);
        free(shown->ring[i].dfs);
    }
    free(shown->ring);
    free(shown->list);
}

/* Where the site's own server has the target, as far as the target tells. The caller frees it. */
static char *folder_of(const struct site_target *target)
{
    if (target->kind != SITE_RSYNC)
        return mem_strdup(target->path);
    return mem_printf("/srv/%s%s%s", target->module, *target->path ? "/" : "", target->path);
}

static void show(const struct generate *request, const char *folder, struct shown *shown)
{
    shown->ring = mem_new(request->rings, sizeof *shown->ring);
    shown->list = mem_new(request->rings, sizeof *shown->list);
    for (; shown->len < request->rings; shown->len++) {
        struct ring *ring = &shown->ring[shown->len];
        *ring = *request->ring[shown->len];
        ring->unc = site_unc(request->site, ring->name);
        ring->path = mem_printf("%s/%s", folder, ring->name);
        ring->dfs = mem_strdup(""); /* the namespace is headquarters' */
        shown->list[shown->len] = ring;
    }
}

static void write_site_head(const struct site *site, const struct site_target *target, const char *folder,
                            struct buf *out)
{
    buf_printf(out, "# Site %s: for the smb.conf of the server there.\n", site->name);
    if (target->kind == SITE_RSYNC)
        buf_printf(out,
                   "# Below, module %s is %s: if its `path` in rsyncd.conf is another one, put that in its "
                   "place.\n",
                   target->module, folder);
    else if (target->kind == SITE_FOLDER)
        buf_printf(out, "# Below, %s is as it is mounted here: put the folder's name there in its place.\n",
                   folder);
    buf_puts(out, "#\n");
}

static bool write_site_smb(const struct generate *request, struct servers_options *options, struct buf *out,
                           struct err *err)
{
    const struct site *site = request->site;
    AUTO_SITE_TARGET target = {0};
    struct shown shown AUTO(clear_shown) = {0};
    char why[128];
    if (!*site->unc)
        return err_set(err, ERR_USAGE, "[site %s] has no unc: configure what clients there call its shares",
                       site->name);
    if (!site_target_parse(site->target, &target, why))
        return err_set(err, ERR_USAGE, "[site %s] target %s: %s", site->name, site->target, why);
    char *folder AUTO_FREE = folder_of(&target);
    show(request, folder, &shown);
    options->ring = shown.list;
    options->user = target.kind == SITE_SSH ? target.user : "";
    write_site_head(site, &target, folder, out);
    return servers_write_smb(options, out, err);
}

/* ---- documents ---- */

bool generate_smb(struct generate *request, struct err *err)
{
    struct servers_options options = describe(request);
    struct buf *out = documents_add(&request->documents, "smb.conf");
    return request->site ? write_site_smb(request, &options, out, err)
                         : servers_write_smb(&options, out, err);
}

bool generate_nginx(struct generate *request, struct err *err)
{
    struct servers_options options = describe(request);
    return servers_write_nginx(&options, documents_add(&request->documents, "nginx.conf"), err);
}

bool generate_dfs(struct generate *request, struct err *err)
{
    const struct settings *settings = &request->app->settings;
    return dfs_write(request->ring, request->rings, settings->site, settings->sites,
                     documents_add(&request->documents, "dfs.txt"), err);
}

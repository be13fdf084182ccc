#include "config/dfs.h"
#include "config/servers.h"
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/generate.h"

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

bool generate_smb(struct generate *request, struct err *err)
{
    struct servers_options options = describe(request);
    return servers_write_smb(&options, documents_add(&request->documents, "smb.conf"), err);
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

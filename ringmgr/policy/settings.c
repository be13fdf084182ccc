#include "ringmgr/policy/settings.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/nearest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct ring *settings_ring(const struct settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->rings; i++)
        if (strcmp(settings->ring[i].name, name) == 0)
            return &settings->ring[i];
    return NULL;
}

const struct site *settings_site(const struct settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->sites; i++)
        if (strcmp(settings->site[i].name, name) == 0)
            return &settings->site[i];
    return NULL;
}

static size_t count_sites(const struct settings *settings, const char *ring, bool required)
{
    size_t count = 0;
    for (size_t i = 0; i < settings->sites; i++)
        count += site_has_ring(&settings->site[i], ring) && (settings->site[i].required || !required);
    return count;
}

size_t settings_ring_sites(const struct settings *settings, const char *ring)
{
    return count_sites(settings, ring, false);
}

size_t settings_required_sites(const struct settings *settings, const char *ring)
{
    return count_sites(settings, ring, true);
}

bool ring_follows(const struct ring *ring)
{
    return ring->origin && *ring->origin;
}

const char *ring_share(const struct ring *ring)
{
    const char *const names[] = {ring->dfs, ring->unc, ring->http};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i] && *names[i])
            return names[i];
    return "";
}

static bool is_at(const char *path, const char *share)
{
    size_t len = share ? strlen(share) : 0;
    return len > 0 && strncasecmp(path, share, len) == 0 &&
           (path[len] == 0 || path[len] == '\\' || path[len] == '/');
}

static const struct ring *ring_of_site(const struct settings *settings, const struct site *site,
                                       const char *path)
{
    for (size_t i = 0; i < site->rings.len; i++) {
        char *unc AUTO_FREE = site_unc(site, site->rings.item[i]);
        if (is_at(path, unc))
            return settings_ring(settings, site->rings.item[i]);
    }
    return NULL;
}

const struct ring *settings_ring_at(const struct settings *settings, const char *path)
{
    for (size_t i = 0; i < settings->rings; i++)
        if (is_at(path, settings->ring[i].unc) || is_at(path, settings->ring[i].dfs) ||
            is_at(path, settings->ring[i].http))
            return &settings->ring[i];
    for (size_t i = 0; i < settings->sites; i++) {
        const struct ring *ring = ring_of_site(settings, &settings->site[i], path);
        if (ring)
            return ring;
    }
    return NULL;
}

void deploy_copy(struct deploy *to, const struct deploy *from)
{
    deploy_clear(to);
    *to = *from;
    to->products = to->exclude_apps = to->keep_msi = to->properties = (struct strv){0};
    strv_copy(&to->products, &from->products);
    strv_copy(&to->exclude_apps, &from->exclude_apps);
    strv_copy(&to->keep_msi, &from->keep_msi);
    strv_copy(&to->properties, &from->properties);
    to->display = mem_strdup(from->display);
    to->company = mem_strdup(from->company);
}

void deploy_clear(struct deploy *deploy)
{
    strv_clear(&deploy->products);
    strv_clear(&deploy->exclude_apps);
    strv_clear(&deploy->keep_msi);
    strv_clear(&deploy->properties);
    free(deploy->display);
    free(deploy->company);
    *deploy = (struct deploy){0};
}

bool settings_takes_from(const struct settings *settings, const struct ring *ring, const struct ring *above)
{
    for (size_t steps = 0; ring && steps <= settings->rings; steps++) {
        if (ring == above)
            return true;
        ring = ring->source_ring;
    }
    return false;
}

void settings_wanted_content(const struct settings *settings, const struct ring *ring,
                             struct content *content)
{
    *content = (struct content){0};
    for (size_t i = 0; i < settings->rings; i++)
        if (settings_takes_from(settings, &settings->ring[i], ring))
            content_unite(content, &settings->ring[i].content);
}

char *settings_ring_hint(const struct settings *settings, const char *name)
{
    AUTO_STRV names = {0};
    for (size_t i = 0; i < settings->rings; i++)
        strv_add(&names, settings->ring[i].name);
    return nearest_hint(name, &names);
}

const struct notify_target *settings_target(const struct settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->targets; i++)
        if (strcmp(settings->target[i].name, name) == 0)
            return &settings->target[i];
    return NULL;
}

const char *settings_person(const struct settings *settings, const char *account)
{
    for (size_t i = 0; i < settings->persons; i++)
        if (strv_has(&settings->person[i].accounts, account))
            return settings->person[i].name;
    return account;
}

static void clear_ring(struct ring *ring)
{
    free(ring->name);
    free(ring->source);
    free(ring->path);
    free(ring->unc);
    free(ring->dfs);
    free(ring->http);
    content_clear(&ring->content);
    deploy_clear(&ring->deploy);
    strv_clear(&ring->approvers);
    strv_clear(&ring->overriders);
    date_ranges_clear(&ring->freeze);
    weekly_windows_clear(&ring->days);
    free(ring->was);
    free(ring->announce);
    free(ring->origin);
    strv_clear(&ring->manifest_keys);
}

static void clear_origin(struct origin *origin)
{
    free(origin->url);
    free(origin->roots);
    free(origin->publisher);
    strv_clear(&origin->mirrors);
    weekly_windows_clear(&origin->window);
    free(origin->proxy);
    free(origin->proxy_credentials);
}

static void clear_person(struct person *person)
{
    free(person->name);
    strv_clear(&person->accounts);
}

static void web_clear(struct web_settings *web)
{
    strv_clear(&web->listen);
    strv_clear(&web->hosts);
    free(web->proxy_user);
    free(web->proxy_header);
}

void settings_clear(struct settings *settings)
{
    for (size_t i = 0; i < settings->rings; i++)
        clear_ring(&settings->ring[i]);
    for (size_t i = 0; i < settings->persons; i++)
        clear_person(&settings->person[i]);
    for (size_t i = 0; i < settings->targets; i++)
        notify_target_clear(&settings->target[i]);
    free(settings->target);
    for (size_t i = 0; i < settings->sites; i++)
        site_clear(&settings->site[i]);
    free(settings->site);
    free(settings->manifest.key);
    clear_origin(&settings->origin);
    strv_clear(&settings->support.rules);
    date_ranges_clear(&settings->holidays);
    free(settings->ring);
    free(settings->person);
    free(settings->file);
    free(settings->store);
    free(settings->state);
    free(settings->user);
    free(settings->timezone);
    free(settings->history_head_file);
    free(settings->client_credentials);
    free(settings->control);
    free(settings->textfile);
    web_clear(&settings->web);
    *settings = (struct settings){0};
}

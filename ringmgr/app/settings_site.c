#include "ringmgr/app/settings_site.h"
#include "ringmgr/app/settings_place.h"
#include "ringmgr/base/buf.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/nearest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    PARALLEL_MAX = 256, /* each is a program and a connection of its own */
    NAME_BYTES = 32,
    AD_SITE_BYTES = 63 /* it is the label of a name in DNS as well */
};

static const char ring_mark[] = "%ring%";

/* ---- values ---- */

static void take(void *field, const char *text, size_t len)
{
    char **to = field;
    free(*to);
    *to = mem_strndup(text, len);
}

static size_t without(const char *text, char end)
{
    size_t len = strlen(text);
    while (len > 1 && text[len - 1] == end)
        len--;
    return len;
}

void site_read_rings(const struct value_place *place, const char *text, void *field)
{
    struct strv *rings = field;
    AUTO_STRV words = {0};
    strv_split(&words, text);
    if (place->first)
        strv_clear(rings);
    for (size_t i = 0; i < words.len; i++)
        if (strv_has(rings, words.item[i]))
            VALUE_REFUSE(place, "duplicate-item", "\"%s\" is there twice", words.item[i]);
        else
            strv_add(rings, words.item[i]);
}

void site_read_target(const struct value_place *place, const char *text, void *field)
{
    AUTO_SITE_TARGET target = {0};
    char why[128];
    if (site_target_parse(text, &target, why))
        take(field, text, without(text, '/'));
    else
        VALUE_REFUSE(place, "bad-target", "%s", why);
}

void site_read_unc(const struct value_place *place, const char *text, void *field)
{
    const struct site pattern = {.unc = (char *)(uintptr_t)text};
    char *sample AUTO_FREE = site_unc(&pattern, "ring"), *taken AUTO_FREE = NULL;
    if (strchr(sample, '%')) {
        VALUE_REFUSE(place, "bad-unc", "\"%s\": of variables only %s stands for something, the ring's name",
                     text, ring_mark);
        return;
    }
    value_read_unc(place, sample, &taken);
    if (taken)
        take(field, text, without(text, '\\'));
}

void site_read_ad_site(const struct value_place *place, const char *text, void *field)
{
    bool plain = strlen(text) <= AD_SITE_BYTES && !strpbrk(text, "\"'\\/[]:;|=,+*?<>");
    for (const char *at = text; *at; at++)
        plain = plain && (unsigned char)*at >= ' ' && *at != 0x7f;
    if (plain)
        take(field, text, strlen(text));
    else
        VALUE_REFUSE(place, "bad-ad-site",
                     "\"%s\" is not the name of an Active Directory site (at most %d bytes, as in Tokyo)",
                     text, AD_SITE_BYTES);
}

void site_read_parallel(const struct value_place *place, const char *text, void *field)
{
    value_read_number(place, text, 1, PARALLEL_MAX, field);
}

void site_read_per_cent(const struct value_place *place, const char *text, void *field)
{
    size_t digits = strspn(text, "0123456789");
    const char *rest = text + digits + strspn(text + digits, " ");
    unsigned long number = digits > 0 && digits <= 3 ? strtoul(text, NULL, 10) : 0;
    bool sign = strcmp(rest, "%") == 0 || text[digits] == 0;
    if (sign && number >= 1 && number <= 100)
        *(unsigned *)field = (unsigned)number;
    else
        VALUE_REFUSE(place, "bad-number", "\"%s\" is not a whole number of per cent from 1 to 100: 95 %%",
                     text);
}

/* ---- what must hold between them ---- */

struct check {
    const struct ini_file *file;
    const struct settings *settings;
    struct settings_problems *problems;
};

static unsigned line_of(const struct check *check, const struct site *site, const char *key)
{
    char *section AUTO_FREE = mem_printf("site %s", site->name);
    const struct ini_entry *entry = settings_ini_entry(settings_ini_section(check->file, section), key);
    return entry ? entry->line : site->line;
}

#define SITE_PROBLEM(check, site, key, code, format, ...)                                                    \
    settings_problems_add((check)->problems, line_of(check, site, key), code, "[site %s] " format,           \
                          (site)->name, __VA_ARGS__)

static void check_name(const struct check *check, const struct site *site)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    size_t len = strlen(site->name);
    if (len == 0 || len > NAME_BYTES || *site->name == '-' || strspn(site->name, letters) != len ||
        strcmp(site->name, "all") == 0)
        settings_problems_add(check->problems, site->line, "bad-site-name",
                              "[site %s]: a site's name is a-z, 0-9 and -, at most %d, not all", site->name,
                              NAME_BYTES);
}

static void check_rings(const struct check *check, const struct site *site)
{
    const struct settings *settings = check->settings;
    for (size_t i = 0; i < site->rings.len; i++) {
        const char *best = NULL, *name = site->rings.item[i];
        if (settings_ring(settings, name))
            continue;
        for (size_t j = 0; j < settings->rings; j++)
            nearest_prefer(name, settings->ring[j].name, &best);
        SITE_PROBLEM(check, site, "rings", "unknown-ring", "rings: there is no ring \"%s\"%s%s", name,
                     best ? "; the nearest is " : "", best ? best : "");
    }
}

/* False for a target that was refused already. */
static bool read_target(const struct site *site, struct site_target *target)
{
    char why[128];
    return *site->target && site_target_parse(site->target, target, why);
}

/* What is written there must be none of what it is made from. */
static void check_folder(const struct check *check, const struct site *site, const struct site_target *target)
{
    AUTO_STRV places = {0};
    if (target->kind == SITE_FOLDER)
        settings_place_find(check->settings, target->path, true, &places);
    for (size_t i = 0; i < places.len; i++)
        SITE_PROBLEM(check, site, "target", "nested-path",
                     "target %s and %s lie in each other: a site is another server's folder, keep them apart",
                     site->target, places.item[i]);
}

static void check_target(const struct check *check, const struct site *site)
{
    AUTO_SITE_TARGET target = {0};
    if (!read_target(site, &target))
        return;
    check_folder(check, site, &target);
    for (const struct site *other = check->settings->site; other < site; other++) {
        AUTO_SITE_TARGET others = {0};
        if (read_target(other, &others) && site_target_overlaps(&target, &others))
            SITE_PROBLEM(
                check, site, "target", "nested-target",
                "target %s is site %s's, or one lies in the other (%s): give each site its own folder",
                site->target, other->name, other->target);
    }
}

/* A file that nobody would read, or a password for nobody; and secrets lie where nothing is published. */
static void check_files(const struct check *check, const struct site *site)
{
    AUTO_SITE_TARGET target = {0};
    AUTO_STRV places = {0};
    if (!read_target(site, &target))
        return;
    if (*site->credentials && target.kind != SITE_RSYNC)
        SITE_PROBLEM(check, site, "credentials", "credentials-idle",
                     "credentials = %s: only an rsync:// target asks for a password", site->credentials);
    else if (*site->credentials && !*target.user)
        SITE_PROBLEM(check, site, "credentials", "credentials-idle",
                     "credentials = %s, but target %s names no user: write rsync://USER@%s/%s",
                     site->credentials, site->target, target.host, target.module);
    if (*site->ssh_config && target.kind != SITE_SSH)
        SITE_PROBLEM(check, site, "ssh_config", "credentials-idle",
                     "ssh_config = %s: only an ssh: target uses it", site->ssh_config);
    settings_place_find(check->settings, site->credentials, false, &places);
    for (size_t i = 0; i < places.len; i++)
        SITE_PROBLEM(check, site, "credentials", "nested-path", "credentials %s lies in %s: keep it apart",
                     site->credentials, places.item[i]);
}

static void check_ad_site(const struct check *check, const struct site *site)
{
    if (!*site->ad_site)
        return;
    if (!*site->unc)
        SITE_PROBLEM(check, site, "ad_site", "ad-site-without-unc",
                     "ad_site = %s, but unc, the share that its machines are sent to, is not set",
                     site->ad_site);
    for (const struct site *other = check->settings->site; other < site; other++)
        for (size_t i = 0; i < site->rings.len && strcasecmp(other->ad_site, site->ad_site) == 0; i++)
            if (site_has_ring(other, site->rings.item[i]))
                SITE_PROBLEM(check, site, "ad_site", "duplicate-ad-site",
                             "ad_site: %s is site %s's for ring %s already", site->ad_site, other->name,
                             site->rings.item[i]);
}

/* ---- shares: clients know rings by them ---- */

/* What a share is called, and whose it is. */
struct share {
    const char *name;
    char *owner;
    const struct site *site; /* NULL: of the ring itself */
};

struct shares {
    struct share *item;
    size_t len;
    struct strv names;
};

static void clear_shares(struct shares *shares)
{
    for (size_t i = 0; i < shares->len; i++)
        free(shares->item[i].owner);
    free(shares->item);
    strv_clear(&shares->names);
}

/* Takes `owner` over; what has no name is no share. */
static void add_share(struct shares *shares, const char *name, const struct site *site, char *owner)
{
    shares->item = mem_grow(shares->item, shares->len, sizeof *shares->item);
    shares->item[shares->len++] = (struct share){.owner = owner, .site = site};
    strv_add(&shares->names, name);
}

static void list_shares(const struct settings *settings, struct shares *shares)
{
    for (size_t i = 0; i < settings->rings; i++) {
        const struct ring *ring = &settings->ring[i];
        add_share(shares, ring->unc, NULL, mem_printf("ring %s", ring->name));
        add_share(shares, ring->dfs, NULL, mem_printf("ring %s", ring->name));
    }
    for (size_t i = 0; i < settings->sites; i++)
        for (size_t j = 0; j < settings->site[i].rings.len; j++) {
            const char *ring = settings->site[i].rings.item[j];
            char *unc AUTO_FREE = site_unc(&settings->site[i], ring);
            add_share(shares, unc, &settings->site[i],
                      mem_printf("ring %s at site %s", ring, settings->site[i].name));
        }
    for (size_t i = 0; i < shares->len; i++)
        shares->item[i].name = shares->names.item[i];
}

/* Several rings of a site at one address are told first, as what to do is another. */
static bool needs_mark(const struct site *site)
{
    return *site->unc && site->rings.len > 1 && !strstr(site->unc, ring_mark);
}

static void check_shares(const struct check *check)
{
    struct shares shares AUTO(clear_shares) = {0};
    list_shares(check->settings, &shares);
    for (size_t i = 0; i < shares.len; i++) {
        const struct share *share = &shares.item[i];
        if (!share->site || !*share->name || needs_mark(share->site))
            continue;
        for (size_t j = 0; j < i; j++)
            if (strcasecmp(share->name, shares.item[j].name) == 0)
                SITE_PROBLEM(check, share->site, "unc", "duplicate-unc",
                             "unc: %s is that of %s already: clients could not tell them apart", share->name,
                             shares.item[j].owner);
    }
}

static void check_mark(const struct check *check, const struct site *site)
{
    if (needs_mark(site))
        SITE_PROBLEM(check, site, "unc", "unc-without-ring",
                     "unc: %s is one share for %zu rings: write %s where the ring's name stands", site->unc,
                     site->rings.len, ring_mark);
}

void site_check(const struct ini_file *file, const struct settings *settings,
                struct settings_problems *problems)
{
    static void (*const checks[])(const struct check *, const struct site *) = {
        check_name, check_rings, check_target, check_files, check_ad_site, check_mark,
    };
    const struct check check = {file, settings, problems};
    for (size_t i = 0; i < settings->sites; i++)
        for (size_t j = 0; j < sizeof checks / sizeof *checks; j++)
            checks[j](&check, &settings->site[i]);
    check_shares(&check);
}

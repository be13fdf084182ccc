#include "ringmgr/app/settings_table.h"
#include "ringmgr/app/settings_deploy.h"
#include "ringmgr/app/settings_follow.h"
#include "ringmgr/app/settings_notify.h"
#include "ringmgr/app/settings_origin.h"
#include "ringmgr/app/settings_rules.h"
#include "ringmgr/app/settings_site.h"
#include "ringmgr/app/settings_value.h"
#include "ringmgr/app/settings_web.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/nearest.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(type, member) offsetof(struct type, member)

/* Told from a default by its address, so it must hold what no default does: equal texts may lie in one place.
 */
static const char required[] = "(required)";

enum shape { ONE, LIST, ONE_OR_EMPTY /* nothing behind = is a value, and not the same as not set */ };

struct key {
    const char *section; /* its first word: "ring" stands for every [ring NAME] */
    const char *name;
    enum shape shape;
    value_read_fn *read; /* NULL: a key whose part does not exist in this version */
    size_t field;
    const char *otherwise; /* what counts where it is not set; NULL: what the field has already */
};

static const struct key keys[] = {
    {"ringmgr", "store", ONE, value_read_path, FIELD(settings, store), required},
    {"ringmgr", "state", ONE, value_read_path, FIELD(settings, state), required},
    {"ringmgr", "timezone", ONE, value_read_timezone, FIELD(settings, timezone), NULL},
    {"ringmgr", "user", ONE, value_read_user, FIELD(settings, user), NULL},
    {"ringmgr", "history_head_file", ONE, value_read_path, FIELD(settings, history_head_file), NULL},
    {"ringmgr", "control", ONE_OR_EMPTY, value_read_socket, FIELD(settings, control),
     "/run/ringmgr/ctl.sock"},
    {"ringmgr", "client_credentials", ONE, value_read_path, FIELD(settings, client_credentials), NULL},
    {"ringmgr", "holidays", LIST, rules_read_dates, FIELD(settings, holidays), NULL},
    {"ringmgr", "quarantine_max", ONE, value_read_bytes, FIELD(settings, quarantine_max_bytes), "20G"},
    {"ringmgr", "sites_parallel", ONE, site_read_parallel, FIELD(settings, sites_parallel), "32"},

    {"origin", "url", ONE, value_read_url, FIELD(settings, origin.url), "http://officecdn.microsoft.com/pr"},
    {"origin", "roots", ONE, value_read_path, FIELD(settings, origin.roots), "/etc/ringmgr/roots.pem"},
    {"origin", "publisher", ONE, value_read_text, FIELD(settings, origin.publisher), "Microsoft Corporation"},
    {"origin", "conflict_wait", ONE, value_read_duration, FIELD(settings, origin.conflict_wait_seconds),
     "3 days"},
    {"origin", "connections", ONE, value_read_connections, FIELD(settings, origin.connections), "8"},
    {"origin", "mirrors", LIST, origin_read_mirrors, FIELD(settings, origin.mirrors), NULL},
    {"origin", "rate_limit", ONE, origin_read_rate, FIELD(settings, origin.rate_limit), "0"},
    {"origin", "window", LIST, origin_read_window, FIELD(settings, origin.window), NULL},
    {"origin", "proxy", ONE, value_read_proxy, FIELD(settings, origin.proxy), NULL},
    {"origin", "proxy_credentials", ONE, value_read_path, FIELD(settings, origin.proxy_credentials), NULL},

    {"content", "architectures", LIST, value_read_architectures, FIELD(content, architectures), "x64"},
    {"content", "languages", LIST, value_read_cultures, FIELD(content, languages), NULL},
    {"content", "proofing", LIST, value_read_cultures, FIELD(content, proofing), NULL},
    {"content", "arm64", ONE, value_read_yes_no, FIELD(content, arm64), "no"},

    {"deploy", "products", LIST, deploy_read_products, FIELD(deploy, products), NULL},
    {"deploy", "exclude_apps", LIST, deploy_read_apps, FIELD(deploy, exclude_apps), NULL},
    {"deploy", "remove_msi", ONE, value_read_yes_no, FIELD(deploy, remove_msi), "no"},
    {"deploy", "keep_msi", LIST, deploy_read_msi_products, FIELD(deploy, keep_msi), NULL},
    {"deploy", "migrate_arch", ONE, value_read_yes_no, FIELD(deploy, migrate_arch), "no"},
    {"deploy", "display", ONE, deploy_read_display, FIELD(deploy, display), NULL},
    {"deploy", "company", ONE, deploy_read_company, FIELD(deploy, company), NULL},
    {"deploy", "properties", LIST, deploy_read_properties, FIELD(deploy, properties), NULL},
    {"deploy", "hide_switch", ONE, value_read_yes_no, FIELD(deploy, hide_switch), "yes"},
    {"deploy", "notifications", ONE, value_read_yes_no, FIELD(deploy, notifications), "yes"},
    {"deploy", "deadline", ONE, deploy_read_days, FIELD(deploy, deadline_days), NULL},

    {"support", "window", ONE, rules_read_support_window, FIELD(settings, support), "12 months"},
    {"support", "warn", LIST, rules_read_support_warn, FIELD(settings, support), "auto"},
    {"support", "minimum_left", ONE, rules_read_support_minimum, FIELD(settings, support), "auto"},
    {"support", "rules", LIST, rules_read_patterns, FIELD(settings, support.rules), NULL},

    {"schedule", "sync", ONE, rules_read_schedule, FIELD(settings, schedule.sync), "every 6 hours"},
    {"schedule", "jitter", ONE, value_read_duration, FIELD(settings, schedule.jitter_seconds), "30 minutes"},
    {"schedule", "quick_audit", ONE, rules_read_schedule, FIELD(settings, schedule.quick_audit),
     "every 1 hour"},
    {"schedule", "full_audit", ONE, rules_read_schedule, FIELD(settings, schedule.full_audit), "Sun 03:00"},
    {"schedule", "audit_rate", ONE, origin_read_rate, FIELD(settings, schedule.audit_rate), "100M"},
    {"schedule", "gc", ONE, rules_read_schedule, FIELD(settings, schedule.gc), "04:30"},
    {"schedule", "support", ONE, rules_read_schedule, FIELD(settings, schedule.support), "08:00"},
    {"schedule", "sites", ONE, rules_read_schedule, FIELD(settings, schedule.sites), "every 15 minutes"},
    {"schedule", "site_audit", ONE, rules_read_schedule, FIELD(settings, schedule.site_audit), "Sun 05:00"},

    {"web", "listen", LIST, web_read_listen, FIELD(settings, web.listen), NULL},
    {"web", "host", LIST, web_read_hosts, FIELD(settings, web.hosts), NULL},
    {"web", "proxy_user", ONE, value_read_user, FIELD(settings, web.proxy_user), NULL},
    {"web", "proxy_header", ONE, web_read_header, FIELD(settings, web.proxy_header), "X-Remote-User"},

    {"manifest", "key", ONE, notify_read_file, FIELD(settings, manifest.key), NULL},
    {"manifest", "valid", ONE, follow_read_valid, FIELD(settings, manifest.valid_seconds), "3 days"},

    {"metrics", "textfile", ONE, value_read_path, FIELD(settings, textfile), NULL},

    {"ring", "channel", ONE, value_read_channel, FIELD(ring, channel), required},
    {"ring", "source", ONE, value_read_text, FIELD(ring, source), required},
    {"ring", "first", ONE, value_read_yes_no, FIELD(ring, first), "no"},
    {"ring", "publish", ONE, value_read_publish, FIELD(ring, publish), "manual"},
    {"ring", "path", ONE, value_read_path, FIELD(ring, path), required},
    {"ring", "unc", ONE, value_read_unc, FIELD(ring, unc), NULL},
    {"ring", "link", ONE, value_read_link, FIELD(ring, link), "hard"},
    {"ring", "approvals", ONE, value_read_count, FIELD(ring, approvals), "0"},
    {"ring", "approvers", LIST, value_read_approvers, FIELD(ring, approvers), NULL},
    {"ring", "four_eyes", ONE, value_read_yes_no, FIELD(ring, four_eyes), "no"},
    {"ring", "version", ONE, rules_read_version, FIELD(ring, version), "latest"},
    {"ring", "soak", ONE, rules_read_soak, FIELD(ring, soak), "0 days"},
    {"ring", "expedite_soak", ONE, rules_read_soak, FIELD(ring, expedite_soak), "24h"},
    {"ring", "expedite_approvals", ONE, value_read_count, FIELD(ring, expedite_approvals), "2"},
    {"ring", "overriders", LIST, value_read_approvers, FIELD(ring, overriders), NULL},
    {"ring", "override_people", ONE, rules_read_people, FIELD(ring, override_people), "2"},
    {"ring", "freeze", LIST, rules_read_dates, FIELD(ring, freeze), NULL},
    {"ring", "days", LIST, rules_read_windows, FIELD(ring, days), NULL},
    {"ring", "settle", ONE, value_read_duration, FIELD(ring, settle_seconds), "1h"},
    {"ring", "throttle_min", ONE, rules_read_per_mille, FIELD(ring, throttle_min), "0"},
    {"ring", "keep", ONE, value_read_count, FIELD(ring, keep), "2"},
    {"ring", "grace", ONE, value_read_duration, FIELD(ring, grace_seconds), "21 days"},
    {"ring", "machines", ONE, rules_read_machines, FIELD(ring, machines), NULL},
    {"ring", "was", ONE, value_read_text, FIELD(ring, was), NULL},
    {"ring", "dfs", ONE, value_read_unc, FIELD(ring, dfs), NULL},
    {"ring", "http", ONE, value_read_http, FIELD(ring, http), NULL},
    {"ring", "announce", ONE, value_read_path, FIELD(ring, announce), NULL},
    {"ring", "sites_ready", ONE, site_read_per_cent, FIELD(ring, sites_ready), "100"},
    {"ring", "origin", ONE, value_read_http, FIELD(ring, origin), NULL},
    {"ring", "manifest_keys", LIST, follow_read_keys, FIELD(ring, manifest_keys), NULL},
    /* A ring has what [content] and [deploy] say, key by key, unless it says otherwise. */
    {"ring", "architectures", LIST, value_read_architectures, FIELD(ring, content.architectures), NULL},
    {"ring", "languages", LIST, value_read_cultures, FIELD(ring, content.languages), NULL},
    {"ring", "proofing", LIST, value_read_cultures, FIELD(ring, content.proofing), NULL},
    {"ring", "arm64", ONE, value_read_yes_no, FIELD(ring, content.arm64), NULL},
    {"ring", "products", LIST, deploy_read_products, FIELD(ring, deploy.products), NULL},
    {"ring", "exclude_apps", LIST, deploy_read_apps, FIELD(ring, deploy.exclude_apps), NULL},
    {"ring", "remove_msi", ONE, value_read_yes_no, FIELD(ring, deploy.remove_msi), NULL},
    {"ring", "keep_msi", LIST, deploy_read_msi_products, FIELD(ring, deploy.keep_msi), NULL},
    {"ring", "migrate_arch", ONE, value_read_yes_no, FIELD(ring, deploy.migrate_arch), NULL},
    {"ring", "display", ONE, deploy_read_display, FIELD(ring, deploy.display), NULL},
    {"ring", "company", ONE, deploy_read_company, FIELD(ring, deploy.company), NULL},
    {"ring", "properties", LIST, deploy_read_properties, FIELD(ring, deploy.properties), NULL},
    {"ring", "hide_switch", ONE, value_read_yes_no, FIELD(ring, deploy.hide_switch), NULL},
    {"ring", "notifications", ONE, value_read_yes_no, FIELD(ring, deploy.notifications), NULL},
    {"ring", "deadline", ONE, deploy_read_days, FIELD(ring, deploy.deadline_days), NULL},

    {"notify", "webhook", ONE, notify_read_webhook, FIELD(notify_target, webhook), NULL},
    {"notify", "webhook_file", ONE, notify_read_file, FIELD(notify_target, webhook_file), NULL},
    {"notify", "mail", LIST, notify_read_addresses, FIELD(notify_target, mail), NULL},
    {"notify", "events", LIST, notify_read_events, FIELD(notify_target, events), "all"},
    {"notify", "rings", LIST, notify_read_rings, FIELD(notify_target, rings), "all"},
    {"notify", "severity", ONE, notify_read_severity, FIELD(notify_target, severity), "info"},
    {"notify", "template", ONE, value_read_path, FIELD(notify_target, template_file), NULL},
    {"notify", "ca", ONE, value_read_path, FIELD(notify_target, ca), NULL},
    {"notify", "proxy", ONE, value_read_proxy, FIELD(notify_target, proxy), NULL},
    {"notify", "server", ONE, notify_read_server, FIELD(notify_target, server), NULL},
    {"notify", "from", ONE, notify_read_address, FIELD(notify_target, from), NULL},
    {"notify", "credentials", ONE, notify_read_file, FIELD(notify_target, credentials), NULL},
    {"notify", "timeout", ONE, notify_read_timeout, FIELD(notify_target, timeout_seconds), "30s"},
    {"notify", "starttls", ONE, notify_read_starttls, FIELD(notify_target, tls), "required"},

    {"site", "rings", LIST, site_read_rings, FIELD(site, rings), required},
    {"site", "target", ONE, site_read_target, FIELD(site, target), required},
    {"site", "unc", ONE, site_read_unc, FIELD(site, unc), NULL},
    {"site", "ad_site", ONE, site_read_ad_site, FIELD(site, ad_site), NULL},
    {"site", "timezone", ONE, value_read_timezone, FIELD(site, timezone), NULL},
    {"site", "window", LIST, origin_read_window, FIELD(site, window), NULL},
    {"site", "rate_limit", ONE, origin_read_rate, FIELD(site, rate_limit), "0"},
    {"site", "required", ONE, value_read_yes_no, FIELD(site, required), "yes"},
    {"site", "credentials", ONE, value_read_path, FIELD(site, credentials), NULL},
    {"site", "ssh_config", ONE, value_read_path, FIELD(site, ssh_config), NULL},

    {.section = "ring", .name = "hold"},
};

static const struct settings_section kinds[] = {
    {"ringmgr", false, false},  {"origin", false, false},  {"content", false, false},
    {"people", false, true},    {"ring", true, false},     {"support", false, false},
    {"schedule", false, false}, {"deploy", false, false},  {"notify", true, false},
    {"web", false, false},      {"metrics", false, false}, {"site", true, false},
    {"manifest", false, false},
};

enum { KEYS = sizeof keys / sizeof *keys, KINDS = sizeof kinds / sizeof *kinds };

const struct settings_section *settings_section_at(size_t index)
{
    return index < KINDS ? &kinds[index] : NULL;
}

/* Those of later versions cannot be set. */
bool settings_key_at(size_t index, struct settings_key *key)
{
    for (size_t i = 0; i < KEYS; i++) {
        if (!keys[i].read || index-- > 0)
            continue;
        bool demanded = keys[i].otherwise == required;
        *key = (struct settings_key){.section = keys[i].section,
                                     .name = keys[i].name,
                                     .list = keys[i].shape == LIST,
                                     .required = demanded,
                                     .otherwise = demanded ? NULL : keys[i].otherwise};
        return true;
    }
    return false;
}

/* The kind that the first word of a section's name says; NULL if there is none. */
static const struct settings_section *kind_of(const char *section)
{
    size_t len = strcspn(section, " ");
    for (size_t i = 0; i < KINDS; i++)
        if (strlen(kinds[i].name) == len && strncmp(kinds[i].name, section, len) == 0)
            return &kinds[i];
    return NULL;
}

/* "pilot" of "ring pilot"; "" if nothing follows the first word. */
static const char *name_of(const char *section)
{
    size_t len = strcspn(section, " ");
    return section[len] ? section + len + 1 : section + len;
}

static bool is_kind(const struct ini_section *section, const char *kind)
{
    size_t len = strlen(kind);
    return strncmp(section->name, kind, len) == 0 && (section->name[len] == 0 || section->name[len] == ' ');
}

static const struct key *find_key(const char *kind, const char *name)
{
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(keys[i].section, kind) == 0 && strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static const char *nearest_key(const char *kind, const char *name)
{
    const char *best = NULL;
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(keys[i].section, kind) == 0)
            nearest_prefer(name, keys[i].name, &best);
    return best;
}

/* The other section that has a key of that name, as "; [origin] has one of that name"; "" if none has. */
static char *hint_home(const char *kind, const char *name)
{
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(keys[i].section, kind) != 0 && strcmp(keys[i].name, name) == 0)
            return mem_printf("; [%s] has one of that name", keys[i].section);
    return mem_strdup("");
}

static void check_key(const struct ini_section *section, const struct settings_section *kind,
                      const struct ini_entry *entry, struct settings_problems *problems)
{
    const struct key *key = find_key(kind->name, entry->key);
    char *home AUTO_FREE = hint_home(kind->name, entry->key);
    if (!key)
        settings_problems_add(problems, entry->line, "unknown-key",
                              "[%s] %s: unknown key; the nearest known one is %s%s", section->name,
                              entry->key, nearest_key(kind->name, entry->key), home);
    else if (!key->read)
        settings_problems_add(
            problems, entry->line, "reserved-key",
            "[%s] %s: known, but not in this version of ringmgr: remove it (it would be ignored)",
            section->name, entry->key);
}

static void refuse_section(const struct ini_section *section, struct settings_problems *problems)
{
    const char *best = NULL;
    for (size_t i = 0; i < KINDS; i++)
        nearest_prefer(section->name, kinds[i].name, &best);
    settings_problems_add(problems, section->line, "unknown-section",
                          "[%s]: unknown section; the nearest known one is [%s]", section->name, best);
}

/* What cannot be read at all: sections and keys of no version, or of a later one. */
static void check_names(const struct ini_section *section, struct settings_problems *problems)
{
    const struct settings_section *kind = kind_of(section->name);
    if (!kind || (!kind->named && strcmp(kind->name, section->name) != 0)) {
        refuse_section(section, problems);
        return;
    }
    if (!kind->people)
        for (size_t i = 0; i < section->entries; i++)
            check_key(section, kind, &section->entry[i], problems);
}

/* Gives every piece of an entry to its parser. A value that is none of a list stands on its key's line. */
static void read_entry(const struct key *key, const char *section, const struct ini_entry *entry, void *base,
                       struct settings_problems *problems)
{
    size_t last = entry->pieces - 1;
    if (key->shape != LIST && entry->piece[last].line != entry->line) {
        settings_problems_add(
            problems, entry->piece[last].line, "not-a-list",
            "[%s] %s takes one value, on its own line; a key begins at the start of its line", section,
            key->name);
        return;
    }
    for (size_t i = 0; i < entry->pieces; i++) {
        struct value_place place = {problems, entry->piece[i].line, section, key->name, i == 0};
        key->read(&place, entry->piece[i].text, (char *)base + key->field);
    }
}

static void read_default(const struct key *key, const char *section_name, const struct ini_section *section,
                         void *base, struct settings_problems *problems)
{
    unsigned line = section ? section->line : 0;
    struct value_place place = {problems, line, section_name, key->name, true};
    if (key->otherwise == required)
        settings_problems_add(problems, line, "missing-key", "[%s] %s is not set, and there is no default",
                              section_name, key->name);
    else if (key->otherwise)
        key->read(&place, key->otherwise, (char *)base + key->field);
}

static void read_empty(const struct key *key, const char *section, const struct ini_entry *entry, void *base,
                       struct settings_problems *problems)
{
    struct value_place place = {problems, entry->line, section, key->name, true};
    key->read(&place, "", (char *)base + key->field);
}

/* Reads all keys of one section into the struct at `base`. `section` is NULL if the file has none. */
static void read_section(const char *kind, const struct ini_section *section, void *base,
                         struct settings_problems *problems)
{
    const char *name = section ? section->name : kind;
    for (size_t i = 0; i < KEYS; i++) {
        const struct key *key = &keys[i];
        if (!key->read || strcmp(key->section, kind) != 0)
            continue;
        const struct ini_entry *entry = settings_ini_entry(section, key->name);
        if (entry && entry->pieces)
            read_entry(key, name, entry, base, problems);
        else if (entry && key->shape == ONE_OR_EMPTY)
            read_empty(key, name, entry, base, problems);
        else
            read_default(key, name, section, base, problems);
    }
}

/* [people]: the keys are names of persons. One without an account is not set. */
static void read_people(const struct ini_section *people, struct settings *settings,
                        struct settings_problems *problems)
{
    for (size_t i = 0; people && i < people->entries; i++) {
        const struct ini_entry *entry = &people->entry[i];
        if (entry->pieces == 0)
            continue;
        struct person person = {.name = mem_strdup(entry->key)};
        const struct key key = {"people", entry->key, LIST, value_read_accounts, FIELD(person, accounts),
                                NULL};
        read_entry(&key, people->name, entry, &person, problems);
        settings->person = mem_grow(settings->person, settings->persons, sizeof *settings->person);
        settings->person[settings->persons++] = person;
    }
}

/* What a ring has unless it says otherwise. */
struct common {
    struct content content;
    struct deploy deploy;
};

static void clear_common(struct common *common)
{
    content_clear(&common->content);
    deploy_clear(&common->deploy);
}

static void read_ring(const struct ini_section *section, const struct common *common,
                      struct settings *settings, struct settings_problems *problems)
{
    struct ring ring = {
        .name = mem_strdup(name_of(section->name)),
        .line = section->line,
        .source = mem_strdup(""),
        .path = mem_strdup(""),
        .unc = mem_strdup(""),
        .dfs = mem_strdup(""),
        .http = mem_strdup(""),
        .was = mem_strdup(""),
        .announce = mem_strdup(""),
        .origin = mem_strdup(""),
    };
    content_copy(&ring.content, &common->content);
    deploy_copy(&ring.deploy, &common->deploy);
    read_section("ring", section, &ring, problems);
    settings->ring = mem_grow(settings->ring, settings->rings, sizeof *settings->ring);
    settings->ring[settings->rings++] = ring;
}

static void read_target(const struct ini_section *section, struct settings *settings,
                        struct settings_problems *problems)
{
    struct notify_target target = {
        .name = mem_strdup(name_of(section->name)),
        .line = section->line,
        .webhook = mem_strdup(""),
        .webhook_file = mem_strdup(""),
        .template_file = mem_strdup(""),
        .ca = mem_strdup(""),
        .proxy = mem_strdup(""),
        .server = mem_strdup(""),
        .from = mem_strdup(""),
        .credentials = mem_strdup(""),
    };
    read_section("notify", section, &target, problems);
    settings->target = mem_grow(settings->target, settings->targets, sizeof *settings->target);
    settings->target[settings->targets++] = target;
}

static void read_site(const struct ini_section *section, struct settings *settings,
                      struct settings_problems *problems)
{
    struct site site = {
        .name = mem_strdup(name_of(section->name)),
        .line = section->line,
        .target = mem_strdup(""),
        .unc = mem_strdup(""),
        .ad_site = mem_strdup(""),
        .timezone = mem_strdup(""),
        .credentials = mem_strdup(""),
        .ssh_config = mem_strdup(""),
    };
    read_section("site", section, &site, problems);
    settings->site = mem_grow(settings->site, settings->sites, sizeof *settings->site);
    settings->site[settings->sites++] = site;
}

static void set_empty(struct settings *settings)
{
    char **const strings[] = {
        &settings->store,
        &settings->state,
        &settings->user,
        &settings->timezone,
        &settings->history_head_file,
        &settings->client_credentials,
        &settings->control,
        &settings->web.proxy_user,
        &settings->web.proxy_header,
        &settings->textfile,
        &settings->manifest.key,
        &settings->origin.url,
        &settings->origin.roots,
        &settings->origin.publisher,
        &settings->origin.proxy,
        &settings->origin.proxy_credentials,
    };
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        *strings[i] = mem_strdup("");
}

void settings_table_apply(const struct ini_file *file, struct settings *settings,
                          struct settings_problems *problems)
{
    AUTO(clear_common)
    struct common common = {.deploy = {.display = mem_strdup(""), .company = mem_strdup("")}};
    set_empty(settings);
    for (size_t i = 0; i < file->sections; i++)
        check_names(&file->section[i], problems);
    read_section("ringmgr", settings_ini_section(file, "ringmgr"), settings, problems);
    read_section("origin", settings_ini_section(file, "origin"), settings, problems);
    read_section("support", settings_ini_section(file, "support"), settings, problems);
    read_section("schedule", settings_ini_section(file, "schedule"), settings, problems);
    read_section("web", settings_ini_section(file, "web"), settings, problems);
    read_section("manifest", settings_ini_section(file, "manifest"), settings, problems);
    read_section("metrics", settings_ini_section(file, "metrics"), settings, problems);
    read_section("content", settings_ini_section(file, "content"), &common.content, problems);
    read_section("deploy", settings_ini_section(file, "deploy"), &common.deploy, problems);
    read_people(settings_ini_section(file, "people"), settings, problems);
    for (size_t i = 0; i < file->sections; i++)
        if (is_kind(&file->section[i], "ring"))
            read_ring(&file->section[i], &common, settings, problems);
        else if (is_kind(&file->section[i], "notify"))
            read_target(&file->section[i], settings, problems);
        else if (is_kind(&file->section[i], "site"))
            read_site(&file->section[i], settings, problems);
    if (settings->sites == 0) /* there is nothing to be done then */
        settings->schedule.sites.kind = settings->schedule.site_audit.kind = SCHEDULE_OFF;
}

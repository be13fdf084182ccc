/* site: the file servers near people. What they are, how they stand, what is brought to them, pauses, and
 * those that are none any more. */
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/app/output_site.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/nearest.h"
#include "ringmgr/ops/site_drop.h"
#include "ringmgr/ops/site_pause.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- which sites ---- */

static const struct site *find_site(const struct app *app, const char *name, struct err *err)
{
    AUTO_STRV names = {0};
    const struct site *site = settings_site(&app->settings, name);
    if (site)
        return site;
    for (size_t i = 0; i < app->settings.sites; i++)
        strv_add(&names, app->settings.site[i].name);
    char *list AUTO_FREE = strv_join(&names, ", ");
    char *hint AUTO_FREE = nearest_hint(name, &names);
    err_set(err, ERR_USAGE, "there is no site %s in %s%s%s%s", name, app->settings.file,
            names.len ? ", only: " : "", list, hint);
    return NULL;
}

/* The words behind the verb; none means all. */
static bool name_sites(const struct app *app, struct strv *names, struct err *err)
{
    const struct strv *words = &app->arguments.word;
    for (size_t i = 1; i < words->len; i++) {
        if (!find_site(app, words->item[i], err))
            return false;
        if (!strv_has(names, words->item[i]))
            strv_add(names, words->item[i]);
    }
    return true;
}

static bool is_named(const struct strv *names, const struct site *site)
{
    return names->len == 0 || strv_has(names, site->name);
}

/* ---- list ---- */

static struct jv *site_to_json(const struct site *site)
{
    struct jv *object = jv_object(), *rings = jv_array();
    jv_set_text(object, "site", site->name);
    for (size_t i = 0; i < site->rings.len; i++) {
        char *unc AUTO_FREE = site_unc(site, site->rings.item[i]);
        struct jv *ring = jv_object();
        jv_set_text(ring, "ring", site->rings.item[i]);
        jv_set_text(ring, "unc", *unc ? unc : NULL);
        jv_push(rings, ring);
    }
    jv_set(object, "rings", rings);
    jv_set_text(object, "target", site->target);
    jv_set_text(object, "ad_site", *site->ad_site ? site->ad_site : NULL);
    jv_set_text(object, "timezone", *site->timezone ? site->timezone : NULL);
    jv_set_int(object, "rate_limit", (int64_t)site->rate_limit);
    jv_set_bool(object, "required", site->required);
    return object;
}

static void print_site(const struct site *site)
{
    char *rings AUTO_FREE = strv_join(&site->rings, ", ");
    printf("%-14s %s  %s%s\n", site->name, site->target, rings, site->required ? "" : "  (not required)");
}

enum err_code cmd_site_list(struct app *app, struct err *err)
{
    AUTO_SITE_VIEWS views = {0};
    struct jv *sites = jv_array(), *left = jv_array();
    jv_set(app->result, "sites", sites);
    jv_set(app->result, "left", left);
    if (app->job.state && !site_views_gather(&app->job, &views, err))
        return err->code;
    for (size_t i = 0; i < app->settings.sites; i++) {
        jv_push(sites, site_to_json(&app->settings.site[i]));
        if (!app->arguments.json)
            print_site(&app->settings.site[i]);
    }
    for (size_t i = 0; i < views.left.len; i++) {
        jv_push_text(left, views.left.item[i]);
        if (!app->arguments.json)
            printf("%-14s has left the configuration; its files stay as they are: ringmgr site forget %s\n",
                   views.left.item[i], views.left.item[i]);
    }
    if (!app->settings.sites && !views.left.len && !app->arguments.json)
        puts("no [site NAME] is configured");
    return ERR_NONE;
}

/* ---- status ---- */

static struct jv *pause_to_json(const struct site_pause *pause)
{
    if (!pause->site)
        return NULL;
    struct jv *object = jv_object();
    jv_set_text(object, "by", pause->by);
    jv_set_text(object, "reason", pause->reason);
    jv_set_time(object, "since", pause->since_unix);
    return object;
}

static void print_head(const struct site_view *view)
{
    char since[64];
    printf("%s%s\n", view->site->name, view->site->required ? "" : " (not required)");
    if (!view->pause.site)
        return;
    output_time(view->pause.since_unix, since);
    printf("    paused by %s since %s: %s; ringmgr site resume %s\n", view->pause.by, since,
           view->pause.reason, view->site->name);
}

/* The views of one site stand side by side. */
static struct jv *status_of_site(const struct app *app, const struct site_view *view, size_t len)
{
    struct jv *object = jv_object(), *rings = jv_array();
    jv_set_text(object, "site", view->site->name);
    jv_set_bool(object, "required", view->site->required);
    jv_set(object, "paused", pause_to_json(&view->pause));
    jv_set(object, "rings", rings);
    if (!app->arguments.json)
        print_head(view);
    for (size_t i = 0; i < len; i++) {
        jv_push(rings, output_site_view_to_json(&view[i]));
        if (!app->arguments.json)
            output_site_view_print(&view[i]);
    }
    return object;
}

static void status_of_rings(const struct app *app, const struct site_views *views)
{
    struct jv *rings = jv_array();
    jv_set(app->result, "rings", rings);
    for (size_t i = 0; i < views->quorums; i++) {
        const char *name = app->settings.ring[i].name;
        struct jv *ring = jv_object();
        char *indent AUTO_FREE = mem_printf("%s: ", name);
        jv_set_text(ring, "ring", name);
        jv_set(ring, "sites", output_quorum_to_json(&views->quorum[i]));
        jv_push(rings, ring);
        if (!app->arguments.json)
            output_quorum_print(&views->quorum[i], indent);
    }
}

enum err_code cmd_site_status(struct app *app, struct err *err)
{
    AUTO_STRV names = {0};
    AUTO_SITE_VIEWS views = {0};
    struct jv *sites = jv_array();
    jv_set(app->result, "sites", sites);
    if (!name_sites(app, &names, err) || !site_views_gather(&app->job, &views, err))
        return err->code;
    for (size_t i = 0, len; i < views.len; i += len) {
        for (len = 1; i + len < views.len && views.item[i + len].site == views.item[i].site;)
            len++;
        if (is_named(&names, views.item[i].site))
            jv_push(sites, status_of_site(app, &views.item[i], len));
    }
    status_of_rings(app, &views);
    if (!views.len && !app->arguments.json)
        puts("no [site NAME] is configured");
    return ERR_NONE;
}

/* ---- check, sync, verify ---- */

/* The sum over all sites, as `verify` has it for shares. */
static void report_totals(const struct app *app, const struct distribute *run)
{
    uint64_t files = 0, bytes = 0;
    size_t wrong = 0, repaired = 0;
    char text[32];
    for (size_t i = 0; i < run->len; i++) {
        files += run->share[i].checked_files;
        bytes += run->share[i].checked_bytes;
        wrong += run->share[i].wrongs;
        for (size_t j = 0; j < run->share[i].wrongs; j++)
            repaired += run->share[i].wrong[j].repaired;
    }
    jv_set_int(app->result, "checked_files", (int64_t)files);
    jv_set_int(app->result, "checked_bytes", (int64_t)bytes);
    output_bytes(bytes, text);
    if (!app->arguments.json)
        printf("%" PRIu64 " files, %s compared: %zu wrong, %zu repaired\n", files, text, wrong, repaired);
}

static void report(const struct app *app, enum distribute_task task, const struct distribute *run)
{
    struct jv *sites = jv_array();
    jv_set(app->result, "sites", sites);
    for (size_t i = 0; i < run->len; i++) {
        jv_push(sites, output_site_share_to_json(&run->share[i]));
        if (!app->arguments.json)
            output_site_share_print(&run->share[i], task == DISTRIBUTE_CHECK);
    }
}

/* Whether one of the sites meant shows the ring; those that were named must, each. */
static bool check_ring(const struct app *app, const struct strv *names, const char *ring, struct err *err)
{
    size_t showing = 0;
    for (size_t i = 0; i < app->settings.sites; i++) {
        const struct site *site = &app->settings.site[i];
        bool shows = site_has_ring(site, ring);
        if (!shows && strv_has(names, site->name))
            return err_set(err, ERR_USAGE, "site %s does not show ring %s: see its `rings`", site->name,
                           ring);
        showing += shows;
    }
    return showing ||
           err_set(err, ERR_USAGE, "no site shows ring %s: `rings` of [site NAME] says which it shows", ring);
}

/* People have read on stdout which ones failed, and why. */
static void sum_up(const struct app *app, const struct distribute *run, struct err *err)
{
    size_t bad = 0;
    for (size_t i = 0; i < run->len; i++)
        bad += run->share[i].code != ERR_NONE;
    if (bad > 0 && !app->arguments.json)
        err_set(err, err->code, "%zu of %zu did not come out well, as told above", bad, run->len);
}

/* The worst of all is the command's; the lines on stdout have each one's own. */
static enum err_code run_task(struct app *app, enum distribute_task task, struct err *err)
{
    AUTO_STRV names = {0};
    AUTO_DISTRIBUTE run = {0};
    const char *ring = arguments_value(&app->arguments, OPT_RING);
    if (!name_sites(app, &names, err) || (ring && !arguments_ring(app, ring, err)))
        return err->code;
    if (!app->settings.sites)
        return err_set(err, ERR_USAGE,
                       "%s: there is no [site NAME], so nothing to be done: ringmgr help config site",
                       app->settings.file),
               err->code;
    const struct distribute_options options = {
        .task = task, .sites = &names, .ring = ring, .now = app->arguments.given[OPT_NOW]};
    if (ring && !check_ring(app, &names, ring, err))
        return err->code;
    bool ok = distribute_run(&app->job, &options, &run, err);
    report(app, task, &run);
    if (!ok)
        sum_up(app, &run, err);
    if (run.len && (task == DISTRIBUTE_VERIFY || task == DISTRIBUTE_REPAIR))
        report_totals(app, &run);
    return ok ? ERR_NONE : err->code;
}

enum err_code cmd_site_check(struct app *app, struct err *err)
{
    return run_task(app, DISTRIBUTE_CHECK, err);
}

enum err_code cmd_site_sync(struct app *app, struct err *err)
{
    return run_task(app, DISTRIBUTE_SYNC, err);
}

enum err_code cmd_site_verify(struct app *app, struct err *err)
{
    return run_task(app, app->arguments.given[OPT_REPAIR] ? DISTRIBUTE_REPAIR : DISTRIBUTE_VERIFY, err);
}

/* ---- pause, resume ---- */

static enum err_code tell(const struct app *app, const struct site *site, bool changed, const char *done,
                          const char *before)
{
    jv_set_text(app->result, "site", site->name);
    jv_set_text(app->result, "result", changed ? "done" : "unchanged");
    if (!app->arguments.json)
        printf("%s: %s\n", site->name, changed ? done : before);
    return ERR_NONE;
}

enum err_code cmd_site_pause(struct app *app, struct err *err)
{
    bool changed;
    const struct site *site = find_site(app, app->arguments.word.item[1], err);
    const char *reason = site ? arguments_reason(&app->arguments, err) : NULL;
    if (!reason || !site_pause_begin(&app->job, site, reason, &changed, err))
        return err->code;
    return tell(app, site, changed, "paused: nothing is sent, nothing flips there", "was paused before");
}

enum err_code cmd_site_resume(struct app *app, struct err *err)
{
    bool changed;
    const struct site *site = find_site(app, app->arguments.word.item[1], err);
    bool reasoned = !app->arguments.given[OPT_REASON] || arguments_reason(&app->arguments, err);
    const char *reason = arguments_value(&app->arguments, OPT_REASON);
    if (!site || !reasoned || !site_pause_end(&app->job, site, reason, &changed, err))
        return err->code;
    return tell(app, site, changed, "goes on", "was not paused");
}

/* ---- forget ---- */

enum err_code cmd_site_forget(struct app *app, struct err *err)
{
    const char *site = app->arguments.word.item[1];
    bool reasoned = !app->arguments.given[OPT_REASON] || arguments_reason(&app->arguments, err);
    if (!reasoned || !site_drop(&app->job, site, arguments_value(&app->arguments, OPT_REASON), err))
        return err->code;
    jv_set_text(app->result, "site", site);
    jv_set_text(app->result, "result", "done");
    if (!app->arguments.json)
        printf("%s: forgotten; the files there stay as they are\n", site);
    return ERR_NONE;
}

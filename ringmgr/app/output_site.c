#include "ringmgr/app/output_site.h"
#include "ringmgr/app/output.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A line has room for so many names. */
enum { NAMES_TOLD = 12 };

/* ---- the ring ---- */

struct jv *output_quorum_to_json(const struct quorum *quorum)
{
    if (quorum->counted == 0)
        return NULL;
    struct jv *object = jv_object(), *behind = jv_array();
    jv_set_int(object, "counted", quorum->counted);
    jv_set_int(object, "need", quorum->need);
    jv_set_int(object, "proven", quorum->proven);
    jv_set_int(object, "live", quorum->live);
    jv_set_time(object, "since", quorum->reached_unix);
    for (size_t i = 0; i < quorum->not_live.len; i++)
        jv_push_text(behind, quorum->not_live.item[i]);
    jv_set(object, "behind", behind);
    return object;
}

static void print_names(const char *what, const struct strv *names)
{
    for (size_t i = 0; i < names->len && i < NAMES_TOLD; i++)
        printf("%s%s", i ? ", " : what, names->item[i]);
    if (names->len > NAMES_TOLD)
        printf(" and %zu more", names->len - NAMES_TOLD);
}

void output_quorum_print(const struct quorum *quorum, const char *indent)
{
    const struct strv *behind = &quorum->not_live;
    if (quorum->counted == 0)
        return;
    printf("%s%u of %u required site%s live", indent, quorum->live, quorum->counted,
           quorum->counted == 1 ? "" : "s");
    if (quorum->live < quorum->need)
        printf(", %u %s needed", quorum->need, quorum->need == 1 ? "is" : "are");
    print_names("; behind: ", behind);
    puts(behind->len ? ": ringmgr site status" : "");
}

struct jv *output_stage_to_json(const struct stage_view *stage)
{
    if (build_is_none(&stage->build))
        return NULL;
    struct jv *object = jv_object(), *missing = jv_array();
    output_set_build(object, "build", &stage->build);
    jv_set_int(object, "counted", stage->quorum.counted);
    jv_set_int(object, "need", stage->quorum.need);
    jv_set_int(object, "proven", stage->quorum.proven);
    for (size_t i = 0; i < stage->quorum.not_proven.len; i++)
        jv_push_text(missing, stage->quorum.not_proven.item[i]);
    jv_set(object, "missing", missing);
    return object;
}

void output_stage_print(const struct ring *ring, const struct stage_view *stage, const char *indent)
{
    char build[BUILD_TEXT_SIZE];
    const struct quorum *quorum = &stage->quorum;
    if (build_is_none(&stage->build))
        return;
    build_format(&stage->build, build);
    printf("%s%s is staged: %u of %u required site%s ha%s proven it, %u %s needed", indent, build,
           quorum->proven, quorum->counted, quorum->counted == 1 ? "" : "s",
           quorum->counted == 1 ? "s" : "ve", quorum->need, quorum->need == 1 ? "is" : "are");
    print_names("; missing: ", &quorum->not_proven);
    if (quorum->proven >= quorum->need)
        printf(": ringmgr promote %s --flip\n", ring->name);
    else
        printf(": ringmgr site status (to take it back: ringmgr promote %s --stage --at never)\n",
               ring->name);
}

bool output_pauses(const struct app *app, const struct ring *ring, const char *indent, struct jv **paused,
                   struct err *err)
{
    *paused = jv_array();
    for (size_t i = 0; i < app->settings.sites; i++) {
        struct site_pause pause AUTO(site_pause_clear) = {0};
        const char *site = app->settings.site[i].name;
        char since[64];
        bool found;
        if (!site_has_ring(&app->settings.site[i], ring->name))
            continue;
        if (!site_pause_find(app->job.state, site, &pause, &found, err))
            return false;
        if (!found)
            continue;
        jv_push_text(*paused, site);
        output_time(pause.since_unix, since);
        if (!app->arguments.json)
            printf("%ssite %s is paused by %s since %s: %s; ringmgr site resume %s\n", indent, site, pause.by,
                   since, pause.reason, site);
    }
    return true;
}

bool output_follows(const struct app *app, const struct ring *ring, const char *indent, struct jv **follows,
                    struct err *err)
{
    struct manifest manifest AUTO(manifest_clear) = {0};
    char until[64];
    bool found;
    *follows = NULL;
    if (!ring_follows(ring))
        return true;
    if (!followed_find(&app->job, ring, &manifest, &found, err))
        return false;
    *follows = jv_object();
    jv_set_text(*follows, "origin", ring->origin);
    jv_set(*follows, "sequence", NULL);
    jv_set_time(*follows, "expires", found ? manifest.expires_unix : -1);
    if (found)
        jv_set_int(*follows, "sequence", manifest.sequence);
    if (app->arguments.json)
        return true;
    output_time(manifest.expires_unix, until);
    if (found)
        printf("%sfollows %s: manifest %" PRId64 ", which holds until %s\n", indent, ring->origin,
               (int64_t)manifest.sequence, until);
    else
        printf("%sfollows %s: no manifest has been accepted yet\n", indent, ring->origin);
    return true;
}

void output_sites_follow(const struct app *app, const struct ring *ring, const char *indent)
{
    size_t sites = settings_ring_sites(&app->settings, ring->name);
    bool served = app->arguments.inherited.peer >= 0 || app->arguments.inherited.web >= 0;
    if (sites == 0 || app->arguments.json)
        return;
    printf("%sits %zu site%s not moved yet: %s\n", indent, sites, sites == 1 ? " has" : "s have",
           served ? "the service serves them now, ringmgr site status shows how far they are"
                  : "ringmgr site sync moves them, else the service's next run");
}

/* ---- how it stands ---- */

/* Of what nobody has, null. */
static void set_progress(struct jv *object, const char *key, const struct build *build,
                         const struct site_progress *progress)
{
    char text[BUILD_TEXT_SIZE];
    if (build_is_none(build)) {
        jv_set(object, key, NULL);
        return;
    }
    struct jv *one = jv_object();
    build_format(build, text);
    jv_set_text(one, "build", text);
    jv_set_time(one, "staged", progress->staged_unix);
    jv_set_time(one, "proven", progress->proven_unix);
    jv_set(object, key, one);
}

struct jv *output_site_view_to_json(const struct site_view *view)
{
    const struct site_share *share = &view->share;
    struct jv *object = jv_object();
    jv_set_text(object, "ring", view->ring->name);
    jv_set_text(object, "state", site_state_name(view->state));
    jv_set_bool(object, "live", view->live);
    output_set_build(object, "offers", &share->build);
    jv_set_time(object, "offered_since", share->offered_since);
    set_progress(object, "wanted", &view->wanted, &view->want);
    set_progress(object, "ordered", &view->ordered, &view->order);
    jv_set_int(object, "bytes_left", (int64_t)share->bytes_left);
    jv_set_int(object, "rate", (int64_t)share->rate);
    jv_set_time(object, "ends", view->ends_unix);
    jv_set_text(object, "waiting", share->waiting);
    jv_set_text(object, "error", share->error);
    jv_set_time(object, "failing_since", share->failing_unix);
    jv_set_time(object, "stale_since", share->stale_unix);
    jv_set_time(object, "looked", share->looked_unix);
    jv_set_time(object, "good", share->good_unix);
    jv_set_time(object, "verified", share->verified_unix);
    return object;
}

/* "3.2 GB to go, there by 2026-12-24 02:30" */
static void print_left(const struct site_view *view)
{
    char bytes[32], ends[ZONE_TIME_SIZE];
    if (view->share.bytes_left == 0)
        return;
    output_bytes(view->share.bytes_left, bytes);
    printf("; %s to go", bytes);
    if (view->ends_unix < 0)
        return;
    site_format_time(view->site, view->ends_unix, ends);
    printf(", there by %s%s%s", ends, *view->site->timezone ? " in " : "", view->site->timezone);
}

static void print_build(const struct site_view *view)
{
    char offers[BUILD_TEXT_SIZE], wanted[BUILD_TEXT_SIZE];
    const struct site_share *share = &view->share;
    build_format(&share->build, offers);
    build_format(&view->wanted, wanted);
    if (share->looked_unix < 0)
        printf("nobody has looked yet");
    else
        printf("%s", build_is_none(&share->build) ? "offers nothing" : offers);
    if (!view->live && !build_is_none(&view->wanted))
        printf(", wants %s", wanted);
    if (!view->live && view->want.proven_unix >= 0)
        printf(" (proven there)");
    else if (!view->live && view->want.staged_unix >= 0)
        printf(" (staged there)");
    else if (view->live && view->want.proven_unix < 0)
        printf(", which has got more files here");
}

static void print_order(const struct site_view *view)
{
    char ordered[BUILD_TEXT_SIZE];
    if (build_is_none(&view->ordered))
        return;
    build_format(&view->ordered, ordered);
    printf("        %s was ordered with promote --stage: %s\n", ordered,
           view->order.proven_unix >= 0   ? "proven there"
           : view->order.staged_unix >= 0 ? "staged there, not proven yet"
                                          : "not there yet");
}

void output_site_view_print(const struct site_view *view)
{
    char since[64];
    const struct site_share *share = &view->share;
    printf("    %-14s %-8s ", view->ring->name, site_state_name(view->state));
    print_build(view);
    print_left(view);
    puts("");
    print_order(view);
    if (share->failing_unix >= 0) {
        output_time(share->failing_unix, since);
        printf("        fails since %s: %s\n", since, share->error ? share->error : "");
    } else if (share->waiting)
        printf("        waits: %s\n", share->waiting);
    if (share->stale_unix >= 0) {
        output_time(share->stale_unix, since);
        printf("        behind headquarters since %s\n", since);
    }
}

/* ---- how a run came out ---- */

struct jv *output_site_share_to_json(const struct distribute_share *share)
{
    struct jv *object = jv_object(), *bad = jv_array();
    jv_set_text(object, "site", share->site->name);
    jv_set_text(object, "ring", share->ring->name);
    jv_set_text(object, "result", distribute_result_name(share->result));
    jv_set_int(object, "code", share->code);
    jv_set_text(object, "text", share->text);
    output_set_build(object, "build", &share->build);
    jv_set_int(object, "bytes_sent", (int64_t)share->sent_bytes);
    jv_set_int(object, "bytes_left", (int64_t)share->left_bytes);
    jv_set_int(object, "checked_files", (int64_t)share->checked_files);
    jv_set_int(object, "checked_bytes", (int64_t)share->checked_bytes);
    for (size_t i = 0; i < share->wrongs; i++) {
        struct jv *one = jv_object();
        jv_set_text(one, "path", share->wrong[i].path);
        jv_set_text(one, "problem", share->wrong[i].problem);
        jv_set_bool(one, "repaired", share->wrong[i].repaired);
        jv_set_bool(one, "foreign", share->wrong[i].foreign);
        jv_push(bad, one);
    }
    jv_set(object, "bad", bad);
    return object;
}

void output_site_share_print(const struct distribute_share *share, bool looked)
{
    char build[BUILD_TEXT_SIZE], bytes[32];
    bool fine = looked && share->result == DISTRIBUTE_UNCHANGED;
    build_format(&share->build, build);
    printf("%s %s: %s", share->site->name, share->ring->name,
           fine ? "answers" : distribute_result_name(share->result));
    if (!build_is_none(&share->build))
        printf(", offers %s", build);
    if (share->sent_bytes) {
        output_bytes(share->sent_bytes, bytes);
        printf(", %s sent", bytes);
    }
    if (share->left_bytes) {
        output_bytes(share->left_bytes, bytes);
        printf(", %s to go", bytes);
    }
    if (share->checked_files) {
        output_bytes(share->checked_bytes, bytes);
        printf(", %" PRIu64 " files (%s) compared", share->checked_files, bytes);
    }
    printf("%s%s\n", share->text ? ": " : "", share->text ? share->text : "");
    for (size_t i = 0; i < share->wrongs; i++) {
        char *path AUTO_FREE = output_shown(share->wrong[i].path);
        printf("    %s %s%s\n", path, share->wrong[i].problem, share->wrong[i].repaired ? ": repaired" : "");
    }
}

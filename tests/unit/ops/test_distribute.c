/*
 * Distribution to folders, with a real rsync: what is where, in which order, and what keeps it from moving. A
 * site here is a folder that somebody has mounted; every run is followed by the question of the promise: each
 * pointer names a build whose files there are all right.
 */
#include "site_world.h"

#include "ringmgr/ops/distribute.h"
#include "ringmgr/ops/distribute_step.h"
#include "ringmgr/ops/extend.h"
#include "ringmgr/ops/quorum.h"
#include "ringmgr/ops/rollback.h"
#include "ringmgr/policy/calendar.h"
#include <time.h>

enum { HOUR = 3600, DAY = 86400 };
static const int64_t START = 1790000000; /* 2026-09-21 14:13:20 UTC, a Monday */

static void set_now(int64_t now)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)now);
    setenv("RINGMGR_TEST_NOW", text, 1);
}

/* ---- sites ---- */

static char *path_of(struct world *world, const char *site)
{
    return mem_printf("%s/%s", world->path, site);
}

/* A folder that shows pilot. */
static struct site *add(struct world *world, const char *name)
{
    struct site *site = site_add(world, name);
    free(site->target);
    site->target = path_of(world, name);
    assert_int_equal(mkdir(site->target, 0755), 0);
    strv_clear(&site->rings);
    strv_add(&site->rings, "pilot");
    return site;
}

static struct digest digest_at(const char *path, bool *there)
{
    AUTO_BUF bytes = {0};
    struct err err = {0};
    *there = fs_read_path(path, 1 << 20, &bytes, &err);
    return digest_of(bytes.data, bytes.len);
}

/* Whether the file below Office/Data holds what a build of this world has there: its own name. */
static bool is_right(struct world *world, const char *site, const char *file, const char *content)
{
    bool there;
    char *path = mem_printf("%s/%s/pilot/Office/Data/%s", world->path, site, file);
    struct digest has = digest_at(path, &there), wants = digest_of(content, strlen(content));
    free(path);
    return there && digest_equal(&has, &wants);
}

static bool is_whole(struct world *world, const char *site, const struct build *build)
{
    struct catalog_files files = {0};
    struct offer offer = {0};
    struct err err = {0};
    bool found = false, whole;
    assert_ok(catalog_offer_find(world->state, "pilot", world->pilot->channel, build, &offer, &found, &err));
    assert_true(found);
    assert_ok(catalog_offer_files(world->state, offer.id, &files, &err));
    whole = files.len > 0;
    for (size_t i = 0; i < files.len; i++)
        whole = whole && is_right(world, site, files.file[i].path, files.file[i].path);
    catalog_files_clear(&files);
    offer_clear(&offer);
    return whole;
}

/* The build that the site's pointer names; none where there is no pointer, or it is nobody's. */
static struct build offered(struct world *world, const char *site)
{
    static const struct build *const builds[] = {&OLD, &NEW};
    for (size_t i = 0; i < 2; i++) {
        char text[BUILD_TEXT_SIZE], content[BUILD_TEXT_SIZE + 16];
        build_format(builds[i], text);
        snprintf(content, sizeof content, "v64_%s.cab", text);
        if (is_right(world, site, "v64.cab", content))
            return *builds[i];
    }
    return (struct build){{0}};
}

static void assert_offers(struct world *world, const char *site, const struct build *build)
{
    struct build is = offered(world, site);
    assert_int_equal(build_compare(&is, build), 0);
    if (!build_is_none(build) && !is_whole(world, site, build))
        fail_msg("%s offers a build that is not whole there", site);
}

static void write_there(struct world *world, const char *site, const char *file, const char *content)
{
    char *path = mem_printf("%s/%s/pilot/Office/Data/%s", world->path, site, file);
    unlink(path);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(content, out);
    fclose(out);
    chmod(path, 0444);
    free(path);
}

/* ---- runs ---- */

static bool run_with(struct world *world, const struct distribute_options *options, struct distribute *run,
                     struct err *err)
{
    *err = (struct err){0};
    return distribute_run(&world->job, options, run, err);
}

static void assert_result(const struct distribute *run, size_t index, enum distribute_result wanted)
{
    const struct distribute_share *share = &run->share[index];
    assert_true(index < run->len);
    if (share->result != wanted)
        fail_msg("%s: %s, not %s: %s", share->site->name, distribute_result_name(share->result),
                 distribute_result_name(wanted), share->text ? share->text : "");
}

/* A plain run, which must end well, with this result at the first site. */
static void bring(struct world *world, enum distribute_result wanted)
{
    AUTO_DISTRIBUTE run = {0};
    struct err err;
    static const struct distribute_options options = {.task = DISTRIBUTE_SYNC};
    assert_ok(run_with(world, &options, &run, &err));
    assert_result(&run, 0, wanted);
}

/* The same, waiting for what the text says. */
static void assert_waits(struct world *world, const char *text)
{
    AUTO_DISTRIBUTE run = {0};
    struct err err;
    static const struct distribute_options options = {.task = DISTRIBUTE_SYNC};
    assert_ok(run_with(world, &options, &run, &err));
    assert_result(&run, 0, DISTRIBUTE_WAITING);
    if (!strstr(run.share[0].text, text))
        fail_msg("%s", run.share[0].text);
}

static void promote_to(struct world *world, const struct build *build)
{
    struct err err = {0};
    if (build == &NEW)
        world_stage(world, &NEW, &world->pilot->content);
    assert_int_equal(world_promote(world, world->pilot, build, NULL, &err), PROMOTE_DONE);
}

static void go_back(struct world *world)
{
    struct err err = {0};
    struct promotion promotion;
    const struct rollback_options options = {.reason = "it crashes", .block = BLOCK_RING};
    struct job job = world->job;
    job.identity = &world->games;
    assert_ok(rollback_run(&job, world->pilot, &options, &promotion, &err));
}

static bool stands(struct world *world, const char *code)
{
    struct err err = {0};
    bool is;
    assert_ok(catalog_attention_stands(world->state, code, "pilot", &is, &err));
    return is;
}

static struct site_build row_at(struct world *world, const char *site, const struct build *build, bool *found)
{
    struct err err = {0};
    struct site_build row = {0};
    assert_ok(site_build_find(world->state, site, "pilot", world->pilot->channel, build, &row, found, &err));
    return row;
}

/* OLD is live in pilot, which oslo shows. */
static void begin_at_oslo(struct world *world)
{
    set_now(START);
    world->pilot->grace_seconds = 21 * DAY;
    promote_to(world, &OLD);
    add(world, "oslo");
}

/* From the `from`-th on, each rsync ends at once with an error; 0: none. */
static void break_from(struct world *world, int from)
{
    char *bin = mem_printf("%s/bin", world->path), *count = mem_printf("%s/count", world->path);
    char *rsync = mem_printf("%s/rsync", bin);
    char *path = mem_printf("%s:/usr/bin:/bin", bin);
    mkdir(bin, 0755);
    unlink(count);
    FILE *out = fopen(rsync, "w");
    assert_non_null(out);
    fprintf(out,
            "#!/bin/sh\nn=$(($(cat %s 2>/dev/null || echo 0) + 1))\necho $n >%s\n[ $n -ge %d ] && exit 12\n"
            "exec /usr/bin/rsync \"$@\"\n",
            count, count, from ? from : 1000000);
    fclose(out);
    chmod(rsync, 0755);
    setenv("PATH", path, 1);
    free(bin);
    free(count);
    free(rsync);
    free(path);
}

/* ---- bringing ---- */

static void the_live_build_comes_whole_and_then_its_pointer(void **state)
{
    struct world *world = *state;
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    assert_offers(world, "oslo", &OLD);
    bring(world, DISTRIBUTE_UNCHANGED);
    assert_int_equal(world_entries(world, "sites-live"), 1);
}

static void the_next_build_comes_and_the_last_one_stays_for_a_roll_back(void **state)
{
    struct world *world = *state;
    bool found;
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    promote_to(world, &NEW);
    set_now(START + HOUR);
    bring(world, DISTRIBUTE_FLIPPED);
    assert_offers(world, "oslo", &NEW);
    assert_true(is_whole(world, "oslo", &OLD));
    struct site_build row = row_at(world, "oslo", &OLD, &found);
    assert_true(found);
    assert_int_equal(row.left_unix, START + HOUR);
    site_build_clear(&row);
    assert_int_equal(world_entries(world, "sites-live"), 2);
}

static void a_dead_site_delays_nobody(void **state)
{
    struct world *world = *state;
    AUTO_DISTRIBUTE run = {0};
    struct err err;
    static const struct distribute_options options = {.task = DISTRIBUTE_SYNC};
    begin_at_oslo(world);
    add(world, "rome");
    free(world->settings.site[0].target);
    world->settings.site[0].target = mem_strdup("rsync://127.0.0.1:1/office");
    assert_fails(run_with(world, &options, &run, &err), ERR_UPSTREAM);
    assert_result(&run, 0, DISTRIBUTE_FAILED);
    assert_result(&run, 1, DISTRIBUTE_FLIPPED);
    assert_offers(world, "rome", &OLD);
    assert_false(stands(world, "site-failing")); /* a line may be down for a while */
    set_now(START + 2 * HOUR);
    distribute_clear(&run);
    assert_fails(run_with(world, &options, &run, &err), ERR_UPSTREAM);
    assert_true(stands(world, "site-failing"));
    free(world->settings.site[0].target);
    world->settings.site[0].target = path_of(world, "oslo");
    bring(world, DISTRIBUTE_FLIPPED);
    assert_false(stands(world, "site-failing"));
}

static void a_folder_that_is_not_mounted_is_not_filled(void **state)
{
    struct world *world = *state;
    AUTO_DISTRIBUTE run = {0};
    struct err err;
    static const struct distribute_options options = {.task = DISTRIBUTE_SYNC};
    begin_at_oslo(world);
    assert_int_equal(rmdir(world->settings.site[0].target), 0);
    assert_fails(run_with(world, &options, &run, &err), ERR_FAILED);
    assert_int_not_equal(access(world->settings.site[0].target, F_OK), 0);
    assert_true(stands(world, "site-failing"));
}

/* The folder is there, and nothing is in it. */
/* Nothing may be written there, and it may not count as a site. */
static void a_link_to_headquarters_own_shares_is_refused(void **state)
{
    struct world *world = *state;
    struct err err;
    static const struct distribute_options options = {.task = DISTRIBUTE_SYNC};
    begin_at_oslo(world);
    char *pilot = mem_strdup(world->pilot->path), *data = mem_printf("%s/Office/Data", pilot);
    char *shares = mem_strdup(pilot);
    *strrchr(shares, '/') = 0;
    const char *const leads_to[] = {shares, pilot, data, world->settings.store};
    for (size_t i = 0; i < sizeof leads_to / sizeof *leads_to; i++) {
        AUTO_DISTRIBUTE run = {0};
        assert_int_equal(remove(world->settings.site[0].target), 0);
        assert_int_equal(symlink(leads_to[i], world->settings.site[0].target), 0);
        assert_fails(run_with(world, &options, &run, &err), ERR_USAGE);
    }
    assert_int_equal(world_entries(world, "sites-live"), 0);
    free(pilot);
    free(data);
    free(shares);
}

static void what_was_mounted_and_is_not_is_filled_only_when_somebody_says_so(void **state)
{
    struct world *world = *state;
    AUTO_DISTRIBUTE run = {0};
    struct err err;
    static const struct distribute_options options = {.task = DISTRIBUTE_SYNC};
    static const struct distribute_options repair = {.task = DISTRIBUTE_REPAIR};
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    const char *oslo = world->settings.site[0].target;
    char *away = path_of(world, "away"), *pilot = mem_printf("%s/pilot", oslo);
    assert_int_equal(rename(oslo, away), 0);
    assert_int_equal(mkdir(oslo, 0755), 0);
    assert_fails(run_with(world, &options, &run, &err), ERR_FAILED);
    assert_int_not_equal(access(pilot, F_OK), 0);
    assert_true(stands(world, "site-failing"));
    assert_int_equal(rmdir(oslo), 0);
    assert_int_equal(rename(away, oslo), 0);
    bring(world, DISTRIBUTE_UNCHANGED);
    assert_false(stands(world, "site-failing"));
    assert_int_equal(rename(oslo, away), 0);
    assert_int_equal(mkdir(oslo, 0755), 0);
    distribute_clear(&run);
    assert_ok(run_with(world, &repair, &run, &err));
    assert_offers(world, "oslo", &OLD);
    free(away);
    free(pilot);
}

static void another_place_is_begun_anew(void **state)
{
    struct world *world = *state;
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    struct site *rome = add(world, "rome");
    free(world->settings.site[0].target);
    world->settings.site[0].target = mem_strdup(rome->target);
    world->settings.sites = 1; /* oslo has moved to where rome would be */
    bring(world, DISTRIBUTE_FLIPPED);
    assert_offers(world, "rome", &OLD);
    world->settings.sites = 2;
}

/* The first file of OLD's folder. */
static char *some_file(struct world *world)
{
    struct catalog_files files = {0};
    struct err err = {0};
    char *path = NULL;
    assert_ok(catalog_files_get(world->state, world->pilot->channel, &OLD, &files, &err));
    for (size_t i = 0; i < files.len && !path; i++)
        if (strchr(files.file[i].path, '/'))
            path = mem_strdup(files.file[i].path);
    catalog_files_clear(&files);
    return path;
}

/* Of the same size and time: only who reads it sees it. */
static void tamper(struct world *world, const char *file)
{
    char *path = mem_printf("%s/oslo/pilot/Office/Data/%s", world->path, file);
    struct stat was;
    assert_int_equal(stat(path, &was), 0);
    char *other = mem_strdup(file);
    other[0] = '#';
    write_there(world, "oslo", file, other);
    const struct timespec times[2] = {was.st_mtim, was.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    free(other);
    free(path);
}

/* ---- what keeps it from moving ---- */

static void bytes_wait_for_the_sites_window(void **state)
{
    struct world *world = *state;
    AUTO_DISTRIBUTE run = {0};
    char why[128];
    struct err err;
    static const struct distribute_options now = {.task = DISTRIBUTE_SYNC, .now = true};
    begin_at_oslo(world);
    assert_true(window_add(&world->settings.site[0].window, "20:00-06:00", why));
    assert_waits(world, "window");
    assert_offers(world, "oslo", &(struct build){{0}});
    assert_ok(run_with(world, &now, &run, &err));
    assert_result(&run, 0, DISTRIBUTE_FLIPPED);
    assert_offers(world, "oslo", &OLD);
    promote_to(world, &NEW);
    assert_waits(world, "window");
    assert_offers(world, "oslo", &OLD);
    set_now(START + 8 * HOUR);
    bring(world, DISTRIBUTE_FLIPPED);
}

/* The same files, proven in another ring there: they are linked, and nothing is sent. */
static void what_another_ring_has_there_waits_for_no_window(void **state)
{
    struct world *world = *state;
    AUTO_DISTRIBUTE run = {0};
    char why[128];
    struct err err;
    static const struct distribute_options options = {.task = DISTRIBUTE_SYNC};
    begin_at_oslo(world);
    strv_add(&world->settings.site[0].rings, "production");
    bring(world, DISTRIBUTE_FLIPPED);
    world_approve(world, &OLD, &world->games);
    assert_int_equal(world_promote(world, world->production, &OLD, &world->news, &err), PROMOTE_DONE);
    assert_true(window_add(&world->settings.site[0].window, "20:00-06:00", why));
    assert_ok(run_with(world, &options, &run, &err));
    assert_result(&run, 1, DISTRIBUTE_FLIPPED);
    char *file = some_file(world);
    char *one = mem_printf("%s/oslo/pilot/Office/Data/%s", world->path, file);
    char *other = mem_printf("%s/oslo/production/Office/Data/%s", world->path, file);
    struct stat a, b;
    assert_int_equal(stat(one, &a), 0);
    assert_int_equal(stat(other, &b), 0);
    assert_int_equal(a.st_ino, b.st_ino);
    free(file);
    free(one);
    free(other);
}

static void pointers_wait_for_the_rings_days_and_bytes_do_not(void **state)
{
    struct world *world = *state;
    char why[128];
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    promote_to(world, &NEW);
    assert_true(window_add(&world->pilot->days, "Tue 08:00-12:00", why));
    assert_waits(world, "its pointers may move");
    assert_offers(world, "oslo", &OLD);
    assert_true(is_whole(world, "oslo", &NEW));
    set_now(START + 20 * HOUR);
    bring(world, DISTRIBUTE_FLIPPED);
    assert_offers(world, "oslo", &NEW);
}

static void a_roll_back_waits_for_nothing(void **state)
{
    struct world *world = *state;
    char why[128];
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    promote_to(world, &NEW);
    bring(world, DISTRIBUTE_FLIPPED);
    set_now(START + HOUR);
    assert_true(window_add(&world->pilot->days, "Tue 08:00-12:00", why));
    assert_true(window_add(&world->settings.site[0].window, "20:00-06:00", why));
    go_back(world);
    bring(world, DISTRIBUTE_FLIPPED);
    assert_offers(world, "oslo", &OLD);
}

/* A language was added meanwhile; clients get off the bad build all the same, and the language comes later.
 */
static void a_roll_back_does_not_wait_for_what_was_added_since(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct strv extended = {0};
    char why[128];
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    promote_to(world, &NEW);
    bring(world, DISTRIBUTE_FLIPPED);
    assert_true(window_add(&world->settings.site[0].window, "20:00-06:00", why));
    strv_add(&world->pilot->content.languages, "fr-fr");
    world_stage(world, &OLD, &world->pilot->content);
    world_stage(world, &NEW, &world->pilot->content);
    assert_ok(extend_offer(&world->job, &extended, &err));
    strv_clear(&extended);
    go_back(world);
    tamper(world, "16.0.20131.20150/i640.cab"); /* it is not what it was: nobody is sent there */
    assert_waits(world, "window");
    struct build is = offered(world, "oslo");
    assert_int_equal(build_compare(&is, &NEW), 0);
    write_there(world, "oslo", "16.0.20131.20150/i640.cab", "16.0.20131.20150/i640.cab");
    bring(world, DISTRIBUTE_FLIPPED);
    is = offered(world, "oslo");
    assert_int_equal(build_compare(&is, &OLD), 0);
    assert_false(is_whole(world, "oslo", &OLD));
    assert_waits(world, "window");
    set_now(START + 8 * HOUR);
    bring(world, DISTRIBUTE_PROVEN);
    assert_offers(world, "oslo", &OLD);
}

static void nobody_is_brought_to_a_blocked_build(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct decision decision;
    struct job job = world->job;
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    promote_to(world, &NEW);
    job.identity = &world->games;
    assert_ok(decide_block(&job, world->pilot, &NEW, "crashes", &decision, &err));
    assert_waits(world, "blocked");
    assert_offers(world, "oslo", &OLD);
    assert_false(is_whole(world, "oslo", &NEW));
}

static void a_paused_site_is_left_alone(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    const struct site_pause pause = {"oslo", "anna", "sudo:5:anna", "new disks", START};
    begin_at_oslo(world);
    assert_ok(state_begin(world->state, &err));
    assert_ok(site_pause_put(world->state, &pause, &err));
    assert_ok(state_commit(world->state, &err));
    assert_waits(world, "anna paused the site: new disks");
    assert_offers(world, "oslo", &(struct build){{0}});
}

static void a_site_that_another_run_holds_is_told(void **state)
{
    struct world *world = *state;
    AUTO_DISTRIBUTE run = {0};
    struct lock *lock;
    struct err err;
    static const struct distribute_options options = {.task = DISTRIBUTE_SYNC};
    begin_at_oslo(world);
    add(world, "rome");
    assert_ok(lock_take(state_dir(world->state), "site-oslo", true, 0, "sites", &lock, &err));
    assert_fails(run_with(world, &options, &run, &err), ERR_LOCKED);
    assert_result(&run, 0, DISTRIBUTE_FAILED);
    assert_int_equal(run.share[0].code, ERR_LOCKED);
    assert_result(&run, 1, DISTRIBUTE_FLIPPED);
    lock_release(lock);
    bring(world, DISTRIBUTE_FLIPPED);
}

/* ---- orders ---- */

static void order(struct world *world, const struct build *build)
{
    struct err err = {0};
    AUTO_FACTS facts = {0};
    assert_ok(facts_gather(&world->job, world->pilot, build, LANE_MANUAL, NULL, &facts, &err));
    const struct site_order put = {.ring = "pilot",
                                   .channel = world->pilot->channel,
                                   .build = *build,
                                   .files_digest = facts.files_digest,
                                   .by = "anna",
                                   .identity = "x",
                                   .ordered_unix = START};
    assert_ok(state_begin(world->state, &err));
    assert_ok(site_order_put(world->state, &put, &err));
    assert_ok(state_commit(world->state, &err));
}

static unsigned proven(struct world *world, const struct build *build)
{
    struct err err = {0};
    AUTO_FACTS facts = {0};
    struct quorum quorum;
    assert_ok(facts_gather(&world->job, world->pilot, build, LANE_MANUAL, NULL, &facts, &err));
    assert_ok(quorum_of_build(&world->job, world->pilot, world->pilot->channel, build, &facts.files_digest,
                              &quorum, &err));
    unsigned sites = quorum.proven;
    quorum_clear(&quorum);
    return sites;
}

static void an_ordered_build_comes_and_no_pointer_moves(void **state)
{
    struct world *world = *state;
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    world_stage(world, &NEW, &world->pilot->content);
    order(world, &NEW);
    assert_int_equal(proven(world, &NEW), 0);
    bring(world, DISTRIBUTE_PROVEN);
    assert_int_equal(proven(world, &NEW), 1);
    assert_offers(world, "oslo", &OLD);
    promote_to(world, &NEW);
    char why[128];
    assert_true(window_add(&world->settings.site[0].window, "20:00-06:00", why));
    bring(world, DISTRIBUTE_FLIPPED); /* no bytes are left to wait for */
    assert_offers(world, "oslo", &NEW);
}

/* ---- what somebody has been at ---- */

static void a_pointer_that_is_not_ours_is_told_and_replaced_by_a_whole_build(void **state)
{
    struct world *world = *state;
    AUTO_DISTRIBUTE run = {0};
    struct err err;
    char why[128];
    static const struct distribute_options options = {.task = DISTRIBUTE_SYNC};
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    write_there(world, "oslo", "v64.cab", "somebody else's");
    assert_true(window_add(&world->pilot->days, "Tue 08:00-12:00", why)); /* it does not wait for it */
    assert_ok(run_with(world, &options, &run, &err));
    assert_result(&run, 0, DISTRIBUTE_FLIPPED);
    assert_int_equal(run.share[0].wrongs, 1);
    assert_string_equal(run.share[0].wrong[0].path, "v64.cab");
    assert_true(run.share[0].wrong[0].repaired);
    assert_offers(world, "oslo", &OLD);
    assert_int_equal(world_entries(world, "site-repair"), 1);
}

static void assert_finds(struct world *world, enum distribute_task task, const char *path)
{
    AUTO_DISTRIBUTE run = {0};
    struct err err;
    const struct distribute_options options = {.task = task};
    assert_fails(run_with(world, &options, &run, &err), ERR_NOT_GENUINE);
    assert_int_equal(run.share[0].wrongs, 1);
    assert_string_equal(run.share[0].wrong[0].path, path);
    assert_false(run.share[0].wrong[0].repaired);
}

/* However often one looks, and whatever the ring's days say when it is put back. */
static void a_pointer_that_is_gone_is_found_and_comes_back(void **state)
{
    struct world *world = *state;
    char why[128];
    char *path = mem_printf("%s/oslo/pilot/Office/Data/v64.cab", world->path);
    begin_at_oslo(world);
    assert_true(window_add(&world->pilot->days, "Tue 08:00-12:00", why));
    AUTO_DISTRIBUTE run = {0};
    struct err err;
    static const struct distribute_options verify = {.task = DISTRIBUTE_VERIFY};
    assert_waits(world, "its pointers may move"); /* the first time none is missing */
    assert_ok(run_with(world, &verify, &run, &err));
    set_now(START + 20 * HOUR);
    bring(world, DISTRIBUTE_FLIPPED);
    set_now(START + 30 * HOUR);
    assert_int_equal(unlink(path), 0);
    assert_finds(world, DISTRIBUTE_VERIFY, "v64.cab");
    assert_finds(world, DISTRIBUTE_VERIFY, "v64.cab");
    assert_finds(world, DISTRIBUTE_CHECK, "v64.cab");
    bring(world, DISTRIBUTE_FLIPPED);
    assert_offers(world, "oslo", &OLD);
    free(path);
}

static void set_mode(struct world *world, const char *file, mode_t mode)
{
    char *path = mem_printf("%s/oslo/pilot/Office/Data/%s", world->path, file);
    assert_int_equal(chmod(path, mode), 0);
    free(path);
}

static mode_t mode_of(struct world *world, const char *file)
{
    char *path = mem_printf("%s/oslo/pilot/Office/Data/%s", world->path, file);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    free(path);
    return st.st_mode & 0777;
}

static void what_clients_may_not_read_is_found_and_opened(void **state)
{
    struct world *world = *state;
    AUTO_DISTRIBUTE run = {0};
    struct err err;
    static const struct distribute_options verify = {.task = DISTRIBUTE_VERIFY};
    static const struct distribute_options repair = {.task = DISTRIBUTE_REPAIR};
    static const char folder[] = "16.0.20131.20150", file[] = "16.0.20131.20150/i640.cab",
                      descriptor[] = "v64_16.0.20131.20150.cab";
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    set_mode(world, "v64.cab", 0600);
    set_mode(world, descriptor, 0600);
    set_mode(world, file, 0600);
    set_mode(world, folder, 0700);
    assert_fails(run_with(world, &verify, &run, &err), ERR_NOT_GENUINE);
    assert_int_equal(run.share[0].wrongs, 4);
    distribute_clear(&run);
    assert_ok(run_with(world, &repair, &run, &err));
    assert_int_equal(mode_of(world, "v64.cab"), 0444);
    assert_int_equal(mode_of(world, descriptor), 0444);
    assert_int_equal(mode_of(world, file), 0444);
    assert_int_equal(mode_of(world, folder), 0755);
    assert_offers(world, "oslo", &OLD);
}

/* Once for each of three files: rsync cannot set its mode, gives it its name all the same, and says so. */
static void close_once(struct world *world)
{
    char *bin = mem_printf("%s/bin", world->path), *rsync = mem_printf("%s/rsync", bin);
    char *path = mem_printf("%s:/usr/bin:/bin", bin);
    mkdir(bin, 0755);
    FILE *out = fopen(rsync, "w");
    assert_non_null(out);
    fprintf(out,
            "#!/bin/sh\n/usr/bin/rsync \"$@\" || exit\ncd %s || exit\n"
            "for n in %s/i640.cab v64_%s.cab v64.cab; do\n    f=oslo/pilot/Office/Data/$n m=closed-${n##*/}\n"
            "    [ ! -e $f ] || [ -e $m ] || { touch $m && chmod 0600 $f && exit 23; }\ndone\n",
            world->path, "16.0.20131.20150", "16.0.20131.20150");
    fclose(out);
    chmod(rsync, 0755);
    setenv("PATH", path, 1);
    free(bin);
    free(rsync);
    free(path);
}

static void what_rsync_could_not_open_is_opened_by_the_next_run(void **state)
{
    struct world *world = *state;
    struct err err;
    static const struct distribute_options options = {.task = DISTRIBUTE_SYNC};
    static const char *const closed[] = {"16.0.20131.20150/i640.cab", "v64_16.0.20131.20150.cab", "v64.cab"};
    char *path_was = mem_strdup(getenv("PATH"));
    begin_at_oslo(world);
    close_once(world);
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
        AUTO_DISTRIBUTE run = {0};
        assert_fails(run_with(world, &options, &run, &err), ERR_FAILED);
        assert_int_equal(mode_of(world, closed[i]), 0600);
    }
    bring(world, DISTRIBUTE_FLIPPED);
    setenv("PATH", path_was, 1);
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
        assert_int_equal(mode_of(world, closed[i]), 0444);
    assert_offers(world, "oslo", &OLD);
    bring(world, DISTRIBUTE_UNCHANGED);
    free(path_was);
}

static void what_is_not_ours_is_told_and_stays(void **state)
{
    struct world *world = *state;
    AUTO_DISTRIBUTE run = {0};
    struct err err;
    static const struct distribute_options repair = {.task = DISTRIBUTE_REPAIR};
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    write_there(world, "oslo", "Setup.exe", "x");
    write_there(world, "oslo", "16.0.20131.20150/Setup.exe", "x");
    assert_ok(run_with(world, &repair, &run, &err));
    assert_int_equal(run.share[0].wrongs, 2);
    assert_true(run.share[0].wrong[0].foreign);
    assert_true(run.share[0].wrong[1].foreign);
    assert_string_equal(run.share[0].wrong[1].path, "16.0.20131.20150/Setup.exe");
    assert_true(is_right(world, "oslo", "16.0.20131.20150/Setup.exe", "x"));
    assert_false(stands(world, "site-wrong"));
}

static void a_check_finds_what_is_not_as_the_books_say(void **state)
{
    struct world *world = *state;
    char why[128];
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    assert_true(window_add(&world->settings.site[0].window, "20:00-06:00", why));
    char *folder = mem_printf("%s/oslo/pilot/Office/Data/16.0.20131.20150", world->path);
    char *away = mem_printf("%s/away", world->path), *file = mem_printf("%s/i640.cab", folder);
    assert_int_equal(rename(folder, away), 0);
    assert_finds(world, DISTRIBUTE_CHECK, "16.0.20131.20150");
    bring(world, DISTRIBUTE_PROVEN); /* it is live: no window keeps its files away */
    assert_offers(world, "oslo", &OLD);
    assert_int_equal(unlink(file), 0);
    assert_finds(world, DISTRIBUTE_CHECK, "16.0.20131.20150");
    free(folder);
    free(away);
    free(file);
}

static void verify_finds_other_bytes_and_repair_puts_them_right(void **state)
{
    struct world *world = *state;
    AUTO_DISTRIBUTE run = {0};
    struct err err;
    static const struct distribute_options verify = {.task = DISTRIBUTE_VERIFY};
    static const struct distribute_options repair = {.task = DISTRIBUTE_REPAIR};
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    assert_ok(run_with(world, &verify, &run, &err));
    assert_true(run.share[0].checked_files > 0);
    distribute_clear(&run);
    char *file = some_file(world);
    tamper(world, file);
    bring(world, DISTRIBUTE_UNCHANGED); /* by size and time it is what it was */
    assert_fails(run_with(world, &verify, &run, &err), ERR_NOT_GENUINE);
    assert_int_equal(run.share[0].wrongs, 1);
    assert_string_equal(run.share[0].wrong[0].path, file);
    assert_false(run.share[0].wrong[0].repaired);
    assert_true(stands(world, "site-wrong"));
    assert_int_equal(proven(world, &OLD), 0);
    distribute_clear(&run);
    assert_ok(run_with(world, &repair, &run, &err));
    assert_true(run.share[0].wrong[0].repaired);
    assert_false(stands(world, "site-wrong"));
    assert_int_equal(proven(world, &OLD), 1);
    assert_offers(world, "oslo", &OLD);
    free(file);
}

static void a_file_that_is_gone_comes_back_outside_the_window_too(void **state)
{
    struct world *world = *state;
    char why[128];
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    assert_true(window_add(&world->settings.site[0].window, "20:00-06:00", why));
    char *file = some_file(world);
    char *path = mem_printf("%s/oslo/pilot/Office/Data/%s", world->path, file);
    assert_int_equal(unlink(path), 0);
    AUTO_DISTRIBUTE run = {0};
    struct err err;
    static const struct distribute_options options = {.task = DISTRIBUTE_SYNC};
    assert_ok(run_with(world, &options, &run, &err));
    assert_int_equal(run.share[0].wrongs, 1);
    assert_true(run.share[0].wrong[0].repaired);
    assert_offers(world, "oslo", &OLD);
    free(path);
    free(file);
}

static void rotten_bytes_at_headquarters_are_sent_to_nobody(void **state)
{
    struct world *world = *state;
    AUTO_DISTRIBUTE run = {0};
    struct err err;
    static const struct distribute_options options = {.task = DISTRIBUTE_SYNC};
    begin_at_oslo(world);
    char *file = some_file(world);
    char text[DIGEST_TEXT_SIZE];
    struct digest digest = digest_of(file, strlen(file));
    digest_format(&digest, text);
    char *path = mem_printf("%s/store/objects/%.2s/%s", world->path, text, text);
    chmod(path, 0644);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fprintf(out, "%.*s", (int)strlen(file),
            "################################################################");
    fclose(out);
    assert_fails(run_with(world, &options, &run, &err), ERR_NOT_GENUINE);
    assert_offers(world, "oslo", &(struct build){{0}});
    free(path);
    free(file);
}

/* ---- the books are hints ---- */

static void a_state_that_knows_nothing_looks_and_proves(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    assert_ok(state_begin(world->state, &err));
    assert_ok(site_forget(world->state, "oslo", &err));
    assert_ok(state_commit(world->state, &err));
    assert_int_equal(proven(world, &OLD), 0);
    AUTO_DISTRIBUTE run = {0};
    static const struct distribute_options options = {.task = DISTRIBUTE_SYNC};
    assert_ok(run_with(world, &options, &run, &err));
    assert_true(run.share[0].sent_bytes < 4096);
    assert_int_equal(proven(world, &OLD), 1);
}

/* ---- growing and leaving ---- */

static void an_extension_brings_its_files_and_moves_no_pointer(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct strv extended = {0};
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    strv_add(&world->pilot->content.languages, "fr-fr");
    world_stage(world, &OLD, &world->pilot->content);
    assert_ok(extend_offer(&world->job, &extended, &err));
    assert_int_equal(extended.len, 1);
    strv_clear(&extended);
    char why[128];
    assert_true(window_add(&world->settings.site[0].window, "20:00-06:00", why));
    assert_waits(world, "window"); /* it is no damage that would be repaired at once */
    set_now(START + 8 * HOUR);
    bring(world, DISTRIBUTE_PROVEN);
    assert_offers(world, "oslo", &OLD); /* with the new files */
}

/* What is kept for a roll-back is what it was when it was live. */
static void files_added_since_are_no_damage(void **state)
{
    struct world *world = *state;
    AUTO_DISTRIBUTE run = {0};
    struct err err = {0};
    struct strv extended = {0};
    static const struct distribute_options repair = {.task = DISTRIBUTE_REPAIR};
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    promote_to(world, &NEW);
    bring(world, DISTRIBUTE_FLIPPED);
    strv_add(&world->pilot->content.languages, "fr-fr");
    world_stage(world, &OLD, &world->pilot->content);
    world_stage(world, &NEW, &world->pilot->content);
    assert_ok(extend_offer(&world->job, &extended, &err));
    strv_clear(&extended);
    assert_ok(run_with(world, &repair, &run, &err));
    assert_int_equal(run.share[0].wrongs, 0);
    assert_int_equal(world_entries(world, "site-repair"), 0);
    tamper(world, "16.0.20131.20150/i640.cab");
    assert_finds(world, DISTRIBUTE_VERIFY, "16.0.20131.20150/i640.cab");
}

static void what_nobody_needs_leaves_after_the_grace(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    bool found;
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    promote_to(world, &NEW);
    bring(world, DISTRIBUTE_FLIPPED);
    set_now(START + 30 * DAY);
    bring(world, DISTRIBUTE_UNCHANGED);
    assert_true(is_whole(world, "oslo", &OLD)); /* HQ's share still shows it */
    assert_ok(state_begin(world->state, &err));
    assert_ok(catalog_offer_removed(world->state, "pilot", world->pilot->channel, &OLD, START, &err));
    assert_ok(state_commit(world->state, &err));
    set_now(START + 20 * DAY);
    bring(world, DISTRIBUTE_UNCHANGED);
    assert_true(is_whole(world, "oslo", &OLD)); /* its grace is not over */
    set_now(START + 30 * DAY);
    bring(world, DISTRIBUTE_UNCHANGED);
    assert_offers(world, "oslo", &NEW);
    assert_false(is_whole(world, "oslo", &OLD));
    char *folder = mem_printf("%s/oslo/pilot/Office/Data/16.0.20131.20150", world->path);
    char *descriptor = mem_printf("%s/oslo/pilot/Office/Data/v64_16.0.20131.20150.cab", world->path);
    assert_int_not_equal(access(folder, F_OK), 0);
    assert_int_not_equal(access(descriptor, F_OK), 0);
    struct site_build row = row_at(world, "oslo", &OLD, &found);
    assert_false(found);
    site_build_clear(&row);
    free(folder);
    free(descriptor);
}

/* Whatever a site says stands there: what we did not bring is not ours to take away, nor to write down. */
static void what_nobody_ever_offered_stays(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct site_builds rows = {0};
    char *folder = mem_printf("%s/oslo/pilot/Office/Data/16.0.11111.10000", world->path);
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    assert_int_equal(mkdir(folder, 0755), 0);
    bring(world, DISTRIBUTE_UNCHANGED);
    set_now(START + 90 * DAY);
    bring(world, DISTRIBUTE_UNCHANGED);
    assert_int_equal(access(folder, F_OK), 0);
    assert_ok(site_builds_get(world->state, "oslo", "pilot", &rows, &err));
    assert_int_equal(rows.len, 1);
    site_builds_clear(&rows);
    free(folder);
}

/* Clients follow it, and so need the build that it names. */
static void a_pointer_that_is_a_link_keeps_what_leaves(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    char *link = mem_printf("%s/oslo/pilot/Office/Data/v32.cab", world->path);
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    promote_to(world, &NEW);
    bring(world, DISTRIBUTE_FLIPPED);
    assert_int_equal(symlink("v32_16.0.20131.20150.cab", link), 0);
    assert_ok(state_begin(world->state, &err));
    assert_ok(catalog_offer_removed(world->state, "pilot", world->pilot->channel, &OLD, START, &err));
    assert_ok(state_commit(world->state, &err));
    set_now(START + DAY);
    bring(world, DISTRIBUTE_UNCHANGED);
    set_now(START + 90 * DAY);
    bring(world, DISTRIBUTE_UNCHANGED);
    assert_true(is_whole(world, "oslo", &OLD));
    unlink(link);
    bring(world, DISTRIBUTE_UNCHANGED);
    assert_false(is_whole(world, "oslo", &OLD));
    free(link);
}

/* The build may be wanted again before its folder is gone; then its descriptors are not there. */
static void descriptors_that_are_going_count_no_more(void **state)
{
    struct world *world = *state;
    AUTO_ERRAND errand = {0};
    struct err err = {0};
    enum site_trouble trouble;
    begin_at_oslo(world);
    AUTO(goals_auto_close)
    struct goals *goals = goals_open(&world->job, &err);
    assert_non_null(goals);
    struct distribute_share result = {0};
    const struct site_where where = {.kind = WHERE_FOLDER, .path = world->settings.site[0].target};
    struct part part = {.job = &world->job,
                        .goals = goals,
                        .site = &world->settings.site[0],
                        .ring = world->pilot,
                        .where = &where,
                        .result = &result,
                        .step = STEP_UNDESCRIBE,
                        .leaving = {.build = OLD}};
    strv_add(&part.listing.descriptors, "v64_16.0.20131.20150.cab");
    strv_add(&part.listing.descriptors, "v64_16.0.20131.20155.cab");
    assert_ok(step_plan(&part, &errand, &err));
    assert_int_equal(part.listing.descriptors.len, 1);
    assert_string_equal(part.listing.descriptors.item[0], "v64_16.0.20131.20155.cab");
    const struct errand_end stopped = {.how = ERRAND_STOPPED}, done = {.how = ERRAND_EXITED};
    assert_ok(step_take(&part, &stopped, &trouble, &err));
    assert_true(build_is_none(&part.undescribed));
    assert_ok(step_take(&part, &done, &trouble, &err));
    assert_int_equal(build_compare(&part.undescribed, &OLD), 0);
    part_clear(&part);
}

/* Its disk may be full of just that. */
static void what_leaves_goes_before_the_next_build_comes(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    char *path_was = mem_strdup(getenv("PATH"));
    AUTO_DISTRIBUTE run = {0};
    static const struct distribute_options options = {.task = DISTRIBUTE_SYNC};
    struct build third = {{16, 0, 20326, 20100}};
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    promote_to(world, &NEW);
    bring(world, DISTRIBUTE_FLIPPED);
    assert_ok(state_begin(world->state, &err));
    assert_ok(catalog_offer_removed(world->state, "pilot", world->pilot->channel, &OLD, START, &err));
    assert_ok(state_commit(world->state, &err));
    world_stage(world, &third, &world->pilot->content);
    set_now(START + 30 * DAY);
    promote_to(world, &third);
    break_from(world, 5); /* list, fetch, then what leaves */
    assert_fails(run_with(world, &options, &run, &err), ERR_UPSTREAM);
    setenv("PATH", path_was, 1);
    assert_offers(world, "oslo", &NEW);
    assert_false(is_whole(world, "oslo", &OLD));
    free(path_was);
}

static void a_laggard_is_told_when_it_arrives(void **state)
{
    struct world *world = *state;
    char why[128];
    begin_at_oslo(world);
    add(world, "rome");
    world->pilot->sites_ready = 50;
    assert_true(window_add(&world->settings.site[1].window, "20:00-06:00", why));
    bring(world, DISTRIBUTE_FLIPPED);
    assert_int_equal(world_entries(world, "sites-live"), 1);
    assert_int_equal(world_entries(world, "site-late"), 0);
    set_now(START + 8 * HOUR);
    bring(world, DISTRIBUTE_UNCHANGED);
    assert_offers(world, "rome", &OLD);
    assert_int_equal(world_entries(world, "site-late"), 1);
    assert_int_equal(world_entries(world, "sites-live"), 1);
}

static void a_site_that_stays_behind_for_a_day_is_told(void **state)
{
    struct world *world = *state;
    char why[128];
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    promote_to(world, &NEW);
    assert_true(window_add(&world->settings.site[0].window, "Sun", why));
    assert_waits(world, "window");
    assert_false(stands(world, "site-stale"));
    set_now(START + 25 * HOUR);
    assert_waits(world, "window");
    assert_true(stands(world, "site-stale"));
    set_now(START + 6 * DAY);
    bring(world, DISTRIBUTE_FLIPPED);
    assert_false(stands(world, "site-stale"));
}

/* ---- every step may be the last ---- */

static int broken_count(struct world *world)
{
    int count = 0;
    char *path = mem_printf("%s/count", world->path);
    FILE *in = fopen(path, "r");
    if (in && fscanf(in, "%d", &count) != 1)
        count = 0;
    if (in)
        fclose(in);
    free(path);
    return count;
}

/* NEW comes after OLD; the run breaks at each step in turn, then one goes to the end. */
static void wherever_it_breaks_the_pointer_names_a_whole_build(void **state)
{
    struct world *world = *state;
    const char *path_was = mem_strdup(getenv("PATH"));
    static const struct distribute_options options = {.task = DISTRIBUTE_SYNC};
    begin_at_oslo(world);
    bring(world, DISTRIBUTE_FLIPPED);
    promote_to(world, &NEW);
    bool ended = false;
    int step = 1;
    for (; !ended && step < 40; step++) {
        AUTO_DISTRIBUTE run = {0};
        struct err err;
        break_from(world, step);
        ended = run_with(world, &options, &run, &err);
        struct build is = offered(world, "oslo");
        assert_offers(world, "oslo", build_compare(&is, &OLD) == 0 ? &OLD : &NEW);
    }
    assert_true(ended);
    assert_true(step > 4);
    assert_true(broken_count(world) > 0);
    assert_offers(world, "oslo", &NEW);
    setenv("PATH", path_was, 1);
    free((char *)(uintptr_t)path_was);
}

/* A site that was switched off keeps what rsync had begun; it goes when the build is there. */
static void what_a_broken_transfer_has_left_goes(void **state)
{
    struct world *world = *state;
    AUTO_DISTRIBUTE run = {0};
    struct err err;
    char *path_was = mem_strdup(getenv("PATH"));
    static const struct distribute_options options = {.task = DISTRIBUTE_SYNC};
    begin_at_oslo(world);
    break_from(world, 4); /* list, knock, folders, then the transfer */
    assert_fails(run_with(world, &options, &run, &err), ERR_UPSTREAM);
    setenv("PATH", path_was, 1);
    char *left = mem_printf("%s/oslo/pilot/Office/Data/16.0.20131.20150/.i640.cab.Ab12Cd", world->path);
    FILE *out = fopen(left, "w");
    assert_non_null(out);
    fclose(out);
    set_now(START + HOUR);
    bring(world, DISTRIBUTE_FLIPPED);
    assert_int_not_equal(access(left, F_OK), 0);
    free(left);
    free(path_was);
}

static void names_that_are_not_configured_are_usage(void **state)
{
    struct world *world = *state;
    AUTO_DISTRIBUTE run = {0};
    AUTO_STRV sites = {0};
    struct err err = {0};
    struct distribute_options options = {.task = DISTRIBUTE_CHECK, .sites = &sites};
    begin_at_oslo(world);
    strv_add(&sites, "paris");
    assert_fails(run_with(world, &options, &run, &err), ERR_USAGE);
    options = (struct distribute_options){.task = DISTRIBUTE_CHECK, .ring = "beta"};
    assert_fails(run_with(world, &options, &run, &err), ERR_USAGE);
}

static void a_check_looks_and_changes_nothing(void **state)
{
    struct world *world = *state;
    AUTO_DISTRIBUTE run = {0};
    struct err err = {0};
    static const struct distribute_options options = {.task = DISTRIBUTE_CHECK};
    begin_at_oslo(world);
    assert_ok(run_with(world, &options, &run, &err));
    assert_result(&run, 0, DISTRIBUTE_UNCHANGED);
    char *pilot = mem_printf("%s/oslo/pilot", world->path);
    assert_int_not_equal(access(pilot, F_OK), 0);
    free(pilot);
}

static int end_clock(void **state)
{
    unsetenv("RINGMGR_TEST_NOW");
    return world_teardown(state);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, world_setup, end_clock)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(the_live_build_comes_whole_and_then_its_pointer),
        CASE(the_next_build_comes_and_the_last_one_stays_for_a_roll_back),
        CASE(a_dead_site_delays_nobody),
        CASE(a_folder_that_is_not_mounted_is_not_filled),
        CASE(a_link_to_headquarters_own_shares_is_refused),
        CASE(what_was_mounted_and_is_not_is_filled_only_when_somebody_says_so),
        CASE(another_place_is_begun_anew),
        CASE(bytes_wait_for_the_sites_window),
        CASE(what_another_ring_has_there_waits_for_no_window),
        CASE(pointers_wait_for_the_rings_days_and_bytes_do_not),
        CASE(a_roll_back_waits_for_nothing),
        CASE(a_roll_back_does_not_wait_for_what_was_added_since),
        CASE(nobody_is_brought_to_a_blocked_build),
        CASE(a_paused_site_is_left_alone),
        CASE(a_site_that_another_run_holds_is_told),
        CASE(an_ordered_build_comes_and_no_pointer_moves),
        CASE(a_pointer_that_is_not_ours_is_told_and_replaced_by_a_whole_build),
        CASE(a_pointer_that_is_gone_is_found_and_comes_back),
        CASE(what_clients_may_not_read_is_found_and_opened),
        CASE(what_rsync_could_not_open_is_opened_by_the_next_run),
        CASE(what_is_not_ours_is_told_and_stays),
        CASE(a_check_finds_what_is_not_as_the_books_say),
        CASE(verify_finds_other_bytes_and_repair_puts_them_right),
        CASE(a_file_that_is_gone_comes_back_outside_the_window_too),
        CASE(rotten_bytes_at_headquarters_are_sent_to_nobody),
        CASE(a_state_that_knows_nothing_looks_and_proves),
        CASE(an_extension_brings_its_files_and_moves_no_pointer),
        CASE(files_added_since_are_no_damage),
        CASE(what_nobody_needs_leaves_after_the_grace),
        CASE(what_nobody_ever_offered_stays),
        CASE(a_pointer_that_is_a_link_keeps_what_leaves),
        CASE(descriptors_that_are_going_count_no_more),
        CASE(what_leaves_goes_before_the_next_build_comes),
        CASE(a_laggard_is_told_when_it_arrives),
        CASE(a_site_that_stays_behind_for_a_day_is_told),
        CASE(wherever_it_breaks_the_pointer_names_a_whole_build),
        CASE(what_a_broken_transfer_has_left_goes),
        CASE(names_that_are_not_configured_are_usage),
        CASE(a_check_looks_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

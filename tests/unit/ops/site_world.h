/* Sites for tests of operations: folders that nobody looks at, and books of what stands there. */
#ifndef RINGMGR_TESTS_UNIT_OPS_SITE_WORLD_H
#define RINGMGR_TESTS_UNIT_OPS_SITE_WORLD_H

#include "world.h"

#include "ringmgr/base/clock.h"
#include "ringmgr/state/sites.h"

/* One more site of production, which counts; the pointers to sites of before are void. */
static inline struct site *site_add(struct world *world, const char *name)
{
    struct settings *settings = &world->settings;
    settings->site = mem_grow(settings->site, settings->sites, sizeof *settings->site);
    struct site *site = &settings->site[settings->sites++];
    *site = (struct site){.name = mem_strdup(name),
                          .target = mem_printf("/nowhere/%s", name),
                          .unc = mem_strdup(""),
                          .ad_site = mem_strdup(""),
                          .timezone = mem_strdup(""),
                          .credentials = mem_strdup(""),
                          .ssh_config = mem_strdup(""),
                          .required = true};
    strv_add(&site->rings, "production");
    return site;
}

static inline struct digest site_digest_of(struct world *world, const struct build *build)
{
    AUTO_FACTS facts = {0};
    struct err err = {0};
    assert_ok(facts_gather(&world->job, world->production, build, LANE_MANUAL, NULL, &facts, &err));
    return facts.files_digest;
}

/* The books: production's build is at the site; `proven` or only staged. */
static inline void site_has(struct world *world, const char *site, const struct build *build, bool proven)
{
    struct err err = {0};
    int64_t now = clock_now_unix();
    const struct site_build row = {.site = site,
                                   .ring = "production",
                                   .channel = world->production->channel,
                                   .build = *build,
                                   .files_digest = site_digest_of(world, build),
                                   .begun_unix = now,
                                   .staged_unix = now,
                                   .proven_unix = proven ? now : -1,
                                   .left_unix = -1};
    assert_ok(site_build_put(world->state, &row, &err));
}

/* A row of the books as after a look with success; the test changes what it is about. */
static inline struct site_share site_looked(struct world *world, const char *site, const struct build *offers)
{
    int64_t now = clock_now_unix();
    struct digest digest = site_digest_of(world, offers);
    return (struct site_share){.site = site,
                               .ring = "production",
                               .channel = world->production->channel,
                               .build = *offers,
                               .files_digest = digest,
                               .offered_since = now,
                               .looked_unix = now,
                               .good_unix = -1,
                               .failing_unix = -1,
                               .stale_unix = -1,
                               .verified_unix = -1};
}

/* OLD is live in both rings, NEW in pilot and approved for production. */
static inline void site_world_ready(struct world *world)
{
    struct err err = {0};
    assert_int_equal(world_promote(world, world->pilot, NULL, NULL, &err), PROMOTE_DONE);
    world_approve(world, &OLD, &world->games);
    assert_int_equal(world_promote(world, world->production, NULL, &world->news, &err), PROMOTE_DONE);
    world_stage(world, &NEW, &world->pilot->content);
    assert_int_equal(world_promote(world, world->pilot, NULL, NULL, &err), PROMOTE_DONE);
    world_approve(world, &NEW, &world->games);
}

#endif

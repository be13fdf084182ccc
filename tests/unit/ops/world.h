/*
 * Two rings, pilot and production, over a store and a state of the test's own. Builds are made up of objects
 * that hold their own path: what is genuine was decided before these operations begin.
 */
#ifndef RINGMGR_TESTS_UNIT_OPS_WORLD_H
#define RINGMGR_TESTS_UNIT_OPS_WORLD_H

#include "ringmgr/base/mem.h"
#include "ringmgr/ops/decide.h"
#include "ringmgr/ops/facts.h"
#include "ringmgr/ops/promote.h"
#include "ringmgr/ops/reconcile.h"
#include "ringmgr/ops/verify.h"
#include "ringmgr/state/marks.h"
#include "ringmgr/store/incoming.h"
#include "shares/publish.h"
#include "test.h"
#include <errno.h>

static const struct build OLD = {{16, 0, 20131, 20150}};
static const struct build NEW = {{16, 0, 20228, 20188}};
static const uid_t SERVICE = 4242;

struct world {
    char path[64];
    struct settings settings;
    struct support_rules rules;
    struct store *store;
    struct state *state;
    struct log log;
    struct identity games, news;
    struct job job;
    struct ring *pilot, *production;
};

static inline struct digest world_object(struct world *world, const char *content)
{
    struct incoming *in;
    struct digest digest;
    struct err err = {0};
    assert_ok(incoming_open(world->store, "object", &in, &err));
    assert_ok(incoming_write(in, content, strlen(content), &err));
    assert_ok(incoming_commit(in, &digest, &err));
    return digest;
}

/* Stages a build complete for `content`. */
static inline void world_stage(struct world *world, const struct build *build, const struct content *content)
{
    const struct channel *channel = world->pilot->channel;
    struct filelist list = {0};
    struct err err = {0};
    assert_ok(filelist_make(channel, build, content, &list, &err));
    assert_ok(state_begin(world->state, &err));
    for (size_t i = 0; i < list.len; i++) {
        struct digest digest = world_object(world, list.file[i].path);
        assert_ok(catalog_file_put(world->state, channel, build, list.file[i].path, &digest,
                                   strlen(list.file[i].path), &err));
    }
    assert_ok(catalog_build_put(world->state, channel, build, -1, &err));
    assert_ok(catalog_build_staged(world->state, channel, build, 1785000000, &err));
    assert_ok(state_commit(world->state, &err));
    filelist_clear(&list);
}

static inline char *world_folder(struct world *world, const char *name)
{
    char *path = mem_printf("%s/%s", world->path, name);
    assert_int_equal(mkdir(path, 0755), 0);
    return path;
}

static inline void world_rings(struct world *world)
{
    struct ring *ring = mem_new(2, sizeof *ring);
    for (int i = 0; i < 2; i++) {
        ring[i] = (struct ring){.name = mem_strdup(i ? "production" : "pilot"),
                                .channel = channel_find("MonthlyEnterprise"),
                                .source = mem_strdup(i ? "pilot" : "origin"),
                                .source_ring = i ? &ring[0] : NULL,
                                .publish = i ? PUBLISH_MANUAL : PUBLISH_AUTO,
                                .path = world_folder(world, i ? "production" : "pilot"),
                                .unc = mem_strdup(""),
                                .origin = mem_strdup(""),
                                .sites_ready = 100,
                                .approvals = (unsigned)i,
                                .four_eyes = i};
        ring[i].content.architectures = ARCH_X64;
        strv_add(&ring[i].content.languages, "en-us");
    }
    strv_add(&ring[1].approvers, "user:games");
    strv_add(&ring[1].approvers, "user:news");
    world->settings.ring = ring;
    world->settings.rings = 2;
    world->pilot = &ring[0];
    world->production = &ring[1];
}

static inline int world_setup(void **state)
{
    struct world *world = mem_new(1, sizeof *world);
    struct err err = {0};
    strcpy(world->path, "/tmp/ringmgr-ops-XXXXXX");
    assert_non_null(mkdtemp(world->path));
    world->settings.store = world_folder(world, "store");
    world->settings.state = world_folder(world, "state");
    world->settings.history_head_file = mem_strdup("");
    world->settings.quarantine_max_bytes = 1 << 20;
    world->settings.manifest.key = mem_strdup("");
    world_rings(world);
    assert_ok(store_open(world->settings.store, false, &world->store, &err));
    assert_ok(state_open(world->settings.state, STATE_WRITE, &world->state, &err));
    world->games = (struct identity){5, "games", "games", "sudo"};
    world->news = (struct identity){9, "news", "news", "sudo"};
    world->job = (struct job){.settings = &world->settings,
                              .store = world->store,
                              .state = world->state,
                              .support = &world->rules,
                              .log = &world->log,
                              .service_uid = SERVICE,
                              .command = "test",
                              .wait_ms = 100};
    world_stage(world, &OLD, &world->pilot->content);
    assert_ok(mark_done(world->state, "sync", "pilot", clock_steady_now().boot, 1785000000, &err));
    *state = world;
    return 0;
}

static inline int world_teardown(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    state_close(world->state);
    store_close(world->store);
    settings_clear(&world->settings);
    int tmp = open("/tmp", O_RDONLY | O_DIRECTORY);
    assert_ok(fs_remove_tree(tmp, world->path + strlen("/tmp/"), &err));
    close(tmp);
    free(world);
    return 0;
}

static inline enum promote_result world_promote(struct world *world, const struct ring *ring,
                                                const struct build *build, const struct identity *who,
                                                struct err *err)
{
    struct promotion promotion;
    const struct promote_options options = {.build = build};
    struct job job = world->job;
    job.identity = who;
    bool ok = promote_run(&job, ring, &options, &promotion, err);
    assert_int_equal(ok, promotion.result != PROMOTE_REFUSED);
    return promotion.result;
}

static inline void world_approve(struct world *world, const struct build *build, const struct identity *who)
{
    struct decision decision;
    struct err err = {0};
    struct job job = world->job;
    job.identity = who;
    assert_ok(decide_approve(&job, world->production, build, "tested", &decision, &err));
}

/* The build that the share's pointer leads to, by its descriptor; none if there is no pointer. */
static inline struct build world_pointer(struct world *world, const struct ring *ring)
{
    static const struct build builds[] = {{{16, 0, 20131, 20150}}, {{16, 0, 20228, 20188}}};
    struct err err = {0};
    AUTO_TREE tree = TREE_CLOSED;
    struct tree_pointer pointer;
    (void)world;
    assert_ok(tree_open(ring->path, false, &tree, &err));
    assert_ok(tree_pointer_read(&tree, ARCH_X64, &pointer, &err));
    for (int i = 0; i < 2; i++) {
        char build[BUILD_TEXT_SIZE], content[BUILD_TEXT_SIZE + 16];
        build_format(&builds[i], build);
        snprintf(content, sizeof content, "v64_%s.cab", build);
        struct digest digest = digest_of(content, strlen(content));
        if (pointer.present && digest_equal(&digest, &pointer.digest))
            return builds[i];
    }
    return (struct build){{0}};
}

static inline void assert_live(struct world *world, const struct ring *ring, const struct build *build)
{
    struct offer live = {0};
    struct err err = {0};
    bool found;
    struct build pointer = world_pointer(world, ring);
    assert_ok(catalog_offer_live(world->state, ring->name, &live, &found, &err));
    assert_int_equal(found, !build_is_none(build));
    assert_true(!found || build_compare(&live.build, build) == 0);
    assert_int_equal(build_compare(&pointer, build), 0);
    offer_clear(&live);
}

static inline size_t world_entries(struct world *world, const char *action)
{
    struct entries entries = {0};
    const struct entry_filter all = {.since_unix = -1};
    struct err err = {0};
    size_t count = 0;
    assert_ok(journal_read(world->state, &all, &entries, &err));
    for (size_t i = 0; i < entries.len; i++)
        count += strcmp(entries.item[i].action, action) == 0;
    entries_clear(&entries);
    return count;
}

#define OPS_CASE(function) cmocka_unit_test_setup_teardown(function, world_setup, world_teardown)

#endif

#include "world.h"

#include "ringmgr/state/plan.h"

static struct approval_key key_of(const char *ring, const char *build, const char *list)
{
    return (struct approval_key){ring, mec(), build_of(build), digest_of_text(list)};
}

/* Promotions for a time. */

static void put_plan(struct world *world, const char *ring, const char *build, const char *reason)
{
    struct err err = {0};
    struct plan plan = {.key = key_of(ring, build, "list"),
                        .at_unix = 5000,
                        .by = "anna",
                        .identity = "loginuid:1000:anna",
                        .reason = reason,
                        .made_unix = 1000};
    begin(world);
    assert_ok(plan_put(world->state, &plan, &err));
    commit(world);
}

static bool drop_plan(struct world *world, const char *ring)
{
    struct err err = {0};
    bool found;
    begin(world);
    assert_ok(plan_drop(world->state, ring, &found, &err));
    commit(world);
    return found;
}

static void test_one_plan_stands_for_a_ring(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct build build = build_of("16.0.2.2");
    struct digest list = digest_of_text("list");
    struct plan plan;
    bool found;
    put_plan(world, "pilot", "16.0.1.1", "first");
    put_plan(world, "pilot", "16.0.2.2", NULL);
    put_plan(world, "production", "16.0.1.1", "after the pilot");
    assert_ok(plan_find(world->state, "pilot", &plan, &found, &err));
    assert_true(found);
    assert_string_equal(plan.key.ring, "pilot");
    assert_ptr_equal(plan.key.channel, mec());
    assert_int_equal(build_compare(&plan.key.build, &build), 0);
    assert_true(digest_equal(&plan.key.files_digest, &list));
    assert_int_equal(plan.at_unix, 5000);
    assert_int_equal(plan.made_unix, 1000);
    assert_string_equal(plan.by, "anna");
    assert_string_equal(plan.identity, "loginuid:1000:anna");
    assert_null(plan.reason);
    plan_clear(&plan);
    assert_true(drop_plan(world, "pilot"));
    assert_false(drop_plan(world, "pilot"));
    assert_ok(plan_find(world->state, "pilot", &plan, &found, &err));
    assert_false(found);
    assert_ok(plan_find(world->state, "production", &plan, &found, &err));
    assert_true(found);
    assert_string_equal(plan.reason, "after the pilot");
    plan_clear(&plan);
}

/* Consents. */

static bool consent(struct world *world, const struct approval_key *key, const char *gate,
                    const char *account, int64_t now, const char *reason)
{
    struct err err = {0};
    bool already;
    begin(world);
    assert_ok(consent_put(world->state, key, gate, account, now, reason, &already, &err));
    commit(world);
    return already;
}

static struct consents standing(struct world *world, const struct approval_key *key, const char *gate,
                                int64_t since)
{
    struct err err = {0};
    struct consents consents;
    assert_ok(consents_standing(world->state, key, gate, since, &consents, &err));
    return consents;
}

static size_t count(struct world *world, const struct approval_key *key, const char *gate, int64_t since)
{
    struct consents consents = standing(world, key, gate, since);
    size_t len = consents.len;
    consents_clear(&consents);
    return len;
}

static void use(struct world *world, const struct approval_key *key, const char *gate)
{
    struct err err = {0};
    begin(world);
    assert_ok(consents_use(world->state, key, gate, 9000, &err));
    commit(world);
}

static void test_a_consent_is_renewed_by_its_account(void **out)
{
    struct world *world = *out;
    struct approval_key key = key_of("pilot", "16.0.1.1", "list");
    assert_false(consent(world, &key, "soak", "anna", 1000, "urgent"));
    assert_false(consent(world, &key, "soak", "bob", 1500, "urgent"));
    assert_true(consent(world, &key, "soak", "anna", 2000, "still urgent"));
    struct consents all = standing(world, &key, "soak", 0);
    assert_int_equal(all.len, 2);
    assert_string_equal(all.item[0].account, "bob"); /* oldest first */
    assert_string_equal(all.item[1].account, "anna");
    assert_int_equal(all.item[1].at_unix, 2000);
    assert_string_equal(all.item[1].reason, "still urgent");
    consents_clear(&all);
    assert_int_equal(count(world, &key, "soak", 2000), 1);
    assert_int_equal(count(world, &key, "soak", 2001), 0);
}

static void test_a_consent_is_for_exactly_its_key_and_gate(void **out)
{
    struct world *world = *out;
    struct approval_key key = key_of("pilot", "16.0.1.1", "list"),
                        others[] = {
                            key_of("production", "16.0.1.1", "list"), key_of("pilot", "16.0.1.2", "list"),
                            key_of("pilot", "16.0.1.1", "longer list"), key_of("pilot", "16.0.1.1", "list")};
    others[3].channel = current();
    assert_false(consent(world, &key, "soak", "anna", 1000, "urgent"));
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(count(world, &others[i], "soak", 0), 0);
        use(world, &others[i], "soak");
    }
    assert_int_equal(count(world, &key, "freeze", 0), 0);
    use(world, &key, "freeze");
    assert_int_equal(count(world, &key, "soak", 0), 1);
}

static void test_a_consent_serves_once(void **out)
{
    struct world *world = *out;
    struct approval_key key = key_of("pilot", "16.0.1.1", "list");
    consent(world, &key, "soak", "anna", 1000, "urgent");
    consent(world, &key, "soak", "bob", 1000, "urgent");
    use(world, &key, "soak");
    assert_int_equal(count(world, &key, "soak", 0), 0);
    assert_false(consent(world, &key, "soak", "anna", 9500, "again"));
    assert_int_equal(count(world, &key, "soak", 0), 1);
    use(world, &key, "soak");
    assert_int_equal(count(world, &key, "soak", 0), 0);
}

/* Migrations. */

static void put_migration(struct world *world, const char *ring, const struct channel *from,
                          const struct channel *to)
{
    struct err err = {0};
    struct migration migration = {ring, from, to, "anna", "the monthly one suits us", 1000};
    begin(world);
    assert_ok(migration_put(world->state, &migration, &err));
    commit(world);
}

static bool is_open(struct world *world, const char *ring, const struct channel *to)
{
    struct err err = {0};
    struct migration migration;
    bool found;
    assert_ok(migration_find(world->state, ring, to, &migration, &found, &err));
    migration_clear(&migration);
    return found;
}

static void test_a_migration_is_open_until_it_is_done(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct migration migration;
    bool found;
    put_migration(world, "pilot", current(), mec());
    assert_ok(migration_find(world->state, "pilot", mec(), &migration, &found, &err));
    assert_true(found);
    assert_string_equal(migration.ring, "pilot");
    assert_ptr_equal(migration.from, current());
    assert_ptr_equal(migration.to, mec());
    assert_string_equal(migration.by, "anna");
    assert_string_equal(migration.reason, "the monthly one suits us");
    assert_int_equal(migration.at_unix, 1000);
    migration_clear(&migration);
    begin(world); /* another channel's, another ring's, and by a clock that went back */
    assert_ok(migration_done(world->state, "pilot", current(), 2000, &err));
    assert_ok(migration_done(world->state, "production", mec(), 2000, &err));
    commit(world);
    assert_true(is_open(world, "pilot", mec()));
    begin(world);
    assert_ok(migration_done(world->state, "pilot", mec(), 500, &err));
    commit(world);
    assert_false(is_open(world, "pilot", mec()));
    put_migration(world, "pilot", current(), mec());
    assert_true(is_open(world, "pilot", mec()));
}

static void test_a_migration_replaces_the_rings_open_one(void **out)
{
    struct world *world = *out;
    put_migration(world, "pilot", current(), mec());
    put_migration(world, "production", current(), mec());
    put_migration(world, "pilot", mec(), current());
    assert_false(is_open(world, "pilot", mec()));
    assert_true(is_open(world, "pilot", current()));
    assert_true(is_open(world, "production", mec()));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_one_plan_stands_for_a_ring),
        world_test(test_a_consent_is_renewed_by_its_account),
        world_test(test_a_consent_is_for_exactly_its_key_and_gate),
        world_test(test_a_consent_serves_once),
        world_test(test_a_migration_is_open_until_it_is_done),
        world_test(test_a_migration_replaces_the_rings_open_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

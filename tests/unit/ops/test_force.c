#include "ringmgr/ops/force.h"
#include "world.h"

/* Consents to the gate soak for OLD into production, of games and news at times of the test's choice. */

static const int64_t NOON = 1790000000;

static void set_clock(int64_t now)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)now);
    setenv("RINGMGR_TEST_NOW", text, 1);
}

static int force_setup(void **state)
{
    if (world_setup(state) != 0)
        return -1;
    struct world *world = *state;
    strv_add(&world->production->overriders, "user:games");
    strv_add(&world->production->overriders, "user:news");
    world->production->override_people = 2;
    set_clock(NOON);
    return 0;
}

static int force_teardown(void **state)
{
    unsetenv("RINGMGR_TEST_NOW");
    return world_teardown(state);
}

#define FORCE_CASE(function) cmocka_unit_test_setup_teardown(function, force_setup, force_teardown)

static struct approval_key key_of(const struct world *world)
{
    return (struct approval_key){"production", world->production->channel, OLD, digest_of("files", 5)};
}

/* Who consents, and how many then have. */
static unsigned consent(struct world *world, const struct identity *who, enum gate gate)
{
    struct job job = world->job;
    struct approval_key key = key_of(world);
    struct force force;
    struct err err = {0};
    job.identity = who;
    assert_ok(force_consent(&job, world->production, &key, gate, "zero-day", &force, &err));
    assert_int_equal(force.need, 2);
    return force.have;
}

static void use(struct world *world, const char *gates)
{
    struct approval_key key = key_of(world);
    struct err err = {0};
    assert_ok(state_begin(world->state, &err));
    assert_ok(force_use(&world->job, &key, gates, "news", &err));
    assert_ok(state_commit(world->state, &err));
}

static size_t attentions(struct world *world)
{
    struct attentions list = {0};
    struct err err = {0};
    assert_ok(catalog_attentions(world->state, &list, &err));
    size_t len = list.len;
    attentions_clear(&list);
    return len;
}

static void different_people_are_counted(void **state)
{
    struct world *world = *state;
    assert_int_equal(consent(world, &world->games, GATE_SOAK), 1);
    assert_int_equal(consent(world, &world->games, GATE_SOAK), 1);
    assert_int_equal(consent(world, &world->news, GATE_SOAK), 2);
    assert_int_equal(world_entries(world, "override"), 3);
}

static void a_consent_is_for_one_gate(void **state)
{
    struct world *world = *state;
    assert_int_equal(consent(world, &world->games, GATE_SOAK), 1);
    assert_int_equal(consent(world, &world->news, GATE_FREEZE), 1);
}

static void a_consent_counts_for_four_hours(void **state)
{
    struct world *world = *state;
    consent(world, &world->games, GATE_SOAK);
    set_clock(NOON + FORCE_HOURS * 3600);
    assert_int_equal(consent(world, &world->news, GATE_SOAK), 2);
    set_clock(NOON + FORCE_HOURS * 3600 + 1);
    assert_int_equal(consent(world, &world->news, GATE_SOAK), 1);
}

static void a_consent_that_was_used_is_gone_and_each_use_is_reviewed(void **state)
{
    struct world *world = *state;
    consent(world, &world->games, GATE_SOAK);
    consent(world, &world->news, GATE_SOAK);
    use(world, "soak");
    assert_int_equal(attentions(world), 1);
    assert_int_equal(consent(world, &world->news, GATE_SOAK), 1);
    set_clock(NOON + 60);
    use(world, "soak");
    assert_int_equal(attentions(world), 2);
}

static void who_left_the_overriders_has_not_agreed(void **state)
{
    struct world *world = *state;
    consent(world, &world->games, GATE_SOAK);
    strv_clear(&world->production->overriders);
    strv_add(&world->production->overriders, "user:news");
    assert_int_equal(consent(world, &world->news, GATE_SOAK), 1);
}

static void some_gates_are_never_forced(void **state)
{
    static const struct {
        enum gate gate;
        enum err_code code;
    } cases[] = {{GATE_CHANNEL, ERR_USAGE},  {GATE_COMPLETE, ERR_USAGE}, {GATE_VERIFIED, ERR_USAGE},
                 {GATE_SOAK, ERR_NONE},      {GATE_APPROVALS, ERR_NONE}, {GATE_HOLD, ERR_NONE},
                 {GATE_BLOCK, ERR_USAGE},    {GATE_RECALL, ERR_USAGE},   {GATE_FREEZE, ERR_NONE},
                 {GATE_DAYS, ERR_NONE},      {GATE_SUPPORT, ERR_NONE},   {GATE_ORDER, ERR_USAGE},
                 {GATE_THROTTLE, ERR_USAGE}, {GATE_SETTLE, ERR_USAGE},   {GATE_CLOCK, ERR_USAGE}};
    struct world *world = *state;
    struct job job = world->job;
    job.identity = &world->games;
    assert_int_equal(sizeof cases / sizeof *cases, GATE_COUNT);
    for (size_t i = 0; i < GATE_COUNT; i++) {
        struct err err = {0};
        assert_int_equal(force_check(&job, world->production, cases[i].gate, &err),
                         cases[i].code == ERR_NONE);
        assert_int_equal(err.code, cases[i].code);
    }
}

static void names_are_a_set(void **state)
{
    (void)state;
    assert_int_equal(force_set(NULL), 0);
    assert_int_equal(force_set("soak,freeze"), 1u << GATE_SOAK | 1u << GATE_FREEZE);
    assert_int_equal(force_set("soak,nonsense"), 1u << GATE_SOAK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FORCE_CASE(different_people_are_counted),
        FORCE_CASE(a_consent_is_for_one_gate),
        FORCE_CASE(a_consent_counts_for_four_hours),
        FORCE_CASE(a_consent_that_was_used_is_gone_and_each_use_is_reviewed),
        FORCE_CASE(who_left_the_overriders_has_not_agreed),
        FORCE_CASE(some_gates_are_never_forced),
        FORCE_CASE(names_are_a_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

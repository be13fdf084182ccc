#include "test.h"

#include "ringmgr/policy/gate.h"

#define CHANNEL(name) channel_find(name)

static const struct build older = {{16, 0, 9126, 20315}};
static const struct build build = {{16, 0, 20326, 20100}};
static const struct build newer = {{16, 0, 20400, 1}};
static const int64_t day_of_august = 1787400000; /* 2026-08-22 */

static const struct strv none = {0};
static struct ring pilot = {.name = (char *)"pilot", .source = (char *)"origin"};
static struct ring ring;

/* Everything in order: each case then spoils one thing. */
static struct gate_facts good_facts(void)
{
    pilot.channel = CHANNEL("MonthlyEnterprise");
    ring = (struct ring){.name = (char *)"production", .source = (char *)"pilot", .source_ring = &pilot};
    ring.channel = CHANNEL("MonthlyEnterprise");
    return (struct gate_facts){.ring = &ring,
                               .channel = ring.channel,
                               .build = build,
                               .live = older,
                               .live_channel = ring.channel,
                               .missing = &none,
                               .unverified = &none,
                               .recalled_unix = -1,
                               .source_offered = true};
}

/* Exactly this gate is shut, with this sentence. */
static void assert_shut(const struct gate_facts *facts, enum gate gate, const char *reason)
{
    struct verdict verdict[GATE_COUNT];
    assert_false(gate_ask_all(facts, verdict));
    for (enum gate i = 0; i < GATE_COUNT; i++) {
        assert_int_equal(verdict[i].gate, i);
        assert_int_equal(verdict[i].opens_unix, -1);
        if (verdict[i].open == (i == gate))
            fail_msg("gate %s: %s", gate_name(i), verdict[i].reason);
    }
    assert_string_equal(verdict[gate].reason, reason);
}

static void assert_open(const struct gate_facts *facts, enum gate gate, const char *reason)
{
    struct verdict verdict[GATE_COUNT];
    bool all = gate_ask_all(facts, verdict);
    for (enum gate i = 0; i < GATE_COUNT; i++)
        if (!verdict[i].open)
            fail_msg("gate %s: %s", gate_name(i), verdict[i].reason);
    assert_true(all);
    assert_string_equal(verdict[gate].reason, reason);
}

static void names_are_those_of_the_contract(void **state)
{
    static const char *const names[GATE_COUNT] = {"channel", "complete", "verified", "approvals",
                                                  "block",   "recall",   "order"};
    (void)state;
    for (enum gate gate = 0; gate < GATE_COUNT; gate++)
        assert_string_equal(gate_name(gate), names[gate]);
}

static void every_open_gate_says_why(void **state)
{
    struct gate_facts facts = good_facts();
    (void)state;
    assert_open(&facts, GATE_CHANNEL, "16.0.20326.20100 is a build of MonthlyEnterprise, as the ring");
    assert_open(&facts, GATE_COMPLETE, "every file that the ring's content wants is there");
    assert_open(&facts, GATE_VERIFIED, "every file was proven genuine and is in the store");
    assert_open(&facts, GATE_APPROVALS, "production needs no approval");
    assert_open(&facts, GATE_BLOCK, "nobody has blocked it");
    assert_open(&facts, GATE_RECALL, "Microsoft has not withdrawn it");
    assert_open(&facts, GATE_ORDER, "16.0.20326.20100 is newer than 16.0.9126.20315, which is live");
}

static void channel_refuses_a_build_of_another(void **state)
{
    struct gate_facts facts = good_facts();
    (void)state;
    facts.channel = CHANNEL("Current");
    facts.live_channel = NULL;
    assert_shut(&facts, GATE_CHANNEL,
                "16.0.20326.20100 is a build of Current, production takes MonthlyEnterprise only");
}

static void channel_refuses_a_descriptor_of_none(void **state)
{
    struct gate_facts facts = good_facts();
    (void)state;
    facts.channel = NULL;
    assert_shut(&facts, GATE_CHANNEL,
                "the store has no descriptor of 16.0.20326.20100 for the ring's channel");
}

static void channel_refuses_to_leave_that_of_the_live_build(void **state)
{
    struct gate_facts facts = good_facts();
    (void)state;
    facts.live_channel = CHANNEL("SemiAnnual");
    assert_shut(&facts, GATE_CHANNEL,
                "production offers a build of SemiAnnual now: a promotion never changes the channel");
}

static void complete_names_the_first_missing_files(void **state)
{
    struct gate_facts facts = good_facts();
    AUTO_STRV missing = {0};
    (void)state;
    facts.missing = &missing;
    strv_add(&missing, "a.cab");
    assert_shut(&facts, GATE_COMPLETE,
                "1 file is missing: a.cab; `ringmgr sync pilot` fetches what upstream has");
    strv_split(&missing, "b.cab c.cab d.cab e.cab");
    assert_shut(&facts, GATE_COMPLETE,
                "5 files are missing: a.cab, b.cab, c.cab and 2 more; `ringmgr sync pilot` fetches what "
                "upstream has");
}

static void complete_is_shut_while_nobody_looked(void **state)
{
    struct gate_facts facts = good_facts();
    (void)state;
    facts.missing = NULL;
    assert_shut(&facts, GATE_COMPLETE, "nobody has looked yet whether every file is there");
}

static void verified_names_the_first_damaged_files(void **state)
{
    struct gate_facts facts = good_facts();
    AUTO_STRV damaged = {0};
    (void)state;
    facts.unverified = &damaged;
    strv_split(&damaged, "a.dat b.dat c.dat");
    assert_shut(&facts, GATE_VERIFIED,
                "3 files are gone from the store or changed there: a.dat, b.dat, c.dat; `ringmgr verify "
                "--repair`");
}

static void verified_is_shut_while_nobody_looked(void **state)
{
    struct gate_facts facts = good_facts();
    (void)state;
    facts.unverified = NULL;
    assert_shut(&facts, GATE_VERIFIED, "nobody has looked yet whether every file is as it was verified");
}

static const struct approver accounts[] = {
    {"anna", "anna", true, NULL},
    {"adm-anna", "anna", true, NULL},
    {"bob", "bob", true, NULL},
    {"carl", "carl", false, "the account does not resolve"},
};

enum { GIVEN_MAX = 4 };

/* Adds the approvals of these accounts. */
static void give_approvals(struct gate_facts *facts, const char *names, struct approver given[GIVEN_MAX])
{
    AUTO_STRV list = {0};
    strv_split(&list, names);
    for (size_t i = 0; i < list.len; i++)
        for (size_t j = 0; j < sizeof accounts / sizeof *accounts; j++)
            if (strcmp(accounts[j].account, list.item[i]) == 0)
                given[facts->approvers++] = accounts[j];
    assert_int_equal(facts->approvers, list.len);
    facts->approver = given;
}

#define DO_APPROVE "`ringmgr approve production 16.0.20326.20100 --reason TEXT`"

static void approvals_count_people(void **state)
{
    static const struct {
        unsigned need;
        bool four_eyes;
        const char *promoter;
        const char *given;
        unsigned count;
        const char *reason;
        bool open;
    } cases[] = {
        {1, false, NULL, "", 0, "production needs 1 approval, has none: " DO_APPROVE, false},
        {1, false, NULL, "anna", 1, "production needs 1 approval, has 1 (anna)", true},
        {1, false, NULL, "carl", 0,
         "production needs 1 approval, has none: " DO_APPROVE
         "; that of carl does not count: the account does not resolve",
         false},
        {1, false, "anna", "anna", 1, "production needs 1 approval, has 1 (anna)", true},
        {1, true, "bob", "anna", 1, "production needs 1 approval, has 1 (anna)", true},
        {1, true, NULL, "anna", 1, "production needs 1 approval, has 1 (anna)", true},
        {1, true, "anna", "adm-anna", 0,
         "production needs 1 approval, has none: " DO_APPROVE
         "; that of adm-anna does not count: who promotes has not approved (four_eyes)",
         false},
        {1, true, "anna", "adm-anna bob", 1, "production needs 1 approval, has 1 (bob)", true},
        {2, false, NULL, "anna bob", 2, "production needs 2 approvals, has 2 (anna, bob)", true},
        {2, false, NULL, "anna adm-anna", 1, "production needs 2 approvals, has 1 (anna): " DO_APPROVE,
         false},
        {2, false, NULL, "bob anna adm-anna", 2, "production needs 2 approvals, has 2 (bob, anna)", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct gate_facts facts = good_facts();
        struct approver given[GIVEN_MAX];
        ring.approvals = cases[i].need;
        ring.four_eyes = cases[i].four_eyes;
        facts.promoter = cases[i].promoter;
        give_approvals(&facts, cases[i].given, given);
        assert_int_equal(gate_count_approvals(&facts), cases[i].count);
        if (cases[i].open)
            assert_open(&facts, GATE_APPROVALS, cases[i].reason);
        else
            assert_shut(&facts, GATE_APPROVALS, cases[i].reason);
    }
}

static void approvals_are_shut_while_the_directory_is_silent(void **state)
{
    struct gate_facts facts = good_facts();
    struct approver given[GIVEN_MAX];
    (void)state;
    ring.approvals = 1;
    give_approvals(&facts, "anna", given);
    facts.approvals_unknown = "group office-approvers: the directory does not answer";
    assert_shut(&facts, GATE_APPROVALS,
                "production needs 1 approval, and it is not known who may approve: group office-approvers: "
                "the directory does not answer");
    ring.approvals = 0;
    assert_open(&facts, GATE_APPROVALS, "production needs no approval");
}

static void block_says_who_when_and_why(void **state)
{
    struct gate_facts facts = good_facts();
    (void)state;
    facts.blocked_reason = "breaks add-in";
    facts.blocked_by = "anna";
    facts.blocked_unix = day_of_august;
    assert_shut(&facts, GATE_BLOCK, "16.0.20326.20100 was blocked by anna on 2026-08-22: breaks add-in");
}

static void a_long_reason_is_cut_between_characters(void **state)
{
    char text[1000];
    (void)state;
    for (size_t shift = 0; shift < 2; shift++) {
        struct gate_facts facts = good_facts();
        struct verdict verdict[GATE_COUNT];
        memset(text, 'x', shift);
        for (size_t i = shift; i + 2 < sizeof text; i += 2)
            strcpy(text + i, "ö");
        facts.blocked_reason = text;
        facts.blocked_by = "anna";
        assert_false(gate_ask_all(&facts, verdict));
        const char *reason = verdict[GATE_BLOCK].reason;
        size_t len = strlen(reason);
        assert_true(len >= sizeof verdict->reason - 3 && len < sizeof verdict->reason);
        assert_string_equal(reason + len - strlen("ö…"), "ö…");
    }
}

static void recall_says_since_when(void **state)
{
    struct gate_facts facts = good_facts();
    (void)state;
    facts.recalled_unix = day_of_august;
    assert_shut(&facts, GATE_RECALL, "Microsoft withdrew this build (first seen 2026-08-22)");
}

static void order_never_goes_backwards(void **state)
{
    struct gate_facts facts = good_facts();
    (void)state;
    facts.live = newer;
    assert_shut(&facts, GATE_ORDER,
                "16.0.20326.20100 is older than 16.0.20400.1, which is live in production: a promotion never "
                "goes backwards");
    facts.live = build;
    assert_shut(&facts, GATE_ORDER, "16.0.20326.20100 is live in production already");
}

static void order_compares_numbers_not_text(void **state)
{
    struct gate_facts facts = good_facts();
    (void)state;
    facts.build = (struct build){{16, 0, 10730, 1}};
    facts.live = (struct build){{16, 0, 9126, 1}};
    assert_open(&facts, GATE_ORDER, "16.0.10730.1 is newer than 16.0.9126.1, which is live");
}

static void order_lets_a_build_into_an_empty_ring(void **state)
{
    struct gate_facts facts = good_facts();
    (void)state;
    facts.live = (struct build){{0}};
    facts.live_channel = NULL;
    assert_open(&facts, GATE_ORDER, "production is empty");
}

static void order_asks_the_source(void **state)
{
    struct gate_facts facts = good_facts();
    (void)state;
    facts.source_offered = false;
    assert_shut(&facts, GATE_ORDER,
                "production takes from pilot, which does not offer 16.0.20326.20100: promote it there first");
    facts.live = (struct build){{0}};
    assert_shut(&facts, GATE_ORDER,
                "production takes from pilot, which does not offer 16.0.20326.20100: promote it there first");
    facts.source_offered = true;
    facts.source_bad = true;
    assert_shut(&facts, GATE_ORDER, "pilot went back from 16.0.20326.20100 because it was bad");
}

static void order_waits_while_upstream_disagrees(void **state)
{
    struct gate_facts facts = good_facts();
    (void)state;
    facts.waiting = true;
    assert_shut(
        &facts, GATE_ORDER,
        "Microsoft's pointer and release history disagree about 16.0.20326.20100: it waits until they "
        "agree or conflict_wait is over");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_those_of_the_contract),
        cmocka_unit_test(every_open_gate_says_why),
        cmocka_unit_test(channel_refuses_a_build_of_another),
        cmocka_unit_test(channel_refuses_a_descriptor_of_none),
        cmocka_unit_test(channel_refuses_to_leave_that_of_the_live_build),
        cmocka_unit_test(complete_names_the_first_missing_files),
        cmocka_unit_test(complete_is_shut_while_nobody_looked),
        cmocka_unit_test(verified_names_the_first_damaged_files),
        cmocka_unit_test(verified_is_shut_while_nobody_looked),
        cmocka_unit_test(approvals_count_people),
        cmocka_unit_test(approvals_are_shut_while_the_directory_is_silent),
        cmocka_unit_test(block_says_who_when_and_why),
        cmocka_unit_test(a_long_reason_is_cut_between_characters),
        cmocka_unit_test(recall_says_since_when),
        cmocka_unit_test(order_never_goes_backwards),
        cmocka_unit_test(order_compares_numbers_not_text),
        cmocka_unit_test(order_lets_a_build_into_an_empty_ring),
        cmocka_unit_test(order_asks_the_source),
        cmocka_unit_test(order_waits_while_upstream_disagrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

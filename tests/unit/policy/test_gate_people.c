/* The gate `approvals`: different people, for 60 days, who still may. */
#include "policy/gates.h"

#define DO_APPROVE "`ringmgr approve production 16.0.20326.20100 --reason TEXT`"

static const struct approver accounts[] = {
    {"anna", "anna", true, NULL, 0},  {"adm-anna", "anna", true, NULL, 0},
    {"bob", "bob", true, NULL, 0},    {"carl", "carl", false, "the account does not resolve", 0},
    {"dora", "dora", false, NULL, 0}, {"root", "root", false, "root cannot decide", 0},
};

/* Gives the approvals of these accounts, all at one time. */
static void give(struct scene *scene, const char *names, int64_t at_unix)
{
    AUTO_STRV list = {0};
    strv_split(&list, names);
    scene->facts.approvers = 0;
    for (size_t i = 0; i < list.len; i++)
        for (size_t j = 0; j < COUNT_OF(accounts); j++)
            if (strcmp(accounts[j].account, list.item[i]) == 0) {
                scene->given[scene->facts.approvers] = accounts[j];
                scene->given[scene->facts.approvers++].at_unix = at_unix;
            }
    assert_int_equal(scene->facts.approvers, list.len);
}

#define SOMEBODY_ELSE ", who has approved it and so cannot promote it (four_eyes): somebody else does"

static const struct people_row {
    unsigned need;
    bool four_eyes;
    const char *promoter, *given;
    unsigned count;
    bool open;
    const char *reason;
} people[] = {
    {0, false, NULL, "", 0, true, "production needs no approval"},
    {1, false, NULL, "", 0, false, "production needs 1 approval, has none: " DO_APPROVE},
    {1, false, NULL, "anna", 1, true, "production needs 1 approval, has 1 (anna)"},
    {1, false, NULL, "adm-anna", 1, true, "production needs 1 approval, has 1 (anna)"},
    {1, false, NULL, "carl", 0, false,
     "production needs 1 approval, has none: " DO_APPROVE
     "; that of carl does not count: the account does not resolve"},
    {1, false, NULL, "dora", 0, false,
     "production needs 1 approval, has none: " DO_APPROVE
     "; that of dora does not count: no longer an approver"},
    {1, false, NULL, "root dora", 0, false,
     "production needs 1 approval, has none: " DO_APPROVE
     "; that of root does not count: root cannot decide; that of dora does not count: no longer an approver"},
    {1, false, NULL, "carl bob", 1, true, "production needs 1 approval, has 1 (bob)"},
    {1, false, "anna", "anna", 1, true, "production needs 1 approval, has 1 (anna)"},
    {1, true, "bob", "anna", 1, true, "production needs 1 approval, has 1 (anna)"},
    {1, true, NULL, "anna", 1, true, "production needs 1 approval, has 1 (anna)"},
    {1, true, "anna", "adm-anna", 0, false,
     "production needs 1 approval, has none beside that of anna" SOMEBODY_ELSE},
    {1, true, "anna", "adm-anna bob", 1, true, "production needs 1 approval, has 1 (bob)"},
    {2, false, NULL, "anna bob", 2, true, "production needs 2 approvals, has 2 (anna, bob)"},
    {2, false, NULL, "anna adm-anna", 1, false, "production needs 2 approvals, has 1 (anna): " DO_APPROVE},
    {2, false, NULL, "bob anna adm-anna", 2, true, "production needs 2 approvals, has 2 (bob, anna)"},
    {2, true, "bob", "bob anna adm-anna", 1, false,
     "production needs 2 approvals, has 1 (anna) beside that of bob" SOMEBODY_ELSE},
    {3, true, "bob", "bob anna adm-anna", 1, false,
     "production needs 3 approvals, has 1 (anna): " DO_APPROVE
     "; that of bob does not count: who promotes has not approved (four_eyes)"},
    {3, false, NULL, "bob anna adm-anna", 2, false,
     "production needs 3 approvals, has 2 (bob, anna): " DO_APPROVE},
};

static void approvals_count_people(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(people); i++) {
        const struct people_row *row = &people[i];
        SCENE scene;
        scene_open(&scene);
        scene.ring.approvals = row->need;
        scene.ring.four_eyes = row->four_eyes;
        scene.facts.promoter = row->promoter;
        give(&scene, row->given, when("2026-09-10T10:00:00+02:00"));
        assert_int_equal(gate_count_approvals(&scene.facts), row->count);
        (row->open ? assert_open : assert_shut)(&scene, GATE_APPROVALS, row->reason);
        assert_int_equal(scene.verdict[GATE_APPROVALS].opens_unix, -1);
    }
}

static void expedite_needs_its_own_number(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    scene.facts.lane = LANE_EXPEDITE;
    assert_open(&scene, GATE_APPROVALS,
                "production needs 2 approvals (expedite_approvals), has 2 (anna, bob)");
    scene.facts.approvers = 1;
    assert_shut(&scene, GATE_APPROVALS,
                "production needs 2 approvals (expedite_approvals), has 1 (anna): " DO_APPROVE);
    scene.ring.expedite_approvals = 0;
    assert_open(&scene, GATE_APPROVALS, "production needs no approval");
    scene.ring.approvals = 2;
    scene.facts.lane = LANE_AUTOMATIC;
    assert_shut(&scene, GATE_APPROVALS, "production needs 2 approvals, has 1 (anna): " DO_APPROVE);
}

/* 60 days are 60 × 24 h, over the end of summer time too. */
static const struct lapse_row {
    const char *at, *now;
    bool open;
    const char *reason;
} lapses[] = {
    {"2026-07-18T18:30:01+02:00", "2026-09-16T18:30:00+02:00", true,
     "production needs 1 approval, has 1 (anna)"},
    {"2026-07-18T18:30:00+02:00", "2026-09-16T18:30:00+02:00", false,
     "production needs 1 approval, has none: " DO_APPROVE
     "; that of anna lapsed after 60 days, on 2026-09-16"},
    {"2026-07-10T18:30:00+02:00", "2026-09-16T18:30:00+02:00", false,
     "production needs 1 approval, has none: " DO_APPROVE
     "; that of anna lapsed after 60 days, on 2026-09-08"},
    {"2026-10-01T19:00:00+02:00", "2026-11-30T17:59:59+01:00", true,
     "production needs 1 approval, has 1 (anna)"},
    {"2026-10-01T19:00:00+02:00", "2026-11-30T18:00:00+01:00", false,
     "production needs 1 approval, has none: " DO_APPROVE
     "; that of anna lapsed after 60 days, on 2026-11-30"},
};

static void approvals_lapse_after_60_days(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(lapses); i++) {
        SCENE scene;
        scene_open(&scene);
        scene.facts.now_unix = when(lapses[i].now);
        give(&scene, "anna", when(lapses[i].at));
        (lapses[i].open ? assert_open : assert_shut)(&scene, GATE_APPROVALS, lapses[i].reason);
    }
}

static void a_lapsed_approval_can_be_given_again(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    give(&scene, "anna adm-anna", when("2026-07-01T12:00:00+02:00"));
    scene.given[1].at_unix = when("2026-09-10T10:00:00+02:00");
    assert_open(&scene, GATE_APPROVALS, "production needs 1 approval, has 1 (anna)");
    assert_int_equal(scene.verdict[GATE_APPROVALS].since_unix, scene.given[1].at_unix);
}

static void the_gate_is_open_since_the_number_was_full(void **state)
{
    static const int64_t hour = 3600;
    (void)state;
    for (unsigned need = 1; need <= 2; need++) {
        SCENE scene;
        scene_open(&scene);
        give(&scene, "anna adm-anna bob", scene.facts.now_unix);
        for (int i = 0; i < 3; i++)
            scene.given[i].at_unix += (i - 10) * hour;
        scene.ring.approvals = need;
        assert_int_equal(ask(&scene, GATE_APPROVALS)->since_unix, scene.given[need == 1 ? 0 : 2].at_unix);
        scene.given[2].at_unix = scene.given[0].at_unix - hour; /* not in the order of time */
        if (need == 2)
            assert_int_equal(ask(&scene, GATE_APPROVALS)->since_unix, scene.given[0].at_unix);
    }
}

static void approvals_are_shut_while_the_directory_is_silent(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    scene.facts.approvals_unknown = "group office-approvers: the directory does not answer";
    assert_shut(&scene, GATE_APPROVALS,
                "production needs 1 approval, and it is not known who may approve: group office-approvers: "
                "the directory does not answer");
    scene.ring.approvals = 0;
    assert_open(&scene, GATE_APPROVALS, "production needs no approval");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(approvals_count_people),
        cmocka_unit_test(expedite_needs_its_own_number),
        cmocka_unit_test(approvals_lapse_after_60_days),
        cmocka_unit_test(a_lapsed_approval_can_be_given_again),
        cmocka_unit_test(the_gate_is_open_since_the_number_was_full),
        cmocka_unit_test(approvals_are_shut_while_the_directory_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What is kept and why: a case a line. Builds are written by their third part, 16.0.N.1; 0 is none. */
#include "test.h"

#include "ringmgr/base/zone.h"
#include "ringmgr/policy/retain.h"

enum { DAY = 86400 };
static const int64_t NOW = 1787400000; /* 2026-08-22 12:00 UTC */

static struct build build_of(uint32_t number)
{
    return number ? (struct build){{16, 0, number, 1}} : (struct build){{0}};
}

static int in_utc(void **state)
{
    (void)state;
    zone_set("UTC");
    return 0;
}

/* ---- folders ---- */

enum { FOLDERS_MAX = 6 };

/* Judged is the folder of `judged`; what ended did so that many days ago. */
struct folder_case {
    const char *what;
    const char
        *share; /* "LIVE BUILD:ENDED[:bad][:other] …"; other: of another channel; "-": nothing is live */
    unsigned keep;
    int grace;
    struct retain_names names; /* of the judged one, as what follows */
    const char *pointer;
    struct retain_taker taker[2];
    size_t takers;
    uint32_t judged;
    bool keeps;
    const char *reason; /* its beginning */
};

#define TAKER(ring_, live_)                                                                                  \
    {                                                                                                        \
        .ring = (ring_), .live = { {16, 0, (live_), 1} }                                                     \
    }
#define EMPTY_TAKER(ring_)                                                                                   \
    {                                                                                                        \
        .ring = (ring_)                                                                                      \
    }

static const struct folder_case folder_cases[] = {
    {"the live build", "300", .judged = 300, .keeps = true, .reason = "it is live"},
    {"live, though bad and out of everything", "300:0:bad", .judged = 300, .keeps = true,
     .reason = "it is live"},
    {"nothing names it", "300 200:5 100:9", .judged = 100,
     .reason = "not live since 2026-08-13 12:00, and nothing needs it"},
    {"numbers, not texts: 9126 is older than 10730", "20000 9126:9 10730:5", .judged = 9126,
     .reason = "not live since"},
    {"numbers, not texts: 10730 is where one goes back to", "20000 9126:9 10730:5", .judged = 10730,
     .keeps = true, .reason = "a roll-back"},

    /* roll-back */
    {"the only one before", "300 200:900", .judged = 200, .keeps = true,
     .reason = "a roll-back would go to it"},
    {"the newest by number, not the last live", "300 100:5 200:9", .judged = 200, .keeps = true,
     .reason = "a roll-back"},
    {"the last live, but an older number", "300 100:5 200:9", .judged = 100, .reason = "not live since"},
    {"what was rolled back is no target", "300 400:5:bad 200:9", .judged = 400,
     .reason = "not live since 2026-08-17 12:00, and nothing needs it; it was rolled back"},
    {"the next good one is", "300 400:5:bad 200:9", .judged = 200, .keeps = true, .reason = "a roll-back"},
    {"a bad one below does not stand in for a good one", "300 200:5:bad 100:9", .judged = 100, .keeps = true,
     .reason = "a roll-back"},
    {"all bad: no target", "300 200:5:bad 100:9:bad", .judged = 200, .reason = "not live since"},
    {"newer than the live one and good: a target", "300 400:5 200:9", .judged = 400, .keeps = true,
     .reason = "a roll-back"},
    {"and the newest below it too", "300 400:5 200:9", .judged = 200, .keeps = true, .reason = "a roll-back"},
    {"but not the second below", "300 400:5 200:9 100:20", .judged = 100, .reason = "not live since"},
    {"another channel's is no target", "300 200:5:other 100:9", .judged = 200, .reason = "not live since"},
    {"and does not stand in the way of one", "300 200:5:other 100:9", .judged = 100, .keeps = true,
     .reason = "a roll-back"},

    /* keep; a target stands behind, so that it is keep that speaks */
    {"keep 1: the last", "300 100:5 200:9", .keep = 1, .judged = 100, .keeps = true,
     .reason = "one of the last 1 that were live here (keep = 1)"},
    {"keep 1: not the one before", "400 300:5 200:9 100:12", .keep = 1, .judged = 200,
     .reason = "not live since"},
    {"keep 2: the one before", "400 300:5 200:9 100:12", .keep = 2, .judged = 200, .keeps = true,
     .reason = "one of the last 2"},
    {"keep 2: not the third", "400 300:5 200:9 100:12", .keep = 2, .judged = 100, .reason = "not live since"},
    {"the live one is not counted", "400 300:5 200:9 100:12", .keep = 3, .judged = 100, .keeps = true,
     .reason = "one of the last 3"},
    {"keep counts bad ones", "400 300:5:bad 200:9 100:12", .keep = 1, .judged = 300, .keeps = true,
     .reason = "one of the last 1"},
    {"keep beyond all", "400 300:5 200:9 100:12", .keep = 999, .judged = 100, .keeps = true,
     .reason = "one of the last 999"},
    {"keep 0: none but the target", "400 300:5 200:9", .keep = 0, .judged = 200, .reason = "not live since"},

    /* grace */
    {"in its grace", "400 300:5 200:9", .grace = 10, .judged = 200, .keeps = true,
     .reason = "its grace time runs until 2026-08-23 12:00"},
    {"at its very end", "400 300:5 200:9", .grace = 9, .judged = 200, .reason = "not live since"},
    {"ended in the future: the clock went back", "400 300:5 200:-3", .grace = 1, .judged = 200, .keeps = true,
     .reason = "its grace time runs until 2026-08-26 12:00"},
    {"no grace", "400 300:5 200:0", .judged = 200, .reason = "not live since"},
    {"a bad one has its grace, too", "400 300:5:bad", .grace = 6, .judged = 300, .keeps = true,
     .reason = "its grace"},

    /* what names it */
    {"a pointer names it", "400 300:5 200:90", .pointer = "v32.cab", .judged = 200, .keeps = true,
     .reason = "the pointer v32.cab still names it"},
    {"a publication names it", "400 300:5 200:90", .names = {.intent = "early"}, .judged = 200, .keeps = true,
     .reason = "early has an unfinished publication"},
    {"a pin", "400 300:5 200:90", .names = {.pin = 7, .pin_ring = "production"}, .judged = 200, .keeps = true,
     .reason = "its target version was handed out for production and not taken back (pin 7)"},
    {"a pinned bad build", "400 300:5 200:90:bad", .names = {.pin = 7, .pin_ring = "production"},
     .judged = 200, .keeps = true, .reason = "its target version"},
    {"a plan", "400 300:5 200:90", .names = {.planned = "production", .planned_unix = 1787400000 + 86400},
     .judged = 200, .keeps = true, .reason = "it is to be promoted into production at 2026-08-23 12:00"},
    {"an order", "400 300:5 200:90", .names = {.ordered = "production"}, .judged = 200, .keeps = true,
     .reason = "the sites of production are to have it"},

    /* rings below */
    {"production could take it", "400 300:5 200:90", .taker = {TAKER("production", 100)}, .takers = 1,
     .judged = 200, .keeps = true,
     .reason = "not yet taken by production, where the older 16.0.100.1 is live"},
    {"it soaks for production, although keep is 0", "400 300:5 200:90",
     .taker = {{.ring = "production", .live = {{16, 0, 100, 1}}, .soaks = true}}, .takers = 1, .judged = 200,
     .keeps = true, .reason = "it soaks for production, where the older 16.0.100.1 is live"},
    {"production is empty", "400 300:5 200:90", .taker = {EMPTY_TAKER("production")}, .takers = 1,
     .judged = 200, .keeps = true, .reason = "not yet taken by production, which is empty"},
    {"production has it", "400 300:5 200:90", .taker = {TAKER("production", 200)}, .takers = 1, .judged = 200,
     .reason = "not live since"},
    {"production is past it", "400 300:5 200:90", .taker = {TAKER("production", 300)}, .takers = 1,
     .judged = 200, .reason = "not live since"},
    {"production is past it, by number", "40000 30000:5 9126:90", .taker = {TAKER("production", 10730)},
     .takers = 1, .judged = 9126, .reason = "not live since"},
    {"production never takes it", "400 300:5 200:90:bad",
     .taker = {{.ring = "production", .live = {{16, 0, 100, 1}}, .bad = true, .soaks = true}}, .takers = 1,
     .judged = 200, .reason = "not live since"},
    {"one of two is past it", "400 300:5 200:90", .taker = {TAKER("early", 300), TAKER("production", 100)},
     .takers = 2, .judged = 200, .keeps = true, .reason = "not yet taken by production"},
    {"both are past it", "400 300:5 200:90", .taker = {TAKER("early", 300), TAKER("production", 400)},
     .takers = 2, .judged = 200, .reason = "not live since"},
    {"bad here, good for production", "400 300:5 200:90:bad", .taker = {TAKER("production", 100)},
     .takers = 1, .judged = 200, .keeps = true, .reason = "not yet taken by"},

    /* an empty ring whose folders stand: nothing is live */
    {"nothing is live: the newest stays", "- 200:50 100:60", .judged = 200, .keeps = true,
     .reason = "a roll-back"},
    {"nothing is live: an older one goes", "- 200:50 100:60", .judged = 100, .reason = "not live since"},
};

static size_t make_folders(const struct folder_case *one, struct retain_folder folder[FOLDERS_MAX],
                           size_t *judged)
{
    AUTO_STRV words = {0};
    size_t len = 0;
    strv_split(&words, one->share);
    for (size_t i = 0; i < words.len; i++) {
        char *rest;
        const char *word = words.item[i];
        uint32_t number = (uint32_t)strtoul(word, &rest, 10);
        int ended = *rest == ':' ? atoi(rest + 1) : 0;
        if (number == 0)
            continue;
        folder[len] = (struct retain_folder){
            .channel = channel_find(strstr(word, ":other") ? "Current" : "MonthlyEnterprise"),
            .build = build_of(number),
            .live = i == 0,
            .bad = strstr(word, ":bad"),
            .ended_unix = NOW - ended * DAY};
        if (number == one->judged) {
            *judged = len;
            folder[len].pointer = one->pointer;
            folder[len].names = one->names;
            folder[len].taker = one->taker;
            folder[len].takers = one->takers;
        }
        len++;
    }
    return len;
}

static void assert_verdict(const char *what, const struct retention *found, bool keeps, const char *reason)
{
    if (found->keep != keeps || strncmp(found->reason, reason, strlen(reason)) != 0)
        fail_msg("%s: %s: %s", what, found->keep ? "kept" : "dropped", found->reason);
}

static void each_folder_has_its_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof folder_cases / sizeof *folder_cases; i++) {
        const struct folder_case *one = &folder_cases[i];
        struct retain_folder folder[FOLDERS_MAX];
        size_t judged = 0;
        size_t len = make_folders(one, folder, &judged);
        const struct retain_share share = {.folder = folder,
                                           .folders = len,
                                           .keep = one->keep,
                                           .grace_seconds = one->grace * DAY,
                                           .now_unix = NOW};
        const struct retention found = retain_judge_folder(&share, judged);
        assert_verdict(one->what, &found, one->keeps, one->reason);
    }
}

/* Whatever keep and grace are: of every share the live one and one to go back to stay. */
static void there_is_always_one_to_go_back_to(void **state)
{
    (void)state;
    for (unsigned bad = 0; bad < 15; bad++) {
        struct retain_folder folder[5];
        unsigned kept = 0;
        for (unsigned i = 0; i < 5; i++)
            folder[i] = (struct retain_folder){.build = build_of(900 - i),
                                               .live = i == 0,
                                               .bad = i && (bad >> (i - 1)) & 1,
                                               .ended_unix = NOW - 1000 * DAY};
        const struct retain_share share = {.folder = folder, .folders = 5, .now_unix = NOW};
        for (unsigned i = 1; i < 5; i++)
            kept += retain_judge_folder(&share, i).keep && !folder[i].bad;
        assert_int_equal(kept, 1);
    }
}

static void long_names_are_cut_not_overrun(void **state)
{
    char name[2000];
    (void)state;
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = 0;
    const struct retain_folder folder = {.build = build_of(200), .names = {.intent = name}};
    const struct retain_share share = {.folder = &folder, .folders = 1, .now_unix = NOW};
    const struct retention found = retain_judge_folder(&share, 0);
    assert_true(found.keep);
    assert_int_equal(strlen(found.reason), sizeof found.reason - 1);
}

/* ---- builds of the store ---- */

static const struct build_case {
    const char *what;
    uint32_t build;
    const char *shown;
    bool shown_unknown;
    const char *rollback;
    struct retain_names names;
    struct retain_taker taker[2];
    size_t takers;
    bool newest;
    int staged; /* days ago; -1: never complete */
    int grace;
    bool keeps;
    const char *reason;
} build_cases[] = {
    {"a share shows it", 200, .shown = "pilot", .staged = 90, .keeps = true, .reason = "pilot shows it"},
    {"a share that is no longer configured", 200, .shown = "gone", .shown_unknown = true, .staged = 90,
     .keeps = true, .reason = "gone shows it, a ring that the configuration does not name"},
    {"nothing names it", 200, .staged = 90, .reason = "no share shows it, and nothing needs it"},
    {"an intent", 200, .names = {.intent = "pilot"}, .staged = 90, .keeps = true,
     .reason = "pilot has an unfinished"},
    {"a pin", 200, .names = {.pin = 3, .pin_ring = "pilot"}, .staged = 90, .keeps = true,
     .reason = "its target version"},
    {"a plan", 200, .names = {.planned = "pilot", .planned_unix = 1787400000}, .staged = 90, .keeps = true,
     .reason = "it is to be promoted into pilot"},
    {"an order", 200, .names = {.ordered = "pilot"}, .staged = 90, .keeps = true,
     .reason = "the sites of pilot are to have it"},
    {"a site", 200, .names = {.site = "tokyo"}, .staged = 90, .keeps = true,
     .reason = "the site tokyo has it"},
    {"a roll-back", 200, .rollback = "pilot", .staged = 90, .keeps = true, .reason = "a roll-back of pilot"},
    {"could still enter", 200, .taker = {TAKER("pilot", 100)}, .takers = 1, .staged = 90, .keeps = true,
     .reason = "not yet taken by pilot, where the older 16.0.100.1 is live"},
    {"could enter an empty ring", 200, .taker = {EMPTY_TAKER("pilot")}, .takers = 1, .staged = 90,
     .keeps = true, .reason = "not yet taken by pilot, which is empty"},
    {"half fetched, could still enter", 200, .taker = {TAKER("pilot", 100)}, .takers = 1, .staged = -1,
     .keeps = true, .reason = "not yet taken by pilot"},
    {"half fetched, and the ring is past it", 200, .taker = {TAKER("pilot", 300)}, .takers = 1, .staged = -1,
     .grace = 99, .reason = "it was never complete"},
    {"the ring is past it", 200, .taker = {TAKER("pilot", 300)}, .takers = 1, .staged = 90,
     .reason = "no share shows it"},
    {"the ring is past it, by number", 9126, .taker = {TAKER("pilot", 10730)}, .takers = 1, .staged = 90,
     .reason = "no share shows it"},
    {"one of two rings is not", 200, .taker = {TAKER("pilot", 300), TAKER("test", 100)}, .takers = 2,
     .staged = 90, .keeps = true, .reason = "not yet taken by test"},
    {"withdrawn", 200, .taker = {{.ring = "pilot", .live = {{16, 0, 100, 1}}, .bad = true}}, .takers = 1,
     .staged = 90, .reason = "no share shows it"},
    {"withdrawn, but lately staged", 200, .taker = {{.ring = "pilot", .bad = true}}, .takers = 1, .staged = 9,
     .grace = 21, .keeps = true, .reason = "staged lately"},
    {"the newest of its channel", 200, .taker = {TAKER("pilot", 300)}, .takers = 1, .newest = true,
     .staged = 90, .keeps = true, .reason = "the newest of its channel"},
    {"staged lately", 200, .staged = 9, .grace = 10, .keeps = true,
     .reason = "staged lately: its grace time runs until 2026-08-23 12:00"},
    {"at the end of its grace", 200, .staged = 10, .grace = 10, .reason = "no share shows it"},
};

static void each_build_has_its_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof build_cases / sizeof *build_cases; i++) {
        const struct build_case *one = &build_cases[i];
        const struct retain_build facts = {.build = build_of(one->build),
                                           .shown = one->shown,
                                           .shown_unknown = one->shown_unknown,
                                           .rollback = one->rollback,
                                           .names = one->names,
                                           .taker = one->taker,
                                           .takers = one->takers,
                                           .newest = one->newest,
                                           .staged_unix = one->staged < 0 ? -1 : NOW - one->staged * DAY,
                                           .grace_seconds = one->grace * DAY,
                                           .now_unix = NOW};
        const struct retention found = retain_judge_build(&facts);
        assert_verdict(one->what, &found, one->keeps, one->reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_folder_has_its_verdict),
        cmocka_unit_test(there_is_always_one_to_go_back_to),
        cmocka_unit_test(long_names_are_cut_not_overrun),
        cmocka_unit_test(each_build_has_its_verdict),
    };
    return cmocka_run_group_tests(tests, in_utc, NULL);
}

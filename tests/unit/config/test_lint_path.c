#include "test.h"

#include "config/lint_path.h"
#include "ringmgr/base/mem.h"

/* 2026-08-22 18:00 UTC */
static const int64_t now_unix = 1787421600;

/* A ring with one share and another's beside it. It offers the first build, has gone back from the second. */
struct scene {
    struct strv shares, others;
    struct build standing[3];
    struct lint_ring ring;
    struct lint_options options;
    struct findings findings;
};

static void set_scene(struct scene *scene, bool ringed)
{
    struct err err = {0};
    *scene = (struct scene){.ring = {.name = "pilot", .standing_len = 3, .bad_len = 1}};
    strv_add(&scene->shares, "\\\\files\\office-pilot\\");
    assert_ok(build_parse("16.0.20326.20100", &scene->standing[0], &err));
    assert_ok(build_parse("16.0.20430.20000", &scene->standing[1], &err));
    assert_ok(build_parse("16.0.20228.20134", &scene->standing[2], &err));
    strv_add(&scene->others, "\\\\files\\production\\");
    scene->ring.channel = channel_find("Current");
    scene->ring.shares = &scene->shares;
    scene->ring.others = &scene->others;
    scene->ring.standing = scene->standing;
    scene->ring.live = scene->standing[0];
    scene->ring.bad = &scene->standing[1];
    scene->options = (struct lint_options){.now_unix = now_unix, .ring = ringed ? &scene->ring : NULL};
}

/* What the scene has found is "severity code", or nothing with ""; the scene is then cleared. */
static void assert_found(struct scene *scene, const char *about, const char *wanted)
{
    AUTO_BUF found = {0};
    for (size_t i = 0; i < scene->findings.len; i++) {
        const struct finding *finding = &scene->findings.item[i];
        assert_int_equal(finding->line, 7);
        buf_printf(&found, "%s%s %s", i ? ", " : "", finding_severity_name(finding->severity), finding->code);
    }
    if (strcmp(buf_text(&found), wanted) != 0)
        fail_msg("%s: \"%s\", not \"%s\"", about, buf_text(&found), wanted);
    findings_clear(&scene->findings);
    strv_clear(&scene->shares);
    strv_clear(&scene->others);
}

struct path_case {
    const char *text;
    const char *alone, *ringed; /* what is found */
};

static void try_path(const struct path_case *tried, bool ringed, bool source)
{
    struct scene scene;
    set_scene(&scene, ringed);
    if (source)
        lint_source_path(tried->text, 7, &scene.options, &scene.findings);
    else
        lint_update_path(tried->text, 7, &scene.options, &scene.findings);
    assert_found(&scene, tried->text, ringed ? tried->ringed : tried->alone);
}

static void where_updates_come_from(void **state)
{
    static const struct path_case cases[] = {
        {"\\\\files\\office-pilot", "", ""},
        {"\\\\FILES\\office-pilot\\", "", ""},
        {"\\\\files\\office-pilot\\Office", "", "error not-the-ring"},
        {"\\\\files\\office-pilo", "", "error not-the-ring"},
        {"\\\\files.example\\office pilot$", "", "error not-the-ring"},
        {"\\\\files@SSL\\office", "", "error not-the-ring"},
        {"\\\\files\\\\office", "error bad-path", "error bad-path"},
        {"\\\\?\\C:\\office", "error bad-path", "error bad-path"},
        {"\\\\.\\office", "error bad-path", "error bad-path"},
        {"\\\\", "error bad-path", "error bad-path"},
        {"\\", "error one-backslash", "error one-backslash"},
        {"E:\\", "note local-path", "error not-the-ring"},
        {"c:/office", "note local-path", "error not-the-ring"},
        {"F:\\", "error mapped-drive", "error mapped-drive"},
        {"f:/office", "error mapped-drive", "error mapped-drive"},
        {"C:", "error relative-path", "error relative-path"},
        {".", "error relative-path", "error relative-path"},
        {"%SystemDrive%\\office", "", "warning perhaps-not-the-ring"},
        {"%ProgramFiles(x86)%\\office", "", "warning perhaps-not-the-ring"},
        {"%1%\\office", "error relative-path", "error relative-path"},
        {"%%\\office", "error relative-path", "error relative-path"},
        {"%A\\office", "error relative-path", "error relative-path"},
        {"\\\\files\\100%", "", "error not-the-ring"},
        {"\\\\%A%\\b", "", "warning perhaps-not-the-ring"},
        {"\\\\files\\%DOMAIN%", "", "warning perhaps-not-the-ring"},
        {"http://files/%e5%e4%AB%", "", "warning perhaps-not-the-ring"},
        {"http://files/%Ax%", "error variable-in-address", "error variable-in-address"},
        {"http://files/%xA%", "error variable-in-address", "error variable-in-address"},
        {"http://files/%ABC%", "error variable-in-address", "error variable-in-address"},
        {"HTTPS://[2001:db8::1]:8443/office/", "", "warning perhaps-not-the-ring"},
        {"http://files\\office", "error bad-path", "error bad-path"},
        {"file://files/office", "error bad-path", "error bad-path"},
        {"\\\\files\\office-pilot\\Office\\Data", "error office-data", "error office-data"},
        {"\\\\files\\xOffice\\Data", "", "error not-the-ring"},
        {"\\\\files\\Office\\Data", "error office-data", "error office-data, error not-the-ring"},
        {"Z:\\Office\\Data\\", "error mapped-drive, error office-data",
         "error mapped-drive, error office-data"},
        {"", "warning empty-path", "error empty-path"},
        {"http://officecdn.microsoft.com/pr/x", "warning from-the-cdn", "error from-the-cdn"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        try_path(&cases[i], false, false);
        try_path(&cases[i], true, false);
    }
}

/* Two rings that a web server offers, too. */
static void addresses_of_rings_are_known(void **state)
{
    static const struct path_case cases[] = {
        {"http://updates.test/pilot", NULL, ""},
        {"HTTP://Updates.test/pilot/", NULL, ""},
        {"http://updates.test/Pilot", NULL, "warning perhaps-not-the-ring"},
        {"https://updates.test/pilot", NULL, "warning perhaps-not-the-ring"},
        {"http://updates.test/pilot/Office/Data", NULL, "error office-data"},
        {"http://updates.test/production", NULL, "error not-the-ring"},
        {"http://updates.test/production2", NULL, "warning perhaps-not-the-ring"},
        {"\\\\files\\office-pilot", NULL, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene scene;
        set_scene(&scene, true);
        strv_add(&scene.shares, "http://updates.test/pilot");
        strv_add(&scene.others, "http://updates.test/production");
        lint_update_path(cases[i].text, 7, &scene.options, &scene.findings);
        assert_found(&scene, cases[i].text, cases[i].ringed);
    }
}

static void where_setup_comes_from(void **state)
{
    static const struct path_case cases[] = {
        {"\\\\files\\office-pilot", "", ""},
        {"\\\\files\\other", "", "warning not-the-ring"},
        {"C:\\pilot", "", "warning not-the-ring"},
        {"\\\\files\\office-pilot\\Office\\Data", "error office-data", "error office-data"},
        {"\\\\files\\other\\Office\\", "note office-folder", "note office-folder, warning not-the-ring"},
        {"C:\\MSOffice", "", "warning not-the-ring"},
        {"C:\\media\\Office", "", "warning not-the-ring"},
        {"\\\\files\\office", "", "warning not-the-ring"},
        {"", "warning empty-path", "error empty-path"},
        {"\\\\files\\production", "", "error not-the-ring"},
        {"\\\\FILES\\Production\\", "", "error not-the-ring"},
        {"\\\\files\\production\\x", "", "error not-the-ring"},
        {"\\\\files\\productions", "", "warning not-the-ring"},
        {"\\\\files", "error bad-path", "error bad-path"},
        {"http://files/office", "error bad-path", "error bad-path"},
        {"Z:\\pilot", "error mapped-drive", "error mapped-drive"},
        {"%TEMP%\\pilot", "", "warning perhaps-not-the-ring"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        try_path(&cases[i], false, true);
        try_path(&cases[i], true, true);
    }
}

/* What ends a line or moves the cursor is in no path that somebody meant. */
static void control_characters_are_in_no_path(void **state)
{
    static const struct path_case cases[] = {
        {"\\\\files\\office-pilot\n", "error bad-path", "error bad-path"},
        {"\\\\files\\office\tpilot", "error bad-path", "error bad-path"},
        {"\\\\files\\\x7fpilot", "error bad-path", "error bad-path"},
        {"C:\\a\rb", "error bad-path", "error bad-path"},
        {"%TEMP%\n\\a", "error bad-path", "error bad-path"},
        {"http://files/a\x01", "error bad-path", "error bad-path"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i].text[0] != 'h')
            try_path(&cases[i], false, true);
        try_path(&cases[i], false, false);
        try_path(&cases[i], true, false);
    }
}

/* Each in memory of its own size, so that a sanitizer sees a byte read too far. */
static void a_share_may_be_cut_short(void **state)
{
    static const char *const texts[] = {"\\\\",         "\\\\\\",    "\\\\a",        "\\\\a\\",
                                        "\\\\files\\",  "\\\\a\\b",  "\\\\a\\b\\",   "\\\\a\\office",
                                        "\\\\office\\", "\\\\a\\\\", "\\\\a/office", "\\\\a\\b\\office\\"};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof texts / sizeof *texts; i++) {
        struct scene scene;
        char *text AUTO_FREE = mem_strdup(texts[i / 2]);
        set_scene(&scene, i % 2);
        lint_source_path(text, 7, &scene.options, &scene.findings);
        lint_update_path(text, 7, &scene.options, &scene.findings);
        lint_download_folder(text, 7, &scene.options, &scene.findings);
        findings_clear(&scene.findings);
        strv_clear(&scene.shares);
        strv_clear(&scene.others);
    }
}

static void another_rings_share_is_named(void **state)
{
    static const char *const shares[] = {"\\\\files\\production", NULL};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct scene scene;
        set_scene(&scene, true);
        if (!shares[i])
            strv_clear(&scene.shares);
        lint_download_folder("\\\\files\\Production\\Office", 7, &scene.options, &scene.findings);
        assert_int_equal(scene.findings.len, 1);
        assert_non_null(strstr(scene.findings.item[0].text, "another ring's share, \\\\files\\production\\"));
        assert_found(&scene, "another ring's", "error not-the-ring");
    }
}

/* One share may lie in the other. */
static void a_ring_in_another_rings_share_is_itself(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, true);
    strv_add(&scene.others, "\\\\files\\software");
    strv_add(&scene.shares, "\\\\files\\software\\pilot");
    lint_update_path("\\\\files\\software\\pilot\\", 7, &scene.options, &scene.findings);
    lint_source_path("\\\\files\\software\\pilot", 7, &scene.options, &scene.findings);
    assert_found(&scene, "in another's", "");
}

/* A ring's share may be called as it likes. */
static void a_ring_may_be_in_a_folder_office(void **state)
{
    static const char *const shares[] = {"\\\\corp.example\\software\\office",
                                         "\\\\corp.example\\software\\OFFICE\\",
                                         "\\\\files\\pilot\\Office\\Data"};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof shares / sizeof *shares; i++) {
        struct scene scene;
        const char *share = shares[i / 2];
        set_scene(&scene, true);
        strv_add(&scene.shares, share);
        if (i % 2)
            lint_source_path(share, 7, &scene.options, &scene.findings);
        else
            lint_update_path(share, 7, &scene.options, &scene.findings);
        assert_found(&scene, share, "");
    }
}

static void target_versions(void **state)
{
    static const struct path_case cases[] = {
        {"", "", ""},
        {"16.0.20326.20100", "note target-version", "note target-version"},
        {"16.0.20228.20134", "note target-version", "warning old-target"},
        {"16.0.20430.20000", "note target-version", "error bad-target"},
        {"16.0.20326.20101", "note target-version", "error not-on-share"},
        {"16.0.20326", "error bad-version", "error bad-version"},
        {"20326.20100", "error bad-version", "error bad-version"},
        {"16.0.020326.20100", "error bad-version", "error bad-version"},
        {"MatchInstalled", "error bad-version", "error bad-version"},
    };
    (void)state;
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        struct scene scene;
        const struct path_case *tried = &cases[i / 2];
        set_scene(&scene, i % 2);
        lint_target_version(tried->text, 7, &scene.options, &scene.findings);
        assert_found(&scene, tried->text, i % 2 ? tried->ringed : tried->alone);
    }
}

static void nothing_stands_on_the_share_yet(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, true);
    scene.ring.standing_len = 0;
    lint_target_version("16.0.20326.20100", 7, &scene.options, &scene.findings);
    assert_found(&scene, "no builds", "error not-on-share");
}

/* What is to be done about a build that is gone, or bad, is in the text. */
static void the_live_build_is_named(void **state)
{
    static const struct path_case cases[] = {
        {"16.0.20000.1", NULL, "error not-on-share"},
        {"16.0.20430.20000", NULL, "error bad-target"},
        {"16.0.20228.20134", NULL, "warning old-target"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene scene;
        set_scene(&scene, true);
        lint_target_version(cases[i].text, 7, &scene.options, &scene.findings);
        assert_non_null(strstr(scene.findings.item[0].text, " 16.0.20326.20100"));
        assert_found(&scene, cases[i].text, cases[i].ringed);
    }
}

static void a_bad_build_is_never_named_as_the_one_to_take(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, true);
    scene.ring.bad = scene.standing;
    scene.ring.bad_len = 2;
    lint_target_version("16.0.20000.1", 7, &scene.options, &scene.findings);
    assert_null(strstr(scene.findings.item[0].text, "16.0.20326.20100"));
    lint_target_version("16.0.20326.20100", 7, &scene.options, &scene.findings);
    assert_found(&scene, "live and blocked", "error not-on-share, error bad-target");
}

/* The live build of a ring that went back is older than what stands there yet. */
static void a_roll_back_may_name_what_is_live(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, true);
    scene.ring.live = scene.standing[2];
    lint_target_version("16.0.20228.20134", 7, &scene.options, &scene.findings);
    assert_found(&scene, "rolled back", "note target-version");
}

static void deadlines(void **state)
{
    static const struct {
        const char *text, *as_time, *as_days;
    } cases[] = {
        {"", "", ""},
        {"08/22/2026 18:00", "warning past-deadline", "warning past-deadline"},
        {"08/22/2026 18:01", "", ""},
        {"02/29/2028 00:00", "", ""},
        {"02/29/2027 00:00", "error bad-deadline", "error bad-deadline"},
        {"12/31/2026 24:00", "error bad-deadline", "error bad-deadline"},
        {"12/31/2026  9:00", "error bad-deadline", "error bad-deadline"},
        {"12/31/2026 18:00:00", "error bad-deadline", "error bad-deadline"},
        {"2026-12-31 18:00", "error bad-deadline", "error bad-deadline"},
        {"1", "error bad-deadline", ""},
        {"365", "error bad-deadline", ""},
        {"366", "error bad-deadline", "warning long-deadline"},
        {"00", "error bad-deadline", "error bad-deadline"},
        {"7 days", "error bad-deadline", "error bad-deadline"},
    };
    (void)state;
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        struct scene scene;
        bool days = i % 2;
        set_scene(&scene, false);
        lint_deadline(cases[i / 2].text, 7, days ? LINT_DEADLINE_TIME_OR_DAYS : LINT_DEADLINE_TIME,
                      &scene.options, &scene.findings);
        assert_found(&scene, cases[i / 2].text, days ? cases[i / 2].as_days : cases[i / 2].as_time);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_updates_come_from),
        cmocka_unit_test(addresses_of_rings_are_known),
        cmocka_unit_test(where_setup_comes_from),
        cmocka_unit_test(control_characters_are_in_no_path),
        cmocka_unit_test(a_share_may_be_cut_short),
        cmocka_unit_test(another_rings_share_is_named),
        cmocka_unit_test(a_ring_in_another_rings_share_is_itself),
        cmocka_unit_test(a_ring_may_be_in_a_folder_office),
        cmocka_unit_test(target_versions),
        cmocka_unit_test(nothing_stands_on_the_share_yet),
        cmocka_unit_test(the_live_build_is_named),
        cmocka_unit_test(a_bad_build_is_never_named_as_the_one_to_take),
        cmocka_unit_test(a_roll_back_may_name_what_is_live),
        cmocka_unit_test(deadlines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

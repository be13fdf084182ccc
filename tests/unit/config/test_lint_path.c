#include "test.h"

#include "config/lint_path.h"

/* 2026-08-22 18:00 UTC */
static const int64_t now_unix = 1787421600;

/* A ring with one share, and the newest of its builds not the last of the list. */
struct scene {
    struct strv shares;
    struct build standing[2];
    struct lint_ring ring;
    struct lint_options options;
    struct findings findings;
};

static void set_scene(struct scene *scene, bool ringed)
{
    struct err err = {0};
    *scene = (struct scene){.ring = {.name = "pilot", .standing_len = 2}};
    strv_add(&scene->shares, "\\\\files\\office-pilot\\");
    assert_ok(build_parse("16.0.20326.20100", &scene->standing[0], &err));
    assert_ok(build_parse("16.0.20228.20134", &scene->standing[1], &err));
    scene->ring.channel = channel_find("Current");
    scene->ring.shares = &scene->shares;
    scene->ring.standing = scene->standing;
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

static void where_setup_comes_from(void **state)
{
    static const struct path_case cases[] = {
        {"\\\\files\\office-pilot", "", ""},
        {"\\\\files\\other", "", "warning not-the-ring"},
        {"C:\\pilot", "", "warning not-the-ring"},
        {"\\\\files\\office-pilot\\Office\\Data", "error office-data", "error office-data"},
        {"\\\\files\\other\\Office\\", "note office-folder", "note office-folder, warning not-the-ring"},
        {"C:\\MSOffice", "", "warning not-the-ring"},
        {"", "warning empty-path", "warning empty-path"},
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

static void target_versions(void **state)
{
    static const struct path_case cases[] = {
        {"", "", ""},
        {"16.0.20326.20100", "note target-version", "note target-version"},
        {"16.0.20228.20134", "note target-version", "warning old-target"},
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

/* What is to be done about a build that is gone is in the text. */
static void the_newest_build_is_named(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, true);
    lint_target_version("16.0.20000.1", 7, &scene.options, &scene.findings);
    assert_non_null(strstr(scene.findings.item[0].text, "16.0.20326.20100"));
    assert_found(&scene, "gone", "error not-on-share");
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
        cmocka_unit_test(where_updates_come_from),   cmocka_unit_test(where_setup_comes_from),
        cmocka_unit_test(target_versions),           cmocka_unit_test(nothing_stands_on_the_share_yet),
        cmocka_unit_test(the_newest_build_is_named), cmocka_unit_test(deadlines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

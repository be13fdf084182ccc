/* [site NAME], [manifest] and what rings say about both: values, and what must hold between them. */
#include "settings_outcome.h"

/* Two rings; a site begins at line 16 of what read_site() reads. */
static const char two_rings[] = "unc = \\\\files\\pilot\n"       /* 10 */
                                "[ring production]\n"            /* 11 */
                                "channel = MonthlyEnterprise\n"  /* 12 */
                                "source = pilot\n"               /* 13 */
                                "path = /srv/production\n"       /* 14 */
                                "unc = \\\\files\\production\n"; /* 15 */
enum { SITE_LINE = BASE_LINES + 7 };

static struct outcome read_sites(const char *more)
{
    AUTO_BUF text = {0};
    buf_printf(&text, "%s%s", two_rings, more);
    return read_more(buf_text(&text));
}

static void every_key_reaches_its_field(void **state)
{
    struct outcome outcome = read_sites(
        "sites_ready = 95 %\n"
        "[site tokyo]\nrings = pilot, production\ntarget = rsync://push@fs-tokyo:8730/office/\n"
        "unc = \\\\fs-tokyo\\office-%ring%\\\nad_site = Tokyo HQ\ntimezone = Asia/Tokyo\n"
        "window = 20:00-06:00, Sat\nrate_limit = 4M\nrequired = no\ncredentials = /etc/ringmgr/tokyo\n"
        "[site oslo]\nrings = production\ntarget = ssh:fs-oslo:/srv/office\nssh_config = /etc/ringmgr/ssh\n"
        "[schedule]\nsites = every 5 minutes\nsite_audit = 06:00\n"
        "[manifest]\nkey = credential:manifest\nvalid = 36h\n");
    const struct settings *settings = &outcome.settings;
    (void)state;
    assert_good(&outcome);
    assert_int_equal(settings_ring(settings, "production")->sites_ready, 95);
    assert_int_equal(settings_ring(settings, "pilot")->sites_ready, 100);
    assert_int_equal(settings->sites, 2);
    const struct site *tokyo = settings_site(settings, "tokyo"), *oslo = settings_site(settings, "oslo");
    assert_int_equal(tokyo->line, SITE_LINE + 1);
    assert_int_equal(tokyo->rings.len, 2);
    assert_true(site_has_ring(tokyo, "production"));
    assert_string_equal(tokyo->target, "rsync://push@fs-tokyo:8730/office");
    assert_string_equal(tokyo->unc, "\\\\fs-tokyo\\office-%ring%");
    assert_string_equal(tokyo->ad_site, "Tokyo HQ");
    assert_string_equal(tokyo->timezone, "Asia/Tokyo");
    assert_int_equal(tokyo->window.len, 2);
    assert_int_equal(tokyo->rate_limit, 4 << 20);
    assert_string_equal(tokyo->credentials, "/etc/ringmgr/tokyo");
    assert_false(tokyo->required);
    assert_true(oslo->required);
    assert_string_equal(oslo->ssh_config, "/etc/ringmgr/ssh");
    assert_string_equal(oslo->timezone, "");
    assert_int_equal(settings->schedule.sites.every_seconds, 300);
    assert_int_equal(settings->schedule.site_audit.second_of_day, 6 * 3600);
    assert_string_equal(settings->manifest.key, "credential:manifest");
    assert_int_equal(settings->manifest.valid_seconds, 36 * 3600);
    clear(&outcome);
}

static void without_sites_nothing_is_done_about_them(void **state)
{
    struct outcome outcome = read_sites("[schedule]\nsites = every 5 minutes\n");
    (void)state;
    assert_good(&outcome);
    assert_int_equal(outcome.settings.schedule.sites.kind, SCHEDULE_OFF);
    assert_int_equal(outcome.settings.schedule.site_audit.kind, SCHEDULE_OFF);
    assert_int_equal(outcome.settings.sites_parallel, 32);
    assert_int_equal(outcome.settings.manifest.valid_seconds, 3 * 86400);
    assert_string_equal(outcome.settings.manifest.key, "");
    clear(&outcome);
    outcome = read_sites("[site a]\nrings = pilot\ntarget = /mnt/a\n");
    assert_good(&outcome);
    assert_int_equal(outcome.settings.schedule.sites.every_seconds, 900);
    assert_int_equal(outcome.settings.schedule.site_audit.second_of_day, 5 * 3600);
    clear(&outcome);
}

static void per_cents_are_written_in_three_ways(void **state)
{
    static const char *const texts[] = {"95", "95%", "95 %", "95  %"};
    static const char *const bad[] = {"0", "101", "95 % of them", "95.5", "-5", "%", "most", "9999", "1 0"};
    char text[64];
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        snprintf(text, sizeof text, "sites_ready = %s\n", texts[i]);
        struct outcome outcome = read_sites(text);
        assert_good(&outcome);
        assert_int_equal(outcome.settings.ring[1].sites_ready, 95);
        clear(&outcome);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, "sites_ready = %s\n", bad[i]);
        struct outcome outcome = read_sites(text);
        assert_only_problem(&outcome, SITE_LINE, "bad-number", "per cent from 1 to 100");
    }
}

static void a_ring_follows_with_an_address_and_keys(void **state)
{
    struct outcome outcome = read_more("publish = auto\norigin = https://hq.example.com/rings/pilot/\n"
                                       "manifest_keys = /etc/ringmgr/hq.pem,\n  /etc/ringmgr/hq2.pem\n"
                                       "days = Mon-Thu 17:00-21:00\nkeep = 3\n");
    const struct ring *ring = outcome.settings.ring;
    (void)state;
    assert_good(&outcome); /* nor is first = yes demanded: somebody else has looked at what comes */
    assert_true(ring_follows(ring));
    assert_string_equal(ring->origin, "https://hq.example.com/rings/pilot");
    assert_int_equal(ring->manifest_keys.len, 2);
    assert_string_equal(ring->manifest_keys.item[1], "/etc/ringmgr/hq2.pem");
    clear(&outcome);
}

#define SITE_A "[site a]\nrings = pilot\ntarget = /mnt/a\n"
#define SITE_B "[site b]\nrings = pilot\ntarget = /mnt/b\n"

static const struct {
    const char *more;
    unsigned line; /* 1 is the first of `more` */
    const char *code, *part;
} cases[] = {
    /* Names and rings */
    {"[site]\nrings = pilot\ntarget = /mnt/a\n", 1, "bad-site-name", "[site ]"},
    {"[site Tokyo]\nrings = pilot\ntarget = /mnt/a\n", 1, "bad-site-name", "Tokyo"},
    {"[site a b]\nrings = pilot\ntarget = /mnt/a\n", 1, "bad-site-name", "a b"},
    {"[site -a]\nrings = pilot\ntarget = /mnt/a\n", 1, "bad-site-name", "-a"},
    {"[site all]\nrings = pilot\ntarget = /mnt/a\n", 1, "bad-site-name", "not all"},
    {SITE_A SITE_A, 4, "duplicate-section", "site a"},
    {"[sight a]\nrings = pilot\n", 1, "unknown-section", "nearest known one is [site]"},
    {SITE_A "tarjet = /x\n", 4, "unknown-key", "nearest known one is target"},
    {"[site a]\ntarget = /mnt/a\n", 1, "missing-key", "rings is not set"},
    {"[site a]\nrings = pilot\n", 1, "missing-key", "target is not set"},
    {"[site a]\nrings =\ntarget = /mnt/a\n", 1, "missing-key", "rings is not set"},
    {"[site a]\nrings = pilot, pilot\ntarget = /mnt/a\n", 2, "duplicate-item", "pilot"},
    {"[site a]\nrings = pilots\ntarget = /mnt/a\n", 2, "unknown-ring", "the nearest is pilot"},

    /* Targets */
    {"[site a]\nrings = pilot\ntarget = fs:/srv\n", 3, "bad-target", "ssh:host:/path"},
    {"[site a]\nrings = pilot\ntarget = rsync://-x/m\n", 3, "bad-target", "host is not"},
    {"[site a]\nrings = pilot\ntarget = ssh:-oProxyCommand=x:/srv\n", 3, "bad-target", "host is not"},
    {"[site a]\nrings = pilot\ntarget = /mnt/../srv\n", 3, "bad-target", "without //, . and .."},
    {"[site a]\nrings = pilot\ntarget = /srv/store\n", 3, "nested-path", "store"},
    {"[site a]\nrings = pilot\ntarget = /srv/store/x\n", 3, "nested-path", "store"},
    {"[site a]\nrings = pilot\ntarget = /var/lib\n", 3, "nested-path", "state"},
    {"[site a]\nrings = pilot\ntarget = /srv/pilot/site\n", 3, "nested-path", "path of ring pilot"},
    {SITE_A "[site b]\nrings = pilot\ntarget = /mnt/a/\n", 6, "nested-target", "site a's"},
    {SITE_A "[site b]\nrings = production\ntarget = /mnt/a/b\n", 6, "nested-target", "/mnt/a"},
    {"[site a]\nrings = pilot\ntarget = rsync://fs/m\n[site b]\nrings = pilot\ntarget = "
     "rsync://x@FS:873/m/b\n",
     6, "nested-target", "site a's"},

    /* Shares */
    {SITE_A "unc = //fs/x\n", 4, "bad-unc", "form"},
    {SITE_A "unc = \\\\fs\\%site%\n", 4, "bad-unc", "only %ring%"},
    {SITE_A "unc = \\\\fs\\50%\n", 4, "bad-unc", "only %ring%"},
    {SITE_A "unc = \\\\fs\\x\\Office\\Data\n", 4, "bad-unc", "add it themselves"},
    {"[site a]\nrings = pilot, production\ntarget = /mnt/a\nunc = \\\\fs\\x\n", 4, "unc-without-ring",
     "%ring%"},
    {SITE_A "unc = \\\\FILES\\%ring%\n", 4, "duplicate-unc", "ring pilot already"},
    {SITE_A "unc = \\\\files\\production\n", 4, "duplicate-unc", "ring production already"},
    {SITE_A "unc = \\\\x\\y\n" SITE_B "unc = \\\\X\\y\n", 8, "duplicate-unc", "ring pilot at site a already"},
    {SITE_A "ad_site = Tokyo\n", 4, "ad-site-without-unc", "Tokyo"},
    {SITE_A "ad_site = To\"kyo\nunc = \\\\x\\y\n", 4, "bad-ad-site", "To\"kyo"},
    {SITE_A "unc = \\\\x\\y\nad_site = Oslo\n" SITE_B "unc = \\\\z\\y\nad_site = OSLO\n", 10,
     "duplicate-ad-site", "site a's for ring pilot"},

    /* When, how fast, by which account */
    {SITE_A "timezone = Asia/Tokio\n", 4, "unknown-timezone", "Asia/Tokio"},
    {SITE_A "window = at night\n", 4, "bad-window", "at night"},
    {SITE_A "rate_limit = 1K\n", 4, "bad-rate", "64K"},
    {SITE_A "required = maybe\n", 4, "bad-choice", "maybe"},
    {SITE_A "credentials = /etc/x\n", 4, "credentials-idle", "only an rsync:// target"},
    {"[site a]\nrings = pilot\ntarget = rsync://fs/m\ncredentials = /etc/x\n", 4, "credentials-idle",
     "rsync://USER@fs/m"},
    {"[site a]\nrings = pilot\ntarget = rsync://u@fs/m\ncredentials = /srv/pilot/x\n", 4, "nested-path",
     "path of ring pilot"},
    {SITE_A "ssh_config = /etc/x\n", 4, "credentials-idle", "only an ssh: target"},
    {SITE_A "ssh_config = x\n", 4, "bad-path", "absolute"},
    {"[schedule]\nsites = often\n", 2, "bad-schedule", "often"},

    /* Manifests */
    {"[manifest]\nkey = key.pem\n", 2, "bad-path", "absolute"},
    {"[manifest]\nkey = /srv/pilot/key.pem\n", 2, "nested-path", "path of ring pilot"},
    {"[manifest]\nvalid = 59 minutes\n", 2, "bad-duration", "1 hour to 31 days"},
    {"[manifest]\nvalid = 32 days\n", 2, "bad-duration", "1 hour to 31 days"},
    {"[manifests]\nkey = /k\n", 1, "unknown-section", "[manifest]"},
    {"manifest_keys = /etc/hq.pem\n", 1, "manifest-keys-idle", "origin"},
    {"manifest_keys = hq.pem\n", 1, "bad-path", "absolute"},
};

static void each_mistake_has_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome outcome = read_sites(cases[i].more);
        assert_only_problem(&outcome, SITE_LINE - 1 + cases[i].line, cases[i].code, cases[i].part);
    }
}

/* Appended to a ring that takes from the origin. */
static const struct {
    const char *more;
    unsigned line;
    const char *code, *part;
} follow_cases[] = {
    {"origin = https://hq/pilot\n", 1, "no-manifest-keys", "manifest_keys"},
    {"origin = file:///hq/pilot\nmanifest_keys = /k\n", 1, "bad-url", "http://"},
    {"origin = https://hq/pilot/Office/Data\nmanifest_keys = /k\n", 1, "bad-url", "Office/Data"},
    {"origin = https://me:secret@hq/pilot\nmanifest_keys = /k\n", 1, "bad-url", "@"},
    {"origin = https://hq/pilot\nmanifest_keys = /a /b /c /d /e /f /g /h /i\n", 2, "too-many", "8"},
    {"origin = https://hq/pilot\nmanifest_keys = /k, /k\n", 2, "duplicate-item", "/k"},
    {"origin = https://hq/pilot\nmanifest_keys = /k\nsoak = 2 days\n", 3, "follow-idle", "soak"},
    {"origin = https://hq/pilot\nmanifest_keys = /k\nversion = n-1\n", 3, "follow-idle", "version"},
    {"origin = https://hq/pilot\nmanifest_keys = /k\nfirst = yes\n", 3, "follow-idle", "first"},
    {"origin = https://hq/pilot\nmanifest_keys = /k\nthrottle_min = 10\n", 3, "follow-idle", "throttle_min"},
    {"origin = https://hq/pilot\nmanifest_keys = /k\n[ring b]\nchannel = MonthlyEnterprise\npath = /b\n"
     "source = origin\norigin = https://hq/pilot\nmanifest_keys = /k\n",
     7, "duplicate-origin", "ring pilot follows"},
    {"[ring b]\nchannel = MonthlyEnterprise\npath = /b\nsource = pilot\norigin = https://hq/b\n"
     "manifest_keys = /k\n",
     5, "origin-source", "takes from pilot"},
};

static void a_ring_that_cannot_follow_is_told_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof follow_cases / sizeof *follow_cases; i++) {
        struct outcome outcome = read_more(follow_cases[i].more);
        assert_only_problem(&outcome, BASE_LINES + follow_cases[i].line, follow_cases[i].code,
                            follow_cases[i].part);
    }
}

static void at_most_so_many_programs_at_once(void **state)
{
    static const char *const bad[] = {"0", "257", "many"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        AUTO_BUF text = {0};
        buf_printf(&text,
                   "[ringmgr]\nsites_parallel = %s\nstore = /s\nstate = /t\n[content]\nlanguages = en-us\n"
                   "[ring a]\nchannel = Current\nsource = origin\npath = /p\n",
                   bad[i]);
        struct outcome outcome = read_bytes(buf_text(&text), text.len);
        assert_only_problem(&outcome, 2, "bad-number", "from 1 to 256");
    }
}

/* What one site may have another need not lack. */
static void sites_that_are_apart_are_taken(void **state)
{
    static const char *const texts[] = {
        /* one Active Directory site, but for different rings */
        "[site a]\nrings = pilot\ntarget = /mnt/a\nunc = \\\\a\\x\nad_site = Oslo\n"
        "[site b]\nrings = production\ntarget = /mnt/b\nunc = \\\\b\\x\nad_site = Oslo\n",
        /* one server, different modules, ports and folders */
        "[site a]\nrings = pilot\ntarget = rsync://fs/m\n[site b]\nrings = pilot\ntarget = rsync://fs/n\n"
        "[site c]\nrings = pilot\ntarget = rsync://fs:8730/m\n[site d]\nrings = pilot\ntarget = ssh:fs:/m\n",
        /* no share at all: machines find it through a namespace */
        SITE_A SITE_B,
        /* the same folder names elsewhere */
        "[site a]\nrings = pilot\ntarget = ssh:fs:/srv/store\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct outcome outcome = read_sites(texts[i]);
        assert_good(&outcome);
        clear(&outcome);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_reaches_its_field),
        cmocka_unit_test(without_sites_nothing_is_done_about_them),
        cmocka_unit_test(per_cents_are_written_in_three_ways),
        cmocka_unit_test(a_ring_follows_with_an_address_and_keys),
        cmocka_unit_test(each_mistake_has_its_line),
        cmocka_unit_test(a_ring_that_cannot_follow_is_told_why),
        cmocka_unit_test(at_most_so_many_programs_at_once),
        cmocka_unit_test(sites_that_are_apart_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

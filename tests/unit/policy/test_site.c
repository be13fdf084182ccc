/* Sites: targets as people write them, the quorum, and when bytes and pointers may move by a site's clock. */
#include "when.h"

#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/policy/settings.h"

#define STOCKHOLM "Europe/Stockholm"
#define TOKYO     "Asia/Tokyo"

enum { HOUR = 3600, DAY = 86400 };

/* ---- targets ---- */

static const struct {
    const char *text;
    struct {
        enum site_kind kind;
        const char *user, *host;
        bool ipv6;
        unsigned port;
        const char *module, *path;
    } is;
} good[] = {
    {"rsync://fs-tokyo/office", {SITE_RSYNC, "", "fs-tokyo", false, 0, "office", ""}},
    {"rsync://fs-tokyo/office/", {SITE_RSYNC, "", "fs-tokyo", false, 0, "office", ""}},
    {"rsync://push@fs.example.com:8730/office/a-b/c.d/",
     {SITE_RSYNC, "push", "fs.example.com", false, 8730, "office", "a-b/c.d"}},
    {"rsync://[2001:db8::7]:1/m", {SITE_RSYNC, "", "2001:db8::7", true, 1, "m", ""}},
    {"rsync://127.0.0.1:65535/m/x", {SITE_RSYNC, "", "127.0.0.1", false, 65535, "m", "x"}},
    {"rsync://h/m/a@b", {SITE_RSYNC, "", "h", false, 0, "m", "a@b"}},
    {"ssh:fs-oslo:/srv/office", {SITE_SSH, "", "fs-oslo", false, 0, "", "/srv/office"}},
    {"ssh:ringmgr@fs-oslo:/srv/office//", {SITE_SSH, "ringmgr", "fs-oslo", false, 0, "", "/srv/office"}},
    {"ssh:a@[::1]:/x_y/z+1", {SITE_SSH, "a", "::1", true, 0, "", "/x_y/z+1"}},
    {"/mnt/fs-lima/office/", {SITE_FOLDER, "", "", false, 0, "", "/mnt/fs-lima/office"}},
    {"/mnt/Büro Lima/a:b'c", {SITE_FOLDER, "", "", false, 0, "", "/mnt/Büro Lima/a:b'c"}},
};

static void each_kind_is_taken_to_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        AUTO_SITE_TARGET target = {0};
        char why[128];
        if (!site_target_parse(good[i].text, &target, why))
            fail_msg("%s: %s", good[i].text, why);
        assert_int_equal(target.kind, good[i].is.kind);
        assert_string_equal(target.user, good[i].is.user);
        assert_string_equal(target.host, good[i].is.host);
        assert_int_equal(target.ipv6, good[i].is.ipv6);
        assert_int_equal(target.port, good[i].is.port);
        assert_string_equal(target.module, good[i].is.module);
        assert_string_equal(target.path, good[i].is.path);
    }
}

static const struct {
    const char *text, *part;
} bad[] = {
    {"", "write rsync://"},
    {"fs-tokyo:/srv/office", "write rsync://"},
    {"srv/office", "write rsync://"},
    {"http://fs/office", "write rsync://"},
    {"-e/bin/sh", "write rsync://"},
    {"rsync://", "host"},
    {"rsync:///office", "host"},
    {"rsync://fs", "module must follow"},
    {"rsync://fs/", "module is not"},
    {"rsync://fs//x", "module is not"},
    {"rsync://fs::office", "port"},
    {"rsync://-fs/office", "host is not"},
    {"rsync://fs tokyo/office", "host is not"},
    {"rsync://fs\n/office", "host is not"},
    {"rsync://fs\"/office", "host is not"},
    {"rsync://$(id)/office", "host is not"},
    {"rsync://fs:0/office", "port"},
    {"rsync://fs:65536/office", "port"},
    {"rsync://fs:x/office", "port"},
    {"rsync://fs:/office", "port"},
    {"rsync://fs:8730x/office", "module must follow"},
    {"rsync://@fs/office", "user"},
    {"rsync://-u@fs/office", "user"},
    {"rsync://a b@fs/office", "user"},
    {"rsync://u:secret@fs/office", "user"},
    {"rsync://fs/-office", "module is not"},
    {"rsync://fs/.office", "module is not"},
    {"rsync://fs/off ice", "module is not"},
    {"rsync://fs/office/../x", "path below the module"},
    {"rsync://fs/office//x", "path below the module"},
    {"rsync://fs/office/-x", "path below the module"},
    {"rsync://fs/office/a b", "path below the module"},
    {"rsync://fs/office/a\tb", "path below the module"},
    {"rsync://fs/office/a*", "path below the module"},
    {"rsync://[::1/office", "IPv6"},
    {"rsync://[]/office", "IPv6"},
    {"rsync://[fs]/office", "IPv6"},
    {"rsync://[::1]x/office", "module must follow"},
    {"ssh://fs/srv", "ssh:host:/path"},
    {"ssh:fs", "ssh:host:/path"},
    {"ssh:fs:srv", "ssh:host:/path"},
    {"ssh:fs:22:/srv", "ssh:host:/path"},
    {"ssh::/srv", "host is not"},
    {"ssh:-oProxyCommand=x:/srv", "host is not"},
    {"ssh:fs;id:/srv", "host is not"},
    {"ssh:'fs':/srv", "host is not"},
    {"ssh:fs:/", "path"},
    {"ssh:fs:/srv/$HOME", "path"},
    {"ssh:fs:/srv/a'b", "path"},
    {"ssh:fs:/srv/a b", "path"},
    {"ssh:fs:/srv/../etc", "path"},
    {"ssh:fs:/srv/~", "path"},
    {"/", "below /"},
    {"//", "below /"},
    {"/srv//x", "below /"},
    {"/srv/./x", "below /"},
    {"/srv/..", "below /"},
    {"/-x", "begin with -"},
    {"/srv\n", "control character"},
    {"/srv/\033[2J", "control character"},
};

static void anything_else_is_refused_and_leaves_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct site_target target;
        char why[128] = "";
        if (site_target_parse(bad[i].text, &target, why))
            fail_msg("\"%s\" was taken", bad[i].text);
        if (!strstr(why, bad[i].part))
            fail_msg("%s: wanted …%s…: %s", bad[i].text, bad[i].part, why);
        assert_null(target.host);
        assert_null(target.path);
    }
}

static void no_target_is_longer_than_what_stands_below_it_allows(void **state)
{
    char why[128];
    AUTO_BUF text = {0};
    AUTO_SITE_TARGET target = {0};
    (void)state;
    buf_puts(&text, "/m");
    while (text.len < 900)
        buf_puts(&text, "/folder");
    assert_true(site_target_parse(buf_text(&text), &target, why));
    while (text.len < 1200)
        buf_puts(&text, "/folder");
    struct site_target other;
    assert_false(site_target_parse(buf_text(&text), &other, why));
}

static void targets_that_lie_in_each_other_are_told(void **state)
{
    static const struct {
        const char *a, *b;
        bool overlap;
    } pairs[] = {
        {"/mnt/a", "/mnt/a", true},
        {"/mnt/a", "/mnt/a/b", true},
        {"/mnt/a/b", "/mnt/a", true},
        {"/mnt/a", "/mnt/ab", false},
        {"/mnt/a", "ssh:fs:/mnt/a", false},
        {"ssh:fs:/mnt/a", "ssh:FS:/mnt/a/b", true},
        {"ssh:x@fs:/mnt/a", "ssh:fs:/mnt/a", true},
        {"ssh:fs:/mnt/a", "ssh:fs2:/mnt/a", false},
        {"rsync://fs/m", "rsync://fs/m/x", true},
        {"rsync://fs/m/x", "rsync://fs/m/y", false},
        {"rsync://fs/m", "rsync://fs/n", false},
        {"rsync://fs/m", "rsync://u@fs:873/m", true},
        {"rsync://fs:8730/m", "rsync://fs/m", false},
        {"rsync://[::1]/m", "rsync://[::1]:873/m/x", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        AUTO_SITE_TARGET a = {0};
        AUTO_SITE_TARGET b = {0};
        char why[128];
        assert_true(site_target_parse(pairs[i].a, &a, why));
        assert_true(site_target_parse(pairs[i].b, &b, why));
        if (site_target_overlaps(&a, &b) != pairs[i].overlap ||
            site_target_overlaps(&b, &a) != pairs[i].overlap)
            fail_msg("%s and %s", pairs[i].a, pairs[i].b);
    }
}

/* ---- what clients call it ---- */

static void the_rings_name_stands_for_each_mark(void **state)
{
    static const struct {
        const char *unc, *is;
    } names[] = {
        {"", ""},
        {NULL, ""},
        {"\\\\fs\\office", "\\\\fs\\office"},
        {"\\\\fs\\office-%ring%", "\\\\fs\\office-pilot"},
        {"\\\\fs-%ring%\\%ring%\\x", "\\\\fs-pilot\\pilot\\x"},
        {"%ring%%ring%", "pilotpilot"},
        {"%ring", "%ring"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct site site = {.unc = (char *)(uintptr_t)names[i].unc};
        char *unc AUTO_FREE = site_unc(&site, "pilot");
        assert_string_equal(unc, names[i].is);
    }
}

static void add_site(struct settings *settings, const char *name, const char *rings, bool required)
{
    settings->site = mem_grow(settings->site, settings->sites, sizeof *settings->site);
    struct site *site = &settings->site[settings->sites++];
    *site = (struct site){.name = mem_strdup(name), .required = required};
    site->unc = mem_printf("\\\\fs-%s\\office-%%ring%%", name);
    strv_split(&site->rings, rings);
}

static void rings_are_found_by_the_shares_of_their_sites(void **state)
{
    struct settings settings AUTO(settings_clear) = {.rings = 2};
    (void)state;
    settings.ring = mem_new(2, sizeof *settings.ring);
    settings.ring[0] = (struct ring){.name = mem_strdup("pilot"), .unc = mem_strdup("\\\\files\\pilot")};
    settings.ring[1] = (struct ring){.name = mem_strdup("prod"), .origin = mem_strdup("https://hq/prod")};
    add_site(&settings, "tokyo", "pilot prod", true);
    add_site(&settings, "lima", "prod", false);
    add_site(&settings, "oslo", "prod", true);
    assert_ptr_equal(settings_site(&settings, "lima"), &settings.site[1]);
    assert_null(settings_site(&settings, "lim"));
    assert_int_equal(settings_ring_sites(&settings, "prod"), 3);
    assert_int_equal(settings_required_sites(&settings, "prod"), 2);
    assert_int_equal(settings_required_sites(&settings, "pilot"), 1);
    assert_int_equal(settings_ring_sites(&settings, "other"), 0);
    assert_ptr_equal(settings_ring_at(&settings, "\\\\FS-tokyo\\office-PROD\\Office\\Data"),
                     &settings.ring[1]);
    assert_ptr_equal(settings_ring_at(&settings, "\\\\fs-tokyo\\office-pilot"), &settings.ring[0]);
    assert_ptr_equal(settings_ring_at(&settings, "\\\\files\\pilot"), &settings.ring[0]);
    assert_null(settings_ring_at(&settings, "\\\\fs-lima\\office-pilot"));
    assert_true(ring_follows(&settings.ring[1]) && !ring_follows(&settings.ring[0]));
}

/* ---- the quorum ---- */

static void the_quorum_is_rounded_up(void **state)
{
    static const struct {
        size_t required;
        unsigned per_cent;
        size_t needed;
    } table[] = {
        {0, 100, 0},    {0, 1, 0},     {1, 100, 1},    {1, 1, 1},           {2, 50, 1},
        {3, 50, 2},     {3, 100, 3},   {12, 95, 12},   {20, 95, 19},        {80, 95, 76},
        {300, 95, 285}, {300, 1, 3},   {301, 1, 4},    {3, 67, 3},          {3, 66, 2},
        {7, 99, 7},     {100, 99, 99}, {101, 99, 100}, {1000000, 1, 10000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (site_quorum_needed(table[i].required, table[i].per_cent) != table[i].needed)
            fail_msg("%zu at %u %%: %zu", table[i].required, table[i].per_cent,
                     site_quorum_needed(table[i].required, table[i].per_cent));
    assert_true(site_quorum_met(0, 100, 0));
    assert_true(site_quorum_met(20, 95, 19));
    assert_false(site_quorum_met(20, 95, 18));
    assert_false(site_quorum_met(1, 1, 0));
}

/* Whatever the per cent: enough is enough, and one less is less than the per cent. */
static void the_quorum_is_the_least_number_that_is_enough(void **state)
{
    (void)state;
    for (size_t required = 1; required <= 400; required++)
        for (unsigned per_cent = 1; per_cent <= 100; per_cent++) {
            size_t needed = site_quorum_needed(required, per_cent);
            assert_true(needed >= 1 && needed <= required);
            assert_true(needed * 100 >= required * per_cent);
            assert_true((needed - 1) * 100 < required * per_cent);
        }
}

/* ---- when ---- */

/* A site with this zone and this window; site_clear() frees. */
static struct site site_with(const char *zone, const char *windows)
{
    struct site site = {.name = mem_strdup("x"), .timezone = mem_strdup(zone)};
    char *copy = strdup(windows), *rest = copy, *one, why[128];
    while ((one = strsep(&rest, ";")))
        if (*one && !window_add(&site.window, one, why))
            fail_msg("%s: %s", one, why);
    free(copy);
    return site;
}

/* The process's own zone is Stockholm throughout. */
static void assert_at_home(void)
{
    assert_int_equal(zone_second_of_day(when("2026-06-01T12:00:00+02:00")), 12 * HOUR);
    assert_string_equal(getenv("TZ"), STOCKHOLM);
}

static void bytes_keep_to_the_sites_own_clock(void **state)
{
    static const struct {
        const char *zone, *window, *at;
        bool open;
        const char *until;
    } table[] = {
        {TOKYO, "20:00-06:00", "2026-06-01T19:59:59+09:00", false, "2026-06-01T20:00:00+09:00"},
        {TOKYO, "20:00-06:00", "2026-06-01T20:00:00+09:00", true, "2026-06-02T06:00:00+09:00"},
        {TOKYO, "20:00-06:00", "2026-06-02T05:59:59+09:00", true, "2026-06-02T06:00:00+09:00"},
        {TOKYO, "20:00-06:00", "2026-06-02T06:00:00+09:00", false, "2026-06-02T20:00:00+09:00"},
        {"", "20:00-06:00", "2026-06-01T20:00:00+02:00", true, "2026-06-02T06:00:00+02:00"},
        {STOCKHOLM, "20:00-06:00", "2026-06-01T13:00:00+02:00", false, "2026-06-01T20:00:00+02:00"},
        {"America/New_York", "20:00-06:00", "2026-11-01T00:30:00-04:00", true, "2026-11-01T06:00:00-05:00"},
        {"Australia/Lord_Howe", "01:00-03:00", "2026-10-04T01:30:00+10:30", true,
         "2026-10-04T03:00:00+11:00"},
        {"Asia/Kathmandu", "Sat", "2026-06-05T18:15:00+00:00", true, "2026-06-06T18:15:00+00:00"},
        {TOKYO, "", "2026-06-01T12:00:00+09:00", true, "-"},
    };
    (void)state;
    zone_set(STOCKHOLM);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct site site AUTO(site_clear) = site_with(table[i].zone, table[i].window);
        struct window_state is = site_bytes_at(&site, when(table[i].at));
        if (is.open != table[i].open || is.until_unix != when(table[i].until))
            fail_msg("%s %s at %s: %s until %s", table[i].zone, table[i].window, table[i].at,
                     is.open ? "open" : "shut", when_text(is.until_unix));
        assert_at_home();
    }
}

static const struct {
    const char *zone, *freeze, *days, *at;
    enum site_flip flip;
    const char *opens;
} flips[] = {
    {TOKYO, "", "", "2026-06-01T12:00:00+09:00", SITE_FLIP_OPEN, "2026-06-01T12:00:00+09:00"},
    {TOKYO, "", "Mon-Thu 17:00-21:00", "2026-06-01T16:59:59+09:00", SITE_FLIP_DAYS,
     "2026-06-01T17:00:00+09:00"},
    {TOKYO, "", "Mon-Thu 17:00-21:00", "2026-06-01T17:00:00+09:00", SITE_FLIP_OPEN,
     "2026-06-01T17:00:00+09:00"},
    {TOKYO, "", "Mon-Thu 17:00-21:00", "2026-06-04T21:00:00+09:00", SITE_FLIP_DAYS,
     "2026-06-08T17:00:00+09:00"},
    /* Headquarters' Monday evening is Tuesday's small hours there. */
    {TOKYO, "", "Mon 17:00-21:00", "2026-06-01T18:00:00+02:00", SITE_FLIP_DAYS, "2026-06-08T17:00:00+09:00"},
    {TOKYO, "2026-12-24", "", "2026-12-23T16:00:00+01:00", SITE_FLIP_FREEZE, "2026-12-25T00:00:00+09:00"},
    {TOKYO, "2026-12-24", "", "2026-12-24T16:00:00+01:00", SITE_FLIP_OPEN, "2026-12-25T00:00:00+09:00"},
    {"", "2026-12-24", "", "2026-12-24T16:00:00+01:00", SITE_FLIP_FREEZE, "2026-12-25T00:00:00+01:00"},
    /* Both are shut: the freeze is told, and what opens last counts. */
    {TOKYO, "2026-12-10/2027-01-06", "Mon-Thu 17:00-21:00", "2026-12-12T12:00:00+09:00", SITE_FLIP_FREEZE,
     "2027-01-07T17:00:00+09:00"},
    {TOKYO, "2026-12-10/2027-01-06", "Mon-Thu 17:00-21:00", "2026-12-09T22:00:00+09:00", SITE_FLIP_DAYS,
     "2027-01-07T17:00:00+09:00"},
    /* Hours in the hour that the clock skips. */
    {"America/New_York", "", "Sun 02:00-03:00", "2026-03-08T00:00:00-05:00", SITE_FLIP_DAYS,
     "2026-03-15T02:00:00-04:00"},
};

static void pointers_keep_to_the_rings_days_by_the_sites_clock(void **state)
{
    (void)state;
    zone_set(STOCKHOLM);
    for (size_t i = 0; i < sizeof flips / sizeof *flips; i++) {
        struct site site AUTO(site_clear) = site_with(flips[i].zone, "");
        struct date_ranges freeze AUTO(date_ranges_clear) = {0};
        struct weekly_windows days AUTO(weekly_windows_clear) = {0};
        char why[128];
        assert_true(!*flips[i].freeze || calendar_add_range(&freeze, flips[i].freeze, why));
        assert_true(!*flips[i].days || calendar_add_window(&days, flips[i].days, why));
        struct site_chance is = site_flip_at(&site, &freeze, &days, when(flips[i].at));
        if (is.flip != flips[i].flip || is.opens_unix != when(flips[i].opens))
            fail_msg("case %zu: %d, %s, not %s", i, (int)is.flip, when_text(is.opens_unix), flips[i].opens);
        assert_at_home();
    }
}

static const struct {
    const char *zone, *window;
    uint64_t limit, bytes, rate;
    const char *from, *ends;
} transfers[] = {
    {TOKYO, "", 0, 0, 0, "2026-06-01T12:00:00+09:00", "2026-06-01T12:00:00+09:00"},
    {TOKYO, "20:00-06:00", 0, 0, 100, "2026-06-01T12:00:00+09:00", "2026-06-01T12:00:00+09:00"},
    {TOKYO, "", 0, 1000, 0, "2026-06-01T12:00:00+09:00", "-"}, /* nobody knows */
    {TOKYO, "", 0, 1000, 100, "2026-06-01T12:00:00+09:00", "2026-06-01T12:00:10+09:00"},
    {TOKYO, "", 0, 1001, 100, "2026-06-01T12:00:00+09:00", "2026-06-01T12:00:11+09:00"},
    {TOKYO, "", 50, 1000, 100, "2026-06-01T12:00:00+09:00", "2026-06-01T12:00:20+09:00"},
    {TOKYO, "", 500, 1000, 100, "2026-06-01T12:00:00+09:00", "2026-06-01T12:00:10+09:00"},
    {TOKYO, "", 50, 1000, 0, "2026-06-01T12:00:00+09:00", "2026-06-01T12:00:20+09:00"},
    /* Two hours at noon wait for the evening; twelve in nights of ten take two. */
    {TOKYO, "20:00-06:00", 0, 7200, 1, "2026-06-01T12:00:00+09:00", "2026-06-01T22:00:00+09:00"},
    {TOKYO, "20:00-06:00", 0, 7200, 1, "2026-06-02T05:00:00+09:00", "2026-06-02T21:00:00+09:00"},
    {TOKYO, "20:00-06:00", 0, 43200, 1, "2026-06-01T20:00:00+09:00", "2026-06-02T22:00:00+09:00"},
    {TOKYO, "20:00-06:00", 0, 36000, 1, "2026-06-01T20:00:00+09:00", "2026-06-02T06:00:00+09:00"},
    {TOKYO, "20:00-06:00", 0, 36001, 1, "2026-06-01T20:00:00+09:00", "2026-06-02T20:00:01+09:00"},
    /* The night in which the clock is set is shorter or longer by an hour. */
    {STOCKHOLM, "20:00-06:00", 0, 36000, 1, "2026-03-28T20:00:00+01:00", "2026-03-29T21:00:00+02:00"},
    {STOCKHOLM, "20:00-06:00", 0, 39600, 1, "2026-10-24T20:00:00+02:00", "2026-10-25T06:00:00+01:00"},
    {"Australia/Lord_Howe", "01:00-03:00", 0, 7200, 1, "2026-10-03T12:00:00+10:30",
     "2026-10-05T01:30:00+11:00"},
    /* Weekends only, and a window of the whole week in two parts, which never closes. */
    {TOKYO, "Sat;Sun", 0, 3 * 86400, 1, "2026-06-01T12:00:00+09:00", "2026-06-14T00:00:00+09:00"},
    {TOKYO, "00:00-12:00;12:00-24:00", 0, 20 * 86400, 1, "2026-06-01T12:00:00+09:00",
     "2026-06-21T12:00:00+09:00"},
    /* More than a year, and numbers that only just fit. */
    {TOKYO, "20:00-20:01", 0, 366 * 60, 1, "2026-01-01T00:00:00+09:00", "2027-01-01T20:01:00+09:00"},
    {TOKYO, "20:00-20:01", 0, 368 * 60, 1, "2026-01-01T00:00:00+09:00", "-"},
    {TOKYO, "", 0, UINT64_MAX, 1, "2026-01-01T00:00:00+09:00", "-"},
    {TOKYO, "", 0, UINT64_MAX, UINT64_MAX, "2026-01-01T00:00:00+09:00", "2026-01-01T00:00:01+09:00"},
};

static void transfers_end_when_their_windows_let_them(void **state)
{
    (void)state;
    zone_set(STOCKHOLM);
    for (size_t i = 0; i < sizeof transfers / sizeof *transfers; i++) {
        struct site site AUTO(site_clear) = site_with(transfers[i].zone, transfers[i].window);
        site.rate_limit = transfers[i].limit;
        int64_t ends = site_finish(&site, transfers[i].bytes, transfers[i].rate, when(transfers[i].from));
        if (ends != when(transfers[i].ends))
            fail_msg("case %zu: %s, not %s", i, when_text(ends), transfers[i].ends);
        assert_at_home();
    }
}

/* Step by step: what site_finish() says is when the bytes have gone through the open seconds. */
static void a_transfer_takes_as_many_open_seconds_as_it_needs(void **state)
{
    enum { STEP = 300 }; /* windows begin and end at such minutes */
    struct site site AUTO(site_clear) = site_with("America/St_Johns", "22:00-01:30;Sun 02:00-04:00");
    int64_t from = when("2026-10-30T12:00:00-02:30");
    (void)state;
    zone_set(STOCKHOLM);
    for (int64_t seconds = 1; seconds < 2 * DAY; seconds += 3 * 7919) {
        int64_t ends = site_finish(&site, (uint64_t)seconds * 1000, 1000, from), open = 0;
        struct zone_visit visit;
        zone_visit(&visit, site.timezone);
        for (int64_t at = from; at < ends; at += STEP)
            open += window_at(&site.window, at).open ? (ends - at < STEP ? ends - at : STEP) : 0;
        assert_true(window_at(&site.window, ends - 1).open);
        zone_return(&visit);
        assert_int_equal(open, seconds);
    }
}

static void times_are_shown_by_the_sites_clock(void **state)
{
    struct site site AUTO(site_clear) = site_with(TOKYO, "");
    char text[ZONE_TIME_SIZE];
    (void)state;
    zone_set(STOCKHOLM);
    site_format_time(&site, when("2026-06-01T18:00:00+02:00"), text);
    assert_string_equal(text, "2026-06-02 01:00");
    assert_at_home();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_taken_to_pieces),
        cmocka_unit_test(anything_else_is_refused_and_leaves_nothing),
        cmocka_unit_test(no_target_is_longer_than_what_stands_below_it_allows),
        cmocka_unit_test(targets_that_lie_in_each_other_are_told),
        cmocka_unit_test(the_rings_name_stands_for_each_mark),
        cmocka_unit_test(rings_are_found_by_the_shares_of_their_sites),
        cmocka_unit_test(the_quorum_is_rounded_up),
        cmocka_unit_test(the_quorum_is_the_least_number_that_is_enough),
        cmocka_unit_test(bytes_keep_to_the_sites_own_clock),
        cmocka_unit_test(pointers_keep_to_the_rings_days_by_the_sites_clock),
        cmocka_unit_test(transfers_end_when_their_windows_let_them),
        cmocka_unit_test(a_transfer_takes_as_many_open_seconds_as_it_needs),
        cmocka_unit_test(times_are_shown_by_the_sites_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

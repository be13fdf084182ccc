/* The configuration as lines, what differs, and what of that loosens a ring: tables in both directions. */
#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/policy/changes_loosen.h"
#include "ringmgr/policy/window.h"
#include "test.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static int64_t day_of(const char *date)
{
    int64_t day;
    if (!zone_parse_date(date, &day))
        fail_msg("\"%s\" is no date", date);
    return day;
}

/* The rules as shipped. The caller clears them. */
static struct support_rules shipped_rules(void)
{
    AUTO_BUF text = {0};
    struct support_rules rules = {0};
    struct err err = {0};
    assert_ok(fs_read_path(TEST_SOURCE_DIR "/config/support.csv", 1 << 20, &text, &err));
    assert_ok(support_rules_parse(text.data, text.len, "support.csv", &rules, &err));
    return rules;
}

/* ---- what loosens: one key of the ring production, or of no ring ---- */

static const struct {
    const char *key, *before, *after;
    bool loosens;
} cases[] = {
    {"channel", "MonthlyEnterprise", "Current", true},
    {"channel", "Current", "MonthlyEnterprise", true},
    {"source", "pilot", "origin", true},
    {"source", "origin", "pilot", true},
    {"path", "/srv/a", "/srv/b", true},
    {"[origin] roots", "/a.pem (SHA-256 00)", "/a.pem (SHA-256 01)", true},
    {"[origin] roots", "/a.pem (SHA-256 00)", "/b.pem (SHA-256 00)", true},
    {"[origin] publisher", "Microsoft Corporation", "Somebody", true},
    {"[origin] publisher", "Somebody", "Microsoft Corporation", true},

    {"publish", "manual", "auto", true},
    {"publish", "auto", "manual", false},
    {"first", "no", "yes", true},
    {"first", "yes", "no", false},
    {"four_eyes", "yes", "no", true},
    {"four_eyes", "no", "yes", false},

    {"approvals", "2", "1", true},
    {"approvals", "1", "2", false},
    {"approvals", "1", "0", true},
    {"approvals", "10", "9", true},
    {"approvals", "9", "10", false},
    {"approvals", "two", "1", true},
    {"approvals", "", "1", true},
    {"approvals", "99999999999999999999", "1", true},
    {"override_people", "2", "1", true},
    {"override_people", "2", "3", false},
    {"expedite_approvals", "2", "1", true},
    {"expedite_approvals", "2", "3", false},
    {"throttle_min", "500", "0", true},
    {"throttle_min", "0", "500", false},

    {"soak", "14 days", "3 days", true},
    {"soak", "3 days", "14 days", false},
    {"soak", "14 days", "335 hours", true},
    {"soak", "1 day", "25 hours", false},
    {"soak", "10 workdays", "9 workdays", true},
    {"soak", "9 workdays", "10 workdays", false},
    {"soak", "10 workdays", "10 days", true},
    {"soak", "10 days", "10 workdays", false},
    {"soak", "10 workdays", "13 days", true}, /* begun on a Saturday it takes 14 */
    {"soak", "10 workdays", "14 days", false},
    {"soak", "12 days", "10 workdays", false}, /* begun on a Monday it takes 12 */
    {"soak", "14 days", "10 workdays", true},
    {"soak", "1 workday", "2 days", true},
    {"soak", "1 workday", "3 days", false},
    {"soak", "0 days", "0 workdays", false},
    {"soak", "0 workdays", "0 days", false},
    {"soak", "1 workday", "0 days", true},
    {"soak", "a fortnight", "14 days", true},
    {"soak", "", "14 days", true},
    {"expedite_soak", "1 day", "12 hours", true},
    {"expedite_soak", "12 hours", "1 day", false},
    {"settle", "1 hour", "59 minutes", true},
    {"settle", "1 hour", "61 minutes", false},

    {"approvers", "user:anna", "user:anna, user:bob", true},
    {"approvers", "user:anna, user:bob", "user:anna", false},
    {"approvers", "user:anna", "user:bob", true},
    {"approvers", "user:anna, user:bob", "", true},
    {"approvers", "", "user:anna", false},
    {"approvers", "user:anna", "group:anna", true},
    {"approvers", "group:Office Approvers, user:anna", "group:Office Approvers", false},
    {"approvers", "group:Office", "group:Office Approvers", true},
    {"overriders", "", "user:anna", true},
    {"overriders", "user:anna", "", false},
    {"overriders", "user:anna", "user:anna, user:bob", true},
    {"overriders", "user:anna, user:bob", "user:bob", false},

    {"freeze", "2026-12-10/2027-01-06", "", true},
    {"freeze", "", "2026-12-10/2027-01-06", false},
    {"freeze", "2026-12-10/2027-01-06", "2026-12-10/2027-01-05", true},
    {"freeze", "2026-12-10/2027-01-06", "2026-12-11/2027-01-06", true},
    {"freeze", "2026-12-10/2027-01-06", "2026-12-09/2027-01-07", false},
    {"freeze", "2026-12-10/2027-01-06", "2026-12-10/2026-12-24, 2026-12-25/2027-01-06", false},
    {"freeze", "2026-12-10/2027-01-06", "2026-12-10/2026-12-23, 2026-12-25/2027-01-06", true},
    {"freeze", "2026-12-10/2027-01-06", "2026-12-20/2027-01-06, 2026-12-01/2026-12-21", false},
    {"freeze", "2026-11-01/2026-11-21", "", false},                      /* it is over */
    {"freeze", "2026-11-01/2026-11-22", "", true},                       /* today is its last day */
    {"freeze", "2026-11-01/2026-11-30", "2026-11-22/2026-11-30", false}, /* the days that are past */
    {"freeze", "2026-11-01/2026-11-30", "2026-11-23/2026-11-30", true},
    {"freeze", "2026-12-24", "2026-12-24/2026-12-25", false},
    {"freeze", "2026-12-24, 2026-12-31", "2026-12-31", true},
    {"freeze", "Christmas", "2026-12-24", true},

    {"days", "Mon-Thu 17:00-21:00", "", true},
    {"days", "", "Mon-Thu 17:00-21:00", false},
    {"days", "Mon-Thu 17:00-21:00", "Mon-Thu 17:00-21:01", true},
    {"days", "Mon-Thu 17:00-21:00", "Mon-Thu 17:00-20:59", false},
    {"days", "Mon-Thu 17:00-21:00", "Mon-Fri 17:00-21:00", true},
    {"days", "Mon-Fri 17:00-21:00", "Mon,Wed 17:00-21:00", false},
    {"days", "Mon-Thu 17:00-21:00", "Mon-Thu 17:00-19:00; Mon-Thu 19:00-21:00", false},
    {"days", "Mon-Thu 17:00-21:00", "Mon-Thu 16:59-21:00", true},
    {"days", "Mon-Sun", "", false},
    {"days", "Sat", "Sat 00:00-24:00", false},
    {"days", "Sat 22:00-02:00", "Sat 22:00-24:00; Sun 00:00-02:00", false},
    {"days", "Sun 22:00-02:00", "Sun 22:00-24:00; Mon 00:00-02:00", false},
    {"days", "Sun 22:00-02:00", "Sun 22:00-02:00; Mon 02:00-02:01", true},
    {"days", "Mon 08:00-08:00", "Mon 08:00-09:00", false}, /* the whole 24 hours */
    {"days", "Mon 08:00-09:00", "Mon 08:00-08:00", true},
    {"days", "always", "Mon", true},

    {"[support] minimum_left", "21 days", "10 days", true},
    {"[support] minimum_left", "10 days", "21 days", false},
    {"[support] minimum_left", "1 day", "0 days", true},
    {"[support] minimum_left", "soon", "10 days", true},

    {"sites_ready", "95", "94", true},
    {"sites_ready", "94", "95", false},
    {"required_sites", "lima, tokyo", "lima", true},
    {"required_sites", "lima", "lima, tokyo", false},
    {"required_sites", "lima", "tokyo", true},
    {"origin", "https://hq/a", "https://hq/b", true},
    {"manifest_keys", "/a.pem", "/a.pem, /b.pem", true},
    {"manifest_keys", "/a.pem, /b.pem", "/a.pem", true},
    {CHANGES_KEYS, "00", "01", true},

    {"version", "n-1", "latest", false},
    {"keep", "2", "0", false},
    {"grace", "21 days", "0 days", false},
    {"content", "x64 en-us proofing= arm64=no", "x64 de-de proofing= arm64=no", false},
    {"unc", "a", "b", false},
    {"link", "hard", "copy", false},
    {"machines", "10", "0", false},
    {"was", "", "old", false},
    {"configured", "yes", "no", false},
    {"configured", "no", "yes", false},
    {"[origin] url", "http://a", "http://b", false},
    {"[origin] proxy", "", "http://b", false},
    {"[origin] conflict_wait", "3 days", "0 days", false},
    {"[origin] mirrors", "", "http://b", false},
    {"[origin] window", "Mon-Sun 20:00-06:00", "", false},
    {"[ringmgr] timezone", "UTC", "Europe/Stockholm", false},
    {"[ringmgr] holidays", "2026-12-24", "", false},
    {"[support] window", "12 months", "none", false},
    {"[support] warn", "auto", "", false},
    {"[support] rules", "/a.csv", "/b.csv", false},
    {"a key of a later version", "1", "0", false},
};

static bool loosens(const char *key, const char *before, const char *after)
{
    const struct effectives none = {0};
    const struct change_context context = {
        .recorded = &none, .effective = &none, .today = day_of("2026-11-22")};
    const struct change change = {
        .ring = *key == '[' ? "" : "production", .key = key, .before = before, .after = after};
    return changes_loosens(&change, "production", &context);
}

static void each_key_loosens_in_its_direction(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (loosens(cases[i].key, cases[i].before, cases[i].after) != cases[i].loosens)
            fail_msg("%s: %s -> %s should%s loosen", cases[i].key, cases[i].before, cases[i].after,
                     cases[i].loosens ? "" : " not");
}

static void what_was_not_recorded_loosens_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_false(loosens(cases[i].key, NULL, cases[i].after));
        assert_false(loosens(cases[i].key, cases[i].before, NULL));
    }
}

/* Lines that are there only where something is set: what a ring was before it is known, a new ring's is not.
 */
static void what_a_known_ring_newly_says_loosens_it(void **state)
{
    static const struct {
        const char *key, *before, *after;
        bool loosens;
    } table[] = {
        {"origin", NULL, "https://hq/a", true},   {"origin", "https://hq/a", NULL, true},
        {"manifest_keys", NULL, "/a.pem", true},  {"manifest_keys", "/a.pem", NULL, true},
        {"required_sites", NULL, "tokyo", false}, {"required_sites", "tokyo", NULL, true},
        {"sites_ready", NULL, "50", false},       {"sites_ready", "100", NULL, false},
        {"publish", NULL, "auto", false},
    };
    struct effective line = {(char *)"production", (char *)CHANGES_CONFIGURED, (char *)"yes"};
    const struct effectives none = {0}, known = {&line, 1};
    struct change_context context = {.effective = &none};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const struct change change = {"production", table[i].key, table[i].before, table[i].after};
        context.recorded = &known;
        if (changes_loosens(&change, "production", &context) != table[i].loosens)
            fail_msg("case %zu", i);
        context.recorded = &none;
        assert_false(changes_loosens(&change, "production", &context));
    }
}

static void a_rings_change_is_no_other_rings(void **state)
{
    const struct effectives none = {0};
    const struct change_context context = {.recorded = &none, .effective = &none};
    const struct change own = {"production", "approvals", "1", "0"};
    const struct change common = {"", "[origin] publisher", "a", "b"};
    (void)state;
    assert_true(changes_loosens(&own, "production", &context));
    assert_false(changes_loosens(&own, "pilot", &context));
    assert_true(changes_loosens(&common, "production", &context));
    assert_true(changes_loosens(&common, "pilot", &context));
}

/* ---- minimum_left = auto is what the channel has: Current 0, MonthlyEnterprise 10, SemiAnnual 21 ---- */

static const struct {
    const char *channel, *before, *after;
    bool loosens, loosens_unknown;
} minimum_cases[] = {
    {"MonthlyEnterprise", "14 days", "auto", true, true},
    {"SemiAnnual", "14 days", "auto", false, true},
    {"Current", "14 days", "auto", true, true},
    {"MonthlyEnterprise", "auto", "14 days", false, true},
    {"SemiAnnual", "auto", "14 days", true, true},
    {"Current", "auto", "0 days", false, true},
    {"MonthlyEnterprise", "10 days", "auto", false, true},
    {"NoSuchChannel", "auto", "14 days", true, true},
};

static void auto_is_the_number_of_the_channel(void **state)
{
    struct support_rules rules AUTO(support_rules_clear) = shipped_rules();
    (void)state;
    for (size_t i = 0; i < COUNT_OF(minimum_cases); i++) {
        struct effective line = {(char *)"production", (char *)"channel", (char *)minimum_cases[i].channel};
        const struct effectives effective = {&line, 1};
        struct change_context context = {.recorded = &effective, .effective = &effective, .rules = &rules};
        const struct change change = {"", CHANGES_MINIMUM_LEFT, minimum_cases[i].before,
                                      minimum_cases[i].after};
        if (changes_loosens(&change, "production", &context) != minimum_cases[i].loosens)
            fail_msg("case %zu", i);
        context.rules = NULL;
        assert_int_equal(changes_loosens(&change, "production", &context), minimum_cases[i].loosens_unknown);
    }
}

/* ---- people: "anna = anna, adm-anna; bob = bob" ---- */

static void add_line(struct effectives *list, const char *ring, const char *key, const char *value)
{
    list->item = mem_grow(list->item, list->len, sizeof *list->item);
    list->item[list->len++] = (struct effective){mem_strdup(ring), mem_strdup(key), mem_strdup(value)};
}

static struct effectives people(const char *text)
{
    struct effectives list = {0};
    AUTO_BUF rest = {0};
    buf_puts(&rest, text);
    char *save = NULL;
    for (char *one = strtok_r((char *)rest.data, ";", &save); one; one = strtok_r(NULL, ";", &save)) {
        one += strspn(one, " ");
        char *equals = strstr(one, " = ");
        char *key = mem_printf(CHANGES_PEOPLE "%.*s", (int)(equals - one), one);
        add_line(&list, "", key, equals + 3);
        free(key);
    }
    return list;
}

static const struct {
    const char *before, *after;
    bool loosens;
} people_cases[] = {
    {"anna = anna, adm-anna", "anna = anna", true},
    {"anna = anna", "anna = anna, adm-anna", false},
    {"anna = anna, adm-anna", "", true},
    {"", "anna = anna, adm-anna", false},
    {"anna = anna, adm-anna", "annette = anna, adm-anna", false},
    {"anna = a, b", "anna = a; bob = b", true},
    {"a = a; b = b", "a = a, b", false},
    {"anna = a; bob = b", "anna = a, b", true}, /* an account bob, if there is one, was b's person */
    {"anna = a, b, c", "anna = a, b", true},
    {"anna = adm-anna", "", true}, /* the account anna was the person anna, too */
    {"x = y", "x = y; z = x", true},
    {"anna = a; bob = anna, bob", "anna = a, x; bob = anna, bob", false},
    {"anna = anna", "", false},
    {"anna = a, b; bob = c, d", "anna = c, d; bob = a, b; carl = anna, bob", true},
    {"anna = anna, adm-anna; bob = bob, adm-bob", "anna = adm-anna, anna, bob, adm-bob", false},
};

static bool people_loosen(const char *before, const char *after)
{
    struct effectives recorded AUTO(effectives_clear) = people(before);
    struct effectives effective AUTO(effectives_clear) = people(after);
    const struct change_context context = {.recorded = &recorded, .effective = &effective};
    struct changes changes, loosened;
    changes_compare(&recorded, &effective, &changes);
    changes_select(&changes, "any", &context, &loosened);
    bool any = loosened.len > 0;
    free(changes.item);
    free(loosened.item);
    return any;
}

static void who_was_one_person_stays_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(people_cases); i++)
        if (people_loosen(people_cases[i].before, people_cases[i].after) != people_cases[i].loosens)
            fail_msg("%s -> %s", people_cases[i].before, people_cases[i].after);
}

/* ---- settings as lines ---- */

static void add_rules(struct ring *ring)
{
    char why[128];
    strv_add(&ring->approvers, "user:bob");
    strv_add(&ring->approvers, "group:Office Approvers");
    ring->soak = (struct soak_need){10 * 86400, true};
    ring->expedite_soak = (struct soak_need){36 * 3600, false};
    ring->settle_seconds = 3600;
    ring->grace_seconds = 21 * 86400;
    ring->version = (struct version_rule){VERSION_NAMED, "2606"};
    ring->approvals = ring->override_people = 2;
    ring->four_eyes = true;
    assert_true(calendar_add_range(&ring->freeze, "2027-12-10/2028-01-06", why));
    assert_true(calendar_add_range(&ring->freeze, "2026-12-24", why));
    assert_true(calendar_add_window(&ring->days, "Sat-Mon 22:00-02:00", why));
    assert_true(calendar_add_window(&ring->days, "Mon,Wed 08:00-12:00", why));
    assert_true(calendar_add_window(&ring->days, "Fri", why));
}

static struct settings some_settings(void)
{
    struct settings settings = {.timezone = mem_strdup("UTC"), .rings = 1, .persons = 1};
    settings.ring = mem_new(1, sizeof *settings.ring);
    settings.ring[0] = (struct ring){.name = mem_strdup("production"),
                                     .channel = channel_find("Current"),
                                     .source = mem_strdup("pilot"),
                                     .path = mem_strdup("/srv/production")};
    settings.ring[0].content.architectures = ARCH_X64;
    strv_add(&settings.ring[0].content.languages, "en-us");
    add_rules(&settings.ring[0]);
    settings.person = mem_new(1, sizeof *settings.person);
    settings.person[0].name = mem_strdup("anna");
    strv_split(&settings.person[0].accounts, "anna adm-anna");
    settings.origin.roots = mem_strdup("/etc/roots.pem");
    settings.origin.publisher = mem_strdup("Microsoft Corporation");
    settings.support = (struct support_settings){
        .window_count = 12, .window_months = true, .warn_days = {7, 30}, .warns = 2, .minimum_days = 1};
    return settings;
}

static void the_way_to_the_origin_is_described_where_it_is_set(void **state)
{
    static const char *const keys[] = {"[origin] mirrors", "[origin] rate_limit", "[origin] window",
                                       "[origin] proxy_credentials"};
    static const char *const values[] = {"http://a, http://b", "5242880", "Mon-Sun 20:00-06:00; Sat",
                                         "/etc/ringmgr/proxy"};
    struct settings settings AUTO(settings_clear) = {.timezone = mem_strdup("UTC")};
    struct effectives none AUTO(effectives_clear) = {0}, list AUTO(effectives_clear)
    = {0};
    char why[128];
    (void)state;
    changes_describe(&settings, NULL, &none);
    strv_add(&settings.origin.mirrors, "http://b");
    strv_add(&settings.origin.mirrors, "http://a");
    settings.origin.rate_limit = 5 << 20;
    settings.origin.proxy_credentials = mem_strdup("/etc/ringmgr/proxy");
    assert_true(calendar_add_window(&settings.origin.window, "Sat", why));
    assert_true(calendar_add_window(&settings.origin.window, "Mon-Sun 20:00-06:00", why));
    changes_describe(&settings, NULL, &list);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        assert_null(effectives_value(&none, "", keys[i]));
        assert_string_equal(effectives_value(&list, "", keys[i]), values[i]);
    }
}

static void add_site(struct settings *settings, const char *name, bool required)
{
    settings->site = mem_grow(settings->site, settings->sites, sizeof *settings->site);
    struct site *site = &settings->site[settings->sites++];
    *site = (struct site){
        .name = mem_strdup(name), .target = mem_printf("ssh:%s:/srv", name), .required = required};
    strv_add(&site->rings, "production");
}

static void sites_are_described_and_who_counts_for_the_quorum(void **state)
{
    struct settings settings AUTO(settings_clear) = some_settings();
    struct effectives none AUTO(effectives_clear) = {0}, list AUTO(effectives_clear)
    = {0};
    char why[128];
    (void)state;
    settings.ring[0].sites_ready = 95;
    changes_describe(&settings, NULL, &none);
    assert_null(effectives_value(&none, "production", "sites_ready"));
    assert_null(effectives_value(&none, "production", "required_sites"));
    assert_null(effectives_value(&none, "production", "origin"));
    add_site(&settings, "tokyo", true);
    add_site(&settings, "lima", true);
    add_site(&settings, "oslo", false);
    settings.site[0].rate_limit = 4 << 20;
    settings.site[0].timezone = mem_strdup("Asia/Tokyo");
    settings.manifest.key = mem_strdup("/etc/key.pem");
    settings.ring[0].origin = mem_strdup("https://hq/x");
    strv_add(&settings.ring[0].manifest_keys, "/b.pem");
    strv_add(&settings.ring[0].manifest_keys, "/a.pem");
    assert_true(window_add(&settings.site[0].window, "20:00-06:00", why));
    changes_describe(&settings, NULL, &list);
    assert_string_equal(effectives_value(&list, "production", "sites_ready"), "95");
    assert_string_equal(effectives_value(&list, "production", "required_sites"), "lima, tokyo");
    assert_string_equal(effectives_value(&list, "production", "origin"), "https://hq/x");
    assert_string_equal(effectives_value(&list, "production", "manifest_keys"), "/a.pem, /b.pem");
    assert_string_equal(effectives_value(&list, "", "[manifest] key"), "/etc/key.pem");
    assert_string_equal(effectives_value(&list, "", "[site tokyo] rings"), "production");
    assert_string_equal(effectives_value(&list, "", "[site tokyo] target"), "ssh:tokyo:/srv");
    assert_string_equal(effectives_value(&list, "", "[site tokyo] timezone"), "Asia/Tokyo");
    assert_string_equal(effectives_value(&list, "", "[site tokyo] rate_limit"), "4194304");
    assert_string_equal(effectives_value(&list, "", "[site tokyo] window"), "Mon-Sun 20:00-06:00");
    assert_string_equal(effectives_value(&list, "", "[site oslo] required"), "no");
    assert_null(effectives_value(&list, "", "[site oslo] window"));
}

/* Keys that cannot be read are those that were; of a ring that follows no more they go. */
static void keys_that_cannot_be_read_are_no_change(void **state)
{
    struct settings settings AUTO(settings_clear) = some_settings();
    struct effectives recorded AUTO(effectives_clear) = {0}, unread AUTO(effectives_clear)
    = {0};
    struct effectives over AUTO(effectives_clear) = {0};
    const struct digest keys[] = {{{0xbb}}, {{0xaa}}};
    struct changes changes;
    (void)state;
    settings.ring[0].origin = mem_strdup("https://hq/x");
    changes_describe(&settings, NULL, &recorded);
    changes_describe_keys(&settings.ring[0], keys, 2, &recorded);
    const char *value = effectives_value(&recorded, "production", CHANGES_KEYS);
    assert_non_null(value);
    assert_memory_equal(value, "aa00", 4);
    assert_non_null(strstr(value, ", bb00"));
    changes_describe(&settings, NULL, &unread);
    changes_keep(&recorded, &unread);
    changes_compare(&recorded, &unread, &changes);
    assert_int_equal(changes.len, 0);
    free(changes.item);
    *settings.ring[0].origin = 0;
    changes_describe(&settings, NULL, &over);
    changes_keep(&recorded, &over);
    changes_compare(&recorded, &over, &changes);
    assert_int_equal(changes.len, 2); /* origin, and what is in its keys */
    free(changes.item);
}

static struct effectives lines_of(const struct settings *settings)
{
    struct effectives list;
    const struct digest digest = {{0xab}};
    changes_describe(settings, &digest, &list);
    return list;
}

static const struct {
    const char *ring, *key, *value;
} lines[] = {
    {"", "[origin] conflict_wait", "0 days"},
    {"", "[origin] publisher", "Microsoft Corporation"},
    {"", "[origin] roots",
     "/etc/roots.pem (SHA-256 ab00000000000000000000000000000000000000000000000000000000000000)"},
    {"", "[people] anna", "adm-anna, anna"},
    {"", "[ringmgr] holidays", ""},
    {"", "[ringmgr] timezone", "UTC"},
    {"", "[support] minimum_left", "1 day"},
    {"", "[support] rules", ""},
    {"", "[support] warn", "30 days, 7 days"},
    {"", "[support] window", "12 months"},
    {"production", "approvals", "2"},
    {"production", "approvers", "group:Office Approvers, user:bob"},
    {"production", "channel", "Current"},
    {"production", "configured", "yes"},
    {"production", "content", "x64 en-us proofing= arm64=no"},
    {"production", "days", "Fri; Mon,Sat-Sun 22:00-02:00; Mon,Wed 08:00-12:00"},
    {"production", "expedite_approvals", "0"},
    {"production", "expedite_soak", "36 hours"},
    {"production", "first", "no"},
    {"production", "four_eyes", "yes"},
    {"production", "freeze", "2026-12-24, 2027-12-10/2028-01-06"},
    {"production", "grace", "21 days"},
    {"production", "keep", "0"},
    {"production", "link", "hard"},
    {"production", "machines", "0"},
    {"production", "override_people", "2"},
    {"production", "overriders", ""},
    {"production", "path", "/srv/production"},
    {"production", "publish", "manual"},
    {"production", "settle", "1 hour"},
    {"production", "soak", "10 workdays"},
    {"production", "source", "pilot"},
    {"production", "throttle_min", "0"},
    {"production", "unc", ""},
    {"production", "version", "2606"},
    {"production", "was", ""},
};

static void settings_are_lines_in_order(void **state)
{
    struct settings settings AUTO(settings_clear) = some_settings();
    struct effectives list AUTO(effectives_clear) = lines_of(&settings);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        const char *value = effectives_value(&list, lines[i].ring, lines[i].key);
        assert_non_null(value);
        assert_string_equal(value, lines[i].value);
    }
    for (size_t i = 1; i < list.len; i++) {
        int rings = strcmp(list.item[i - 1].ring, list.item[i].ring);
        assert_true(rings < 0 || (rings == 0 && strcmp(list.item[i - 1].key, list.item[i].key) < 0));
    }
    assert_null(effectives_value(&list, "pilot", "soak"));
}

/* Whatever a ring can have is read back: nothing that did not change loosens. */
static void no_rule_trips_over_what_was_described(void **state)
{
    struct settings settings AUTO(settings_clear) = some_settings();
    struct effectives list AUTO(effectives_clear) = lines_of(&settings);
    const struct change_context context = {.recorded = &list, .effective = &list, .today = 0};
    (void)state;
    for (size_t i = 0; i < list.len; i++) {
        const struct effective *line = &list.item[i];
        const struct change same = {line->ring, line->key, line->value, line->value};
        bool any = !strcmp(line->key, "channel") || !strcmp(line->key, "source") ||
                   !strcmp(line->key, "path") || !strcmp(line->key, CHANGES_ROOTS) ||
                   !strcmp(line->key, CHANGES_PUBLISHER);
        if (!any && changes_loosens(&same, "production", &context))
            fail_msg("%s %s = %s", line->ring, line->key, line->value);
    }
}

static void the_order_of_lists_is_no_change(void **state)
{
    struct settings one AUTO(settings_clear) = some_settings();
    struct settings other AUTO(settings_clear) = some_settings();
    struct changes changes;
    (void)state;
    strv_sort(&other.ring[0].approvers);
    strv_sort(&other.person[0].accounts);
    struct date_range range = other.ring[0].freeze.item[0];
    other.ring[0].freeze.item[0] = other.ring[0].freeze.item[1];
    other.ring[0].freeze.item[1] = range;
    struct effectives before AUTO(effectives_clear) = lines_of(&one);
    struct effectives after AUTO(effectives_clear) = lines_of(&other);
    changes_compare(&before, &after, &changes);
    assert_int_equal(changes.len, 0);
    free(changes.item);
}

static void differences_come_in_order(void **state)
{
    struct effectives before AUTO(effectives_clear) = {0};
    struct effectives after AUTO(effectives_clear) = {0};
    struct changes changes;
    (void)state;
    add_line(&before, "", "a", "1");
    add_line(&before, "pilot", "b", "1");
    add_line(&before, "pilot", "c", "1");
    add_line(&after, "pilot", "b", "2");
    add_line(&after, "pilot", "c", "1");
    add_line(&after, "production", "a", "");
    changes_compare(&before, &after, &changes);
    AUTO_BUF text = {0};
    changes_text(&changes, 1000, &text);
    assert_string_equal(buf_text(&text), "a: 1 -> not there; b: 1 -> 2; a: none");
    free(changes.item);
}

/* ---- what is kept of what was recorded ---- */

static void a_ring_that_left_keeps_its_lines(void **state)
{
    struct effectives recorded AUTO(effectives_clear) = {0};
    struct effectives effective AUTO(effectives_clear) = {0};
    (void)state;
    add_line(&recorded, "", "[people] anna", "anna");
    add_line(&recorded, "pilot", "configured", "yes");
    add_line(&recorded, "pilot", "soak", "1 day");
    add_line(&recorded, "production", "approvals", "2");
    add_line(&recorded, "production", "configured", "yes");
    add_line(&effective, "pilot", "configured", "yes");
    changes_keep(&recorded, &effective);
    assert_int_equal(effective.len, 3);
    assert_string_equal(effectives_value(&effective, "production", "approvals"), "2");
    assert_string_equal(effectives_value(&effective, "production", "configured"), "no");
    assert_string_equal(effectives_value(&effective, "pilot", "configured"), "yes");
}

static void roots_that_cannot_be_read_are_no_change(void **state)
{
    struct settings settings AUTO(settings_clear) = some_settings();
    struct effectives recorded AUTO(effectives_clear) = lines_of(&settings);
    struct effectives effective AUTO(effectives_clear) = {0};
    struct changes changes;
    (void)state;
    changes_describe(&settings, NULL, &effective);
    assert_null(effectives_value(&effective, "", CHANGES_ROOTS));
    changes_keep(&recorded, &effective);
    changes_compare(&recorded, &effective, &changes);
    assert_int_equal(changes.len, 0);
    free(changes.item);
}

/* ---- in words ---- */

static void assert_text(const struct changes *changes, size_t limit, const char *wanted)
{
    AUTO_BUF text = {0};
    changes_text(changes, limit, &text);
    assert_string_equal(buf_text(&text), wanted);
    assert_true(text.len <= limit);
}

static void a_text_names_what_it_leaves_out(void **state)
{
    struct change item[] = {{"r", "soak", "14 days", "3 days"},
                            {"r", "approvers", "user:anna, user:bob", ""},
                            {"r", "freeze", "", "2026-12-24"},
                            {"r", "unc", NULL, "x"}};
    const struct changes all = {item, 4};
    (void)state;
    assert_text(
        &all, 1000,
        "soak: 14 days -> 3 days; approvers: user:anna, user:bob -> none; freeze: none -> 2026-12-24; "
        "unc: x");
    assert_text(&all, 100, "soak: 14 days -> 3 days; approvers: user:anna, user:bob -> none and 2 more");
    assert_text(&all, 70, "soak: 14 days -> 3 days and 3 more");
    for (size_t limit = 64; limit < 130; limit++) {
        AUTO_BUF text = {0};
        buf_puts(&text, "what stood before: ");
        changes_text(&all, limit, &text);
        assert_true(text.len <= limit + strlen("what stood before: "));
    }
}

static void a_text_that_is_too_long_is_cut_between_characters(void **state)
{
    AUTO_BUF long_text = {0};
    (void)state;
    for (int i = 0; i < 400; i++)
        buf_puts(&long_text, "ö");
    struct change item[] = {{"r", "path", buf_text(&long_text), "x"}, {"r", "unc", "a", "b"}};
    for (size_t limit = 64; limit < 80; limit++)
        for (size_t len = 1; len <= 2; len++) {
            const struct changes changes = {item, len};
            AUTO_BUF text = {0};
            changes_text(&changes, limit, &text);
            const char *dots = strstr(buf_text(&text), "...");
            assert_true(text.len <= limit);
            assert_non_null(dots);
            assert_memory_equal(dots - 2, "ö", 2);
            assert_string_equal(dots, len == 2 ? "... and 1 more" : "...");
        }
}

static void zone_and_holidays_matter_where_days_count(void **state)
{
    static const struct {
        const char *key, *before, *after, *own, *value;
        bool loosens;
    } rows[] = {
        {"[ringmgr] timezone", "UTC", "Pacific/Auckland", "freeze", "2026-12-10/2027-01-06", true},
        {"[ringmgr] timezone", "UTC", "Pacific/Auckland", "days", "Mon-Thu 17:00-21:00", true},
        {"[ringmgr] timezone", "UTC", "Pacific/Auckland", "soak", "10 workdays", true},
        {"[ringmgr] timezone", "UTC", "Pacific/Auckland", "soak", "14 days", false},
        {"[ringmgr] holidays", "2026-12-24, 2026-12-25", "2026-12-25", "soak", "10 workdays", true},
        {"[ringmgr] holidays", "2026-12-25", "2026-12-24, 2026-12-25", "soak", "10 workdays", false},
        {"[ringmgr] holidays", "2026-12-24, 2026-12-25", "2026-12-25", "soak", "14 days", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct effective line = {(char *)"production", (char *)rows[i].own, (char *)rows[i].value};
        const struct effectives none = {0}, effective = {&line, 1};
        const struct change_context context = {
            .recorded = &none, .effective = &effective, .today = day_of("2026-11-22")};
        const struct change change = {"", rows[i].key, rows[i].before, rows[i].after};
        if (changes_loosens(&change, "production", &context) != rows[i].loosens)
            fail_msg("row %zu: %s with %s = %s", i, rows[i].key, rows[i].own, rows[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zone_and_holidays_matter_where_days_count),
        cmocka_unit_test(each_key_loosens_in_its_direction),
        cmocka_unit_test(what_was_not_recorded_loosens_nothing),
        cmocka_unit_test(what_a_known_ring_newly_says_loosens_it),
        cmocka_unit_test(a_rings_change_is_no_other_rings),
        cmocka_unit_test(keys_that_cannot_be_read_are_no_change),
        cmocka_unit_test(sites_are_described_and_who_counts_for_the_quorum),
        cmocka_unit_test(auto_is_the_number_of_the_channel),
        cmocka_unit_test(who_was_one_person_stays_one),
        cmocka_unit_test(settings_are_lines_in_order),
        cmocka_unit_test(the_way_to_the_origin_is_described_where_it_is_set),
        cmocka_unit_test(no_rule_trips_over_what_was_described),
        cmocka_unit_test(the_order_of_lists_is_no_change),
        cmocka_unit_test(differences_come_in_order),
        cmocka_unit_test(a_ring_that_left_keeps_its_lines),
        cmocka_unit_test(roots_that_cannot_be_read_are_no_change),
        cmocka_unit_test(a_text_names_what_it_leaves_out),
        cmocka_unit_test(a_text_that_is_too_long_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "settings_outcome.h"

static void a_small_configuration_has_the_defaults(void **state)
{
    struct outcome outcome = read_more("");
    const struct settings *settings = &outcome.settings;
    (void)state;
    assert_good(&outcome);
    assert_string_equal(settings->file, "x.conf");
    assert_string_equal(settings->store, "/srv/store");
    assert_string_equal(settings->state, "/var/lib/ringmgr");
    assert_string_equal(settings->user, "");
    assert_string_equal(settings->timezone, "");
    assert_string_equal(settings->history_head_file, "");
    assert_string_equal(settings->control, "/run/ringmgr/ctl.sock");
    assert_string_equal(settings->origin.url, "http://officecdn.microsoft.com/pr");
    assert_string_equal(settings->origin.roots, "/etc/ringmgr/roots.pem");
    assert_string_equal(settings->origin.publisher, "Microsoft Corporation");
    assert_string_equal(settings->origin.proxy, "");
    assert_string_equal(settings->origin.proxy_credentials, "");
    assert_int_equal(settings->origin.mirrors.len, 0);
    assert_int_equal(settings->origin.rate_limit, 0);
    assert_int_equal(settings->origin.window.len, 0);
    assert_int_equal(settings->origin.conflict_wait_seconds, 3 * 86400);
    assert_int_equal(settings->origin.connections, 8);
    const struct ring *ring = settings_ring(settings, "pilot");
    assert_non_null(ring);
    assert_int_equal(ring->line, 6);
    assert_null(ring->source_ring);
    assert_int_equal(ring->publish, PUBLISH_MANUAL);
    assert_int_equal(ring->link, PLACE_HARD);
    assert_string_equal(ring->unc, "");
    assert_int_equal(ring->approvals, 0);
    assert_int_equal(ring->content.architectures, ARCH_X64);
    assert_int_equal(ring->content.languages.len, 2);
    assert_false(ring->first || ring->four_eyes || ring->content.arm64);
    clear(&outcome);
}

static void every_key_reaches_its_field(void **state)
{
    static const char text[] =
        "[ring b]\nsource = a\nchannel = Broad\npath = /srv/b/\nlink = copy\n"
        "publish = auto\nunc = \\\\files\\b\\\ndfs = \\\\corp\\office\\b\\\nhttp = https://web/b/\napprovals "
        "= 2\nfour_eyes = yes\n"
        "approvers = group:office approvers , user:anna\nlanguages = sv-SE\narchitectures = x86\n"
        "proofing = da-dk\narm64 = yes\n"
        "[ring a]\nsource = origin\nchannel = Deferred\npath = /srv/a\nlink = reflink\n"
        "publish = auto\nfirst = yes\n"
        "[people]\nanna = anna, adm-anna\nnobody =\n"
        "[content]\nlanguages = en-us\narchitectures = x64, x86\n"
        "[origin]\nurl = file:///mirror/pr/\nroots = /r.pem\npublisher = Test Ltd\n"
        "conflict_wait = 36h\nconnections = 32\nproxy = http://proxy:3128\n"
        "[ringmgr]\nstore = /srv/store\nstate = /state\ntimezone = Europe/Stockholm\n"
        "user = ringmgr\nhistory_head_file = /var/log/head\ncontrol =\nquarantine_max = "
        "3M\nclient_credentials = /c\n";
    struct outcome outcome = read_bytes(text, sizeof text - 1);
    const struct settings *settings = &outcome.settings;
    (void)state;
    assert_good(&outcome);
    assert_string_equal(settings->timezone, "Europe/Stockholm");
    assert_string_equal(settings->user, "ringmgr");
    assert_string_equal(settings->history_head_file, "/var/log/head");
    assert_string_equal(settings->control, "");
    assert_int_equal(settings->quarantine_max_bytes, 3 << 20);
    assert_string_equal(settings->origin.url, "file:///mirror/pr");
    assert_string_equal(settings->origin.roots, "/r.pem");
    assert_string_equal(settings->origin.publisher, "Test Ltd");
    assert_string_equal(settings->origin.proxy, "http://proxy:3128");
    assert_int_equal(settings->origin.conflict_wait_seconds, 36 * 3600);
    assert_int_equal(settings->origin.connections, 32);
    assert_int_equal(settings->persons, 1);
    assert_string_equal(settings_person(settings, "adm-anna"), "anna");
    const struct ring *a = &settings->ring[1], *b = &settings->ring[0];
    assert_string_equal(b->name, "b");
    assert_ptr_equal(b->source_ring, a);
    assert_string_equal(b->channel->id, "SemiAnnual");
    assert_string_equal(b->path, "/srv/b");
    assert_string_equal(b->unc, "\\\\files\\b");
    assert_string_equal(b->dfs, "\\\\corp\\office\\b");
    assert_string_equal(a->dfs, "");
    assert_string_equal(b->http, "https://web/b");
    assert_string_equal(a->http, "");
    assert_string_equal(settings->client_credentials, "/c");
    assert_int_equal(b->link, PLACE_COPY);
    assert_int_equal(a->link, PLACE_REFLINK);
    assert_int_equal(b->publish, PUBLISH_AUTO);
    assert_int_equal(b->approvals, 2);
    assert_true(b->four_eyes && a->first && b->content.arm64 && !a->content.arm64);
    assert_string_equal(b->approvers.item[0], "group:office approvers");
    assert_string_equal(b->approvers.item[1], "user:anna");
    assert_int_equal(b->content.architectures, ARCH_X86);
    assert_int_equal(a->content.architectures, ARCH_X64 | ARCH_X86);
    assert_int_equal(b->content.languages.len, 1);
    assert_string_equal(b->content.languages.item[0], "sv-se");
    assert_string_equal(b->content.proofing.item[0], "da-dk");
    assert_int_equal(a->content.proofing.len, 0);
    clear(&outcome);
}

static void sizes_have_units(void **state)
{
    static const struct {
        const char *text;
        int64_t bytes; /* -1: none */
    } sizes[] = {{"0", 0},
                 {"1000", 1000},
                 {"5K", 5120},
                 {"999999T", 999999LL << 40},
                 {"20G", 20LL << 30},
                 {"1234567", -1},
                 {"lots", -1},
                 {"5GB", -1},
                 {"5g", -1},
                 {"-1", -1},
                 {"K", -1}};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char text[256];
        int len = snprintf(text, sizeof text,
                           "[ringmgr]\nquarantine_max = %s\nstore = /s\nstate = /t\n"
                           "[content]\nlanguages = en-us\n"
                           "[ring a]\nchannel = Current\nsource = origin\npath = /p\n",
                           sizes[i].text);
        struct outcome outcome = read_bytes(text, (size_t)len);
        if (sizes[i].bytes < 0) {
            assert_only_problem(&outcome, 2, "bad-bytes", sizes[i].text);
            continue;
        }
        assert_good(&outcome);
        assert_int_equal(outcome.settings.quarantine_max_bytes, sizes[i].bytes);
        clear(&outcome);
    }
}

/* Each is appended to the good configuration, [ring pilot] being open, and is the only problem. */
static const struct {
    const char *more;
    int line; /* counted from the first appended one, which is 1 */
    const char *code, *part;
} cases[] = {
    /* Single values */
    {"[origin]\nurl = ftp://x/pr\n", 2, "bad-url", "ftp://x/pr"},
    {"[origin]\nurl = http://\n", 2, "bad-url", "http://"},
    {"[origin]\nurl = file://x/pr\n", 2, "bad-url", "file:///"},
    {"[origin]\nurl = http://a b/pr\n", 2, "bad-url", "blanks"},
    {"[origin]\nurl = http://me:secret@x/pr\n", 2, "bad-url", "@"},
    {"[origin]\nurl = http://x/pr?a=b\n", 2, "bad-url", "?"},
    {"[origin]\nproxy = proxy:3128\n", 2, "bad-proxy", "http://host:port"},
    {"[origin]\nproxy = http://me:secret@proxy:3128\n", 2, "bad-proxy", "do not belong into this file"},
    {"[origin]\nproxy = http://proxy\n", 2, "bad-proxy", "names no port"},
    {"[origin]\nproxy = http://[::1]\n", 2, "bad-proxy", "names no port"},
    {"[origin]\nproxy = http://pro xy\n", 2, "bad-proxy", "blanks"},
    {"[origin]\nroots = roots.pem\n", 2, "bad-path", "not an absolute path"},
    {"[origin]\nroots = /etc/../roots.pem\n", 2, "bad-path", "without //, . and .."},
    {"[origin]\nroots = /etc//roots.pem\n", 2, "bad-path", "without //, . and .."},
    {"[origin]\nroots = /\n", 2, "bad-path", "not an absolute path"},
    {"[origin]\nconnections = 0\n", 2, "bad-number", "from 1 to 32"},
    {"[origin]\nconnections = 33\n", 2, "bad-number", "from 1 to 32"},
    {"[origin]\nconnections = 4294967297\n", 2, "bad-number", "from 1 to 32"},
    {"[origin]\nconnections = 8x\n", 2, "bad-number", "8x"},
    {"[origin]\nconnections = -1\n", 2, "bad-number", "-1"},
    {"[origin]\nconflict_wait = 3\n", 2, "bad-duration", "14 days, 36h or 90 minutes"},
    {"[schedule]\nsync = sometimes\n", 2, "bad-schedule", "[schedule] sync: \"sometimes\" does not end with"},
    {"[schedule]\n\ngc = Xyz 03:00\n", 3, "bad-schedule", "does not begin with weekdays"},
    {"[schedule]\njitter = long\n", 2, "bad-duration", "14 days, 36h or 90 minutes"},
    {"[schedule]\naudit = 03:00\n", 2, "unknown-key", "nearest known one is"},
    {"approvals = many\n", 1, "bad-number", "from 0 to 99"},
    {"first = true\n", 1, "bad-choice", "\"true\" is not no or yes"},
    {"publish = never\n", 1, "bad-choice", "\"never\" is not manual or auto"},
    {"link = symlink\n", 1, "bad-choice", "hard or reflink or copy"},
    {"languages = en-us, xx-yy\n", 1, "unknown-language", "xx-yy"},
    {"languages = en-us,\n  fr-fr,\n  xx-yy\n", 3, "unknown-language", "xx-yy"},
    {"languages = en-us, EN-US\n", 1, "duplicate-item", "en-us"},
    {"architectures = x64, arm\n", 1, "unknown-architecture", "arm"},
    {"architectures = x64, x64\n", 1, "duplicate-item", "x64"},
    {"languages = xh-za\n", -3, "bad-content", "[ring pilot]"},
    {"proofing = am-et\n", -3, "bad-content", "am-et"},
    {"unc = files\\office\n", 1, "bad-unc", "form \\\\server\\share"},
    {"unc = \\\\files\n", 1, "bad-unc", "form \\\\server\\share"},
    {"unc = \\\\files\\\n", 1, "bad-unc", "form \\\\server\\share"},
    {"unc = \\\\files\\\\office\n", 1, "bad-unc", "form \\\\server\\share"},
    {"unc = \\\\.\\office\n", 1, "bad-unc", "form \\\\server\\share"},
    {"unc = //files/office\n", 1, "bad-unc", "form \\\\server\\share"},
    {"unc = http://files/office\n", 1, "bad-unc", "form \\\\server\\share"},
    {"unc = \\\\files\\x\\Office\\Data\n", 1, "bad-unc", "leave \\Office\\Data out"},
    {"unc = \\\\files\\x\\office\\data\\\n", 1, "bad-unc", "leave \\Office\\Data out"},
    {"approvers = anna\n", 1, "bad-approver", "group:NAME or user:NAME"},
    {"approvers = user:\n", 1, "bad-approver", "group:NAME or user:NAME"},
    {"[people]\nanna = user:anna\n", 2, "bad-account", "user:anna"},
    /* What must hold between values */
    {"[ring Pilot2]\nchannel = Current\nsource = origin\npath = /p\n", 1, "bad-ring-name", "[ring Pilot2]"},
    {"[ring]\nchannel = Current\nsource = origin\npath = /p\n", 1, "bad-ring-name", "a-z"},
    {"[ring all]\nchannel = Current\nsource = origin\npath = /p\n", 1, "bad-ring-name", "not all"},
    {"[ring origin]\nchannel = Current\nsource = origin\npath = /p\n", 1, "bad-ring-name", "or origin"},
    {"[ring -a]\nchannel = Current\nsource = origin\npath = /p\n", 1, "bad-ring-name", "[ring -a]"},
    {"[ring a23456789012345678901234567890123]\nchannel = Current\nsource = origin\npath = /p\n", 1,
     "bad-ring-name", "at most 32"},
    {"[ring b]\nchannel = Weekly\nsource = origin\npath = /p\n", 2, "unknown-channel", "MonthlyEnterprise"},
    {"[ring b]\nsource = origin\npath = /p\n", 1, "missing-key", "[ring b] channel"},
    {"[ring b]\nchannel = Current\npath = /p\n", 1, "missing-key", "[ring b] source"},
    {"[ring b]\nchannel = Current\nsource = origin\npath =\n", 1, "missing-key", "[ring b] path"},
    {"[ring b]\nchannel = MEC\nsource = pilo\npath = /p\n", 3, "unknown-source", "no ring \"pilo\""},
    {"[ring b]\nchannel = Current\nsource = pilot\npath = /p\n", 2, "channel-mix", "one channel along"},
    {"[ring b]\nchannel = MEC\nsource = b\npath = /p\n", 3, "ring-circle", "b <- b"},
    {"[ring b]\nchannel = MEC\nsource = d\npath = /p\n[ring c]\nchannel = MEC\nsource = b\npath = /q\n"
     "[ring d]\nchannel = MEC\nsource = c\npath = /r\n",
     3, "ring-circle", "b <- d <- c <- b"},
    {"[ring b]\nchannel = MEC\nsource = pilot\npath = /srv/pilot\n", 4, "nested-path",
     "/srv/pilot is the same folder as path of ring pilot"},
    {"[ring b]\nchannel = MEC\nsource = pilot\npath = /srv/pilot/b\n", 4, "nested-path", "lies inside"},
    {"[ring b]\nchannel = MEC\nsource = pilot\npath = /var/lib\n", 4, "nested-path", "holds state"},
    {"[ring b]\nchannel = MEC\nsource = pilot\npath = /srv/store/b\n", 4, "nested-path", "lies inside store"},
    {"unc = \\\\files\\x\n[ring b]\nchannel = MEC\nsource = pilot\npath = /p\nunc = \\\\FILES\\X\n", 6,
     "duplicate-unc", "ring pilot's already"},
    {"unc = \\\\files\\x\ndfs = \\\\corp\\office\\x\n[ring b]\nchannel = MEC\nsource = pilot\npath = /p\n"
     "unc = \\\\files\\b\ndfs = \\\\CORP\\Office\\X\n",
     8, "duplicate-unc", "dfs: \\\\CORP\\Office\\X is ring pilot's already"},
    {"unc = \\\\files\\x\ndfs = \\\\files\\b\n[ring b]\nchannel = MEC\nsource = pilot\npath = /p\n"
     "unc = \\\\FILES\\B\n",
     2, "duplicate-unc", "dfs: \\\\files\\b is ring b's already"},
    {"unc = \\\\files\\x\n[ring b]\nchannel = MEC\nsource = pilot\npath = /p\nunc = \\\\files\\b\n"
     "dfs = \\\\FILES\\X\n",
     7, "duplicate-unc", "dfs: \\\\FILES\\X is ring pilot's already"},
    {"unc = \\\\files\\x\ndfs = \\\\files\\X\n", 2, "duplicate-unc", "is ring pilot's already"},
    {"dfs = \\\\corp\\office\\x\n", 1, "dfs-without-unc", "set unc"},
    {"unc = \\\\files\\x\ndfs = \\\\corp\n", 2, "bad-unc", "form \\\\server\\share"},
    {"unc = \\\\files\\x\ndfs = \\\\corp\\office\\Office\\Data\n", 2, "bad-unc", "leave \\Office\\Data out"},
    {"http = ftp://files/b\n", 1, "bad-url", "no address of a web server"},
    {"http = file:///srv/b\n", 1, "bad-url", "no address of a web server"},
    {"http = http://\n", 1, "bad-url", "no address of a web server"},
    {"http = http://me@files/b\n", 1, "bad-url", "an address without"},
    {"http = http://files/b?x\n", 1, "bad-url", "an address without"},
    {"http = http://files/b/office/data/\n", 1, "bad-url", "leave /Office/Data out"},
    {"http = http://files/x\n[ring b]\nchannel = MEC\nsource = pilot\npath = /p\nhttp = http://Files/x/\n", 6,
     "duplicate-http", "ring pilot's already"},
    {"publish = auto\n", 1, "first-unsaid", "say so with first = yes"},
    {"[ring b]\nchannel = MEC\nsource = pilot\npath = /p\nfirst = yes\n", 5, "first-wrong", "pilot"},
    {"approvals = 1\n", 1, "no-approvers", "name approvers"},
    {"approvals = 2\napprovers = user:anna\n", 1, "too-few-approvers", "only 1 different"},
    {"approvals = 2\napprovers = user:anna, user:adm\n[people]\nanna = anna, adm\n", 1, "too-few-approvers",
     "only 1 different"},
    {"four_eyes = yes\n", 1, "four-eyes-idle", "approvals = 0"},
    {"approvals = 1\napprovers = user:anna\nfour_eyes = yes\n", 1, "too-few-approvers", "one more approver"},
    {"[people]\nanna = anna, adm\nbob = bob, adm\n", 3, "two-people", "account adm is anna's already"},
};

static void each_problem_has_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome outcome = read_more(cases[i].more);
        assert_only_problem(&outcome, (unsigned)(BASE_LINES + cases[i].line), cases[i].code, cases[i].part);
    }
}

/* Problems go to the journal and, where the service refuses them, to [notify NAME]. */
static void no_problem_repeats_a_password(void **state)
{
    static const char *const bad[] = {"proxy = me:secret@proxy:3128",  "proxy = htp://me:secret@proxy",
                                      "proxy = http://proxy:1?secret", "mirrors = http://me:secret@x/pr",
                                      "mirrors = x/pr?sig=secret",     "url = htp://me:secret@x/pr"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        AUTO_BUF text = {0};
        buf_printf(&text, "[origin]\n%s\n", bad[i]);
        struct outcome outcome = read_more(buf_text(&text));
        assert_int_equal(outcome.problems.len, 1);
        assert_null(strstr(outcome.problems.item[0].text, "secret"));
        clear(&outcome);
    }
}

static void keys_of_later_versions_are_refused(void **state)
{
    static const struct {
        const char *section, *key;
    } reserved[] = {
        {"ring b", "hold"},
    };
    static const char part[] = "known, but not in this version of ringmgr: remove it (it would be ignored)";
    (void)state;
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        AUTO_BUF text = {0};
        bool ring = strcmp(reserved[i].section, "ring b") == 0;
        bool ringmgr = strcmp(reserved[i].section, "ringmgr") == 0;
        buf_puts(&text, "[ringmgr]\nstore = /s\nstate = /t\n");
        if (!ringmgr)
            buf_printf(&text, "[%s]\n", reserved[i].section);
        buf_printf(&text, "%s =\n%schannel = Current\nsource = origin\npath = /b\nlanguages = en-us\n",
                   reserved[i].key, ring ? "" : "[ring b]\n");
        struct outcome outcome = read_bytes(buf_text(&text), text.len);
        assert_non_null(strstr(outcome.err.msg, reserved[i].section));
        assert_non_null(strstr(outcome.err.msg, reserved[i].key));
        assert_only_problem(&outcome, ringmgr ? 4 : 5, "reserved-key", part);
    }
}

static void an_empty_file_lacks_everything(void **state)
{
    struct outcome outcome = read_bytes("", 0);
    (void)state;
    assert_int_equal(outcome.problems.len, 3);
    assert_string_equal(outcome.problems.item[0].text, "[ringmgr] state is not set, and there is no default");
    assert_string_equal(outcome.problems.item[1].text, "[ringmgr] store is not set, and there is no default");
    assert_string_equal(outcome.problems.item[2].code, "no-ring");
    assert_string_equal(outcome.err.msg, "x.conf: [ringmgr] state is not set, and there is no default");
    clear(&outcome);
}

static void schedules_have_defaults_and_are_read(void **state)
{
    struct outcome usual = read_more("");
    const struct schedule_settings *schedule = &usual.settings.schedule;
    (void)state;
    assert_good(&usual);
    assert_int_equal(schedule->sync.every_seconds, 6 * 3600);
    assert_int_equal(schedule->jitter_seconds, 1800);
    assert_int_equal(schedule->quick_audit.every_seconds, 3600);
    assert_int_equal(schedule->full_audit.weekdays, 64);
    assert_int_equal(schedule->full_audit.second_of_day, 3 * 3600);
    assert_int_equal(schedule->gc.weekdays, 127);
    assert_int_equal(schedule->gc.second_of_day, 4 * 3600 + 1800);
    assert_int_equal(schedule->support.second_of_day, 8 * 3600);
    clear(&usual);
    struct outcome own = read_more("[schedule]\nsync = Mon-Fri 02:30\njitter = 0s\nquick_audit = off\n"
                                   "full_audit = every 31 days\ngc = 00:00\nsupport = Sat,Sun 23:59\n");
    schedule = &own.settings.schedule;
    assert_good(&own);
    assert_int_equal(schedule->sync.weekdays, 31);
    assert_int_equal(schedule->jitter_seconds, 0);
    assert_int_equal(schedule->quick_audit.kind, SCHEDULE_OFF);
    assert_int_equal(schedule->full_audit.every_seconds, 31 * 86400);
    assert_int_equal(schedule->gc.second_of_day, 0);
    assert_int_equal(schedule->support.weekdays, 96);
    clear(&own);
}

static void problems_of_ringmgr_keys_have_their_line(void **state)
{
    static const struct {
        const char *line, *code, *part;
    } bad[] = {
        {"timezone = Mars/Olympus\n", "unknown-timezone", "Mars/Olympus"},
        {"timezone = ../zoneinfo/UTC\n", "unknown-timezone", "zoneinfo"},
        {"timezone = /usr/share/zoneinfo/UTC\n", "unknown-timezone", "zoneinfo"},
        {"timezone = zone.tab\n", "unknown-timezone", "zone.tab"},
        {"timezone = Europe\n", "unknown-timezone", "Europe"},
        {"user = ring mgr\n", "bad-user", "ring mgr"},
        {"user = 1000\n", "bad-user", "1000"},
        {"history_head_file = head\n", "bad-path", "head"},
        {"history_head_file = /t/head\n", "nested-path", "keep it apart"},
        {"history_head_file = /b/head\n", "nested-path", "keep it apart"},
        {"control = ctl.sock\n", "bad-path", "ctl.sock"},
        {"control = /t/ctl.sock\n", "nested-path", "keep it apart"},
        {"control = /1234567890123456789012345678901234567890123456789012345678901234567890"
         "1234567890123456789012345678901234567\n",
         "bad-path", "longer than the 107 bytes"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        AUTO_BUF text = {0};
        buf_printf(&text,
                   "[ringmgr]\n%sstore = /s\nstate = /t\n[ring b]\nchannel = Current\nsource = origin\n"
                   "path = /b\nlanguages = en-us\n",
                   bad[i].line);
        struct outcome outcome = read_bytes(buf_text(&text), text.len);
        assert_only_problem(&outcome, 2, bad[i].code, bad[i].part);
    }
}

static void languages_must_be_named_somewhere(void **state)
{
    static const char text[] = "[ringmgr]\nstore = /s\nstate = /t\n[ring b]\nchannel = Current\n"
                               "source = origin\npath = /b\n";
    struct outcome outcome = read_bytes(text, sizeof text - 1);
    (void)state;
    assert_only_problem(&outcome, 4, "bad-content", "language");
}

static void a_fault_in_the_common_content_is_said_once(void **state)
{
    static const char text[] = "[ringmgr]\nstore = /s\nstate = /t\n[content]\nlanguages = xh-za\n"
                               "[ring a]\nchannel = Current\nsource = origin\npath = /a\n"
                               "[ring b]\nchannel = Current\nsource = origin\npath = /b\n";
    struct outcome outcome = read_bytes(text, sizeof text - 1);
    (void)state;
    assert_only_problem(&outcome, 4, "bad-content", "[content]");
}

static void every_problem_is_found_in_one_run_sorted_by_line(void **state)
{
    struct outcome outcome = read_more("publish = auto\nhold = 3 days\nbad\n[origin]\nurl = x\n[pages a]\n");
    static const struct {
        unsigned line;
        const char *code;
    } wanted[] = {{10, "first-unsaid"},
                  {11, "reserved-key"},
                  {12, "not-a-pair"},
                  {14, "bad-url"},
                  {15, "unknown-section"}};
    (void)state;
    assert_int_equal(outcome.problems.len, sizeof wanted / sizeof *wanted);
    for (size_t i = 0; i < outcome.problems.len; i++) {
        assert_int_equal(outcome.problems.item[i].line, wanted[i].line);
        assert_string_equal(outcome.problems.item[i].code, wanted[i].code);
    }
    clear(&outcome);
}

static void a_circle_is_cut_so_that_nobody_walks_it_for_ever(void **state)
{
    struct outcome outcome = read_more("[ring b]\nchannel = MEC\nsource = c\npath = /p\n"
                                       "[ring c]\nchannel = MEC\nsource = b\npath = /q\n");
    (void)state;
    assert_null(outcome.settings.ring[1].source_ring);
    assert_ptr_equal(outcome.settings.ring[2].source_ring, &outcome.settings.ring[1]);
    assert_only_problem(&outcome, BASE_LINES + 3, "ring-circle", "b <- c <- b");
}

static void a_missing_file_is_a_usage_error(void **state)
{
    struct outcome outcome = {0};
    struct err err = {0};
    (void)state;
    assert_fails(settings_read("/nonexistent/ringmgr.conf", &outcome.settings, &outcome.problems, &err),
                 ERR_USAGE);
    assert_non_null(strstr(err.msg, "/nonexistent/ringmgr.conf: the configuration cannot be read"));
    assert_int_equal(outcome.problems.len, 1);
    assert_string_equal(outcome.settings.file, "/nonexistent/ringmgr.conf");
    clear(&outcome);
}

static void a_file_is_read_also_by_a_link(void **state)
{
    char folder[] = "/tmp/ringmgr-test-XXXXXX", file[64], name[64];
    struct outcome outcome = {0};
    struct err err = {0};
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/real", folder);
    snprintf(name, sizeof name, "%s/link", folder);
    FILE *stream = fopen(file, "w");
    assert_non_null(stream);
    fputs(base, stream);
    fclose(stream);
    assert_int_equal(symlink("real", name), 0);
    assert_ok(settings_read(name, &outcome.settings, &outcome.problems, &err));
    assert_string_equal(outcome.settings.file, name);
    assert_string_equal(outcome.settings.store, "/srv/store");
    clear(&outcome);
    unlink(name);
    unlink(file);
    rmdir(folder);
}

static void the_shipped_example_is_good(void **state)
{
    struct outcome outcome = {0};
    struct err err = {0};
    (void)state;
    assert_ok(settings_read(TEST_SOURCE_DIR "/config/examples/ringmgr.conf", &outcome.settings,
                            &outcome.problems, &err));
    assert_int_equal(outcome.settings.rings, 2);
    assert_int_equal(outcome.settings.persons, 2);
    assert_string_equal(outcome.settings.timezone, "Europe/Stockholm");
    const struct ring *ring = settings_ring(&outcome.settings, "production");
    assert_string_equal(ring->source_ring->name, "pilot");
    assert_string_equal(ring->unc, "\\\\files\\office");
    assert_int_equal(ring->content.languages.len, 4);
    assert_int_equal(ring->approvals, 2);
    assert_true(ring->four_eyes);
    assert_int_equal(ring->soak.seconds, 14 * 86400);
    assert_int_equal(ring->days.len, 1);
    assert_int_equal(ring->freeze.len, 1);
    assert_int_equal(outcome.settings.holidays.len, 3);
    assert_int_equal(outcome.settings.support.window_count, 12);
    clear(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_configuration_has_the_defaults),
        cmocka_unit_test(every_key_reaches_its_field),
        cmocka_unit_test(sizes_have_units),
        cmocka_unit_test(each_problem_has_its_line),
        cmocka_unit_test(no_problem_repeats_a_password),
        cmocka_unit_test(keys_of_later_versions_are_refused),
        cmocka_unit_test(an_empty_file_lacks_everything),
        cmocka_unit_test(schedules_have_defaults_and_are_read),
        cmocka_unit_test(problems_of_ringmgr_keys_have_their_line),
        cmocka_unit_test(languages_must_be_named_somewhere),
        cmocka_unit_test(a_fault_in_the_common_content_is_said_once),
        cmocka_unit_test(every_problem_is_found_in_one_run_sorted_by_line),
        cmocka_unit_test(a_circle_is_cut_so_that_nobody_walks_it_for_ever),
        cmocka_unit_test(a_missing_file_is_a_usage_error),
        cmocka_unit_test(a_file_is_read_also_by_a_link),
        cmocka_unit_test(the_shipped_example_is_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

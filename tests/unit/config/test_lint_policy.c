#include "test.h"

#include "config/lint_policy.h"
#include "config/lint_policy_table.h"
#include "ringmgr/base/mem.h"
#include <ctype.h>

#define POLICY    "software\\policies\\microsoft\\office\\16.0\\common\\officeupdate"
#define CLOUD     "SOFTWARE\\Policies\\Microsoft\\cloud\\office\\16.0\\Common\\officeupdate"
#define INSTALLED "SOFTWARE\\Microsoft\\Office\\ClickToRun\\Configuration"
#define UPDATES   "SOFTWARE\\Microsoft\\Office\\ClickToRun\\Updates"
#define MACHINE   "HKEY_LOCAL_MACHINE"
#define SHARE     "\\\\files\\office-pilot"

/* 2026-08-22 18:00 UTC */
static const int64_t now_unix = 1787421600;

/* Values as a file would have them; the line of each is its place in the list, times ten. */
struct row {
    const char *key, *name;
    uint32_t type; /* 0: text if there is one, else a number */
    const char *text;
    uint64_t number;
    enum registry_action action;
    const char *hive; /* NULL: HKEY_LOCAL_MACHINE */
};

#define TEXT(name, text)                                                                                     \
    {                                                                                                        \
        POLICY, name, 0, text, 0, REGISTRY_SET, NULL                                                         \
    }
#define NUMBER(name, number)                                                                                 \
    {                                                                                                        \
        POLICY, name, 0, NULL, number, REGISTRY_SET, NULL                                                    \
    }
#define TEXT_AT(key, name, text)                                                                             \
    {                                                                                                        \
        key, name, 0, text, 0, REGISTRY_SET, NULL                                                            \
    }
#define NUMBER_AT(key, name, number)                                                                         \
    {                                                                                                        \
        key, name, 0, NULL, number, REGISTRY_SET, NULL                                                       \
    }
#define TYPED(name, type, text, number)                                                                      \
    {                                                                                                        \
        POLICY, name, type, text, number, REGISTRY_SET, NULL                                                 \
    }
#define REMOVED(key, name, action)                                                                           \
    {                                                                                                        \
        key, name, 0, NULL, 0, action, NULL                                                                  \
    }
#define IN_HIVE(hive, key, name, text)                                                                       \
    {                                                                                                        \
        key, name, 0, text, 0, REGISTRY_SET, hive                                                            \
    }

enum { ROWS = 4, FOUND = 3 };
enum { ALONE = 1, RINGED = 2, ALWAYS = 3 }; /* held against a ring or not */

struct fault {
    const char *about;
    unsigned when;
    struct row row[ROWS]; /* key NULL behind the last */
    struct {
        unsigned line;
        enum finding_severity severity;
        const char *code;
    } found[FOUND]; /* exactly these, sorted; code NULL behind the last */
};

#define ERR(line, code)                                                                                      \
    {                                                                                                        \
        line, FINDING_ERROR, code                                                                            \
    }
#define WARN(line, code)                                                                                     \
    {                                                                                                        \
        line, FINDING_WARNING, code                                                                          \
    }
#define NOTE(line, code)                                                                                     \
    {                                                                                                        \
        line, FINDING_NOTE, code                                                                             \
    }

static void add_row(struct registry *registry, const struct row *row, unsigned line)
{
    struct registry_entry *entry = registry_add(registry);
    uint32_t type = row->type ? row->type : row->text ? REGISTRY_SZ : REGISTRY_DWORD;
    *entry = (struct registry_entry){.line = line,
                                     .action = row->action,
                                     .hive = mem_strdup(row->hive ? row->hive : MACHINE),
                                     .key = mem_strdup(row->key),
                                     .name = mem_strdup(row->name),
                                     .type = type,
                                     .text = mem_strdup(row->text ? row->text : ""),
                                     .number = row->number};
}

/* MonthlyEnterprise, two names of its share, two builds on it. */
struct scene {
    struct strv shares;
    struct build standing[2];
    struct lint_ring ring;
    struct lint_options options;
};

static void set_scene(struct scene *scene, bool ringed)
{
    struct err err = {0};
    *scene = (struct scene){.ring = {.name = "pilot", .standing_len = 2}};
    strv_add(&scene->shares, "\\\\corp.example\\dfs\\pilot");
    strv_add(&scene->shares, SHARE);
    assert_ok(build_parse("16.0.20228.20134", &scene->standing[0], &err));
    assert_ok(build_parse("16.0.20326.20100", &scene->standing[1], &err));
    scene->ring.channel = channel_find("MonthlyEnterprise");
    scene->ring.shares = &scene->shares;
    scene->ring.standing = scene->standing;
    scene->ring.live = scene->standing[1];
    scene->options = (struct lint_options){.now_unix = now_unix, .ring = ringed ? &scene->ring : NULL};
}

static void lint_rows(const struct row *row, bool ringed, struct findings *findings)
{
    struct scene scene;
    struct registry registry = {0};
    set_scene(&scene, ringed);
    for (unsigned i = 0; i < ROWS && row[i].key; i++)
        add_row(&registry, &row[i], (i + 1) * 10);
    lint_policy(&registry, &scene.options, findings);
    findings_sort(findings);
    registry_clear(&registry);
    strv_clear(&scene.shares);
}

static void describe(const struct findings *findings, struct buf *out)
{
    for (size_t i = 0; i < findings->len; i++)
        buf_printf(out, "%u: %s: %s [%s]\n", findings->item[i].line,
                   finding_severity_name(findings->item[i].severity), findings->item[i].text,
                   findings->item[i].code);
}

/* One sentence for people, ending without a full stop. */
static void assert_readable(const struct finding *finding)
{
    size_t len = strlen(finding->text);
    if (len < 20 || strchr(finding->text, '\n') || finding->text[len - 1] == '.')
        fail_msg("[%s] no sentence: %s", finding->code, finding->text);
}

static void assert_fault(const struct fault *fault, bool ringed)
{
    size_t wanted = 0;
    struct findings findings = {0};
    AUTO_BUF said = {0};
    lint_rows(fault->row, ringed, &findings);
    describe(&findings, &said);
    while (wanted < FOUND && fault->found[wanted].code)
        wanted++;
    if (findings.len != wanted)
        fail_msg("%s%s: %zu findings, not %zu:\n%s", fault->about, ringed ? ", ring" : "", findings.len,
                 wanted, buf_text(&said));
    for (size_t i = 0; i < wanted; i++) {
        const struct finding *finding = &findings.item[i];
        if (finding->line != fault->found[i].line || finding->severity != fault->found[i].severity ||
            strcmp(finding->code, fault->found[i].code) != 0)
            fail_msg("%s%s: not %u %s:\n%s", fault->about, ringed ? ", ring" : "", fault->found[i].line,
                     fault->found[i].code, buf_text(&said));
        assert_readable(finding);
    }
    findings_clear(&findings);
}

static void assert_faults(const struct fault *fault, size_t faults)
{
    for (size_t i = 0; i < faults; i++) {
        assert_true(fault[i].when & ALWAYS);
        if (fault[i].when & ALONE)
            assert_fault(&fault[i], false);
        if (fault[i].when & RINGED)
            assert_fault(&fault[i], true);
    }
}

#define ASSERT_FAULTS(table) assert_faults(table, sizeof(table) / sizeof *(table))

static void what_is_right_is_left_alone(void **state)
{
    static const struct fault none[] = {
        {"nothing", ALWAYS, {{0}}, {{0}}},
        {"the usual",
         ALWAYS,
         {NUMBER("enableautomaticupdates", 1), TEXT("updatepath", SHARE), NUMBER("onlinerepair", 1),
          NUMBER("fallbacktocdn", 0)},
         {{0}}},
        {"case and a trailing backslash mean nothing",
         ALWAYS,
         {TEXT_AT("SOFTWARE\\Policies\\Microsoft\\OFFICE\\16.0\\Common\\OfficeUpdate\\", "UpdatePath",
                  "\\\\FILES\\Office-Pilot\\")},
         {{0}}},
        {"the ring's other name", ALWAYS, {TEXT("updatepath", "\\\\corp.example\\dfs\\pilot")}, {{0}}},
        {"Registry.pol names no hive", ALWAYS, {IN_HIVE("", POLICY, "updatepath", SHARE)}, {{0}}},
        {"what 2-release.reg says",
         ALWAYS,
         {REMOVED(POLICY, "updatetargetversion", REGISTRY_REMOVE_VALUE),
          REMOVED(POLICY, "updatedeadline", REGISTRY_REMOVE_VALUE)},
         {{0}}},
        {"emptied first, then set",
         ALWAYS,
         {REMOVED(POLICY, "", REGISTRY_REMOVE_KEY), REMOVED(POLICY, "", REGISTRY_REMOVE_VALUES),
          REMOVED(POLICY, "updatepath", REGISTRY_REMOVE_VALUE), TEXT("updatepath", SHARE)},
         {{0}}},
        {"numbers and days in their bounds",
         ALWAYS,
         {NUMBER("deferupdatedays", 14), TEXT("updatedeadline", "7"), NUMBER("officemgmtcom", 0),
          NUMBER("hideupdatenotifications", 1)},
         {{0}}},
        {"a deadline to come", ALWAYS, {TEXT("updatedeadline", "08/22/2026 18:01")}, {{0}}},
        {"what is empty is not set",
         ALWAYS,
         {TEXT("updatetargetversion", ""), TEXT("updatedeadline", ""), TEXT("updatebranch", ""),
          TEXT("blockversion", "")},
         {{0}}},
        {"blocked builds",
         ALWAYS,
         {TEXT("blockversion", "16.0.10326.10000:16.0.20326.20100|16.0.10326.20000:16.0.20228.20134")},
         {{0}}},
        {"a path of the network by http",
         ALONE,
         {TEXT("updatepath", "http://files.example:8080/office%20x")},
         {{0}}},
        {"environment variables", ALONE, {TEXT("updatepath", "\\\\%SITE%\\office")}, {{0}}},
        {"cleaning up wrong keys",
         ALWAYS,
         {REMOVED("software\\policies\\microsoft\\office\\15.0\\common\\officeupdate", "updatepath",
                  REGISTRY_REMOVE_VALUE),
          REMOVED(CLOUD, "IgnoreGPO", REGISTRY_REMOVE_VALUE),
          REMOVED("software\\policies\\microsoft\\office\\15.0", "", REGISTRY_REMOVE_KEY),
          REMOVED("SOFTWARE\\Policies\\Microsoft\\cloud", "", REGISTRY_REMOVE_KEY)},
         {{0}}},
        {"emptied", ALONE, {REMOVED(POLICY, "", REGISTRY_REMOVE_KEY)}, {{0}}},
        {"Office's own words for what is right",
         ALWAYS,
         {TEXT_AT(INSTALLED, "UpdatesEnabled", "True"), TEXT_AT(INSTALLED, "OfficeMgmtCOM", "False"),
          TEXT_AT(UPDATES, "UpdatesEnabled", "1"), TEXT_AT(UPDATES, "UpdateToVersion", "16.0.1.2")},
         {{0}}},
        {"the cloud does not own it", ALWAYS, {NUMBER_AT(CLOUD, "ignoregpo", 0)}, {{0}}},
        {"Office's other values stay unknown",
         ALWAYS,
         {TEXT_AT(INSTALLED, "ClientFolder", "x"), TEXT_AT(CLOUD, "whatever", "x")},
         {{0}}},
        {"no repair, so no fallback", ALWAYS, {NUMBER("onlinerepair", 0), NUMBER("fallbacktocdn", 1)}, {{0}}},
        {"a key's default value", ALWAYS, {TEXT("", "x")}, {{0}}},
    };
    (void)state;
    ASSERT_FAULTS(none);
}

static void keys_and_names_that_nobody_reads(void **state)
{
    static const struct fault faults[] = {
        {"a user's key",
         ALWAYS,
         {IN_HIVE("HKEY_CURRENT_USER", POLICY, "updatepath", SHARE)},
         {ERR(10, "user-key")}},
        {"one user's key",
         ALWAYS,
         {IN_HIVE("HKEY_USERS", "S-1-5-18\\" POLICY, "updatepath", SHARE)},
         {ERR(10, "user-key")}},
        {"the installation's key, a user's",
         ALWAYS,
         {IN_HIVE("HKEY_CURRENT_USER", INSTALLED, "UpdateUrl", SHARE)},
         {ERR(10, "user-key")}},
        {"the view of 32-bit programs",
         ALWAYS,
         {TEXT_AT("SOFTWARE\\WOW6432Node\\Policies\\Microsoft\\Office\\16.0\\Common\\OfficeUpdate",
                  "updatepath", SHARE)},
         {ERR(10, "wow6432node")}},
        {"another Office",
         ALWAYS,
         {TEXT_AT("software\\policies\\microsoft\\office\\15.0\\common\\officeupdate", "updatepath", SHARE)},
         {ERR(10, "other-office")}},
        {"common is missing",
         ALWAYS,
         {TEXT_AT("software\\policies\\microsoft\\office\\16.0\\officeupdate", "updatepath", SHARE)},
         {ERR(10, "misspelt-key")}},
        {"officeupdate is missing",
         ALWAYS,
         {TEXT_AT("software\\policies\\microsoft\\office\\16.0\\common", "updatepath", SHARE)},
         {ERR(10, "misspelt-key")}},
        {"a letter too many",
         ALWAYS,
         {TEXT_AT("software\\policies\\microsoft\\office\\16.0\\common\\officeupdates", "whatever", "x")},
         {ERR(10, "misspelt-key")}},
        {"policies is missing",
         ALWAYS,
         {TEXT_AT("software\\microsoft\\office\\16.0\\common\\officeupdate", "updatepath", SHARE)},
         {ERR(10, "misspelt-key")}},
        {"a wrong key is said once",
         ALWAYS,
         {TEXT_AT("software\\policies\\microsoft\\office\\16\\common\\officeupdate", "updatepath", SHARE),
          NUMBER_AT("software\\policies\\microsoft\\office\\16\\common\\officeupdate",
                    "enableautomaticupdates", 1),
          TEXT("updatepath", SHARE)},
         {ERR(10, "other-office")}},
        {"a misspelt name", ALWAYS, {TEXT("updatepaht", SHARE)}, {WARN(10, "unknown-value")}},
        {"a misspelt name is removed",
         ALWAYS,
         {REMOVED(POLICY, "updatetargetversio", REGISTRY_REMOVE_VALUE)},
         {WARN(10, "unknown-value")}},
        {"a name like no other", ALWAYS, {NUMBER("xyz", 1)}, {WARN(10, "unknown-value")}},
        {"nothing of Office's",
         ALWAYS,
         {TEXT_AT("software\\policies\\microsoft\\office\\16.0\\excel", "x", "x"),
          IN_HIVE("HKEY_CLASSES_ROOT", POLICY, "updatepath", SHARE)},
         {NOTE(0, "nothing-here")}},
    };
    (void)state;
    ASSERT_FAULTS(faults);
}

static void types_and_data(void **state)
{
    static const struct fault faults[] = {
        {"a path that is a number",
         ALWAYS,
         {TYPED("updatepath", REGISTRY_DWORD, NULL, 1)},
         {ERR(10, "wrong-type")}},
        {"a switch that is a text", ALWAYS, {TEXT("enableautomaticupdates", "1")}, {ERR(10, "wrong-type")}},
        {"a list of texts",
         ALWAYS,
         {TYPED("updatebranch", REGISTRY_MULTI_SZ, NULL, 0)},
         {ERR(10, "wrong-type")}},
        {"a type without a name", ALWAYS, {TYPED("updatebranch", 99, NULL, 0)}, {ERR(10, "wrong-type")}},
        {"a long number", ALWAYS, {TYPED("officemgmtcom", REGISTRY_QWORD, NULL, 1)}, {ERR(10, "wrong-type")}},
        {"variables are expanded",
         ALWAYS,
         {TYPED("updatepath", REGISTRY_EXPAND_SZ, SHARE, 0)},
         {WARN(10, "expand-sz")}},
        {"the cloud's switch as text", ALWAYS, {TEXT_AT(CLOUD, "IgnoreGPO", "1")}, {ERR(10, "wrong-type")}},
        {"neither on nor off", ALWAYS, {NUMBER("hideenabledisableupdates", 2)}, {WARN(10, "bad-switch")}},
        {"15 days", ALWAYS, {NUMBER("deferupdatedays", 15)}, {ERR(10, "bad-defer-days")}},
        {"one build blocked, none named",
         ALWAYS,
         {TEXT("blockversion", "16.0.1.2")},
         {ERR(10, "bad-blockversion")}},
        {"a short number blocked",
         ALWAYS,
         {TEXT("blockversion", "10326.10000:16.0.20326.20100")},
         {ERR(10, "bad-blockversion")}},
        {"blocked in favour of itself",
         ALWAYS,
         {TEXT("blockversion", "16.0.20326.20100:16.0.20326.20100")},
         {ERR(10, "bad-blockversion")}},
        {"a pair and nothing",
         ALWAYS,
         {TEXT("blockversion", "16.0.10326.10000:16.0.20326.20100|")},
         {ERR(10, "bad-blockversion")}},
        {"three in a pair",
         ALWAYS,
         {TEXT("blockversion", "16.0.1.1:16.0.20326.20100:16.0.1.2")},
         {ERR(10, "bad-blockversion")}},
        {"a number that does not end",
         ALWAYS,
         {TEXT("blockversion", "16.0.10326.100000000000000000000000000000000000000000:16.0.1.1")},
         {ERR(10, "bad-blockversion")}},
        {"blocked in favour of a build that is gone",
         RINGED,
         {TEXT("blockversion", "16.0.10326.10000:16.0.20000.1")},
         {ERR(10, "not-on-share")}},
    };
    (void)state;
    ASSERT_FAULTS(faults);
}

static void update_paths(void **state)
{
    static const struct fault faults[] = {
        {"a mapped drive", ALWAYS, {TEXT("updatepath", "Z:\\office")}, {ERR(10, "mapped-drive")}},
        {"a folder of each machine", ALONE, {TEXT("updatepath", "C:\\office")}, {NOTE(10, "local-path")}},
        {"a folder of each machine", RINGED, {TEXT("updatepath", "C:\\office")}, {ERR(10, "not-the-ring")}},
        {"Office\\Data", ALWAYS, {TEXT("updatepath", SHARE "\\Office\\Data")}, {ERR(10, "office-data")}},
        {"Office\\Data\\", ALWAYS, {TEXT("updatepath", SHARE "\\office\\data\\")}, {ERR(10, "office-data")}},
        {"Office/Data", ALONE, {TEXT("updatepath", "http://files/Office/Data")}, {ERR(10, "office-data")}},
        {"nothing", ALONE, {TEXT("updatepath", "")}, {WARN(10, "empty-path")}},
        {"nothing", RINGED, {TEXT("updatepath", "")}, {ERR(10, "empty-path")}},
        {"one backslash", ALWAYS, {TEXT("updatepath", "\\files\\office")}, {ERR(10, "one-backslash")}},
        {"a server alone", ALWAYS, {TEXT("updatepath", "\\\\files\\")}, {ERR(10, "bad-path")}},
        {"twice as many backslashes",
         ALWAYS,
         {TEXT("updatepath", "\\\\\\\\files\\\\office")},
         {ERR(10, "bad-path")}},
        {"slashes", ALWAYS, {TEXT("updatepath", "//files/office")}, {ERR(10, "bad-path")}},
        {"a slash in a share", ALWAYS, {TEXT("updatepath", "\\\\files\\office/x")}, {ERR(10, "bad-path")}},
        {"a blank behind", ALWAYS, {TEXT("updatepath", SHARE " ")}, {ERR(10, "bad-path")}},
        {"a wildcard", ALWAYS, {TEXT("updatepath", "\\\\files\\*")}, {ERR(10, "bad-path")}},
        {"another scheme", ALWAYS, {TEXT("updatepath", "ftp://files/office")}, {ERR(10, "bad-path")}},
        {"http without a server", ALWAYS, {TEXT("updatepath", "http:///office")}, {ERR(10, "bad-path")}},
        {"a question", ALWAYS, {TEXT("updatepath", "http://files/?office")}, {ERR(10, "bad-path")}},
        {"a variable in an address",
         ALWAYS,
         {TEXT("updatepath", "http://%SITE%/office")},
         {ERR(10, "bad-path")}},
        {"a variable in an address",
         ALWAYS,
         {TEXT("updatepath", "http://files/%SITE%")},
         {ERR(10, "variable-in-address")}},
        {"relative", ALWAYS, {TEXT("updatepath", "office\\pilot")}, {ERR(10, "relative-path")}},
        {"relative to a drive", ALWAYS, {TEXT("updatepath", "C:office")}, {ERR(10, "relative-path")}},
        {"the CDN",
         ALONE,
         {TEXT("updatepath", "http://officecdn.microsoft.com/pr/55336b82-a18d-4dd6-b5f6-9e5095c314a6")},
         {WARN(10, "from-the-cdn")}},
        {"the CDN",
         RINGED,
         {TEXT("updatepath", "https://OfficeCDN.microsoft.com/pr/x")},
         {ERR(10, "from-the-cdn")}},
        {"another share", RINGED, {TEXT("updatepath", "\\\\files\\office")}, {ERR(10, "not-the-ring")}},
        {"a folder in the share", RINGED, {TEXT("updatepath", SHARE "\\x")}, {ERR(10, "not-the-ring")}},
        {"who knows", RINGED, {TEXT("updatepath", "\\\\%SITE%\\office")}, {WARN(10, "perhaps-not-the-ring")}},
        {"who knows", RINGED, {TEXT("updatepath", "%SHARE%")}, {WARN(10, "perhaps-not-the-ring")}},
        {"who knows",
         RINGED,
         {TEXT("updatepath", "http://files/office")},
         {WARN(10, "perhaps-not-the-ring")}},
    };
    (void)state;
    ASSERT_FAULTS(faults);
}

static void target_versions_and_deadlines(void **state)
{
    static const struct fault faults[] = {
        {"machines are held", ALONE, {TEXT("updatetargetversion", "16.0.1.2")}, {NOTE(10, "target-version")}},
        {"machines are held at the newest",
         RINGED,
         {TEXT("updatetargetversion", "16.0.20326.20100")},
         {NOTE(10, "target-version")}},
        {"machines are held back",
         RINGED,
         {TEXT("updatetargetversion", "16.0.20228.20134")},
         {WARN(10, "old-target")}},
        {"a build that is gone",
         RINGED,
         {TEXT("updatetargetversion", "16.0.20000.1")},
         {ERR(10, "not-on-share")}},
        {"short", ALWAYS, {TEXT("updatetargetversion", "20326.20100")}, {ERR(10, "bad-version")}},
        {"a version", ALWAYS, {TEXT("updatetargetversion", "2607")}, {ERR(10, "bad-version")}},
        {"a blank", ALWAYS, {TEXT("updatetargetversion", "16.0.20326.20100 ")}, {ERR(10, "bad-version")}},
        {"another 16", ALWAYS, {TEXT("updatetargetversion", "16.1.20326.20100")}, {ERR(10, "bad-version")}},
        {"passed", ALWAYS, {TEXT("updatedeadline", "08/22/2026 18:00")}, {WARN(10, "past-deadline")}},
        {"without zeros", ALWAYS, {TEXT("updatedeadline", "9/1/2026 18:00")}, {ERR(10, "bad-deadline")}},
        {"day first", ALWAYS, {TEXT("updatedeadline", "31/12/2026 18:00")}, {ERR(10, "bad-deadline")}},
        {"no such day", ALWAYS, {TEXT("updatedeadline", "02/29/2027 18:00")}, {ERR(10, "bad-deadline")}},
        {"a date alone", ALWAYS, {TEXT("updatedeadline", "12/31/2026")}, {ERR(10, "bad-deadline")}},
        {"twelve hours", ALWAYS, {TEXT("updatedeadline", "12/31/2026 06:00 PM")}, {ERR(10, "bad-deadline")}},
        {"no days", ALWAYS, {TEXT("updatedeadline", "0")}, {ERR(10, "bad-deadline")}},
        {"days before", ALWAYS, {TEXT("updatedeadline", "-7")}, {ERR(10, "bad-deadline")}},
        {"too many days", ALWAYS, {TEXT("updatedeadline", "366")}, {WARN(10, "long-deadline")}},
        {"more days than a number",
         ALWAYS,
         {TEXT("updatedeadline", "99999999999999999999999")},
         {WARN(10, "long-deadline")}},
        {"not deferred",
         RINGED,
         {NUMBER("deferupdatedays", 3), TEXT("updatetargetversion", "16.0.20326.20100")},
         {WARN(10, "dead-weight"), NOTE(20, "target-version")}},
    };
    (void)state;
    ASSERT_FAULTS(faults);
}

static void channels_and_switches(void **state)
{
    static const struct fault faults[] = {
        {"a channel alone", ALONE, {TEXT("updatebranch", "MonthlyEnterprise")}, {NOTE(10, "from-the-cdn")}},
        {"a channel alone", RINGED, {TEXT("updatebranch", "MonthlyEnterprise")}, {ERR(10, "from-the-cdn")}},
        {"a channel beside a path",
         ALWAYS,
         {TEXT("updatebranch", "MonthlyEnterprise"), TEXT("updatepath", SHARE)},
         {WARN(10, "dead-weight")}},
        {"another channel",
         RINGED,
         {TEXT("updatebranch", "Current")},
         {ERR(10, "other-channel"), ERR(10, "from-the-cdn")}},
        {"another channel beside a path",
         RINGED,
         {TEXT("updatepath", SHARE), TEXT("updatebranch", "Deferred")},
         {WARN(20, "other-channel"), WARN(20, "dead-weight")}},
        {"no channel",
         ALONE,
         {TEXT("updatebranch", "Monthley")},
         {ERR(10, "unknown-channel"), NOTE(10, "from-the-cdn")}},
        {"a channel of the editor's by another name",
         ALONE,
         {TEXT("updatebranch", "SemiAnnual")},
         {NOTE(10, "channel-spelling"), NOTE(10, "from-the-cdn")}},
        {"updates are off", ALONE, {NUMBER("enableautomaticupdates", 0)}, {WARN(10, "updates-off")}},
        {"updates are off", RINGED, {NUMBER("enableautomaticupdates", 0)}, {ERR(10, "updates-off")}},
        {"Configuration Manager", ALONE, {NUMBER("officemgmtcom", 1)}, {WARN(10, "configuration-manager")}},
        {"Configuration Manager", RINGED, {NUMBER("officemgmtcom", 1)}, {ERR(10, "configuration-manager")}},
        {"Configuration Manager and a path",
         ALWAYS,
         {TEXT("updatepath", SHARE), NUMBER("officemgmtcom", 1)},
         {ERR(20, "configuration-manager")}},
        {"repair from the CDN",
         ALONE,
         {NUMBER("onlinerepair", 1), NUMBER("fallbacktocdn", 1)},
         {NOTE(20, "cdn-fallback")}},
        {"repair from the CDN", RINGED, {NUMBER("fallbacktocdn", 1)}, {ERR(10, "cdn-fallback")}},
    };
    (void)state;
    ASSERT_FAULTS(faults);
}

/* Without a path in the policy machines go to the CDN. */
static void what_takes_the_path_away(void **state)
{
    static const struct fault faults[] = {
        {"the value",
         RINGED,
         {REMOVED(POLICY, "UpdatePath", REGISTRY_REMOVE_VALUE)},
         {ERR(10, "no-update-path")}},
        {"all values", RINGED, {REMOVED(POLICY, "", REGISTRY_REMOVE_VALUES)}, {ERR(10, "no-update-path")}},
        {"the key", RINGED, {REMOVED(POLICY, "", REGISTRY_REMOVE_KEY)}, {ERR(10, "no-update-path")}},
        {"the key above",
         RINGED,
         {REMOVED("software\\policies\\microsoft\\office", "", REGISTRY_REMOVE_KEY)},
         {ERR(10, "no-update-path")}},
        {"the last that does so is named",
         RINGED,
         {REMOVED(POLICY, "", REGISTRY_REMOVE_KEY), REMOVED(POLICY, "updatepath", REGISTRY_REMOVE_VALUE)},
         {ERR(20, "no-update-path")}},
        {"set before",
         RINGED,
         {TEXT("updatepath", SHARE), REMOVED(POLICY, "", REGISTRY_REMOVE_KEY)},
         {ERR(20, "no-update-path"), WARN(20, "set-and-removed")}},
        {"set behind to nothing",
         RINGED,
         {REMOVED(POLICY, "updatepath", REGISTRY_REMOVE_VALUE), TEXT("updatepath", "")},
         {ERR(20, "empty-path")}},
        {"another user's",
         RINGED,
         {{POLICY, "", 0, NULL, 0, REGISTRY_REMOVE_KEY, "HKEY_USERS"}},
         {NOTE(0, "nothing-here")}},
    };
    (void)state;
    ASSERT_FAULTS(faults);
}

/* What Office keeps of itself, as texts and, where somebody thought so, as numbers. */
static void what_office_keeps_of_itself(void **state)
{
    static const struct fault faults[] = {
        {"updates are off",
         ALONE,
         {TEXT_AT(INSTALLED, "UpdatesEnabled", "False")},
         {WARN(10, "updates-off")}},
        {"updates are off",
         RINGED,
         {TEXT_AT(INSTALLED, "UpdatesEnabled", "FALSE")},
         {ERR(10, "updates-off")}},
        {"the service's are off",
         RINGED,
         {TEXT_AT(UPDATES, "UpdatesEnabled", "False")},
         {ERR(10, "updates-off")}},
        {"off as a number", RINGED, {NUMBER_AT(INSTALLED, "UpdatesEnabled", 0)}, {ERR(10, "updates-off")}},
        {"off below a policy",
         RINGED,
         {TEXT_AT(INSTALLED, "UpdatesEnabled", "False"), NUMBER("enableautomaticupdates", 1)},
         {WARN(10, "updates-off")}},
        {"Configuration Manager",
         ALONE,
         {TEXT_AT(INSTALLED, "OfficeMgmtCOM", "True")},
         {WARN(10, "configuration-manager")}},
        {"Configuration Manager",
         RINGED,
         {TEXT_AT(INSTALLED, "OfficeMgmtCOM", "true")},
         {ERR(10, "configuration-manager")}},
        {"Configuration Manager below a policy",
         RINGED,
         {NUMBER("officemgmtcom", 0), TEXT_AT(INSTALLED, "OfficeMgmtCOM", "1")},
         {WARN(20, "configuration-manager")}},
        {"a line end in a folder", ALWAYS, {TEXT("localodtpath", "C:\\a\n")}, {ERR(10, "bad-path")}},
    };
    (void)state;
    ASSERT_FAULTS(faults);
}

static void what_is_stronger(void **state)
{
    static const struct fault faults[] = {
        {"the cloud owns the machines", ALWAYS, {NUMBER_AT(CLOUD, "IgnoreGPO", 1)}, {ERR(10, "cloud-owns")}},
        {"the cloud's path", ALWAYS, {TEXT_AT(CLOUD, "UpdatePath", SHARE)}, {WARN(10, "cloud-wins")}},
        {"the cloud's path above policy",
         ALWAYS,
         {TEXT("updatepath", SHARE), TEXT_AT(CLOUD, "UpdatePath", SHARE)},
         {ERR(20, "cloud-wins")}},
        {"the cloud's path above a channel",
         ALONE,
         {TEXT("updatebranch", "Current"), TEXT_AT(CLOUD, "UpdatePath", SHARE)},
         {NOTE(10, "from-the-cdn"), ERR(20, "cloud-wins")}},
        {"the cloud's path elsewhere",
         RINGED,
         {TEXT_AT(CLOUD, "UpdatePath", "\\\\files\\x")},
         {ERR(10, "not-the-ring"), WARN(10, "cloud-wins")}},
        {"the cloud's channel",
         ALONE,
         {TEXT_AT(CLOUD, "UpdateBranch", "MonthlyEnterprise")},
         {WARN(10, "cloud-wins")}},
        {"the cloud's channel",
         RINGED,
         {TEXT_AT(CLOUD, "UpdateBranch", "MonthlyEnterprise")},
         {ERR(10, "cloud-wins")}},
        {"the cloud's channel above policy",
         ALONE,
         {TEXT_AT(CLOUD, "UpdateBranch", "Current"), TEXT("updatepath", SHARE)},
         {ERR(10, "cloud-wins")}},
        {"the cloud's channel beside its path",
         ALONE,
         {TEXT_AT(CLOUD, "UpdateBranch", "Current"), TEXT_AT(CLOUD, "UpdatePath", SHARE)},
         {WARN(10, "dead-weight"), WARN(20, "cloud-wins")}},
        {"the Deployment Tool's path",
         ALWAYS,
         {TEXT_AT(INSTALLED, "UpdateUrl", SHARE)},
         {NOTE(10, "weak-source")}},
        {"the Deployment Tool's path elsewhere",
         RINGED,
         {TEXT_AT(INSTALLED, "UpdateUrl", "\\\\files\\x")},
         {ERR(10, "not-the-ring"), NOTE(10, "weak-source")}},
        {"the Deployment Tool's path below policy",
         ALWAYS,
         {TEXT_AT(INSTALLED, "UpdateUrl", SHARE), TEXT("updatepath", SHARE)},
         {WARN(10, "dead-weight")}},
        {"the Deployment Tool's path below a channel",
         ALONE,
         {TEXT_AT(INSTALLED, "UpdateUrl", SHARE), TEXT("updatebranch", "Current")},
         {WARN(10, "dead-weight"), NOTE(20, "from-the-cdn")}},
        {"an address for unmanaged machines below a path",
         ALWAYS,
         {TEXT_AT(INSTALLED, "UnmanagedUpdateURL", "http://x/y"), TEXT_AT(INSTALLED, "UpdateUrl", SHARE)},
         {WARN(10, "dead-weight"), NOTE(20, "weak-source")}},
        {"the CDN's address is the weakest",
         ALWAYS,
         {TEXT_AT(INSTALLED, "CDNBaseUrl",
                  "http://officecdn.microsoft.com/pr/55336b82-a18d-4dd6-b5f6-9e5095c314a6"),
          TEXT_AT(INSTALLED, "UnmanagedUpdateURL", "http://x/y")},
         {WARN(10, "dead-weight"), NOTE(20, "weak-source")}},
        {"the CDN's address of another channel",
         RINGED,
         {TEXT_AT(INSTALLED, "CDNBaseUrl",
                  "http://officecdn.microsoft.com/pr/492350f6-3a01-4f97-b9c0-c7c6ddf67d60")},
         {WARN(10, "other-channel"), NOTE(10, "weak-source")}},
        {"what Office writes itself",
         ALWAYS,
         {TEXT_AT(INSTALLED, "UpdateChannel", "http://x/y")},
         {WARN(10, "written-by-office")}},
    };
    (void)state;
    ASSERT_FAULTS(faults);
}

static void only_the_last_counts(void **state)
{
    static const struct fault faults[] = {
        {"twice the same",
         ALWAYS,
         {TEXT("updatepath", SHARE), TEXT("UPDATEPATH", SHARE)},
         {WARN(20, "duplicate")}},
        {"twice", ALWAYS, {TEXT("updatepath", "Z:\\x"), TEXT("updatepath", SHARE)}, {WARN(20, "set-twice")}},
        {"twice, the wrong one last",
         ALWAYS,
         {TEXT("updatepath", SHARE), TEXT("updatepath", "Z:\\x")},
         {ERR(20, "mapped-drive"), WARN(20, "set-twice")}},
        {"a text and a number",
         ALWAYS,
         {TEXT("updatepath", SHARE), TYPED("updatepath", REGISTRY_DWORD, NULL, 0)},
         {ERR(20, "wrong-type"), WARN(20, "set-twice")}},
        {"two numbers",
         ALWAYS,
         {NUMBER("deferupdatedays", 1), NUMBER("deferupdatedays", 2)},
         {WARN(20, "set-twice")}},
        {"set and removed",
         ALONE,
         {TEXT("updatepath", "Z:\\x"), REMOVED(POLICY, "UpdatePath", REGISTRY_REMOVE_VALUE)},
         {WARN(20, "set-and-removed")}},
        {"set, and the values removed",
         ALONE,
         {TEXT("updatepath", "Z:\\x"), TEXT_AT(CLOUD, "UpdatePath", SHARE),
          REMOVED(POLICY, "", REGISTRY_REMOVE_VALUES)},
         {WARN(20, "cloud-wins"), WARN(30, "set-and-removed")}},
        {"set, and the values above removed",
         ALWAYS,
         {TEXT("updatepath", SHARE),
          REMOVED("software\\policies\\microsoft\\office\\16.0\\common", "", REGISTRY_REMOVE_VALUES)},
         {{0}}},
        {"set, and the key above removed",
         ALONE,
         {TEXT("updatepath", "Z:\\x"),
          REMOVED("SOFTWARE\\Policies\\Microsoft\\Office\\16.0\\", "", REGISTRY_REMOVE_KEY)},
         {WARN(20, "set-and-removed")}},
        {"set, and a key that only begins like it removed",
         ALWAYS,
         {TEXT("updatepath", SHARE), REMOVED("software\\policies\\microsoft\\off", "", REGISTRY_REMOVE_KEY)},
         {{0}}},
        {"set, and a user's key removed",
         ALWAYS,
         {TEXT("updatepath", SHARE), {POLICY, "", 0, NULL, 0, REGISTRY_REMOVE_KEY, "HKEY_CURRENT_USER"}},
         {{0}}},
    };
    (void)state;
    ASSERT_FAULTS(faults);
}

static void a_ring_without_names_of_its_share(void **state)
{
    struct scene scene;
    struct registry registry = {0};
    struct findings findings = {0};
    static const struct row path = TEXT("updatepath", SHARE);
    (void)state;
    set_scene(&scene, true);
    strv_clear(&scene.shares);
    add_row(&registry, &path, 1);
    lint_policy(&registry, &scene.options, &findings);
    assert_int_equal(findings.len, 1);
    assert_string_equal(findings.item[0].code, "ring-without-share");
    assert_int_equal(findings.item[0].severity, FINDING_NOTE);
    findings_clear(&findings);
    registry_clear(&registry);
}

static void a_block_names_the_build_that_is_gone(void **state)
{
    struct findings findings = {0};
    static const struct row row[ROWS] = {TEXT("blockversion", "16.0.10326.10000:16.0.20000.12345")};
    (void)state;
    lint_rows(row, true, &findings);
    assert_int_equal(findings.len, 1);
    assert_non_null(strstr(findings.item[0].text, " 16.0.20000.12345,"));
    findings_clear(&findings);
}

static void nobody_is_brought_to_a_bad_build(void **state)
{
    static const struct row rows[] = {TEXT("updatetargetversion", "16.0.20228.20134"),
                                      TEXT("blockversion", "16.0.10326.10000:16.0.20228.20134")};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct scene scene;
        struct registry registry = {0};
        struct findings findings = {0};
        set_scene(&scene, true);
        scene.ring.bad = scene.standing;
        scene.ring.bad_len = 1;
        add_row(&registry, &rows[i], 1);
        lint_policy(&registry, &scene.options, &findings);
        assert_int_equal(findings.len, 1);
        assert_string_equal(findings.item[0].code, "bad-target");
        assert_int_equal(findings.item[0].severity, FINDING_ERROR);
        findings_clear(&findings);
        registry_clear(&registry);
        strv_clear(&scene.shares);
    }
}

static void a_ring_without_builds(void **state)
{
    struct scene scene;
    struct registry registry = {0};
    struct findings findings = {0};
    static const struct row target = TEXT("updatetargetversion", "16.0.20326.20100");
    (void)state;
    set_scene(&scene, true);
    scene.ring.standing_len = 0;
    add_row(&registry, &target, 1);
    lint_policy(&registry, &scene.options, &findings);
    assert_int_equal(findings.len, 1);
    assert_string_equal(findings.item[0].code, "not-on-share");
    findings_clear(&findings);
    registry_clear(&registry);
    strv_clear(&scene.shares);
}

static void the_nearest_name(void **state)
{
    (void)state;
    assert_string_equal(known_nearest("updatepaht"), "updatepath");
    assert_string_equal(known_nearest("UpdateTargetVersio"), "updatetargetversion");
    assert_string_equal(known_nearest("enableautomaticupdate"), "enableautomaticupdates");
    assert_string_equal(known_nearest("xupdatepaths"), "updatepath");
    assert_string_equal(known_nearest("updatebranch12345"), "updatebranch");
    assert_null(known_nearest("updatebranch123456"));
    assert_null(known_nearest("nothing at all"));
    assert_null(known_nearest("update"));
    assert_null(
        known_nearest("a name that is far too long to be a slip of the pen, or so one would think, for "
                      "nobody has ever seen such a name of a value"));
}

/* The registry's words in the template: UTF-16LE, of which ASCII is enough here; lower case. */
static void read_template(struct buf *out)
{
    AUTO_BUF raw = {0};
    test_read_real("admx/office16.admx", &raw);
    for (size_t i = 2; i + 1 < raw.len; i += 2) {
        char c = (char)(raw.data[i + 1] ? '?' : tolower(raw.data[i]));
        buf_append(out, &c, 1);
    }
}

/* The end of an element's start tag, or of its whole policy. */
static void each_value_of(const char *policy, const char *end, unsigned *met)
{
    for (const char *at = policy; (at = strstr(at, "valuename=\"")) && at < end;) {
        char name[128];
        at += strlen("valuename=\"");
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at, "\""), at);
        const char *element = at;
        while (*element != '<')
            element--;
        enum known which = known_find(PLACE_POLICY, name);
        if (which == KNOWN_VALUES)
            fail_msg("%s is not known", name);
        bool text = strncmp(element, "<text", 5) == 0 || strncmp(element, "<enum", 5) == 0;
        assert_int_equal(value_kind_type(known_value(which)->kind), text ? REGISTRY_SZ : REGISTRY_DWORD);
        *met |= 1u << which;
    }
}

static void every_value_is_the_template_s(void **state)
{
    AUTO_BUF template = {0};
    unsigned met = 0, wanted = 0;
    (void)state;
    read_template(&template);
    for (const char *at = buf_text(&template); (at = strstr(at, "key=\"" POLICY "\""));) {
        const char *policy = at, *end = strstr(at, "</policy>");
        while (*policy != '<')
            policy--;
        assert_non_null(end);
        each_value_of(policy, end, &met);
        at = end;
    }
    for (enum known i = 0; i < KNOWN_VALUES; i++)
        if (known_value(i)->place == PLACE_POLICY)
            wanted |= 1u << i;
    assert_int_equal(met, wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_right_is_left_alone),
        cmocka_unit_test(keys_and_names_that_nobody_reads),
        cmocka_unit_test(types_and_data),
        cmocka_unit_test(update_paths),
        cmocka_unit_test(target_versions_and_deadlines),
        cmocka_unit_test(channels_and_switches),
        cmocka_unit_test(what_takes_the_path_away),
        cmocka_unit_test(what_office_keeps_of_itself),
        cmocka_unit_test(what_is_stronger),
        cmocka_unit_test(only_the_last_counts),
        cmocka_unit_test(a_ring_without_names_of_its_share),
        cmocka_unit_test(a_block_names_the_build_that_is_gone),
        cmocka_unit_test(nobody_is_brought_to_a_bad_build),
        cmocka_unit_test(a_ring_without_builds),
        cmocka_unit_test(the_nearest_name),
        cmocka_unit_test(every_value_is_the_template_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

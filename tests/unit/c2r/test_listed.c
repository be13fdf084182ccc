/* File lists from upstream: the real ofl.cab, the service's JSON, and hand-made hostile ones. */
#include "test.h"

#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/filelist_json.h"
#include "ringmgr/c2r/filelist_ofl.h"
#include "ringmgr/c2r/language.h"

#define BUILD       "16.0.20326.20100"
#define CURRENT     "492350f6-3a01-4f97-b9c0-c7c6ddf67d60"
#define BASE        "http://officecdn.microsoft.com/pr/" CURRENT
#define LIST(files) "{\"files\":[" files "]}"
#define FILE_AT(url, name, folder, lcid)                                                                     \
    "{\"url\":\"" url "\",\"name\":\"" name "\",\"relativePath\":\"" folder "\",\"lcid\":\"" lcid "\"}"
#define BUILD_FILE(name, lcid)                                                                               \
    FILE_AT(BASE "/Office/Data/" BUILD "/" name, name, "/office/data/" BUILD "/", lcid)
#define DESCRIPTOR FILE_AT(BASE "/Office/Data/v64_" BUILD ".cab", "v64_" BUILD ".cab", "/office/data/", "0")

static const struct build number = {{16, 0, 20326, 20100}};

static bool parse(const char *json, struct listed *list, struct err *err)
{
    return filelist_json_parse(json, strlen(json), "list.json", list, err);
}

static void make_table(const char *text, struct content *content, struct filelist *table)
{
    struct err err = {0};
    assert_ok(content_parse(text, content, &err));
    assert_ok(filelist_make(channel_find("Current"), &number, content, table, &err));
}

/* ---- JSON ---- */

static void the_services_list_is_read(void **state)
{
    static const char json[] = LIST(FILE_AT(
        BASE "/Office/Data/v64_" BUILD ".cab", "v64.cab", "/office/data/",
        "0") "," DESCRIPTOR
             "," BUILD_FILE("s640.cab", "0") ","
                                             "{\"url\":\"" BASE "/office/data/" BUILD
                                             "/stream.x64.x-none.dat\",\"name\":\"stream.x64.x-none.dat\","
                                             "\"relativePath\":\"/office/data/" BUILD
                                             "/\",\"hashLocation\":\"s640.cab/stream.x64.x-none.hash\","
                                             "\"hashAlgorithm\":\"Sha256\",\"lcid\":\"0\"}," BUILD_FILE(
                                                 "i641036.cab", "1036"));
    struct err err = {0};
    struct listed list;
    (void)state;
    assert_ok(parse(json, &list, &err));
    assert_ptr_equal(list.channel, channel_find("Current"));
    assert_int_equal(build_compare(&list.build, &number), 0);
    assert_int_equal(list.architectures, ARCH_X64);
    assert_int_equal(list.len, 4); /* the pointer is none of them */
    const struct listed_file *stream = listed_find(&list, BUILD "/stream.x64.x-none.dat");
    assert_non_null(stream);
    assert_string_equal(stream->proof, BUILD "/s640.cab");
    assert_string_equal(stream->member, "stream.x64.x-none.hash");
    assert_int_equal(listed_find(&list, BUILD "/i641036.cab")->lcid, 1036);
    assert_null(listed_find(&list, BUILD "/i641036.cab")->proof);
    assert_non_null(listed_find(&list, "v64_" BUILD ".cab"));
    listed_clear(&list);
}

static void what_a_list_may_look_like(void **state)
{
    static const char *const good[] = {
        LIST(DESCRIPTOR),
        "\xef\xbb\xbf" LIST(DESCRIPTOR), /* as Windows writes it */
        "{\"x\":[1,{}],\"files\":[" DESCRIPTOR "],\"total\":1}",
        /* another host and prefix, GUID in capitals, a number for the language, no relativePath, nulls */
        LIST("{\"url\":\"https://mirror/a/492350F6-3A01-4F97-B9C0-C7C6DDF67D60/OFFICE/DATA/v32_" BUILD
             ".cab\",\"lcid\":0,\"hashLocation\":null,\"hashAlgorithm\":\"\"}"),
        LIST(DESCRIPTOR "," DESCRIPTOR),
        LIST(DESCRIPTOR "," FILE_AT(BASE "/Office/Data/v64.cab", "v64.cab", "/office/data/", "0")),
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct err err = {0};
        struct listed list;
        assert_ok(parse(good[i], &list, &err));
        assert_int_equal(list.len, 1);
        listed_clear(&list);
    }
}

#define BAD_URL(url)  LIST(DESCRIPTOR ",{\"url\":\"" url "\",\"lcid\":\"0\"}")
#define BAD_FILE(end) LIST(DESCRIPTOR ",{\"url\":\"" BASE "/Office/Data/" BUILD "/s640.cab\"," end "}")

static const struct {
    const char *json, *part;
} hostile[] = {
    {"", "not JSON"},
    {"[", "not JSON"},
    {"{\"files\":[],\"files\":[]}", "not JSON"},
    {"[]", "no list of files"},
    {"{}", "no list of files"},
    {"null", "no list of files"},
    {"{\"files\":{}}", "no list of files"},
    {"{\"files\":[]}", "no list of files"},
    {"{\"files\":[7]}", "files[0]"},
    {LIST(BUILD_FILE("s640.cab", "0")), "no v64_<build>.cab"},
    /* out of the build's folder */
    {BAD_URL(BASE "/Office/Data/../../etc/s640.cab"), "files[1]"},
    {BAD_URL(BASE "/Office/Data/" BUILD "/../s640.cab"), "files[1]"},
    {BAD_URL(BASE "/Office/Data/" BUILD "/a/s640.cab"), "files[1]"},
    {BAD_URL(BASE "/Office/Data/" BUILD "/"), "files[1]"},
    {BAD_URL(BASE "/Office/Data//" BUILD "/s640.cab"), "files[1]"},
    {BAD_URL(BASE "/Office/Data/s640.cab"), "files[1]"},
    {BAD_URL(BASE "/Office/Data/.hidden/s640.cab"), "files[1]"},
    {BAD_URL(BASE "/Office/Data/" BUILD "/.."), "files[1]"},
    {BAD_URL(BASE "/Office/Data/" BUILD "/s640.cab?x=1"), "files[1]"},
    {BAD_URL(BASE "/Office/Data/" BUILD "/s%3640.cab"), "files[1]"},
    {BAD_URL(BASE "/Office/Data/" BUILD "/s640\\\\x.cab"), "files[1]"},
    {BAD_URL("/srv/" CURRENT "/Office/Data/" BUILD "/s640.cab"), "no http address"},
    {BAD_URL("file:///srv/" CURRENT "/Office/Data/" BUILD "/s640.cab"), "no http address"},
    {BAD_URL("http://h/pr/Office/Data/" BUILD "/s640.cab"), "files[1]"},
    {BAD_URL("http://h/pr/00000000-3a01-4f97-b9c0-c7c6ddf67d60/Office/Data/" BUILD "/s640.cab"), "channel"},
    {BAD_URL("http://h/pr/55336b82-a18d-4dd6-b5f6-9e5095c314a6/Office/Data/" BUILD "/s640.cab"), "channel"},
    /* of another build; of none */
    {BAD_URL(BASE "/Office/Data/16.0.20228.20190/s640.cab"), "another build"},
    {BAD_URL(BASE "/Office/Data/20326.20100/s640.cab"), "no file of a build"},
    {BAD_URL(BASE "/Office/Data/16.0.020326.20100/s640.cab"), "no file of a build"},
    /* saved elsewhere, or under another name */
    {BAD_FILE("\"lcid\":\"0\",\"relativePath\":\"/office/data/\""), "relativePath"},
    {BAD_FILE("\"lcid\":\"0\",\"relativePath\":\"/office/data/../" BUILD "/\""), "relativePath"},
    {BAD_FILE("\"lcid\":\"0\",\"relativePath\":\"/etc/\""), "relativePath"},
    {BAD_FILE("\"lcid\":\"0\",\"name\":\"../../x\""), "saved as"},
    {BAD_FILE("\"lcid\":\"0\",\"name\":\"v64.cab\""), "saved as"},
    {LIST(FILE_AT(BASE "/Office/Data/v64_" BUILD ".cab", "x.cab", "/office/data/", "0")), "saved as"},
    /* languages and hashes */
    {BAD_FILE("\"lcid\":\"en-us\""), "language"},
    {BAD_FILE("\"lcid\":\"-1\""), "language"},
    {BAD_FILE("\"lcid\":\"123456\""), "language"},
    {BAD_FILE("\"lcid\":\"\""), "language"},
    {BAD_FILE("\"name\":\"s640.cab\""), "language"},
    {BAD_FILE("\"lcid\":\"0\",\"hashLocation\":\"x.hash\""), "hashLocation"},
    {BAD_FILE("\"lcid\":\"0\",\"hashLocation\":\"../x.cab/x.hash\",\"hashAlgorithm\":\"Sha256\""),
     "hashLocation"},
    {BAD_FILE("\"lcid\":\"0\",\"hashLocation\":\"x.cab/a/x.hash\",\"hashAlgorithm\":\"Sha256\""),
     "hashLocation"},
    {BAD_FILE("\"lcid\":\"0\",\"hashLocation\":\"x.cab/x.hash\",\"hashAlgorithm\":\"MD5\""), "Sha256"},
    {BAD_FILE("\"lcid\":\"0\",\"hashLocation\":\"x.cab/x.hash\""), "Sha256"},
};

static void hostile_lists_are_refused_by_element(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct err err = {0};
        struct listed list;
        if (parse(hostile[i].json, &list, &err))
            fail_msg("taken: %s", hostile[i].json);
        assert_int_equal(err.code, ERR_NOT_GENUINE);
        if (!strstr(err.msg, "list.json") || !strstr(err.msg, hostile[i].part))
            fail_msg("%s: %s", hostile[i].json, err.msg);
        assert_null(list.file);
        assert_int_equal(list.len, 0);
    }
}

static void a_list_has_bounds(void **state)
{
    AUTO_BUF json = {0};
    struct err err = {0};
    struct listed list;
    (void)state;
    buf_puts(&json, "{\"files\":[" DESCRIPTOR);
    for (int i = 0; i < LIMIT_FILE_LIST; i++)
        buf_printf(&json, ",{\"url\":\"" BASE "/Office/Data/" BUILD "/f%d.cab\",\"lcid\":\"0\"}", i);
    buf_puts(&json, "]}");
    assert_fails(parse(buf_text(&json), &list, &err), ERR_NOT_GENUINE);
    assert_non_null(strstr(err.msg, "more than"));
    buf_clear(&json);
    buf_reserve(&json, LIMIT_METADATA_BYTES + 1);
    memset(json.data, ' ', LIMIT_METADATA_BYTES + 1);
    assert_fails(filelist_json_parse(json.data, LIMIT_METADATA_BYTES + 1, "list.json", &list, &err),
                 ERR_NOT_GENUINE);
    assert_non_null(strstr(err.msg, "larger"));
}

/* ---- ofl.cab ---- */

static void read_real(enum architecture architecture, const char *channel, struct listed *list)
{
    struct err err = {0};
    AUTO_BUF cab = {0};
    test_read_real("cdn-2026-08-22/pr/wsus/ofl.cab", &cab);
    assert_ok(filelist_ofl_read(cab.data, cab.len, "ofl.cab", architecture, channel_find(channel), &number,
                                list, &err));
}

/* The built-in table agrees: what the templates name is known, and mandatory, but in languages they lack. */
static void the_real_templates_agree_with_the_table(void **state)
{
    static const struct {
        enum architecture architecture;
        const char *content;
        size_t named;
    } cases[] = {
        {ARCH_X64, "x64 en-us proofing= arm64=yes", 7},
        {ARCH_X86, "x86 en-us proofing= arm64=yes", 9},
        {ARCH_X64, "x64 af-za,en-us,ja-jp proofing=en-us arm64=no", 7 + 2 + 3},
        {ARCH_X64, "x64 en-gb,en-us proofing= arm64=no", 7}, /* en-gb is not in it */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct listed list;
        struct content content;
        struct filelist table;
        AUTO_STRV unknown = {0};
        size_t named = 0;
        read_real(cases[i].architecture, "Current", &list);
        assert_int_equal(list.architectures, cases[i].architecture);
        make_table(cases[i].content, &content, &table);
        for (size_t j = 0; j < table.len; j++) {
            const struct listed_file *file = listed_find(&list, table.file[j].path);
            named += file != NULL;
            assert_true(!file || (table.file[j].mandatory && file->lcid == table.file[j].lcid));
        }
        assert_int_equal(named, cases[i].named);
        listed_mark(&list, &content, &table, &unknown);
        assert_int_equal(unknown.len, 0);
        listed_clear(&list);
        filelist_clear(&table);
        content_clear(&content);
    }
}

static void the_real_templates_know_some_channels_only(void **state)
{
    static const struct {
        const char *channel;
        bool known;
    } cases[] = {{"Current", true},          {"MonthlyEnterprise", true}, {"SemiAnnual", true},
                 {"PerpetualVL2019", true},  {"CurrentPreview", true},    {"SemiAnnualPreview", true},
                 {"PerpetualVL2021", false}, {"PerpetualVL2024", false},  {"BetaChannel", false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct listed list;
        read_real(ARCH_X64, cases[i].channel, &list);
        if ((list.len > 0) != cases[i].known || (list.channel != NULL) != cases[i].known)
            fail_msg("%s: %zu files", cases[i].channel, list.len);
        listed_clear(&list);
    }
}

#define TEMPLATE(rows)                                                                                       \
    "<UpdateFiles version=\"1.10\"><baseURL branch=\"Monthly\" URL=\"" BASE "\"/>"                           \
    "<File name=\"v64_%version%.cab\" relativePath=\"/office/data/\" language=\"0\"/>" rows "</UpdateFiles>"

static bool parse_template(const char *xml, struct listed *list, struct err *err)
{
    return filelist_ofl_parse(xml, strlen(xml), "ofl.xml", channel_find("Current"), &number, list, err);
}

static void hostile_templates_are_refused_by_line(void **state)
{
    static const char *const rows[] = {
        "<File relativePath=\"/office/data/%version%/\" language=\"0\"/>",
        "<File name=\"s640.cab\" language=\"0\"/>",
        "<File name=\"s640.cab\" relativePath=\"/office/data/\" language=\"0\"/>",
        "<File name=\"s640.cab\" relativePath=\"/etc/\" language=\"0\"/>",
        "<File name=\"../s640.cab\" relativePath=\"/office/data/%version%/\" language=\"0\"/>",
        "<File name=\"s640.cab\" relativePath=\"/office/data/../%version%/\" language=\"0\"/>",
        "<File name=\"s640.cab\" relativePath=\"/office/data/%version%/x/\" language=\"0\"/>",
        "<File name=\"s640.cab\" relativePath=\"/office/data/16.0.1.1/\" language=\"0\"/>",
        "<File name=\"%build%.cab\" relativePath=\"/office/data/%version%/\" language=\"0\"/>",
        "<File name=\"s640.cab\" relativePath=\"/office/data/%version%/\"/>",
        "<File name=\"s640.cab\" relativePath=\"/office/data/%version%/\" language=\"x\"/>",
        "<File name=\"s640.cab\" rename=\"/etc/passwd\" relativePath=\"/office/data/%version%/\" "
        "language=\"0\"/>",
        "<File name=\"s640.cab\" relativePath=\"/office/data/%version%/\" language=\"0\" "
        "hashLocation=\"x\"/>",
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {0};
        struct listed list;
        static const char head[] = TEMPLATE("\n@");
        char *xml AUTO_FREE = mem_printf("%.*s%s</UpdateFiles>", (int)strcspn(head, "@"), head, rows[i]);
        if (parse_template(xml, &list, &err))
            fail_msg("taken: %s", rows[i]);
        assert_int_equal(err.code, ERR_NOT_GENUINE);
        if (!strstr(err.msg, "ofl.xml line 2"))
            fail_msg("%s: %s", rows[i], err.msg);
        assert_null(list.file);
    }
}

static void what_is_no_template_is_refused(void **state)
{
    static const char *const texts[] = {"", "x", "<Version/>", "<!DOCTYPE UpdateFiles><UpdateFiles/>",
                                        "<UpdateFiles><baseURL URL=\"" BASE "\"/></UpdateFiles>"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct err err = {0};
        struct listed list;
        assert_fails(parse_template(texts[i], &list, &err), ERR_NOT_GENUINE);
    }
}

/* ---- marking ---- */

static void a_list_makes_optional_files_mandatory_and_nothing_optional(void **state)
{
    static const char json[] = LIST(
        DESCRIPTOR
        "," BUILD_FILE("i640.cab.cat", "0") "," BUILD_FILE("sa640.cab", "0") "," BUILD_FILE("sp641033.cab", "1033") "," BUILD_FILE(
            "sp641036.cab",
            "1036") "," BUILD_FILE("s641031.cab",
                                   "1031") "," BUILD_FILE("new640.cab",
                                                          "0") "," BUILD_FILE("new641033.cab",
                                                                              "1033") "," BUILD_FILE("new6410"
                                                                                                     "31.cab",
                                                                                                     "1031") "," BUILD_FILE("sc320.cab",
                                                                                                                            "0") "," BUILD_FILE("x64.chpe.dat",
                                                                                                                                                "0"));
    static const char *const mandatory[] = {BUILD "/i640.cab.cat", BUILD "/sp641033.cab", BUILD "/s640.cab",
                                            BUILD "/stream.x64.x-none.dat", BUILD "/i641033.cab"};
    static const char *const optional[] = {BUILD "/stream.x64.x-none.dat.cat",
                                           BUILD "/stream.x64.en-us.proof.dat"};
    struct err err = {0};
    struct listed list;
    struct content content;
    struct filelist table;
    AUTO_STRV unknown = {0};
    (void)state;
    assert_ok(parse(json, &list, &err));
    make_table("x64 en-us proofing=en-us arm64=no", &content, &table);
    size_t len = table.len;
    listed_mark(&list, &content, &table, &unknown);
    assert_int_equal(table.len, len);
    for (size_t i = 0; i < sizeof mandatory / sizeof *mandatory; i++)
        assert_true(filelist_find(&table, mandatory[i])->mandatory);
    for (size_t i = 0; i < sizeof optional / sizeof *optional; i++)
        assert_false(filelist_find(&table, optional[i])->mandatory);
    /* what a machine with this content would fetch, and we do not know */
    assert_int_equal(unknown.len, 2);
    assert_true(strv_has(&unknown, BUILD "/new640.cab") && strv_has(&unknown, BUILD "/new641033.cab"));
    listed_clear(&list);
    filelist_clear(&table);
    content_clear(&content);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_services_list_is_read),
        cmocka_unit_test(what_a_list_may_look_like),
        cmocka_unit_test(hostile_lists_are_refused_by_element),
        cmocka_unit_test(a_list_has_bounds),
        cmocka_unit_test(the_real_templates_agree_with_the_table),
        cmocka_unit_test(the_real_templates_know_some_channels_only),
        cmocka_unit_test(hostile_templates_are_refused_by_line),
        cmocka_unit_test(what_is_no_template_is_refused),
        cmocka_unit_test(a_list_makes_optional_files_mandatory_and_nothing_optional),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Descriptors: the live ones of nine channels, a downloaded one, and hand-made hostile ones. */
#include "test.h"

#include "ringmgr/base/clock.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/descriptor.h"

#define NAME    "v64.cab/VersionDescriptor.xml"
#define CHANNEL "<DeliveryMechanism FFNRoot=\"55336b82-a18d-4dd6-b5f6-9e5095c314a6\" />"
#define DEFAULT "<AvailableBuild RestrictionType=\"Default\" Version=\"16.0.20228.20188\" />"

static void assert_build(const struct build *build, const char *wanted)
{
    char text[BUILD_TEXT_SIZE];
    build_format(build, text);
    assert_string_equal(text, wanted);
}

static struct build build_of(const char *text)
{
    struct err err = {0};
    struct build build;
    assert_ok(build_parse(text, &build, &err));
    return build;
}

static bool parse(const char *xml, struct descriptor *descriptor, struct err *err)
{
    return descriptor_parse(xml, strlen(xml), NAME, descriptor, err);
}

static void read_real(const char *path, struct descriptor *descriptor)
{
    struct err err = {0};
    AUTO_BUF cab = {0};
    test_read_real(path, &cab);
    assert_ok(descriptor_read(cab.data, cab.len, path, descriptor, &err));
}

/* Read with cabextract from the files, independently of this program. */
static const struct live {
    const char *guid;
    const char *channel;
    const char *build;
    const char *created;
    int throttle;
    const char *expired[9];
} lives[] = {
    {"492350f6-3a01-4f97-b9c0-c7c6ddf67d60",
     "Current",
     "16.0.20326.20100",
     "2026-08-20T18:55:00Z",
     250,
     {"16.0.19929.20164"}},
    {"5030841d-c919-4594-8d2d-84ae4f96e58e",
     "PerpetualVL2021",
     "16.0.14334.20848",
     "2026-08-18T17:22:00Z",
     1000,
     {NULL}},
    {"5440fd1f-7ecb-4221-8110-145efaa6372f",
     "BetaChannel",
     "16.0.20416.20004",
     "2026-08-20T23:07:00Z",
     250,
     {"16.0.18205.20002", "16.0.20005.20000"}},
    {"55336b82-a18d-4dd6-b5f6-9e5095c314a6",
     "MonthlyEnterprise",
     "16.0.20228.20188",
     "2026-08-15T15:37:00Z",
     1000,
     {"16.0.18526.20264", "16.0.18730.20220", "16.0.19029.20294", "16.0.19127.20302", "16.0.19127.20358",
      "16.0.19725.20320", "16.0.19822.20240", "16.0.19929.20162"}},
    {"64256afe-f5d9-4f86-8936-8840a6a4f5be",
     "CurrentPreview",
     "16.0.20326.20100",
     "2026-08-18T17:51:00Z",
     1000,
     {"16.0.19426.20024", "16.0.19426.20042", "16.0.19929.20012"}},
    {"7983bac0-e531-40cf-be00-fd24fe66619c",
     "PerpetualVL2024",
     "16.0.17932.20910",
     "2026-08-18T17:20:00Z",
     1000,
     {NULL}},
    {"7ffbc6bf-bc32-4f92-8982-f9dd17fd3114",
     "SemiAnnual",
     "16.0.20228.20186",
     "2026-08-20T18:55:00Z",
     600,
     {"16.0.19127.20646"}},
    {"b8f9b850-328d-4355-9145-c59439a0c4cf",
     "SemiAnnualPreview",
     "16.0.19725.20530",
     "2026-08-17T15:52:00Z",
     1000,
     {NULL}},
    {"f2e724c1-748f-4b47-8fb8-8e0d210e9208",
     "PerpetualVL2019",
     "16.0.10417.20197",
     "2026-08-18T17:22:00Z",
     1000,
     {NULL}},
};

static void reads_the_live_descriptors_of_nine_channels(void **state)
{
    (void)state;
    struct build windows_7 = build_of("16.0.12527.22286");
    for (size_t i = 0; i < sizeof lives / sizeof *lives; i++) {
        const struct live *live = &lives[i];
        char path[256];
        char created[CLOCK_TEXT_SIZE];
        struct descriptor descriptor;
        size_t expired = 0;
        snprintf(path, sizeof path, "cdn-2026-08-22/pr/%s/Office/Data/v64.cab", live->guid);
        read_real(path, &descriptor);
        assert_ptr_equal(descriptor.channel, channel_find_guid(live->guid));
        assert_string_equal(descriptor.channel->id, live->channel);
        assert_build(&descriptor.build, live->build);
        assert_int_not_equal(build_compare(&descriptor.build, &windows_7), 0);
        assert_int_equal(descriptor.throttle, live->throttle);
        clock_format(descriptor.created_unix, created);
        assert_string_equal(created, live->created);
        for (; live->expired[expired]; expired++) {
            struct build recalled = build_of(live->expired[expired]);
            assert_build(&descriptor.expired[expired], live->expired[expired]);
            assert_true(descriptor_recalls(&descriptor, &recalled));
        }
        assert_int_equal(descriptor.expired_len, expired);
        assert_false(descriptor_recalls(&descriptor, &descriptor.build));
        descriptor_clear(&descriptor);
    }
}

static void reads_a_descriptor_of_one_build(void **state)
{
    (void)state;
    static const char *const names[] = {"v64.cab", "v64_16.0.14332.20176.cab"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[256];
        struct descriptor descriptor;
        snprintf(path, sizeof path, "odt-16.0.14332.20176/Office/Data/%s", names[i]);
        read_real(path, &descriptor);
        assert_build(&descriptor.build, "16.0.14332.20176");
        assert_string_equal(descriptor.channel->id, "PerpetualVL2021");
        assert_int_equal(descriptor.throttle, 1000);
        assert_int_equal(descriptor.created_unix, -1);
        assert_int_equal(descriptor.expired_len, 0);
        descriptor_clear(&descriptor);
    }
}

static void a_cabinet_without_descriptor_is_not_genuine(void **state)
{
    (void)state;
    struct err err = {0};
    AUTO_BUF cab = {0};
    struct descriptor descriptor;
    test_read_real("cdn-2026-08-22/pr/wsus/releasehistory.cab", &cab);
    assert_fails(descriptor_read(cab.data, cab.len, "v64.cab", &descriptor, &err), ERR_NOT_GENUINE);
    assert_non_null(strstr(err.msg, "v64.cab"));
    assert_non_null(strstr(err.msg, "VersionDescriptor.xml"));
    err = (struct err){0};
    assert_fails(descriptor_read("MSCF", 4, "v64.cab", &descriptor, &err), ERR_NOT_GENUINE);
    descriptor_clear(&descriptor);
}

static void elements_may_stand_in_any_order(void **state)
{
    (void)state;
    static const char *const table[] = {
        "<Version><Available Build=\"16.0.12527.22286\"/>" CHANNEL "<AvailableBuilds>" DEFAULT
        "<AvailableBuild RestrictionType=\"OS\" Value=\"7\" Version=\"16.0.12527.22286\"/>"
        "</AvailableBuilds></Version>",
        "<Version><AvailableBuilds>"
        "<AvailableBuild Version=\"16.0.12527.22286\" Value=\"7\" RestrictionType=\"OS\"/>" DEFAULT
        "</AvailableBuilds>" CHANNEL "<Available Build=\"16.0.12527.22286\"/></Version>",
        "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<Version>\r\n" CHANNEL
        "\r\n<AvailableBuilds>\r\n" DEFAULT "</AvailableBuilds>\r\n</Version>",
        "<Version><!-- Available --><LKG Value=\"16.0.1.1\"/><AvailableBuilds>" DEFAULT
        "</AvailableBuilds>" CHANNEL "<Unknown><Available Build=\"16.0.1.2\"/></Unknown></Version>",
        "<Version><Available Build=\"16.0.20228.20188\" I640Version=\"16.0.1.1\"/>" CHANNEL "</Version>",
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        struct descriptor descriptor;
        assert_ok(parse(table[i], &descriptor, &err));
        assert_build(&descriptor.build, "16.0.20228.20188");
        assert_string_equal(descriptor.channel->id, "MonthlyEnterprise");
        assert_int_equal(descriptor.throttle, -1);
        assert_int_equal(descriptor.created_unix, -1);
        descriptor_clear(&descriptor);
    }
}

static void channel_ids_may_have_braces_and_any_case(void **state)
{
    (void)state;
    static const char *const table[] = {
        "7983bac0-e531-40cf-be00-fd24fe66619c", "7983BAC0-E531-40CF-BE00-FD24FE66619C",
        "{7983bac0-e531-40cf-be00-fd24fe66619c}", "{7983BAC0-E531-40CF-BE00-FD24FE66619C}"};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        struct descriptor descriptor;
        char *xml AUTO_FREE = mem_printf("<Version><Available Build=\"16.0.1.2\"/><DeliveryMechanism "
                                         "FFNRoot=\"%s\"/></Version>",
                                         table[i]);
        assert_ok(parse(xml, &descriptor, &err));
        assert_string_equal(descriptor.channel->id, "PerpetualVL2024");
        descriptor_clear(&descriptor);
    }
}

#define BUILDS    "<AvailableBuilds>" DEFAULT "</AvailableBuilds>"
#define FFN(root) "<DeliveryMechanism FFNRoot=\"" root "\"/>"

static const struct {
    const char *xml;
    const char *says;
} refused[] = {
    {"", NAME},
    {"<Version>", "line 1"},
    {"<Other>" BUILDS CHANNEL "</Other>", "Other"},
    {"<Version>" CHANNEL "</Version>", "no build"},
    {"<Version>" BUILDS "</Version>", "no channel"},
    {"<Version>" BUILDS "<DeliveryMechanism/></Version>", "no channel"},
    {"<Version>" BUILDS CHANNEL CHANNEL "</Version>", "twice"},
    {"<Version>" BUILDS FFN("") "</Version>", "no known channel"},
    {"<Version>" BUILDS FFN("{}") "</Version>", "no known channel"},
    {"<Version>" BUILDS FFN("ea4a4090-de26-49d7-93c1-91bff9e53fc3") "</Version>", "ea4a4090"},
    {"<Version>" BUILDS FFN("{55336b82-a18d-4dd6-b5f6-9e5095c314a6") "</Version>", "no known channel"},
    {"<Version>" BUILDS FFN("55336b82-a18d-4dd6-b5f6-9e5095c314a6}") "</Version>", "no known channel"},
    {"<Version>" BUILDS FFN(" 55336b82-a18d-4dd6-b5f6-9e5095c314a6") "</Version>", "no known channel"},
    /* Never Available/@Build where AvailableBuilds stands. */
    {"<Version><Available Build=\"16.0.12527.22286\"/>" CHANNEL "<AvailableBuilds/></Version>", "0 default"},
    {"<Version><Available Build=\"16.0.12527.22286\"/>" CHANNEL "<AvailableBuilds><AvailableBuild "
     "RestrictionType=\"OS\" Value=\"7\" Version=\"16.0.12527.22286\"/></AvailableBuilds></Version>",
     "0 default"},
    {"<Version>" CHANNEL
     "<AvailableBuilds><AvailableBuild Version=\"16.0.1.2\"/></AvailableBuilds></Version>",
     "0 default"},
    {"<Version>" CHANNEL "<AvailableBuilds>" DEFAULT DEFAULT "</AvailableBuilds></Version>", "2 default"},
    {"<Version>" CHANNEL BUILDS BUILDS "</Version>", "2 default"},
    {"<Version>" CHANNEL "\n<AvailableBuilds>\n<AvailableBuild RestrictionType=\"Default\"/>"
     "</AvailableBuilds></Version>",
     "line 3"},
    {"<Version>" CHANNEL "<AvailableBuilds><AvailableBuild RestrictionType=\"Default\" "
     "Version=\"16.0.1\"/></AvailableBuilds></Version>",
     "16.0.1"},
    {"<Version>" CHANNEL "<Available/></Version>", "no Build"},
    {"<Version>" CHANNEL "<Available Build=\"17.0.1.2\"/></Version>", "17.0.1.2"},
    {"<Version>" CHANNEL "<Available Build=\"../../x\"/></Version>", "../../x"},
    {"<Version>" CHANNEL "<Available Build=\"16.0.1.2\"/><Available Build=\"16.0.1.3\"/></Version>", "twice"},
    {"<!DOCTYPE Version><Version>" CHANNEL BUILDS "</Version>", "document type"},
    /* A recall list that cannot be read whole. */
    {"<Version>" CHANNEL BUILDS "\n<ExpiredBuilds>\n<Build Value=\"16.0.1.2\"/>\n<Build Value=\"16.0.1.x\"/>"
     "</ExpiredBuilds></Version>",
     "line 4"},
    {"<Version>" CHANNEL BUILDS "<ExpiredBuilds><Build Value=\"\"/></ExpiredBuilds></Version>",
     "Build/@Value"},
    {"<Version>" CHANNEL BUILDS "<ExpiredBuilds><Build/></ExpiredBuilds></Version>", "Build has no Value"},
};

static void refuses_what_is_no_descriptor(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct err err = {0};
        struct descriptor descriptor;
        if (parse(refused[i].xml, &descriptor, &err))
            fail_msg("taken for a descriptor: %s", refused[i].xml);
        assert_int_equal(err.code, ERR_NOT_GENUINE);
        if (!strstr(err.msg, refused[i].says) || !strstr(err.msg, "v64.cab"))
            fail_msg("\"%s\" does not say \"%s\"", err.msg, refused[i].says);
        assert_true(build_is_none(&descriptor.build));
        assert_null(descriptor.channel);
        assert_null(descriptor.expired);
        assert_int_equal(descriptor.expired_len, 0);
    }
}

static void remarks_that_cannot_be_read_are_absent(void **state)
{
    (void)state;
    static const struct {
        const char *xml;
        int throttle;
        int64_t created;
    } table[] = {
        {"<Throttle Value=\"0\"/><CreatedTimeUtc Value=\"01/01/1970 00:01\"/>", 0, 60},
        {"<Throttle Value=\"1000\"/><CreatedTimeUtc Value=\"02/29/2024 00:00\"/>", 1000, 1709164800},
        {"<Throttle Value=\"1001\"/><CreatedTimeUtc Value=\"02/30/2024 00:00\"/>", -1, -1},
        {"<Throttle Value=\"-1\"/><CreatedTimeUtc Value=\"2024-02-29T00:00:00Z\"/>", -1, -1},
        {"<Throttle Value=\"99999999999999999999\"/><CreatedTimeUtc Value=\"\"/>", -1, -1},
        {"<Throttle Value=\" 5\"/><CreatedTimeUtc/>", -1, -1},
        {"<Throttle Value=\"\"/><CreatedTimeUtc Value=\"29/02/2024 00:00\"/>", -1, -1},
        {"<Throttle/>", -1, -1},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        struct descriptor descriptor;
        char *xml AUTO_FREE = mem_printf("<Version>" CHANNEL BUILDS "%s</Version>", table[i].xml);
        assert_ok(parse(xml, &descriptor, &err));
        assert_int_equal(descriptor.throttle, table[i].throttle);
        assert_int_equal(descriptor.created_unix, table[i].created);
        descriptor_clear(&descriptor);
    }
}

static void expired(struct buf *xml, int count)
{
    buf_puts(xml, "<Version>" CHANNEL BUILDS "<ExpiredBuilds>");
    for (int i = 0; i < count; i++)
        buf_printf(xml, "<Build Value=\"16.0.1.%d\"/>", i);
    buf_puts(xml, "</ExpiredBuilds></Version>");
}

static void the_recall_list_has_a_bound(void **state)
{
    (void)state;
    struct err err = {0};
    struct descriptor descriptor;
    AUTO_BUF most = {0};
    AUTO_BUF more = {0};
    expired(&most, LIMIT_EXPIRED_BUILDS);
    expired(&more, LIMIT_EXPIRED_BUILDS + 1);
    assert_ok(parse(buf_text(&most), &descriptor, &err));
    assert_int_equal(descriptor.expired_len, LIMIT_EXPIRED_BUILDS);
    descriptor_clear(&descriptor);
    assert_fails(parse(buf_text(&more), &descriptor, &err), ERR_NOT_GENUINE);
    assert_int_equal(descriptor.expired_len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_live_descriptors_of_nine_channels),
        cmocka_unit_test(reads_a_descriptor_of_one_build),
        cmocka_unit_test(a_cabinet_without_descriptor_is_not_genuine),
        cmocka_unit_test(elements_may_stand_in_any_order),
        cmocka_unit_test(channel_ids_may_have_braces_and_any_case),
        cmocka_unit_test(refuses_what_is_no_descriptor),
        cmocka_unit_test(remarks_that_cannot_be_read_are_absent),
        cmocka_unit_test(the_recall_list_has_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Proof of single files, on real ones: genuine is not enough, each must be the one that its name says. */
#include "ringmgr/ops/prove.h"
#include "test.h"

#define SAMPLE     "odt-16.0.14332.20176/Office/Data/"
#define SAMPLE_DIR SAMPLE "16.0.14332.20176/"

static const struct build BUILD = {{16, 0, 14332, 20176}};
static const struct build OTHER = {{16, 0, 14332, 20204}};

static struct trust *real_trust(void)
{
    struct trust *trust;
    struct err err = {0};
    AUTO_BUF roots = {0};
    test_read_real("roots/ms_roots.pem", &roots);
    assert_ok(trust_new(roots.data, roots.len, "Microsoft Corporation", &trust, &err));
    return trust;
}

static void make_list(const struct build *build, struct filelist *list)
{
    struct content content = {.architectures = ARCH_X64};
    struct err err = {0};
    strv_add(&content.languages, "en-us");
    strv_add(&content.languages, "fr-fr");
    assert_ok(filelist_make(channel_find("PerpetualVL2021"), build, &content, list, &err));
    content_clear(&content);
}

/* Proves a real file as if it had been fetched as `path` of `build`. */
static bool prove_as(const char *real, const struct build *build, const char *path, const char *channel,
                     struct err *err)
{
    struct trust *trust AUTO(trust_auto_free)
    = real_trust();
    struct filelist list = {0};
    AUTO_BUF bytes = {0};
    make_list(build, &list);
    test_read_real(real, &bytes);
    const struct build_file *file = filelist_find(&list, path);
    assert_non_null(file);
    bool ok = prove_signed(trust, channel_find(channel), build, file, bytes.data, bytes.len, err);
    filelist_clear(&list);
    return ok;
}

static void accepts_each_real_file_under_its_own_name(void **state)
{
    static const char *const names[] = {"16.0.14332.20176/i640.cab.cat", "16.0.14332.20176/i641033.cab",
                                        "16.0.14332.20176/s640.cab", "16.0.14332.20176/s641033.cab",
                                        "v64_16.0.14332.20176.cab"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct err err = {0};
        char real[256];
        snprintf(real, sizeof real, SAMPLE "%s", names[i]);
        assert_ok(prove_as(real, &BUILD, names[i], "PerpetualVL2021", &err));
    }
}

static void refuses_a_genuine_file_that_is_another(void **state)
{
    static const struct {
        const char *real, *as, *channel;
        const struct build *build;
    } cases[] = {
        {SAMPLE_DIR "s640.cab", "16.0.14332.20204/s640.cab", "PerpetualVL2021", &OTHER},
        {SAMPLE_DIR "i641033.cab", "16.0.14332.20204/i641033.cab", "PerpetualVL2021", &OTHER},
        {SAMPLE_DIR "s641033.cab", "16.0.14332.20176/s641036.cab", "PerpetualVL2021", &BUILD},
        {SAMPLE_DIR "i641033.cab", "16.0.14332.20176/i641036.cab", "PerpetualVL2021", &BUILD},
        {SAMPLE_DIR "s640.cab", "16.0.14332.20176/s641033.cab", "PerpetualVL2021", &BUILD},
        {SAMPLE_DIR "i641033.cab", "16.0.14332.20176/i640.cab", "PerpetualVL2021", &BUILD},
        {SAMPLE "v64.cab", "v64_16.0.14332.20204.cab", "PerpetualVL2021", &OTHER},
        {SAMPLE "v64.cab", "v64_16.0.14332.20176.cab", "PerpetualVL2019", &BUILD},
        {SAMPLE "v64.cab", "16.0.14332.20176/i640.cab", "PerpetualVL2021", &BUILD},
        {SAMPLE_DIR "s640.cab", "v64_16.0.14332.20176.cab", "PerpetualVL2021", &BUILD},
        {SAMPLE_DIR "stream.x64.en-us.dat.cat", "16.0.14332.20176/i640.cab", "PerpetualVL2021", &BUILD},
        {SAMPLE_DIR "i641033.cab", "16.0.14332.20176/i640.cab.cat", "PerpetualVL2021", &BUILD},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        if (prove_as(cases[i].real, cases[i].build, cases[i].as, cases[i].channel, &err))
            fail_msg("%s was taken for %s", cases[i].real, cases[i].as);
        assert_int_equal(err.code, ERR_NOT_GENUINE);
        assert_non_null(
            strstr(err.msg, strrchr(cases[i].as, '/') ? strrchr(cases[i].as, '/') + 1 : cases[i].as));
    }
}

static void reads_what_the_cabinets_promise_of_the_streams(void **state)
{
    static const struct {
        const char *stream, *cabinet, *digest;
        uint64_t bytes;
    } cases[] = {
        {"16.0.14332.20176/stream.x64.x-none.dat", SAMPLE_DIR "s640.cab",
         "dbc1334f95539eb285a47ff87e10ca601949f8ae68bd4083f0cd1717847333ea", 1632219408},
        {"16.0.14332.20176/stream.x64.en-us.dat", SAMPLE_DIR "s641033.cab",
         "3b68aec7f021853d4a28eef64967826112e184d4b85ee715256fa1694fd6ee50", 290133291},
    };
    struct filelist list = {0};
    (void)state;
    make_list(&BUILD, &list);
    for (size_t i = 0; i < 2; i++) {
        AUTO_BUF cabinet = {0};
        struct segment_table table AUTO(segment_table_clear) = {0};
        struct promise promise;
        struct err err = {0};
        char digest[DIGEST_TEXT_SIZE];
        test_read_real(cases[i].cabinet, &cabinet);
        assert_ok(prove_read_promise(filelist_find(&list, cases[i].stream), cabinet.data, cabinet.len,
                                     &promise, &table, &err));
        digest_format(&promise.digest, digest);
        assert_string_equal(digest, cases[i].digest);
        assert_int_equal(promise.bytes, cases[i].bytes);
        assert_string_equal(promise.table_problem, "");
        assert_int_equal(table.stream_bytes, promise.bytes);
    }
    filelist_clear(&list);
}

static void reads_what_a_cabinet_promises_of_the_catalogue(void **state)
{
    struct filelist list = {0};
    struct promise promise;
    struct err err = {0};
    AUTO_BUF cabinet = {0}, catalogue = {0};
    (void)state;
    make_list(&BUILD, &list);
    test_read_real(SAMPLE_DIR "s641033.cab", &cabinet);
    test_read_real(SAMPLE_DIR "stream.x64.en-us.dat.cat", &catalogue);
    const struct build_file *file = filelist_find(&list, "16.0.14332.20176/stream.x64.en-us.dat.cat");
    assert_ok(prove_read_promise(file, cabinet.data, cabinet.len, &promise, NULL, &err));
    struct digest digest = digest_of(catalogue.data, catalogue.len);
    assert_true(digest_equal(&promise.digest, &digest));
    assert_int_equal(promise.bytes, catalogue.len);
    filelist_clear(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_each_real_file_under_its_own_name),
        cmocka_unit_test(refuses_a_genuine_file_that_is_another),
        cmocka_unit_test(reads_what_the_cabinets_promise_of_the_streams),
        cmocka_unit_test(reads_what_a_cabinet_promises_of_the_catalogue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

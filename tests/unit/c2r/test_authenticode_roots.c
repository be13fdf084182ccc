/* Microsoft's roots are taken by their fingerprints, in PEM and in DER, and nothing else is. */
#include "test.h"

#include "ringmgr/c2r/authenticode_roots.h"

struct bundle {
    struct buf pem;
};

static int load(void **state)
{
    struct bundle *bundle = calloc(1, sizeof *bundle);
    struct err err;
    char path[4200];
    *state = bundle;
    if (!test_real_dir())
        return 0;
    snprintf(path, sizeof path, "%s/roots/ms_roots.pem", test_real_dir());
    return fs_read_path(path, 1 << 20, &bundle->pem, &err) ? 0 : -1;
}

static int unload(void **state)
{
    struct bundle *bundle = *state;
    buf_clear(&bundle->pem);
    free(bundle);
    return 0;
}

static const struct buf *real(void **state)
{
    const struct bundle *bundle = *state;
    if (bundle->pem.len == 0)
        test_missing("real/roots/ms_roots.pem");
    return &bundle->pem;
}

static void a_bundle_gives_both_and_what_is_written_gives_them_again(void **state)
{
    struct roots roots = {0}, again = {0};
    struct buf pem = {0};
    struct err err = {0};
    const struct buf *bundle = real(state);
    assert_true(roots_take(&roots, bundle->data, bundle->len, "x", &err));
    assert_int_equal(roots_missing(&roots), ROOTS_KNOWN);
    roots_write(&roots, &pem);
    assert_true(roots_take(&again, pem.data, pem.len, "y", &err));
    for (size_t i = 0; i < ROOTS_KNOWN; i++) {
        assert_int_equal(roots.der[i].len, again.der[i].len);
        assert_memory_equal(roots.der[i].data, again.der[i].data, roots.der[i].len);
        assert_non_null(strstr(buf_text(&pem), roots_name(i)));
    }
    buf_clear(&pem);
    roots_clear(&roots);
    roots_clear(&again);
}

static void der_is_taken_and_every_changed_byte_of_it_refused(void **state)
{
    struct roots roots = {0}, other = {0};
    struct err err = {0};
    const struct buf *bundle = real(state);
    assert_true(roots_take(&roots, bundle->data, bundle->len, "x", &err));
    struct buf *der = &roots.der[0];
    assert_true(roots_take(&other, der->data, der->len, "d", &err));
    assert_int_equal(roots_missing(&other), 1);
    roots_clear(&other);
    for (size_t at = 0; at < der->len; at += 7) {
        der->data[at] ^= 1;
        assert_false(roots_take(&other, der->data, der->len, "d", &err));
        assert_int_equal(roots_missing(&other), 0);
        der->data[at] ^= 1;
    }
    assert_false(roots_take(&other, der->data, der->len - 1, "short", &err));
    assert_int_equal(err.code, ERR_NOT_GENUINE);
    roots_clear(&roots);
    roots_clear(&other);
}

static void one_in_the_place_of_the_other_is_refused_with_both_digests(void **state)
{
    struct roots roots = {0}, one = {0};
    struct err err = {0};
    const struct buf *bundle = real(state);
    assert_true(roots_take(&roots, bundle->data, bundle->len, "x", &err));
    assert_true(roots_take_one(&one, 1, roots.der[1].data, roots.der[1].len, "a", &err));
    assert_int_equal(roots_missing(&one), 0);
    assert_false(roots_take_one(&one, 0, roots.der[1].data, roots.der[1].len, "http://a", &err));
    assert_int_equal(err.code, ERR_NOT_GENUINE);
    assert_non_null(strstr(err.msg, "http://a"));
    assert_non_null(strstr(err.msg, "847df6a78497943f27fc72eb93f9a637320a02b561d0a91b09e87a7807ed7c61"));
    assert_non_null(strstr(err.msg, "df545bf919a2439c36983b54cdfc903dfa4f37d3996d8d84b4c31eec6f3c163e"));
    assert_int_equal(roots_missing(&one), 0);
    roots_clear(&roots);
    roots_clear(&one);
}

static void what_is_no_certificate_is_said(void **state)
{
    static const struct {
        const char *text, *said;
        enum err_code code;
    } cases[] = {
        {"", "no certificate", ERR_USAGE},
        {"<html></html>", "no certificate", ERR_USAGE},
        {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "PRIVATE KEY", ERR_USAGE},
        {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "fingerprint", ERR_NOT_GENUINE},
        {"-----BEGIN CERTIFICATE-----\nAAAA\n", "no certificate", ERR_USAGE},
        {"0\x82\x01\x02xxxx", "fingerprint", ERR_NOT_GENUINE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct roots roots = {0};
        struct err err = {0};
        assert_false(roots_take(&roots, cases[i].text, strlen(cases[i].text), "name", &err));
        if (err.code != cases[i].code || !strstr(err.msg, cases[i].said) ||
            strncmp(err.msg, "name: ", 6) != 0)
            fail_msg("%s: %d %s", cases[i].text, err.code, err.msg);
        assert_int_equal(roots_missing(&roots), 0);
        roots_clear(&roots);
    }
}

static void a_bundle_that_is_cut_in_its_second_certificate_is_refused(void **state)
{
    struct roots roots = {0};
    struct err err = {0};
    const struct buf *bundle = real(state);
    assert_false(roots_take(&roots, bundle->data, bundle->len - 100, "x", &err));
    assert_non_null(strstr(err.msg, "unreadable"));
    roots_clear(&roots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bundle_gives_both_and_what_is_written_gives_them_again),
        cmocka_unit_test(der_is_taken_and_every_changed_byte_of_it_refused),
        cmocka_unit_test(one_in_the_place_of_the_other_is_refused_with_both_digests),
        cmocka_unit_test(what_is_no_certificate_is_said),
        cmocka_unit_test(a_bundle_that_is_cut_in_its_second_certificate_is_refused),
    };
    return cmocka_run_group_tests(tests, load, unload);
}

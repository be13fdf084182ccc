/* Signatures made for the purpose: each way in which one can be wrong, and the roots. */
#include "test.h"

#include "make_signed.h"
#include "ringmgr/c2r/authenticode.h"

static struct trust *new_trust(const struct buf *pem, const char *publisher)
{
    struct trust *trust;
    struct err err = {0};
    assert_ok(trust_new(pem->data, pem->len, publisher, &trust, &err));
    return trust;
}

/* Verifies a made cabinet with its own root; the error's text is in `err`. */
static bool verify_made(const struct making *how, struct err *err)
{
    AUTO_BUF pem = {0}, bytes = {0};
    struct authority ca = new_authority(how);
    struct signer signer;
    put_pem(ca.root.cert, &pem);
    make_signed_cabinet(how, &ca, &bytes);
    struct trust *trust AUTO(trust_auto_free)
    = new_trust(&pem, "Publisher");
    bool good = authenticode_verify_cab(trust, bytes.data, bytes.len, "made.cab", &signer, err);
    if (good)
        assert_int_equal(signer.signed_unix, how->signed_unix ? how->signed_unix : SIGNED_UNIX);
    free_authority(&ca);
    return good;
}

static void sound_made_signatures_verify(void **state)
{
    (void)state;
    const struct making sound[] = {
        {0},
        {.root_too = true},
        {.signer_usage = "clientAuth,codeSigning"},
        {.signer_key_usage = "digitalSignature"},
        {.between_usage = "codeSigning,timeStamping"},
        {.signed_unix = TO_UNIX - 1},
        {.signer_to_unix = SIGNED_UNIX + 1}, /* expired since */
    };
    for (size_t i = 0; i < sizeof sound / sizeof *sound; i++) {
        struct err err = {0};
        if (!verify_made(&sound[i], &err))
            fail_msg("case %zu: %s", i, err.msg);
    }
}

static void unsound_made_signatures_are_refused(void **state)
{
    (void)state;
    const struct {
        const char *word; /* of the error */
        struct making how;
    } unsound[] = {
        {"not for code signing", {.signer_usage = ""}},
        {"not for code signing", {.signer_usage = "serverAuth,timeStamping"}},
        {"not for code signing", {.between_usage = "timeStamping"}},
        {"timestamp: certificate 2 of the chain is not for time stamping", {.between_usage = "codeSigning"}},
        {"timestamp: certificate 1 of the chain is not for time stamping", {.clock_usage = "codeSigning"}},
        {"timestamp: certificate 1 of the chain is not for time stamping", {.clock_usage = ""}},
        {"not for signatures", {.signer_key_usage = "keyEncipherment"}},
        {"trusted root", {.between_constraints = "critical,CA:FALSE"}},
        {"trusted root", {.no_between = true}},
        {"trusted root", {.signer_to_unix = SIGNED_UNIX - 1}},
        {"timestamp: no chain", {.signed_unix = TO_UNIX + 1}},
        {"timestamp: no chain", {.signed_unix = FROM_UNIX - 1}},
        {"signed by", {.organisation = "Somebody"}},
        {"no timestamp", {.no_timestamp = true}},
        {"another signature", {.timestamp_of_another = true}},
        {"not exactly one", {.timestamp_twice = true}},
        {"not part of the chain", {.stray_certificate = true}},
        {"malformed", {.algorithm = EVP_sha1()}},
        {"malformed", {.algorithm = EVP_sha512()}},
        {"malformed", {.content_type = "1.3.6.1.4.1.311.10.1"}},
        {"more than one signer", {.second_signer = true}},
    };
    for (size_t i = 0; i < sizeof unsound / sizeof *unsound; i++) {
        struct err err = {0};
        if (verify_made(&unsound[i].how, &err) || !strstr(err.msg, unsound[i].word))
            fail_msg("case %zu (%s): %s", i, unsound[i].word, err.msg);
        assert_int_equal(err.code, ERR_NOT_GENUINE);
        assert_ptr_equal(strstr(err.msg, "made.cab: "), err.msg);
    }
}

static void unsigned_cabinet_is_refused(void **state)
{
    (void)state;
    const struct making how = {0};
    const struct made_member member = {"x", "data", 4, 0};
    AUTO_BUF pem = {0}, bytes = {0};
    struct authority ca = new_authority(&how);
    struct signer signer;
    struct err err = {0};
    put_pem(ca.root.cert, &pem);
    struct trust *trust AUTO(trust_auto_free)
    = new_trust(&pem, "Publisher");
    make_cabinet(&member, 1, &bytes);
    assert_fails(authenticode_verify_cab(trust, bytes.data, bytes.len, "FRE.cab", &signer, &err),
                 ERR_NOT_GENUINE);
    assert_string_equal(err.msg, "FRE.cab: this cabinet is not signed");
    free_authority(&ca);
}

static void roots_have_to_be_root_certificates(void **state)
{
    (void)state;
    const struct making how = {0};
    struct authority ca = new_authority(&how);
    AUTO_BUF intermediate = {0}, broken = {0}, text = {0};
    put_pem(ca.root.cert, &intermediate);
    put_pem(ca.between.cert, &intermediate);
    put_pem(ca.root.cert, &broken);
    put_pem(ca.root.cert, &broken);
    broken.data[broken.len / 4 * 3] = '!';
    buf_puts(&text, "no certificate at all\n");
    const struct buf *const cases[] = {&intermediate, &broken, &text};
    for (size_t i = 0; i < 3; i++) {
        struct trust *trust AUTO(trust_auto_free)
        = NULL;
        struct err err = {0};
        assert_fails(trust_new(cases[i]->data, cases[i]->len, "Publisher", &trust, &err), ERR_USAGE);
        assert_null(trust);
    }
    free_authority(&ca);
}

static void publisher_without_a_name_is_refused(void **state)
{
    (void)state;
    struct trust *trust AUTO(trust_auto_free)
    = NULL;
    struct err err = {0};
    assert_fails(trust_new("", 0, "", &trust, &err), ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_made_signatures_verify),
        cmocka_unit_test(unsound_made_signatures_are_refused),
        cmocka_unit_test(unsigned_cabinet_is_refused),
        cmocka_unit_test(roots_have_to_be_root_certificates),
        cmocka_unit_test(publisher_without_a_name_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Ed25519: the vectors of RFC 8032, 7.1, what is no key, what is no signature. */
#include "test.h"

#include "../keys.h"
#include "ringmgr/base/ed25519.h"

static struct ed25519_private *read_private(const char *pem)
{
    struct ed25519_private *key;
    struct err err = {0};
    assert_ok(ed25519_private_parse(pem, strlen(pem), &key, &err));
    return key;
}

static struct ed25519_public read_public(const char *pem)
{
    struct ed25519_public key;
    struct err err = {0};
    assert_ok(ed25519_public_parse(pem, strlen(pem), &key, &err));
    return key;
}

static const struct {
    const char *private, *public, *id, *message, *signature;
} vectors[] = {
    {KEY_PRIVATE, KEY_PUBLIC, KEY_ID, "",
     "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw=="},
    {OTHER_PRIVATE, OTHER_PUBLIC, OTHER_ID, "\x72",
     "kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+vbadoIWsHkPhWZbkWPNhPQ8R2MOHsurrQwKu6wDSkWErsMAA=="},
};

static void signs_and_verifies_the_standard_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        uint8_t signature[ED25519_SIGNATURE_BYTES];
        char text[ED25519_SIGNATURE_TEXT_SIZE], id[ED25519_KEY_ID_SIZE];
        struct ed25519_private *key = read_private(vectors[i].private);
        struct ed25519_public public = read_public(vectors[i].public), own = ed25519_public_of(key);
        size_t len = strlen(vectors[i].message);
        assert_memory_equal(&public, &own, sizeof own);
        ed25519_key_id(&public, id);
        assert_string_equal(id, vectors[i].id);
        ed25519_sign(key, vectors[i].message, len, signature);
        ed25519_signature_format(signature, text);
        assert_string_equal(text, vectors[i].signature);
        assert_true(ed25519_verify(&public, vectors[i].message, len, signature));
        ed25519_private_free(key);
    }
}

static void a_signature_is_of_its_bytes_and_key_alone(void **state)
{
    static const char message[] = "build 16.0.1.1";
    (void)state;
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    struct ed25519_private *key = read_private(KEY_PRIVATE);
    struct ed25519_public public = read_public(KEY_PUBLIC), other = read_public(OTHER_PUBLIC);
    ed25519_sign(key, message, sizeof message, signature);
    assert_true(ed25519_verify(&public, message, sizeof message, signature));
    assert_false(ed25519_verify(&other, message, sizeof message, signature));
    assert_false(ed25519_verify(&public, message, sizeof message - 1, signature));
    assert_false(ed25519_verify(&public, "build 16.0.1.2", sizeof message, signature));
    for (size_t i = 0; i < sizeof signature; i++) {
        signature[i] ^= 1;
        assert_false(ed25519_verify(&public, message, sizeof message, signature));
        signature[i] ^= 1;
    }
    ed25519_private_free(key);
}

#define X25519 PEM("PUBLIC", "MCowBQYDK2VuAyEAizwZ9gQ21rwulDY8D23/phXYvNVv3xxD1CCgcnm+WBE=")
#define P256                                                                                                 \
    PEM("PUBLIC", "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2iaqkd6vLoxIQFX3R7LdZ2oOGYHhCcCRATHCMW1lAto6D+nW\n"   \
                  "4/SYGzQoT8LOwcfBfarRJgG2rQXF6RVBgkXQPw==")
#define ENCRYPTED                                                                                            \
    PEM("ENCRYPTED PRIVATE", "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjMrdgJjrTKhQICCAAw\n"            \
                             "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEKiMeT/aZ99C9WhVeh4D6ssEQHwM\n"            \
                             "MIF4kPitPfZeQf+hSymMLTAA9GwfiN/jku/AuHOpdrtDNRb9eNJuW13GQvh1Ji1H\n"            \
                             "RYbaTZaO63L5gx0AplY=")

/* A password is asked for nowhere: the test would hang. */
static void what_is_no_such_key_is_refused(void **state)
{
    static const char *const wrong[] = {"", "x", "-----BEGIN PUBLIC KEY-----\n", X25519, P256, ENCRYPTED};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct err err = {0};
        struct ed25519_public public;
        struct ed25519_private *private;
        assert_fails(ed25519_public_parse(wrong[i], strlen(wrong[i]), &public, &err), ERR_USAGE);
        assert_fails(ed25519_private_parse(wrong[i], strlen(wrong[i]), &private, &err), ERR_USAGE);
        assert_null(private);
    }
    struct err err = {0};
    struct ed25519_private *private;
    assert_fails(ed25519_private_parse(KEY_PUBLIC, strlen(KEY_PUBLIC), &private, &err), ERR_USAGE);
}

static void a_private_key_is_not_taken_for_a_public_one(void **state)
{
    (void)state;
    struct err err = {0};
    struct ed25519_public public;
    assert_fails(ed25519_public_parse(KEY_PRIVATE, strlen(KEY_PRIVATE), &public, &err), ERR_USAGE);
    assert_non_null(strstr(err.msg, "headquarters"));
    assert_null(strstr(err.msg, "MC4C"));
    assert_fails(ed25519_public_parse(KEY_PUBLIC KEY_PRIVATE, strlen(KEY_PUBLIC KEY_PRIVATE), &public, &err),
                 ERR_USAGE);
    assert_non_null(strstr(err.msg, "headquarters"));
}

/* The second would be ignored, and whoever put it there would not know. */
static void a_file_holds_one_key(void **state)
{
    static const char two[] = KEY_PUBLIC OTHER_PUBLIC, told[] = "ED25519 Public-Key:\n" KEY_PUBLIC "\n";
    (void)state;
    struct err err = {0};
    struct ed25519_public public;
    assert_fails(ed25519_public_parse(two, strlen(two), &public, &err), ERR_USAGE);
    assert_non_null(strstr(err.msg, "more than one key"));
    read_public(told);
}

static void only_its_own_text_is_a_signature(void **state)
{
    static const char *const wrong[] = {
        "",
        "5VZD",
        "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw=",
        "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCx==", /* bits */
        "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCwAA",
        "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQ C==",
        " VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw==",
    };
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    (void)state;
    assert_true(ed25519_signature_parse(vectors[0].signature, signature));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(ed25519_signature_parse(wrong[i], signature));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_and_verifies_the_standard_vectors),
        cmocka_unit_test(a_signature_is_of_its_bytes_and_key_alone),
        cmocka_unit_test(what_is_no_such_key_is_refused),
        cmocka_unit_test(a_private_key_is_not_taken_for_a_public_one),
        cmocka_unit_test(a_file_holds_one_key),
        cmocka_unit_test(only_its_own_text_is_a_signature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Any bytes as a key in PEM: an error that repeats nothing of a secret, or a key that signs and verifies.
 */
#include "fuzz.h"

#include "ringmgr/base/ed25519.h"

static void check_public(const uint8_t *data, size_t size)
{
    static const uint8_t nothing[ED25519_SIGNATURE_BYTES];
    struct ed25519_public key;
    char id[ED25519_KEY_ID_SIZE];
    struct err err = {0};
    if (!ed25519_public_parse(data, size, &key, &err)) {
        must(err.code == ERR_USAGE && *err.msg && is_one_line(err.msg));
        return;
    }
    ed25519_key_id(&key, id);
    must(strlen(id) == ED25519_KEY_ID_SIZE - 1);
    must(!ed25519_verify(&key, "text", 4, nothing) || key.byte[0] <= 1); /* points of small order sign all */
}

static void check_private(const uint8_t *data, size_t size)
{
    struct ed25519_private *key AUTO(ed25519_private_auto_free)
    = NULL;
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    struct err err = {0};
    if (!ed25519_private_parse(data, size, &key, &err)) {
        must(!key && err.code == ERR_USAGE && *err.msg && is_one_line(err.msg));
        return;
    }
    const struct ed25519_public half = ed25519_public_of(key);
    ed25519_sign(key, "text", 4, signature);
    must(ed25519_verify(&half, "text", 4, signature));
    must(!ed25519_verify(&half, "next", 4, signature));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_public(data, size);
    check_private(data, size);
    return 0;
}

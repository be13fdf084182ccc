/* The manifest as a file: the signature, and nothing behind it is looked at before that is proven. */
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/policy/manifest.h"
#include "ringmgr/policy/manifest_json.h"

#include <inttypes.h>
#include <string.h>

static const char magic[] = "ringmgr-manifest-1 ";

/* magic, key id, blank, signature, line feed */
enum { HEAD_BYTES = sizeof magic - 1 + ED25519_KEY_ID_SIZE + ED25519_SIGNATURE_TEXT_SIZE };

void manifest_seal(const struct manifest *manifest, const struct ed25519_private *key, struct buf *out)
{
    AUTO_BUF text = {0};
    char id[ED25519_KEY_ID_SIZE], signature_text[ED25519_SIGNATURE_TEXT_SIZE];
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    struct ed25519_public public = ed25519_public_of(key);
    manifest_json_write(manifest, &text);
    ed25519_sign(key, text.data, text.len, signature);
    ed25519_key_id(&public, id);
    ed25519_signature_format(signature, signature_text);
    buf_printf(out, "%s%s %s\n", magic, id, signature_text);
    buf_append(out, text.data, text.len);
}

/* The first line. */
struct head {
    char id[ED25519_KEY_ID_SIZE];
    uint8_t signature[ED25519_SIGNATURE_BYTES];
};

static bool is_key_id(const char *text)
{
    return strspn(text, "0123456789abcdef") == ED25519_KEY_ID_SIZE - 1;
}

static bool read_head(const void *bytes, size_t len, struct head *head, struct err *err)
{
    const char *at = bytes;
    char text[ED25519_SIGNATURE_TEXT_SIZE];
    if (len > LIMIT_MANIFEST_BYTES)
        return err_set(err, ERR_NOT_GENUINE, "ring.manifest: larger than %" PRIu64 " bytes",
                       LIMIT_MANIFEST_BYTES);
    if (len <= HEAD_BYTES || memcmp(at, magic, sizeof magic - 1) != 0 || at[HEAD_BYTES - 1] != '\n')
        return err_set(err, ERR_NOT_GENUINE, "ring.manifest: no ring manifest, or a part of one");
    at += sizeof magic - 1;
    memcpy(head->id, at, sizeof head->id - 1);
    head->id[sizeof head->id - 1] = 0;
    memcpy(text, at + sizeof head->id, sizeof text - 1);
    text[sizeof text - 1] = 0;
    if (!is_key_id(head->id) || at[sizeof head->id - 1] != ' ' ||
        !ed25519_signature_parse(text, head->signature))
        return err_set(err, ERR_NOT_GENUINE, "ring.manifest: its first line is none of a manifest");
    return true;
}

static bool read_text(const void *bytes, size_t len, struct manifest *manifest, struct err *err)
{
    if (manifest_json_read((const char *)bytes + HEAD_BYTES, len - HEAD_BYTES, manifest, err))
        return true;
    manifest_clear(manifest);
    return err_prefix(err, "ring.manifest");
}

static bool check_signature(const void *bytes, size_t len, const struct head *head,
                            const struct ed25519_public *keys, size_t keys_len, struct err *err)
{
    AUTO_STRV ids = {0};
    for (size_t i = 0; i < keys_len; i++) {
        char id[ED25519_KEY_ID_SIZE];
        ed25519_key_id(&keys[i], id);
        strv_add(&ids, id);
        if (strcmp(id, head->id) == 0)
            return ed25519_verify(&keys[i], (const char *)bytes + HEAD_BYTES, len - HEAD_BYTES,
                                  head->signature) ||
                   err_set(err, ERR_NOT_GENUINE,
                           "ring.manifest: the signature by the key %s is not of these bytes", id);
    }
    char *known AUTO_FREE = strv_join(&ids, ", ");
    return err_set(err, ERR_NOT_GENUINE,
                   "ring.manifest: signed by the key %s, but only %s may (manifest_keys)", head->id,
                   *known ? known : "nobody");
}

bool manifest_open(const void *bytes, size_t len, const struct ed25519_public *keys, size_t keys_len,
                   struct manifest *manifest, struct err *err)
{
    struct head head;
    *manifest = (struct manifest){0};
    return read_head(bytes, len, &head, err) && check_signature(bytes, len, &head, keys, keys_len, err) &&
           read_text(bytes, len, manifest, err);
}

bool manifest_reopen(const void *bytes, size_t len, struct manifest *manifest, struct err *err)
{
    struct head head;
    *manifest = (struct manifest){0};
    return read_head(bytes, len, &head, err) && read_text(bytes, len, manifest, err);
}

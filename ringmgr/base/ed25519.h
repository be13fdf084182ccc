/* Ed25519 signatures (RFC 8032): of ring manifests, which headquarters signs and sites verify. */
#ifndef RINGMGR_BASE_ED25519_H
#define RINGMGR_BASE_ED25519_H

#include "ringmgr/base/err.h"
#include <stddef.h>
#include <stdint.h>

#define ED25519_PUBLIC_BYTES    32
#define ED25519_SIGNATURE_BYTES 64
#define ED25519_KEY_ID_SIZE     17 /* 16 lower-case hex digits and a NUL */

struct ed25519_public {
    uint8_t byte[ED25519_PUBLIC_BYTES];
};

/* A key that signs. */
struct ed25519_private;

/*
 * Reads PEM: "-----BEGIN PUBLIC KEY-----" (RFC 8410) of one Ed25519 key. ERR_USAGE if it is anything else, or
 * another block follows; of a private key it says so, for that belongs nowhere but to headquarters.
 */
bool ed25519_public_parse(const void *pem, size_t len, struct ed25519_public *key,
                          struct err *err) MUST_CHECK;

/*
 * Reads PEM: "-----BEGIN PRIVATE KEY-----" (RFC 8410) of an Ed25519 key without a password. ERR_USAGE if it
 * is anything else; nothing of the text is in the message. The caller frees it with ed25519_private_free(),
 * which wipes it.
 */
bool ed25519_private_parse(const void *pem, size_t len, struct ed25519_private **key,
                           struct err *err) MUST_CHECK;
void ed25519_private_free(struct ed25519_private *key);
/* For AUTO. */
void ed25519_private_auto_free(struct ed25519_private **key);

/* The public half. */
struct ed25519_public ed25519_public_of(const struct ed25519_private *key);

/* Signs `len` bytes; the same bytes and key give the same signature. */
void ed25519_sign(const struct ed25519_private *key, const void *bytes, size_t len,
                  uint8_t signature[ED25519_SIGNATURE_BYTES]);

/* Whether the signature is of exactly these bytes and by this key. */
bool ed25519_verify(const struct ed25519_public *key, const void *bytes, size_t len,
                    const uint8_t signature[ED25519_SIGNATURE_BYTES]) MUST_CHECK;

/* Base64 (RFC 4648, section 4): 88 characters and a NUL. */
#define ED25519_SIGNATURE_TEXT_SIZE 89
void ed25519_signature_format(const uint8_t signature[ED25519_SIGNATURE_BYTES],
                              char text[ED25519_SIGNATURE_TEXT_SIZE]);
/* Exactly what ed25519_signature_format() writes. False if `text` is something else. */
bool ed25519_signature_parse(const char *text, uint8_t signature[ED25519_SIGNATURE_BYTES]) MUST_CHECK;

/* The first 16 hex digits of the SHA-256 of the raw public key: what tells keys apart, not a proof. */
void ed25519_key_id(const struct ed25519_public *key, char id[ED25519_KEY_ID_SIZE]);

#endif

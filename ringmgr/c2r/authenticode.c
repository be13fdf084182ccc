/*
 * What is proven here, and in which order.
 *
 * A cabinet carries a PKCS#7 signature behind its data. "Genuine" means that all of the following hold;
 * each step leans only on those above it, and the cheap ones come first.
 *
 * 1. Form. The header bytes that no digest can cover (they say where the signature lies, or are unused)
 *    are held to the one form that real cabinets have. The signature is read by a strict DER reader,
 *    must fill the rest of the file but for zeros up to a multiple of 8, and must have one shape: one
 *    signer, SHA-256, RSA. Strictness is not pedantry: signed are only parts of a PKCS#7 structure, and
 *    whatever is left free in the others could be changed by anybody without breaking the signature.
 * 2. Contents. SHA-256 over everything else in the file is the digest in SpcIndirectData.
 * 3. Signature. The signed attributes name the type and the SHA-256 of SpcIndirectData, and they are
 *    signed with the key of the certificate that the signer names.
 * 4. Time. The signature carries an RFC 3161 timestamp over its own value: at that time it existed. The
 *    timestamp is a signed message of the same kind and is checked by the same code; its chain is judged
 *    at the time that it states itself. That leans on the root alone, as all of this does: only a time
 *    stamping certificate below a trusted root can state a time.
 * 5. Chain. The signer's certificate chains to one of the given roots *at the timestamp's time*.
 *    Certificates last a year and intermediates expire too, while a build is offered, soaked and rolled
 *    back to for longer: judged by today's clock every real file fails sooner or later, judged by the
 *    timestamp it holds for ever. So no clock is asked. Certificates come from the message and from the
 *    given roots: no system store, no network, and so no revocation lists. The leaf must be for code
 *    signing, the timestamp's for time stamping.
 * 6. Name. O and CN of the signer are the publisher's. Thousands of others hold certificates for code
 *    signing below the same roots.
 *
 * What stays free after all that is the attribute certificate in Microsoft's timestamps (see
 * authenticode_timestamp.c): its key is unknown, and nothing is read from it. tests/unit/c2r counts.
 *
 * A catalogue (.cat) is such a message without the cabinet around it: step 2 falls away, as the contents
 * are in the message.
 *
 * Not proven: that the file is the one that was asked for. A genuine file of another build, channel or
 * language is genuine; see stream_cab_check_identity() and descriptor.h.
 *
 * Sources: formats, section 7; [MS-CAB]; Microsoft's "Windows Authenticode Portable Executable Signature
 * Format" for SpcIndirectData; RFC 2315 and 5652 (PKCS#7, CMS), 3161 and 5816 (timestamps), 5280
 * (chains).
 */
#include "ringmgr/c2r/authenticode.h"
#include "ringmgr/c2r/authenticode_timestamp.h"
#include "ringmgr/c2r/cab.h"

#include <openssl/err.h>
#include <string.h>

/* Offsets in a signed cabinet's header (formats, section 7). */
enum {
    HEADER_BYTES = 60, /* 36, 4 of reserve sizes, 20 of reserve */
    AT_RESERVED = 4,
    AT_CABINET_BYTES = 8,
    AT_FILES = 16,
    AT_FLAGS = 30,
    AT_INDEX = 34,
    AT_SIGNATURE = 44,
    AT_SIGNATURE_BYTES = 48,
    AT_HASHED_TAIL = 56,
    SIGNATURE_ALIGNMENT = 8
};

static const uint8_t INDIRECT_DATA[] = {0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04,
                                        0x01, 0x82, 0x37, 0x02, 0x01, 0x04};
static const uint8_t TRUST_LIST[] = {0x06, 0x09, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x0a, 0x01};

static uint32_t u32_at(const uint8_t *bytes, size_t offset)
{
    return (uint32_t)bytes[offset] | (uint32_t)bytes[offset + 1] << 8 | (uint32_t)bytes[offset + 2] << 16 |
           (uint32_t)bytes[offset + 3] << 24;
}

/* Steps 3 to 6 of the essay: all but where the message came from and what its content says. */
static bool check_message(const struct trust *trust, const struct pkcs7 *message, struct signer *signer,
                          struct err *err)
{
    struct der leaf = message->cert[message->leaf];
    if (message->attribute_cert.len)
        return err_set(err, ERR_NOT_GENUINE, "it carries an attribute certificate");
    if (!pkcs7_check_signature(message, err) || !trust_check_publisher(trust, message, err) ||
        !timestamp_check(trust, message, &signer->signed_unix, err) ||
        !trust_check_chain(trust, message, TRUST_CODE_SIGNING, signer->signed_unix, err))
        return false;
    signer->leaf = digest_of(leaf.data, leaf.len);
    return true;
}

/* The bytes that no digest covers, and where the signature lies (formats, section 7). */
static bool check_header(const uint8_t *bytes, size_t len, struct err *err)
{
    static const uint8_t index_and_reserve[] = {0, 0, 0x14, 0, 0, 0, 0, 0, 0x10, 0};
    static const uint8_t zero[4] = {0};
    if (len < HEADER_BYTES || memcmp(bytes, "MSCF", 4) != 0)
        return cab_say_none(bytes, len, err);
    if (bytes[AT_FLAGS] != 4 || bytes[AT_FLAGS + 1] != 0)
        return err_set(err, ERR_NOT_GENUINE, "this cabinet is not signed");
    uint64_t offset = u32_at(bytes, AT_SIGNATURE), size = u32_at(bytes, AT_SIGNATURE_BYTES);
    uint32_t files = u32_at(bytes, AT_FILES);
    if (memcmp(bytes + AT_RESERVED, zero, sizeof zero) != 0 ||
        memcmp(bytes + AT_INDEX, index_and_reserve, sizeof index_and_reserve) != 0 ||
        memcmp(bytes + AT_SIGNATURE_BYTES + 4, zero, sizeof zero) != 0)
        return err_set(err, ERR_NOT_GENUINE, "the cabinet's header is not that of a signed cabinet");
    if (offset != u32_at(bytes, AT_CABINET_BYTES) || offset + size != len || files < HEADER_BYTES ||
        files > offset || size == 0)
        return err_set(err, ERR_NOT_GENUINE, "the cabinet is cut short, or its signature is not at its end");
    return true;
}

/*
 * [0,4) + [8,34) + [56,60) + the CFFOLDERs [60, coffFiles) + [coffFiles, signature offset) (formats, section
 * 7); the last three are one range.
 */
static struct digest digest_of_cabinet(const uint8_t *bytes, size_t signature)
{
    struct digest_stream *stream = digest_stream_new();
    digest_stream_add(stream, bytes, AT_RESERVED);
    digest_stream_add(stream, bytes + AT_CABINET_BYTES, AT_INDEX - AT_CABINET_BYTES);
    digest_stream_add(stream, bytes + AT_HASHED_TAIL, signature - AT_HASHED_TAIL);
    struct digest digest = digest_stream_end(stream);
    digest_stream_free(stream);
    return digest;
}

/* SpcIndirectDataContent { data { type, value }, messageDigest { SHA-256, digest } } */
static bool check_contents(const struct pkcs7 *message, const struct digest *digest, struct err *err)
{
    struct der in = message->content, data, info, signed_digest;
    if (!der_take(&in, DER_SEQUENCE, &data) || !der_take(&in, DER_SEQUENCE, &info) || in.len ||
        !der_expect_sha256(&info) || !der_take(&info, DER_OCTET_STRING, &signed_digest) || info.len)
        return err_set(err, ERR_NOT_GENUINE, "the signed digest is malformed or not SHA-256");
    if (!der_equal(signed_digest, (struct der){digest->byte, DIGEST_BYTES}))
        return err_set(err, ERR_NOT_GENUINE, "the contents are not those that were signed");
    return true;
}

/* Cuts the zeros off that fill a cabinet's signature up to a multiple of 8. */
static bool cut_padding(struct der *signature, struct err *err)
{
    struct der rest = *signature;
    struct der_element element;
    if (!der_next(&rest, &element))
        return err_set(err, ERR_NOT_GENUINE, "the signature is no DER");
    bool good = rest.len < SIGNATURE_ALIGNMENT && signature->len % SIGNATURE_ALIGNMENT == 0;
    for (size_t i = 0; good && i < rest.len; i++)
        good = rest.data[i] == 0;
    *signature = element.whole;
    return good || err_set(err, ERR_NOT_GENUINE, "there are bytes behind the signature");
}

static bool verify_cab(const struct trust *trust, const uint8_t *bytes, size_t len, struct signer *signer,
                       struct err *err)
{
    static const struct pkcs7_form form = {"Authenticode signature", 1, INDIRECT_DATA, sizeof INDIRECT_DATA,
                                           DER_SEQUENCE};
    AUTO_PKCS7 message = {0};
    if (!check_header(bytes, len, err))
        return false;
    size_t at = u32_at(bytes, AT_SIGNATURE);
    struct der signature = {bytes + at, len - at};
    if (!cut_padding(&signature, err) || !pkcs7_parse(signature, &form, &message, err))
        return false;
    signer->hash = digest_of_cabinet(bytes, at);
    return check_contents(&message, &signer->hash, err) && check_message(trust, &message, signer, err);
}

static bool verify_cat(const struct trust *trust, struct der whole, struct signer *signer, struct err *err)
{
    static const struct pkcs7_form form = {"signed catalogue", 1, TRUST_LIST, sizeof TRUST_LIST,
                                           DER_SEQUENCE};
    AUTO_PKCS7 message = {0};
    if (whole.len > LIMIT_CATALOG_BYTES)
        return err_set(err, ERR_NOT_GENUINE, "the catalogue is larger than any real one");
    if (!pkcs7_parse(whole, &form, &message, err) || !check_message(trust, &message, signer, err))
        return false;
    signer->hash = digest_of(message.content.data, message.content.len);
    return true;
}

/* Ends both: the error gets the file's name, the signer nothing half-proven, OpenSSL's queue nothing at all.
 */
static bool finish(bool good, const char *name, struct signer *signer, struct err *err)
{
    ERR_clear_error();
    if (good)
        return true;
    *signer = (struct signer){0};
    return err_prefix(err, "%s", name);
}

bool authenticode_verify_cab(const struct trust *trust, const void *bytes, size_t len, const char *name,
                             struct signer *signer, struct err *err)
{
    *signer = (struct signer){0};
    return finish(verify_cab(trust, bytes, len, signer, err), name, signer, err);
}

bool authenticode_verify_cat(const struct trust *trust, const void *bytes, size_t len, const char *name,
                             struct signer *signer, struct err *err)
{
    *signer = (struct signer){0};
    return finish(verify_cat(trust, (struct der){bytes, len}, signer, err), name, signer, err);
}

/* PKCS#7 signatures as Authenticode wants them; see sign.c. */
#ifndef TESTCDN_SIGN_H
#define TESTCDN_SIGN_H

#include "bytes.h"
#include "ca.h"

#include <stdbool.h>
#include <stdint.h>

/* Who signs, and what the timestamp says. */
struct signer {
    struct identity by;
    struct identity tsa;
    int64_t time_unix; /* genTime of the timestamp */
    bool no_timestamp;
    const char *ca_dir;  /* for the external signer; not owned */
    const char *by_name; /* likewise */
    const char *ts_url;  /* not NULL: osslsigncode signs cabinets and asks this address for timestamps */
};

/* Loads the two identities by name. The caller calls signer_clear. */
struct signer signer_load(const char *ca_dir, const char *by, const char *tsa, int64_t time_unix);
/* Frees the identities. */
void signer_clear(struct signer *s);

/*
 * Appends a DER SignedData over `content` (the DER of a SEQUENCE) of the content type `oid`: signed
 * attributes content type, statement type, opus info and message digest; leaf and intermediate; RFC 3161
 * timestamp as the unsigned attribute 1.3.6.1.4.1.311.3.3.1.
 */
void sign_content(const struct signer *s, const char *oid, const struct bytes *content, struct bytes *out);

/* Appends the DER of SpcIndirectData for a cabinet whose Authenticode digest is given (32 bytes). */
void sign_indirect_data(const uint8_t digest[32], struct bytes *out);

/*
 * Answers a DER TimeStampReq with a DER TimeStampResp of genTime time_unix; false when the request is not
 * one. It may be called from several threads.
 */
bool timestamp_reply(const struct identity *tsa, int64_t time_unix, const void *request, size_t len,
                     struct bytes *out);

#endif

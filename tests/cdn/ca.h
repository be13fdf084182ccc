/* The test certificate authority; see ca.c. */
#ifndef TESTCDN_CA_H
#define TESTCDN_CA_H

#include <openssl/evp.h>
#include <openssl/x509.h>

/* A key with its certificate and the intermediate above it (NULL for roots and intermediates). */
struct identity {
    EVP_PKEY *key;
    X509 *cert;
    X509 *issuer;
};

/*
 * Makes every certificate of the table in ca.c under dir: NAME.pem (the certificate, then its intermediate),
 * NAME.key, roots.pem (the two trusted roots) and foreign-roots.pem. Existing files are replaced.
 */
void ca_make(const char *dir);

/* Reads NAME.pem and NAME.key; ends the program when they are absent. The caller calls identity_clear. */
struct identity identity_load(const char *dir, const char *name);
/* Frees what identity_load returned. */
void identity_clear(struct identity *id);

#endif

/*
 * The test certificate authority: the same shapes as Microsoft's (formats page, section 7), under roots whose
 * names say that they are a test's.
 *
 *   root ── pca ────── leaf (cabinets), other (another publisher), noeku, mailku (no code signing)
 *        ── tspca ──── tsa
 *        ── oldpca ─── old      all three expired, valid in 2024: good with a timestamp of 2024 only
 *        ── oldtspca ─ oldtsa
 *   root2 ─ pca2 ───── cat (catalogues)
 *   foreignroot ─ foreignpca ─ foreign, foreigntsa    in nobody's list, same subject as leaf
 *
 * Intermediates carry no extended key usage and are part of a signature; roots are not. RSA 2048 throughout,
 * like the real ones. Keys are made by a few threads at once because that is nearly all the time it takes.
 */
#include "ca.h"

#include "disk.h"
#include "random.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define MICROSOFT "Microsoft Corporation"

struct profile {
    const char *name;
    const char *issuer; /* NULL: self-signed */
    const char *organization;
    const char *common_name;
    const char *usage; /* extended key usage of a leaf; "" none; NULL for a CA */
    const char *from;
    const char *until;
};

#define LONG_FROM  "20120101000000Z"
#define LONG_UNTIL "20440101000000Z"

static const struct profile profiles[] = {
    {"root", NULL, "ringmgr test", "ringmgr test root 2010", NULL, "20100101000000Z", "20450101000000Z"},
    {"root2", NULL, "ringmgr test", "ringmgr test root 2011", NULL, "20110101000000Z", "20450101000000Z"},
    {"foreignroot", NULL, "Elsewhere", "foreign test root", NULL, "20100101000000Z", "20450101000000Z"},
    {"pca", "root", "ringmgr test", "ringmgr test Code Signing PCA 2010", NULL, LONG_FROM, LONG_UNTIL},
    {"pca2", "root2", "ringmgr test", "ringmgr test Code Signing PCA 2011", NULL, LONG_FROM, LONG_UNTIL},
    {"tspca", "root", "ringmgr test", "ringmgr test Time-Stamp PCA 2010", NULL, LONG_FROM, LONG_UNTIL},
    {"oldpca", "root", "ringmgr test", "ringmgr test expired Code Signing PCA", NULL, "20220101000000Z",
     "20250601000000Z"},
    {"oldtspca", "root", "ringmgr test", "ringmgr test expired Time-Stamp PCA", NULL, "20220101000000Z",
     "20250601000000Z"},
    {"foreignpca", "foreignroot", "Elsewhere", "foreign test Code Signing PCA", NULL, LONG_FROM, LONG_UNTIL},
    {"leaf", "pca", MICROSOFT, MICROSOFT, "codeSigning", LONG_FROM, LONG_UNTIL},
    {"cat", "pca2", MICROSOFT, MICROSOFT, "codeSigning", LONG_FROM, LONG_UNTIL},
    {"tsa", "tspca", "ringmgr test", "ringmgr test Time-Stamp Service", "critical,timeStamping", LONG_FROM,
     LONG_UNTIL},
    {"other", "pca", "Example Software Ltd", "Example Software Ltd", "codeSigning", LONG_FROM, LONG_UNTIL},
    {"noeku", "pca", MICROSOFT, MICROSOFT, "", LONG_FROM, LONG_UNTIL},
    {"mailku", "pca", MICROSOFT, MICROSOFT, "emailProtection", LONG_FROM, LONG_UNTIL},
    {"old", "oldpca", MICROSOFT, MICROSOFT, "codeSigning", "20240101000000Z", "20250101000000Z"},
    {"oldtsa", "oldtspca", "ringmgr test", "ringmgr test expired Time-Stamp Service", "critical,timeStamping",
     "20230101000000Z", "20250301000000Z"},
    {"foreign", "foreignpca", MICROSOFT, MICROSOFT, "codeSigning", LONG_FROM, LONG_UNTIL},
    {"foreigntsa", "foreignpca", "Elsewhere", "foreign Time-Stamp Service", "critical,timeStamping",
     LONG_FROM, LONG_UNTIL},
};

#define PROFILES (sizeof profiles / sizeof profiles[0])

struct authority {
    EVP_PKEY *keys[PROFILES];
    X509 *certs[PROFILES];
    atomic_size_t next;
};

static size_t profile_index(const char *name)
{
    for (size_t i = 0; i < PROFILES; i++)
        if (strcmp(profiles[i].name, name) == 0)
            return i;
    die("no certificate profile %s", name);
}

static void *make_keys(void *arg)
{
    struct authority *a = arg;
    for (size_t i; (i = atomic_fetch_add(&a->next, 1)) < PROFILES;)
        if (!(a->keys[i] = EVP_RSA_gen(2048)))
            die("make a key for %s", profiles[i].name);
    return NULL;
}

static void set_name(X509_NAME *name, const struct profile *p)
{
    X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC, (const unsigned char *)"US", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)p->organization, -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)p->common_name, -1, -1, 0);
}

static void add_extension(X509 *cert, X509V3_CTX *ctx, int nid, const char *value)
{
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, ctx, nid, value);
    if (!ext || !X509_add_ext(cert, ext, -1))
        die("certificate extension %s", value);
    X509_EXTENSION_free(ext);
}

static void add_extensions(X509 *cert, X509 *issuer, const struct profile *p)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    add_extension(cert, &ctx, NID_subject_key_identifier, "hash");
    if (!p->usage) {
        add_extension(cert, &ctx, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(cert, &ctx, NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature");
    } else {
        add_extension(cert, &ctx, NID_basic_constraints, "CA:FALSE");
        add_extension(cert, &ctx, NID_key_usage, "critical,digitalSignature");
        if (*p->usage)
            add_extension(cert, &ctx, NID_ext_key_usage, p->usage);
    }
    add_extension(cert, &ctx, NID_authority_key_identifier, "keyid");
}

static void make_certificate(struct authority *a, size_t i)
{
    const struct profile *p = &profiles[i];
    size_t up = p->issuer ? profile_index(p->issuer) : i;
    X509 *cert = a->certs[i] = X509_new();
    uint64_t serial = random_seed((uint64_t)i, p->name) >> 1;
    X509_set_version(cert, 2);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial);
    if (!ASN1_TIME_set_string_X509(X509_getm_notBefore(cert), p->from) ||
        !ASN1_TIME_set_string_X509(X509_getm_notAfter(cert), p->until))
        die("certificate times of %s", p->name);
    set_name(X509_get_subject_name(cert), p);
    X509_set_issuer_name(cert, X509_get_subject_name(a->certs[up]));
    X509_set_pubkey(cert, a->keys[i]);
    add_extensions(cert, a->certs[up], p);
    if (!X509_sign(cert, a->keys[up], EVP_sha256()))
        die("sign the certificate of %s", p->name);
}

static void write_certificates(const char *dir, const char *file, X509 *const certs[], size_t count)
{
    TEXT path = text("%s/%s", dir, file);
    FILE *f = fopen(path, "w");
    if (!f)
        die("create %s", path);
    for (size_t i = 0; i < count; i++)
        PEM_write_X509(f, certs[i]);
    if (fclose(f) != 0)
        die("write %s", path);
}

static void write_profile(const struct authority *a, size_t i, const char *dir)
{
    const struct profile *p = &profiles[i];
    X509 *chain[2] = {a->certs[i], p->issuer ? a->certs[profile_index(p->issuer)] : NULL};
    TEXT cert = text("%s.pem", p->name);
    TEXT key = text("%s/%s.key", dir, p->name);
    write_certificates(dir, cert, chain, p->usage ? 2 : 1);
    FILE *f = fopen(key, "w");
    if (!f || !PEM_write_PKCS8PrivateKey(f, a->keys[i], NULL, NULL, 0, NULL, NULL) || fclose(f) != 0)
        die("write %s", key);
}

void ca_make(const char *dir)
{
    static struct authority a;
    pthread_t threads[4];
    disk_mkdirs(dir);
    for (size_t i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, make_keys, &a) != 0)
            die("start a thread");
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < PROFILES; i++)
        make_certificate(&a, i);
    for (size_t i = 0; i < PROFILES; i++)
        write_profile(&a, i, dir);
    X509 *roots[2] = {a.certs[profile_index("root")], a.certs[profile_index("root2")]};
    write_certificates(dir, "roots.pem", roots, 2);
    write_certificates(dir, "foreign-roots.pem", &a.certs[profile_index("foreignroot")], 1);
    for (size_t i = 0; i < PROFILES; i++) {
        EVP_PKEY_free(a.keys[i]);
        X509_free(a.certs[i]);
    }
}

struct identity identity_load(const char *dir, const char *name)
{
    struct identity id = {0};
    TEXT cert = text("%s/%s.pem", dir, name);
    TEXT key = text("%s/%s.key", dir, name);
    FILE *f = fopen(cert, "r");
    if (!f || !(id.cert = PEM_read_X509(f, NULL, NULL, NULL)))
        die("read %s (make it with: testcdn ca %s)", cert, dir);
    id.issuer = PEM_read_X509(f, NULL, NULL, NULL);
    fclose(f);
    f = fopen(key, "r");
    if (!f || !(id.key = PEM_read_PrivateKey(f, NULL, NULL, NULL)))
        die("read %s", key);
    fclose(f);
    return id;
}

void identity_clear(struct identity *id)
{
    EVP_PKEY_free(id->key);
    X509_free(id->cert);
    X509_free(id->issuer);
    *id = (struct identity){0};
}

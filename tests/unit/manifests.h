/* A manifest for tests: one build of two files and its descriptor. */
#ifndef RINGMGR_TESTS_UNIT_MANIFESTS_H
#define RINGMGR_TESTS_UNIT_MANIFESTS_H

#include "test.h"

#include "keys.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/policy/manifest.h"

enum { MANIFEST_ISSUED = 1795000000, MANIFEST_VALID = 3 * 86400 };
#define MANIFEST_BUILD "16.0.20326.20100"

/* Adds a file whose digest is of its own path. */
static inline void manifest_add_file(struct manifest *manifest, const char *path, uint64_t bytes)
{
    manifest->file = mem_grow(manifest->file, manifest->files, sizeof *manifest->file);
    manifest->file[manifest->files++] =
        (struct manifest_file){mem_strdup(path), digest_of(path, strlen(path)), bytes};
}

/* The caller clears it. */
static inline void manifest_make(struct manifest *manifest, int64_t sequence)
{
    struct err err = {0};
    *manifest = (struct manifest){.ring = mem_strdup("production"),
                                  .channel = channel_find("MonthlyEnterprise"),
                                  .sequence = sequence,
                                  .issued_unix = MANIFEST_ISSUED,
                                  .expires_unix = MANIFEST_ISSUED + MANIFEST_VALID,
                                  .version = "2607",
                                  .released_unix = MANIFEST_ISSUED - 86400,
                                  .architectures = ARCH_X64};
    assert_ok(build_parse(MANIFEST_BUILD, &manifest->build, &err));
    manifest_add_file(manifest, MANIFEST_BUILD "/s640.cab", 2100000);
    manifest_add_file(manifest, MANIFEST_BUILD "/stream.x64.x-none.dat", 3000000000);
    manifest_add_file(manifest, "v64_" MANIFEST_BUILD ".cab", 12000);
    manifest->pointer[1] = manifest->file[2].digest;
    manifest->files_digest = manifest_files_digest(manifest);
}

static inline void manifest_sign(const struct manifest *manifest, const char *pem, struct buf *out)
{
    struct err err = {0};
    struct ed25519_private *key AUTO(ed25519_private_auto_free)
    = NULL;
    assert_ok(ed25519_private_parse(pem, strlen(pem), &key, &err));
    manifest_seal(manifest, key, out);
}

static inline struct ed25519_public manifest_public(const char *pem)
{
    struct err err = {0};
    struct ed25519_public key;
    assert_ok(ed25519_public_parse(pem, strlen(pem), &key, &err));
    return key;
}

#endif

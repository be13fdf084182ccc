/*
 * The ring manifest: what a ring at headquarters offers, signed, for sites that fetch it themselves. It lies
 * in the ring's share as Office/Data/ring.manifest:
 *
 *   ringmgr-manifest-1 <key id> <signature in base64>\n
 *   <canonical JSON, which is what is signed>
 *
 * {"architectures":{"x64":"<SHA-256 of v64.cab>"},"build":…,"channel":…,"expires":…,"files":[{"bytes":…,
 * "path":"16.0.…/s640.cab","sha256":…},…],"files_digest":…,"issued":…,"released":…|null,"ring":…,"schema":1,
 * "sequence":…,"version":"2607"}. Times are ISO-8601 UTC, the files in the order of their paths. Pure.
 */
#ifndef RINGMGR_POLICY_MANIFEST_H
#define RINGMGR_POLICY_MANIFEST_H

#include "ringmgr/base/buf.h"
#include "ringmgr/base/digest.h"
#include "ringmgr/base/ed25519.h"
#include "ringmgr/c2r/filelist.h"
#include "ringmgr/c2r/releases.h"

struct manifest_file {
    char *path; /* below Office/Data: "<build>/s640.cab", "v64_<build>.cab" */
    struct digest digest;
    uint64_t bytes;
};

struct manifest {
    char *ring;
    const struct channel *channel;
    int64_t sequence; /* grows with each manifest of a ring; > 0 */
    int64_t issued_unix, expires_unix;
    struct build build;
    char version[RELEASE_VERSION_SIZE]; /* YYMM; "" if headquarters does not know it */
    int64_t released_unix;              /* -1 if headquarters does not know it */
    struct digest files_digest;         /* of the file list, as catalog.h makes it */
    unsigned architectures;             /* set of enum architecture, never empty */
    struct digest pointer[2];           /* of those: [0] v32.cab, [1] v64.cab */
    struct manifest_file *file;         /* sorted by path, each once; a descriptor for each architecture */
    size_t files;
};

/* Frees what it holds; it is empty and usable again. */
void manifest_clear(struct manifest *manifest);
#define AUTO_MANIFEST                                                                                        \
    AUTO(manifest_clear)                                                                                     \
    struct manifest

/* NULL if it names no such file. */
const struct manifest_file *manifest_find(const struct manifest *manifest, const char *path);

/* SHA-256 over the sorted lines "sha256 bytes path", as the catalog has it. */
struct digest manifest_files_digest(const struct manifest *manifest);

/* Appends the whole file: first line and signed text. files_digest must be that of the files. */
void manifest_seal(const struct manifest *manifest, const struct ed25519_private *key, struct buf *out);

/*
 * Reads a whole file: the signature must be by one of `keys` over exactly the rest of it, and the rest be
 * canonical JSON of schema 1 that agrees with itself (limits.h: LIMIT_MANIFEST_BYTES, LIMIT_FILE_LIST; paths
 * that stay in the folder of the build; a descriptor of each architecture, the same as its pointer). Nothing
 * behind the first line is looked at before the signature is proven. ERR_NOT_GENUINE with what is wrong;
 * *manifest is then empty. manifest_clear() frees.
 */
bool manifest_open(const void *bytes, size_t len, const struct ed25519_public *keys, size_t keys_len,
                   struct manifest *manifest, struct err *err) MUST_CHECK;

/* The same without asking who signed it: of bytes that were proven before and kept. */
bool manifest_reopen(const void *bytes, size_t len, struct manifest *manifest, struct err *err) MUST_CHECK;

/* What a genuine manifest is to a ring that follows. */
enum manifest_verdict {
    MANIFEST_NEW,     /* to be followed */
    MANIFEST_SAME,    /* the one that is followed already */
    MANIFEST_REFUSED, /* of another ring or channel, replayed, or issued by a clock that is ahead */
    MANIFEST_STALE    /* nobody has issued a newer one in time */
};

/* The newest manifest that a ring has followed. */
struct manifest_known {
    int64_t sequence; /* 0: none yet */
    const void *bytes;
    size_t len; /* 0: they are not known any more */
};

/* How far headquarters' clock may be ahead of ours. */
enum { MANIFEST_SKEW_SECONDS = 600 };

/*
 * Judges a genuine manifest, of which `bytes` are the whole file, for the ring of that name and channel.
 * `why` gets one sentence, "" with MANIFEST_NEW and MANIFEST_SAME. A known one is refused, too, once it is of
 * another ring or channel, and stale once it has expired.
 */
enum manifest_verdict manifest_judge(const struct manifest *manifest, const void *bytes, size_t len,
                                     const char *ring, const struct channel *channel,
                                     const struct manifest_known *known, int64_t now_unix, char why[256]);

#endif

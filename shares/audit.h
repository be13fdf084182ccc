/* Audit: a share against what it must be. It only looks; shares/repair puts right. */
#ifndef SHARES_AUDIT_H
#define SHARES_AUDIT_H

#include "shares/tree.h"

/* What must be there. Everything is borrowed. */
struct audit_wanted {
    const struct share_file *file; /* of all builds that stand on the share */
    size_t files;
    unsigned architectures;       /* whose pointers must be there */
    struct digest pointer[2];     /* their bytes: [0] v32.cab, [1] v64.cab */
    const struct buf *manifest;   /* bytes of ring.manifest; NULL: the share shows none */
    const struct digest *damaged; /* objects that are known to have lost their bytes, and so their links */
    size_t damaged_len;
    bool metadata_only;         /* copies are not read: size and permissions must do */
    const struct strv *changed; /* sorted paths of copies that are read all the same; NULL: none */
    /* What may be there besides: of a publication that is not finished. */
    const struct share_file *also;
    size_t also_files;
    unsigned also_architectures;
    struct digest also_pointer[2];
};

enum finding_kind { FINDING_FILE, FINDING_POINTER, FINDING_MANIFEST, FINDING_FOREIGN, FINDING_FOLDER };

struct finding {
    enum finding_kind kind;
    size_t index; /* of the file in `wanted`; with a pointer 0 for v32.cab, 1 for v64.cab */
    char *path;   /* below Office/Data; of FINDING_FOLDER "." is Office/Data itself */
    char *problem;
};

struct audit {
    struct finding *finding;
    size_t len;
    uint64_t checked_files, checked_bytes;
};

/*
 * Checks the pointers, the manifest, then every file, then the folders' permissions (clients must be able to
 * read them), then whether anything else lies in Office/Data. What is wrong becomes a finding. An error means
 * that the audit itself could not go on; findings so far stay. audit_clear() frees.
 */
bool audit_run(const struct store *store, const struct tree *tree, const struct audit_wanted *wanted,
               struct audit *audit, struct err *err) MUST_CHECK;
/* The finding about a path; NULL if there is none. */
const struct finding *audit_find(const struct audit *audit, const char *path);
/* Adds those of `other` about whose path there is none yet; `other` is unchanged. */
void audit_join(struct audit *audit, const struct audit *other);
/* Whether a finding of this kind is there. */
bool audit_has(const struct audit *audit, enum finding_kind kind);
/* Takes the finding out. */
void audit_drop(struct audit *audit, size_t index);
void audit_clear(struct audit *audit);

#endif

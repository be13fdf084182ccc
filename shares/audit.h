/* Audit: a share against what it must be, and putting it right. */
#ifndef SHARES_AUDIT_H
#define SHARES_AUDIT_H

#include "shares/tree.h"

/* What must be there. Everything is borrowed. */
struct audit_wanted {
    const struct share_file *file; /* of all builds that stand on the share */
    size_t files;
    unsigned architectures;       /* whose pointers must be there */
    struct digest pointer[2];     /* their bytes: [0] v32.cab, [1] v64.cab */
    const struct digest *damaged; /* objects that are known to have lost their bytes */
    size_t damaged_len;
};

struct audit_options {
    bool metadata_only; /* copies are not read: size and permissions must do */
    bool repair;
    enum link_mode link;
    int64_t now_unix;
};

struct finding {
    char *path; /* below Office/Data */
    char *problem;
    bool repaired;
};

struct audit {
    struct finding *finding;
    size_t len;
    uint64_t checked_files, checked_bytes;
};

/*
 * Checks the pointers first, then every file, then whether anything else lies in Office/Data (reported, never
 * touched). What is wrong becomes a finding; with `repair` a wrong pointer or file is replaced from the
 * store, where the object there is read first and still has its own bytes. Needs the ring's lock for
 * `repair`. An error means that the audit itself could not go on; findings so far stay. audit_clear() frees.
 */
bool audit_run(const struct store *store, const struct tree *tree, const struct audit_wanted *wanted,
               const struct audit_options *options, struct audit *audit, struct err *err) MUST_CHECK;
void audit_clear(struct audit *audit);

#endif

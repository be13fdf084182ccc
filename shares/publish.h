/* Publication: from objects to a share's pointer, in an order that survives a kill between any two steps. */
#ifndef SHARES_PUBLISH_H
#define SHARES_PUBLISH_H

#include "shares/tree.h"

struct publication {
    const char *id;                /* names the staging folder .ringmgr-<id> */
    const char *build;             /* "16.0.20326.20100", the folder's name */
    const struct share_file *file; /* everything that the share shall show of this build, descriptors too */
    size_t files;
    unsigned architectures; /* set of enum architecture: whose pointers are flipped */
    enum link_mode link;
    int64_t now_unix;
};

/*
 * Puts the build's folder and descriptors into place and then flips the pointers, v32.cab first. Idempotent:
 * what is there and right stays; called again after a kill at any instant it finishes the work. Needs a tree
 * with Office/Data and the ring's lock. After an error every pointer is what it was or names the new build,
 * whose files are then all in place; nothing half-built has a build's name. ERR_NOT_GENUINE if a file of that
 * name is there with other bytes: it is not touched.
 */
bool publish_run(const struct store *store, const struct tree *tree, const struct publication *publication,
                 struct err *err) MUST_CHECK;

/*
 * Takes a build off the share that no pointer names: descriptors first, then its folder by one rename, then
 * its files. Only where everything that stands of it is right: what is not ours stays untouched. Missing is
 * fine.
 */
bool publish_withdraw(const struct store *store, const struct tree *tree, const char *build,
                      const struct share_file *file, size_t files, struct err *err) MUST_CHECK;

/*
 * Takes single files of a build off the share again, whose folder stands and goes on standing: what an
 * extension has placed that is given up. Descriptors first; no pointer may name them. What is not right is
 * not ours and stays; missing is fine. Durable.
 */
bool publish_retract(const struct store *store, const struct tree *tree, const struct share_file *file,
                     size_t files, struct err *err) MUST_CHECK;

/* Gives the pointer of one architecture the bytes of an object, whatever it was before. Durable. */
bool publish_pointer(const struct store *store, const struct tree *tree, enum architecture architecture,
                     const struct digest *descriptor, int64_t now_unix, struct err *err) MUST_CHECK;

/* Puts one file of a build into place again, over whatever stands there (verify --repair). Durable. */
bool publish_replace_file(const struct store *store, const struct tree *tree, const struct share_file *file,
                          enum link_mode link, struct err *err) MUST_CHECK;

#endif

/*
 * The tree of a ring's share. Only Office/Data below the ring's path is ours:
 *
 *   Office/Data/v64.cab                  pointer: its own inode, the only file that is ever replaced
 *   Office/Data/v64_16.0.20326.20100.cab descriptor of a build
 *   Office/Data/16.0.20326.20100/…       build folder: may grow, its files never change
 *   Office/Data/ring.manifest            what the ring offers, signed, for sites that fetch it; or absent
 *   Office/Data/.ringmgr-…               staging, ours to remove
 */
#ifndef SHARES_TREE_H
#define SHARES_TREE_H

#include "ringmgr/base/fs.h"
#include "ringmgr/c2r/filelist.h"
#include "ringmgr/store/objects.h"

#define TREE_DATA        "Office/Data"
#define TREE_MANIFEST    "ring.manifest"
#define TREE_TEMP_PREFIX ".ringmgr-"

struct tree {
    int root; /* the ring's path */
    int data; /* Office/Data; -1 where it does not exist */
};

/*
 * Opens the share at `path`, an existing folder; with `make` also makes Office/Data where it is missing.
 * After an error `tree` is closed. tree_close() closes it; zero-initialised is not closed, use TREE_CLOSED.
 */
bool tree_open(const char *path, bool make, struct tree *tree, struct err *err) MUST_CHECK;
void tree_close(struct tree *tree);

/* Gives Office and Office/Data, where they may not be entered, their permissions (0755) back, if they are
 * ours. */
void tree_unbar(const char *path);

/* Where the file system is mounted that a path lies on, by its own words ("/srv/copy" of "/srv/copy/ring"):
 * the part of it above which the device is another. NULL if it is not absolute or cannot be looked at. The
 * caller frees it. */
char *tree_mount(const char *path);

#define TREE_CLOSED ((struct tree){.root = -1, .data = -1})
#define AUTO_TREE                                                                                            \
    AUTO(tree_close)                                                                                         \
    struct tree

/* One file that a share shows, relative to Office/Data. Texts are borrowed. */
struct share_file {
    const char *path;
    struct digest digest;
    uint64_t bytes;
};

/* "v64.cab", "v32.cab" */
const char *tree_pointer_name(enum architecture architecture);

struct tree_pointer {
    bool present;
    struct digest digest;
    int64_t mtime_unix;
    unsigned links; /* 1: its own inode */
    unsigned mode;  /* permissions; 0444 is right */
};

/* Reads the pointer of an architecture; absent is no error. ERR_FAILED if it is no regular file of a sane
 * size. */
bool tree_pointer_read(const struct tree *tree, enum architecture architecture, struct tree_pointer *pointer,
                       struct err *err) MUST_CHECK;

/* What is to be found under the name of a file that must be there. */
enum tree_check {
    TREE_RIGHT,
    TREE_MISSING,
    TREE_WRONG_KIND,
    TREE_WRONG_SIZE,
    TREE_WRONG_BYTES,
    TREE_WRONG_MODE,
    TREE_UNREADABLE
};

/*
 * Checks one file: a regular file of mode 0444 and of the right size; unless `metadata_only`, also either the
 * object itself (the same inode) or, where it is a copy, one with the right SHA-256. Whether the object still
 * has its own bytes is a question to the store.
 */
bool tree_check_file(const struct store *store, const struct tree *tree, const struct share_file *file,
                     bool metadata_only, enum tree_check *check, struct err *err) MUST_CHECK;
/* Whether clients get the right bytes under this name, whatever else is wrong: a regular file that everybody
 * may read, the object itself or a copy with the right SHA-256 (which is read). */
bool tree_serves_file(const struct store *store, const struct tree *tree, const struct share_file *file);
/* "is missing", "has the wrong size" … */
const char *tree_check_text(enum tree_check check);

/* Whether a folder of this name stands in Office/Data. */
bool tree_has_folder(const struct tree *tree, const char *name, bool *stands, struct err *err) MUST_CHECK;

/* Removes every staging name (TREE_TEMP_PREFIX…) of Office/Data, durably. The caller holds the ring's lock.
 */
bool tree_sweep(const struct tree *tree, struct err *err) MUST_CHECK;

#endif

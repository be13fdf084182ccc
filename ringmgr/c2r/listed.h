/*
 * What a file list from upstream names (ofl.cab or the list service's JSON; formats, section 6), held against
 * the built-in table (filelist.h): files that both name are mandatory. A list only ever adds marks: it lacks
 * languages and kinds of files that builds have, so what it does not name stays as the table has it.
 */
#ifndef RINGMGR_C2R_LISTED_H
#define RINGMGR_C2R_LISTED_H

#include "ringmgr/c2r/filelist.h"

/* A sentence about what is wrong with one element. */
#define LISTED_WHY_SIZE 200

struct listed_file {
    char *path;    /* below Office/Data, as in struct build_file */
    uint32_t lcid; /* 0: neutral */
    char *proof;   /* path of the cabinet that proves it, and the member there: both NULL if none is named */
    char *member;
};

/* The list of one channel and build. Pointers (v64.cab, v32.cab) are none of its files. */
struct listed {
    const struct channel *channel;
    struct build build;
    unsigned architectures; /* whose descriptors it names: set of enum architecture */
    struct listed_file *file;
    size_t len;
};

/* One element of a list as it stands there; each text may be NULL where the list has none. */
struct listed_entry {
    const char *path;     /* below Office/Data: "16.0.20326.20100/s640.cab", "v64_16.0.20326.20100.cab" */
    const char *name;     /* under which it is saved, if that is another */
    const char *lcid;     /* decimal */
    const char *location; /* "s640.cab/stream.x64.x-none.hash": cabinet of the same folder, and its member */
    const char *algorithm;
};

/*
 * Checks and adds one element; what is there already and pointers are left out. list->build is set by the
 * first where it is none yet. False, with a sentence in `why`, if it names anything but a file directly in
 * the folder of that build or a descriptor of it (so neither "..", nor an absolute path, nor a second build),
 * a rename other than that of a pointer, a language that is no number, another hash than SHA-256, or more
 * than LIMIT_FILE_LIST files.
 */
bool listed_add(struct listed *list, const struct listed_entry *entry, char why[LISTED_WHY_SIZE]) MUST_CHECK;

/* By path; NULL if absent. */
const struct listed_file *listed_find(const struct listed *list, const char *path);

/*
 * Marks as mandatory what the list names of a table that was made for the same channel and build and for
 * `content`. What it names, the content wants and the table does not know is appended to `unknown`.
 */
void listed_mark(const struct listed *list, const struct content *content, struct filelist *table,
                 struct strv *unknown);

/* Frees its files; the list is empty and usable again. */
void listed_clear(struct listed *list);

#endif

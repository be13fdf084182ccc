/*
 * Which files a build has: the built-in table for channels, architectures, languages, proofing tools and ARM
 * (formats, section 3), relative to Office/Data.
 */
#ifndef RINGMGR_C2R_FILELIST_H
#define RINGMGR_C2R_FILELIST_H

#include "ringmgr/base/buf.h"
#include "ringmgr/c2r/channel.h"
#include "ringmgr/c2r/version.h"

enum architecture { ARCH_X86 = 1, ARCH_X64 = 2 }; /* bits of a set */

/*
 * What a fleet has. Cultures as in language.h; their case counts nowhere, and what these functions write is
 * lower case. Zero-initialised is empty.
 */
struct content {
    unsigned architectures; /* set of enum architecture */
    struct strv languages;
    struct strv proofing;
    bool arm64;
};

/* "x64", "x86" */
const char *architecture_name(enum architecture architecture);
/* 64, 32 */
int architecture_bits(enum architecture architecture);
void content_clear(struct content *content);
/* Replaces what `to` (initialised, not `from` itself) held; lists keep their order, the first is whoever
 * wrote it first. */
void content_copy(struct content *to, const struct content *from);
/* `into` gets everything that `from` has too (∪), sorted. */
void content_unite(struct content *into, const struct content *from);
/* True if everything in `part` is in `whole`. */
bool content_contains(const struct content *whole, const struct content *part);
/*
 * Canonical one-line text: "x64,x86 en-us,fr-fr proofing= arm64=no", sorted and without duplicates, so that
 * equal contents have equal texts. The caller frees.
 */
char *content_format(const struct content *content);
/*
 * Reads that text; lists may be unsorted. ERR_USAGE if it has another form or names an architecture or
 * culture that does not exist; *content is then empty. content_clear() frees.
 */
bool content_parse(const char *text, struct content *content, struct err *err) MUST_CHECK;
/*
 * Whether a share with this content could serve anybody. ERR_USAGE with the contradiction: no architecture,
 * no language, an unknown culture, a proofing-only language among `languages`, partial languages without a
 * core one (they have no i64<LCID>.cab of their own), proofing tools of a language that has none, more than
 * LIMIT_LANGUAGES. The union of two accepted contents is accepted.
 */
bool content_check(const struct content *content, struct err *err) MUST_CHECK;

enum file_kind {
    FILE_DESCRIPTOR, /* v64_<build>.cab: signed, names build and channel */
    FILE_CABINET,    /* i*, a*_exp: signed by itself */
    FILE_STREAM_CAB, /* s*, sp*, sa*: cabinets that hold a stream's hash; signed by themselves */
    FILE_STREAM,     /* .dat: proven by the hash in its FILE_STREAM_CAB */
    FILE_STREAM_CAT, /* .dat.cat: proven by comparison with the member of the same FILE_STREAM_CAB */
    FILE_CABINET_CAT /* i*.cab.cat: a signed catalogue */
};

struct build_file {
    char *path;       /* "16.0.20326.20100/s640.cab", "v64_16.0.20326.20100.cab" */
    const char *name; /* its last component, inside `path` */
    enum file_kind kind;
    enum architecture
        architecture;   /* whose file it is: the i64 cabinets count for x86 too, see `needed_by` */
    unsigned needed_by; /* set of enum architecture of the content that wants it */
    uint32_t lcid;      /* 0: neutral */
    bool mandatory;     /* absent upstream means the build is incomplete; else a 404 may stand */
    char *proof;        /* FILE_STREAM, FILE_STREAM_CAT: path of its FILE_STREAM_CAB; else NULL */
    char *member;       /* name of the member there: "stream.x64.x-none.hash", "….dat.cat"; else NULL */
};

struct filelist {
    struct build_file *file;
    size_t len;
};

/*
 * The table for one build and content, sorted by kind and path: descriptors, then each FILE_STREAM_CAB before
 * what it proves, without duplicates. ERR_USAGE naming the culture if the content wants one that does not
 * exist or that has no such files: a list that left it out would call an incomplete build complete. *list is
 * then empty. filelist_clear() frees.
 */
bool filelist_make(const struct channel *channel, const struct build *build, const struct content *content,
                   struct filelist *list, struct err *err) MUST_CHECK;
/* By path; NULL if absent. */
const struct build_file *filelist_find(const struct filelist *list, const char *path);
void filelist_clear(struct filelist *list);

#endif

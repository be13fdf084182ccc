/*
 * What is done at a site, each by one run of rsync (for proving over ssh, of sha256sum), which the caller
 * gives to base/errand. Here: what each command looks like, and what its answer means. Pure; no I/O.
 *
 * Below a site's target each ring has its tree, <ring>/Office/Data/…, as in tree.h, besides:
 *
 *   Office/Data/<build>/.ringmgr-partial/    what has arrived of files that were being sent
 *   Office/Data/<build>/.NAME.XXXXXX         the same of a site that was switched off: of rsync's own making
 *
 * Whatever comes from a site is a stranger's: its answers are bounded, names are read by our own grammar and
 * never used as paths, and no byte of a message that is no printable ASCII is passed on.
 */
#ifndef SHARES_SITE_H
#define SHARES_SITE_H

#include "ringmgr/base/errand.h"
#include "shares/tree.h"

#define SITE_PARTIAL_DIR ".ringmgr-partial"

enum where_kind { WHERE_DAEMON, WHERE_SSH, WHERE_FOLDER };

/* A site's target and how to get in. Texts are borrowed, "" or NULL where there is none. They hold nothing
 * that a shell or rsync's argument list would read as anything but a name (policy/site.h sees to it). */
struct site_where {
    enum where_kind kind;
    const char *user;
    const char *host;
    bool ipv6;
    unsigned port;           /* WHERE_DAEMON; 0: rsync's own */
    const char *module;      /* WHERE_DAEMON */
    const char *path;        /* WHERE_DAEMON: below the module, "" or "a/b"; else absolute */
    const char *credentials; /* WHERE_DAEMON: file with the password */
    const char *ssh_config;  /* WHERE_SSH: for ssh -F */
};

/* ---- what an answer means ---- */

enum site_trouble {
    SITE_FINE,
    SITE_UNREACHABLE, /* no route, refused, name not found, connection lost, no answer in time */
    SITE_NO_SPACE,    /* disk or quota full there */
    SITE_DENIED,      /* wrong password, unknown module, unknown host key, no permission, read-only */
    SITE_NO_TARGET,   /* the target itself is not there: not mounted, not made */
    SITE_UNABLE,      /* its rsync refuses or does not know what is needed */
    SITE_CLOSED,      /* ended by plan: until_seconds, or errands_stop() */
    SITE_HERE,        /* it is we: no rsync, no file to send, no memory */
    SITE_STRANGE      /* an answer that makes no sense */
};
/* "unreachable", "no-space" … */
const char *site_trouble_name(enum site_trouble trouble);

/*
 * What is wrong with an errand that a function below has planned. SITE_FINE and true if it did its work;
 * else false, and *err: ERR_UPSTREAM (unreachable), ERR_NO_SPACE, ERR_FAILED (all others) with the program's
 * own words and what to do. SITE_CLOSED has ERR_LOCKED. *trouble may be NULL.
 */
bool site_judge(const struct site_where *where, const struct errand_end *end, enum site_trouble *trouble,
                struct err *err) MUST_CHECK;

/* ---- look ---- */

/* Of a WHERE_FOLDER only: where it really is, and whether we may write there. It is a child that asks, since
 * a dead mount hangs whoever does. */
void site_place_plan(const struct site_where *where, const char *ring, struct errand *errand);

struct site_place {
    char *path;             /* without links; NULL: there is no such folder, or nobody may enter it */
    uint64_t device, inode; /* of that folder, as stat(2) tells them */
    bool writable;          /* the ring's Office/Data, or, where there is none, that folder */
};
/* Frees the path. */
void site_place_clear(struct site_place *place);
/* Reads that answer. A folder that is not there is none; as site_judge() otherwise. */
bool site_place_read(const struct site_where *where, const struct errand_end *end, struct site_place *place,
                     enum site_trouble *trouble, struct err *err) MUST_CHECK;

/* Asks for the names in the target itself, to see whether it can be reached and is there: site_judge(). */
void site_knock_plan(const struct site_where *where, struct errand *errand);

/* Lists the names in a ring's Office/Data; of a folder those on the way there, too. */
void site_list_plan(const struct site_where *where, const char *ring, struct errand *errand);

/* What stands there, as far as it is ours. Zero-initialised is empty. */
struct site_listing {
    bool stands;             /* the ring's Office/Data does */
    unsigned pointers;       /* set of enum architecture */
    struct strv builds;      /* folders with a build's name, by number */
    struct strv descriptors; /* "v64_16.0.20326.20100.cab" */
    bool manifest;           /* ring.manifest */
    struct strv links;       /* symbolic links with a build's name */
    bool odd_pointers;       /* something by a pointer's name is no plain file, or is written otherwise */
    size_t leftovers;        /* temporary names of rsync's making, of pointers and descriptors */
    size_t foreign;          /* everything else */
    struct strv strange;     /* its first names, fit to be printed */
    bool modes;              /* of a folder: they are its own, not what a mount makes of them */
    unsigned
        closed_pointers; /* that not everybody may read: clients may be among those; set of architectures */
    struct strv closed;  /* such descriptors */
};
void site_listing_clear(struct site_listing *listing);
/* Reads that answer. A ring that has no tree there yet is an empty listing; in a folder (WHERE_FOLDER) one
 * whose tree lies behind a symbolic link is an error, since we would follow it to wherever it leads. Of more
 * builds than SITE_BUILDS_MAX the rest are foreign. As site_judge(). */
enum { SITE_BUILDS_MAX = 256, SITE_STRANGE_MAX = 20 };
bool site_list_read(const struct site_where *where, const char *ring, const struct errand_end *end,
                    struct site_listing *listing, enum site_trouble *trouble, struct err *err) MUST_CHECK;

/* Fetches the pointers of these architectures (of the listing's) into `folder` (outbox_scratch()), with their
 * times. Judged by site_judge(), read by outbox_fetched(). */
void site_fetch_plan(const struct site_where *where, const char *ring, unsigned pointers, const char *folder,
                     struct errand *errand);

/* ---- stage and prove ---- */

/* One build's folder. Texts are borrowed. */
struct site_load {
    const char *ring;
    const char *build;
    const char *data;              /* the ring's Office/Data in the outbox: outbox_data_path() */
    const struct share_file *file; /* of the build; descriptors among them are passed over */
    size_t files;
};

struct site_stage {
    struct site_load load;
    const struct strv *basis; /* "ring/build": folders there that may have the same or like files, likeliest
                                 first; at most SITE_BASIS_MAX count. May be NULL. */
    uint64_t rate_limit;      /* bytes a second; 0: none */
    bool by_content;          /* files that seem to be there are read, too: for repair; with a basis always */
    unsigned until_seconds;   /* as in struct errand */
};
enum { SITE_BASIS_MAX = 18 };

/* Makes the folders of a ring, down to the build's, where they are missing, never the target itself: before
 * site_stage_plan(). `rings` is outbox_rings_path(), which holds the same folders. Where Office/Data `stands`
 * nothing but the build's folder is touched: rsync would put folders in the place of links on the way. */
void site_folders_plan(const struct site_where *where, const char *ring, const char *build, const char *rings,
                       bool stands, struct errand *errand);

/* What the folder lacks, by names, sizes and times alone (or by_content), and whatever the basis may spare:
 * nothing is changed there. */
void site_measure_plan(const struct site_where *where, const struct site_stage *stage, struct errand *errand);

/*
 * Sends what the build's folder there lacks: resumable, by delta against files of the same name in `basis`,
 * hard-linked to one that is the same. A file appears under its name only when it is whole; the folder is not
 * proven by it.
 */
void site_stage_plan(const struct site_where *where, const struct site_stage *stage, struct errand *errand);

struct site_sent {
    uint64_t files; /* to be sent, or sent */
    uint64_t bytes; /* of those files: what they weigh there; of a transfer that broke off: what was done */
    uint64_t wire_bytes; /* what went over the wire; 0 of one that broke off */
};
/* Reads the answer to site_measure_plan() and site_stage_plan(). As site_judge(); after an error *sent holds
 * what is known. */
bool site_sent_read(const struct site_where *where, const struct errand_end *end, struct site_sent *sent,
                    enum site_trouble *trouble, struct err *err) MUST_CHECK;
/* Bytes of files that are done by what site_stage_plan() said so far (errands_peek()). */
uint64_t site_progress(const char *out);

enum site_proof { SITE_PROOF_RSYNC, SITE_PROOF_SHA256 };
/* How the shell at a site ends where a ring has no Office/Data. */
enum { SITE_NO_FOLDER = 66 };

/*
 * Compares the build's folder there with the outbox's by content, which must have been proven itself
 * (outbox_prove()). SITE_PROOF_RSYNC: whole files by MD5, read there and here. SITE_PROOF_SHA256 (WHERE_SSH
 * only): sha256sum there over the digests of the list; where a site has none of it SITE_UNABLE is the answer,
 * and the other way is open. Descriptors of the load are compared, too, if `descriptors`.
 */
void site_prove_plan(const struct site_where *where, const struct site_load *load, enum site_proof proof,
                     bool descriptors, struct errand *errand);

struct site_wrong {
    const struct share_file *file; /* of the load */
    const char *problem;           /* "is missing", "has other bytes"; static */
};
struct site_wrongs {
    struct site_wrong *item;
    size_t len;
};
/* Frees the list; the files are the load's. */
void site_wrongs_clear(struct site_wrongs *wrongs);
/* Reads that answer: what is not as it must be. As site_judge(); true with wrongs, too. */
bool site_prove_read(const struct site_where *where, const struct site_load *load, enum site_proof proof,
                     bool descriptors, const struct errand_end *end, struct site_wrongs *wrongs,
                     enum site_trouble *trouble, struct err *err) MUST_CHECK;

/* Lists a build's folder, with what is not ours in it. */
void site_survey_plan(const struct site_where *where, const char *ring, const char *build,
                      struct errand *errand);

struct site_survey {
    bool closed_folder;  /* not everybody may enter the folder */
    struct strv closed;  /* files of the load that not everybody may read: "16.0.1.2/s640.cab" */
    struct strv strange; /* first names that are not of the load, fit to be printed; the same form */
};
/* Frees both lists. */
void site_survey_clear(struct site_survey *survey);
/* Reads that answer; as site_judge(), true whatever is found. */
bool site_survey_read(const struct site_where *where, const struct site_load *load,
                      const struct errand_end *end, struct site_survey *survey, enum site_trouble *trouble,
                      struct err *err) MUST_CHECK;

/* ---- descriptors and pointers ---- */

/* Puts the build's own v??_<build>.cab (those of the load) into place, compared by content. */
void site_descriptors_plan(const struct site_where *where, const struct site_load *load,
                           struct errand *errand);

/* The time that a pointer gets there: later than the one that it replaces (-1: none), or nginx answers 304.
 */
int64_t site_pointer_time(int64_t now_unix, int64_t there_unix);

/* Gives one pointer there the bytes and the time of the one in `folder` (outbox_pointer_path()), always as a
 * new inode, by rename. */
void site_flip_plan(const struct site_where *where, const char *ring, enum architecture architecture,
                    const char *folder, struct errand *errand);

/* ---- removal ---- */

/* Takes the build's descriptors away. `empty` is outbox_empty_path(). No pointer may name the build, and no
 * build of that name may be wanted there. */
void site_undescribe_plan(const struct site_where *where, const char *ring, const char *build,
                          const char *empty, struct errand *errand);
/* Takes the build's folder away with all that is in it. */
void site_remove_plan(const struct site_where *where, const char *ring, const char *build, const char *empty,
                      struct errand *errand);
/* Takes temporary names of rsync's making away: in Office/Data, or, with `build`, in that folder, which must
 * be there. Nobody may be sending there. */
void site_sweep_plan(const struct site_where *where, const char *ring, const char *build, const char *empty,
                     struct errand *errand);

#endif

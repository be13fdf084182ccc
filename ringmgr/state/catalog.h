/*
 * The catalog: what upstream has said, which builds there are and of which objects they consist, and what
 * each ring offers. Facts only; decisions are in decision.h, what happened in journal.h.
 */
#ifndef RINGMGR_STATE_CATALOG_H
#define RINGMGR_STATE_CATALOG_H

#include "ringmgr/base/buf.h"
#include "ringmgr/base/digest.h"
#include "ringmgr/c2r/filelist.h"
#include "ringmgr/c2r/releases.h"
#include "ringmgr/state/db.h"

/* A metadata file as it was last accepted from an address ("http://…/v64.cab"). */
struct upstream_file {
    char *etag, *last_modified; /* NULL if the server gave none */
    int64_t signed_unix;        /* highest signed time ever accepted there; -1: never seen */
    int64_t checked_unix;       /* when upstream was last asked with success */
    struct buf content;         /* the verified bytes */
};

/* Reads what is known of an address; signed_unix is -1 if nothing. upstream_file_clear() frees. */
bool catalog_upstream_get(struct state *state, const char *address, struct upstream_file *file,
                          struct err *err) MUST_CHECK;
/* Records a newly accepted file (content without data: only checked_unix and validators change; signed_unix
 * never goes back). Inside a transaction. */
bool catalog_upstream_put(struct state *state, const char *address, const struct upstream_file *file,
                          struct err *err) MUST_CHECK;
void upstream_file_clear(struct upstream_file *file);
/* The newest signed time accepted from anywhere; -1 if none. */
bool catalog_newest_signed(struct state *state, int64_t *signed_unix, struct err *err) MUST_CHECK;

/* Merges rows into what was ever read of the release history; `now` is the first-seen time of new rows.
 * Inside a transaction. */
bool catalog_releases_merge(struct state *state, const struct releases *releases, int64_t now,
                            struct err *err) MUST_CHECK;
/* Version and date of a build if any history ever named it (*found). */
bool catalog_release_find(struct state *state, const struct channel *channel, const struct build *build,
                          struct release *release, bool *found, struct err *err) MUST_CHECK;
/* All rows ever seen of a channel, newest build first. */
bool catalog_releases(struct state *state, const struct channel *channel, struct releases *releases,
                      struct err *err) MUST_CHECK;

/* Remembers recalled builds for ever, with the time of the first sight. Inside a transaction. */
bool catalog_recalls_add(struct state *state, const struct channel *channel, const struct build *builds,
                         size_t len, int64_t now, struct err *err) MUST_CHECK;
/* *first_seen_unix is -1 if it was never recalled. */
bool catalog_recalled(struct state *state, const struct channel *channel, const struct build *build,
                      int64_t *first_seen_unix, struct err *err) MUST_CHECK;
/* All recalled builds of a channel, oldest first; the caller frees *builds. */
bool catalog_recalls(struct state *state, const struct channel *channel, struct build **builds, size_t *len,
                     struct err *err) MUST_CHECK;

/* One file of a build. */
struct catalog_file {
    char *path;           /* as in filelist.h */
    bool absent;          /* upstream has no such file, and that stands */
    int64_t absent_unix;  /* since when; -1 if present */
    struct digest digest; /* zero if absent */
    uint64_t bytes;
};

struct catalog_files {
    struct catalog_file *file; /* sorted by path */
    size_t len;
};

/* Records that a proven object is this file of the build, which becomes known if it was not; replaces what
 * was recorded before, be it absence or another object. Inside a transaction. */
bool catalog_file_put(struct state *state, const struct channel *channel, const struct build *build,
                      const char *path, const struct digest *digest, uint64_t bytes,
                      struct err *err) MUST_CHECK;
/*
 * Records a 404 of an optional file: first sight at `now`; `stands` says that it counts as absent from now
 * on; once it stands, it stands until the file is put. A file that is present stays so. Inside a
 * transaction. *since_unix gets the first sight, -1 if the file is present.
 */
bool catalog_file_absent(struct state *state, const struct channel *channel, const struct build *build,
                         const char *path, int64_t now, bool stands, int64_t *since_unix,
                         struct err *err) MUST_CHECK;
/* Files known of a build; only absences that stand are among them. catalog_files_clear() frees. */
bool catalog_files_get(struct state *state, const struct channel *channel, const struct build *build,
                       struct catalog_files *files, struct err *err) MUST_CHECK;
void catalog_files_clear(struct catalog_files *files);
/* Sorts by path, as catalog_files_find() needs it. */
void catalog_files_sort(struct catalog_files *files);
/* By path (binary search); NULL if unknown. */
const struct catalog_file *catalog_files_find(const struct catalog_files *files, const char *path);
/*
 * Keeps of `files` those present that `list` names: what a share shows. The digest of a file list is the
 * SHA-256 over its sorted lines "sha256 bytes path\n" of present files. Paths of `list` that are neither
 * present nor absent go to `missing`.
 */
void catalog_files_select(const struct catalog_files *files, const struct filelist *list,
                          struct catalog_files *selected, struct digest *digest, struct strv *missing);

/* That digest of a list whose files are all present. */
struct digest catalog_files_digest(const struct catalog_files *files);

/* A build that the catalog knows. */
struct catalog_build {
    const struct channel *channel;
    struct build build;
    int64_t staged_unix;   /* when a sync or import first had it complete; -1: not yet */
    int64_t throttle;      /* -1 unknown */
    int64_t disputed_unix; /* since when it was taken from the release history against the pointer; -1: it is
                              not */
};

/* Makes the build known (idempotent) and updates throttle unless -1. Inside a transaction. */
bool catalog_build_put(struct state *state, const struct channel *channel, const struct build *build,
                       int64_t throttle, struct err *err) MUST_CHECK;
/* Makes the build known and sets staged_unix if it is not set; gc has not dropped it (any more). Inside a
 * transaction. */
bool catalog_build_staged(struct state *state, const struct channel *channel, const struct build *build,
                          int64_t now, struct err *err) MUST_CHECK;
bool catalog_build_find(struct state *state, const struct channel *channel, const struct build *build,
                        struct catalog_build *found_build, bool *found, struct err *err) MUST_CHECK;
/* The newest build of a channel that was ever staged and is older than `before` (NULL: the newest of all) —
 * by build number. */
bool catalog_build_newest(struct state *state, const struct channel *channel, const struct build *before,
                          struct catalog_build *found_build, bool *found, struct err *err) MUST_CHECK;

struct catalog_build_list {
    struct catalog_build *item;
    size_t len;
};
/* Staged builds of a channel newer than `after` (the none build: all; not NULL) that gc has not dropped,
 * newest first. The caller frees list->item. */
bool catalog_builds_after(struct state *state, const struct channel *channel, const struct build *after,
                          struct catalog_build_list *list, struct err *err) MUST_CHECK;
/* A build that the release history offers against the pointer since `now`, or since before if it is disputed
 * already; -1 takes that back. Makes the build known. Inside a transaction. */
bool catalog_build_dispute(struct state *state, const struct channel *channel, const struct build *build,
                           int64_t now, struct err *err) MUST_CHECK;

/* What a ring offers or has offered: one row each time a build went live there. */
struct offer {
    int64_t id;
    char *ring;
    const struct channel *channel;
    struct build build;
    char *content; /* content_format() of what is offered */
    struct digest files_digest;
    int64_t live_since, live_until; /* live_until -1: it is live */
    const char *by;                 /* person or "ringmgr"; owned when read */
    char *ended;                    /* how: "promote", "rollback"; NULL while live */
    int64_t removed_unix;           /* its folder left the share; -1: it stands */
};

struct offers {
    struct offer *item;
    size_t len;
};

/*
 * The flip in the books: ends the ring's live offer (as `ended`), starts this one with its file list. Sets
 * offer->id. Inside the transaction that also appends history and closes the intent.
 */
bool catalog_offer_start(struct state *state, struct offer *offer, const struct catalog_files *files,
                         const char *ended, struct err *err) MUST_CHECK;
/*
 * The ring's newest offer of offer->build, live or not, has grown: its content, file list and digest become
 * these; who offered it, and since when, stays. Sets offer->id. ERR_FAILED if that build does not stand
 * there. Inside a transaction.
 */
bool catalog_offer_extend(struct state *state, struct offer *offer, const struct catalog_files *files,
                          struct err *err) MUST_CHECK;
/*
 * A build that stands on the ring's share beside the live one, and of which the books lost why: an offer that
 * ended at offer->live_until, as `ended`. Sets offer->id. Inside a transaction.
 */
bool catalog_offer_adopt(struct state *state, struct offer *offer, const struct catalog_files *files,
                         const char *ended, struct err *err) MUST_CHECK;
/* The folder of a build that is not live has left the share: no offer of it stands. Inside a transaction. */
bool catalog_offer_removed(struct state *state, const char *ring, const struct channel *channel,
                           const struct build *build, int64_t now, struct err *err) MUST_CHECK;
/* The live offer of a ring; *found false if the ring is empty. offer_clear() frees. */
bool catalog_offer_live(struct state *state, const char *ring, struct offer *offer, bool *found,
                        struct err *err) MUST_CHECK;
/*
 * How a build has fared in a ring: live there since (the first time after it was last rolled back; -1: not),
 * standing (its folder is on the share), bad (it was left by a roll-back and has not been live since).
 */
struct offer_span {
    int64_t since_unix;
    bool standing, bad;
};
bool catalog_offer_span(struct state *state, const char *ring, const struct channel *channel,
                        const struct build *build, struct offer_span *span, struct err *err) MUST_CHECK;
/* Builds of a channel that the ring offers or has offered and that are newer than `after` (none: all), newest
 * build first, each once (its newest offer). offers_clear() frees. */
bool catalog_offers_after(struct state *state, const char *ring, const struct channel *channel,
                          const struct build *after, struct offers *offers, struct err *err) MUST_CHECK;
/* All offers that the ring ever made, the last first. offers_clear() frees. */
bool catalog_offers_all(struct state *state, const char *ring, struct offers *offers,
                        struct err *err) MUST_CHECK;
/* The newest offer of one build in a ring. */
bool catalog_offer_find(struct state *state, const char *ring, const struct channel *channel,
                        const struct build *build, struct offer *offer, bool *found,
                        struct err *err) MUST_CHECK;
/* All offers of a ring whose folder stands, the live one first, then newest first; a build that went live
 * twice is among them twice. The caller frees with offers_clear(). */
bool catalog_offers_standing(struct state *state, const char *ring, struct offers *offers,
                             struct err *err) MUST_CHECK;
/* Of those, the ones with another content than the live one has, newest first: mostly none. offers_clear()
 * frees. */
bool catalog_offers_unlike(struct state *state, const struct offer *live, struct offers *offers,
                           struct err *err) MUST_CHECK;
void offers_clear(struct offers *offers);
bool catalog_offer_files(struct state *state, int64_t offer_id, struct catalog_files *files,
                         struct err *err) MUST_CHECK;
void offer_clear(struct offer *offer);

/* Result of a ring's last sync, for status. Texts are borrowed when put, owned when got. */
struct last_sync {
    int64_t at_unix;    /* -1: never */
    const char *result; /* "new", "unchanged", "waiting", "failed" */
    const char *error;  /* NULL if none */
};
/* Inside a transaction or alone. */
bool catalog_last_sync_put(struct state *state, const char *ring, const struct last_sync *last,
                           struct err *err) MUST_CHECK;
bool catalog_last_sync_get(struct state *state, const char *ring, struct last_sync *last,
                           struct err *err) MUST_CHECK;
void last_sync_clear(struct last_sync *last);

/* Something a person should settle; kept until it is cleared. One row for each (code, ring, subject).
 * Texts are borrowed when raised, owned when read. */
struct attention {
    int64_t id;
    const char *severity; /* "info", "warning", "critical" */
    const char *ring;     /* NULL: none in particular */
    const char *code; /* "upstream-disagrees", "upstream-went-back", "live-recalled", "share-foreign" … */
    const char *subject; /* a build, a path; "" if none */
    const char *text;    /* one sentence */
    const char *command; /* what settles it; NULL if nothing does but time */
    int64_t since_unix;
};
struct attentions {
    struct attention *item;
    size_t len;
};
/* Raises it, or renews text and command where it stands already (since_unix stays); what would act on a
 * terminal in either is kept as '?' (utf8_disarm()), not in the subject, which nobody is shown. Inside a
 * transaction or alone. */
bool catalog_attention_raise(struct state *state, const struct attention *attention,
                             struct err *err) MUST_CHECK;
/* Clears all with this code and ring (NULL: those of no ring) but subject `except` (NULL: all). Inside a
 * transaction or alone. */
bool catalog_attention_clear(struct state *state, const char *code, const char *ring, const char *except,
                             struct err *err) MUST_CHECK;
/* Clears the one with this code, ring and subject; none is fine. Inside a transaction or alone. */
bool catalog_attention_settle(struct state *state, const char *code, const char *ring, const char *subject,
                              struct err *err) MUST_CHECK;
/* Whether any attention of this code and ring stands, of whatever subject, seen or not. */
bool catalog_attention_stands(struct state *state, const char *code, const char *ring, bool *stands,
                              struct err *err) MUST_CHECK;
/*
 * A person has seen it: it is shown no more, and raising it again does not bring it back until it has been
 * cleared. Inside a transaction. *found: it stood unseen; *attention is then what it was (attention_clear()
 * frees).
 */
bool catalog_attention_ack(struct state *state, int64_t id, const char *by, int64_t now,
                           struct attention *attention, bool *found, struct err *err) MUST_CHECK;
/* True in *ever if there has ever been an attention with this id. */
bool catalog_attention_ever(struct state *state, int64_t id, bool *ever, struct err *err) MUST_CHECK;
void attention_clear(struct attention *attention);
/* Since when an attention of this code, ring and subject stands, seen or not; -1: none does. */
bool catalog_attention_since(struct state *state, const char *code, const char *ring, const char *subject,
                             int64_t *since_unix, struct err *err) MUST_CHECK;
/* Those that nobody has acknowledged, most severe first, then oldest first. */
bool catalog_attentions(struct state *state, struct attentions *attentions, struct err *err) MUST_CHECK;
/* Those of them that were raised after `id`, in that order. */
bool catalog_attentions_after(struct state *state, int64_t id, struct attentions *attentions,
                              struct err *err) MUST_CHECK;
void attentions_clear(struct attentions *attentions);

#endif

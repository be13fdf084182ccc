/*
 * The journal: history entries that cannot be changed unnoticed (each holds the SHA-256 over the canonical
 * JSON of itself without `hash`, its predecessor's hash among the keys), and intents: what is about to be
 * done to a share, committed before it is done.
 */
#ifndef RINGMGR_STATE_JOURNAL_H
#define RINGMGR_STATE_JOURNAL_H

#include "ringmgr/base/digest.h"
#include "ringmgr/base/json.h"
#include "ringmgr/c2r/channel.h"
#include "ringmgr/c2r/version.h"
#include "ringmgr/state/db.h"

/*
 * Borrowed when appending, owned when read (entries_clear()). Actor, identity and action are there in each
 * entry; other texts may be NULL.
 */
struct entry {
    int64_t id;
    int64_t time_unix;
    const char *actor;    /* person, or "ringmgr" where nobody asked */
    const char *identity; /* "loginuid:1000:anna", "service" */
    const char *action;   /* "promote", "approve", "block", "sync" … */
    const char *ring, *channel, *build, *from_build, *reason, *gates_overridden;
    char hash[DIGEST_TEXT_SIZE], previous_hash[DIGEST_TEXT_SIZE];
};
struct entries {
    struct entry *item;
    size_t len;
};

/*
 * Appends inside a transaction; fills id and both hashes, and moves time_unix forward to the last entry's if
 * it is before that, unless the entry is about just that: the clock has gone back ("clock-step"), or a person
 * says that it is right now ("clock-right"). What is recorded of a text that is not UTF-8 or holds control
 * characters has '?' there (line feed and tab stay).
 */
bool journal_append(struct state *state, struct entry *entry, struct err *err) MUST_CHECK;

/* The hash of the last entry and its time; 64 zeros and -1 for an empty journal. */
bool journal_head(struct state *state, char hash[DIGEST_TEXT_SIZE], int64_t *time_unix,
                  struct err *err) MUST_CHECK;

/*
 * After a commit: announces to syslog and, where `head_file` is not "", in that file (lines "TIME ID HASH",
 * O_APPEND, fsync). The file gets a line for each entry behind that of its last line, whoever appended it, so
 * that commands which commit at the same time leave one line an entry, in order; syslog gets the same lines,
 * or the head alone where there is no file. A failure is ERR_FAILED and means only that: the entries
 * themselves are durable.
 */
bool journal_announce_head(struct state *state, const char *head_file, struct err *err) MUST_CHECK;

struct entry_filter {
    const char *ring;   /* NULL: all. Else its entries and, up to each entry "rename" of it whose reason is
                           "was NAME", those of NAME */
    const char *actor;  /* NULL: all */
    int64_t since_unix; /* -1: all */
};
/* Oldest first. entries_clear() frees. */
bool journal_read(struct state *state, const struct entry_filter *filter, struct entries *entries,
                  struct err *err) MUST_CHECK;
/* Those behind entry `id` that are not older than `since_unix`, oldest first. */
bool journal_after(struct state *state, int64_t id, int64_t since_unix, struct entries *entries,
                   struct err *err) MUST_CHECK;
/* The id of the last entry; 0: the journal is empty. */
bool journal_last(struct state *state, int64_t *id, struct err *err) MUST_CHECK;
void entries_clear(struct entries *entries);
/* The object of the contract, with hash. The caller frees it. */
struct jv *entry_to_json(const struct entry *entry);

/*
 * Recomputes the whole chain. With `head` (not NULL): that hash must be one of the chain's. ERR_NOT_GENUINE
 * naming the first entry that does not hold; of a head that is not there, also what was lost by a restore.
 */
bool journal_verify(struct state *state, const char *head, int64_t *checked, struct err *err) MUST_CHECK;

/*
 * A restore or a rebuild goes on from an older end of the history: what came after that is lost, but its
 * heads stay noted. Its entry (action "restore" or "rebuild") says so in a reason that begins like this one:
 * "back to entry 12 HASH; entries up to 15 are lost". Where a state that had been made anew was replaced, the
 * heads of its own history, whose numbers are those of entries of this one, are counted behind that: "; given
 * up 3 noted heads of another history".
 */
struct journal_loss {
    int64_t base_id;
    char base_hash[DIGEST_TEXT_SIZE];
    int64_t last_id; /* not greater than base_id: nothing after that is lost */
    int64_t others;  /* heads of another history */
};
/* Whether anything is. */
bool journal_loss_is(const struct journal_loss *loss);
/* That text; the caller frees it. */
char *journal_loss_text(const struct journal_loss *loss);
/*
 * What the noted heads (as for journal_verify_noted()) know and this chain does not, nor calls lost: after
 * entry `base_id`, or, where that is -1, from the first such line on.
 */
bool journal_noted_beyond(struct state *state, const char *text, size_t len, int64_t base_id,
                          struct journal_loss *loss, struct err *err) MUST_CHECK;

/*
 * Compares the heads that were noted after each commit (the content of the head file) with a chain that
 * journal_verify() found whole: each line must be an entry with that hash, or stand before the line of an
 * entry that calls it lost (journal_loss_text()). What is no line of ringmgr's is passed over; *compared says
 * how many were entries, *lost how many were called lost. ERR_NOT_GENUINE naming the first that does not
 * hold.
 */
bool journal_verify_noted(struct state *state, const char *text, size_t len, int64_t *compared, int64_t *lost,
                          struct err *err) MUST_CHECK;

/* Appends what each restore and rebuild of this history calls lost, a clause each ("; the entries after 12,
 * …"). */
bool journal_losses_tell(struct state *state, struct buf *text, struct err *err) MUST_CHECK;

enum intent_kind { INTENT_PUBLISH, INTENT_ROLLBACK, INTENT_EXTEND };

/* What is about to be done to a ring's share. At most one is open for a ring. */
struct intent {
    char id[33]; /* names the staging folder .ringmgr-<id> */
    char *ring;
    const struct channel *channel;
    struct build from, to; /* from: none if the ring was empty, and with INTENT_EXTEND */
    enum intent_kind kind;
    char *content; /* content_format() of what will be offered */
    char *path;    /* of the ring when it began: the share that it was about; NULL: unknown */
    struct digest files_digest;
    /* These are borrowed when opening, owned when read. */
    const char *lane;             /* gate_lane_name() of the promotion; NULL when opening: "manual" */
    const char *gates_overridden; /* "soak,freeze"; NULL: none */
    const char *block; /* INTENT_ROLLBACK: what becomes of the build left: "ring", "everywhere", "no"; NULL */
    const char *actor, *identity, *reason;
    int64_t opened_unix;
};

/* Commits a new intent by itself (its own transaction, durable on return); makes its id. ERR_LOCKED if one is
 * open for the ring. */
bool journal_intent_open(struct state *state, struct intent *intent, struct err *err) MUST_CHECK;
/* The open intent of a ring. intent_clear() frees. */
bool journal_intent_find(struct state *state, const char *ring, struct intent *intent, bool *found,
                         struct err *err) MUST_CHECK;
/* Closes it with an outcome ("done", "undone"); inside a transaction. */
bool journal_intent_close(struct state *state, const char *id, const char *outcome, int64_t now,
                          struct err *err) MUST_CHECK;
void intent_clear(struct intent *intent);

#endif

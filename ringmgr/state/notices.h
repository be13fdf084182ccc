/*
 * Notices: what is to be told to people, in order; how far each target has come with it; and what was seen
 * already of history, attentions and rings, so that each thing becomes a notice once.
 */
#ifndef RINGMGR_STATE_NOTICES_H
#define RINGMGR_STATE_NOTICES_H

#include "ringmgr/c2r/channel.h"
#include "ringmgr/c2r/version.h"
#include "ringmgr/state/catalog.h"
#include "ringmgr/state/journal.h"

enum { NOTICE_UID_SIZE = 33 };

/* Texts are borrowed when added, owned when read. */
struct notice {
    int64_t id;                /* set by notice_add(); later ones are greater */
    char uid[NOTICE_UID_SIZE]; /* likewise; random, so that no other state's notice has it */
    int64_t at_unix;
    const char *event;             /* "promoted", "waits-approval" … (events.h) */
    const char *severity;          /* "info", "warning", "critical" */
    const char *ring;              /* "" if none in particular */
    const struct channel *channel; /* NULL: none */
    struct build build;            /* none: not about one */
    const char *version;           /* "2607"; NULL: unknown */
    const char *subject;           /* of an attention; "" */
    const char *title, *text;      /* one line; all of it */
    const char *command;           /* what settles it; NULL */
};
struct notices {
    struct notice *item;
    size_t len;
};

/* A random one. */
bool notice_make_uid(char uid[NOTICE_UID_SIZE], struct err *err) MUST_CHECK;
/* Appends one; sets id and uid. Inside a transaction or alone. */
bool notice_add(struct state *state, struct notice *notice, struct err *err) MUST_CHECK;
/* Those behind `id`, at most `most`, in order. notices_clear() frees. */
bool notices_after(struct state *state, int64_t id, size_t most, struct notices *notices,
                   struct err *err) MUST_CHECK;
void notices_clear(struct notices *notices);
/* The id of the last one ever added; 0: none was. */
bool notice_last(struct state *state, int64_t *id, struct err *err) MUST_CHECK;
/* Removes those from before `until_unix` that every cursor has passed. Inside a transaction or alone. */
bool notices_forget(struct state *state, int64_t until_unix, struct err *err) MUST_CHECK;

/* How far a target has come. */
struct notice_cursor {
    const char *target;
    int64_t notice_id;    /* everything up to this was delivered, or is not for it */
    int64_t failing_unix; /* since when nothing gets through; -1: it does */
    int64_t tries;        /* that failed, since then */
    int64_t next_unix;    /* before that it is left alone; -1: it need not be */
    char *error;          /* of the last try; NULL. Borrowed when put, owned when read */
};
/* *found false: it has none yet; *cursor is then empty, with the target's name. The caller frees ->error. */
bool notice_cursor_get(struct state *state, const char *target, struct notice_cursor *cursor, bool *found,
                       struct err *err) MUST_CHECK;
/* Puts it, and forgets what was folded up to it. Inside a transaction. */
bool notice_cursor_put(struct state *state, const struct notice_cursor *cursor, struct err *err) MUST_CHECK;
/* Removes the cursors of targets other than these. Inside a transaction or alone. */
bool notice_cursors_keep(struct state *state, const struct strv *targets, struct err *err) MUST_CHECK;

/* An earlier notice that this target has got counts this one, too. Inside a transaction. */
bool notice_fold(struct state *state, const char *target, int64_t id, struct err *err) MUST_CHECK;
bool notice_is_folded(struct state *state, const char *target, int64_t id, bool *folded,
                      struct err *err) MUST_CHECK;

/* What was last seen of `what` in a ring ("": none in particular); NULL: nothing yet. The caller frees it. */
bool notice_seen_get(struct state *state, const char *what, const char *ring, char **value,
                     struct err *err) MUST_CHECK;
/* Inside a transaction or alone. */
bool notice_seen_put(struct state *state, const char *what, const char *ring, const char *value,
                     struct err *err) MUST_CHECK;
bool notice_seen_put_int(struct state *state, const char *what, int64_t value, struct err *err) MUST_CHECK;
/* -1: nothing yet. */
bool notice_seen_get_int(struct state *state, const char *what, int64_t *value, struct err *err) MUST_CHECK;

#endif

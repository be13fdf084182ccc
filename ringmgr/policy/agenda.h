/*
 * Agenda: what will happen by itself, or must be done by when, in the order of time. Pure: events are put
 * together from settings and dates; where they come from is ops/agenda.
 */
#ifndef RINGMGR_POLICY_AGENDA_H
#define RINGMGR_POLICY_AGENDA_H

#include "ringmgr/policy/settings.h"

/* Texts are borrowed when added, owned by the agenda that holds the event. */
struct agenda_event {
    int64_t at_unix;
    int64_t until_unix;  /* the first second that is no longer part of it; -1: it is an instant */
    bool all_day;        /* whole local days */
    const char *ring;    /* NULL: of no ring */
    const char *what;    /* "freeze", "soak-ends", "support-ends" … */
    const char *subject; /* tells events of one kind and ring apart, run after run: a build, a date */
    const char *text;    /* a sentence without the ring's name */
};

/* Events from one instant up to, not including, another. */
struct agenda {
    int64_t from_unix, until_unix;
    struct agenda_event *item;
    size_t len;
};

/* An event of which something lies within the agenda's time is copied into it; any other is passed over. */
void agenda_add(struct agenda *agenda, const struct agenda_event *event);
/* An event at an instant; -1 is none. `text` as printf takes it. */
void agenda_at(struct agenda *agenda, int64_t at_unix, const char *ring, const char *what,
               const char *subject, const char *text, ...) PRINTF_LIKE(6, 7);
/* The ring's freezes, whole days ("freeze"); one that has begun is among them with its true beginning. */
void agenda_add_freezes(struct agenda *agenda, const struct ring *ring);
/* Second Tuesdays, when Microsoft publishes ("patch-day"). */
void agenda_add_patch_days(struct agenda *agenda);

/* What of a ring's support stands in the agenda. */
struct agenda_support {
    struct deadline deadline;  /* of the live build */
    const char *build;         /* the live build, as text */
    const unsigned *warn_days; /* days before the deadline on which it warns */
    size_t warns;
    int64_t act_by_unix;  /* last chance before the deadline; -1: any time, or none */
    const char *conflict; /* why that is earlier than the deadline; "" */
};
/* "support-ends", "support-warn" and "act-by". */
void agenda_add_support(struct agenda *agenda, const struct ring *ring, const struct agenda_support *support);

/* By time, then ring (those of none first), kind and subject. */
void agenda_sort(struct agenda *agenda);
void agenda_clear(struct agenda *agenda);

/*
 * Appends the agenda as an iCalendar object (RFC 5545): CRLF, lines folded at 75 octets, whole days as DATE
 * with the day after as their end, other times in UTC. The UID of an event is made of its kind, ring, subject
 * and `host`, so that it is the same in each run; `stamp_unix` becomes DTSTAMP.
 */
void agenda_write_ical(const struct agenda *agenda, const char *host, int64_t stamp_unix, struct buf *out);

#endif

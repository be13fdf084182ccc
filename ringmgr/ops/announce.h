/* Announcements: what a ring's users are told when it gets another build. */
#ifndef RINGMGR_OPS_ANNOUNCE_H
#define RINGMGR_OPS_ANNOUNCE_H

#include "ringmgr/ops/job.h"

/* What they are told at a promotion. Both owned; announcement_clear() frees. */
struct announcement {
    char *subject, *body;
};

struct announcement_facts {
    const char *ring, *channel, *build, *version, *from;
    int64_t at_unix;
};

/*
 * Fills a template whose first line must be "Subject: …" and whose placeholders are ring, channel, build,
 * version, from (the build before, or ""), date and time (of the configured zone). ERR_USAGE as
 * template_render(), and without a subject.
 */
bool announcement_make(const char *text, size_t len, const struct announcement_facts *facts,
                       struct announcement *announcement, struct err *err) MUST_CHECK;
void announcement_clear(struct announcement *announcement);

/*
 * The announcement of a promotion of this ring, from its `announce` template and what the history of releases
 * says of the build. *asked false, and nothing made: the ring asks for none. ERR_USAGE naming the template.
 */
bool announce_promotion(const struct job *job, const struct ring *ring, const struct build *build,
                        const struct build *from, int64_t at_unix, bool *asked,
                        struct announcement *announcement, struct err *err) MUST_CHECK;

#endif

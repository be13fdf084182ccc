/*
 * What the service itself finds out and people should see: a configuration that it refuses, a job that was
 * killed. It never opens the state, so children note it there, one after the other.
 */
#ifndef RINGMGR_APP_SERVE_NOTE_H
#define RINGMGR_APP_SERVE_NOTE_H

#include "ringmgr/app/serve_jobs.h"

struct serve_note;

/* Borrowed for as long as there is one. */
struct serve_note_options {
    struct serve_jobs *jobs;
    const struct log *log;
    void (*noted)(void *context); /* there may be something new to tell people */
    void *context;
};

/* Nothing is to be noted yet. serve_note_free() ends it, after its child has ended or was killed; NULL is
 * fine.
 */
struct serve_note *serve_note_new(const struct serve_note_options *options);
/* What was not noted is lost. */
void serve_note_free(struct serve_note *note);

/* The configuration is refused: `why`; restarting the service is what would settle it, else to mend the file.
 */
void serve_note_refused(struct serve_note *note, const char *why, bool restart);
/* It was accepted: a refusal that waits to be noted is none any more. */
void serve_note_accepted(struct serve_note *note);
/*
 * A child has ended (serve_jobs_left). That it died is noted, if it was a job of the service; where it could
 * not be noted, for a full disk or a state that was locked, that is tried again when no job runs any more,
 * unless the same job has ended otherwise since.
 */
void serve_note_left(struct serve_note *note, const char *name, const char *died);

/* Whether a child is at it: no other is started meanwhile, and no other configuration tried. */
bool serve_note_is_running(const struct serve_note *note);
/* Whether a child could be started now, and starts it. */
bool serve_note_is_due(const struct serve_note *note);
void serve_note_start_due(struct serve_note *note);

#endif

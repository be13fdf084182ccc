/* The child that watches the shares: what it sees goes to serve_heal.h; without it nothing is known. */
#ifndef RINGMGR_APP_SERVE_WATCH_H
#define RINGMGR_APP_SERVE_WATCH_H

#include "ringmgr/app/serve_heal.h"

struct serve_watch;

/* `jobs`, `heal` and `log` are borrowed. */
struct serve_watch *serve_watch_new(struct serve_jobs *jobs, struct serve_heal *heal, const struct log *log);
void serve_watch_free(struct serve_watch *watch);

/*
 * Starts the child, or a new one in place of it (other rings). Whatever changed while there was none is
 * looked for: serve_heal_note_all().
 */
void serve_watch_start(struct serve_watch *watch);
/* Ends it for good; it takes a moment (serve_jobs.h). */
void serve_watch_stop(struct serve_watch *watch);
/* One that has died comes again, after a second, then ever later, up to five minutes. When that is due, in
 * serve_loop_now_ms(); -1: it runs. */
int64_t serve_watch_due_ms(const struct serve_watch *watch);
/* Starts it if that is due. */
void serve_watch_start_due(struct serve_watch *watch);

#endif

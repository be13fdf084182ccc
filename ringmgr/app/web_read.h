/*
 * What commands say for the page: each answer is what a child has written, good for a moment and for
 * everybody who asks the same meanwhile.
 */
#ifndef RINGMGR_APP_WEB_READ_H
#define RINGMGR_APP_WEB_READ_H

#include "ringmgr/app/serve_jobs.h"
#include "ringmgr/app/web_api.h"
#include "ringmgr/app/web_http.h"

struct web_read;

/* `jobs` is borrowed. `null` is /dev/null, likewise. */
struct web_read *web_read_new(struct serve_jobs *jobs, int null);
/* After its children have ended or were killed. Requests that still wait are the caller's. NULL is fine. */
void web_read_free(struct web_read *read);

/* Answers the request, now or later. */
void web_read_ask(struct web_read *read, struct web_request *request, const struct web_question *question);
/* What is known is not good any more: somebody has decided something. */
void web_read_forget(struct web_read *read);
/* What no child was started for is refused. */
void web_read_stop(struct web_read *read);

/* Whether a child could be started now, and starts what could be. */
bool web_read_is_due(const struct web_read *read);
void web_read_start_due(struct web_read *read);
/* Ends what takes too long; when that is due, in serve_loop_now_ms(), -1: never. */
void web_read_turn(struct web_read *read);
int64_t web_read_due_ms(const struct web_read *read);

#endif

#include "ringmgr/app/serve_note.h"
#include "ringmgr/app/serve_plan.h"
#include "ringmgr/app/serve_seal.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char NAME[] = "note";

/* What a child notes stays in here until it has noted it. */
struct serve_note {
    struct serve_note_options options;
    char *why; /* of a refusal; NULL: none */
    bool restart;
    struct strv died;      /* a name, how; a name … */
    bool running, refusal; /* which of the two it notes */
    bool failed;           /* the last child did; no other job has ended since, or one still runs */
};

struct serve_note *serve_note_new(const struct serve_note_options *options)
{
    struct serve_note *note = mem_new(1, sizeof *note);
    note->options = *options;
    return note;
}

void serve_note_free(struct serve_note *note)
{
    if (!note)
        return;
    free(note->why);
    strv_clear(&note->died);
    free(note);
}

void serve_note_accepted(struct serve_note *note)
{
    free(note->why);
    note->why = NULL;
}

void serve_note_refused(struct serve_note *note, const char *why, bool restart)
{
    serve_note_accepted(note);
    note->why = mem_strdup(why);
    note->restart = restart;
}

static bool is_telling(const char *name)
{
    enum serve_task task = serve_task_of(name);
    return task == TASK_NOTIFY || task == TASK_METRICS;
}

static bool is_job(const char *name)
{
    return serve_task_of(name) != TASK_COUNT || strncmp(name, "heal ", strlen("heal ")) == 0 ||
           strncmp(name, "fetch ", strlen("fetch ")) == 0;
}

/* The length of the list if it is not in there. */
static size_t find_died(const struct serve_note *note, const char *name)
{
    size_t at = 0;
    while (at < note->died.len && strcmp(note->died.item[at], name) != 0)
        at += 2;
    return at;
}

static void drop_died(struct serve_note *note, size_t at)
{
    struct strv *died = &note->died;
    free(died->item[at]);
    free(died->item[at + 1]);
    died->len -= 2;
    memmove(died->item + at, died->item + at + 2, (died->len - at) * sizeof *died->item);
}

void serve_note_left(struct serve_note *note, const char *name, const char *died)
{
    char *others AUTO_FREE = serve_jobs_names(note->options.jobs);
    size_t at = find_died(note, name);
    bool known = at < note->died.len, is_noted = note->running && !note->refusal && at == 0;
    note->failed = note->failed && (strcmp(name, NAME) == 0 || *others);
    if (known && !died && !is_noted)
        drop_died(note, at);
    if (known || !died || !is_job(name))
        return;
    strv_add(&note->died, name);
    strv_add(&note->died, died);
}

bool serve_note_is_running(const struct serve_note *note)
{
    return note->running;
}

bool serve_note_is_due(const struct serve_note *note)
{
    return !note->running && !note->failed && (note->why || note->died.len);
}

/* Who died when people were told: telling them of it at once would go round in circles. */
static void ended(void *context, int status)
{
    struct serve_note *note = context;
    bool silent = !note->refusal && is_telling(note->died.item[0]);
    note->running = false;
    note->failed = status != 0;
    if (note->failed)
        return;
    if (note->refusal)
        serve_note_accepted(note);
    else
        drop_died(note, 0);
    if (!silent)
        note->options.noted(note->options.context);
}

/* The job reads both texts from a file in memory: not everybody who sees the list of processes may read them.
 */
static bool start(struct serve_note *note, const char *job, const char *first, const char *second,
                  struct err *err)
{
    const char *const words[] = {"job", job, NULL};
    AUTO_BUF text = {0};
    buf_append(&text, first, strlen(first) + 1);
    buf_append(&text, second, strlen(second) + 1);
    AUTO_FD in = serve_seal("note", &text, err);
    if (in >= 0 && lseek(in, 0, SEEK_SET) != 0)
        return err_set_errno(err, errno, "read a file in memory");
    const struct serve_jobs_start how = {
        .name = NAME, .words = words, .in = in, .quiet = true, .ended = ended, .context = note};
    return in >= 0 && serve_jobs_start(note->options.jobs, &how, err) > 0;
}

void serve_note_start_due(struct serve_note *note)
{
    struct err err = {0};
    if (!serve_note_is_due(note))
        return;
    note->refusal = note->why;
    note->running = note->refusal
                        ? start(note, "refused", note->why, note->restart ? "restart" : "mend", &err)
                        : start(note, "died", note->died.item[0], note->died.item[1], &err);
    note->failed = !note->running;
    if (!note->running)
        log_event(note->options.log, LOG_PRIORITY_ERR, "event=job-failed job=note text=\"%s\"", err.msg);
}

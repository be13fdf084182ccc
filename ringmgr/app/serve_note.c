#include "ringmgr/app/serve_note.h"
#include "ringmgr/app/serve_plan.h"
#include "ringmgr/app/serve_seal.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct serve_note {
    struct serve_note_options options;
    char *why; /* of a refusal; NULL: none */
    bool restart;
    struct strv died; /* a name, how; a name … */
    bool running;
    bool silent; /* what it notes died when people were told: telling at once would go round in circles */
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

void serve_note_died(struct serve_note *note, const char *name, const char *how)
{
    bool heals = strncmp(name, "heal ", strlen("heal ")) == 0;
    bool fetches = strncmp(name, "fetch ", strlen("fetch ")) == 0;
    if (serve_task_of(name) == TASK_COUNT && !heals && !fetches)
        return;
    strv_add(&note->died, name);
    strv_add(&note->died, how);
}

bool serve_note_is_running(const struct serve_note *note)
{
    return note->running;
}

bool serve_note_is_due(const struct serve_note *note)
{
    return !note->running && (note->why || note->died.len);
}

static void ended(void *context, int status)
{
    struct serve_note *note = context;
    note->running = false;
    if (status == 0 && !note->silent)
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
        .name = "note", .words = words, .in = in, .quiet = true, .ended = ended, .context = note};
    return in >= 0 && serve_jobs_start(note->options.jobs, &how, err) > 0;
}

void serve_note_start_due(struct serve_note *note)
{
    struct err err = {0};
    if (!serve_note_is_due(note))
        return;
    if (note->why) {
        note->silent = false;
        note->running = start(note, "refused", note->why, note->restart ? "restart" : "mend", &err);
        serve_note_accepted(note);
    } else {
        char *how AUTO_FREE = note->died.item[--note->died.len];
        char *name AUTO_FREE = note->died.item[--note->died.len];
        note->silent = is_telling(name);
        note->running = start(note, "died", name, how, &err);
    }
    if (!note->running)
        log_event(note->options.log, LOG_PRIORITY_ERR, "event=job-failed job=note text=\"%s\"", err.msg);
}

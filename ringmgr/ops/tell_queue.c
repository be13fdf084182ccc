#include "ringmgr/ops/tell_queue.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 500 };

bool tell_is_for(const struct notify_target *target, const struct notice *notice)
{
    if (strcmp(notice->event, "notify-failing") == 0 && strcmp(notice->subject, target->name) == 0)
        return false;
    return notify_wants(target, notice->event, notice->severity, notice->ring);
}

static bool count_waiting(struct state *state, const struct notify_target *target, int64_t after,
                          struct tell_queue *queue, struct err *err)
{
    for (size_t got = BATCH; got == BATCH;) {
        struct notices batch AUTO(notices_clear) = {0};
        if (!notices_after(state, after, BATCH, &batch, err))
            return false;
        for (size_t i = 0; i < batch.len; i++) {
            bool folded;
            if (!notice_is_folded(state, target->name, batch.item[i].id, &folded, err))
                return false;
            queue->waiting += !folded && tell_is_for(target, &batch.item[i]);
            after = batch.item[i].id;
        }
        got = batch.len;
    }
    return true;
}

static bool get_queue(const struct job *job, const struct notify_target *target, struct tell_queue *queue,
                      struct err *err)
{
    struct notice_cursor cursor;
    bool found;
    if (!notice_cursor_get(job->state, target->name, &cursor, &found, err))
        return false;
    *queue = (struct tell_queue){.target = target->name,
                                 .failing_unix = cursor.failing_unix,
                                 .next_unix = cursor.next_unix,
                                 .error = cursor.error};
    return !found || count_waiting(job->state, target, cursor.notice_id, queue, err);
}

bool tell_queues_get(const struct job *job, struct tell_queues *queues, struct err *err)
{
    const struct settings *settings = job->settings;
    *queues = (struct tell_queues){.item = mem_new(settings->targets + 1, sizeof *queues->item)};
    for (size_t i = 0; i < settings->targets; i++) {
        bool ok = get_queue(job, &settings->target[i], &queues->item[i], err);
        queues->len++;
        if (!ok)
            return false;
    }
    return true;
}

void tell_queues_clear(struct tell_queues *queues)
{
    for (size_t i = 0; i < queues->len; i++)
        free(queues->item[i].error);
    free(queues->item);
    *queues = (struct tell_queues){0};
}

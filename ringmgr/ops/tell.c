#include "ringmgr/ops/tell.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/ops/courier.h"
#include "ringmgr/ops/events.h"
#include "ringmgr/ops/letter.h"
#include "ringmgr/ops/tell_queue.h"
#include "ringmgr/state/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BATCH = 500,
    MINUTE_SECONDS = 60,
    RETRY_MOST_SECONDS = 3600,
    ALARM_SECONDS = 86400,
    KEEP_SECONDS = 30 * 86400, /* of what everybody was told */
    TURN_SECONDS = 60,         /* of one target, for which the others wait */
};

static const char FAILING[] = "notify-failing";

/* ---- one target ---- */

struct delivery {
    const struct job *job;
    const struct courier_options *options;
    const struct notify_target *target;
    struct tell_target *told;
    struct notice_cursor cursor;
    struct courier courier;
    bool opened;
    int64_t began_seconds; /* of the steady clock */
};

static void delivery_clear(struct delivery *delivery)
{
    courier_clear(&delivery->courier);
    free(delivery->cursor.error);
}

static bool is_same(const struct notice *a, const struct notice *b)
{
    return strcmp(a->event, b->event) == 0 && strcmp(a->ring, b->ring) == 0 &&
           strcmp(a->text, b->text) == 0 && build_compare(&a->build, &b->build) == 0;
}

static bool put_cursor(struct delivery *delivery, struct err *err)
{
    struct state *state = delivery->job->state;
    bool ok = state_begin(state, err) && notice_cursor_put(state, &delivery->cursor, err);
    return state_end(state, ok, err);
}

/* Told: it and those behind it that it stood for. Also ends the attention. */
static bool record_delivery(struct delivery *delivery, const struct notices *batch, size_t at,
                            struct err *err)
{
    struct state *state = delivery->job->state;
    struct notice_cursor *cursor = &delivery->cursor;
    const char *name = delivery->target->name;
    free(cursor->error);
    cursor->notice_id = batch->item[at].id;
    cursor->error = NULL;
    cursor->failing_unix = cursor->next_unix = -1;
    cursor->tries = 0;
    bool ok = state_begin(state, err) && notice_cursor_put(state, cursor, err) &&
              catalog_attention_settle(state, FAILING, NULL, name, err);
    for (size_t i = at + 1; ok && i < batch->len; i++)
        if (is_same(&batch->item[at], &batch->item[i]))
            ok = notice_fold(state, name, batch->item[i].id, err);
    return state_end(state, ok, err);
}

static int64_t retry_seconds(const struct send_answer *answer, int64_t tries)
{
    if (answer->outcome == SEND_REFUSED || tries > 6)
        return RETRY_MOST_SECONDS;
    int64_t seconds = (int64_t)MINUTE_SECONDS << (tries - 1);
    return seconds < RETRY_MOST_SECONDS ? seconds : RETRY_MOST_SECONDS;
}

static bool raise_failing(struct delivery *delivery, struct err *err)
{
    const char *name = delivery->target->name;
    char since[ZONE_TIME_SIZE];
    zone_format_time(delivery->cursor.failing_unix, since);
    char *text AUTO_FREE =
        mem_printf("notices do not reach %s since %s: %s", name, since, delivery->cursor.error);
    char *command AUTO_FREE = mem_printf("ringmgr notify --test %s", name);
    const struct attention attention = {.severity = "warning",
                                        .code = FAILING,
                                        .subject = name,
                                        .text = text,
                                        .command = command,
                                        .since_unix = clock_now_unix()};
    return catalog_attention_raise(delivery->job->state, &attention, err);
}

static bool record_failure(struct delivery *delivery, const struct send_answer *answer, struct err *err)
{
    struct notice_cursor *cursor = &delivery->cursor;
    int64_t now = clock_now_unix();
    free(cursor->error);
    cursor->error = mem_strdup(answer->text);
    cursor->tries++;
    if (cursor->failing_unix < 0 || cursor->failing_unix > now)
        cursor->failing_unix = now;
    cursor->next_unix = now + retry_seconds(answer, cursor->tries);
    delivery->told->failed = true;
    delivery->told->next_unix = cursor->next_unix;
    snprintf(delivery->told->text, sizeof delivery->told->text, "%s", answer->text);
    bool alarm = answer->outcome == SEND_REFUSED || now - cursor->failing_unix >= ALARM_SECONDS;
    return put_cursor(delivery, err) && (!alarm || raise_failing(delivery, err));
}

/* Its files are read when there is something to send, and once. */
static bool send_one(struct delivery *delivery, const struct notice *notice, unsigned count,
                     struct send_answer *answer)
{
    struct err err = {0};
    if (!delivery->opened && !courier_open(delivery->target, delivery->options, &delivery->courier, &err)) {
        *answer = (struct send_answer){.outcome = SEND_REFUSED};
        snprintf(answer->text, sizeof answer->text, "%.500s", err.msg);
        courier_clear(&delivery->courier);
        return false;
    }
    delivery->opened = true;
    return courier_send(&delivery->courier, notice, count, answer);
}

/* *stopped: it did not get through. */
static bool deliver(struct delivery *delivery, const struct notices *batch, size_t at, bool *stopped,
                    struct err *err)
{
    struct send_answer answer;
    unsigned count = 1;
    for (size_t i = at + 1; i < batch->len; i++)
        count += is_same(&batch->item[at], &batch->item[i]);
    *stopped = !send_one(delivery, &batch->item[at], count, &answer);
    if (*stopped)
        return record_failure(delivery, &answer, err);
    delivery->told->delivered++;
    return record_delivery(delivery, batch, at, err);
}

/* A target that takes its time, and has much to hear, goes on behind the others. */
static bool is_over(struct delivery *delivery)
{
    bool over = clock_steady_now().seconds - delivery->began_seconds >= TURN_SECONDS;
    if (over)
        delivery->told->next_unix = clock_now_unix();
    return over;
}

/* *more: there may be others behind the batch. */
static bool deliver_batch(struct delivery *delivery, bool *more, struct err *err)
{
    struct state *state = delivery->job->state;
    struct notices batch AUTO(notices_clear) = {0};
    int64_t before = delivery->cursor.notice_id;
    if (!notices_after(state, before, BATCH, &batch, err))
        return false;
    bool stopped = false;
    for (size_t i = 0; i < batch.len && !stopped; i++) {
        bool folded;
        if (!notice_is_folded(state, delivery->target->name, batch.item[i].id, &folded, err))
            return false;
        if (folded || !tell_is_for(delivery->target, &batch.item[i]))
            delivery->cursor.notice_id = batch.item[i].id;
        else if (!deliver(delivery, &batch, i, &stopped, err))
            return false;
        else
            stopped = stopped || is_over(delivery);
    }
    *more = !stopped && batch.len == BATCH;
    return delivery->cursor.notice_id == before || stopped || put_cursor(delivery, err);
}

/* A clock that was set back must not keep anybody waiting. */
static bool must_wait(const struct notice_cursor *cursor, int64_t now)
{
    return cursor->next_unix > now && cursor->next_unix - now <= RETRY_MOST_SECONDS;
}

static bool tell_target(const struct job *job, const struct courier_options *options,
                        const struct notify_target *target, struct tell_target *told, struct err *err)
{
    struct delivery delivery AUTO(delivery_clear) = {.job = job,
                                                     .options = options,
                                                     .target = target,
                                                     .told = told,
                                                     .began_seconds = clock_steady_now().seconds};
    bool found, more = true;
    if (!notice_cursor_get(job->state, target->name, &delivery.cursor, &found, err))
        return false;
    if (must_wait(&delivery.cursor, clock_now_unix())) {
        told->next_unix = delivery.cursor.next_unix;
        return true;
    }
    while (more)
        if (!deliver_batch(&delivery, &more, err))
            return false;
    return true;
}

/* ---- all ---- */

static bool begin_target(const struct job *job, const struct notify_target *target, struct err *err)
{
    struct notice_cursor cursor;
    bool found;
    if (!notice_cursor_get(job->state, target->name, &cursor, &found, err))
        return false;
    free(cursor.error);
    cursor.error = NULL;
    if (found)
        return true;
    bool ok = notice_last(job->state, &cursor.notice_id, err) && state_begin(job->state, err) &&
              notice_cursor_put(job->state, &cursor, err);
    return state_end(job->state, ok, err);
}

/* Of targets that are gone nothing is left, no attention either. */
static bool settle_gone(const struct job *job, const struct strv *targets, struct err *err)
{
    struct attentions attentions AUTO(attentions_clear) = {0};
    if (!catalog_attentions(job->state, &attentions, err))
        return false;
    for (size_t i = 0; i < attentions.len; i++)
        if (strcmp(attentions.item[i].code, FAILING) == 0 && !strv_has(targets, attentions.item[i].subject) &&
            !catalog_attention_settle(job->state, FAILING, NULL, attentions.item[i].subject, err))
            return false;
    return notice_cursors_keep(job->state, targets, err);
}

/* Before anything is collected: what is collected then is new to all of them. */
static bool begin_targets(const struct job *job, struct err *err)
{
    AUTO_STRV names = {0};
    for (size_t i = 0; i < job->settings->targets; i++)
        strv_add(&names, job->settings->target[i].name);
    if (!settle_gone(job, &names, err))
        return false;
    for (size_t i = 0; i < job->settings->targets; i++)
        if (!begin_target(job, &job->settings->target[i], err))
            return false;
    return true;
}

bool tell_run(const struct job *job, const struct courier_options *options, struct tell *tell,
              struct err *err)
{
    AUTO_LOCK lock = NULL;
    const struct settings *settings = job->settings;
    *tell = (struct tell){.target = mem_new(settings->targets + 1, sizeof *tell->target)};
    if (!lock_take(state_dir(job->state), "notify", true, job->wait_ms, job->command, &lock, err) ||
        !begin_targets(job, err) || !events_collect(job, err))
        return false;
    for (; tell->len < settings->targets; tell->len++) {
        struct tell_target *told = &tell->target[tell->len];
        *told = (struct tell_target){.name = settings->target[tell->len].name, .next_unix = -1};
        if (!tell_target(job, options, &settings->target[tell->len], told, err))
            return err_prefix(err, "[notify %s]", told->name);
    }
    return notices_forget(job->state, clock_now_unix() - KEEP_SECONDS, err);
}

void tell_clear(struct tell *tell)
{
    free(tell->target);
    *tell = (struct tell){0};
}

/* ---- by hand ---- */

bool tell_test(const struct notify_target *target, const struct courier_options *options,
               struct send_answer *answer, struct err *err)
{
    struct courier courier AUTO(courier_clear) = {0};
    struct notice notice;
    letter_sample(&notice, clock_now_unix());
    *answer = (struct send_answer){.outcome = SEND_REFUSED};
    if (!notice_make_uid(notice.uid, err) || !courier_open(target, options, &courier, err) ||
        !courier_check(&courier, err))
        return false;
    return courier_send(&courier, &notice, 1, answer) ||
           err_set(err, ERR_UPSTREAM, "[notify %s] %s", target->name, answer->text);
}

/* As if it had never failed: nothing is left of the waiting, nor of the attention. */
static bool forget_failure(const struct job *job, const char *target, struct err *err)
{
    struct notice_cursor cursor;
    bool found;
    if (!notice_cursor_get(job->state, target, &cursor, &found, err))
        return false;
    free(cursor.error);
    cursor.error = NULL;
    cursor.failing_unix = cursor.next_unix = -1;
    cursor.tries = 0;
    if (!found)
        return true;
    bool ok = state_begin(job->state, err) && notice_cursor_put(job->state, &cursor, err) &&
              catalog_attention_settle(job->state, FAILING, NULL, target, err);
    return state_end(job->state, ok, err);
}

bool tell_catch_up(const struct job *job, const struct courier_options *options,
                   const struct notify_target *target, struct tell_target *told, struct err *err)
{
    AUTO_LOCK lock = NULL;
    *told = (struct tell_target){.name = target->name, .next_unix = -1};
    return lock_take(state_dir(job->state), "notify", true, job->wait_ms, job->command, &lock, err) &&
           begin_target(job, target, err) && forget_failure(job, target->name, err) &&
           tell_target(job, options, target, told, err);
}

/* systemd shows it to the service only. */
static bool is_credential(const char *file)
{
    return strncmp(file, "credential:", strlen("credential:")) == 0;
}

bool tell_check(const struct notify_target *target, const struct courier_options *options, struct err *err)
{
    struct courier courier AUTO(courier_clear) = {0};
    bool apart =
        !options->credentials && (is_credential(target->webhook_file) || is_credential(target->credentials));
    return (apart ? courier_open_papers(target, options, &courier, err)
                  : courier_open(target, options, &courier, err)) &&
           courier_check(&courier, err);
}

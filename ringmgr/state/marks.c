#include "ringmgr/state/marks.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/db_private.h"

#include <stdlib.h>
#include <string.h>

/*
 * The clock.
 *
 * Between two marks of one start of the machine, the clock should have gone as far as the steady time. Where
 * in between it stepped is not known. The pause is therefore laid at the end, just before `now`: a soak that
 * began in between then counts at most the steady time of the whole interval that is left, wherever the step
 * was. A pause at the beginning would lie before such a soak and give it what the clock skipped.
 *
 * After a step back the clock shows hours once more that it had skipped: what is left of a pause from there
 * on will be lived, and counts. (No soak gains by that: what it counted up to there it had counted before.)
 */

/* The mark is renewed so rarely: a command that only looks whether there is work should not write. */
enum { MARK_RENEW_SECONDS = 3600 };

struct clock_mark {
    struct clock_steady steady; /* boot "": there is no mark yet */
    int64_t at_unix;
};

static bool read_mark(struct state *state, struct clock_mark *mark, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT boot, steady_seconds, at_unix FROM clock_mark");
    *mark = (struct clock_mark){0};
    if (stmt_row(&stmt)) {
        stmt_get_chars(&stmt, mark->steady.boot, sizeof mark->steady.boot);
        mark->steady.seconds = stmt_get_int(&stmt);
        mark->at_unix = stmt_get_int(&stmt);
    }
    return stmt_end(&stmt, err);
}

static bool write_mark(struct state *state, int64_t now, const struct clock_steady *steady, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "INSERT OR REPLACE INTO clock_mark (only, boot, steady_seconds, at_unix) "
                         "VALUES (1, ?, ?, ?)");
    stmt_put_text(&stmt, steady->boot);
    stmt_put_int(&stmt, steady->seconds);
    stmt_put_int(&stmt, now);
    return stmt_run(&stmt, err);
}

static bool put_step(struct state *state, int64_t now, int64_t step, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "INSERT INTO clock_step (at_unix, step_seconds, from_unix, until_unix) "
                                      "VALUES (?1, ?2, iif(?2 > 0, ?1 - ?2, NULL), iif(?2 > 0, ?1, NULL))");
    stmt_put_int(&stmt, now);
    stmt_put_int(&stmt, step);
    return stmt_run(&stmt, err);
}

static bool end_pauses(struct state *state, int64_t now, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "UPDATE clock_step SET until_unix = max(from_unix, ?1) "
                                      "WHERE until_unix > ?1");
    stmt_put_int(&stmt, now);
    return stmt_run(&stmt, err);
}

/* What is to be recorded. */
struct clock_news {
    bool due;
    int64_t step_seconds;
};

static struct clock_news compare(const struct clock_mark *mark, int64_t now,
                                 const struct clock_steady *steady)
{
    if (strcmp(mark->steady.boot, steady->boot) != 0)
        return (struct clock_news){.due = true};
    int64_t lived = steady->seconds - mark->steady.seconds;
    int64_t step = now - mark->at_unix - lived;
    if (lived < 0) /* the mark is newer: another command has looked meanwhile */
        return (struct clock_news){0};
    if (step > MARK_STEP_SECONDS || step < -MARK_STEP_SECONDS)
        return (struct clock_news){.due = true, .step_seconds = step};
    return (struct clock_news){.due = lived > MARK_RENEW_SECONDS};
}

/* Within a transaction nobody else has marked in between. */
static bool note(struct state *state, int64_t now, const struct clock_steady *steady, int64_t *step_seconds,
                 struct err *err)
{
    struct clock_mark mark;
    if (!read_mark(state, &mark, err))
        return false;
    struct clock_news news = compare(&mark, now, steady);
    *step_seconds = news.step_seconds;
    return (news.step_seconds == 0 || put_step(state, now, news.step_seconds, err)) &&
           (news.step_seconds >= 0 || end_pauses(state, now, err)) &&
           (!news.due || write_mark(state, now, steady, err));
}

static bool note_alone(struct state *state, int64_t now, const struct clock_steady *steady,
                       int64_t *step_seconds, struct err *err)
{
    if (!state_begin(state, err))
        return false;
    bool done = note(state, now, steady, step_seconds, err) && state_commit(state, err);
    state_abort(state);
    return done;
}

bool mark_clock(struct state *state, int64_t now, const struct clock_steady *steady, int64_t *step_seconds,
                struct err *err)
{
    struct clock_mark mark;
    *step_seconds = 0;
    if (!read_mark(state, &mark, err))
        return false;
    if (!compare(&mark, now, steady).due)
        return true;
    return state->in_transaction ? note(state, now, steady, step_seconds, err)
                                 : note_alone(state, now, steady, step_seconds, err);
}

bool mark_skipped(struct state *state, int64_t since_unix, int64_t *seconds, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT coalesce(sum(until_unix - max(from_unix, ?1)), 0) "
                                      "FROM clock_step WHERE until_unix > ?1");
    stmt_put_int(&stmt, since_unix);
    *seconds = stmt_row(&stmt) ? stmt_get_int(&stmt) : 0;
    return stmt_end(&stmt, err);
}

/* What was done since the machine started. */

bool mark_done(struct state *state, const char *what, const char *ring, const char *boot, int64_t now,
               struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "INSERT OR REPLACE INTO done_mark (what, ring, boot, at_unix) VALUES (?, ?, ?, ?)");
    stmt_put_text(&stmt, what);
    stmt_put_text(&stmt, ring);
    stmt_put_text(&stmt, boot);
    stmt_put_int(&stmt, now);
    return stmt_run_alone(&stmt, err);
}

bool mark_find(struct state *state, const char *what, const char *ring, const char *boot, int64_t *at_unix,
               struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT at_unix FROM done_mark WHERE what = ? AND ring = ? AND boot = ?");
    stmt_put_text(&stmt, what);
    stmt_put_text(&stmt, ring);
    stmt_put_text(&stmt, boot);
    *at_unix = stmt_row(&stmt) ? stmt_get_int(&stmt) : -1;
    return stmt_end(&stmt, err);
}

/* Jobs: a mark of no ring and of no start of the machine; "job NAME" is nothing else's `what`. */

bool mark_job_began(struct state *state, const char *job, int64_t now, struct err *err)
{
    char *what AUTO_FREE = mem_printf("job %s", job);
    return mark_done(state, what, "", "", now, err);
}

bool mark_job_find(struct state *state, const char *job, int64_t *at_unix, struct err *err)
{
    char *what AUTO_FREE = mem_printf("job %s", job);
    return mark_find(state, what, "", "", at_unix, err);
}

/* What was put aside: its name stands where other marks have the ring. */

static const char ASIDE[] = "aside";

bool mark_aside(struct state *state, const char *name, int64_t now, int64_t *since_unix, struct err *err)
{
    if (!mark_find(state, ASIDE, name, "", since_unix, err))
        return false;
    if (*since_unix >= 0)
        return true;
    *since_unix = now;
    return mark_done(state, ASIDE, name, "", now, err);
}

bool mark_aside_forget(struct state *state, const char *name, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "DELETE FROM done_mark WHERE what = ? AND ring = ?");
    stmt_put_text(&stmt, ASIDE);
    stmt_put_text(&stmt, name);
    return stmt_run_alone(&stmt, err);
}

/* Places: the mount stands where other marks have the start of the machine. */

static const char PLACE[] = "place";

bool mark_place_put(struct state *state, const char *ring, const char *mount, int64_t now, struct err *err)
{
    return mark_done(state, PLACE, ring, mount, now, err);
}

bool mark_place_find(struct state *state, const char *ring, char **mount, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT boot FROM done_mark WHERE what = ? AND ring = ?");
    stmt_put_text(&stmt, PLACE);
    stmt_put_text(&stmt, ring);
    *mount = stmt_row(&stmt) ? stmt_get_text(&stmt) : NULL;
    return stmt_end(&stmt, err);
}

/* Settings. */

bool mark_settings_get(struct state *state, struct mark_settings *settings, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT ring, key, value FROM setting ORDER BY ring, key");
    *settings = (struct mark_settings){0};
    while (stmt_row(&stmt)) {
        settings->item = mem_grow(settings->item, settings->len, sizeof *settings->item);
        struct mark_setting *setting = &settings->item[settings->len++];
        setting->ring = stmt_get_text(&stmt);
        setting->key = stmt_get_text(&stmt);
        setting->value = stmt_get_text(&stmt);
    }
    if (stmt_end(&stmt, err))
        return true;
    mark_settings_clear(settings);
    return false;
}

static bool forget_settings(struct state *state, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "DELETE FROM setting");
    return stmt_run(&stmt, err);
}

static bool put_setting(struct state *state, const struct mark_setting *setting, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "INSERT INTO setting (ring, key, value) VALUES (?, ?, ?)");
    stmt_put_text(&stmt, setting->ring);
    stmt_put_text(&stmt, setting->key);
    stmt_put_text(&stmt, setting->value);
    return stmt_run(&stmt, err);
}

bool mark_settings_put(struct state *state, const struct mark_settings *settings, struct err *err)
{
    if (!forget_settings(state, err))
        return false;
    for (size_t i = 0; i < settings->len; i++)
        if (!put_setting(state, &settings->item[i], err))
            return false;
    return true;
}

void mark_settings_clear(struct mark_settings *settings)
{
    for (size_t i = 0; i < settings->len; i++) {
        free(settings->item[i].ring);
        free(settings->item[i].key);
        free(settings->item[i].value);
    }
    free(settings->item);
    *settings = (struct mark_settings){0};
}

#include "ringmgr/app/serve_heal.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    COLLECT_MS = 1000,       /* after the first sign: what changes at once is healed at once */
    POINTER_MS = 100,        /* clients follow it: no longer than a flip of two takes */
    LOCKED_MS = 60 * 1000,   /* the ring's lock was taken: a publication runs, say; or the share is gone */
    FAILED_MS = 1800 * 1000, /* upstream was out of reach, or the job crashed */
    FETCHES_MOST = 3,        /* of one build in that time: more bring back nothing */
    READ_SECONDS = 3600,     /* between two readings of everything for events that were lost */
    PATHS_MOST = 10000       /* more than that is "anything"; a ring has some 1,000 files a build */
};

struct ring_wrong {
    char *ring;
    struct strv paths, healing; /* that have changed; of these, what a job is at now */
    int64_t due_ms;             /* -1: nothing is waiting */
};

/* An object that is lost: a sync of the build brings it back. */
struct lost {
    char *ring, *build;
    int64_t due_ms;
};

struct serve_heal {
    struct serve_jobs *jobs;
    struct serve_plan *plan;
    const struct log *log;
    struct ring_wrong *ring;
    size_t rings;
    char *healing; /* the ring that a job is at; NULL: none */
    struct lost *lost;
    size_t losts;
    bool fetching;     /* lost[0] */
    struct lost *done; /* fetched in the last FAILED_MS, `due_ms` is when; oldest first */
    size_t dones;
    int64_t read_unix; /* when everything is read, or was, for events that were lost; 0: never */
    struct strv again; /* rings to be healed when something was brought back */
};

struct serve_heal *serve_heal_new(struct serve_jobs *jobs, struct serve_plan *plan, const struct log *log)
{
    struct serve_heal *heal = mem_new(1, sizeof *heal);
    heal->jobs = jobs;
    heal->plan = plan;
    heal->log = log;
    return heal;
}

static void clear_rings(struct ring_wrong *ring, size_t rings)
{
    for (size_t i = 0; i < rings; i++) {
        free(ring[i].ring);
        strv_clear(&ring[i].paths);
        strv_clear(&ring[i].healing);
    }
    free(ring);
}

static void drop_first(struct lost *list, size_t *len)
{
    free(list[0].ring);
    free(list[0].build);
    memmove(list, list + 1, --*len * sizeof *list);
}

static void drop_lost(struct serve_heal *heal)
{
    drop_first(heal->lost, &heal->losts);
}

void serve_heal_free(struct serve_heal *heal)
{
    if (!heal)
        return;
    clear_rings(heal->ring, heal->rings);
    while (heal->losts)
        drop_lost(heal);
    free(heal->lost);
    while (heal->dones)
        drop_first(heal->done, &heal->dones);
    free(heal->done);
    free(heal->healing);
    strv_clear(&heal->again);
    free(heal);
}

static struct ring_wrong *find_ring(const struct serve_heal *heal, const char *name)
{
    for (size_t i = 0; name && i < heal->rings; i++)
        if (strcmp(heal->ring[i].ring, name) == 0)
            return &heal->ring[i];
    return NULL;
}

void serve_heal_set_rings(struct serve_heal *heal, const struct settings *settings)
{
    struct ring_wrong *rings = mem_new(settings->rings + 1, sizeof *rings);
    for (size_t i = 0; i < settings->rings; i++) {
        struct ring_wrong *old = find_ring(heal, settings->ring[i].name);
        rings[i].due_ms = -1;
        if (old) {
            rings[i] = *old;
            *old = (struct ring_wrong){.due_ms = -1};
            old->ring = mem_strdup("");
        } else
            rings[i].ring = mem_strdup(settings->ring[i].name);
    }
    clear_rings(heal->ring, heal->rings);
    heal->ring = rings;
    heal->rings = settings->rings;
}

/* ---- collecting ---- */

static void drop_twins(struct strv *paths)
{
    size_t kept = 0;
    strv_sort(paths);
    for (size_t i = 0; i < paths->len; i++)
        if (kept && strcmp(paths->item[kept - 1], paths->item[i]) == 0)
            free(paths->item[i]);
        else
            paths->item[kept++] = paths->item[i];
    paths->len = kept;
}

/*
 * A rescan sees what has come, gone or another size; bytes that were changed in place, through a link to an
 * object, show only when that object is read, and which ones those are nobody knows any more.
 */
static void read_all(struct serve_heal *heal)
{
    int64_t now = clock_now_unix(), last = heal->read_unix;
    if (last + READ_SECONDS <= now || last > now + READ_SECONDS)
        heal->read_unix = now;
    else if (last <= now)
        heal->read_unix = last + READ_SECONDS;
    serve_plan_hurry(heal->plan, TASK_FULL_AUDIT, heal->read_unix);
}

static void add_path(struct serve_heal *heal, struct strv *paths, const char *path)
{
    if (paths->len && strcmp(paths->item[paths->len - 1], path) == 0)
        return; /* a file that is being written */
    if (paths->len >= PATHS_MOST)
        drop_twins(paths);
    if (paths->len >= PATHS_MOST) {
        strv_clear(paths);
        path = "";
        read_all(heal);
    }
    strv_add(paths, path);
}

static void note(struct serve_heal *heal, struct ring_wrong *ring, const char *path, int64_t wait_ms)
{
    int64_t due = serve_loop_now_ms() + wait_ms;
    add_path(heal, &ring->paths, path);
    if (ring->due_ms < 0 || due < ring->due_ms)
        ring->due_ms = due;
}

void serve_heal_note(struct serve_heal *heal, const char *ring, const char *path)
{
    struct ring_wrong *wrong = find_ring(heal, ring);
    bool pointer = strcmp(path, "v32.cab") == 0 || strcmp(path, "v64.cab") == 0;
    if (wrong)
        note(heal, wrong, path, pointer ? POINTER_MS : COLLECT_MS);
}

void serve_heal_note_all(struct serve_heal *heal)
{
    for (size_t i = 0; i < heal->rings; i++)
        note(heal, &heal->ring[i], "", COLLECT_MS);
}

void serve_heal_note_lost(struct serve_heal *heal)
{
    serve_heal_note_all(heal);
    read_all(heal);
}

/* ---- what the job heal reports ---- */

/* When to fetch it. A build that has been fetched again and again, and is still not whole, must wait. */
static int64_t fetch_at_ms(struct serve_heal *heal, const struct lost *lost)
{
    int64_t now = serve_loop_now_ms(), last = 0;
    size_t times = 0;
    while (heal->dones && heal->done[0].due_ms + FAILED_MS <= now)
        drop_first(heal->done, &heal->dones);
    for (size_t i = 0; i < heal->dones; i++)
        if (strcmp(heal->done[i].ring, lost->ring) == 0 && strcmp(heal->done[i].build, lost->build) == 0) {
            times++;
            last = heal->done[i].due_ms;
        }
    if (times < FETCHES_MOST)
        return now;
    log_event(heal->log, LOG_PRIORITY_ERR,
              "event=fetch-useless ring=%s build=%s text=\"it was fetched %zu times within half an hour and "
              "is still not whole: the next try is in half an hour\"",
              lost->ring, lost->build, times);
    return last + FAILED_MS;
}

/* "RING BUILD" */
static void note_lost(struct serve_heal *heal, const char *text)
{
    size_t len = strcspn(text, " ");
    if (!text[len])
        return;
    for (size_t i = 0; i < heal->losts; i++)
        if (strncmp(heal->lost[i].ring, text, len) == 0 && !heal->lost[i].ring[len] &&
            strcmp(heal->lost[i].build, text + len + 1) == 0)
            return;
    heal->lost = mem_grow(heal->lost, heal->losts, sizeof *heal->lost);
    struct lost *lost = &heal->lost[heal->losts++];
    *lost = (struct lost){.ring = mem_strndup(text, len), .build = mem_strdup(text + len + 1)};
    lost->due_ms = fetch_at_ms(heal, lost);
}

static void take_report(void *context, struct buf *said, bool end)
{
    struct serve_heal *heal = context;
    char *line;
    while (serve_jobs_take_line(said, end, &line)) {
        if (strncmp(line, "fetch=", 6) == 0)
            note_lost(heal, line + 6);
        else if (strncmp(line, "look=", 5) == 0)
            serve_heal_note(heal, line + 5, "");
        else if (strncmp(line, "again=", 6) == 0 && !strv_has(&heal->again, line + 6))
            strv_add(&heal->again, line + 6);
        free(line);
    }
}

/* ---- healing ---- */

static void after_heal(void *context, int status)
{
    struct serve_heal *heal = context;
    struct ring_wrong *ring = find_ring(heal, heal->healing);
    int64_t wait_ms = status == ERR_LOCKED || status == ERR_FAILED ? LOCKED_MS : FAILED_MS;
    serve_plan_release(heal->plan, SERVE_QUICK);
    /* the configuration or a state older than the share: another try would find the same */
    bool again = status != ERR_NONE && status != ERR_USAGE && status != ERR_NOT_GENUINE;
    for (size_t i = 0; ring && again && i < ring->healing.len; i++)
        note(heal, ring, ring->healing.item[i], wait_ms);
    if (ring)
        strv_clear(&ring->healing);
    free(heal->healing);
    heal->healing = NULL;
}

/* The job reads the paths from a file in memory, each with a NUL behind it. */
static int write_paths(const struct strv *paths, struct err *err)
{
    AUTO_BUF text = {0};
    for (size_t i = 0; i < paths->len; i++)
        buf_append(&text, paths->item[i], strlen(paths->item[i]) + 1);
    int fd = memfd_create("ringmgr-paths", MFD_CLOEXEC);
    if (fd < 0)
        err_set_errno(err, errno, "make a file in memory");
    else if (fs_write_all(fd, text.data, text.len, "the paths to heal", err) && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    fs_auto_close(&fd);
    return -1;
}

static bool start_heal(struct serve_heal *heal, struct ring_wrong *ring, struct err *err)
{
    const char *const words[] = {"job", "heal", ring->ring, NULL};
    char name[128];
    drop_twins(&ring->healing);
    AUTO_FD paths = write_paths(&ring->healing, err);
    snprintf(name, sizeof name, "heal ring=%s", ring->ring);
    const struct serve_jobs_start start = {.name = name,
                                           .words = words,
                                           .in = paths,
                                           .quiet = true,
                                           .said = take_report,
                                           .ended = after_heal,
                                           .context = heal};
    return paths >= 0 && serve_jobs_start(heal->jobs, &start, err) > 0;
}

static void heal_due(struct serve_heal *heal, struct ring_wrong *ring)
{
    struct err err = {0};
    if (!serve_plan_occupy(heal->plan, SERVE_QUICK))
        return;
    strv_clear(&ring->healing);
    ring->healing = ring->paths;
    ring->paths = (struct strv){0};
    ring->due_ms = -1;
    heal->healing = mem_strdup(ring->ring);
    if (start_heal(heal, ring, &err))
        return;
    log_event(heal->log, LOG_PRIORITY_ERR, "event=heal-failed ring=%s text=\"%s\"", ring->ring, err.msg);
    after_heal(heal, ERR_LOCKED); /* tried again */
}

/* ---- fetching what is lost ---- */

static void note_fetched(struct serve_heal *heal)
{
    const struct lost *lost = &heal->lost[0];
    heal->done = mem_grow(heal->done, heal->dones, sizeof *heal->done);
    heal->done[heal->dones++] =
        (struct lost){mem_strdup(lost->ring), mem_strdup(lost->build), serve_loop_now_ms()};
}

/* A ring that has left the configuration (ERR_USAGE) needs nothing any more. */
static void after_fetch(void *context, int status)
{
    struct serve_heal *heal = context;
    heal->fetching = false;
    serve_plan_release(heal->plan, SERVE_BULK);
    if (status != ERR_NONE && status != ERR_USAGE) {
        heal->lost[0].due_ms = serve_loop_now_ms() + (status == ERR_LOCKED ? LOCKED_MS : FAILED_MS);
        return;
    }
    note_fetched(heal);
    drop_lost(heal);
    for (size_t i = 0; i < heal->again.len; i++)
        serve_heal_note(heal, heal->again.item[i], "");
    strv_clear(&heal->again);
}

static void fetch_due(struct serve_heal *heal)
{
    const struct lost *lost = &heal->lost[0];
    const char *const words[] = {"sync", lost->ring, "--build", lost->build, "--now", NULL};
    struct err err = {0};
    char name[160];
    if (!serve_plan_occupy(heal->plan, SERVE_BULK))
        return;
    heal->fetching = true;
    snprintf(name, sizeof name, "fetch ring=%s build=%s", lost->ring, lost->build);
    const struct serve_jobs_start start = {
        .name = name, .words = words, .ended = after_fetch, .context = heal};
    if (serve_jobs_start(heal->jobs, &start, &err) > 0)
        return;
    log_event(heal->log, LOG_PRIORITY_ERR, "event=fetch-failed ring=%s text=\"%s\"", lost->ring, err.msg);
    after_fetch(heal, ERR_LOCKED);
}

static struct ring_wrong *longest_waiting(const struct serve_heal *heal)
{
    struct ring_wrong *longest = NULL;
    for (size_t i = 0; i < heal->rings; i++)
        if (heal->ring[i].due_ms >= 0 && (!longest || heal->ring[i].due_ms < longest->due_ms))
            longest = &heal->ring[i];
    return longest;
}

/* What upstream no longer has must not keep the others. */
static void put_earliest_first(struct serve_heal *heal)
{
    for (size_t i = 1; i < heal->losts; i++)
        if (heal->lost[i].due_ms < heal->lost[0].due_ms) {
            struct lost later = heal->lost[0];
            heal->lost[0] = heal->lost[i];
            heal->lost[i] = later;
        }
}

void serve_heal_start_due(struct serve_heal *heal)
{
    int64_t now = serve_loop_now_ms();
    struct ring_wrong *ring = longest_waiting(heal);
    if (ring && ring->due_ms <= now)
        heal_due(heal, ring);
    if (!heal->fetching)
        put_earliest_first(heal);
    if (heal->losts && !heal->fetching && heal->lost[0].due_ms <= now)
        fetch_due(heal);
}

int64_t serve_heal_due_ms(const struct serve_heal *heal)
{
    int64_t due = -1;
    const struct ring_wrong *ring = longest_waiting(heal);
    if (ring && !heal->plan->busy[SERVE_QUICK])
        due = ring->due_ms;
    for (size_t i = 0; i < heal->losts && !heal->plan->busy[SERVE_BULK]; i++)
        due = due < 0 || heal->lost[i].due_ms < due ? heal->lost[i].due_ms : due;
    return due;
}

#include "ringmgr/app/metrics.h"
#include "ringmgr/app/metrics_site.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/version.h"
#include "ringmgr/ops/overview.h"
#include "ringmgr/ops/tell_queue.h"
#include "ringmgr/state/catalog_gc.h"
#include "ringmgr/state/runs.h"

#include <stdlib.h>
#include <string.h>

/* What is gathered before the first line is written: families must not be torn apart. */
struct gathered {
    struct overview *ring;
    size_t rings;
    struct runs runs;
    struct attentions attentions;
    struct tell_queues queues;
    struct site_views sites;
    uint64_t figure[FIGURE_COUNT];
    uint64_t store_bytes, free_bytes;
    int64_t now_unix;
};

static void gathered_clear(struct gathered *all)
{
    for (size_t i = 0; i < all->rings; i++)
        overview_clear(&all->ring[i]);
    free(all->ring);
    runs_clear(&all->runs);
    attentions_clear(&all->attentions);
    tell_queues_clear(&all->queues);
    site_views_clear(&all->sites);
}

static bool gather(const struct job *job, struct gathered *all, struct err *err)
{
    all->now_unix = clock_now_unix();
    all->ring = mem_new(job->settings->rings + 1, sizeof *all->ring);
    for (; all->rings < job->settings->rings; all->rings++)
        if (!overview_gather(job, &job->settings->ring[all->rings], &all->ring[all->rings], err)) {
            overview_clear(&all->ring[all->rings]);
            return false;
        }
    return runs_get(job->state, &all->runs, err) && catalog_attentions(job->state, &all->attentions, err) &&
           tell_queues_get(job, &all->queues, err) && figures_get(job->state, all->figure, err) &&
           site_views_gather(job, &all->sites, err) &&
           catalog_object_bytes(job->state, &all->store_bytes, err) &&
           fs_free_bytes(store_dir(job->store), &all->free_bytes, err);
}

/* ---- rings ---- */

/* A value of a ring that not every ring has. */
struct ring_metric {
    struct metric metric;
    bool (*read)(const struct gathered *all, const struct overview *ring, double *value);
};

static bool read_days_left(const struct gathered *all, const struct overview *ring, double *value)
{
    (void)all;
    *value = (double)ring->outlook.support.days_left;
    return ring->has_live && ring->outlook.deadline.at_unix >= 0;
}

static bool read_deadline(const struct gathered *all, const struct overview *ring, double *value)
{
    (void)all;
    *value = (double)ring->outlook.deadline.at_unix;
    return ring->has_live && ring->outlook.deadline.at_unix >= 0;
}

static bool read_live_since(const struct gathered *all, const struct overview *ring, double *value)
{
    (void)all;
    *value = (double)ring->live.live_since;
    return ring->has_live;
}

static bool read_candidate_age(const struct gathered *all, const struct overview *ring, double *value)
{
    int64_t staged = ring->has_candidate ? ring->facts.gate.staged_unix : -1;
    *value = all->now_unix > staged ? (double)(all->now_unix - staged) : 0;
    return staged >= 0;
}

/* Of a soak that has not begun nobody knows when it ends. */
static bool read_soak_left(const struct gathered *all, const struct overview *ring, double *value)
{
    if (!ring->has_candidate || ring->ring->soak.seconds == 0)
        return false;
    struct soak soak = gate_soak(&ring->facts.gate);
    *value = soak.over ? 0 : (double)(soak.ends_unix - all->now_unix);
    return soak.over || soak.ends_unix >= 0;
}

static bool read_held(const struct gathered *all, const struct overview *ring, double *value)
{
    (void)all;
    *value = (double)ring->holds.len;
    return true;
}

static bool read_sync_age(const struct gathered *all, const struct overview *ring, double *value)
{
    (void)all;
    *value = (double)ring->last_sync.at_unix;
    return ring->last_sync.result && ring->last_sync.at_unix >= 0;
}

static bool read_sync_failed(const struct gathered *all, const struct overview *ring, double *value)
{
    (void)all;
    *value = ring->sync_failed;
    return !ring->ring->source_ring && ring->last_sync.result;
}

static const struct ring_metric ring_metrics[] = {
    {{"ringmgr_ring_support_days_left", METRIC_GAUGE, NULL,
      "Days until the support of the live build ends, negative once it has ended."},
     read_days_left},
    {{"ringmgr_ring_support_deadline_timestamp_seconds", METRIC_GAUGE, "seconds",
      "When the support of the live build ends."},
     read_deadline},
    {{"ringmgr_ring_live_since_timestamp_seconds", METRIC_GAUGE, "seconds",
      "Since when the live build has been live."},
     read_live_since},
    {{"ringmgr_ring_candidate_age_seconds", METRIC_GAUGE, "seconds",
      "How long the candidate has been complete and proven in the store."},
     read_candidate_age},
    {{"ringmgr_ring_soak_left_seconds", METRIC_GAUGE, "seconds",
      "How long the candidate must still prove itself in the ring before."},
     read_soak_left},
    {{"ringmgr_ring_holds", METRIC_GAUGE, NULL, "Holds that stand on the ring."}, read_held},
    {{"ringmgr_ring_last_sync_timestamp_seconds", METRIC_GAUGE, "seconds",
      "When a sync of the ring last came to an end."},
     read_sync_age},
    {{"ringmgr_ring_last_sync_failed", METRIC_GAUGE, NULL,
      "Whether the last sync of the ring failed, however the ring stands."},
     read_sync_failed},
};

static void put_ring_metric(const struct gathered *all, const struct ring_metric *one,
                            struct metrics_text *out)
{
    metric_begin(out, &one->metric);
    for (size_t i = 0; i < all->rings; i++) {
        const struct metric_label labels[] = {{"ring", all->ring[i].ring->name}, {NULL, NULL}};
        double value;
        if (one->read(all, &all->ring[i], &value))
            metric_put(out, &one->metric, labels, value);
    }
}

static void put_rings(const struct gathered *all, struct metrics_text *out)
{
    static const struct metric info = {"ringmgr_ring", METRIC_INFO, NULL,
                                       "What each ring offers, and how it stands; always 1."};
    metric_begin(out, &info);
    for (size_t i = 0; i < all->rings; i++) {
        const struct overview *ring = &all->ring[i];
        char build[BUILD_TEXT_SIZE] = "", candidate[BUILD_TEXT_SIZE] = "";
        if (ring->has_live)
            build_format(&ring->live.build, build);
        if (ring->has_candidate)
            build_format(&ring->facts.gate.build, candidate);
        const struct metric_label labels[] = {{"ring", ring->ring->name},
                                              {"channel", ring->ring->channel->id},
                                              {"build", build},
                                              {"version", ring->live_release.version},
                                              {"candidate", candidate},
                                              {"state", ring_state_text(ring->state)},
                                              {NULL, NULL}};
        metric_put(out, &info, labels, 1);
    }
}

/* All gates, so that a query for one that is open finds 0 and not nothing. */
static void put_gates(const struct gathered *all, struct metrics_text *out)
{
    static const struct metric shut = {"ringmgr_ring_gate_shut", METRIC_GAUGE, NULL,
                                       "Whether this gate keeps the candidate out of the ring."};
    metric_begin(out, &shut);
    for (size_t i = 0; i < all->rings; i++)
        for (int gate = 0; all->ring[i].has_candidate && gate < GATE_COUNT; gate++) {
            const struct verdict *verdict = &all->ring[i].verdict[gate];
            const struct metric_label labels[] = {
                {"ring", all->ring[i].ring->name}, {"gate", gate_name(verdict->gate)}, {NULL, NULL}};
            metric_put(out, &shut, labels, !verdict->open);
        }
}

/* All levels, so that a query for one that it is not at finds 0. */
static void put_support(const struct gathered *all, struct metrics_text *out)
{
    static const struct metric at = {"ringmgr_ring_support_level", METRIC_GAUGE, NULL,
                                     "Whether the support of the live build is at this level."};
    static const char *const levels[] = {"ok", "warn", "late", "expired", "unknown"};
    metric_begin(out, &at);
    for (size_t i = 0; i < all->rings; i++) {
        const struct outlook *outlook = &all->ring[i].outlook;
        const char *level = outlook->undated ? "unknown" : support_level_text(outlook->support.level);
        for (size_t j = 0; all->ring[i].has_live && j < sizeof levels / sizeof *levels; j++) {
            const struct metric_label labels[] = {
                {"ring", all->ring[i].ring->name}, {"level", levels[j]}, {NULL, NULL}};
            metric_put(out, &at, labels, strcmp(level, levels[j]) == 0);
        }
    }
}

/* ---- jobs ---- */

static double read_good(const struct run *run)
{
    return (double)run->good_unix;
}

static double read_duration(const struct run *run)
{
    return run->ended_unix > run->began_unix ? (double)(run->ended_unix - run->began_unix) : 0;
}

static double read_status(const struct run *run)
{
    return run->status;
}

static const struct job_metric {
    struct metric metric;
    double (*read)(const struct run *run);
} job_metrics[] = {
    {{"ringmgr_job_last_success_timestamp_seconds", METRIC_GAUGE, "seconds",
      "When this job last ended well."},
     read_good},
    {{"ringmgr_job_last_duration_seconds", METRIC_GAUGE, "seconds", "How long the last run took."},
     read_duration},
    {{"ringmgr_job_last_status", METRIC_GAUGE, NULL,
      "Exit status of the last run: 0 done, other numbers as in the manual."},
     read_status},
};

/* The label is no "job": that is Prometheus' own, which calls another one of that name exported_job. */
static void put_jobs(const struct gathered *all, struct metrics_text *out)
{
    for (size_t i = 0; i < sizeof job_metrics / sizeof *job_metrics; i++) {
        const struct job_metric *one = &job_metrics[i];
        metric_begin(out, &one->metric);
        for (size_t j = 0; j < all->runs.len; j++) {
            const struct run *run = &all->runs.item[j];
            const struct metric_label labels[] = {{"task", run->job}, {NULL, NULL}};
            if (one->read != read_good || run->good_unix >= 0)
                metric_put(out, &one->metric, labels, one->read(run));
        }
    }
}

/* ---- the whole ---- */

static void put_attention(const struct gathered *all, struct metrics_text *out)
{
    static const struct metric attention = {"ringmgr_attention", METRIC_GAUGE, NULL,
                                            "What needs somebody's attention and has not been seen."};
    static const char *const severities[] = {"info", "warning", "critical"};
    metric_begin(out, &attention);
    for (size_t i = 0; i < sizeof severities / sizeof *severities; i++) {
        const struct metric_label labels[] = {{"severity", severities[i]}, {NULL, NULL}};
        double count = 0;
        for (size_t j = 0; j < all->attentions.len; j++)
            count += strcmp(all->attentions.item[j].severity, severities[i]) == 0;
        metric_put(out, &attention, labels, count);
    }
}

static void put_notices(const struct gathered *all, struct metrics_text *out)
{
    static const struct metric waiting = {"ringmgr_notices_waiting", METRIC_GAUGE, NULL,
                                          "Notices that this target has not been told yet."};
    static const struct metric failing = {"ringmgr_notify_failing_since_timestamp_seconds", METRIC_GAUGE,
                                          "seconds", "Since when nothing gets through to this target."};
    const struct tell_queues *queues = &all->queues;
    metric_begin(out, &waiting);
    for (size_t i = 0; i < queues->len; i++) {
        const struct metric_label labels[] = {{"target", queues->item[i].target}, {NULL, NULL}};
        metric_put(out, &waiting, labels, (double)queues->item[i].waiting);
    }
    metric_begin(out, &failing);
    for (size_t i = 0; i < queues->len; i++) {
        const struct metric_label labels[] = {{"target", queues->item[i].target}, {NULL, NULL}};
        if (queues->item[i].failing_unix >= 0)
            metric_put(out, &failing, labels, (double)queues->item[i].failing_unix);
    }
}

static void put_single(struct metrics_text *out, const struct metric *metric, uint64_t value)
{
    metric_begin(out, metric);
    metric_put(out, metric, NULL, (double)value);
}

static void put_figures(const struct gathered *all, struct metrics_text *out)
{
    static const struct metric figures[FIGURE_COUNT] = {
        [FIGURE_FETCHED_BYTES] = {"ringmgr_fetched_bytes", METRIC_COUNTER, "bytes",
                                  "Bytes of builds that came from upstream."},
        [FIGURE_REUSED_BYTES] = {"ringmgr_reused_bytes", METRIC_COUNTER, "bytes",
                                 "Bytes of builds that were at hand already."},
        [FIGURE_HEALED_FILES] = {"ringmgr_healed_files", METRIC_COUNTER, NULL,
                                 "Files of shares that were put right."},
        [FIGURE_AUDIT_FINDINGS] = {"ringmgr_audit_findings", METRIC_GAUGE, NULL,
                                   "Files that the last audit found wrong."},
        [FIGURE_AUDIT_LEFT] = {"ringmgr_audit_unrepaired", METRIC_GAUGE, NULL,
                               "Files that the last audit found wrong and could not put right."},
    };
    static const struct metric store = {"ringmgr_store_bytes", METRIC_GAUGE, "bytes",
                                        "Bytes of all objects in the store."};
    static const struct metric room = {"ringmgr_store_free_bytes", METRIC_GAUGE, "bytes",
                                       "Bytes that are free where the store lies."};
    for (int i = 0; i < FIGURE_COUNT; i++)
        put_single(out, &figures[i], all->figure[i]);
    put_single(out, &store, all->store_bytes);
    put_single(out, &room, all->free_bytes);
}

static void put_program(struct metrics_text *out)
{
    static const struct metric program = {"ringmgr_build", METRIC_INFO, NULL,
                                          "The release of ringmgr itself; always 1."};
    const struct metric_label labels[] = {{"version", version_text()}, {NULL, NULL}};
    metric_begin(out, &program);
    metric_put(out, &program, labels, 1);
}

bool metrics_write(const struct job *job, struct metrics_text *out, struct err *err)
{
    struct gathered all AUTO(gathered_clear) = {0};
    if (!gather(job, &all, err))
        return false;
    put_program(out);
    put_rings(&all, out);
    for (size_t i = 0; i < sizeof ring_metrics / sizeof *ring_metrics; i++)
        put_ring_metric(&all, &ring_metrics[i], out);
    put_support(&all, out);
    put_gates(&all, out);
    metrics_put_sites(job->settings, &all.sites, out);
    put_jobs(&all, out);
    put_attention(&all, out);
    put_notices(&all, out);
    put_figures(&all, out);
    metrics_end(out);
    return true;
}

bool metrics_write_file(const struct job *job, const char *path, struct err *err)
{
    static const struct fs_replace how = {.mode = 0644, .mtime_unix = -1};
    const char *name = strrchr(path, '/') + 1;
    char *folder AUTO_FREE = mem_strndup(path, (size_t)(name - path));
    struct metrics_text out = {.openmetrics = false};
    AUTO_FD dir = fs_open_dir(folder, err);
    bool done = dir >= 0 && metrics_write(job, &out, err) &&
                fs_replace_file(dir, name, out.text.data, out.text.len, &how, err);
    buf_clear(&out.text);
    return done || err_prefix(err, "[metrics] textfile = %s", path);
}

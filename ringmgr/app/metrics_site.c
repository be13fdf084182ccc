#include "ringmgr/app/metrics_site.h"

/* A value of one ring at one site; false where it has none. */
struct site_metric {
    struct metric metric;
    bool (*read)(const struct site_view *view, double *value);
};

static bool read_live(const struct site_view *view, double *value)
{
    *value = view->live;
    return true;
}

static bool read_proven(const struct site_view *view, double *value)
{
    *value = view->want.proven_unix >= 0;
    return true;
}

static bool read_staged(const struct site_view *view, double *value)
{
    *value = view->want.staged_unix >= 0;
    return true;
}

static bool read_stale(const struct site_view *view, double *value)
{
    *value = view->share.stale_unix >= 0;
    return true;
}

static bool read_failing(const struct site_view *view, double *value)
{
    *value = view->share.failing_unix >= 0;
    return true;
}

static bool read_paused(const struct site_view *view, double *value)
{
    *value = view->pause.site ? 1 : 0;
    return true;
}

static bool read_left(const struct site_view *view, double *value)
{
    *value = (double)view->share.bytes_left;
    return true;
}

static bool read_good(const struct site_view *view, double *value)
{
    *value = (double)view->share.good_unix;
    return view->share.good_unix >= 0;
}

static const struct site_metric site_metrics[] = {
    {{"ringmgr_site_live", METRIC_GAUGE, NULL, "Whether the site offers what headquarters offers."},
     read_live},
    {{"ringmgr_site_proven", METRIC_GAUGE, NULL,
      "Whether the site has the build that headquarters offers, whole and proven."},
     read_proven},
    {{"ringmgr_site_staged", METRIC_GAUGE, NULL,
      "Whether all files of the build that headquarters offers have come to the site."},
     read_staged},
    {{"ringmgr_site_stale", METRIC_GAUGE, NULL, "Whether the site offers something else than headquarters."},
     read_stale},
    {{"ringmgr_site_failing", METRIC_GAUGE, NULL, "Whether the last run at the site failed."}, read_failing},
    {{"ringmgr_site_paused", METRIC_GAUGE, NULL, "Whether somebody has paused the site."}, read_paused},
    {{"ringmgr_site_left_bytes", METRIC_GAUGE, "bytes", "Bytes that the site lacks of what it shall have."},
     read_left},
    {{"ringmgr_site_last_success_timestamp_seconds", METRIC_GAUGE, "seconds",
      "When the site last had everything that it shall have."},
     read_good},
};

static void put_site(const struct site_views *views, const struct site_metric *one, struct metrics_text *out)
{
    metric_begin(out, &one->metric);
    for (size_t i = 0; i < views->len; i++) {
        const struct site_view *view = &views->item[i];
        const struct metric_label labels[] = {
            {"site", view->site->name}, {"ring", view->ring->name}, {NULL, NULL}};
        double value;
        if (one->read(view, &value))
            metric_put(out, &one->metric, labels, value);
    }
}

/* ---- rings ---- */

static double read_counted(const struct quorum *quorum)
{
    return quorum->counted;
}

static double read_needed(const struct quorum *quorum)
{
    return quorum->need;
}

static double read_offering(const struct quorum *quorum)
{
    return quorum->live;
}

static const struct ring_metric {
    struct metric metric;
    double (*read)(const struct quorum *quorum);
} ring_metrics[] = {
    {{"ringmgr_ring_sites_required", METRIC_GAUGE, NULL, "Sites of the ring that count for its quorum."},
     read_counted},
    {{"ringmgr_ring_sites_needed", METRIC_GAUGE, NULL, "How many of them make a promotion live."},
     read_needed},
    {{"ringmgr_ring_sites_live", METRIC_GAUGE, NULL, "How many of them offer what headquarters offers."},
     read_offering},
};

static void put_ring(const struct settings *settings, const struct site_views *views,
                     const struct ring_metric *one, struct metrics_text *out)
{
    metric_begin(out, &one->metric);
    for (size_t i = 0; i < views->quorums; i++) {
        const struct metric_label labels[] = {{"ring", settings->ring[i].name}, {NULL, NULL}};
        if (views->quorum[i].counted)
            metric_put(out, &one->metric, labels, one->read(&views->quorum[i]));
    }
}

void metrics_put_sites(const struct settings *settings, const struct site_views *views,
                       struct metrics_text *out)
{
    if (views->len == 0)
        return;
    for (size_t i = 0; i < sizeof site_metrics / sizeof *site_metrics; i++)
        put_site(views, &site_metrics[i], out);
    for (size_t i = 0; i < sizeof ring_metrics / sizeof *ring_metrics; i++)
        put_ring(settings, views, &ring_metrics[i], out);
}

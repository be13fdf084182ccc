/*
 * The text that Prometheus reads: OpenMetrics 1.0, and the older form (text format 0.0.4) that the textfile
 * collector of node_exporter and promtool read.
 */
#ifndef RINGMGR_APP_OPENMETRICS_H
#define RINGMGR_APP_OPENMETRICS_H

#include "ringmgr/base/buf.h"

#include <stdint.h>

enum metric_type { METRIC_GAUGE, METRIC_COUNTER, METRIC_INFO };

struct metric {
    const char *name; /* with its unit, without _total and _info */
    enum metric_type type;
    const char *unit; /* the end of its name, "seconds"; NULL: none */
    const char *help; /* one sentence */
};

struct metric_label {
    const char *name;
    const char *value; /* NULL: "" */
};

/* Where the text grows. A zero `openmetrics` writes the older form. */
struct metrics_text {
    struct buf text;
    bool openmetrics;
};

/* What stands before a metric's samples; called once for each metric. */
void metric_begin(struct metrics_text *out, const struct metric *metric);
/* One sample; `labels` ends with a NULL name, or is NULL. */
void metric_put(struct metrics_text *out, const struct metric *metric, const struct metric_label *labels,
                double value);
/* Nothing may follow. */
void metrics_end(struct metrics_text *out);

#endif

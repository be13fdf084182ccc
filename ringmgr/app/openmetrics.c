#include "ringmgr/app/openmetrics.h"

#include <math.h>
#include <string.h>

/*
 * OpenMetrics names a family without the ending of its samples; in the older form name and sample are the
 * same, and there is no type "info".
 */
static const char *ending(enum metric_type type)
{
    return type == METRIC_COUNTER ? "_total" : type == METRIC_INFO ? "_info" : "";
}

static const char *type_text(const struct metrics_text *out, enum metric_type type)
{
    if (type == METRIC_COUNTER)
        return "counter";
    return type == METRIC_INFO && out->openmetrics ? "info" : "gauge";
}

/* OpenMetrics escapes quotes in a help text, too; ours have neither quotes nor newlines nor backslashes. */
void metric_begin(struct metrics_text *out, const struct metric *metric)
{
    const char *tail = out->openmetrics ? "" : ending(metric->type);
    buf_printf(&out->text, "# HELP %s%s %s\n", metric->name, tail, metric->help);
    buf_printf(&out->text, "# TYPE %s%s %s\n", metric->name, tail, type_text(out, metric->type));
    if (metric->unit && out->openmetrics)
        buf_printf(&out->text, "# UNIT %s %s\n", metric->name, metric->unit);
}

static void put_value(struct buf *text, const char *value)
{
    for (; value && *value; value++) {
        if (*value == '\n')
            buf_puts(text, "\\n");
        else if (*value == '"' || *value == '\\')
            buf_printf(text, "\\%c", *value);
        else
            buf_append(text, value, 1);
    }
}

static void put_labels(struct buf *text, const struct metric_label *label)
{
    const char *before = "{";
    for (; label && label->name; label++) {
        buf_printf(text, "%s%s=\"", before, label->name);
        put_value(text, label->value);
        buf_puts(text, "\"");
        before = ",";
    }
    buf_puts(text, *before == ',' ? "} " : " ");
}

void metric_put(struct metrics_text *out, const struct metric *metric, const struct metric_label *labels,
                double value)
{
    buf_printf(&out->text, "%s%s", metric->name, ending(metric->type));
    put_labels(&out->text, labels);
    /* Exact where it is a number of things. */
    if (fabs(value) < 9007199254740992.0 && floor(value) == value)
        buf_printf(&out->text, "%.0f\n", value);
    else
        buf_printf(&out->text, "%.17g\n", value);
}

void metrics_end(struct metrics_text *out)
{
    if (out->openmetrics)
        buf_puts(&out->text, "# EOF\n");
}

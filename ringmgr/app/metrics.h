/* Metrics: what a watching machine wants to know of the service, as Prometheus reads it. */
#ifndef RINGMGR_APP_METRICS_H
#define RINGMGR_APP_METRICS_H

#include "ringmgr/app/openmetrics.h"
#include "ringmgr/ops/job.h"

/* Appends everything, as the state says now; reads only. After an error the text is not to be used. */
bool metrics_write(const struct job *job, struct metrics_text *out, struct err *err) MUST_CHECK;

/*
 * Replaces the file at this absolute path, in one step, by everything in the older form, which the textfile
 * collector of node_exporter reads; mode 0644. After an error it is what it was.
 */
bool metrics_write_file(const struct job *job, const char *path, struct err *err) MUST_CHECK;

#endif

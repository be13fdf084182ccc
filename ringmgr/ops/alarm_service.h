/* The alarms that the service raises about itself. */
#ifndef RINGMGR_OPS_ALARM_SERVICE_H
#define RINGMGR_OPS_ALARM_SERVICE_H

#include "ringmgr/ops/job.h"

/*
 * The service has refused the configuration that the file holds now and works by the one from before
 * ("config-refused"): `why`; a restart would settle it, else the file must be mended. Replaces what stands
 * of an earlier refusal.
 */
bool alarm_service_refused(const struct job *job, const char *why, bool restart, struct err *err) MUST_CHECK;
/* It works by what the file holds: that is over. */
bool alarm_service_agrees(const struct job *job, struct err *err) MUST_CHECK;

/* A job of this name ("sync", "heal ring=pilot") ended as none should: `how`, for "the job sync …"
 * ("job-died"). Stands until alarm_service_well(). */
bool alarm_service_died(const struct job *job, const char *name, const char *how, struct err *err) MUST_CHECK;
/* The job of this name has ended well. */
bool alarm_service_well(const struct job *job, const char *name, struct err *err) MUST_CHECK;

#endif

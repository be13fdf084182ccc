#include "ringmgr/ops/alarm_service.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/catalog.h"

static const char refused_code[] = "config-refused", died_code[] = "job-died";

bool alarm_service_refused(const struct job *job, const char *why, bool restart, struct err *err)
{
    char *text AUTO_FREE =
        mem_printf("the service refuses what the configuration holds now, which status and "
                   "explain go by, and works by what it held before: %s%s",
                   why, restart ? "" : ": mend it, then systemctl reload ringmgr");
    const struct attention attention = {.severity = "warning",
                                        .code = refused_code,
                                        .subject = "",
                                        .text = text,
                                        .command = restart ? "ringmgr check && systemctl restart ringmgr"
                                                           : "ringmgr check",
                                        .since_unix = clock_now_unix()};
    return alarm_service_agrees(job, err) && catalog_attention_raise(job->state, &attention, err);
}

bool alarm_service_agrees(const struct job *job, struct err *err)
{
    return catalog_attention_clear(job->state, refused_code, NULL, NULL, err);
}

bool alarm_service_died(const struct job *job, const char *name, const char *how, struct err *err)
{
    char *text AUTO_FREE =
        mem_printf("the job %s %s: the schedule goes on; the journal has what it said last", name, how);
    const struct attention attention = {.severity = "warning",
                                        .code = died_code,
                                        .subject = name,
                                        .text = text,
                                        .command = "journalctl -u ringmgr",
                                        .since_unix = clock_now_unix()};
    return catalog_attention_raise(job->state, &attention, err);
}

bool alarm_service_well(const struct job *job, const char *name, struct err *err)
{
    return catalog_attention_settle(job->state, died_code, NULL, name, err);
}

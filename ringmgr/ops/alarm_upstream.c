#include "ringmgr/ops/alarm_upstream.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/catalog.h"

#include <string.h>

bool alarm_upstream_judge(const struct job *job, const struct ring *ring, const struct build *build,
                          const struct err *why, struct err *err)
{
    static const char code[] = "upstream-not-genuine";
    char subject[BUILD_TEXT_SIZE] = "";
    if (!why)
        return catalog_attention_clear(job->state, code, ring->name, NULL, err);
    if (why->code != ERR_NOT_GENUINE)
        return true;
    if (!build_is_none(build))
        build_format(build, subject);
    bool named = strstr(why->msg, subject); /* by the file's path */
    char *text AUTO_FREE =
        mem_printf("not genuine, and kept out: %s%s%s", named ? "" : subject, named ? "" : ": ", why->msg);
    char *command AUTO_FREE = mem_printf("ringmgr sync %s", ring->name);
    const struct attention attention = {.severity = "critical",
                                        .ring = ring->name,
                                        .code = code,
                                        .subject = subject,
                                        .text = text,
                                        .command = command,
                                        .since_unix = clock_now_unix()};
    return catalog_attention_clear(job->state, code, ring->name, subject, err) &&
           catalog_attention_raise(job->state, &attention, err);
}

#include "ringmgr/ops/clock_behind.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/catalog.h"
#include "ringmgr/state/journal.h"

#include <stdio.h>

bool clock_behind_find(const struct job *job, int64_t now, char behind[CLOCK_BEHIND_SIZE], struct err *err)
{
    char hash[DIGEST_TEXT_SIZE], time[CLOCK_TEXT_SIZE];
    int64_t journal, newest_signed;
    const char *what = NULL;
    int64_t when = 0;
    if (!journal_head(job->state, hash, &journal, err) ||
        !catalog_newest_signed(job->state, &newest_signed, err))
        return false;
    if (now < clock_build_unix()) {
        what = "this program was built";
        when = clock_build_unix();
    } else if (now < newest_signed) {
        what = "the newest signature of Microsoft's";
        when = newest_signed;
    } else if (now < journal) {
        what = "the last entry of the history";
        when = journal;
    }
    clock_format(when, time);
    *behind = 0;
    if (what)
        snprintf(behind, CLOCK_BEHIND_SIZE, "%s (%s)", what, time);
    return true;
}

bool clock_behind_refresh(const struct job *job, struct err *err)
{
    char behind[CLOCK_BEHIND_SIZE];
    int64_t now = clock_now_unix();
    if (!clock_behind_find(job, now, behind, err))
        return false;
    if (!*behind)
        return catalog_attention_clear(job->state, CLOCK_BEHIND_CODE, NULL, NULL, err);
    char *text AUTO_FREE =
        mem_printf("the clock is before %s, so nothing that time opens is open: set it, or acknowledge this "
                   "if it is right now",
                   behind);
    const struct attention attention = {
        .severity = "critical", .code = CLOCK_BEHIND_CODE, .subject = "", .text = text, .since_unix = now};
    return catalog_attention_raise(job->state, &attention, err);
}

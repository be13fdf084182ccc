#include "ringmgr/app/settings_duration.h"
#include "ringmgr/policy/soak.h"

bool settings_parse_duration(const char *text, int64_t *seconds)
{
    struct soak_need need;
    if (!soak_parse(text, &need) || need.workdays)
        return false;
    *seconds = need.seconds;
    return true;
}

/* Any bytes as a cabinet: refused, or members within the limits. */
#include "fuzz.h"

#include "ringmgr/base/limits.h"
#include "ringmgr/c2r/cab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const want[] = {"*", NULL};
    struct cab cab;
    struct err err = {0};
    bool good = cab_read(data, size, "fuzz.cab", want, &cab, &err);
    if (good ? cab.len > LIMIT_CAB_MEMBERS : err.code != ERR_NOT_GENUINE || cab.len)
        abort();
    for (size_t i = 0; i < cab.len; i++)
        if (cab.member[i].data.len != cab.member[i].bytes ||
            cab_find(&cab, cab.member[i].name) != &cab.member[i])
            abort();
    cab_clear(&cab);
    return 0;
}

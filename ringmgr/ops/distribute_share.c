#include "ringmgr/ops/distribute_share.h"

#include <stdlib.h>

const char *distribute_result_name(enum distribute_result result)
{
    static const char *const names[] = {
        [DISTRIBUTE_UNCHANGED] = "unchanged", [DISTRIBUTE_STAGED] = "staged",
        [DISTRIBUTE_PROVEN] = "proven",       [DISTRIBUTE_FLIPPED] = "flipped",
        [DISTRIBUTE_WAITING] = "waiting",     [DISTRIBUTE_FAILED] = "failed"};
    return names[result];
}

void distribute_share_clear(struct distribute_share *share)
{
    for (size_t i = 0; i < share->wrongs; i++) {
        free(share->wrong[i].path);
        free(share->wrong[i].problem);
    }
    free(share->wrong);
    free(share->text);
    *share = (struct distribute_share){.site = share->site, .ring = share->ring};
}

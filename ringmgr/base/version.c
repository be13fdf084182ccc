#include "ringmgr/base/version.h"

const char *version_text(void)
{
    return RINGMGR_VERSION;
}

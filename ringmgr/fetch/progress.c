#include "ringmgr/fetch/progress.h"
#include "ringmgr/base/amount.h"

_Static_assert((int)PROGRESS_TEXT_SIZE >= (int)AMOUNT_TEXT_SIZE, "room for an amount");

void progress_format_bytes(double bytes, char text[PROGRESS_TEXT_SIZE])
{
    amount_format((uint64_t)bytes, text);
}

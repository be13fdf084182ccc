#include "ringmgr/fetch/patience.h"

unsigned patience_seconds(const struct patience *patience)
{
    unsigned least = patience->stall_seconds / PATIENCE_LEAST_PART, seconds = patience->stall_seconds;
    for (unsigned i = patience->stalls; i > 0 && seconds > least; i--)
        seconds /= 2;
    if (seconds < least)
        seconds = least;
    return seconds ? seconds : 1;
}

void patience_note_answer(struct patience *patience)
{
    patience->answered = true;
}

void patience_note_stall(struct patience *patience)
{
    if (atomic_exchange(&patience->answered, false))
        patience->stalls++;
}

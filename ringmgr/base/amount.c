#include "ringmgr/base/amount.h"

#include <stddef.h>
#include <stdio.h>

void amount_format(uint64_t bytes, char text[AMOUNT_TEXT_SIZE])
{
    static const char *const unit[] = {"bytes", "KB", "MB", "GB", "TB"};
    double value = (double)bytes;
    size_t step = 0;
    while (value >= 1000 && step + 1 < sizeof unit / sizeof *unit) {
        value /= 1000;
        step++;
    }
    snprintf(text, AMOUNT_TEXT_SIZE, step ? "%.1f %s" : "%.0f %s", value, unit[step]);
}

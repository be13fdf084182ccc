#include "ringmgr/fetch/progress.h"

#include <stddef.h>
#include <stdio.h>

void progress_format_bytes(double bytes, char text[PROGRESS_TEXT_SIZE])
{
    static const char *const unit[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    size_t i = 0;
    while (bytes >= 1024 && i + 1 < sizeof unit / sizeof *unit) {
        bytes /= 1024;
        i++;
    }
    snprintf(text, PROGRESS_TEXT_SIZE, i ? "%.1f %s" : "%.0f %s", bytes, unit[i]);
}

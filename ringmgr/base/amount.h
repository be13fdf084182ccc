/* Amounts of bytes as people read them: in steps of 1000, as disks and lines are sold. */
#ifndef RINGMGR_BASE_AMOUNT_H
#define RINGMGR_BASE_AMOUNT_H

#include <stdint.h>

enum { AMOUNT_TEXT_SIZE = 32 };

/* "17 bytes", "1.5 KB", "3.2 GB". */
void amount_format(uint64_t bytes, char text[AMOUNT_TEXT_SIZE]);

#endif

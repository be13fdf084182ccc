/* Private to fetch: how the progress line says amounts. */
#ifndef RINGMGR_FETCH_PROGRESS_H
#define RINGMGR_FETCH_PROGRESS_H

enum { PROGRESS_TEXT_SIZE = 32 };

/* "17 bytes", "1.5 KB", "3.2 GB", as every result has it (amount.h). */
void progress_format_bytes(double bytes, char text[PROGRESS_TEXT_SIZE]);

#endif

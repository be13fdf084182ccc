/* What happens on the way, for people: lines on stderr. Results go to stdout, errors are values (base/err).
 */
#ifndef RINGMGR_BASE_LOG_H
#define RINGMGR_BASE_LOG_H

#include "ringmgr/base/err.h"

enum log_level { LOG_QUIET = 0, LOG_NORMAL = 1, LOG_VERBOSE = 2 };

struct log {
    enum log_level level;
    bool terminal; /* stderr is a terminal: progress may be drawn */
};

/* Something a person should know that is no failure of the command; shown unless --quiet. */
void log_warn(const struct log *log, const char *format, ...) PRINTF_LIKE(2, 3);
/* A step; shown with -v. */
void log_info(const struct log *log, const char *format, ...) PRINTF_LIKE(2, 3);
/* One line that replaces itself on a terminal; plain lines with -v elsewhere. */
void log_progress(const struct log *log, const char *format, ...) PRINTF_LIKE(2, 3);
/* Ends a progress line, if one is drawn. */
void log_progress_end(const struct log *log);

#endif

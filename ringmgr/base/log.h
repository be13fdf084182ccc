/* What happens on the way, for people: lines on stderr. Results go to stdout, errors are values (base/err).
 */
#ifndef RINGMGR_BASE_LOG_H
#define RINGMGR_BASE_LOG_H

#include "ringmgr/base/err.h"
#include <stddef.h>

enum log_level { LOG_QUIET = 0, LOG_NORMAL = 1, LOG_VERBOSE = 2 };

struct log {
    enum log_level level;
    bool terminal; /* stderr is a terminal: progress may be drawn */
    bool journal;  /* stderr is systemd's journal: each line begins with its priority (sd-daemon(3)) */
};

/* Whether stderr goes to the journal: JOURNAL_STREAM names its device and inode (systemd.exec(5)). */
bool log_is_journal(void);

/* The journal's priorities, which are those of syslog(3). */
enum log_priority { LOG_PRIORITY_ERR = 3, LOG_PRIORITY_WARNING = 4, LOG_PRIORITY_INFO = 6 };

/*
 * A line of the service: key=value pairs ("event=job-end job=sync status=0"), whatever the level. A text
 * goes through log_quote() first.
 */
void log_event(const struct log *log, enum log_priority priority, const char *format, ...) PRINTF_LIKE(3, 4);
/* The text in double quotes, with " and \ escaped and control characters as blanks; cut to fit. Returns it.
 */
const char *log_quote(const char *text, char *quoted, size_t size);
/* The prefix of a line of this priority: "<4>" in the journal, else "". */
const char *log_prefix(const struct log *log, enum log_priority priority);

/* Something a person should know that is no failure of the command; shown unless --quiet. */
void log_warn(const struct log *log, const char *format, ...) PRINTF_LIKE(2, 3);
/* A step; shown with -v. */
void log_info(const struct log *log, const char *format, ...) PRINTF_LIKE(2, 3);
/* One line that replaces itself on a terminal; plain lines with -v elsewhere. */
void log_progress(const struct log *log, const char *format, ...) PRINTF_LIKE(2, 3);
/* Ends a progress line, if one is drawn. */
void log_progress_end(const struct log *log);

#endif

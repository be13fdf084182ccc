/* What lint has to say, and its list. */
#ifndef CONFIG_FINDING_H
#define CONFIG_FINDING_H

#include "ringmgr/base/buf.h"

/*
 * Error: setup or the clients would fail, ignore it, or leave the ring. Warning: works, but hardly as meant,
 * or will fail one day. Note: worth knowing.
 */
enum finding_severity { FINDING_ERROR, FINDING_WARNING, FINDING_NOTE };

struct finding {
    unsigned line; /* from 1; of a Registry.pol the number of the entry; 0: the whole file */
    enum finding_severity severity;
    const char *code; /* a constant: "unknown-element" */
    char *text;       /* one sentence: what is wrong, and what to do */
};

/* Zero-initialised is empty. */
struct findings {
    struct finding *item;
    size_t len;
};

/* "error", "warning", "note" */
const char *finding_severity_name(enum finding_severity severity);
/* Appends one; control characters in its text, and what is not UTF-8, become '?'. */
void findings_add(struct findings *findings, unsigned line, enum finding_severity severity, const char *code,
                  const char *format, ...) PRINTF_LIKE(5, 6);
/* By line, then severity; otherwise in the order in which they were added. */
void findings_sort(struct findings *findings);
bool findings_have_errors(const struct findings *findings);
void findings_clear(struct findings *findings);

#endif

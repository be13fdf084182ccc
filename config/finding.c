#include "config/finding.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/utf8.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *finding_severity_name(enum finding_severity severity)
{
    static const char *const names[] = {
        [FINDING_ERROR] = "error", [FINDING_WARNING] = "warning", [FINDING_NOTE] = "note"};
    return names[severity];
}

void findings_add(struct findings *findings, unsigned line, enum finding_severity severity, const char *code,
                  const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char *text = mem_vprintf(format, list);
    va_end(list);
    utf8_disarm(text); /* names and values of files are in it, cut off perhaps */
    findings->item = mem_grow(findings->item, findings->len, sizeof *findings->item);
    findings->item[findings->len++] =
        (struct finding){.line = line, .severity = severity, .code = code, .text = text};
}

static bool is_after(const struct finding *a, const struct finding *b)
{
    return a->line != b->line ? a->line > b->line : a->severity > b->severity;
}

/* Findings are few and nearly sorted as they come, and equal ones must keep their order. */
void findings_sort(struct findings *findings)
{
    for (size_t i = 1; i < findings->len; i++) {
        struct finding moved = findings->item[i];
        size_t to = i;
        for (; to > 0 && is_after(&findings->item[to - 1], &moved); to--)
            findings->item[to] = findings->item[to - 1];
        findings->item[to] = moved;
    }
}

bool findings_have_errors(const struct findings *findings)
{
    for (size_t i = 0; i < findings->len; i++)
        if (findings->item[i].severity == FINDING_ERROR)
            return true;
    return false;
}

void findings_clear(struct findings *findings)
{
    for (size_t i = 0; i < findings->len; i++)
        free(findings->item[i].text);
    free(findings->item);
    *findings = (struct findings){0};
}

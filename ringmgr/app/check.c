#include "ringmgr/app/check.h"
#include "ringmgr/app/output.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

unsigned check_line(const struct check *check, const char *section_name, const char *key)
{
    const struct ini_section *section = settings_ini_section(&check->file, section_name);
    const struct ini_entry *entry = settings_ini_entry(section, key);
    return entry ? entry->line : section ? section->line : 0;
}

unsigned check_ring_line(const struct check *check, const struct ring *ring, const char *key)
{
    char *section AUTO_FREE = mem_printf("ring %s", ring->name);
    unsigned line = check_line(check, section, key);
    return line ? line : ring->line;
}

void check_add(struct check *check, const char *severity, unsigned line, const char *code, const char *text)
{
    struct jv *problem = jv_object();
    jv_set_text(problem, "severity", severity);
    jv_set(problem, "line", line ? jv_int(line) : NULL);
    jv_set_text(problem, "code", code);
    jv_set_text(problem, "text", text);
    jv_push(check->problems, problem);
    check->errors += strcmp(severity, "error") == 0;
    if (check->app->arguments.json)
        return;
    char *shown AUTO_FREE = output_shown(text);
    if (line)
        printf("%s: %s:%u: %s\n", severity, check->app->arguments.config, line, shown);
    else
        printf("%s: %s\n", severity, shown);
}

void check_add_error(struct check *check, unsigned line, const char *code, const struct err *err)
{
    check_add(check, "error", line, code, err->msg);
}

bool check_is_hidden(const struct check *check, int errnum)
{
    return errnum == EACCES && geteuid() != check->app->job.service_uid;
}

void check_add_hidden(struct check *check, unsigned line, const char *what, const char *path)
{
    const char *user = check->app->settings.user;
    char *text AUTO_FREE = mem_printf("%s = %s: your account may not look at it: run check as root or as %s",
                                      what, path, *user ? user : "the service's account");
    check_add(check, "warning", line, "hidden", text);
}

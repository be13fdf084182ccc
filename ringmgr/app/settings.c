#include "ringmgr/app/settings.h"
#include "ringmgr/app/settings_check.h"
#include "ringmgr/app/settings_ini.h"
#include "ringmgr/app/settings_table.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Ends with the first problem as the error, if there is one. */
static bool conclude(const char *name, struct settings_problems *problems, struct err *err)
{
    settings_problems_sort(problems);
    if (problems->len == 0)
        return true;
    const struct settings_problem *first = &problems->item[0];
    err_set(err, ERR_USAGE, "%s", first->text);
    return first->line ? err_prefix(err, "%s:%u", name, first->line) : err_prefix(err, "%s", name);
}

bool settings_parse(const char *text, size_t len, const char *name, struct settings *settings,
                    struct settings_problems *problems, struct err *err)
{
    AUTO_INI_FILE file = {0};
    *settings = (struct settings){.file = mem_strdup(name)};
    settings_ini_read(text, len, &file, problems);
    settings_table_apply(&file, settings, problems);
    settings_check_all(&file, settings, problems);
    return conclude(name, problems, err);
}

/* Reads the file; links on the way to it and it being one are the administrator's. */
static bool read_file(const char *path, struct buf *text, struct err *err)
{
    char *real AUTO_FREE = realpath(path, NULL);
    if (!real)
        return err_set_errno(err, errno, "open");
    char *name = strrchr(real, '/');
    *name++ = 0;
    AUTO_FD dir = fs_open_dir(*real ? real : "/", err);
    return dir >= 0 && fs_read_file(dir, name, LIMIT_CONFIG_BYTES, text, err);
}

bool settings_read(const char *path, struct settings *settings, struct settings_problems *problems,
                   struct err *err)
{
    AUTO_BUF text = {0};
    struct err cause = {0};
    if (read_file(path, &text, &cause))
        return settings_parse(buf_text(&text), text.len, path, settings, problems, err);
    *settings = (struct settings){.file = mem_strdup(path)};
    settings_problems_add(problems, 0, "unreadable", "the configuration cannot be read: %s", cause.msg);
    return conclude(path, problems, err);
}

#include "ringmgr/app/settings_support.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ADDITIONS "/etc/ringmgr/support.d"

static bool load_file(const char *path, struct support_rules *rules, struct err *err)
{
    AUTO_BUF text = {0};
    if (fs_read_path(path, LIMIT_SUPPORT_BYTES, &text, err))
        return support_rules_parse(text.data, text.len, path, rules, err);
    if (err->domain == ERR_DOMAIN_ERRNO && err->sys == ENOENT)
        return err_set(err, ERR_USAGE, "rules in [support]: there is no file %s", path);
    return err_prefix(err, "rules in [support]");
}

/* A folder that is not there has no files. */
static int is_trouble(const char *path, int errnum)
{
    (void)path;
    return errnum != ENOENT && errnum != ENOTDIR;
}

static bool load_pattern(const char *pattern, struct support_rules *rules, struct err *err)
{
    glob_t found AUTO(globfree)
    = {0};
    int result = glob(pattern, 0, is_trouble, &found);
    if (result == GLOB_NOMATCH)
        return true;
    if (result != 0)
        return err_set(err, ERR_FAILED, "rules in [support]: cannot look for %s", pattern);
    for (size_t i = 0; i < found.gl_pathc; i++)
        if (!load_file(found.gl_pathv[i], rules, err))
            return false;
    return true;
}

static bool load_named(const struct strv *names, struct support_rules *rules, struct err *err)
{
    for (size_t i = 0; i < names->len; i++) {
        const char *name = names->item[i];
        if (!(strpbrk(name, "*?[") ? load_pattern : load_file)(name, rules, err))
            return false;
    }
    return true;
}

/* The file that came with the program. */
static bool load_own(const char *program_dir, struct support_rules *rules, struct err *err)
{
    char *installed AUTO_FREE = mem_printf("%s/../share/ringmgr/support.csv", program_dir);
    char *beside AUTO_FREE = mem_printf("%s/support.csv", program_dir);
    if (access(installed, F_OK) == 0)
        return load_file(installed, rules, err);
    if (access(beside, F_OK) == 0)
        return load_file(beside, rules, err);
    return err_set(
        err, ERR_USAGE,
        "there are no support rules: neither %s nor %s is there; install support.csv, or name a file of "
        "your own with rules = in [support]",
        installed, beside);
}

static bool load(const struct settings *settings, const char *program_dir, const char *additions_dir,
                 struct support_rules *rules, struct err *err)
{
    char *additions AUTO_FREE = mem_printf("%s/*.csv", additions_dir);
    if (settings->support.rules.len)
        return load_named(&settings->support.rules, rules, err);
    return load_own(program_dir, rules, err) && load_pattern(additions, rules, err);
}

bool settings_load_support_from(const struct settings *settings, const char *program_dir,
                                const char *additions_dir, struct support_rules *rules, struct err *err)
{
    *rules = (struct support_rules){0};
    if (load(settings, program_dir, additions_dir, rules, err))
        return true;
    support_rules_clear(rules);
    return false;
}

bool settings_load_support(const struct settings *settings, struct support_rules *rules, struct err *err)
{
    char *program AUTO_FREE = realpath("/proc/self/exe", NULL);
    char *slash = program ? strrchr(program, '/') : NULL;
    if (slash)
        *slash = 0;
    return settings_load_support_from(settings, program ? program : "", ADDITIONS, rules, err);
}

#include "ringmgr/c2r/listed.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/language.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define REFUSE(why, ...) (snprintf(why, LISTED_WHY_SIZE, __VA_ARGS__), false)

/* ---- one element ---- */

/* One component of a path as Microsoft's are: never "." or "..". */
static bool is_name(const char *text, size_t len)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    return len > 0 && len <= LIMIT_NAME_BYTES && strspn(text, letters) >= len && *text != '.';
}

/* Bit of the architecture that "v64…" or "v32…" says; 0 if neither. */
static unsigned bit_of(const char *name)
{
    return strncmp(name, "v64", 3) == 0 ? ARCH_X64 : strncmp(name, "v32", 3) == 0 ? ARCH_X86 : 0U;
}

static bool is_pointer(const char *name)
{
    return bit_of(name) && strcmp(name + 3, ".cab") == 0;
}

/* The build that a path lies in or describes. False if it is neither. */
static bool read_build(const char *path, struct build *build)
{
    struct err ignored;
    char number[BUILD_TEXT_SIZE], again[BUILD_TEXT_SIZE];
    const char *slash = strchr(path, '/'), *from = path;
    size_t len = slash ? (size_t)(slash - path) : strlen(path);
    if (!slash) {
        if (!bit_of(path) || path[3] != '_' || len <= strlen("v64_.cab") ||
            strcmp(path + len - strlen(".cab"), ".cab") != 0)
            return false;
        from = path + strlen("v64_");
        len -= strlen("v64_.cab");
    }
    if (len >= sizeof number)
        return false;
    snprintf(number, sizeof number, "%.*s", (int)len, from);
    if (!build_parse(number, build, &ignored))
        return false;
    build_format(build, again);
    return strcmp(again, number) == 0;
}

static bool take_build(struct listed *list, const char *path, char why[LISTED_WHY_SIZE])
{
    struct build build;
    if (!read_build(path, &build))
        return REFUSE(why, "\"%.80s\" is no file of a build below Office/Data", path);
    if (build_is_none(&list->build))
        list->build = build;
    return build_compare(&list->build, &build) == 0 ||
           REFUSE(why, "\"%.80s\" is of another build than the files before it", path);
}

/* A name, or a folder and a name. */
static bool is_path(const char *path)
{
    const char *slash = strchr(path, '/');
    const char *last = slash ? slash + 1 : path;
    return (!slash || is_name(path, (size_t)(slash - path))) && is_name(last, strlen(last));
}

static bool read_lcid(const char *text, uint32_t *lcid)
{
    enum { DIGITS_MAX = 5 };
    size_t len = text ? strlen(text) : 0;
    if (len == 0 || len > DIGITS_MAX || strspn(text, "0123456789") != len)
        return false;
    *lcid = (uint32_t)strtoul(text, NULL, 10);
    return true;
}

static bool take_location(const struct listed_entry *entry, const char *path, struct listed_file *file,
                          char why[LISTED_WHY_SIZE])
{
    const char *text = entry->location && *entry->location ? entry->location : NULL;
    const char *slash = text ? strchr(text, '/') : NULL;
    const char *folder = strchr(path, '/');
    if (!text)
        return true;
    if (!slash || !folder || !is_name(text, (size_t)(slash - text)) || !is_name(slash + 1, strlen(slash + 1)))
        return REFUSE(why, "hashLocation \"%.80s\" is no member of a cabinet in the same folder", text);
    if (!entry->algorithm || strcasecmp(entry->algorithm, "Sha256") != 0)
        return REFUSE(why, "a hash by \"%.20s\", not by Sha256", entry->algorithm ? entry->algorithm : "");
    file->proof = mem_printf("%.*s/%.*s", (int)(folder - path), path, (int)(slash - text), text);
    file->member = mem_strdup(slash + 1);
    return true;
}

static void free_file(struct listed_file *file)
{
    free(file->path);
    free(file->proof);
    free(file->member);
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void append(struct listed *list, struct listed_file *file)
{
    const char *name = last_part(file->path);
    if (listed_find(list, file->path)) {
        free_file(file);
        return;
    }
    if (!strchr(file->path, '/'))
        list->architectures |= bit_of(name);
    list->file = mem_grow(list->file, list->len, sizeof *list->file);
    list->file[list->len++] = *file;
}

bool listed_add(struct listed *list, const struct listed_entry *entry, char why[LISTED_WHY_SIZE])
{
    struct listed_file file = {0};
    const char *path = entry->path ? entry->path : "";
    if (!is_path(path))
        return REFUSE(why, "\"%.80s\" is not the path of a file below Office/Data", path);
    if (!read_lcid(entry->lcid, &file.lcid))
        return REFUSE(why, "%.80s: \"%.20s\" is no language", path, entry->lcid ? entry->lcid : "");
    if (is_pointer(path))
        return true;
    if (!take_build(list, path, why))
        return false;
    if (entry->name && strcmp(entry->name, last_part(path)) != 0)
        return (bit_of(path) && is_pointer(entry->name)) ||
               REFUSE(why, "%.60s is to be saved as \"%.40s\": only a descriptor may be renamed, to v64.cab",
                      path, entry->name);
    if (list->len == LIMIT_FILE_LIST)
        return REFUSE(why, "more than %d files", LIMIT_FILE_LIST);
    if (!take_location(entry, path, &file, why))
        return false;
    file.path = mem_strdup(path);
    append(list, &file);
    return true;
}

const struct listed_file *listed_find(const struct listed *list, const char *path)
{
    for (size_t i = 0; i < list->len; i++)
        if (strcmp(list->file[i].path, path) == 0)
            return &list->file[i];
    return NULL;
}

void listed_clear(struct listed *list)
{
    for (size_t i = 0; i < list->len; i++)
        free_file(&list->file[i]);
    free(list->file);
    *list = (struct listed){0};
}

/* ---- against the table ---- */

/* sa640.cab, sc320.cab, *.arm64x.dat, *.chpe.dat, a640_exp.cab: formats, section 3. */
static bool is_for_arm(const char *name)
{
    size_t len = strlen(name);
    return strncmp(name, "sa", 2) == 0 || strncmp(name, "sc", 2) == 0 || strstr(name, ".arm64x.") ||
           strstr(name, ".chpe.") || (len > 8 && strcmp(name + len - 8, "_exp.cab") == 0);
}

static bool is_proofing(const char *name)
{
    return strncmp(name, "sp", 2) == 0 || strstr(name, ".proof.");
}

/* Whether a machine with this content would fetch it. */
static bool is_wanted(const struct listed_file *file, const struct content *content)
{
    const char *name = last_part(file->path);
    const struct language *language = language_find_lcid(file->lcid);
    if (is_for_arm(name) && !content->arm64)
        return false;
    if (file->lcid == 0)
        return true;
    return language &&
           strv_has(is_proofing(name) ? &content->proofing : &content->languages, language->culture);
}

void listed_mark(const struct listed *list, const struct content *content, struct filelist *table,
                 struct strv *unknown)
{
    for (size_t i = 0; i < list->len; i++) {
        const char *path = list->file[i].path;
        const struct build_file *known = filelist_find(table, path);
        if (known)
            table->file[known - table->file].mandatory = true;
        else if (is_wanted(&list->file[i], content) && !strv_has(unknown, path))
            strv_add(unknown, path);
    }
}

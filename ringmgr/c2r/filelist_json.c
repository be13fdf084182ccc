#include "ringmgr/c2r/filelist_json.h"
#include "ringmgr/base/json.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define REFUSE(why, ...) (snprintf(why, LISTED_WHY_SIZE, __VA_ARGS__), false)

static const char data_folder[] = "/office/data/";

/* The channel whose GUID is the last component of text[0..len). */
static const struct channel *read_channel(const char *text, size_t len)
{
    enum { GUID_LEN = 36 };
    char guid[GUID_LEN + 1];
    if (len <= GUID_LEN || text[len - GUID_LEN - 1] != '/')
        return NULL;
    memcpy(guid, text + len - GUID_LEN, GUID_LEN);
    guid[GUID_LEN] = 0;
    return channel_find_guid(guid);
}

/* Checks the address and gives what stands behind Office/Data/. NULL and `why`. */
static const char *read_url(struct listed *list, const char *url, char why[LISTED_WHY_SIZE])
{
    const char *rest = url ? strstr(url, "://") : NULL;
    const char *data = rest ? strcasestr(rest, data_folder) : NULL;
    if (!data || (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)) {
        snprintf(why, LISTED_WHY_SIZE, "url \"%.80s\" is no http address of a file in …/Office/Data/",
                 url ? url : "");
        return NULL;
    }
    const struct channel *channel = read_channel(url, (size_t)(data - url));
    if (!channel || (list->channel && list->channel != channel)) {
        snprintf(why, LISTED_WHY_SIZE, "url \"%.80s\" is not of %s", url,
                 list->channel ? "the channel of those before" : "any channel");
        return NULL;
    }
    list->channel = channel;
    return data + strlen(data_folder);
}

/* relativePath is the folder in which the url lies: "/office/data/16.0.20326.20100/". */
static bool is_same_folder(const char *relative, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash + 1 - path) : 0, head = strlen(data_folder);
    return strncasecmp(relative, data_folder, head) == 0 && strlen(relative + head) == len &&
           strncmp(relative + head, path, len) == 0;
}

/* A number instead of the text that the service writes means the same. */
static const char *read_lcid(const struct jv *file, char text[24])
{
    int64_t number = jv_get_int(file, "lcid", -1);
    if (number < 0)
        return jv_get_text(file, "lcid");
    snprintf(text, 24, "%" PRId64, number);
    return text;
}

static bool read_file(struct listed *list, const struct jv *file, char why[LISTED_WHY_SIZE])
{
    char lcid[24];
    const char *relative = jv_get_text(file, "relativePath");
    const char *path = read_url(list, jv_get_text(file, "url"), why);
    const struct listed_entry entry = {.path = path,
                                       .name = jv_get_text(file, "name"),
                                       .lcid = read_lcid(file, lcid),
                                       .location = jv_get_text(file, "hashLocation"),
                                       .algorithm = jv_get_text(file, "hashAlgorithm")};
    if (!path)
        return false;
    if (relative && !is_same_folder(relative, path))
        return REFUSE(why, "%.60s does not lie in relativePath \"%.60s\"", path, relative);
    return listed_add(list, &entry, why);
}

static bool read_files(struct listed *list, const struct jv *files, const char *name, struct err *err)
{
    size_t count = files ? jv_count(files) : 0;
    char why[LISTED_WHY_SIZE];
    if (count == 0)
        return err_set(err, ERR_NOT_GENUINE, "%s: no list of files: there is no \"files\" in it", name);
    for (size_t i = 0; i < count; i++)
        if (!read_file(list, jv_at(files, i), why))
            return err_set(err, ERR_NOT_GENUINE, "%s: files[%zu]: %s", name, i, why);
    return list->architectures || err_set(err, ERR_NOT_GENUINE,
                                          "%s: names no v64_<build>.cab or v32_<build>.cab: not the list of "
                                          "a build",
                                          name);
}

/* What programs of Windows put before UTF-8. */
static size_t mark_len(const void *bytes, size_t len)
{
    static const char mark[] = "\xef\xbb\xbf";
    return len >= strlen(mark) && memcmp(bytes, mark, strlen(mark)) == 0 ? strlen(mark) : 0;
}

bool filelist_json_parse(const void *bytes, size_t len, const char *name, struct listed *list,
                         struct err *err)
{
    struct jv *root AUTO(jv_auto_free)
    = NULL;
    *list = (struct listed){0};
    if (len > LIMIT_METADATA_BYTES)
        return err_set(err, ERR_NOT_GENUINE, "%s: larger than %" PRIu64 " bytes: no list of files", name,
                       LIMIT_METADATA_BYTES);
    size_t skip = mark_len(bytes, len);
    root = jv_parse((const char *)bytes + skip, len - skip, err);
    if (!root)
        return err_prefix(err, "%s", name);
    if (read_files(list, jv_get(root, "files"), name, err))
        return true;
    listed_clear(list);
    return false;
}

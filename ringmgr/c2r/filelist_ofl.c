#include "ringmgr/c2r/filelist_ofl.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/xml.h"
#include "ringmgr/c2r/cab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define VERSION "%version%"

/* Branches bear old names, and several; the GUID at the end of the address counts. */
static bool names_channel(const struct xml_node *root, const struct channel *channel)
{
    const struct xml_node *node = xml_child(root, "baseURL");
    for (; node; node = xml_next(node, "baseURL")) {
        const char *url = xml_attr(node, "URL");
        const char *slash = url ? strrchr(url, '/') : NULL;
        if (slash && channel_find_guid(slash + 1) == channel)
            return true;
    }
    return false;
}

/* The text with each placeholder filled in; NULL for NULL. The caller frees it. */
static char *fill_in(const char *text, const char *version)
{
    struct buf out = {0};
    if (!text)
        return NULL;
    buf_puts(&out, "");
    for (const char *mark; (mark = strstr(text, VERSION)); text = mark + strlen(VERSION)) {
        buf_append(&out, text, (size_t)(mark - text));
        buf_puts(&out, version);
    }
    buf_puts(&out, text);
    return (char *)out.data;
}

static bool read_file(struct listed *list, const struct xml_node *node, const char *version,
                      char why[LISTED_WHY_SIZE])
{
    static const char data_folder[] = "/office/data/";
    size_t head = strlen(data_folder);
    char *folder AUTO_FREE = fill_in(xml_attr(node, "relativePath"), version);
    char *name AUTO_FREE = fill_in(xml_attr(node, "name"), version);
    char *rename AUTO_FREE = fill_in(xml_attr(node, "rename"), version);
    if (!folder || !name || strncasecmp(folder, data_folder, head) != 0) {
        snprintf(why, LISTED_WHY_SIZE, "File \"%.60s\" in \"%.60s\" does not lie below /office/data/",
                 name ? name : "", folder ? folder : "");
        return false;
    }
    char *path AUTO_FREE = mem_printf("%s%s", folder + head, name);
    const struct listed_entry entry = {.path = path,
                                       .name = rename,
                                       .lcid = xml_attr(node, "language"),
                                       .location = xml_attr(node, "hashLocation"),
                                       .algorithm = xml_attr(node, "hashAlgo")};
    return listed_add(list, &entry, why);
}

static bool read_files(struct listed *list, const struct xml_node *root, const char *name, struct err *err)
{
    char version[BUILD_TEXT_SIZE], why[LISTED_WHY_SIZE];
    const struct xml_node *node = xml_child(root, "File");
    build_format(&list->build, version);
    for (; node; node = xml_next(node, "File"))
        if (!read_file(list, node, version, why))
            return err_set(err, ERR_NOT_GENUINE, "%s line %u: %s", name, xml_line(node), why);
    return list->architectures ||
           err_set(err, ERR_NOT_GENUINE, "%s: names no descriptor: not the list of a build", name);
}

bool filelist_ofl_parse(const void *xml, size_t len, const char *name, const struct channel *channel,
                        const struct build *build, struct listed *list, struct err *err)
{
    struct xml *doc AUTO(xml_auto_free)
    = NULL;
    *list = (struct listed){0};
    if (!xml_parse(xml, len, name, &doc, err))
        return false;
    const struct xml_node *root = xml_root(doc);
    if (strcmp(xml_name(root), "UpdateFiles") != 0)
        return err_set(err, ERR_NOT_GENUINE, "%s: the root element is %.64s, not UpdateFiles", name,
                       xml_name(root));
    if (!names_channel(root, channel))
        return true;
    *list = (struct listed){.channel = channel, .build = *build};
    if (read_files(list, root, name, err))
        return true;
    listed_clear(list);
    return false;
}

bool filelist_ofl_read(const void *cab, size_t len, const char *name, enum architecture architecture,
                       const struct channel *channel, const struct build *build, struct listed *list,
                       struct err *err)
{
    AUTO_BUF xml = {0};
    char *member AUTO_FREE = mem_printf("o365client_%dbit.xml", architecture_bits(architecture));
    char *both AUTO_FREE = mem_printf("%s/%s", name, member);
    *list = (struct listed){0};
    return cab_read_member(cab, len, name, member, &xml, err) &&
           filelist_ofl_parse(xml.data, xml.len, both, channel, build, list, err);
}

#include "ringmgr/c2r/descriptor.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/xml.h"
#include "ringmgr/c2r/cab.h"

#include <stdlib.h>
#include <string.h>

#define MEMBER "VersionDescriptor.xml"

enum { GUID_LEN = 36, THROTTLE_MAX = 1000 };

/* The build in an attribute, which must be there and readable. */
static bool read_build(const struct xml_node *node, const char *attribute, const char *name,
                       struct build *build, struct err *err)
{
    struct err why;
    const char *text = xml_attr(node, attribute);
    if (!text)
        return err_set(err, ERR_NOT_GENUINE, "%s line %u: %s has no %s", name, xml_line(node), xml_name(node),
                       attribute);
    if (!build_parse(text, build, &why))
        return err_set(err, ERR_NOT_GENUINE, "%s line %u: %s/@%s: %s", name, xml_line(node), xml_name(node),
                       attribute, why.msg);
    return true;
}

/* The one RestrictionType="Default"; rows for old versions of Windows stand beside it. */
static bool read_default(const struct xml_node *list, const char *name, struct build *build, struct err *err)
{
    int found = 0;
    for (; list; list = xml_next(list, "AvailableBuilds")) {
        const struct xml_node *row = xml_child(list, "AvailableBuild");
        for (; row; row = xml_next(row, "AvailableBuild")) {
            const char *restriction = xml_attr(row, "RestrictionType");
            if (!restriction || strcmp(restriction, "Default") != 0)
                continue;
            found++;
            if (!read_build(row, "Version", name, build, err))
                return false;
        }
    }
    if (found != 1)
        return err_set(err, ERR_NOT_GENUINE, "%s: %d default builds in AvailableBuilds instead of one", name,
                       found);
    return true;
}

static bool read_offer(const struct xml_node *root, const char *name, struct build *build, struct err *err)
{
    const struct xml_node *list = xml_child(root, "AvailableBuilds");
    if (list)
        return read_default(list, name, build, err);
    const struct xml_node *available = xml_child(root, "Available");
    if (!available)
        return err_set(err, ERR_NOT_GENUINE, "%s: names no build", name);
    if (xml_next(available, "Available"))
        return err_set(err, ERR_NOT_GENUINE, "%s line %u: Available occurs twice", name, xml_line(available));
    return read_build(available, "Build", name, build, err);
}

/* A GUID, with or without braces. */
static const struct channel *channel_of(const char *root)
{
    char guid[GUID_LEN + 1];
    size_t len = strlen(root);
    bool braces = len == GUID_LEN + 2 && root[0] == '{' && root[len - 1] == '}';
    if (!braces && len != GUID_LEN)
        return NULL;
    memcpy(guid, root + (braces ? 1 : 0), GUID_LEN);
    guid[GUID_LEN] = 0;
    return channel_find_guid(guid);
}

static bool read_channel(const struct xml_node *root, const char *name, const struct channel **channel,
                         struct err *err)
{
    const struct xml_node *node = xml_child(root, "DeliveryMechanism");
    const char *guid = node ? xml_attr(node, "FFNRoot") : NULL;
    if (!guid)
        return err_set(err, ERR_NOT_GENUINE, "%s: names no channel (DeliveryMechanism/@FFNRoot)", name);
    if (xml_next(node, "DeliveryMechanism"))
        return err_set(err, ERR_NOT_GENUINE, "%s line %u: DeliveryMechanism occurs twice", name,
                       xml_line(node));
    *channel = channel_of(guid);
    if (!*channel)
        return err_set(err, ERR_NOT_GENUINE, "%s line %u: no known channel has the ID %.64s", name,
                       xml_line(node), guid);
    return true;
}

/* A recall list that cannot be read whole is an error: what it would have recalled might be published. */
static bool read_expired(const struct xml_node *root, const char *name, struct descriptor *descriptor,
                         struct err *err)
{
    const struct xml_node *list = xml_child(root, "ExpiredBuilds");
    for (; list; list = xml_next(list, "ExpiredBuilds")) {
        const struct xml_node *row = xml_child(list, "Build");
        for (; row; row = xml_next(row, "Build")) {
            struct build build;
            if (descriptor->expired_len == LIMIT_EXPIRED_BUILDS)
                return err_set(err, ERR_NOT_GENUINE, "%s line %u: more than %d expired builds", name,
                               xml_line(row), LIMIT_EXPIRED_BUILDS);
            if (!read_build(row, "Value", name, &build, err))
                return false;
            descriptor->expired = mem_grow(descriptor->expired, descriptor->expired_len, sizeof build);
            descriptor->expired[descriptor->expired_len++] = build;
        }
    }
    return true;
}

static const char *value_of(const struct xml_node *root, const char *element)
{
    const struct xml_node *node = xml_child(root, element);
    return node ? xml_attr(node, "Value") : NULL;
}

/* Facts that nothing is decided by: -1 where they cannot be read. */
static void read_remarks(const struct xml_node *root, struct descriptor *descriptor)
{
    const char *throttle = value_of(root, "Throttle");
    const char *created = value_of(root, "CreatedTimeUtc");
    descriptor->throttle = -1;
    if (throttle && *throttle && strlen(throttle) <= 4 && throttle[strspn(throttle, "0123456789")] == 0) {
        long value = strtol(throttle, NULL, 10);
        descriptor->throttle = value <= THROTTLE_MAX ? (int)value : -1;
    }
    if (!created || !clock_parse_us(created, &descriptor->created_unix))
        descriptor->created_unix = -1;
}

bool descriptor_parse(const void *xml, size_t len, const char *name, struct descriptor *descriptor,
                      struct err *err)
{
    struct xml *doc AUTO(xml_auto_free)
    = NULL;
    *descriptor = (struct descriptor){.throttle = -1, .created_unix = -1};
    if (!xml_parse(xml, len, name, &doc, err))
        return false;
    const struct xml_node *root = xml_root(doc);
    if (strcmp(xml_name(root), "Version") != 0)
        return err_set(err, ERR_NOT_GENUINE, "%s: the root element is %.64s, not Version", name,
                       xml_name(root));
    read_remarks(root, descriptor);
    if (read_offer(root, name, &descriptor->build, err) &&
        read_channel(root, name, &descriptor->channel, err) && read_expired(root, name, descriptor, err))
        return true;
    descriptor_clear(descriptor);
    return false;
}

bool descriptor_read(const void *cab, size_t len, const char *name, struct descriptor *descriptor,
                     struct err *err)
{
    AUTO_BUF xml = {0};
    char *member AUTO_FREE = mem_printf("%s/" MEMBER, name);
    *descriptor = (struct descriptor){.throttle = -1, .created_unix = -1};
    return cab_read_member(cab, len, name, MEMBER, &xml, err) &&
           descriptor_parse(xml.data, xml.len, member, descriptor, err);
}

bool descriptor_recalls(const struct descriptor *descriptor, const struct build *build)
{
    for (size_t i = 0; i < descriptor->expired_len; i++)
        if (build_compare(&descriptor->expired[i], build) == 0)
            return true;
    return false;
}

void descriptor_clear(struct descriptor *descriptor)
{
    free(descriptor->expired);
    *descriptor = (struct descriptor){.throttle = -1, .created_unix = -1};
}

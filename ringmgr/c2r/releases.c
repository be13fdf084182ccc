#include "ringmgr/c2r/releases.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/xml.h"
#include "ringmgr/c2r/cab.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MEMBER "ReleaseHistory.xml"

static struct release *find_row(const struct releases *releases, const struct channel *channel,
                                const struct build *build)
{
    for (size_t i = 0; i < releases->len; i++) {
        struct release *row = &releases->row[i];
        if (row->channel == channel && build_compare(&row->build, build) == 0)
            return row;
    }
    return NULL;
}

/* Adds a row, or overwrites that of the same channel and build. */
static void put(struct releases *releases, const struct release *row)
{
    struct release *old = find_row(releases, row->channel, &row->build);
    if (old) {
        *old = *row;
        return;
    }
    releases->row = mem_grow(releases->row, releases->len, sizeof *row);
    releases->row[releases->len++] = *row;
}

/* A number of a version: "2607", "LTSB2021". */
static bool read_version(const char *text, char version[RELEASE_VERSION_SIZE])
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-";
    size_t len = text ? strspn(text, letters) : 0;
    if (len == 0 || text[len] != 0 || len >= RELEASE_VERSION_SIZE)
        return false;
    memcpy(version, text, len + 1);
    return true;
}

static bool read_truth(const char *text, bool *truth)
{
    *truth = text && strcasecmp(text, "True") == 0;
    return *truth || (text && strcasecmp(text, "False") == 0);
}

static bool read_row(const struct xml_node *node, const char *name, struct release *row, struct err *err)
{
    struct err why;
    const char *full = xml_attr(node, "LegacyVersion");
    const char *published = xml_attr(node, "PubTime");
    if (!full || !build_parse(full, &row->build, &why))
        return err_set(err, ERR_NOT_GENUINE, "%s line %u: LegacyVersion \"%.64s\" is no build", name,
                       xml_line(node), full ? full : "");
    if (!read_version(xml_attr(node, "Version"), row->version))
        return err_set(err, ERR_NOT_GENUINE, "%s line %u: %s has no readable Version", name, xml_line(node),
                       full);
    if (!published || !clock_parse(published, &row->released_unix))
        return err_set(err, ERR_NOT_GENUINE, "%s line %u: PubTime \"%.64s\" is no time", name, xml_line(node),
                       published ? published : "");
    if (!read_truth(xml_attr(node, "Latest"), &row->latest))
        return err_set(err, ERR_NOT_GENUINE, "%s line %u: Latest is neither True nor False", name,
                       xml_line(node));
    return true;
}

static bool read_channel(const struct xml_node *node, const char *name, struct releases *releases,
                         struct err *err)
{
    const char *id = xml_attr(node, "ID");
    const char *old_name = xml_attr(node, "Name");
    const char *called = id ? id : old_name;
    const struct channel *channel = called ? channel_find(called) : NULL;
    if (!channel)
        return true;
    const struct xml_node *update = xml_child(node, "Update");
    for (; update; update = xml_next(update, "Update")) {
        struct release row = {.channel = channel};
        if (!read_row(update, name, &row, err))
            return false;
        const struct release *other = releases_latest(releases, channel);
        const struct release *twin = find_row(releases, channel, &row.build);
        if (row.latest && other && build_compare(&other->build, &row.build) != 0)
            return err_set(err, ERR_NOT_GENUINE, "%s line %u: %s has two latest builds", name,
                           xml_line(update), channel->id);
        if (releases->len == LIMIT_RELEASE_ROWS)
            return err_set(err, ERR_NOT_GENUINE, "%s line %u: more than %d rows", name, xml_line(update),
                           LIMIT_RELEASE_ROWS);
        row.latest = row.latest || (twin && twin->latest);
        put(releases, &row);
    }
    return true;
}

bool releases_parse(const void *xml, size_t len, const char *name, struct releases *releases, struct err *err)
{
    struct xml *doc AUTO(xml_auto_free)
    = NULL;
    *releases = RELEASES_NONE;
    if (!xml_parse(xml, len, name, &doc, err))
        return false;
    const struct xml_node *root = xml_root(doc);
    if (strcmp(xml_name(root), "ReleaseHistory") != 0)
        return err_set(err, ERR_NOT_GENUINE, "%s: the root element is %.64s, not ReleaseHistory", name,
                       xml_name(root));
    const char *published = xml_attr(root, "PublishedDate");
    if (!published || !clock_parse_us(published, &releases->published_unix))
        releases->published_unix = -1;
    const struct xml_node *channel = xml_child(root, "UpdateChannel");
    for (; channel; channel = xml_next(channel, "UpdateChannel"))
        if (!read_channel(channel, name, releases, err)) {
            releases_clear(releases);
            return false;
        }
    return true;
}

bool releases_read(const void *cab, size_t len, const char *name, struct releases *releases, struct err *err)
{
    AUTO_BUF xml = {0};
    char *member AUTO_FREE = mem_printf("%s/" MEMBER, name);
    *releases = RELEASES_NONE;
    return cab_read_member(cab, len, name, MEMBER, &xml, err) &&
           releases_parse(xml.data, xml.len, member, releases, err);
}

const struct release *releases_latest(const struct releases *releases, const struct channel *channel)
{
    for (size_t i = 0; i < releases->len; i++)
        if (releases->row[i].latest && releases->row[i].channel == channel)
            return &releases->row[i];
    return NULL;
}

const struct release *releases_find(const struct releases *releases, const struct channel *channel,
                                    const struct build *build)
{
    return find_row(releases, channel, build);
}

/* A channel has one latest: the new one ends the old one's. */
static void end_latest(struct releases *releases, const struct channel *channel)
{
    for (size_t i = 0; i < releases->len; i++)
        if (releases->row[i].channel == channel)
            releases->row[i].latest = false;
}

void releases_merge(struct releases *into, const struct releases *from)
{
    for (size_t i = 0; i < from->len; i++)
        if (from->row[i].latest)
            end_latest(into, from->row[i].channel);
    for (size_t i = 0; i < from->len; i++)
        put(into, &from->row[i]);
    if (from->published_unix > into->published_unix)
        into->published_unix = from->published_unix;
}

void releases_clear(struct releases *releases)
{
    free(releases->row);
    *releases = RELEASES_NONE;
}

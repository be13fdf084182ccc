#include "ringmgr/policy/wanted.h"

#include <stdio.h>
#include <string.h>

/* YYMM: four digits, so that text order is time order ("LTSB2021" is none). */
static bool is_dated(const char *version)
{
    return strlen(version) == 4 && strspn(version, "0123456789") == 4;
}

/* The newest version of the channel that is older than `before`; "" if there is none. */
static const char *version_before(const struct channel *channel, const struct releases *releases,
                                  const char *before)
{
    const char *found = "";
    for (size_t i = 0; i < releases->len; i++) {
        const struct release *row = &releases->row[i];
        if (row->channel == channel && is_dated(row->version) && strcmp(row->version, before) < 0 &&
            strcmp(row->version, found) > 0)
            found = row->version;
    }
    return found;
}

bool wanted_version(const struct version_rule *rule, const struct channel *channel,
                    const struct releases *releases, char version[RELEASE_VERSION_SIZE])
{
    const struct release *latest = releases_latest(releases, channel);
    const char *found = "";
    if (rule->choice == VERSION_NAMED)
        found = rule->named;
    else if (rule->choice == VERSION_PREVIOUS && latest)
        found = version_before(channel, releases, latest->version);
    snprintf(version, RELEASE_VERSION_SIZE, "%s", found);
    return rule->choice == VERSION_LATEST || *version;
}

const char *version_rule_text(const struct version_rule *rule)
{
    if (rule->choice == VERSION_NAMED)
        return rule->named;
    return rule->choice == VERSION_LATEST ? "latest" : "n-1";
}

const char *wanted_refuses(const struct ring *ring, const struct releases *releases, const char *version,
                           char why[256])
{
    char wanted[RELEASE_VERSION_SIZE];
    const char *rule = version_rule_text(&ring->version);
    if (ring->version.choice == VERSION_LATEST)
        return NULL;
    if (!wanted_version(&ring->version, ring->channel, releases, wanted))
        snprintf(why, 256, "%s has version = %s, and the release history does not tell yet which that is",
                 ring->name, rule);
    else if (!*version)
        snprintf(why, 256, "%s has version = %s, and no release history names this build's version",
                 ring->name, rule);
    else if (strcmp(version, wanted) != 0 && ring->version.choice == VERSION_NAMED)
        snprintf(why, 256, "%s has version = %s, and this build is of version %s", ring->name, rule, version);
    else if (strcmp(version, wanted) != 0)
        snprintf(why, 256, "%s has version = %s, which is %s, and this build is of version %s", ring->name,
                 rule, wanted, version);
    else
        return NULL;
    return why;
}

static bool is_among(const struct build *build, const struct build *builds, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (build_compare(build, &builds[i]) == 0)
            return true;
    return false;
}

const struct release *wanted_release(const struct version_rule *rule, const struct channel *channel,
                                     const struct releases *releases, const struct build *recalled,
                                     size_t recalls)
{
    char version[RELEASE_VERSION_SIZE];
    const struct release *found = NULL;
    if (!wanted_version(rule, channel, releases, version))
        return NULL;
    for (size_t i = 0; i < releases->len; i++) {
        const struct release *row = &releases->row[i];
        bool means = row->channel == channel && (!*version || strcmp(row->version, version) == 0);
        if (means && !is_among(&row->build, recalled, recalls) &&
            (!found || build_compare(&row->build, &found->build) > 0))
            found = row;
    }
    return found;
}

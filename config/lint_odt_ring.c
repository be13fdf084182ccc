#include "config/lint_odt_ring.h"
#include "config/lint_path.h"
#include "config/lint_value.h"
#include "ringmgr/c2r/language.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct held {
    const struct lint_ring *ring;
    const struct odt_element *root, *add, *updates;
    struct findings *findings;
};

#define SAY(held, attribute, ...) lint_say((held)->findings, attribute, __VA_ARGS__)
#define FOUND(held, line, ...)    findings_add((held)->findings, line, __VA_ARGS__)

static bool is_match_installed(const struct held *held)
{
    return odt_has(held->add, "Version", "MatchInstalled");
}

/* For setup.exe /download: no machine takes its updates by this file. */
static bool is_download(const struct held *held)
{
    return odt_attribute(held->add, "DownloadPath") != NULL;
}

static void check_channel(const struct held *held, const struct odt_element *element)
{
    const struct odt_attribute *attribute = odt_channel(element);
    const struct channel *channel = attribute ? channel_find(attribute->value) : NULL;
    if (channel && channel != held->ring->channel)
        SAY(held, attribute, FINDING_ERROR, "ring-channel", "is another channel than ring %s's: write %s",
            held->ring->name, held->ring->channel->id);
}

/* Setup then chooses one by itself, and it may be another than the ring's. */
static void check_no_channel(const struct held *held)
{
    if (odt_child(held->add, NULL, "Product") && !odt_channel(held->add) && !is_match_installed(held))
        FOUND(held, held->add->line, FINDING_WARNING, "no-channel", "Add names no Channel: write %s",
              held->ring->channel->id);
}

static void check_architecture(const struct held *held)
{
    const struct odt_attribute *edition = odt_attribute(held->add, "OfficeClientEdition");
    if (!edition || !held->ring->offered)
        return;
    bool x64 = strcmp(edition->value, "64") == 0;
    bool x86 = strcmp(edition->value, "32") == 0;
    unsigned wanted = x64 ? ARCH_X64 : x86 ? ARCH_X86 : 0;
    if (wanted && !(held->ring->offered->architectures & wanted))
        SAY(held, edition, FINDING_ERROR, "ring-architecture", "is not offered by ring %s", held->ring->name);
}

static bool has_culture(const struct strv *cultures, const char *culture)
{
    for (size_t i = 0; i < cultures->len; i++)
        if (strcasecmp(cultures->item[i], culture) == 0)
            return true;
    return false;
}

static void check_offered(const struct held *held, const struct odt_attribute *culture, bool is_tools)
{
    const struct content *offered = held->ring->offered;
    if (!culture || !language_find(culture->value))
        return;
    if (!has_culture(is_tools ? &offered->proofing : &offered->languages, culture->value))
        SAY(held, culture, FINDING_ERROR, "ring-language", "is not offered by ring %s%s", held->ring->name,
            is_tools ? " as proofing tools" : "");
}

/* What a machine has is known there alone; MatchInstalled has it from the ring. */
static bool may_be_any(const struct odt_attribute *id)
{
    return strcasecmp(id->value, "MatchOS") == 0 || strcasecmp(id->value, "MatchPreviousMSI") == 0;
}

static void check_product(const struct held *held, const struct odt_element *product)
{
    bool is_tools = odt_has(product, "ID", "ProofingTools");
    for (const struct odt_element *e = odt_child(product, NULL, "Language"); e;
         e = odt_child(product, e, "Language")) {
        const struct odt_attribute *id = odt_attribute(e, "ID");
        check_offered(held, id, is_tools);
        check_offered(held, odt_attribute(e, "Fallback"), is_tools);
        if (id && may_be_any(id))
            SAY(held, id, FINDING_WARNING, "ring-any-language",
                "fails on machines with a language that ring %s does not offer: name its languages",
                held->ring->name);
    }
}

static void check_products(const struct held *held)
{
    for (const struct odt_element *e = odt_child(held->add, NULL, "Product"); e && held->ring->offered;
         e = odt_child(held->add, e, "Product"))
        check_product(held, e);
}

static void check_version(const struct held *held)
{
    const struct odt_attribute *version = odt_attribute(held->add, "Version");
    struct build build;
    struct err err = {0};
    if (!version || !lint_is_full_build(version->value) || !build_parse(version->value, &build, &err))
        return;
    if (lint_ring_has_bad(held->ring, &build))
        SAY(held, version, FINDING_ERROR, "bad-target",
            "is blocked, recalled or rolled back in ring %s: take it out and setup takes what the ring "
            "offers",
            held->ring->name);
    else if (!lint_ring_has(held->ring, &build))
        SAY(held, version, FINDING_ERROR, "not-on-share",
            "does not stand on ring %s's share, so setup fails: take it out and setup takes what the ring "
            "offers",
            held->ring->name);
    else if (!is_download(held))
        SAY(held, version, FINDING_WARNING, "pinned-version",
            "fails on the day when that build leaves ring %s's share: take it out and setup takes what the "
            "ring "
            "offers",
            held->ring->name);
}

static void check_source(const struct held *held)
{
    const struct lint_ring *ring = held->ring;
    if (!odt_child(held->add, NULL, "Product") || odt_attribute(held->add, "SourcePath"))
        return;
    FOUND(held, held->add->line, is_match_installed(held) ? FINDING_WARNING : FINDING_ERROR, "no-source",
          "Add names no SourcePath, so setup takes Office from Microsoft's CDN: write that of ring %s%s%s",
          ring->name, ring->shares->len > 0 ? ", " : "", ring->shares->len > 0 ? ring->shares->item[0] : "");
}

static void check_fallback(const struct held *held)
{
    const struct odt_attribute *fallback = odt_attribute(held->add, "AllowCdnFallback");
    const struct odt_attribute *com = odt_attribute(held->add, "OfficeMgmtCOM");
    if (lint_is_true(fallback))
        SAY(held, fallback, FINDING_ERROR, "cdn-fallback",
            "brings machines builds of Microsoft's CDN that ring %s has not let through: write FALSE",
            held->ring->name);
    if (lint_is_true(com) && !odt_has_text(held->updates, "UpdatePath")) /* else it is said already */
        SAY(held, com, FINDING_ERROR, "managed-elsewhere",
            "hands updates to Configuration Manager, away from ring %s: take it out", held->ring->name);
}

static void say_no_path(const struct held *held, unsigned line, enum finding_severity severity,
                        const char *what)
{
    const struct lint_ring *ring = held->ring;
    FOUND(held, line, severity, "no-update-path",
          "%s, so updates come from Microsoft's CDN: write that of ring %s%s%s", what, ring->name,
          ring->shares->len > 0 ? ", " : "", ring->shares->len > 0 ? ring->shares->item[0] : "");
}

static void check_updates(const struct held *held)
{
    const struct odt_attribute *enabled = odt_attribute(held->updates, "Enabled");
    if (enabled && strcasecmp(enabled->value, "FALSE") == 0)
        SAY(held, enabled, FINDING_ERROR, "updates-off", "turns updates off, so no build of ring %s arrives",
            held->ring->name);
    if (is_download(held))
        return;
    if (held->updates && !odt_attribute(held->updates, "UpdatePath"))
        say_no_path(held, held->updates->line, FINDING_ERROR, "Updates names no UpdatePath");
    else if (!held->updates && odt_child(held->add, NULL, "Product"))
        say_no_path(held, held->add->line, is_match_installed(held) ? FINDING_WARNING : FINDING_ERROR,
                    "there is no Updates with an UpdatePath");
}

void lint_odt_ring(const struct odt_element *root, const struct lint_ring *ring, struct findings *findings)
{
    struct held held = {.ring = ring,
                        .root = root,
                        .add = odt_child(root, NULL, "Add"),
                        .updates = odt_child(root, NULL, "Updates"),
                        .findings = findings};
    check_channel(&held, held.add);
    check_channel(&held, held.updates);
    check_no_channel(&held);
    check_architecture(&held);
    check_products(&held);
    check_version(&held);
    check_source(&held);
    check_fallback(&held);
    check_updates(&held);
}

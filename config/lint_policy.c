#include "config/lint_policy.h"
#include "config/lint_path.h"
#include "config/lint_policy_table.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct review {
    const struct lint_options *options;
    struct findings *findings;
    const struct registry_entry *set[KNOWN_VALUES]; /* what counts in the end; NULL: not set */
    const struct registry_entry *pathless;          /* takes updatepath away for good; NULL: nothing does */
    bool any;                                       /* anything that concerns Office's updates */
};

#define FOUND(review, entry, severity, code, ...)                                                            \
    findings_add((review)->findings, (entry)->line, severity, code, __VA_ARGS__)

/* An error where a ring is meant to be followed, else what it is without one. */
static enum finding_severity with_ring(const struct review *review, enum finding_severity without)
{
    return review->options->ring ? FINDING_ERROR : without;
}

/* ---- which values count ---- */

static bool is_same_data(const struct registry_entry *a, const struct registry_entry *b)
{
    return a->type == b->type && a->number == b->number && strcmp(a->text, b->text) == 0;
}

static void set(struct review *review, enum known which, const struct registry_entry *entry)
{
    const struct registry_entry *before = review->set[which];
    if (before && is_same_data(before, entry))
        FOUND(review, entry, FINDING_WARNING, "duplicate", "%s is set twice, to the same: once is enough",
              entry->name);
    else if (before)
        FOUND(review, entry, FINDING_WARNING, "set-twice",
              "%s is set twice, and differently: this one, the last, wins", entry->name);
    review->set[which] = entry;
    if (which == KNOWN_PATH)
        review->pathless = NULL;
}

static void forget(struct review *review, enum known which, const struct registry_entry *removal)
{
    if (review->set[which])
        FOUND(review, removal, FINDING_WARNING, "set-and-removed",
              "%s is set before, and removed here: nothing remains", known_value(which)->name);
    review->set[which] = NULL;
    if (which == KNOWN_PATH)
        review->pathless = removal;
}

/* All values of a key, or a key with all below it. */
static void forget_all(struct review *review, const struct registry_entry *removal)
{
    bool deep = removal->action == REGISTRY_REMOVE_KEY;
    enum place own = place_of(removal);
    for (enum known i = 0; i < KNOWN_VALUES; i++) {
        enum place place = known_value(i)->place;
        if (deep ? !place_is_below(place, removal) : place != own)
            continue;
        review->any = true;
        forget(review, i, removal);
    }
}

/* The other places have more values than are known here. */
static void meet_unknown(struct review *review, enum place place, const struct registry_entry *entry)
{
    const char *nearest = known_nearest(entry->name);
    if (place != PLACE_POLICY || !*entry->name)
        return;
    if (nearest)
        FOUND(review, entry, FINDING_WARNING, "unknown-value",
              "Office knows no update policy called %s: perhaps %s is meant", entry->name, nearest);
    else
        FOUND(review, entry, FINDING_WARNING, "unknown-value", "Office knows no update policy called %s",
              entry->name);
}

static void meet_value(struct review *review, enum place place, const struct registry_entry *entry)
{
    enum known which = known_find(place, entry->name);
    if (which == KNOWN_VALUES)
        meet_unknown(review, place, entry);
    else if (entry->action == REGISTRY_SET)
        set(review, which, entry);
    else
        forget(review, which, entry);
}

/* To remove what nobody reads does no harm. */
static void meet_wrong_key(struct review *review, enum place place, const struct registry_entry *entry)
{
    const char *wanted = place_key(PLACE_POLICY);
    if (entry->action != REGISTRY_SET)
        return;
    if (place == PLACE_USER)
        FOUND(review, entry, FINDING_ERROR, "user-key",
              "Office reads its update policies from HKEY_LOCAL_MACHINE alone, not from %s\\%s", entry->hive,
              entry->key);
    else if (place == PLACE_WOW64)
        FOUND(review, entry, FINDING_ERROR, "wow6432node",
              "Office does not read %s: leave WOW6432Node out, also for 32-bit Office", entry->key);
    else if (place == PLACE_OTHER_OFFICE)
        FOUND(review, entry, FINDING_ERROR, "other-office",
              "%s is another Office's: the versions of today read %s", entry->key, wanted);
    else
        FOUND(review, entry, FINDING_ERROR, "misspelt-key", "Office does not read %s: perhaps %s is meant",
              entry->key, wanted);
}

/* Wrong keys are said once for all the values that follow each other there. */
static bool continues(const struct registry_entry *entry, const struct registry_entry *before)
{
    return before && before->action == entry->action && strcasecmp(before->hive, entry->hive) == 0 &&
           strcasecmp(before->key, entry->key) == 0;
}

static void collect(struct review *review, const struct registry *registry)
{
    const struct registry_entry *wrong = NULL;
    for (size_t i = 0; i < registry->len; i++) {
        const struct registry_entry *entry = &registry->item[i];
        enum place place = place_of(entry);
        if (entry->action == REGISTRY_REMOVE_KEY || entry->action == REGISTRY_REMOVE_VALUES) {
            forget_all(review, entry);
            continue;
        }
        if (place == PLACE_ELSEWHERE)
            continue;
        review->any = true;
        if (place_counts(place)) {
            meet_value(review, place, entry);
        } else if (!continues(entry, wrong)) {
            meet_wrong_key(review, place, entry);
            wrong = entry;
        }
    }
}

static const char *type_name(uint32_t type)
{
    static const char *const names[] = {
        [REGISTRY_NONE] = "REG_NONE",           [REGISTRY_SZ] = "REG_SZ",
        [REGISTRY_EXPAND_SZ] = "REG_EXPAND_SZ", [REGISTRY_BINARY] = "REG_BINARY",
        [REGISTRY_DWORD] = "REG_DWORD",         [REGISTRY_MULTI_SZ] = "REG_MULTI_SZ",
        [REGISTRY_QWORD] = "REG_QWORD",
    };
    const char *name = type < sizeof names / sizeof *names ? names[type] : NULL;
    return name ? name : "another type";
}

/* A value of the wrong type is none to Office, and none to what follows here. */
static void check_types(struct review *review)
{
    for (enum known i = 0; i < KNOWN_VALUES; i++) {
        const struct registry_entry *entry = review->set[i];
        enum registry_type wanted = value_kind_type(known_value(i)->kind);
        if (!entry || entry->type == wanted || known_value(i)->kind == VALUE_TRUTH)
            continue;
        if (wanted == REGISTRY_SZ && entry->type == REGISTRY_EXPAND_SZ) {
            FOUND(review, entry, FINDING_WARNING, "expand-sz",
                  "%s is REG_SZ in office16.admx, here REG_EXPAND_SZ", entry->name);
            continue;
        }
        FOUND(review, entry, FINDING_ERROR, "wrong-type", "%s is %s, here %s: Office will ignore it",
              entry->name, type_name(wanted), type_name(entry->type));
        review->set[i] = NULL;
    }
}

/* ---- what they say, one by one ---- */

static const struct channel *check_branch_name(const struct review *review,
                                               const struct registry_entry *entry)
{
    static const char *const of_policies[] = {"Current",  "FirstReleaseCurrent",  "MonthlyEnterprise",
                                              "Deferred", "FirstReleaseDeferred", "InsiderFast"};
    const struct channel *channel = channel_find(entry->text);
    if (!channel)
        FOUND(review, entry, FINDING_ERROR, "unknown-channel", "\"%s\" is no update channel", entry->text);
    for (size_t i = 0; channel && i < sizeof of_policies / sizeof *of_policies; i++)
        if (strcasecmp(of_policies[i], entry->text) != 0 && channel_find(of_policies[i]) == channel)
            FOUND(review, entry, FINDING_NOTE, "channel-spelling",
                  "policies call the channel \"%s\" %s, and the Group Policy editor knows no other name",
                  entry->text, of_policies[i]);
    return channel;
}

/* Beside an update path it is without effect, until the day when somebody takes the path out. */
static void check_branch(const struct review *review, const struct registry_entry *entry, enum known path)
{
    const struct lint_ring *ring = review->options->ring;
    if (!*entry->text)
        return;
    const struct channel *channel = check_branch_name(review, entry);
    if (ring && channel && channel != ring->channel)
        FOUND(review, entry, review->set[path] ? FINDING_WARNING : FINDING_ERROR, "other-channel",
              "\"%s\" is the channel %s, but ring %s has %s", entry->text, channel->id, ring->name,
              ring->channel->id);
}

static bool read_full_build(const char *text, size_t len, struct build *build)
{
    char copy[BUILD_TEXT_SIZE];
    struct err err = {0};
    if (len >= sizeof copy)
        return false;
    snprintf(copy, sizeof copy, "%.*s", (int)len, text);
    return lint_is_full_build(copy) && build_parse(copy, build, &err);
}

/* One "bad:good". */
static bool check_pair(const struct review *review, const struct registry_entry *entry, const char *pair,
                       size_t len)
{
    struct build from, to;
    const char *colon = memchr(pair, ':', len);
    if (!colon || !read_full_build(pair, (size_t)(colon - pair), &from) ||
        !read_full_build(colon + 1, len - (size_t)(colon + 1 - pair), &to) || build_compare(&from, &to) == 0)
        return false;
    if (review->options->ring && lint_ring_has_bad(review->options->ring, &to))
        FOUND(review, entry, FINDING_ERROR, "bad-target",
              "blockversion sends machines to %.*s, which is blocked, recalled or rolled back in ring %s",
              (int)(pair + len - colon - 1), colon + 1, review->options->ring->name);
    else if (review->options->ring && !lint_ring_has(review->options->ring, &to))
        FOUND(review, entry, FINDING_ERROR, "not-on-share",
              "blockversion sends machines to %.*s, which does not stand on ring %s's share",
              (int)(pair + len - colon - 1), colon + 1, review->options->ring->name);
    return true;
}

static void check_block(const struct review *review, const struct registry_entry *entry)
{
    const char *pair = entry->text;
    while (*entry->text) {
        size_t len = strcspn(pair, "|");
        if (!check_pair(review, entry, pair, len)) {
            FOUND(
                review, entry, FINDING_ERROR, "bad-blockversion",
                "\"%s\" blocks nothing: write BAD:GOOD in full, two different builds each, pairs joined by |",
                entry->text);
            return;
        }
        if (!pair[len])
            return;
        pair += len + 1;
    }
}

static void check_switch(const struct review *review, const struct registry_entry *entry)
{
    if (entry->number > 1)
        FOUND(review, entry, FINDING_WARNING, "bad-switch", "%s is 1 or 0, not %llu", entry->name,
              (unsigned long long)entry->number);
}

static void check_defer(const struct review *review, const struct registry_entry *entry)
{
    enum { DEFER_MAX = 14 }; /* maxValue in office16.admx */
    if (entry->number > DEFER_MAX)
        FOUND(review, entry, FINDING_ERROR, "bad-defer-days",
              "updates can be deferred by 0 to %d days, not %llu", DEFER_MAX,
              (unsigned long long)entry->number);
}

static void check_value(struct review *review, enum known which)
{
    const struct registry_entry *entry = review->set[which];
    switch (known_value(which)->kind) {
    case VALUE_SWITCH:
        check_switch(review, entry);
        break;
    case VALUE_DEFER_DAYS:
        check_defer(review, entry);
        break;
    case VALUE_PATH:
        lint_update_path(entry->text, entry->line, review->options, review->findings);
        break;
    case VALUE_VERSION:
        lint_target_version(entry->text, entry->line, review->options, review->findings);
        break;
    case VALUE_DEADLINE:
        lint_deadline(entry->text, entry->line, LINT_DEADLINE_TIME_OR_DAYS, review->options,
                      review->findings);
        break;
    case VALUE_BRANCH:
        check_branch(review, entry, which == KNOWN_BRANCH ? KNOWN_PATH : KNOWN_CLOUD_PATH);
        break;
    case VALUE_BLOCK:
        check_block(review, entry);
        break;
    case VALUE_TEXT:
        lint_plain_path(entry->name, entry->text, entry->line, review->findings);
        break;
    case VALUE_TRUTH:
        break;
    }
}

/* ---- what they say together ---- */

/* A text that is set and not empty. */
static const struct registry_entry *said(const struct review *review, enum known which)
{
    const struct registry_entry *entry = review->set[which];
    return entry && *entry->text ? entry : NULL;
}

/* A switch that is set to on, or to off. */
static const struct registry_entry *switched(const struct review *review, enum known which, bool on)
{
    const struct registry_entry *entry = review->set[which];
    return entry && (entry->number != 0) == on ? entry : NULL;
}

static void check_cloud(const struct review *review)
{
    const struct registry_entry *path = said(review, KNOWN_CLOUD_PATH),
                                *branch = said(review, KNOWN_CLOUD_BRANCH),
                                *owner = switched(review, KNOWN_CLOUD_IGNORES_GPO, true);
    bool policy = said(review, KNOWN_PATH) || said(review, KNOWN_BRANCH);
    if (owner)
        FOUND(review, owner, FINDING_ERROR, "cloud-owns",
              "IgnoreGPO: the cloud owns these machines, and none of these policies counts");
    if (path)
        FOUND(review, path, policy ? FINDING_ERROR : FINDING_WARNING, "cloud-wins",
              "Cloud Update's UpdatePath is stronger than every policy: %s",
              policy ? "updatepath and updatebranch count for nothing here"
                     : "it decides where updates come from");
    if (branch && path)
        FOUND(review, branch, FINDING_WARNING, "dead-weight",
              "Cloud Update's UpdateBranch counts for nothing beside its UpdatePath");
    else if (branch)
        FOUND(
            review, branch, policy ? FINDING_ERROR : with_ring(review, FINDING_WARNING), "cloud-wins",
            "Cloud Update's UpdateBranch is stronger than every policy: machines take updates from the CDN");
}

static void check_origin(const struct review *review)
{
    const struct registry_entry *path = said(review, KNOWN_PATH), *branch = said(review, KNOWN_BRANCH),
                                *com = switched(review, KNOWN_MGMT_COM, true);
    if (branch && path)
        FOUND(review, branch, FINDING_WARNING, "dead-weight",
              "updatebranch counts for nothing beside updatepath: take it out");
    else if (branch)
        FOUND(review, branch, with_ring(review, FINDING_NOTE), "from-the-cdn",
              "updatebranch without updatepath: machines take updates of this channel from the CDN");
    if (com)
        FOUND(review, com, path ? FINDING_ERROR : with_ring(review, FINDING_WARNING), "configuration-manager",
              "officemgmtcom hands updates to Configuration Manager%s",
              path ? ", which contradicts updatepath" : ": no update path will count");
}

/* Without it machines keep what the Deployment Tool told them, at best, and go to the CDN at worst. */
static void check_removal(const struct review *review)
{
    const struct lint_ring *ring = review->options->ring;
    bool named = ring && ring->shares->len > 0;
    if (ring && review->pathless)
        FOUND(review, review->pathless, FINDING_ERROR, "no-update-path",
              "takes updatepath away, so updates come from Microsoft's CDN: set it again to that of ring "
              "%s%s%s",
              ring->name, named ? ", " : "", named ? ring->shares->item[0] : "");
}

/* Whether a value of VALUE_TRUTH says so. */
static bool tells(const struct registry_entry *entry, bool truth)
{
    if (!entry)
        return false;
    if (entry->type == REGISTRY_DWORD)
        return (entry->number != 0) == truth;
    return strcasecmp(entry->text, truth ? "True" : "False") == 0 ||
           strcmp(entry->text, truth ? "1" : "0") == 0;
}

/* What Office keeps of itself is weaker than the policy of the same meaning. */
static void check_own(const struct review *review)
{
    static const struct {
        enum known which, policy;
        bool truth;
        const char *code, *what;
    } bad[] = {
        {KNOWN_INSTALLED_ENABLED, KNOWN_ENABLE, false, "updates-off", "these machines are never updated"},
        {KNOWN_SERVICE_ENABLED, KNOWN_ENABLE, false, "updates-off", "these machines are never updated"},
        {KNOWN_INSTALLED_MGMT_COM, KNOWN_MGMT_COM, true, "configuration-manager",
         "updates are handed to Configuration Manager"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct registry_entry *entry = review->set[bad[i].which];
        const struct registry_entry *policy = switched(review, bad[i].policy, !bad[i].truth);
        if (tells(entry, bad[i].truth))
            FOUND(review, entry, policy ? FINDING_WARNING : with_ring(review, FINDING_WARNING), bad[i].code,
                  "%s=%s: %s%s%s", entry->name, bad[i].truth ? "True" : "False", bad[i].what,
                  policy ? ", or would be but for the policy " : "", policy ? policy->name : "");
    }
}

static void check_switches(const struct review *review)
{
    const struct registry_entry *off = switched(review, KNOWN_ENABLE, false),
                                *fallback = switched(review, KNOWN_FALLBACK_TO_CDN, true),
                                *defer = switched(review, KNOWN_DEFER_DAYS, true);
    if (off)
        FOUND(review, off, with_ring(review, FINDING_WARNING), "updates-off",
              "enableautomaticupdates=0: these machines are never updated");
    if (fallback && !switched(review, KNOWN_ONLINE_REPAIR, false))
        FOUND(review, fallback, with_ring(review, FINDING_NOTE), "cdn-fallback",
              "fallbacktocdn: a repair may bring a build from the CDN that no ring has let through");
    if (defer && said(review, KNOWN_TARGET))
        FOUND(review, defer, FINDING_WARNING, "dead-weight",
              "deferupdatedays counts for nothing beside updatetargetversion");
}

/* The CDN's addresses end in the GUID of a channel. */
static const struct channel *channel_of_address(const char *address)
{
    const char *last = strrchr(address, '/');
    return last ? channel_find_guid(last + 1) : NULL;
}

static void check_weak(const struct review *review, enum known which, const char *stronger)
{
    const struct registry_entry *entry = said(review, which);
    const struct lint_ring *ring = review->options->ring;
    const struct channel *channel = entry ? channel_of_address(entry->text) : NULL;
    if (!entry)
        return;
    if (stronger)
        FOUND(review, entry, FINDING_WARNING, "dead-weight", "%s counts for nothing beside %s", entry->name,
              stronger);
    else
        FOUND(review, entry, FINDING_NOTE, "weak-source",
              "%s counts only where neither policy nor Cloud Update says anything: updatepath is surer",
              entry->name);
    if (ring && channel && channel != ring->channel)
        FOUND(review, entry, FINDING_WARNING, "other-channel", "%s is the channel %s, but ring %s has %s",
              entry->name, channel->id, ring->name, ring->channel->id);
}

/* What the Deployment Tool left behind, from the strongest to the weakest. */
static void check_installed(const struct review *review)
{
    const struct registry_entry *channel = said(review, KNOWN_INSTALLED_CHANNEL);
    const char *stronger = NULL;
    static const enum known order[] = {KNOWN_CLOUD_PATH,   KNOWN_CLOUD_BRANCH,  KNOWN_PATH,
                                       KNOWN_BRANCH,       KNOWN_INSTALLED_URL, KNOWN_INSTALLED_UNMANAGED_URL,
                                       KNOWN_INSTALLED_CDN};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (known_value(order[i])->place == PLACE_INSTALLED)
            check_weak(review, order[i], stronger);
        if (!stronger && said(review, order[i]))
            stronger = known_value(order[i])->name;
    }
    if (channel)
        FOUND(review, channel, FINDING_WARNING, "written-by-office",
              "Office itself writes UpdateChannel, and soon writes it again: take it out");
}

void lint_policy(const struct registry *registry, const struct lint_options *options,
                 struct findings *findings)
{
    struct review review = {.options = options, .findings = findings};
    collect(&review, registry);
    if (registry->len > 0 && !review.any)
        findings_add(findings, 0, FINDING_NOTE, "nothing-here",
                     "nothing in this file concerns Office's updates");
    check_types(&review);
    for (enum known i = 0; i < KNOWN_VALUES; i++)
        if (review.set[i])
            check_value(&review, i);
    check_cloud(&review);
    check_origin(&review);
    check_removal(&review);
    check_own(&review);
    check_switches(&review);
    check_installed(&review);
}

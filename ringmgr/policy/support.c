#include "ringmgr/policy/support.h"
#include "ringmgr/policy/support_dates.h"
#include "ringmgr/policy/support_rules.h"

#include <string.h>

static void take_earlier(int64_t *at_unix, int64_t other_unix)
{
    if (*at_unix < 0 || other_unix < *at_unix)
        *at_unix = other_unix;
}

static bool has_version(const struct support_rule *rule, const struct support_build *build)
{
    unsigned version = support_version_number(build->version);
    if (rule->from_version == 0 && rule->to_version == UINT32_MAX)
        return true;
    return version && version >= rule->from_version && version <= rule->to_version;
}

/* The month after which a version must have begun: as the row says, and before the next version did. */
static int64_t last_month(const struct support_rule *rule, const struct support_build *build)
{
    static const int64_t year_2000_unix = 946684800;
    int64_t version = support_version_number(build->version);
    int64_t month = support_month(build->version_first_unix, 0);
    if (rule->says_begins && version) {
        int64_t months = version / 100 * 12 + version % 100 - 1 + rule->begins_months;
        take_earlier(&month, support_month(year_2000_unix, months));
    }
    if (build->next_version_unix >= 0)
        take_earlier(&month, support_month(build->next_version_unix, -1));
    return month;
}

/* When the version of a build began, as far as a row can tell; -1 unknown. */
static int64_t find_first(const struct support_rule *rule, const struct support_build *build)
{
    int64_t first = build->version_first_unix;
    if (first < 0)
        return -1;
    int64_t month = last_month(rule, build);
    return month < support_month(first, 0) ? month : first;
}

static bool has_first(const struct support_rule *rule, const struct support_build *build)
{
    if (rule->first_from_unix == INT64_MIN && rule->first_until_unix == INT64_MAX)
        return true;
    int64_t first = find_first(rule, build);
    return first >= 0 && first >= rule->first_from_unix && first < rule->first_until_unix;
}

static bool is_about(const struct support_rule *rule, const struct support_build *build)
{
    if (rule->channel != build->channel || !has_version(rule, build) || !has_first(rule, build))
        return false;
    return rule->count != COUNT_BUILD || build_compare(&rule->build, &build->build) == 0;
}

/* The last row that matches, of the products' or of all others. */
static const struct support_rule *find_rule(const struct support_rules *rules,
                                            const struct support_build *build, bool product)
{
    for (size_t i = rules->len; i > 0; i--)
        if ((rules->row[i - 1].count == COUNT_PRODUCT) == product && is_about(&rules->row[i - 1], build))
            return &rules->row[i - 1];
    return NULL;
}

/* Microsoft's date by one row; -1 if what it counts from is not known. */
static int64_t count(const struct support_rule *rule, const struct support_build *build)
{
    int64_t days = rule->amount * SUPPORT_DAY_SECONDS;
    int64_t first = find_first(rule, build);
    switch (rule->count) {
    case COUNT_PATCH_DAY:
        return first < 0 ? -1 : support_second_tuesday(first, rule->amount);
    case COUNT_BUILD_PATCH_DAY:
        return build->released_unix < 0 ? -1 : support_second_tuesday(build->released_unix, rule->amount);
    case COUNT_NEXT_VERSION:
        return build->next_version_unix < 0 ? -1 : support_midnight(build->next_version_unix) + days;
    case COUNT_DAYS:
        return first < 0 ? -1 : support_midnight(first) + days;
    case COUNT_DATE:
    case COUNT_BUILD:
    case COUNT_PRODUCT:
        return rule->at_unix;
    case COUNT_NONE:
        break;
    }
    return -1;
}

/* Takes the other date if it is not later. */
static void bring_forward(struct deadline *deadline, int64_t at_unix, enum support_basis basis)
{
    if (at_unix >= 0 && (deadline->at_unix < 0 || at_unix <= deadline->at_unix))
        *deadline = (struct deadline){.at_unix = at_unix, .basis = basis};
}

static void bring_forward_by_rule(struct deadline *deadline, const struct support_rule *rule,
                                  const struct support_build *build)
{
    if (rule)
        bring_forward(deadline, count(rule, build), rule->basis);
}

static int64_t window_end(const struct support_settings *settings, int64_t released_unix)
{
    if (released_unix < 0 || settings->window_count <= 0)
        return -1;
    if (settings->window_months)
        return support_add_months(released_unix, settings->window_count);
    return released_unix + settings->window_count * SUPPORT_DAY_SECONDS;
}

struct deadline support_deadline(const struct support_rules *rules, const struct support_settings *settings,
                                 const struct support_build *build)
{
    struct deadline deadline = {.at_unix = -1, .basis = SUPPORT_NONE};
    bring_forward(&deadline, window_end(settings, build->released_unix), SUPPORT_WINDOW);
    bring_forward_by_rule(&deadline, find_rule(rules, build, false), build);
    bring_forward_by_rule(&deadline, find_rule(rules, build, true), build);
    return deadline;
}

void support_describe(const struct channel *channel, const struct build *build,
                      const struct releases *releases, struct support_build *described)
{
    const struct release *own = releases_find(releases, channel, build);
    *described = (struct support_build){.channel = channel,
                                        .build = *build,
                                        .version = own ? own->version : "",
                                        .released_unix = own ? own->released_unix : -1,
                                        .version_first_unix = -1,
                                        .next_version_unix = -1};
    unsigned version = own ? support_version_number(own->version) : 0;
    for (size_t i = 0; own && i < releases->len; i++) {
        const struct release *row = &releases->row[i];
        if (row->channel != channel)
            continue;
        if (strcmp(row->version, own->version) == 0)
            take_earlier(&described->version_first_unix, row->released_unix);
        else if (version && support_version_number(row->version) > version)
            take_earlier(&described->next_version_unix, row->released_unix);
    }
}

/* The last row of a channel that says something of the kind. */
static const struct support_rule *find_warn(const struct support_rules *rules, const struct channel *channel)
{
    for (size_t i = rules->len; i > 0; i--)
        if (rules->row[i - 1].channel == channel && rules->row[i - 1].warns)
            return &rules->row[i - 1];
    return NULL;
}

static const struct support_rule *find_minimum(const struct support_rules *rules,
                                               const struct channel *channel)
{
    for (size_t i = rules->len; i > 0; i--)
        if (rules->row[i - 1].channel == channel && rules->row[i - 1].says_minimum)
            return &rules->row[i - 1];
    return NULL;
}

size_t support_warn_days(const struct support_rules *rules, const struct support_settings *settings,
                         const struct channel *channel, unsigned days[8])
{
    if (!settings->warn_auto) {
        memcpy(days, settings->warn_days, sizeof settings->warn_days);
        return settings->warns;
    }
    const struct support_rule *rule = find_warn(rules, channel);
    if (!rule)
        return 0;
    memcpy(days, rule->warn_days, sizeof rule->warn_days);
    return rule->warns;
}

enum support_basis support_warn_basis(const struct support_rules *rules,
                                      const struct support_settings *settings, const struct channel *channel)
{
    const struct support_rule *rule = settings->warn_auto ? find_warn(rules, channel) : NULL;
    return rule && rule->count == COUNT_PRODUCT ? SUPPORT_PRODUCT : SUPPORT_NONE;
}

unsigned support_minimum_days(const struct support_rules *rules, const struct support_settings *settings,
                              const struct channel *channel)
{
    if (!settings->minimum_auto)
        return settings->minimum_days;
    const struct support_rule *rule = find_minimum(rules, channel);
    return rule ? rule->minimum_days : 0;
}

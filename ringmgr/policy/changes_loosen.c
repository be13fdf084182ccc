#include "ringmgr/policy/changes_loosen.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    DAY_SECONDS = 86400,
    DAY_MINUTES = 1440,
    WEEK_DAYS = 7,
    WEEK_MINUTES = WEEK_DAYS * DAY_MINUTES,
    WORKING_DAYS = 5,
};

/* A rule is asked only about two texts that differ. What it cannot read, loosens. */
struct question {
    const char *before, *after;
    const char *ring;  /* who is asked about */
    const char *loose; /* of the rule's row */
    const struct change_context *context;
};

static bool any_change(const struct question *question)
{
    (void)question;
    return true;
}

static bool becomes_loose(const struct question *question)
{
    return strcmp(question->after, question->loose) == 0;
}

/* ---- numbers and durations ---- */

/* "3", or "3 days". */
static bool read_number(const char *text, unsigned *number)
{
    size_t digits = strspn(text, "0123456789");
    const char *unit = text + digits;
    *number = (unsigned)strtoul(text, NULL, 10);
    return digits > 0 && digits < 10 && (!*unit || !strcmp(unit, " day") || !strcmp(unit, " days"));
}

static bool becomes_less(const struct question *question)
{
    unsigned before, after;
    return !read_number(question->before, &before) || !read_number(question->after, &after) || after < before;
}

/* The days that `minimum_left` means for the ring in question. */
static bool read_minimum(const struct question *question, const char *text, unsigned *days)
{
    const struct change_context *context = question->context;
    const struct support_settings automatic = {.minimum_auto = true};
    const char *id = effectives_value(context->effective, question->ring, "channel");
    const struct channel *channel = id ? channel_find(id) : NULL;
    if (strcmp(text, "auto") != 0)
        return read_number(text, days);
    if (context->rules && channel)
        *days = support_minimum_days(context->rules, &automatic, channel);
    return context->rules && channel;
}

static bool minimum_becomes_less(const struct question *question)
{
    unsigned before, after;
    return !read_minimum(question, question->before, &before) ||
           !read_minimum(question, question->after, &after) || after < before;
}

/* How long a soak lasts at least: workdays from a Monday on. */
static int64_t least_seconds(const struct soak_need *need)
{
    int64_t workdays = need->seconds / DAY_SECONDS;
    if (!need->workdays || workdays == 0)
        return need->seconds;
    return (workdays + (workdays - 1) / WORKING_DAYS * (WEEK_DAYS - WORKING_DAYS)) * DAY_SECONDS;
}

/* How long it lasts at most, holidays aside: workdays from a Saturday on. */
static int64_t most_seconds(const struct soak_need *need)
{
    bool weekend = need->workdays && need->seconds > 0;
    return least_seconds(need) + (weekend ? (WEEK_DAYS - WORKING_DAYS) * DAY_SECONDS : 0);
}

static bool becomes_shorter(const struct question *question)
{
    struct soak_need before, after;
    if (!soak_parse(question->before, &before) || !soak_parse(question->after, &after))
        return true;
    if (before.workdays == after.workdays)
        return after.seconds < before.seconds;
    return least_seconds(&after) < most_seconds(&before);
}

/* ---- names ---- */

static bool has_more_names(const struct question *question)
{
    AUTO_STRV before = {0};
    AUTO_STRV after = {0};
    strv_split_names(&before, question->before);
    strv_split_names(&after, question->after);
    for (size_t i = 0; i < after.len; i++)
        if (!strv_has(&before, after.item[i]))
            return true;
    return false;
}

/* Where nobody is named, the approvers of any ring decide. */
static bool has_more_approvers(const struct question *question)
{
    return question->before[0] && (!question->after[0] || has_more_names(question));
}

/* Sites whose readiness is not waited for any more. */
static bool loses_names(const struct question *question)
{
    const struct question swapped = {.before = question->after, .after = question->before};
    return has_more_names(&swapped);
}

/* ---- days and hours ---- */

static bool read_dates(const char *text, struct date_ranges *ranges)
{
    AUTO_STRV texts = {0};
    char why[128];
    strv_split_names(&texts, text);
    for (size_t i = 0; i < texts.len; i++)
        if (!calendar_add_range(ranges, texts.item[i], why))
            return false;
    return true;
}

/* True if a day of the range lies in none of these. */
static bool has_free_day(const struct date_ranges *ranges, struct date_range range)
{
    int64_t day = range.first_day;
    while (day <= range.last_day && calendar_has_day(ranges, day))
        for (size_t i = 0; i < ranges->len; i++)
            if (ranges->item[i].first_day <= day && day <= ranges->item[i].last_day)
                day = ranges->item[i].last_day + 1;
    return day <= range.last_day;
}

static bool thaws(const struct question *question)
{
    struct date_ranges before AUTO(date_ranges_clear) = {0};
    struct date_ranges after AUTO(date_ranges_clear) = {0};
    if (!read_dates(question->before, &before) || !read_dates(question->after, &after))
        return true;
    for (size_t i = 0; i < before.len; i++) {
        struct date_range range = before.item[i];
        if (range.first_day < question->context->today)
            range.first_day = question->context->today;
        if (has_free_day(&after, range))
            return true;
    }
    return false;
}

static bool read_windows(const char *text, struct weekly_windows *windows)
{
    char why[128];
    for (const char *at = text; *at;) {
        at += strspn(at, "; ");
        size_t len = strcspn(at, ";");
        char *one AUTO_FREE = mem_strndup(at, len);
        if (!calendar_add_window(windows, one, why))
            return false;
        at += len;
    }
    return true;
}

static void open_minutes(const struct weekly_windows *windows, bool open[WEEK_MINUTES])
{
    memset(open, windows->len == 0, WEEK_MINUTES);
    for (size_t i = 0; i < windows->len; i++) {
        const struct weekly_window *window = &windows->item[i];
        int to = window->to_minute + (window->to_minute > window->from_minute ? 0 : DAY_MINUTES);
        for (int weekday = 0; weekday < WEEK_DAYS; weekday++)
            for (int minute = window->from_minute; window->weekdays & 1U << weekday && minute < to; minute++)
                open[(weekday * DAY_MINUTES + minute) % WEEK_MINUTES] = true;
    }
}

static bool opens_hours(const struct question *question)
{
    struct weekly_windows before AUTO(weekly_windows_clear) = {0};
    struct weekly_windows after AUTO(weekly_windows_clear) = {0};
    bool was_open[WEEK_MINUTES], is_open[WEEK_MINUTES];
    if (!read_windows(question->before, &before) || !read_windows(question->after, &after))
        return true;
    open_minutes(&before, was_open);
    open_minutes(&after, is_open);
    for (int minute = 0; minute < WEEK_MINUTES; minute++)
        if (is_open[minute] && !was_open[minute])
            return true;
    return false;
}

/* ---- people ---- */

static bool is_person(const struct effective *line)
{
    return !line->ring[0] && strncmp(line->key, CHANGES_PEOPLE, strlen(CHANGES_PEOPLE)) == 0;
}

/* As settings_person(): an account that stands in no person is one by itself, of its own name. */
static const char *person_of(const struct effectives *list, const char *account)
{
    for (size_t i = 0; i < list->len && !list->item[i].ring[0]; i++) {
        AUTO_STRV accounts = {0};
        if (!is_person(&list->item[i]))
            continue;
        strv_split_names(&accounts, list->item[i].value);
        if (strv_has(&accounts, account))
            return list->item[i].key + strlen(CHANGES_PEOPLE);
    }
    return account;
}

/* True if the accounts of a person that was recorded are not one person any more. */
static bool is_split(const struct change_context *context, const struct effective *person)
{
    const char *name = person->key + strlen(CHANGES_PEOPLE), *now = NULL;
    AUTO_STRV accounts = {0};
    strv_split_names(&accounts, person->value);
    if (!strv_has(&accounts, name))
        strv_add(&accounts, name);
    for (size_t i = 0; i < accounts.len; i++) {
        if (strcmp(person_of(context->recorded, accounts.item[i]), name) != 0)
            continue;
        const char *owner = person_of(context->effective, accounts.item[i]);
        if (now && strcmp(now, owner) != 0)
            return true;
        now = owner;
    }
    return false;
}

static bool splits_people(const struct change_context *context)
{
    const struct effectives *recorded = context->recorded;
    for (size_t i = 0; i < recorded->len; i++)
        if (is_person(&recorded->item[i]) && is_split(context, &recorded->item[i]))
            return true;
    return false;
}

/* ---- what moves the days of a ring ---- */

static const char *setting_of(const struct question *question, const char *key)
{
    const char *value = effectives_value(question->context->effective, question->ring, key);
    return value ? value : "";
}

/* Another zone moves freezes and hours, and the days on which a workday begins. */
static bool moves_hours(const struct question *question)
{
    if (strcmp(question->before, question->after) == 0)
        return false;
    return *setting_of(question, "freeze") || *setting_of(question, "days") ||
           strstr(setting_of(question, "soak"), "workday");
}

/* A holiday that is none any more is a working day: soak in workdays is over sooner. */
static bool loses_holidays(const struct question *question)
{
    return strstr(setting_of(question, "soak"), "workday") && loses_names(question);
}

/* ---- all of them ---- */

static const struct rule {
    const char *key;
    bool (*loosens)(const struct question *question);
    const char *loose;
    bool optional; /* no line where it is not set: that is a value as well, but of a ring that is new */
} rules[] = {
    {CHANGES_ROOTS, any_change, NULL, false},
    {CHANGES_PUBLISHER, any_change, NULL, false},
    {CHANGES_MINIMUM_LEFT, minimum_becomes_less, NULL, false},
    {"[ringmgr] timezone", moves_hours, NULL, false},
    {"[ringmgr] holidays", loses_holidays, NULL, false},
    {"channel", any_change, NULL, false},
    {"source", any_change, NULL, false},
    {"path", any_change, NULL, false},
    {"publish", becomes_loose, "auto", false},
    {"first", becomes_loose, "yes", false},
    {"four_eyes", becomes_loose, "no", false},
    {"approvals", becomes_less, NULL, false},
    {"override_people", becomes_less, NULL, false},
    {"expedite_approvals", becomes_less, NULL, false},
    {"throttle_min", becomes_less, NULL, false},
    {"soak", becomes_shorter, NULL, false},
    {"expedite_soak", becomes_shorter, NULL, false},
    {"settle", becomes_shorter, NULL, false},
    {"approvers", has_more_approvers, NULL, false},
    {"overriders", has_more_names, NULL, false},
    {"freeze", thaws, NULL, false},
    {"days", opens_hours, NULL, false},
    {"origin", any_change, NULL, true},
    {"manifest_keys", any_change, NULL, true},
    {CHANGES_KEYS, any_change, NULL, false},
    {"required_sites", loses_names, NULL, true},
    {"sites_ready", becomes_less, NULL, false},
};

/* What a line that is not there says; NULL: nothing, and then nothing is loosened. */
static const char *unsaid(const struct rule *rule, const char *ring, const struct change_context *context)
{
    bool known = effectives_value(context->recorded, ring, CHANGES_CONFIGURED);
    return rule->optional && known ? "" : NULL;
}

bool changes_loosens(const struct change *change, const char *ring, const struct change_context *context)
{
    if (change->ring[0] && strcmp(change->ring, ring) != 0)
        return false;
    if (!change->ring[0] && strncmp(change->key, CHANGES_PEOPLE, strlen(CHANGES_PEOPLE)) == 0)
        return splits_people(context);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const struct rule *rule = &rules[i];
        if (strcmp(rule->key, change->key) != 0)
            continue;
        const char *before = change->before ? change->before : unsaid(rule, ring, context);
        const char *after = change->after ? change->after : unsaid(rule, ring, context);
        const struct question question = {before, after, ring, rule->loose, context};
        return before && after && rule->loosens(&question);
    }
    return false;
}

void changes_select(const struct changes *changes, const char *ring, const struct change_context *context,
                    struct changes *loosened)
{
    *loosened = (struct changes){0};
    for (size_t i = 0; i < changes->len; i++)
        if (changes_loosens(&changes->item[i], ring, context)) {
            loosened->item = mem_grow(loosened->item, loosened->len, sizeof *loosened->item);
            loosened->item[loosened->len++] = changes->item[i];
        }
}

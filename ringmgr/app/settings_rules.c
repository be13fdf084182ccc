#include "ringmgr/app/settings_rules.h"
#include "ringmgr/base/buf.h"
#include "ringmgr/policy/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PEOPLE_MAX = 99,
    PER_MILLE_MAX = 1000,
    MACHINES_MAX = 9999999,
    MONTHS_MAX = 120, /* ten years, as for durations */
    DAYS_MAX = 3653,
};

/* ---- which builds ---- */

/* "2606": a year and a month. */
static bool is_version(const char *text)
{
    if (strlen(text) != 4 || strspn(text, "0123456789") != 4)
        return false;
    int month = atoi(text + 2);
    return month >= 1 && month <= 12;
}

void rules_read_version(const struct value_place *place, const char *text, void *field)
{
    struct version_rule rule = {.choice = VERSION_NAMED};
    if (strcmp(text, "latest") == 0)
        rule.choice = VERSION_LATEST;
    else if (strcmp(text, "n-1") == 0)
        rule.choice = VERSION_PREVIOUS;
    else if (is_version(text))
        snprintf(rule.named, sizeof rule.named, "%s", text);
    else {
        VALUE_REFUSE(place, "bad-version", "\"%s\" is not latest, n-1 or year and month as 2606", text);
        return;
    }
    *(struct version_rule *)field = rule;
}

void rules_read_soak(const struct value_place *place, const char *text, void *field)
{
    struct soak_need *need = field;
    if (!soak_parse(text, need))
        VALUE_REFUSE(place, "bad-duration", "\"%s\" is no soak: 14 days, 10 workdays or 36h", text);
}

/* ---- numbers ---- */

void rules_read_people(const struct value_place *place, const char *text, void *field)
{
    value_read_number(place, text, 1, PEOPLE_MAX, field);
}

void rules_read_per_mille(const struct value_place *place, const char *text, void *field)
{
    value_read_number(place, text, 0, PER_MILLE_MAX, field);
}

void rules_read_machines(const struct value_place *place, const char *text, void *field)
{
    value_read_number(place, text, 0, MACHINES_MAX, field);
}

/* ---- days and hours ---- */

void rules_read_dates(const struct value_place *place, const char *text, void *field)
{
    struct date_ranges *ranges = field;
    AUTO_STRV pieces = {0};
    char why[128];
    strv_split_names(&pieces, text);
    if (place->first)
        date_ranges_clear(ranges);
    for (size_t i = 0; i < pieces.len; i++)
        if (!calendar_add_range(ranges, pieces.item[i], why))
            VALUE_REFUSE(place, "bad-date", "%s", why);
}

static void add_window(const struct value_place *place, rules_add_window_fn *add, struct buf *window,
                       struct weekly_windows *windows)
{
    char why[128];
    if (!add(windows, buf_text(window), why))
        VALUE_REFUSE(place, "bad-window", "%s", why);
    buf_clear(window);
}

static bool ends_in_comma(const char *text)
{
    size_t len = strlen(text);
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    return len > 0 && text[len - 1] == ',';
}

void rules_read_windows_by(const struct value_place *place, const char *text, rules_add_window_fn *add,
                           struct weekly_windows *windows)
{
    AUTO_STRV pieces = {0};
    AUTO_BUF window = {0}; /* weekdays whose hours have not come yet */
    strv_split_names(&pieces, text);
    if (place->first)
        weekly_windows_clear(windows);
    for (size_t i = 0; i < pieces.len; i++) {
        buf_printf(&window, "%s%s", window.len ? "," : "", pieces.item[i]);
        if (strpbrk(pieces.item[i], "0123456789"))
            add_window(place, add, &window, windows);
    }
    if (window.len && ends_in_comma(text))
        VALUE_REFUSE(place, "bad-window",
                     "\"%s\": write the hours on the line of their weekdays; a whole day is 00:00-24:00",
                     text);
    else if (window.len)
        add_window(place, add, &window, windows);
}

void rules_read_windows(const struct value_place *place, const char *text, void *field)
{
    rules_read_windows_by(place, text, calendar_add_window, field);
}

void rules_read_schedule(const struct value_place *place, const char *text, void *field)
{
    char why[128];
    if (!schedule_parse(text, field, why))
        VALUE_REFUSE(place, "bad-schedule", "%s", why);
}

/* ---- support ---- */

/* "21 days", "1 day"; the same with months. False if it is anything else. */
static bool read_count(const char *text, const char *unit, unsigned most, unsigned *count)
{
    size_t digits = strspn(text, "0123456789"), len = strlen(unit);
    const char *rest = text + digits + (text[digits] == ' ');
    if (digits == 0 || digits > 9 || strncmp(rest, unit, len) != 0 ||
        (rest[len] && strcmp(rest + len, "s") != 0))
        return false;
    unsigned long value = strtoul(text, NULL, 10);
    *count = (unsigned)value;
    return value <= most;
}

void rules_read_support_window(const struct value_place *place, const char *text, void *field)
{
    struct support_settings *support = field;
    unsigned count = 0;
    bool months = read_count(text, "month", MONTHS_MAX, &count);
    bool none = strcmp(text, "none") == 0;
    bool counted = months || read_count(text, "day", DAYS_MAX, &count);
    if (!none && (!counted || count == 0)) {
        VALUE_REFUSE(place, "bad-duration", "\"%s\" is not none, 12 months (to %d) or 90 days (to %d)", text,
                     MONTHS_MAX, DAYS_MAX);
        return;
    }
    support->window_count = none ? 0 : count;
    support->window_months = months;
}

/* Why one word of `warn` cannot be added to what is there; NULL if it can. */
static const char *refuse_warning(const struct support_settings *support, bool automatic, unsigned days)
{
    if (support->warn_auto || (automatic && support->warns > 0))
        return "auto stands alone";
    if (!automatic && days == 0)
        return "write auto, or days as in 90 days, 30 days";
    for (size_t i = 0; i < support->warns; i++)
        if (support->warn_days[i] == days)
            return "is there twice";
    if (support->warns == sizeof support->warn_days / sizeof *support->warn_days)
        return "is one too many: at most eight";
    return NULL;
}

void rules_read_support_warn(const struct value_place *place, const char *text, void *field)
{
    struct support_settings *support = field;
    AUTO_STRV words = {0};
    strv_split_names(&words, text);
    if (place->first) {
        support->warn_auto = false;
        support->warns = 0;
    }
    for (size_t i = 0; i < words.len; i++) {
        unsigned days = 0;
        bool automatic = strcmp(words.item[i], "auto") == 0;
        if (!automatic && !read_count(words.item[i], "day", DAYS_MAX, &days))
            days = 0;
        const char *why = refuse_warning(support, automatic, days);
        if (why)
            VALUE_REFUSE(place, "bad-warning", "\"%s\": %s", words.item[i], why);
        else if (automatic)
            support->warn_auto = true;
        else
            support->warn_days[support->warns++] = days;
    }
}

void rules_read_support_minimum(const struct value_place *place, const char *text, void *field)
{
    struct support_settings *support = field;
    support->minimum_auto = strcmp(text, "auto") == 0;
    if (!support->minimum_auto && !read_count(text, "day", DAYS_MAX, &support->minimum_days))
        VALUE_REFUSE(place, "bad-duration", "\"%s\" is not auto or 21 days (to %d)", text, DAYS_MAX);
}

/* True for an absolute path without // , . and .., whose folders are plain names. */
static bool is_pattern(const char *path)
{
    const char *last = strrchr(path, '/');
    if (*path != '/' || !last[1])
        return false;
    for (const char *at = path; *at;) {
        size_t len = strcspn(++at, "/");
        bool dots = (len == 1 && at[0] == '.') || (len == 2 && at[0] == '.' && at[1] == '.');
        if (len == 0 || dots || (at < last && strcspn(at, "*?[") < len))
            return false;
        at += len;
    }
    return true;
}

void rules_read_patterns(const struct value_place *place, const char *text, void *field)
{
    struct strv *patterns = field;
    AUTO_STRV paths = {0};
    strv_split_names(&paths, text);
    if (place->first)
        strv_clear(patterns);
    for (size_t i = 0; i < paths.len; i++)
        if (!is_pattern(paths.item[i]))
            VALUE_REFUSE(place, "bad-path",
                         "\"%s\" is not the absolute path of a file, with * and ? in its last part only",
                         paths.item[i]);
        else if (strv_has(patterns, paths.item[i]))
            VALUE_REFUSE(place, "duplicate-item", "\"%s\" is there twice", paths.item[i]);
        else
            strv_add(patterns, paths.item[i]);
}

/*
 * Parsers of the values that say when a build may enter a ring and how long it is supported, for the table of
 * keys (settings_table.c); as those of settings_value.h.
 */
#ifndef RINGMGR_APP_SETTINGS_RULES_H
#define RINGMGR_APP_SETTINGS_RULES_H

#include "ringmgr/app/settings_value.h"
#include "ringmgr/policy/calendar.h"

/* Fields of type struct version_rule, struct soak_need */
value_read_fn rules_read_version; /* latest, n-1 or YYMM */
value_read_fn rules_read_soak;

/* Fields of type struct schedule: off, 02:30, Sun 03:00, every 6 hours (schedule.h) */
value_read_fn rules_read_schedule;

/* Fields of type unsigned */
value_read_fn rules_read_people;    /* 1 to 99 */
value_read_fn rules_read_per_mille; /* 0 to 1000 */
value_read_fn rules_read_machines;

/* Lists of type struct date_ranges: dates and DATE/DATE. */
value_read_fn rules_read_dates;
/*
 * Lists of type struct weekly_windows. Hours belong to all weekdays before them on their line, back to the
 * hours before: "Mon,Wed 08:00-12:00, Fri 20:00-22:00" is two windows. Weekdays at the end of a line that no
 * hours follow are whole days; a comma behind them would leave open which is meant and is a problem.
 */
value_read_fn rules_read_windows;
/* Lists of type struct strv: absolute paths, * ? and [ in the last component only. */
value_read_fn rules_read_patterns;

/* Fields of type struct support_settings: `window`, `warn` (a list) and `minimum_left` of it. */
value_read_fn rules_read_support_window;
value_read_fn rules_read_support_warn;
value_read_fn rules_read_support_minimum;

/* Reads one window, calendar_add_window() or one that takes more. */
typedef bool rules_add_window_fn(struct weekly_windows *windows, const char *text, char why[128]);

/* A list of windows at commas, which stand between the weekdays of one as well. */
void rules_read_windows_by(const struct value_place *place, const char *text, rules_add_window_fn *add,
                           struct weekly_windows *windows);

#endif

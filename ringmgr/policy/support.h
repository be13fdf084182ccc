/*
 * Support: until when Microsoft supports a build, and whether a ring will have a successor in time. The rules
 * are data (support.csv): they changed three times in three years (formats/click-to-run.md, section 5).
 */
#ifndef RINGMGR_POLICY_SUPPORT_H
#define RINGMGR_POLICY_SUPPORT_H

#include "ringmgr/base/buf.h"
#include "ringmgr/c2r/channel.h"
#include "ringmgr/c2r/releases.h"
#include "ringmgr/policy/calendar.h"

/* [support] of the configuration. */
struct support_settings {
    int64_t window_count; /* 12; 0: none */
    bool window_months;   /* else days */
    bool warn_auto;
    unsigned warn_days[8]; /* in the order written; warns says how many */
    size_t warns;
    bool minimum_auto;
    unsigned minimum_days;
    struct strv rules; /* paths as configured, patterns and all; empty: the installation's own */
};

/* Rows of the rule files; opaque but to support*.c and its tests. support_rules_clear() frees. */
struct support_rule;
struct support_rules {
    struct support_rule *row;
    size_t len;
};

/*
 * Appends the rows of one file (CSV, first line the names of its columns, `#` begins a comment); where two
 * rows match a build, the one that was read later counts. ERR_USAGE with `name` and line if a row cannot be
 * read; *rules is then what it was.
 */
bool support_rules_parse(const void *text, size_t len, const char *name, struct support_rules *rules,
                         struct err *err) MUST_CHECK;
void support_rules_clear(struct support_rules *rules);

enum support_basis { SUPPORT_NONE, SUPPORT_WINDOW, SUPPORT_MICROSOFT, SUPPORT_ESTIMATED, SUPPORT_PRODUCT };
/* "none", "window", "microsoft", "estimated", "product" */
const char *support_basis_text(enum support_basis basis);

/* What must be known of a build. */
struct support_build {
    const struct channel *channel;
    struct build build;
    const char *version;   /* YYMM; "" if no history names the build */
    int64_t released_unix; /* -1 unknown: then no deadline but a fixed date (of the build, of the product) */
    int64_t version_first_unix; /* release of the first build of its version; -1 unknown */
    int64_t next_version_unix;  /* release of the first build of the next version; -1: not out yet */
};

struct deadline {
    int64_t at_unix; /* the first second that is no longer supported; -1: none */
    enum support_basis basis;
};

/*
 * The earlier of release + window (whole months: after the last day of a shorter month comes its last day;
 * UTC) and Microsoft's date by the rules. Both are of the day: time of day of the release counts for the
 * window, Microsoft's dates are midnight UTC.
 */
struct deadline support_deadline(const struct support_rules *rules, const struct support_settings *settings,
                                 const struct support_build *build);

/* Fills version, dates of it and its successor from rows of a channel (any order). */
void support_describe(const struct channel *channel, const struct build *build,
                      const struct releases *releases, struct support_build *described);

/* `warn` and `minimum_left` of a channel: as configured, or by the rules' columns where auto. Days, ascending
 * order is not promised. Returns how many warn days were put. */
size_t support_warn_days(const struct support_rules *rules, const struct support_settings *settings,
                         const struct channel *channel, unsigned days[8]);
/*
 * What `warn` counts down to: SUPPORT_NONE any deadline, SUPPORT_PRODUCT only the product's end (auto in the
 * PerpetualVL channels, whose builds are supported for a month each). For support_forecast.warn_basis.
 */
enum support_basis support_warn_basis(const struct support_rules *rules,
                                      const struct support_settings *settings, const struct channel *channel);
unsigned support_minimum_days(const struct support_rules *rules, const struct support_settings *settings,
                              const struct channel *channel);

/* Whole days from `now` to the deadline, rounded down; negative after it. */
int64_t support_days_left(const struct deadline *deadline, int64_t now_unix);

enum support_level { SUPPORT_OK, SUPPORT_WARN, SUPPORT_LATE, SUPPORT_EXPIRED };
/* "ok", "warn", "late", "expired" */
const char *support_level_text(enum support_level level);

/* What the forecast is made from. */
struct support_forecast {
    const char *ring;
    int64_t now_unix;
    struct deadline live; /* of the ring's live build */
    unsigned warn_days[8];
    size_t warns;
    enum support_basis
        warn_basis;         /* support_warn_basis(); SUPPORT_NONE: the days count down to any deadline */
    bool has_successor;     /* a candidate whose deadline is later */
    int64_t successor_unix; /* when it could go by soak, approvals given, freezes and days; -1: only after a
                               decision */
    bool could_have_gone;   /* every gate but that of time of day was open before, and it has not gone */
    const struct date_ranges *freeze;
    const struct weekly_windows *days;
    int64_t arrival_unix; /* when a successor that comes out now would be let in; -1 never */
    int64_t soak_seconds; /* what such a one would need, in all rings on its way together */
};

struct support_outlook {
    enum support_level level;
    int64_t days_left;   /* 0 where there is no deadline */
    int64_t act_by_unix; /* the last instant at which a promotion is possible before the deadline; -1: any
                            time, or none */
    /* "promote by 9 December: production leaves support on 9 January and is frozen from 10 December"; "" if
     * nothing stands in the way. Days of the deadline are UTC's, all others local. */
    char conflict[512];
};

/*
 * ok while a successor can still arrive in time through soak, approvals, freezes and days; warn when it
 * cannot or days are short; late when one could have gone and has not, and days are short; expired. Days
 * count down to the deadline, or to the last day before a freeze (or what a freeze and `days` leave) that
 * lasts until it. In time is before the local midnight that begins the deadline's day, if that is earlier
 * than the deadline.
 */
struct support_outlook support_judge(const struct support_forecast *forecast);

#endif

#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/zone.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_entry(const struct entry *entry)
{
    char time[64];
    output_time(entry->time_unix, time);
    printf("%5" PRId64 "  %s  %-12s %-8s %s%s%s", entry->id, time, entry->actor ? entry->actor : "",
           entry->action, entry->ring ? entry->ring : "", entry->ring && entry->build ? " " : "",
           entry->build ? entry->build : "");
    if (entry->from_build)
        printf(" (from %s)", entry->from_build);
    if (entry->gates_overridden)
        printf(" [gate %s]", entry->gates_overridden);
    if (entry->reason)
        printf("%s%s", entry->ring || entry->build ? ": " : "", entry->reason);
    puts("");
}

/* ---- CSV: RFC 4180, for spreadsheets ---- */

/*
 * Every field is quoted. One that begins as a formula does gets an apostrophe before it, so that no
 * spreadsheet runs what somebody gave as a reason.
 */
static void print_field(const char *text, bool last)
{
    putchar('"');
    if (*text && strchr("=+-@\t\r", *text))
        putchar('\'');
    for (; *text; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    fputs(last ? "\"\r\n" : "\",", stdout);
}

static void print_csv_header(void)
{
    fputs("id,time,actor,identity,action,ring,channel,build,from_build,reason,gates_overridden,"
          "previous_hash,hash\r\n",
          stdout);
}

static void print_csv(const struct entry *entry)
{
    char id[24], time[CLOCK_TEXT_SIZE];
    const char *const field[] = {id,
                                 time,
                                 entry->actor,
                                 entry->identity,
                                 entry->action,
                                 entry->ring,
                                 entry->channel,
                                 entry->build,
                                 entry->from_build,
                                 entry->reason,
                                 entry->gates_overridden,
                                 entry->previous_hash,
                                 entry->hash};
    enum { FIELDS = sizeof field / sizeof *field };
    snprintf(id, sizeof id, "%" PRId64, entry->id);
    clock_format(entry->time_unix, time);
    for (size_t i = 0; i < FIELDS; i++)
        print_field(field[i] ? field[i] : "", i + 1 == FIELDS);
}

/* ---- the list ---- */

static void show(struct app *app, const struct entry *entry, struct jv *array)
{
    jv_push(array, entry_to_json(entry));
    if (app->arguments.given[OPT_CSV])
        print_csv(entry);
    else if (!app->arguments.json)
        print_entry(entry);
}

/* A block of every ring binds the one that is asked about, too, if it is of its channel. */
static bool is_block_of_all(const struct app *app, const char *name, const struct entry *entry)
{
    const struct ring *ring = settings_ring(&app->settings, name);
    if (entry->ring || (strcmp(entry->action, "block") != 0 && strcmp(entry->action, "unblock") != 0))
        return false;
    return !ring || !entry->channel || strcmp(ring->channel->id, entry->channel) == 0;
}

/* The ring's own entries, and those of all rings that bind it, in the order of the history. */
static bool list_ring(struct app *app, const struct entry_filter *filter, struct jv *array, struct err *err)
{
    struct entries own AUTO(entries_clear) = {0}, all AUTO(entries_clear)
    = {0};
    const struct entry_filter any = {.actor = filter->actor, .since_unix = filter->since_unix};
    if (!journal_read(app->job.state, filter, &own, err) || !journal_read(app->job.state, &any, &all, err))
        return false;
    for (size_t i = 0, next = 0; i < all.len; i++) {
        bool is_own = next < own.len && own.item[next].id == all.item[i].id;
        next += is_own;
        if (is_own || is_block_of_all(app, filter->ring, &all.item[i]))
            show(app, &all.item[i], array);
    }
    return true;
}

static bool list_all(struct app *app, const struct entry_filter *filter, struct jv *array, struct err *err)
{
    struct entries entries AUTO(entries_clear) = {0};
    if (!journal_read(app->job.state, filter, &entries, err))
        return false;
    for (size_t i = 0; i < entries.len; i++)
        show(app, &entries.item[i], array);
    return true;
}

static enum err_code list(struct app *app, const struct entry_filter *filter, struct err *err)
{
    struct jv *array = jv_array();
    jv_set(app->result, "entries", array);
    if (app->arguments.given[OPT_CSV])
        print_csv_header();
    bool ok = filter->ring ? list_ring(app, filter, array, err) : list_all(app, filter, array, err);
    return ok ? ERR_NONE : err->code;
}

/* ---- the chain ---- */

/* Holds every line of history_head_file against the chain; *compared 0 where there is nothing to compare
 * with, *lost how many a restore has called lost. */
static bool verify_noted(const struct app *app, int64_t *compared, int64_t *lost, struct err *err)
{
    const char *path = app->settings.history_head_file;
    AUTO_BUF text = {0};
    struct err unread = {0};
    *compared = 0;
    if (!*path)
        return true;
    if (!fs_read_path(path, LIMIT_HEAD_FILE_BYTES, &text, &unread)) {
        log_warn(&app->arguments.log, "history_head_file cannot be compared: %s", unread.msg);
        return true;
    }
    if (!journal_verify_noted(app->job.state, buf_text(&text), text.len, compared, lost, err))
        return err_prefix(err, "%s", path);
    if (*compared + *lost == 0)
        log_warn(&app->arguments.log, "%s holds no line of ringmgr's: nothing was compared with it", path);
    return true;
}

/* The chain alone cannot know that its end was cut off: heads that were noted elsewhere do. */
static enum err_code verify(struct app *app, struct err *err)
{
    const char *head = arguments_value(&app->arguments, OPT_HEAD);
    int64_t checked = 0, compared = 0, lost = 0;
    if (!journal_verify(app->job.state, head, &checked, err) ||
        (!head && !verify_noted(app, &compared, &lost, err)))
        return err->code;
    jv_set_int(app->result, "checked", checked);
    jv_set_int(app->result, "compared", compared);
    jv_set_int(app->result, "lost", lost);
    jv_set_bool(app->result, "whole", true);
    if (app->arguments.json)
        return ERR_NONE;
    printf("the history is whole: %" PRId64 " entries", checked);
    if (head)
        puts(", the given head among them");
    else if (lost)
        printf(", and %" PRId64 " noted heads are theirs; %" PRId64
               " are of entries that a restore or a rebuild calls lost\n",
               compared, lost);
    else if (compared)
        printf(", and all %" PRId64 " noted heads are theirs\n", compared);
    else
        puts("; no head was noted to compare its end with");
    return ERR_NONE;
}

/* A date alone is its first second, in the configured time zone. */
static bool parse_since(const char *text, int64_t *unix_seconds, struct err *err)
{
    return zone_parse_when(text, false, unix_seconds) || clock_parse(text, unix_seconds) ||
           arguments_refuse_when(
               "since", text, "a time such as 2026-08-22, \"2026-08-22 18:00\" or 2026-08-22T18:00:00Z", err);
}

/* Options that do not go together. */
static bool check_options(const struct app *app, struct err *err)
{
    const bool *given = app->arguments.given;
    if (given[OPT_HEAD] && !given[OPT_VERIFY])
        return err_set(err, ERR_USAGE, "--head goes with --verify");
    if (given[OPT_CSV] && (app->arguments.json || given[OPT_VERIFY]))
        return err_set(err, ERR_USAGE, "--csv does not go with --%s", given[OPT_VERIFY] ? "verify" : "json");
    return true;
}

enum err_code cmd_history(struct app *app, struct err *err)
{
    const char *since = arguments_value(&app->arguments, OPT_SINCE);
    struct entry_filter filter = {.ring = arguments_value(&app->arguments, OPT_RING),
                                  .actor = arguments_value(&app->arguments, OPT_ACTOR),
                                  .since_unix = -1};
    if (!check_options(app, err))
        return err->code;
    if (since && !parse_since(since, &filter.since_unix, err))
        return err->code;
    if (app->arguments.given[OPT_VERIFY])
        return verify(app, err);
    return list(app, &filter, err);
}

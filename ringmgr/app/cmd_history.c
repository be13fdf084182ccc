#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"

#include <inttypes.h>
#include <stdio.h>

static void print_entry(const struct entry *entry)
{
    char time[64];
    output_time(entry->time_unix, time);
    printf("%5" PRId64 "  %s  %-12s %-8s %s%s%s", entry->id, time, entry->actor ? entry->actor : "",
           entry->action, entry->ring ? entry->ring : "", entry->ring && entry->build ? " " : "",
           entry->build ? entry->build : "");
    if (entry->from_build)
        printf(" (from %s)", entry->from_build);
    if (entry->reason)
        printf(": %s", entry->reason);
    puts("");
}

static enum err_code list(struct app *app, const struct entry_filter *filter, struct err *err)
{
    struct entries entries AUTO(entries_clear) = {0};
    struct jv *array = jv_array();
    bool ok = journal_read(app->job.state, filter, &entries, err);
    for (size_t i = 0; i < entries.len; i++) {
        jv_push(array, entry_to_json(&entries.item[i]));
        if (!app->arguments.json)
            print_entry(&entries.item[i]);
    }
    jv_set(app->result, "entries", array);
    return ok ? ERR_NONE : err->code;
}

static enum err_code verify(struct app *app, struct err *err)
{
    int64_t checked = 0;
    if (!journal_verify(app->job.state, arguments_value(&app->arguments, OPT_HEAD), &checked, err))
        return err->code;
    jv_set_int(app->result, "checked", checked);
    jv_set_bool(app->result, "whole", true);
    if (!app->arguments.json)
        printf("the history is whole: %" PRId64 " entries\n", checked);
    return ERR_NONE;
}

/* A date alone is its first second. */
static bool parse_since(const char *text, int64_t *unix_seconds, struct err *err)
{
    char *midnight AUTO_FREE = mem_printf("%sT00:00:00Z", text);
    if (clock_parse(text, unix_seconds) || clock_parse(midnight, unix_seconds))
        return true;
    return err_set(err, ERR_USAGE, "--since %s: not a time such as 2026-08-22 or 2026-08-22T18:00:00Z", text);
}

enum err_code cmd_history(struct app *app, struct err *err)
{
    const char *since = arguments_value(&app->arguments, OPT_SINCE);
    struct entry_filter filter = {.ring = arguments_value(&app->arguments, OPT_RING),
                                  .actor = arguments_value(&app->arguments, OPT_ACTOR),
                                  .since_unix = -1};
    if (since && !parse_since(since, &filter.since_unix, err))
        return err->code;
    if (app->arguments.given[OPT_VERIFY])
        return verify(app, err);
    if (app->arguments.given[OPT_HEAD]) {
        err_set(err, ERR_USAGE, "--head goes with --verify");
        return err->code;
    }
    return list(app, &filter, err);
}

#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
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

/* The hash of the newest line of history_head_file ("TIME ID HASH"); "" if there is none to compare with. */
static void read_noted_head(const struct app *app, char head[DIGEST_TEXT_SIZE])
{
    const char *path = app->settings.history_head_file;
    AUTO_BUF text = {0};
    struct err err = {0};
    struct digest digest;
    head[0] = 0;
    if (!*path)
        return;
    if (!fs_read_path(path, LIMIT_HEAD_FILE_BYTES, &text, &err)) {
        log_warn(&app->arguments.log, "history_head_file cannot be compared: %s", err.msg);
        return;
    }
    size_t len = text.len;
    while (len && text.data[len - 1] == '\n')
        text.data[--len] = 0;
    const char *last = len >= DIGEST_TEXT_SIZE ? (const char *)text.data + len - (DIGEST_TEXT_SIZE - 1) : "";
    if (digest_parse(last, &digest))
        digest_format(&digest, head);
    else
        log_warn(&app->arguments.log, "%s does not end with a line of ringmgr's", path);
}

/* The chain alone cannot know that its end was cut off: a head that was noted elsewhere does. */
static enum err_code verify(struct app *app, struct err *err)
{
    const char *head = arguments_value(&app->arguments, OPT_HEAD);
    char noted[DIGEST_TEXT_SIZE] = "";
    int64_t checked = 0;
    if (!head)
        read_noted_head(app, noted);
    if (!journal_verify(app->job.state, head ? head : *noted ? noted : NULL, &checked, err))
        return err->code;
    jv_set_int(app->result, "checked", checked);
    jv_set_bool(app->result, "whole", true);
    if (!app->arguments.json)
        printf("the history is whole: %" PRId64 " entries%s\n", checked,
               head || *noted ? ", the noted head among them"
                              : "; no head was noted to compare its end with");
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

#include "ringmgr/ops/lists.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/filelist_json.h"
#include "ringmgr/state/catalog.h"

#include <stdlib.h>

static const enum architecture every[] = {ARCH_X64, ARCH_X86};

/* Takes the list over. */
static void append(struct lists *lists, const struct listed *list)
{
    lists->item = mem_grow(lists->item, lists->len, sizeof *lists->item);
    lists->item[lists->len++] = *list;
}

void lists_clear(struct lists *lists)
{
    for (size_t i = 0; i < lists->len; i++)
        listed_clear(&lists->item[i]);
    free(lists->item);
    *lists = (struct lists){0};
}

bool lists_read(const struct list_source *sources, size_t len, struct lists *lists, struct err *err)
{
    *lists = (struct lists){0};
    for (size_t i = 0; i < len; i++) {
        struct listed list;
        const struct buf *bytes = sources[i].bytes;
        if (!filelist_json_parse(bytes->data ? bytes->data : (const uint8_t *)"", bytes->len, sources[i].name,
                                 &list, err)) {
            lists_clear(lists);
            err->code = ERR_USAGE;
            return err_prefix(err, "--filelist");
        }
        append(lists, &list);
    }
    return true;
}

bool lists_have_rings(const struct lists *lists, const struct ring *const *rings, struct err *err)
{
    for (size_t i = 0; lists && i < lists->len; i++) {
        const struct channel *channel = lists->item[i].channel;
        size_t at = 0;
        while (rings[at] && rings[at]->channel != channel)
            at++;
        if (!rings[at])
            return err_set(err, ERR_USAGE,
                           "--filelist: a list of the channel %s, which no ring of this run has",
                           channel->id);
    }
    return true;
}

bool lists_fit(const struct lists *lists, const struct ring *ring, const struct build *build,
               const struct content *content, struct err *err)
{
    char theirs[BUILD_TEXT_SIZE], ours[BUILD_TEXT_SIZE];
    build_format(build, ours);
    for (size_t i = 0; lists && i < lists->len; i++) {
        const struct listed *list = &lists->item[i];
        if (list->channel != ring->channel)
            continue;
        build_format(&list->build, theirs);
        if (build_compare(&list->build, build) != 0)
            return err_set(
                err, ERR_USAGE,
                "--filelist: a list of %s, but %s is to be fetched: get the list of that build, or "
                "name the other with --build",
                theirs, ours);
        if (!(list->architectures & content->architectures))
            return err_set(err, ERR_USAGE,
                           "--filelist: the list of %s is of an architecture that nobody wants", theirs);
    }
    return true;
}

static bool is_of(const struct listed *list, const struct channel *channel, const struct build *build)
{
    return list->channel == channel && build_compare(&list->build, build) == 0;
}

bool lists_add_templates(const struct job *job, const struct origin_session *origin,
                         const struct channel *channel, const struct build *build,
                         const struct content *content, struct lists *lists, struct err *err)
{
    struct catalog_build known;
    bool found;
    if (origin->one_tree || origin->shut)
        return true;
    if (!catalog_build_find(job->state, channel, build, &known, &found, err))
        return false;
    if (found && known.staged_unix >= 0)
        return true;
    for (size_t i = 0; i < sizeof every / sizeof *every; i++) {
        struct listed list;
        if (!(content->architectures & every[i]))
            continue;
        if (upstream_template(job, origin, channel, build, every[i], &list, err)) {
            if (list.len)
                append(lists, &list);
            continue;
        }
        if (err->code != ERR_UPSTREAM && err->code != ERR_NOT_GENUINE)
            return false;
        log_warn(job->log, "not used, the table of files alone counts: %s", err->msg);
        *err = (struct err){0};
        return true;
    }
    return true;
}

void lists_mark(const struct job *job, const struct lists *lists, const struct channel *channel,
                const struct build *build, const struct content *content, struct filelist *table)
{
    AUTO_STRV unknown = {0};
    for (size_t i = 0; lists && i < lists->len; i++)
        if (is_of(&lists->item[i], channel, build))
            listed_mark(&lists->item[i], content, table, &unknown);
    if (unknown.len == 0)
        return;
    char *names AUTO_FREE = strv_join(&unknown, ", ");
    log_warn(job->log,
             "the file list names what this version does not know, and which is not fetched: %.600s", names);
}

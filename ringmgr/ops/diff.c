#include "ringmgr/ops/diff.h"
#include "ringmgr/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void lists_clear(struct diff_lists *lists)
{
    strv_clear(&lists->added);
    strv_clear(&lists->removed);
}

void diff_clear(struct diff *diff)
{
    facts_clear(&diff->facts);
    strv_clear(&diff->files_new);
    strv_clear(&diff->files_changed);
    strv_clear(&diff->files_same);
    strv_clear(&diff->files_gone);
    lists_clear(&diff->languages);
    lists_clear(&diff->proofing);
    lists_clear(&diff->architectures);
}

/* ---- files ---- */

/* A path without the build that stands in it: "s640.cab", "v64.cab". The caller frees it. */
static char *plain_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *underscore = strchr(path, '_');
    if (slash)
        return mem_strdup(slash + 1);
    return mem_printf("%.*s.cab", (int)(underscore ? underscore - path : (ptrdiff_t)strlen(path)), path);
}

/* The file of this plain name; NULL if there is none. */
static const struct catalog_file *find_plain(const struct catalog_files *files, const char *name)
{
    for (size_t i = 0; i < files->len; i++) {
        char *plain AUTO_FREE = plain_name(files->file[i].path);
        if (strcmp(plain, name) == 0)
            return &files->file[i];
    }
    return NULL;
}

static void compare_files(const struct catalog_files *from, const struct catalog_files *to, struct diff *diff)
{
    for (size_t i = 0; i < to->len; i++) {
        char *name AUTO_FREE = plain_name(to->file[i].path);
        const struct catalog_file *before = find_plain(from, name);
        bool same = before && digest_equal(&before->digest, &to->file[i].digest);
        strv_add(same ? &diff->files_same : before ? &diff->files_changed : &diff->files_new, name);
        diff->bytes_total += to->file[i].bytes;
        diff->bytes_changed += same ? 0 : to->file[i].bytes;
    }
    for (size_t i = 0; i < from->len; i++) {
        char *name AUTO_FREE = plain_name(from->file[i].path);
        if (!find_plain(to, name))
            strv_add(&diff->files_gone, name);
    }
}

/* ---- content ---- */

static void compare_lists(const struct strv *from, const struct strv *to, struct diff_lists *lists)
{
    for (size_t i = 0; i < to->len; i++)
        if (!strv_has(from, to->item[i]))
            strv_add(&lists->added, to->item[i]);
    for (size_t i = 0; i < from->len; i++)
        if (!strv_has(to, from->item[i]))
            strv_add(&lists->removed, from->item[i]);
}

static void compare_architectures(unsigned from, unsigned to, struct diff_lists *lists)
{
    static const enum architecture every[] = {ARCH_X64, ARCH_X86};
    for (size_t i = 0; i < 2; i++) {
        if (to & every[i] & ~from)
            strv_add(&lists->added, architecture_name(every[i]));
        if (from & every[i] & ~to)
            strv_add(&lists->removed, architecture_name(every[i]));
    }
}

static void compare_contents(const struct content *from, const struct content *to, struct diff *diff)
{
    struct content wanted AUTO(content_clear) = {0};
    content_copy(&wanted, to); /* in the form of `from`: lower case, sorted */
    compare_lists(&from->languages, &wanted.languages, &diff->languages);
    compare_lists(&from->proofing, &wanted.proofing, &diff->proofing);
    compare_architectures(from->architectures, wanted.architectures, &diff->architectures);
}

/* ---- what one machine fetches ---- */

struct comparison {
    const struct job *job;
    const struct ring *ring;
    const struct catalog_files *from, *to;
    const struct content *from_content;
    struct diff *diff;
};

/* One machine of this architecture, with every language that the ring had and will have. */
static bool measure_one(const struct comparison *comparison, enum architecture architecture, struct err *err)
{
    struct filelist from AUTO(filelist_clear) = {0};
    struct filelist to AUTO(filelist_clear) = {0};
    struct content before AUTO(content_clear) = {0};
    struct content after AUTO(content_clear) = {0};
    struct diff *diff = comparison->diff;
    const struct gate_facts *gate = &diff->facts.gate;
    content_copy(&before, comparison->from_content);
    content_copy(&after, &diff->facts.content);
    before.architectures &= architecture;
    after.architectures = architecture;
    if (!filelist_make(diff->facts.has_live ? gate->live_channel : comparison->ring->channel, &gate->live,
                       &before, &from, err) ||
        !filelist_make(comparison->ring->channel, &gate->build, &after, &to, err))
        return false;
    const struct download_side have = {&from, comparison->from}, wanted = {&to, comparison->to};
    struct download download = download_measure(comparison->job->store, &wanted, &have);
    if (download.bytes >= diff->machine.bytes)
        diff->machine = download;
    return true;
}

static bool measure(const struct comparison *comparison, struct err *err)
{
    unsigned architectures = comparison->diff->facts.content.architectures;
    return (!(architectures & ARCH_X64) || measure_one(comparison, ARCH_X64, err)) &&
           (!(architectures & ARCH_X86) || measure_one(comparison, ARCH_X86, err));
}

/* ---- all of it ---- */

static bool compare(const struct job *job, const struct ring *ring, struct diff *diff, struct err *err)
{
    struct catalog_files from AUTO(catalog_files_clear) = {0};
    struct content content AUTO(content_clear) = {0};
    const struct facts *facts = &diff->facts;
    if (facts->has_live && (!catalog_offer_files(job->state, facts->live.id, &from, err) ||
                            !content_parse(facts->live.content, &content, err)))
        return false;
    compare_files(&from, &facts->files, diff);
    compare_contents(&content, &facts->content, diff);
    diff->bytes_on_disk = ring->link == PLACE_COPY ? diff->bytes_total : 0;
    const struct comparison comparison = {job, ring, &from, &facts->files, &content, diff};
    return measure(&comparison, err);
}

static bool find_version(const struct job *job, struct diff *diff, struct err *err)
{
    struct release release;
    bool found = false;
    if (diff->facts.has_live && !catalog_release_find(job->state, diff->facts.live.channel,
                                                      &diff->facts.live.build, &release, &found, err))
        return false;
    if (found)
        snprintf(diff->from_version, sizeof diff->from_version, "%s", release.version);
    return true;
}

bool diff_make(const struct job *job, const struct ring *ring, const struct build *build, struct diff *diff,
               struct err *err)
{
    char text[BUILD_TEXT_SIZE];
    *diff = (struct diff){0};
    build_format(build, text);
    if (!facts_gather(job, ring, build, facts_lane(ring), NULL, &diff->facts, err))
        return false;
    const struct gate_facts *gate = &diff->facts.gate;
    if (!gate->channel)
        return err_set(err, ERR_FAILED,
                       "%s is not in the store for the channel %s: `ringmgr sync --build %s`", text,
                       ring->channel->id, text);
    diff->from_days = support_days_left(&gate->live_deadline, gate->now_unix);
    diff->to_days = support_days_left(&gate->deadline, gate->now_unix);
    return find_version(job, diff, err) && compare(job, ring, diff, err);
}

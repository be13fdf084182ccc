#include "ringmgr/base/mem.h"
#include "ringmgr/ops/distribute_part.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is told ---- */

void part_wait(struct part *part, const char *format, ...)
{
    va_list arguments;
    if (part->result->text)
        return;
    va_start(arguments, format);
    part->result->text = mem_vprintf(format, arguments);
    va_end(arguments);
    if (part->result->result <= DISTRIBUTE_PROVEN)
        part->result->result = DISTRIBUTE_WAITING;
}

void part_note_wrong(struct part *part, const char *path, const char *problem)
{
    struct distribute_share *result = part->result;
    log_warn(part->job->log, "site %s: %s: %s %s", part->site->name, part->ring->name, path, problem);
    for (size_t i = 0; i < result->wrongs; i++)
        if (strcmp(result->wrong[i].path, path) == 0) {
            result->wrong[i].repaired = false;
            return;
        }
    result->wrong = mem_grow(result->wrong, result->wrongs, sizeof *result->wrong);
    result->wrong[result->wrongs++] =
        (struct distribute_wrong){.path = mem_strdup(path), .problem = mem_strdup(problem)};
}

void part_note_foreign(struct part *part, const char *path, const char *problem)
{
    size_t before = part->result->wrongs;
    part_note_wrong(part, path, problem);
    if (part->result->wrongs > before)
        part->result->wrong[before].foreign = true;
}

/* Whether a path is of the build ("16.0.1.2/x", "v64_16.0.1.2.cab"), or, with NULL, that of a pointer. */
static bool is_of(const char *path, const char *build)
{
    if (!build)
        return strcmp(path, tree_pointer_name(ARCH_X64)) == 0 ||
               strcmp(path, tree_pointer_name(ARCH_X86)) == 0;
    size_t len = strlen(build);
    const char *at = strchr(path, '_'); /* of v64_<build>.cab */
    if (at && !strchr(path, '/'))
        return strncmp(at + 1, build, len) == 0 && strcmp(at + 1 + len, ".cab") == 0;
    return strncmp(path, build, len) == 0 && (path[len] == '/' || path[len] == 0);
}

void part_note_repaired(struct part *part, const char *build)
{
    for (size_t i = 0; i < part->result->wrongs; i++)
        if (!part->result->wrong[i].foreign && is_of(part->result->wrong[i].path, build))
            part->result->wrong[i].repaired = true;
}

/* ---- the listing ---- */

bool part_has_folder(const struct part *part, const char *build)
{
    return strv_has(&part->listing.builds, build);
}

static void forget(struct strv *names, const char *build)
{
    struct strv left = {0};
    for (size_t i = 0; i < names->len; i++)
        if (!is_of(names->item[i], build))
            strv_add(&left, names->item[i]);
    strv_clear(names);
    *names = left;
}

void part_forget_folder(struct part *part, const char *build)
{
    forget(&part->listing.builds, build);
}

void part_forget_descriptors(struct part *part, const char *build)
{
    forget(&part->listing.descriptors, build);
}

/* ---- what was added since ---- */

static bool is_missing(const struct site_wrong *wrong)
{
    return strcmp(wrong->problem, "is missing") == 0;
}

void part_judge_as_it_was(struct part *part, struct site_wrongs *wrongs)
{
    struct progress *at = part->at;
    const struct goal_build *build = at->build;
    struct catalog_files there = {.file = mem_new(build->files.len + 1, sizeof *there.file)};
    const struct site_build *row = site_books_find(&part->books, build->channel, &build->build);
    size_t left = 0;
    for (size_t i = 0; i < build->files.len; i++) {
        bool missing = false;
        for (size_t j = 0; j < wrongs->len && !missing; j++)
            missing = wrongs->item[j].file == &build->list[i] && is_missing(&wrongs->item[j]);
        if (!missing)
            there.file[there.len++] = build->files.file[i]; /* texts stay the goal's */
    }
    const struct digest digest = catalog_files_digest(&there);
    bool grown = there.len < build->files.len && row && row->proven_unix >= 0 &&
                 digest_equal(&row->files_digest, &digest);
    free(there.file);
    for (size_t i = 0; grown && i < wrongs->len; i++)
        if (!is_missing(&wrongs->item[i]))
            wrongs->item[left++] = wrongs->item[i];
    wrongs->len = grown ? left : wrongs->len;
    at->asked = true;
    at->as_it_was = grown && left == 0;
}

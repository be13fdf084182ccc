#include "ringmgr/ops/offered.h"
#include "ringmgr/base/mem.h"

#include <stdio.h>

size_t pointers_index(enum architecture architecture)
{
    return architecture == ARCH_X64;
}

static void add_pointer(struct pointers *pointers, enum architecture architecture, const struct build *build,
                        const struct catalog_files *files)
{
    char text[BUILD_TEXT_SIZE], path[BUILD_TEXT_SIZE + 16];
    build_format(build, text);
    snprintf(path, sizeof path, "v%d_%s.cab", architecture_bits(architecture), text);
    const struct catalog_file *file = catalog_files_find(files, path);
    if (!file || file->absent || pointers->architectures & architecture)
        return;
    pointers->architectures |= architecture;
    pointers->digest[pointers_index(architecture)] = file->digest;
}

void pointers_of_build(const struct build *build, const struct catalog_files *files,
                       struct pointers *pointers)
{
    *pointers = (struct pointers){0};
    add_pointer(pointers, ARCH_X86, build, files);
    add_pointer(pointers, ARCH_X64, build, files);
}

/* Takes from one standing offer the pointers that no newer one had. */
static bool add_offer(const struct job *job, const struct offer *offer, struct pointers *pointers,
                      struct err *err)
{
    struct content content = {0};
    struct catalog_files files = {0};
    if (!content_parse(offer->content, &content, err))
        return false;
    unsigned more = content.architectures & ~pointers->architectures;
    content_clear(&content);
    if (!more)
        return true;
    bool ok = catalog_offer_files(job->state, offer->id, &files, err);
    add_pointer(pointers, ARCH_X86, &offer->build, &files);
    add_pointer(pointers, ARCH_X64, &offer->build, &files);
    catalog_files_clear(&files);
    return ok;
}

bool offered_pointers(const struct job *job, const struct ring *ring, struct pointers *pointers,
                      struct err *err)
{
    struct offer live AUTO(offer_clear) = {0};
    struct offers others AUTO(offers_clear) = {0};
    bool found;
    *pointers = (struct pointers){0};
    if (!catalog_offer_live(job->state, ring->name, &live, &found, err))
        return false;
    if (!found)
        return true;
    bool ok = add_offer(job, &live, pointers, err) && catalog_offers_unlike(job->state, &live, &others, err);
    for (size_t i = 0; ok && i < others.len; i++)
        ok = add_offer(job, &others.item[i], pointers, err);
    return ok;
}

bool pointer_matches(const struct pointers *pointers, enum architecture architecture,
                     const struct tree_pointer *pointer)
{
    bool wanted = pointers->architectures & architecture;
    if (!wanted || !pointer->present)
        return !wanted && !pointer->present;
    return digest_equal(&pointers->digest[pointers_index(architecture)], &pointer->digest);
}

struct share_file *share_files_of(const struct catalog_files *files)
{
    struct share_file *list = mem_new(files->len, sizeof *list);
    for (size_t i = 0; i < files->len; i++)
        list[i] = (struct share_file){files->file[i].path, files->file[i].digest, files->file[i].bytes};
    return list;
}

enum link_mode link_mode_of(const struct ring *ring)
{
    static const enum link_mode mode[] = {
        [PLACE_HARD] = LINK_HARD, [PLACE_REFLINK] = LINK_REFLINK, [PLACE_COPY] = LINK_COPY};
    return mode[ring->link];
}

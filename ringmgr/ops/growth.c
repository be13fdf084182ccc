#include "ringmgr/ops/growth.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>

/* ---- additions ---- */

void additions_clear(struct additions *additions)
{
    for (size_t i = 0; i < additions->len; i++)
        content_clear(&additions->item[i]);
    free(additions->item);
    *additions = (struct additions){0};
}

/* Takes over `one` unless `has` has it. */
static void add(struct additions *additions, const struct content *has, struct content one)
{
    if (content_contains(has, &one)) {
        content_clear(&one);
        return;
    }
    additions->item = mem_grow(additions->item, additions->len, sizeof *additions->item);
    additions->item[additions->len++] = one;
}

void additions_find(const struct content *has, const struct content *wanted, struct additions *additions)
{
    static const enum architecture architecture[] = {ARCH_X64, ARCH_X86};
    *additions = (struct additions){0};
    for (int i = 0; i < 2; i++)
        add(additions, has, (struct content){.architectures = wanted->architectures & architecture[i]});
    for (size_t i = 0; i < wanted->languages.len; i++) {
        struct content one = {0};
        strv_add(&one.languages, wanted->languages.item[i]);
        add(additions, has, one);
    }
    for (size_t i = 0; i < wanted->proofing.len; i++) {
        struct content one = {0};
        strv_add(&one.proofing, wanted->proofing.item[i]);
        add(additions, has, one);
    }
    add(additions, has, (struct content){.arm64 = wanted->arm64});
}

void addition_name(const struct content *addition, struct strv *names)
{
    if (addition->architectures)
        strv_add(names, architecture_name(addition->architectures & ARCH_X64 ? ARCH_X64 : ARCH_X86));
    if (addition->languages.len)
        strv_add(names, addition->languages.item[0]);
    if (addition->proofing.len)
        strv_addf(names, "%s proofing", addition->proofing.item[0]);
    if (addition->arm64)
        strv_add(names, "arm64");
}

void additions_name(const struct content *has, const struct content *wanted, struct strv *names)
{
    struct additions additions AUTO(additions_clear) = {0};
    additions_find(has, wanted, &additions);
    for (size_t i = 0; i < additions.len; i++)
        addition_name(&additions.item[i], names);
}

/* ---- what is whole ---- */

/* What a share with this content shows of a build. */
struct view {
    struct catalog_files files;
    struct digest digest;
    struct strv missing;
};

static void view_clear(struct view *view)
{
    catalog_files_clear(&view->files);
    strv_clear(&view->missing);
}

static bool look(const struct channel *channel, const struct build *build, const struct catalog_files *all,
                 const struct content *content, struct view *view, struct err *err)
{
    struct filelist list AUTO(filelist_clear) = {0};
    if (!filelist_make(channel, build, content, &list, err))
        return false;
    catalog_files_select(all, &list, &view->files, &view->digest, &view->missing);
    return true;
}

static bool find_whole(const struct job *job, const struct view *view, bool *whole, struct err *err)
{
    *whole = view->missing.len == 0;
    for (size_t i = 0; *whole && i < view->files.len; i++) {
        const struct catalog_file *file = &view->files.file[i];
        if (!store_has_bytes(job->store, &file->digest, file->bytes, whole, err))
            return false;
    }
    return true;
}

bool growth_is_whole(const struct job *job, const struct channel *channel, const struct build *build,
                     const struct content *content, bool *whole, struct err *err)
{
    struct catalog_files all AUTO(catalog_files_clear) = {0};
    struct view view AUTO(view_clear) = {0};
    bool ok = catalog_files_get(job->state, channel, build, &all, err) &&
              look(channel, build, &all, content, &view, err) && find_whole(job, &view, whole, err);
    *whole = ok && *whole;
    return ok;
}

/* Moves what the view has there. */
static void take(struct growth *growth, struct view *view)
{
    catalog_files_clear(&growth->files);
    strv_clear(&growth->missing);
    growth->files = view->files;
    growth->digest = view->digest;
    growth->missing = view->missing;
    *view = (struct view){0};
}

/* A build, and what the catalog has of it. */
struct known {
    const struct channel *channel;
    const struct build *build;
    struct catalog_files files;
};

static bool try_addition(const struct job *job, const struct known *known, const struct content *addition,
                         struct growth *growth, struct err *err)
{
    struct content more AUTO(content_clear) = {0};
    struct view view AUTO(view_clear) = {0};
    bool whole;
    content_unite(&more, &growth->content);
    content_unite(&more, addition);
    if (!look(known->channel, known->build, &known->files, &more, &view, err) ||
        !find_whole(job, &view, &whole, err))
        return false;
    if (whole) {
        content_unite(&growth->content, addition);
        take(growth, &view);
    }
    return true;
}

static bool grow(const struct job *job, const struct known *known, const struct content *wanted,
                 struct growth *growth, struct err *err)
{
    struct additions additions AUTO(additions_clear) = {0};
    struct view now AUTO(view_clear) = {0};
    if (!look(known->channel, known->build, &known->files, &growth->has, &now, err))
        return false;
    content_unite(&growth->content, &growth->has);
    take(growth, &now);
    additions_find(&growth->has, wanted, &additions);
    for (size_t i = 0; i < additions.len; i++)
        if (!try_addition(job, known, &additions.item[i], growth, err))
            return false;
    return true;
}

bool growth_find(const struct job *job, const struct channel *channel, const struct build *build,
                 const struct content *has, const struct content *wanted, struct growth *growth,
                 struct err *err)
{
    struct known known = {.channel = channel, .build = build};
    *growth = (struct growth){0};
    content_copy(&growth->has, has);
    bool ok = catalog_files_get(job->state, channel, build, &known.files, err) &&
              grow(job, &known, wanted, growth, err);
    catalog_files_clear(&known.files);
    return ok;
}

bool growth_of_offer(const struct job *job, const struct offer *offer, const struct content *wanted,
                     struct growth *growth, struct err *err)
{
    struct content has AUTO(content_clear) = {0};
    *growth = (struct growth){0};
    return content_parse(offer->content, &has, err) &&
           growth_find(job, offer->channel, &offer->build, &has, wanted, growth, err);
}

void growth_clear(struct growth *growth)
{
    content_clear(&growth->has);
    content_clear(&growth->content);
    catalog_files_clear(&growth->files);
    strv_clear(&growth->missing);
}

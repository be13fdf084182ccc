#include "ringmgr/ops/survey.h"
#include "ringmgr/base/hashpool.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/descriptor.h"
#include "ringmgr/c2r/language.h"
#include "ringmgr/ops/prove.h"
#include "ringmgr/ops/upstream.h"
#include "ringmgr/store/incoming.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool survey_open(const struct job *job, struct survey *survey, struct err *err)
{
    *survey = (struct survey){.job = job};
    return upstream_trust(job, &survey->trust, err);
}

void survey_close(struct survey *survey)
{
    trust_free(survey->trust);
    free(survey->seen);
    *survey = (struct survey){0};
}

void surveyed_clear(struct surveyed *one)
{
    content_clear(&one->content);
    catalog_files_clear(&one->files);
    *one = (struct surveyed){0};
}

/* ---- which builds there are ---- */

static int by_build(const void *a, const void *b)
{
    return build_compare(a, b);
}

/* "16.0.1.2", "v64_16.0.1.2.cab"; false for any other name. */
static bool read_name(const char *name, struct build *build)
{
    struct err ignored;
    char number[BUILD_TEXT_SIZE + 8], again[BUILD_TEXT_SIZE];
    size_t len = strlen(name);
    bool descriptor = len > 8 && len < sizeof number && name[0] == 'v' && name[3] == '_' &&
                      strcmp(name + len - 4, ".cab") == 0;
    snprintf(number, sizeof number, "%.*s",
             (int)(descriptor            ? len - 8
                   : len < sizeof number ? len
                                         : 0),
             descriptor ? name + 4 : name);
    if (!build_parse(number, build, &ignored))
        return false;
    build_format(build, again);
    return strcmp(number, again) == 0;
}

bool survey_list(const struct tree *tree, struct build **builds, size_t *len, struct err *err)
{
    AUTO_STRV names = {0};
    size_t distinct = 0;
    *builds = NULL;
    *len = 0;
    if (tree->data < 0)
        return true;
    if (!fs_list(tree->data, ".", &names, err))
        return false;
    for (size_t i = 0; i < names.len; i++) {
        struct build build;
        if (!read_name(names.item[i], &build))
            continue;
        *builds = mem_grow(*builds, *len, sizeof **builds);
        (*builds)[(*len)++] = build;
    }
    if (*len)
        qsort(*builds, *len, sizeof **builds, by_build);
    for (size_t i = 0; i < *len; i++)
        if (i == 0 || build_compare(&(*builds)[i], &(*builds)[distinct - 1]) != 0)
            (*builds)[distinct++] = (*builds)[i];
    *len = distinct;
    return true;
}

/* ---- one build ---- */

/* While one build is read. */
struct reading {
    struct survey *survey;
    const struct tree *tree;
    struct surveyed *one;
    struct strv names; /* what is there, relative to Office/Data: its descriptors and its folder's files */
    struct filelist list;
    struct item {
        const struct build_file *file;
        bool there;
        struct digest digest;
        uint64_t bytes;
    } * item; /* one for each of the list */
};

static void reading_clear(struct reading *reading)
{
    strv_clear(&reading->names);
    filelist_clear(&reading->list);
    free(reading->item);
}

/* Keeps the first; always false, so that a finding ends what found it. */
static bool find(struct reading *reading, const char *problem)
{
    if (!*reading->one->problem)
        snprintf(reading->one->problem, sizeof reading->one->problem, "%s", problem);
    return false;
}

static bool list_names(struct reading *reading, const char *build, struct err *err)
{
    AUTO_STRV files = {0};
    bool stands;
    if (!tree_has_folder(reading->tree, build, &stands, err) ||
        (stands && !fs_list(reading->tree->data, build, &files, err)))
        return false;
    for (size_t i = 0; i < files.len; i++)
        strv_addf(&reading->names, "%s/%s", build, files.item[i]);
    for (int bits = 32; bits <= 64; bits += 32) {
        struct stat st;
        char *name AUTO_FREE = mem_printf("v%d_%s.cab", bits, build);
        if (fstatat(reading->tree->data, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            strv_add(&reading->names, name);
    }
    return true;
}

static bool read_file(struct reading *reading, const char *path, uint64_t limit, struct buf *bytes)
{
    struct err why = {0};
    return fs_read_file(reading->tree->data, path, limit, bytes, &why) || find(reading, why.msg);
}

/* The channel, from whichever descriptor is there; both are proven with all other files. */
static bool read_channel(struct reading *reading, const char *build)
{
    AUTO_BUF bytes = {0};
    struct signer signer;
    struct err why = {0};
    struct descriptor descriptor AUTO(descriptor_clear) = {0};
    char *x64 AUTO_FREE = mem_printf("v64_%s.cab", build);
    char *x86 AUTO_FREE = mem_printf("v32_%s.cab", build);
    if (strv_has(&reading->names, x64))
        reading->one->content.architectures |= ARCH_X64;
    if (strv_has(&reading->names, x86))
        reading->one->content.architectures |= ARCH_X86;
    const char *path = reading->one->content.architectures & ARCH_X64 ? x64 : x86;
    if (!reading->one->content.architectures)
        return find(reading, "its descriptor is missing");
    if (!read_file(reading, path, LIMIT_METADATA_BYTES, &bytes))
        return false;
    if (!authenticode_verify_cab(reading->survey->trust, bytes.data, bytes.len, path, &signer, &why) ||
        !descriptor_read(bytes.data, bytes.len, path, &descriptor, &why))
        return find(reading, why.msg);
    reading->one->channel = descriptor.channel;
    return true;
}

/* ---- its content ---- */

/* Is any file there that belongs to `more` and not to `less`? */
static bool shows(const struct reading *reading, const struct content *more, const struct content *less)
{
    const struct surveyed *one = reading->one;
    struct filelist with AUTO(filelist_clear) = {0}, without AUTO(filelist_clear)
    = {0};
    struct err none = {0};
    if (!filelist_make(one->channel, &one->build, more, &with, &none) ||
        !filelist_make(one->channel, &one->build, less, &without, &none))
        return false;
    for (size_t i = 0; i < with.len; i++)
        if (!filelist_find(&without, with.file[i].path) && strv_has(&reading->names, with.file[i].path))
            return true;
    return false;
}

/* One file of it is enough to call a culture part of the content: what is missing then makes it incomplete.
 */
static void find_content(struct reading *reading)
{
    struct content *content = &reading->one->content;
    const struct content bare = {.architectures = content->architectures};
    struct content arm = bare;
    const struct language *language;
    arm.arm64 = true;
    for (size_t i = 0; (language = language_at(i)); i++) {
        struct content spoken AUTO(content_clear) = {.architectures = bare.architectures};
        struct content proofed AUTO(content_clear) = {.architectures = bare.architectures};
        strv_add(&spoken.languages, language->culture);
        strv_add(&proofed.proofing, language->culture);
        if (language->kind != LANGUAGE_PROOFING && shows(reading, &spoken, &bare))
            strv_add(&content->languages, language->culture);
        if (language->proofing_files && shows(reading, &proofed, &bare))
            strv_add(&content->proofing, language->culture);
    }
    content->arm64 = shows(reading, &arm, &bare);
}

static bool list_files(struct reading *reading)
{
    struct surveyed *one = reading->one;
    struct err why = {0};
    find_content(reading);
    if (!content_check(&one->content, &why) ||
        !filelist_make(one->channel, &one->build, &one->content, &reading->list, &why))
        return find(reading, why.msg);
    reading->item = mem_new(reading->list.len, sizeof *reading->item);
    for (size_t i = 0; i < reading->list.len; i++) {
        const struct build_file *file = &reading->list.file[i];
        reading->item[i] = (struct item){.file = file, .there = strv_has(&reading->names, file->path)};
        if (file->mandatory && !reading->item[i].there) {
            char *problem AUTO_FREE = mem_printf("%s is missing", file->path);
            return find(reading, problem);
        }
    }
    return true;
}

/* ---- its bytes ---- */

static int open_item(void *context, size_t index, struct err *err)
{
    const struct reading *reading = context;
    return fs_open_beneath(reading->tree->data, reading->item[index].file->path, O_RDONLY, 0, err);
}

static const struct survey_seen *find_seen(const struct survey *survey, const struct stat *st)
{
    for (size_t i = 0; i < survey->seen_len; i++)
        if (survey->seen[i].inode == st->st_ino && survey->seen[i].device == st->st_dev)
            return &survey->seen[i];
    return NULL;
}

/* Those that were not read on another share, as indices into reading->item. */
struct unread {
    struct reading *reading;
    size_t *index;
    struct stat *st;
    size_t len;
};

static int open_unread(void *context, size_t index, struct err *err)
{
    const struct unread *unread = context;
    return open_item(unread->reading, unread->index[index], err);
}

static bool find_unread(struct unread *unread, struct err *err)
{
    struct reading *reading = unread->reading;
    for (size_t i = 0; i < reading->list.len; i++) {
        struct item *item = &reading->item[i];
        struct stat st;
        if (!item->there)
            continue;
        if (fstatat(reading->tree->data, item->file->path, &st, AT_SYMLINK_NOFOLLOW) != 0)
            return err_set_errno(err, errno, "%s", item->file->path);
        const struct survey_seen *seen = find_seen(reading->survey, &st);
        item->bytes = (uint64_t)st.st_size;
        if (seen) {
            item->digest = seen->digest;
            continue;
        }
        unread->st[unread->len] = st;
        unread->index[unread->len++] = i;
    }
    return true;
}

static bool hash_unread(const struct unread *unread)
{
    struct reading *reading = unread->reading;
    struct survey *survey = reading->survey;
    struct hash_result *result AUTO_FREE = mem_new(unread->len, sizeof *result);
    hashpool_run(open_unread, (void *)(uintptr_t)unread, unread->len, 0, 0, result);
    for (size_t i = 0; i < unread->len; i++) {
        struct item *item = &reading->item[unread->index[i]];
        if (!result[i].ok)
            return find(reading, result[i].err.msg);
        item->digest = result[i].digest;
        item->bytes = result[i].bytes;
        survey->seen = mem_grow(survey->seen, survey->seen_len, sizeof *survey->seen);
        survey->seen[survey->seen_len++] = (struct survey_seen){unread->st[i].st_dev, unread->st[i].st_ino,
                                                                result[i].digest, result[i].bytes};
    }
    return true;
}

/* Fills digest and size of every file that is there; *sound false where one is not to be read. */
static bool hash_files(struct reading *reading, bool *sound, struct err *err)
{
    size_t *index AUTO_FREE = mem_new(reading->list.len, sizeof *index);
    struct stat *st AUTO_FREE = mem_new(reading->list.len, sizeof *st);
    struct unread unread = {.reading = reading, .index = index, .st = st};
    if (!find_unread(&unread, err))
        return false;
    *sound = hash_unread(&unread);
    return true;
}

/* ---- its proofs ---- */

static bool prove_by_signature(struct reading *reading, const struct item *item)
{
    AUTO_BUF bytes = {0};
    struct err why = {0};
    uint64_t limit = item->file->kind == FILE_CABINET_CAT ? LIMIT_CATALOG_BYTES : LIMIT_CABINET_BYTES;
    if (!read_file(reading, item->file->path, limit, &bytes))
        return false;
    struct digest digest = digest_of(bytes.data, bytes.len);
    if (!digest_equal(&digest, &item->digest))
        return find(reading, "it changes while it is read");
    return prove_signed(reading->survey->trust, reading->one->channel, &reading->one->build, item->file,
                        bytes.data, bytes.len, &why) ||
           find(reading, why.msg);
}

static bool prove_by_promise(struct reading *reading, const struct item *item)
{
    AUTO_BUF cabinet = {0};
    struct promise promise;
    struct err why = {0};
    char *problem AUTO_FREE = mem_printf("%s is not what %s says", item->file->path, item->file->proof);
    if (!read_file(reading, item->file->proof, LIMIT_CABINET_BYTES, &cabinet))
        return false;
    if (!prove_read_promise(item->file, cabinet.data, cabinet.len, &promise, NULL, &why))
        return find(reading, why.msg);
    return digest_equal(&promise.digest, &item->digest) || find(reading, problem);
}

/* What proves stands before what it proves, and the first failure ends it. */
static bool prove_files(struct reading *reading)
{
    for (size_t i = 0; i < reading->list.len; i++) {
        const struct item *item = &reading->item[i];
        if (item->there &&
            !(item->file->proof ? prove_by_promise(reading, item) : prove_by_signature(reading, item)))
            return false;
    }
    return true;
}

static void take_files(const struct reading *reading)
{
    struct surveyed *one = reading->one;
    struct catalog_files all = {mem_new(reading->list.len, sizeof *all.file), reading->list.len};
    struct catalog_files shown AUTO(catalog_files_clear) = {0};
    AUTO_STRV missing = {0};
    for (size_t i = 0; i < all.len; i++) {
        const struct item *item = &reading->item[i];
        all.file[i] = (struct catalog_file){.path = mem_strdup(item->file->path),
                                            .absent = !item->there,
                                            .absent_unix = -1,
                                            .digest = item->digest,
                                            .bytes = item->bytes};
    }
    catalog_files_sort(&all);
    catalog_files_select(&all, &reading->list, &shown, &one->files_digest, &missing);
    one->files = all;
}

bool survey_build(struct survey *survey, const struct tree *tree, const struct build *build,
                  struct surveyed *one, struct err *err)
{
    struct reading reading AUTO(reading_clear) = {.survey = survey, .tree = tree, .one = one};
    char number[BUILD_TEXT_SIZE];
    bool sound = true;
    build_format(build, number);
    *one = (struct surveyed){.build = *build};
    if (!list_names(&reading, number, err))
        return false;
    if (!read_channel(&reading, number) || !list_files(&reading))
        return true;
    if (!hash_files(&reading, &sound, err))
        return false;
    if (sound && prove_files(&reading))
        take_files(&reading);
    return true;
}

/* ---- its objects ---- */

static bool copy_bytes(int fd, struct incoming *in, const char *path, struct err *err)
{
    enum { PIECE = 1 << 20 };
    char *piece AUTO_FREE = mem_new(PIECE, 1);
    ssize_t got;
    while ((got = read(fd, piece, PIECE)) > 0)
        if (!incoming_write(in, piece, (size_t)got, err))
            return false;
    return got == 0 || err_set_errno(err, errno, "read %s", path);
}

static bool copy_object(const struct survey *survey, const struct tree *tree, const struct catalog_file *file,
                        struct err *err)
{
    struct incoming *in = NULL;
    struct digest digest;
    AUTO_FD fd = fs_open_beneath(tree->data, file->path, O_RDONLY, 0, err);
    if (fd < 0 || !incoming_open(survey->job->store, "rebuild", &in, err))
        return false;
    bool ok = incoming_restart(in, err) && copy_bytes(fd, in, file->path, err);
    digest = incoming_digest(in);
    if (ok && !digest_equal(&digest, &file->digest))
        ok = err_set(err, ERR_NOT_GENUINE, "%s changes while it is read: again when nobody writes to it",
                     file->path);
    if (ok)
        return incoming_commit(in, &digest, err);
    incoming_abort(in);
    return false;
}

/* An object that is the very file on the share was read with it. */
static bool has_object(const struct survey *survey, const struct tree *tree, const struct catalog_file *file,
                       bool *has, struct err *err)
{
    struct err why = {0};
    AUTO_FD fd = fs_open_beneath(tree->data, file->path, O_RDONLY, 0, err);
    if (fd < 0)
        return false;
    *has = store_is_object(survey->job->store, &file->digest, fd) ||
           (store_has(survey->job->store, &file->digest, NULL) &&
            store_check_object(survey->job->store, &file->digest, &why));
    return *has || why.code == ERR_NONE || store_evict(survey->job->store, &file->digest, err);
}

bool survey_store(const struct survey *survey, const struct tree *tree, const struct surveyed *one,
                  struct err *err)
{
    for (size_t i = 0; i < one->files.len; i++) {
        const struct catalog_file *file = &one->files.file[i];
        bool has;
        if (file->absent)
            continue;
        if (!has_object(survey, tree, file, &has, err))
            return false;
        if (has ? !store_settle(survey->job->store, &file->digest, err)
                : !copy_object(survey, tree, file, err))
            return false;
    }
    return true;
}

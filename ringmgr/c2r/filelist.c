/*
 * The table of formats, section 3. A row says under which names a part of a build lies; the groups say which
 * parts a content has. Rows that only a retail disc has (sc320.cab, the chpe stream) are not in it.
 */
#include "ringmgr/c2r/filelist.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/language.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *architecture_name(enum architecture architecture)
{
    return architecture == ARCH_X64 ? "x64" : "x86";
}

int architecture_bits(enum architecture architecture)
{
    return architecture == ARCH_X64 ? 64 : 32;
}

void content_clear(struct content *content)
{
    strv_clear(&content->languages);
    strv_clear(&content->proofing);
    *content = (struct content){0};
}

static bool has(const struct strv *list, const char *culture)
{
    for (size_t i = 0; i < list->len; i++)
        if (strcasecmp(list->item[i], culture) == 0)
            return true;
    return false;
}

/* Adds what `list` lacks, in lower case. */
static void add(struct strv *list, const struct strv *from)
{
    for (size_t i = 0; i < from->len; i++) {
        if (has(list, from->item[i]))
            continue;
        strv_add(list, from->item[i]);
        for (char *at = list->item[list->len - 1]; *at; at++)
            *at = (char)tolower((unsigned char)*at);
    }
}

static void unite(struct strv *list, const struct strv *from)
{
    add(list, from);
    strv_sort(list);
}

void content_copy(struct content *to, const struct content *from)
{
    content_clear(to);
    to->architectures = from->architectures;
    to->arm64 = from->arm64;
    add(&to->languages, &from->languages);
    add(&to->proofing, &from->proofing);
}

void content_unite(struct content *into, const struct content *from)
{
    into->architectures |= from->architectures;
    into->arm64 = into->arm64 || from->arm64;
    unite(&into->languages, &from->languages);
    unite(&into->proofing, &from->proofing);
}

static bool contains(const struct strv *whole, const struct strv *part)
{
    for (size_t i = 0; i < part->len; i++)
        if (!has(whole, part->item[i]))
            return false;
    return true;
}

bool content_contains(const struct content *whole, const struct content *part)
{
    return (part->architectures & ~whole->architectures) == 0 && (whole->arm64 || !part->arm64) &&
           contains(&whole->languages, &part->languages) && contains(&whole->proofing, &part->proofing);
}

char *content_format(const struct content *content)
{
    struct content sorted = {0};
    static const char *const names[] = {"", "x86", "x64", "x64,x86"};
    content_unite(&sorted, content);
    char *languages AUTO_FREE = strv_join(&sorted.languages, ",");
    char *proofing AUTO_FREE = strv_join(&sorted.proofing, ",");
    char *text = mem_printf("%s %s proofing=%s arm64=%s", names[sorted.architectures & (ARCH_X86 | ARCH_X64)],
                            languages, proofing, sorted.arm64 ? "yes" : "no");
    content_clear(&sorted);
    return text;
}

static bool check_language(const char *culture, struct err *err)
{
    const struct language *language = language_find(culture);
    if (!language)
        return err_set(err, ERR_USAGE, "languages: \"%.64s\" is no language of Office", culture);
    if (language->kind == LANGUAGE_PROOFING)
        return err_set(err, ERR_USAGE, "languages: %s has proofing tools only, name it under proofing",
                       language->culture);
    return true;
}

static bool check_proofing(const char *culture, struct err *err)
{
    const struct language *language = language_find(culture);
    if (!language)
        return err_set(err, ERR_USAGE, "proofing: \"%.64s\" is no language of Office", culture);
    if (!language->proofing_files)
        return err_set(err, ERR_USAGE, "proofing: %s has no proofing tools", language->culture);
    return true;
}

static bool check_cultures(const struct content *content, struct err *err)
{
    if (content->languages.len > LIMIT_LANGUAGES || content->proofing.len > LIMIT_LANGUAGES)
        return err_set(err, ERR_USAGE, "more than %d languages", LIMIT_LANGUAGES);
    for (size_t i = 0; i < content->languages.len; i++)
        if (!check_language(content->languages.item[i], err))
            return false;
    for (size_t i = 0; i < content->proofing.len; i++)
        if (!check_proofing(content->proofing.item[i], err))
            return false;
    return true;
}

bool content_check(const struct content *content, struct err *err)
{
    if (!(content->architectures & (ARCH_X86 | ARCH_X64)))
        return err_set(err, ERR_USAGE, "architectures: none is named (x64, x86)");
    if (content->languages.len == 0)
        return err_set(err, ERR_USAGE, "languages: none is named");
    if (!check_cultures(content, err))
        return false;
    for (size_t i = 0; i < content->languages.len; i++)
        if (language_find(content->languages.item[i])->kind == LANGUAGE_CORE)
            return true;
    return err_set(err, ERR_USAGE, "languages: %s is a partial language, it needs a full one beside it",
                   content->languages.item[0]);
}

static bool parse_architectures(const char *text, unsigned *architectures, struct err *err)
{
    AUTO_STRV names = {0};
    strv_split(&names, text);
    for (size_t i = 0; i < names.len; i++) {
        if (strcmp(names.item[i], "x64") == 0)
            *architectures |= ARCH_X64;
        else if (strcmp(names.item[i], "x86") == 0)
            *architectures |= ARCH_X86;
        else
            return err_set(err, ERR_USAGE, "content: \"%.64s\" is no architecture", names.item[i]);
    }
    return true;
}

static void parse_list(const char *text, struct strv *list)
{
    AUTO_STRV items = {0};
    strv_split(&items, text);
    unite(list, &items);
}

/* What follows `key` in `field`; NULL if it begins otherwise. */
static const char *value_of(const char *field, const char *key)
{
    size_t len = strlen(key);
    return strncmp(field, key, len) == 0 ? field + len : NULL;
}

static bool parse_fields(char *rest, struct content *content, struct err *err)
{
    char *field[4] = {NULL};
    for (int i = 0; i < 4 && rest; i++)
        field[i] = strsep(&rest, " ");
    const char *proofing = field[2] ? value_of(field[2], "proofing=") : NULL;
    const char *arm64 = field[3] ? value_of(field[3], "arm64=") : NULL;
    if (rest || !proofing || !arm64 || (strcmp(arm64, "yes") != 0 && strcmp(arm64, "no") != 0))
        return err_set(err, ERR_USAGE, "content: not of the form \"x64 en-us proofing= arm64=no\"");
    content->arm64 = strcmp(arm64, "yes") == 0;
    parse_list(field[1], &content->languages);
    parse_list(proofing, &content->proofing);
    return parse_architectures(field[0], &content->architectures, err) && check_cultures(content, err);
}

bool content_parse(const char *text, struct content *content, struct err *err)
{
    char *copy AUTO_FREE = mem_strdup(text);
    *content = (struct content){0};
    if (parse_fields(copy, content, err))
        return true;
    content_clear(content);
    return false;
}

enum group {
    GROUP_DESCRIPTOR = 1,
    GROUP_STREAM = 2,         /* neutral and every language */
    GROUP_INSTALLER = 4,      /* neutral and core languages */
    GROUP_INSTALLER_CAT = 8,  /* neutral */
    GROUP_PROOFING = 16,      /* languages that have proofing tools */
    GROUP_ARM = 32,           /* neutral, x64 */
    GROUP_ARM_INSTALLER = 64, /* neutral */
};

/* $v build, $b bits, $a architecture, $l LCID, $c culture. */
static const struct row {
    enum group group;
    enum file_kind kind;
    bool mandatory;
    const char *path;
    const char *proof;
    const char *member;
} rows[] = {
    {GROUP_DESCRIPTOR, FILE_DESCRIPTOR, true, "v$b_$v.cab", NULL, NULL},
    {GROUP_STREAM, FILE_STREAM_CAB, true, "$v/s$b$l.cab", NULL, NULL},
    {GROUP_STREAM, FILE_STREAM, true, "$v/stream.$a.$c.dat", "$v/s$b$l.cab", "stream.$a.$c.hash"},
    {GROUP_STREAM, FILE_STREAM_CAT, false, "$v/stream.$a.$c.dat.cat", "$v/s$b$l.cab", "stream.$a.$c.dat.cat"},
    {GROUP_INSTALLER, FILE_CABINET, true, "$v/i$b$l.cab", NULL, NULL},
    {GROUP_INSTALLER_CAT, FILE_CABINET_CAT, false, "$v/i$b$l.cab.cat", NULL, NULL},
    {GROUP_PROOFING, FILE_STREAM_CAB, false, "$v/sp$b$l.cab", NULL, NULL},
    {GROUP_PROOFING, FILE_STREAM, false, "$v/stream.$a.$c.proof.dat", "$v/sp$b$l.cab",
     "stream.$a.$c.proof.hash"},
    {GROUP_PROOFING, FILE_STREAM_CAT, false, "$v/stream.$a.$c.proof.dat.cat", "$v/sp$b$l.cab",
     "stream.$a.$c.proof.dat.cat"},
    {GROUP_ARM, FILE_STREAM_CAB, false, "$v/sa$b$l.cab", NULL, NULL},
    {GROUP_ARM, FILE_STREAM, false, "$v/stream.$a.$c.arm64x.dat", "$v/sa$b$l.cab",
     "stream.$a.$c.arm64x.hash"},
    {GROUP_ARM, FILE_STREAM_CAT, false, "$v/stream.$a.$c.arm64x.dat.cat", "$v/sa$b$l.cab",
     "stream.$a.$c.arm64x.dat.cat"},
    {GROUP_ARM_INSTALLER, FILE_CABINET, false, "$v/a$b$l_exp.cab", NULL, NULL},
};

enum { ROWS = sizeof rows / sizeof *rows };

static const struct language neutral = {0, "x-none", LANGUAGE_CORE, false};

/* What the rows are filled in with. */
struct part {
    const char *build;
    const struct language *language;
    enum architecture architecture; /* whose names */
    enum architecture needed_by;
};

static char *fill_in(const char *pattern, const struct part *part)
{
    struct buf text = {0};
    buf_puts(&text, "");
    for (const char *at = pattern; *at; at++) {
        if (*at != '$')
            buf_append(&text, at, 1);
        else if (*++at == 'v')
            buf_puts(&text, part->build);
        else if (*at == 'b')
            buf_printf(&text, "%d", architecture_bits(part->architecture));
        else if (*at == 'a')
            buf_puts(&text, architecture_name(part->architecture));
        else if (*at == 'l')
            buf_printf(&text, "%" PRIu32, part->language->lcid);
        else
            buf_puts(&text, part->language->culture);
    }
    return (char *)text.data;
}

static void add_rows(struct filelist *list, unsigned groups, const struct part *part)
{
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *row = &rows[i];
        if (!(row->group & groups))
            continue;
        list->file = mem_grow(list->file, list->len, sizeof *list->file);
        struct build_file *file = &list->file[list->len++];
        *file = (struct build_file){.path = fill_in(row->path, part),
                                    .kind = row->kind,
                                    .architecture = part->architecture,
                                    .needed_by = part->needed_by,
                                    .lcid = part->language->lcid,
                                    .mandatory = row->mandatory,
                                    .proof = row->proof ? fill_in(row->proof, part) : NULL,
                                    .member = row->member ? fill_in(row->member, part) : NULL};
        const char *slash = strrchr(file->path, '/');
        file->name = slash ? slash + 1 : file->path;
    }
}

/* The installer is 64-bit on every machine: x86 needs these of the i64 cabinets too. */
static void add_foreign(struct filelist *list, unsigned groups, struct part part)
{
    if (part.architecture != ARCH_X86)
        return;
    part.architecture = ARCH_X64;
    add_rows(list, groups & (GROUP_INSTALLER | GROUP_INSTALLER_CAT | GROUP_ARM_INSTALLER), &part);
}

static void add_part(struct filelist *list, unsigned groups, struct part part,
                     const struct language *language)
{
    part.language = language;
    add_rows(list, groups, &part);
    add_foreign(list, groups, part);
}

static unsigned neutral_groups(const struct channel *channel, const struct content *content,
                               enum architecture architecture)
{
    unsigned groups = GROUP_DESCRIPTOR | GROUP_STREAM | GROUP_INSTALLER | GROUP_INSTALLER_CAT;
    /* Formats, section 3: not in the PerpetualVL channels. */
    if (!content->arm64 || channel->perpetual)
        return groups;
    return groups | GROUP_ARM_INSTALLER | (architecture == ARCH_X64 ? GROUP_ARM : 0U);
}

static void add_architecture(struct filelist *list, const struct channel *channel,
                             const struct content *content, const struct part *part)
{
    add_part(list, neutral_groups(channel, content, part->architecture), *part, &neutral);
    for (size_t i = 0; i < content->languages.len; i++) {
        const struct language *language = language_find(content->languages.item[i]);
        unsigned installer = language->kind == LANGUAGE_CORE ? GROUP_INSTALLER : 0U;
        add_part(list, GROUP_STREAM | installer, *part, language);
    }
    for (size_t i = 0; i < content->proofing.len; i++)
        add_part(list, GROUP_PROOFING, *part, language_find(content->proofing.item[i]));
}

/* What proves comes before what it proves. */
static int rank(enum file_kind kind)
{
    static const int ranks[] = {[FILE_DESCRIPTOR] = 0,  [FILE_STREAM_CAB] = 1, [FILE_CABINET] = 2,
                                [FILE_CABINET_CAT] = 3, [FILE_STREAM] = 4,     [FILE_STREAM_CAT] = 5};
    return ranks[kind];
}

static int by_rank_and_path(const void *a, const void *b)
{
    const struct build_file *left = a;
    const struct build_file *right = b;
    int difference = rank(left->kind) - rank(right->kind);
    return difference ? difference : strcmp(left->path, right->path);
}

static void free_file(struct build_file *file)
{
    free(file->path);
    free(file->proof);
    free(file->member);
}

/* A file that two architectures need stands there twice, side by side: once is enough. */
static void fold(struct filelist *list)
{
    size_t kept = 0;
    for (size_t i = 1; i < list->len; i++) {
        if (strcmp(list->file[kept].path, list->file[i].path) != 0) {
            list->file[++kept] = list->file[i];
            continue;
        }
        list->file[kept].needed_by |= list->file[i].needed_by;
        free_file(&list->file[i]);
    }
    list->len = list->len ? kept + 1 : 0;
}

bool filelist_make(const struct channel *channel, const struct build *build, const struct content *content,
                   struct filelist *list, struct err *err)
{
    static const enum architecture every[] = {ARCH_X64, ARCH_X86};
    char number[BUILD_TEXT_SIZE];
    *list = (struct filelist){0};
    if (!check_cultures(content, err))
        return false;
    build_format(build, number);
    for (size_t i = 0; i < sizeof every / sizeof *every; i++) {
        struct part part = {.build = number, .architecture = every[i], .needed_by = every[i]};
        if (content->architectures & every[i])
            add_architecture(list, channel, content, &part);
    }
    if (list->len)
        qsort(list->file, list->len, sizeof *list->file, by_rank_and_path);
    fold(list);
    return true;
}

const struct build_file *filelist_find(const struct filelist *list, const char *path)
{
    for (size_t i = 0; i < list->len; i++)
        if (strcmp(list->file[i].path, path) == 0)
            return &list->file[i];
    return NULL;
}

void filelist_clear(struct filelist *list)
{
    for (size_t i = 0; i < list->len; i++)
        free_file(&list->file[i]);
    free(list->file);
    *list = (struct filelist){0};
}

/* File lists: the table against a downloaded folder and Microsoft's own list, and its properties. */
#include "test.h"

#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/xml.h"
#include "ringmgr/c2r/cab.h"
#include "ringmgr/c2r/filelist.h"
#include "ringmgr/c2r/language.h"

#define BUILD "16.0.14332.20176"

static const struct build number = {{16, 0, 14332, 20176}};

static void parse(const char *text, struct content *content)
{
    struct err err = {0};
    assert_ok(content_parse(text, content, &err));
}

static void make(const char *channel, const char *text, struct filelist *list)
{
    struct err err = {0};
    struct content content;
    parse(text, &content);
    assert_ok(filelist_make(channel_find(channel), &number, &content, list, &err));
    content_clear(&content);
}

static const struct build_file *must_find(const struct filelist *list, const char *path)
{
    const struct build_file *file = filelist_find(list, path);
    if (!file) {
        fail_msg("%s is missing", path);
        abort();
    }
    return file;
}

static void paths_of(const struct filelist *list, struct strv *paths)
{
    for (size_t i = 0; i < list->len; i++)
        strv_add(paths, list->file[i].path);
    strv_sort(paths);
}

/* Both sorted; says what is too much or missing. */
static void assert_same(const struct strv *have, const struct strv *want)
{
    for (size_t i = 0; i < have->len; i++)
        if (!strv_has(want, have->item[i]))
            fail_msg("too much: %s", have->item[i]);
    for (size_t i = 0; i < want->len; i++)
        if (!strv_has(have, want->item[i]))
            fail_msg("missing: %s", want->item[i]);
    assert_int_equal(have->len, want->len);
}

/* What each content adds to Office/Data; {b} is the folder of the build. */
static const struct {
    const char *channel;
    const char *content;
    const char *paths;
} lists[] = {
    {"PerpetualVL2021", "x64 en-us proofing= arm64=no",
     "v64_{b}.cab {b}/s640.cab {b}/i640.cab {b}/i640.cab.cat {b}/stream.x64.x-none.dat "
     "{b}/stream.x64.x-none.dat.cat {b}/s641033.cab {b}/i641033.cab {b}/stream.x64.en-us.dat "
     "{b}/stream.x64.en-us.dat.cat"},
    {"Current", "x86 en-us proofing= arm64=no",
     "v32_{b}.cab {b}/s320.cab {b}/i320.cab {b}/i320.cab.cat {b}/i640.cab {b}/i640.cab.cat "
     "{b}/stream.x86.x-none.dat {b}/stream.x86.x-none.dat.cat {b}/s321033.cab {b}/i321033.cab "
     "{b}/i641033.cab {b}/stream.x86.en-us.dat {b}/stream.x86.en-us.dat.cat"},
    /* A partial language has no i64<LCID>.cab; nor has x86 one of it. */
    {"Current", "x64,x86 en-us,sr-cyrl-rs proofing= arm64=no",
     "v64_{b}.cab {b}/s640.cab {b}/i640.cab {b}/i640.cab.cat {b}/stream.x64.x-none.dat "
     "{b}/stream.x64.x-none.dat.cat {b}/s641033.cab {b}/i641033.cab {b}/stream.x64.en-us.dat "
     "{b}/stream.x64.en-us.dat.cat {b}/s6410266.cab {b}/stream.x64.sr-cyrl-rs.dat "
     "{b}/stream.x64.sr-cyrl-rs.dat.cat "
     "v32_{b}.cab {b}/s320.cab {b}/i320.cab {b}/i320.cab.cat {b}/stream.x86.x-none.dat "
     "{b}/stream.x86.x-none.dat.cat {b}/s321033.cab {b}/i321033.cab {b}/stream.x86.en-us.dat "
     "{b}/stream.x86.en-us.dat.cat {b}/s3210266.cab {b}/stream.x86.sr-cyrl-rs.dat "
     "{b}/stream.x86.sr-cyrl-rs.dat.cat"},
    {"Current", "x64 en-us proofing=fr-fr,ha-latn-ng arm64=no",
     "v64_{b}.cab {b}/s640.cab {b}/i640.cab {b}/i640.cab.cat {b}/stream.x64.x-none.dat "
     "{b}/stream.x64.x-none.dat.cat {b}/s641033.cab {b}/i641033.cab {b}/stream.x64.en-us.dat "
     "{b}/stream.x64.en-us.dat.cat {b}/sp641036.cab {b}/stream.x64.fr-fr.proof.dat "
     "{b}/stream.x64.fr-fr.proof.dat.cat {b}/sp641128.cab {b}/stream.x64.ha-latn-ng.proof.dat "
     "{b}/stream.x64.ha-latn-ng.proof.dat.cat"},
    {"Current", "x64 en-us proofing= arm64=yes",
     "v64_{b}.cab {b}/s640.cab {b}/i640.cab {b}/i640.cab.cat {b}/stream.x64.x-none.dat "
     "{b}/stream.x64.x-none.dat.cat {b}/s641033.cab {b}/i641033.cab {b}/stream.x64.en-us.dat "
     "{b}/stream.x64.en-us.dat.cat {b}/sa640.cab {b}/stream.x64.x-none.arm64x.dat "
     "{b}/stream.x64.x-none.arm64x.dat.cat {b}/a640_exp.cab"},
    {"Current", "x86 en-us proofing= arm64=yes",
     "v32_{b}.cab {b}/s320.cab {b}/i320.cab {b}/i320.cab.cat {b}/i640.cab {b}/i640.cab.cat "
     "{b}/stream.x86.x-none.dat {b}/stream.x86.x-none.dat.cat {b}/s321033.cab {b}/i321033.cab "
     "{b}/i641033.cab {b}/stream.x86.en-us.dat {b}/stream.x86.en-us.dat.cat {b}/a320_exp.cab "
     "{b}/a640_exp.cab"},
    /* The PerpetualVL channels have no ARM files. */
    {"PerpetualVL2024", "x64 en-us proofing= arm64=yes",
     "v64_{b}.cab {b}/s640.cab {b}/i640.cab {b}/i640.cab.cat {b}/stream.x64.x-none.dat "
     "{b}/stream.x64.x-none.dat.cat {b}/s641033.cab {b}/i641033.cab {b}/stream.x64.en-us.dat "
     "{b}/stream.x64.en-us.dat.cat"},
};

static void split_paths(const char *text, struct strv *paths)
{
    AUTO_BUF filled = {0};
    for (const char *at = text; *at; at++) {
        if (strncmp(at, "{b}", 3) == 0) {
            buf_puts(&filled, BUILD);
            at += 2;
        } else {
            buf_append(&filled, at, 1);
        }
    }
    strv_split(paths, buf_text(&filled));
    strv_sort(paths);
}

static void each_content_has_its_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        AUTO_STRV have = {0};
        AUTO_STRV want = {0};
        struct filelist list;
        make(lists[i].channel, lists[i].content, &list);
        paths_of(&list, &have);
        split_paths(lists[i].paths, &want);
        assert_same(&have, &want);
        filelist_clear(&list);
    }
}

/* Files and folders of the real folder, relative to Office/Data. */
static void list_real_data(struct strv *paths)
{
    struct err err = {0};
    const char *real = test_real_dir();
    AUTO_STRV top = {0};
    AUTO_STRV inner = {0};
    if (!real)
        test_missing("the folder of real files (RINGMGR_REAL)");
    AUTO_FD dir = open(real, O_RDONLY | O_DIRECTORY);
    assert_ok(fs_list(dir, "odt-" BUILD "/Office/Data", &top, &err));
    assert_ok(fs_list(dir, "odt-" BUILD "/Office/Data/" BUILD, &inner, &err));
    for (size_t i = 0; i < top.len; i++)
        if (strcmp(top.item[i], BUILD) != 0 && strcmp(top.item[i], "v64.cab") != 0)
            strv_add(paths, top.item[i]);
    for (size_t i = 0; i < inner.len; i++)
        strv_addf(paths, BUILD "/%s", inner.item[i]);
}

static void a_folder_by_the_deployment_tool_has_the_names_of_the_table(void **state)
{
    (void)state;
    /* Removed from the sample for their size. */
    static const char *const removed[] = {"stream.x64.x-none.dat", "stream.x64.en-us.dat", "i640.cab"};
    AUTO_STRV have = {0};
    AUTO_STRV want = {0};
    struct filelist list;
    make("PerpetualVL2021", "x64 en-us proofing= arm64=no", &list);
    paths_of(&list, &have);
    list_real_data(&want);
    for (size_t i = 0; i < sizeof removed / sizeof *removed; i++)
        strv_addf(&want, BUILD "/%s", removed[i]);
    strv_sort(&want);
    assert_same(&have, &want);
    filelist_clear(&list);
}

/* One File element of ofl.cab, held against the list with this content. */
static void check_official(const struct xml_node *node, const struct filelist *list, struct strv *seen)
{
    const char *name = xml_attr(node, "name");
    const char *proof = xml_attr(node, "hashLocation");
    const char *mark = strstr(name, "%version%");
    char path[256];
    if (mark)
        snprintf(path, sizeof path, "%.*s" BUILD "%s", (int)(mark - name), name, mark + strlen("%version%"));
    else
        snprintf(path, sizeof path, BUILD "/%s", name);
    const struct build_file *file = must_find(list, path);
    assert_int_equal(file->lcid, strtoul(xml_attr(node, "language"), NULL, 10));
    assert_true(file->mandatory);
    if (proof) {
        char location[256];
        snprintf(location, sizeof location, "%s/%s", strrchr(file->proof, '/') + 1, file->member);
        assert_string_equal(location, proof);
    }
    if (!strv_has(seen, path))
        strv_add(seen, path);
}

static void compare_with_official(const char *member, const char *text, size_t files)
{
    static const char *const want[] = {"*.xml", NULL};
    struct err err = {0};
    struct cab cab;
    struct xml *doc AUTO(xml_auto_free)
    = NULL;
    struct content content;
    struct filelist list;
    AUTO_BUF bytes = {0};
    AUTO_STRV seen = {0};
    size_t mandatory = 0;
    test_read_real("cdn-2026-08-22/pr/wsus/ofl.cab", &bytes);
    assert_ok(cab_read(bytes.data, bytes.len, "ofl.cab", want, &cab, &err));
    const struct cab_member *xml = cab_find(&cab, member);
    assert_non_null(xml);
    assert_ok(xml_parse(xml->data.data, xml->data.len, member, &doc, &err));
    parse(text, &content);
    assert_ok(filelist_make(channel_find("Current"), &number, &content, &list, &err));
    const struct xml_node *node = xml_child(xml_root(doc), "File");
    for (; node; node = xml_next(node, "File")) {
        unsigned long lcid = strtoul(xml_attr(node, "language"), NULL, 10);
        const struct language *language = language_find_lcid((uint32_t)lcid);
        if (lcid == 0 || (language && strv_has(&content.languages, language->culture)))
            check_official(node, &list, &seen);
    }
    for (size_t i = 0; i < list.len; i++)
        mandatory += list.file[i].mandatory;
    assert_int_equal(seen.len, mandatory); /* and nothing of ours is mandatory that is not theirs */
    assert_int_equal(seen.len, files);
    content_clear(&content);
    filelist_clear(&list);
    cab_clear(&cab);
}

static void the_official_lists_name_what_is_mandatory(void **state)
{
    (void)state;
    compare_with_official("o365client_64bit.xml", "x64 en-us proofing= arm64=yes", 7);
    compare_with_official("o365client_32bit.xml", "x86 en-us proofing= arm64=yes", 9);
    compare_with_official("o365client_64bit.xml",
                          "x64 af-za,en-us,ja-jp,sr-cyrl-rs,sr-latn-rs proofing= arm64=no",
                          7 + 2 + 3 + 2 + 3);
    compare_with_official("o365client_32bit.xml", "x86 af-za,en-us,ja-jp proofing=ja-jp arm64=no", 9 + 2 + 4);
}

static void says_kind_and_proof_of_each_file(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum file_kind kind;
        enum architecture architecture;
        unsigned needed_by;
        uint32_t lcid;
        bool mandatory;
        const char *proof;
        const char *member;
    } table[] = {
        {"v64_" BUILD ".cab", FILE_DESCRIPTOR, ARCH_X64, ARCH_X64, 0, true, NULL, NULL},
        {"v32_" BUILD ".cab", FILE_DESCRIPTOR, ARCH_X86, ARCH_X86, 0, true, NULL, NULL},
        {BUILD "/s640.cab", FILE_STREAM_CAB, ARCH_X64, ARCH_X64, 0, true, NULL, NULL},
        {BUILD "/i640.cab", FILE_CABINET, ARCH_X64, ARCH_X64 | ARCH_X86, 0, true, NULL, NULL},
        {BUILD "/i640.cab.cat", FILE_CABINET_CAT, ARCH_X64, ARCH_X64 | ARCH_X86, 0, false, NULL, NULL},
        {BUILD "/i641036.cab", FILE_CABINET, ARCH_X64, ARCH_X64 | ARCH_X86, 1036, true, NULL, NULL},
        {BUILD "/i321036.cab", FILE_CABINET, ARCH_X86, ARCH_X86, 1036, true, NULL, NULL},
        {BUILD "/stream.x64.x-none.dat", FILE_STREAM, ARCH_X64, ARCH_X64, 0, true, BUILD "/s640.cab",
         "stream.x64.x-none.hash"},
        {BUILD "/stream.x86.fr-fr.dat", FILE_STREAM, ARCH_X86, ARCH_X86, 1036, true, BUILD "/s321036.cab",
         "stream.x86.fr-fr.hash"},
        {BUILD "/stream.x86.fr-fr.dat.cat", FILE_STREAM_CAT, ARCH_X86, ARCH_X86, 1036, false,
         BUILD "/s321036.cab", "stream.x86.fr-fr.dat.cat"},
        {BUILD "/sp641036.cab", FILE_STREAM_CAB, ARCH_X64, ARCH_X64, 1036, false, NULL, NULL},
        {BUILD "/stream.x64.fr-fr.proof.dat", FILE_STREAM, ARCH_X64, ARCH_X64, 1036, false,
         BUILD "/sp641036.cab", "stream.x64.fr-fr.proof.hash"},
        {BUILD "/stream.x64.fr-fr.proof.dat.cat", FILE_STREAM_CAT, ARCH_X64, ARCH_X64, 1036, false,
         BUILD "/sp641036.cab", "stream.x64.fr-fr.proof.dat.cat"},
        {BUILD "/sa640.cab", FILE_STREAM_CAB, ARCH_X64, ARCH_X64, 0, false, NULL, NULL},
        {BUILD "/stream.x64.x-none.arm64x.dat", FILE_STREAM, ARCH_X64, ARCH_X64, 0, false, BUILD "/sa640.cab",
         "stream.x64.x-none.arm64x.hash"},
        {BUILD "/stream.x64.x-none.arm64x.dat.cat", FILE_STREAM_CAT, ARCH_X64, ARCH_X64, 0, false,
         BUILD "/sa640.cab", "stream.x64.x-none.arm64x.dat.cat"},
        {BUILD "/a640_exp.cab", FILE_CABINET, ARCH_X64, ARCH_X64 | ARCH_X86, 0, false, NULL, NULL},
        {BUILD "/a320_exp.cab", FILE_CABINET, ARCH_X86, ARCH_X86, 0, false, NULL, NULL},
    };
    struct filelist list;
    make("Current", "x64,x86 fr-fr proofing=fr-fr arm64=yes", &list);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct build_file *file = must_find(&list, table[i].path);
        assert_int_equal(file->kind, table[i].kind);
        assert_int_equal(file->architecture, table[i].architecture);
        assert_int_equal(file->needed_by, table[i].needed_by);
        assert_int_equal(file->lcid, table[i].lcid);
        assert_int_equal(file->mandatory, table[i].mandatory);
        assert_string_equal(file->proof ? file->proof : "", table[i].proof ? table[i].proof : "");
        assert_string_equal(file->member ? file->member : "", table[i].member ? table[i].member : "");
    }
    assert_null(filelist_find(&list, BUILD "/sp640.cab"));
    assert_null(filelist_find(&list, "s640.cab"));
    filelist_clear(&list);
}

static void an_i64_cabinet_for_x86_alone_is_still_a_64_bit_file(void **state)
{
    (void)state;
    struct filelist list;
    make("Current", "x86 en-us proofing= arm64=no", &list);
    const struct build_file *file = filelist_find(&list, BUILD "/i640.cab");
    assert_non_null(file);
    assert_int_equal(file->architecture, ARCH_X64);
    assert_int_equal(file->needed_by, ARCH_X86);
    filelist_clear(&list);
}

static void random_content(struct content *content)
{
    size_t wanted = (size_t)rand() % 12;
    *content = (struct content){.architectures = (unsigned)rand() % 4, .arm64 = rand() % 2};
    for (size_t i = 0; i < wanted; i++) {
        const struct language *language = language_at((size_t)rand() % 105);
        if (language->kind != LANGUAGE_PROOFING)
            strv_add(&content->languages, language->culture); /* sometimes twice */
        if (language->proofing_files && rand() % 2)
            strv_add(&content->proofing, language->culture);
    }
}

/* Position by position: what proves stands before, no name stands twice, what is needed is wanted. */
static void check_list(const struct filelist *list, const struct content *content)
{
    for (size_t i = 0; i < list->len; i++) {
        const struct build_file *file = &list->file[i];
        bool proven = file->kind == FILE_STREAM || file->kind == FILE_STREAM_CAT;
        assert_ptr_equal(filelist_find(list, file->path), file);
        assert_int_equal(file->proof != NULL, proven);
        assert_int_equal(file->member != NULL, proven);
        assert_true(file->needed_by != 0);
        assert_int_equal(file->needed_by & ~content->architectures, 0);
        const char *end = file->path + strlen(file->path) - strlen(file->name);
        assert_true(file->name >= file->path && strcmp(end, file->name) == 0 && !strchr(file->name, '/'));
        if (!proven)
            continue;
        const struct build_file *by = filelist_find(list, file->proof);
        assert_non_null(by);
        assert_true(by < file);
        assert_int_equal(by->kind, FILE_STREAM_CAB);
        assert_true(by->mandatory || !file->mandatory);
    }
}

static void random_contents_give_ordered_lists_without_duplicates(void **state)
{
    (void)state;
    srand(1033);
    for (int round = 0; round < 500; round++) {
        struct err err = {0};
        struct content content;
        struct filelist list;
        random_content(&content);
        assert_ok(filelist_make(channel_at((size_t)round % 9), &number, &content, &list, &err));
        assert_int_equal(list.len == 0, content.architectures == 0);
        check_list(&list, &content);
        filelist_clear(&list);
        content_clear(&content);
    }
}

static void more_content_never_takes_a_file_away(void **state)
{
    (void)state;
    srand(1036);
    for (int round = 0; round < 100; round++) {
        struct err err = {0};
        struct content one, both;
        struct filelist some, all;
        random_content(&one);
        random_content(&both);
        content_unite(&both, &one);
        assert_true(content_contains(&both, &one));
        assert_ok(filelist_make(channel_find("Current"), &number, &one, &some, &err));
        assert_ok(filelist_make(channel_find("Current"), &number, &both, &all, &err));
        for (size_t i = 0; i < some.len; i++) {
            const struct build_file *file = filelist_find(&all, some.file[i].path);
            assert_non_null(file);
            assert_int_equal(some.file[i].needed_by & ~file->needed_by, 0);
        }
        filelist_clear(&some);
        filelist_clear(&all);
        content_clear(&one);
        content_clear(&both);
    }
}

static void everything_there_is_fits_the_bound(void **state)
{
    (void)state;
    struct err err = {0};
    struct content content = {.architectures = ARCH_X86 | ARCH_X64, .arm64 = true};
    struct filelist list;
    for (size_t i = 0; language_at(i); i++) {
        if (language_at(i)->kind != LANGUAGE_PROOFING)
            strv_add(&content.languages, language_at(i)->culture);
        if (language_at(i)->proofing_files)
            strv_add(&content.proofing, language_at(i)->culture);
    }
    assert_ok(filelist_make(channel_find("Current"), &number, &content, &list, &err));
    check_list(&list, &content);
    assert_true(list.len <= LIMIT_FILE_LIST);
    filelist_clear(&list);
    content_clear(&content);
}

static void a_list_that_cannot_be_made_is_an_error(void **state)
{
    (void)state;
    static const struct {
        const char *language;
        const char *proofing;
        const char *says;
    } table[] = {
        {"en-uk", NULL, "en-uk"},
        {"ha-latn-ng", NULL, "ha-latn-ng"},
        {"en-us", "am-et", "am-et"},
        {"en-us", "../x", "../x"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        struct content content = {.architectures = ARCH_X64};
        struct filelist list = {.len = 7};
        strv_add(&content.languages, table[i].language);
        if (table[i].proofing)
            strv_add(&content.proofing, table[i].proofing);
        assert_fails(filelist_make(channel_find("Current"), &number, &content, &list, &err), ERR_USAGE);
        assert_non_null(strstr(err.msg, table[i].says));
        assert_int_equal(list.len, 0);
        content_clear(&content);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_content_has_its_files),
        cmocka_unit_test(a_folder_by_the_deployment_tool_has_the_names_of_the_table),
        cmocka_unit_test(the_official_lists_name_what_is_mandatory),
        cmocka_unit_test(says_kind_and_proof_of_each_file),
        cmocka_unit_test(an_i64_cabinet_for_x86_alone_is_still_a_64_bit_file),
        cmocka_unit_test(random_contents_give_ordered_lists_without_duplicates),
        cmocka_unit_test(more_content_never_takes_a_file_away),
        cmocka_unit_test(everything_there_is_fits_the_bound),
        cmocka_unit_test(a_list_that_cannot_be_made_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Cabinets: what they hold, and what is refused. */
#include "test.h"

#include "make_cabinet.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/cab.h"

#define SAMPLE "odt-16.0.14332.20176/Office/Data/"
#define S640   SAMPLE "16.0.14332.20176/s640.cab"

static const char *const EVERYTHING[] = {"*", NULL};

#define AUTO_CAB                                                                                             \
    AUTO(cab_clear)                                                                                          \
    struct cab

/* Reads `bytes` from a copy of exactly its size, so that a sanitizer sees a byte read too far. */
static bool read_tight(const struct buf *bytes, const char *const *want, struct cab *cab, struct err *err)
{
    char *copy AUTO_FREE = mem_new(bytes->len, 1);
    memcpy(copy, bytes->data, bytes->len);
    return cab_read(copy, bytes->len, "x.cab", want, cab, err);
}

static void real_stream_cabinet_has_its_seven_members(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint64_t bytes;
    } members[] = {{"i640.c2rx.hash", 134},
                   {"MasterDescriptor.x-none.xml", 35280},
                   {"s640.hash", 106},
                   {"stream.x64.x-none.dat.cat", 641017},
                   {"stream.x64.x-none.db", 1371845},
                   {"stream.x64.x-none.hash", 128},
                   {"stream.x64.x-none.man.dat", 3370670}};
    AUTO_BUF bytes = {0};
    AUTO_CAB cab = {0};
    struct err err = {0};
    test_read_real(S640, &bytes);
    assert_ok(cab_load(&err));
    assert_ok(cab_read(bytes.data, bytes.len, "s640.cab", NULL, &cab, &err));
    assert_int_equal(cab.len, 7);
    for (size_t i = 0; i < cab.len; i++) {
        assert_string_equal(cab.member[i].name, members[i].name);
        assert_int_equal(cab.member[i].bytes, members[i].bytes);
        assert_int_equal(cab.member[i].data.len, 0);
    }
}

static void only_what_is_wanted_is_unpacked(void **state)
{
    (void)state;
    static const char *const want[] = {"*.HASH", "*.cat", NULL};
    AUTO_BUF bytes = {0}, beside = {0};
    AUTO_CAB cab = {0};
    struct err err = {0};
    test_read_real(S640, &bytes);
    test_read_real(SAMPLE "16.0.14332.20176/stream.x64.x-none.dat.cat", &beside);
    assert_ok(cab_read(bytes.data, bytes.len, "s640.cab", want, &cab, &err));
    const struct cab_member *cat = cab_find(&cab, "Stream.x64.x-none.DAT.cat");
    assert_non_null(cat);
    assert_int_equal(cat->data.len, beside.len);
    assert_memory_equal(cat->data.data, beside.data, beside.len);
    assert_int_equal(cab_find(&cab, "s640.hash")->data.len, 106);
    assert_int_equal(cab_find(&cab, "stream.x64.x-none.man.dat")->data.len, 0);
    assert_null(cab_find(&cab, "s641033.hash"));
}

static void signature_behind_the_cabinet_makes_no_difference(void **state)
{
    (void)state;
    AUTO_BUF bytes = {0};
    AUTO_CAB with = {0}, without = {0};
    struct err err = {0};
    test_read_real(SAMPLE "v64.cab", &bytes);
    assert_ok(cab_read(bytes.data, bytes.len, "v64.cab", EVERYTHING, &with, &err));
    bytes.len = get_u32(&bytes, 8);
    assert_ok(read_tight(&bytes, EVERYTHING, &without, &err));
    assert_int_equal(with.len, 2);
    assert_int_equal(without.len, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(with.member[i].data.len, with.member[i].bytes);
        assert_int_equal(with.member[i].data.len, without.member[i].data.len);
        assert_memory_equal(with.member[i].data.data, without.member[i].data.data, with.member[i].bytes);
    }
}

static void members_come_out_as_they_went_in(void **state)
{
    (void)state;
    AUTO_BUF big = {0}, bytes = {0};
    for (uint32_t i = 0, seed = 7; i < 50000; i++)
        put_le(&big, next_random(&seed), 4);
    const struct made_member members[] = {
        {"empty.txt", "", 0, 0}, {"a b(1)~.xml", "text", 4, 0}, {"big", big.data, big.len, 0}};
    AUTO_CAB cab = {0};
    struct err err = {0};
    make_cabinet(members, 3, &bytes);
    assert_ok(read_tight(&bytes, EVERYTHING, &cab, &err));
    assert_int_equal(cab.len, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(cab.member[i].name, members[i].name);
        assert_int_equal(cab.member[i].data.len, members[i].len);
        assert_int_equal(memcmp(buf_text(&cab.member[i].data), members[i].data, members[i].len), 0);
    }
}

static void names_that_no_real_member_has_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"a/b",  "a\\b", "..\\x",  "/etc/passwd", "",
                                        "a\nb", "\x7f", "b\xe4r", ".",           ".."};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct made_member member = {names[i], "x", 1, 0};
        AUTO_BUF bytes = {0};
        AUTO_CAB cab = {0};
        struct err err = {0};
        make_cabinet(&member, 1, &bytes);
        assert_fails(read_tight(&bytes, EVERYTHING, &cab, &err), ERR_NOT_GENUINE);
        assert_non_null(strstr(err.msg, "x.cab"));
        assert_int_equal(cab.len, 0);
    }
}

static void longest_allowed_name_is_read_and_one_more_byte_refused(void **state)
{
    (void)state;
    char name[LIMIT_CAB_NAME_BYTES + 2] = "";
    memset(name, 'n', LIMIT_CAB_NAME_BYTES);
    for (int more = 0; more < 2; more++) {
        const struct made_member member = {name, "x", 1, 0};
        AUTO_BUF bytes = {0};
        AUTO_CAB cab = {0};
        struct err err = {0};
        make_cabinet(&member, 1, &bytes);
        assert_int_equal(read_tight(&bytes, EVERYTHING, &cab, &err), !more);
        name[LIMIT_CAB_NAME_BYTES] = 'n';
    }
}

static void two_members_of_one_name_are_refused_whatever_their_case(void **state)
{
    (void)state;
    const struct made_member members[] = {{"v64.hash", "a", 1, 0}, {"V64.Hash", "b", 1, 0}};
    AUTO_BUF bytes = {0};
    AUTO_CAB cab = {0};
    struct err err = {0};
    make_cabinet(members, 2, &bytes);
    assert_fails(read_tight(&bytes, NULL, &cab, &err), ERR_NOT_GENUINE);
    assert_non_null(strstr(err.msg, "V64.Hash"));
}

static void as_many_members_as_allowed_and_no_more(void **state)
{
    (void)state;
    struct made_member members[LIMIT_CAB_MEMBERS + 1];
    char names[LIMIT_CAB_MEMBERS + 1][8];
    for (int i = 0; i <= LIMIT_CAB_MEMBERS; i++) {
        snprintf(names[i], sizeof names[i], "m%d", i);
        members[i] = (struct made_member){names[i], "x", 1, 0};
    }
    for (size_t more = 0; more < 2; more++) {
        AUTO_BUF bytes = {0};
        AUTO_CAB cab = {0};
        struct err err = {0};
        make_cabinet(members, LIMIT_CAB_MEMBERS + more, &bytes);
        assert_int_equal(read_tight(&bytes, NULL, &cab, &err), !more);
        assert_int_equal(cab.len, more ? 0 : LIMIT_CAB_MEMBERS);
    }
}

static void member_that_states_more_than_there_is_is_refused(void **state)
{
    (void)state;
    const struct made_member member = {"x", "data", 4, 1000};
    AUTO_BUF bytes = {0};
    AUTO_CAB cab = {0};
    struct err err = {0};
    make_cabinet(&member, 1, &bytes);
    assert_fails(read_tight(&bytes, EVERYTHING, &cab, &err), ERR_NOT_GENUINE);
}

static void member_that_states_more_than_the_limit_is_refused_if_wanted(void **state)
{
    (void)state;
    const struct made_member member = {"x", "data", 4, (uint32_t)LIMIT_CAB_MEMBER_BYTES + 1};
    AUTO_BUF bytes = {0};
    AUTO_CAB cab = {0};
    struct err err = {0};
    make_cabinet(&member, 1, &bytes);
    assert_fails(read_tight(&bytes, EVERYTHING, &cab, &err), ERR_NOT_GENUINE);
    assert_non_null(strstr(err.msg, "larger"));
}

static void members_that_together_state_more_than_the_limit_are_refused(void **state)
{
    (void)state;
    const struct made_member members[] = {{"a", "data", 4, 0x7ff00000}, {"b", "data", 4, 0x7ff00000}};
    AUTO_BUF bytes = {0};
    AUTO_CAB cab = {0};
    struct err err = {0};
    make_cabinet(members, 2, &bytes);
    assert_fails(read_tight(&bytes, NULL, &cab, &err), ERR_NOT_GENUINE);
}

static void other_archives_are_refused(void **state)
{
    (void)state;
    static const char zip[64] = "PK\3\4\24", gzip[64] = "\x1f\x8b\x08", seven[64] = "7z\xbc\xaf\x27\x1c";
    char tar[1024] = "member";
    memcpy(tar + 257, "ustar", sizeof "ustar");
    const struct buf archives[] = {{(uint8_t *)tar, sizeof tar, 0},
                                   {(uint8_t *)(uintptr_t)zip, sizeof zip, 0},
                                   {(uint8_t *)(uintptr_t)gzip, sizeof gzip, 0},
                                   {(uint8_t *)(uintptr_t)seven, sizeof seven, 0}};
    for (size_t i = 0; i < sizeof archives / sizeof *archives; i++) {
        AUTO_CAB cab = {0};
        struct err err = {0};
        assert_fails(read_tight(&archives[i], EVERYTHING, &cab, &err), ERR_NOT_GENUINE);
        assert_non_null(strstr(err.msg, "no cabinet"));
    }
}

static void a_page_in_the_place_of_a_cabinet_is_told_as_one(void **state)
{
    (void)state;
    static const char page[] = "\r\n<html>\n<title>Please log in</title></html>                        ";
    static const char raw[] = "<\x1b[2J\x80 and so on, and so on, and so on, and so on, and so on";
    const struct buf pages[] = {{(uint8_t *)(uintptr_t)page, sizeof page - 1, 0},
                                {(uint8_t *)(uintptr_t)raw, sizeof raw - 1, 0},
                                {(uint8_t *)(uintptr_t) "<", 1, 0}};
    static const char *const told[] = {"it begins with <html>: the page of a proxy",
                                       "begins with <: the page", "begins with <: the page"};
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        AUTO_CAB cab = {0};
        struct err err = {0};
        assert_fails(read_tight(&pages[i], EVERYTHING, &cab, &err), ERR_NOT_GENUINE);
        assert_non_null(strstr(err.msg, told[i]));
    }
}

static void cabinet_behind_other_bytes_is_refused(void **state)
{
    (void)state;
    const struct made_member member = {"x", "data", 4, 0};
    AUTO_BUF bytes = {0}, hidden = {0};
    AUTO_CAB cab = {0};
    struct err err = {0};
    make_cabinet(&member, 1, &bytes);
    put_le(&hidden, 0x5a4d, 8);
    put_le(&hidden, 0, 504); /* "MZ": a self-extracting program */
    buf_append(&hidden, bytes.data, bytes.len);
    assert_fails(read_tight(&hidden, EVERYTHING, &cab, &err), ERR_NOT_GENUINE);
}

static void part_of_a_set_is_refused(void **state)
{
    (void)state;
    for (uint8_t flag = 1; flag <= 2; flag++) {
        const struct made_member member = {"x", "data", 4, 0};
        AUTO_BUF bytes = {0};
        AUTO_CAB cab = {0};
        struct err err = {0};
        make_cabinet(&member, 1, &bytes);
        bytes.data[30] = flag;
        assert_fails(read_tight(&bytes, EVERYTHING, &cab, &err), ERR_NOT_GENUINE);
    }
}

static void cabinet_cut_anywhere_is_refused(void **state)
{
    (void)state;
    AUTO_BUF bytes = {0};
    test_read_real(SAMPLE "v64.cab", &bytes);
    size_t whole = get_u32(&bytes, 8);
    for (size_t len = 0; len < whole; len += 7) {
        AUTO_CAB cab = {0};
        struct err err = {0};
        bytes.len = len;
        assert_fails(read_tight(&bytes, EVERYTHING, &cab, &err), ERR_NOT_GENUINE);
    }
}

/* The header too says that it ends there. */
static void cabinet_cut_with_its_header_is_refused(void **state)
{
    (void)state;
    AUTO_BUF bytes = {0};
    test_read_real(SAMPLE "v64.cab", &bytes);
    for (uint32_t len = CAB_HEADER, whole = get_u32(&bytes, 8); len < whole; len += 7) {
        AUTO_CAB cab = {0};
        struct err err = {0};
        bytes.len = len;
        set_u32(&bytes, 8, len);
        assert_fails(read_tight(&bytes, EVERYTHING, &cab, &err), ERR_NOT_GENUINE);
    }
}

static void changed_cabinet_never_exceeds_a_limit(void **state)
{
    (void)state;
    AUTO_BUF bytes = {0};
    uint32_t seed = 20260822;
    test_read_real(SAMPLE "v64.cab", &bytes);
    bytes.len = get_u32(&bytes, 8);
    for (int i = 0; i < 2000; i++) {
        size_t at = next_random(&seed) % (i % 2 ? 128 : bytes.len);
        uint8_t old = bytes.data[at];
        AUTO_CAB cab = {0};
        struct err err = {0};
        bytes.data[at] = (uint8_t)next_random(&seed);
        bool good = read_tight(&bytes, EVERYTHING, &cab, &err);
        assert_true(good ? cab.len <= LIMIT_CAB_MEMBERS : err.code == ERR_NOT_GENUINE && cab.len == 0);
        for (size_t m = 0; m < cab.len; m++)
            assert_int_equal(cab.member[m].data.len, cab.member[m].bytes);
        bytes.data[at] = old;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_stream_cabinet_has_its_seven_members),
        cmocka_unit_test(only_what_is_wanted_is_unpacked),
        cmocka_unit_test(signature_behind_the_cabinet_makes_no_difference),
        cmocka_unit_test(members_come_out_as_they_went_in),
        cmocka_unit_test(names_that_no_real_member_has_are_refused),
        cmocka_unit_test(longest_allowed_name_is_read_and_one_more_byte_refused),
        cmocka_unit_test(two_members_of_one_name_are_refused_whatever_their_case),
        cmocka_unit_test(as_many_members_as_allowed_and_no_more),
        cmocka_unit_test(member_that_states_more_than_there_is_is_refused),
        cmocka_unit_test(member_that_states_more_than_the_limit_is_refused_if_wanted),
        cmocka_unit_test(members_that_together_state_more_than_the_limit_are_refused),
        cmocka_unit_test(other_archives_are_refused),
        cmocka_unit_test(a_page_in_the_place_of_a_cabinet_is_told_as_one),
        cmocka_unit_test(cabinet_behind_other_bytes_is_refused),
        cmocka_unit_test(part_of_a_set_is_refused),
        cmocka_unit_test(cabinet_cut_anywhere_is_refused),
        cmocka_unit_test(cabinet_cut_with_its_header_is_refused),
        cmocka_unit_test(changed_cabinet_never_exceeds_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

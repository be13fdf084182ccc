/* Stream hashes, segment tables, and whether a cabinet is the one that its name says. */
#include "test.h"

#include "make_cabinet.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/stream.h"

#include <time.h>

#define SAMPLE "odt-16.0.14332.20176/"
#define FOLDER SAMPLE "Office/Data/16.0.14332.20176/"

enum { TABLE_HEADER = 24, SEGMENT_RECORD = 59 };

#define AUTO_CAB                                                                                             \
    AUTO(cab_clear)                                                                                          \
    struct cab

#define AUTO_TABLE                                                                                           \
    AUTO(segment_table_clear)                                                                                \
    struct segment_table

static const char *const WANT[] = {"*.hash", "*.man.dat", NULL};

static void open_real(const char *name, struct cab *cab)
{
    AUTO_BUF bytes = {0};
    struct err err = {0};
    char *path AUTO_FREE = mem_printf(FOLDER "%s", name);
    test_read_real(path, &bytes);
    assert_ok(cab_read(bytes.data, bytes.len, name, WANT, cab, &err));
}

/* Parses a copy of exactly its size, so that a sanitizer sees a byte read too far. */
static bool parse_tight(const struct buf *bytes, struct segment_table *table, struct err *err)
{
    char *copy AUTO_FREE = mem_new(bytes->len, 1);
    memcpy(copy, bytes->data, bytes->len);
    return segment_table_parse(copy, bytes->len, "x.man.dat", table, err);
}

static int by_file(const void *a, const void *b)
{
    const struct segment *left = a, *right = b;
    if (left->file != right->file)
        return left->file < right->file ? -1 : 1;
    return left->unpacked_start < right->unpacked_start ? -1 : left->unpacked_start > right->unpacked_start;
}

/* Says itself whether a parsed table tiles: the stream, and each file from 0 without gap. */
static void check_tiles(const struct segment_table *table)
{
    struct segment *sorted = mem_new(table->len, sizeof *sorted);
    uint64_t stored = 0, unpacked = 0;
    for (size_t i = 0; i < table->len; i++) {
        assert_int_equal(table->segment[i].start, stored);
        assert_true(table->segment[i].end > stored);
        assert_true(table->segment[i].file < table->files);
        stored = table->segment[i].end;
        sorted[i] = table->segment[i];
    }
    assert_int_equal(stored, table->stream_bytes);
    qsort(sorted, table->len, sizeof *sorted, by_file);
    for (size_t i = 0; i < table->len; i++) {
        if (i == 0 || sorted[i].file != sorted[i - 1].file)
            unpacked = 0;
        assert_int_equal(sorted[i].unpacked_start, unpacked);
        assert_true(sorted[i].unpacked_end > unpacked);
        unpacked = sorted[i].unpacked_end;
    }
    free(sorted);
}

/* Two files and an empty one; the first has two segments, stored in another order and apart. */
static void make_table(struct buf *out)
{
    static const struct {
        uint32_t bytes, first;
        const char *name;
    } files[] = {{300, 0, "a.dll"}, {0, 0, "empty"}, {50, 2, "b"}};
    static const uint32_t segments[][5] = {{0, 100, 300, 0, 90}, {0, 0, 100, 120, 160}, {2, 0, 50, 90, 120}};
    uint32_t record[3];
    for (int i = 0; i < TABLE_HEADER / 4; i++)
        put_le(out, 0, 4);
    for (int i = 0; i < 3; i++) {
        record[i] = (uint32_t)out->len;
        put_le(out, files[i].bytes, 4);
        put_le(out, strlen(files[i].name) + 1, 2);
        put_le(out, 0, 13);
        put_utf16(out, files[i].name, false);
        put_le(out, 0, 2);
    }
    uint32_t at = (uint32_t)out->len;
    for (uint32_t i = 0; i < 3; i++) {
        put_le(out, record[segments[i][0]], 4);
        for (int k = 1; k < 5; k++)
            put_le(out, segments[i][k], 4);
        put_le(out, 0x1111111111111111 * (i + 1), 39);
    }
    for (int i = 0; i < 3; i++)
        if (files[i].bytes)
            set_u32(out, record[i] + 6, at + files[i].first * SEGMENT_RECORD);
    const uint32_t header[] = {1, TABLE_HEADER, at, (uint32_t)out->len, (uint32_t)out->len, 160};
    for (size_t i = 0; i < 6; i++)
        set_u32(out, 4 * i, header[i]);
}

static void check_real_stream(const char *cab_name, const char *stem, size_t files, size_t segments)
{
    AUTO_BUF tsv = {0};
    AUTO_CAB cab = {0};
    struct stream_facts facts;
    struct err err = {0};
    char digest[DIGEST_TEXT_SIZE];
    open_real(cab_name, &cab);
    test_read_real(SAMPLE "STREAMS.tsv", &tsv);
    assert_ok(stream_facts_read(&cab, cab_name, stem, &facts, &err));
    digest_format(&facts.digest, digest);
    char *line AUTO_FREE = mem_printf("%s.dat\t%s\t%llu\n", stem, digest, (unsigned long long)facts.bytes);
    assert_non_null(strstr(buf_text(&tsv), line));
    assert_true(facts.has_table);
    assert_string_equal(facts.table_problem, "");

    AUTO_TABLE table = {0};
    char *name AUTO_FREE = mem_printf("%s.man.dat", stem);
    assert_ok(parse_tight(&cab_find(&cab, name)->data, &table, &err));
    assert_int_equal(table.files, files);
    assert_int_equal(table.len, segments);
    check_tiles(&table);
}

static void neutral_stream_is_as_published(void **state)
{
    (void)state;
    check_real_stream("s640.cab", "stream.x64.x-none", 6857, 13785);
}

static void language_stream_is_as_published(void **state)
{
    (void)state;
    check_real_stream("s641033.cab", "stream.x64.en-us", 2227, 3393);
}

/* The best of five: the machine may be busy. */
static void largest_real_table_is_read_in_fifty_milliseconds(void **state)
{
    (void)state;
    AUTO_CAB cab = {0};
    double best = 1e9;
    open_real("s640.cab", &cab);
    const struct buf *data = &cab_find(&cab, "stream.x64.x-none.man.dat")->data;
    for (int i = 0; i < 5; i++) {
        AUTO_TABLE table = {0};
        struct err err = {0};
        struct timespec a, b;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
        assert_ok(segment_table_parse(data->data, data->len, "x", &table, &err));
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
        double ms = (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6;
        best = ms < best ? ms : best;
    }
    print_message("13,785 segments in %.1f ms\n", best);
    assert_true(best <= 50);
}

static void made_table_is_read_field_by_field(void **state)
{
    (void)state;
    AUTO_BUF bytes = {0};
    AUTO_TABLE table = {0};
    struct err err = {0};
    make_table(&bytes);
    assert_ok(parse_tight(&bytes, &table, &err));
    assert_int_equal(table.len, 3);
    assert_int_equal(table.files, 3);
    assert_int_equal(table.stream_bytes, 160);
    static const uint32_t wanted[][5] = {{0, 100, 300, 0, 90}, {2, 0, 50, 90, 120}, {0, 0, 100, 120, 160}};
    static const uint8_t digest[] = {0x11, 0x33, 0x22};
    for (int i = 0; i < 3; i++) {
        const struct segment *segment = &table.segment[i];
        assert_int_equal(segment->file, wanted[i][0]);
        assert_int_equal(segment->unpacked_start, wanted[i][1]);
        assert_int_equal(segment->unpacked_end, wanted[i][2]);
        assert_int_equal(segment->start, wanted[i][3]);
        assert_int_equal(segment->end, wanted[i][4]);
        assert_int_equal(segment->digest.byte[0], digest[i]);
    }
}

/* One field changed in the made table: what is wrong then, and a word of the error. */
static void table_that_does_not_tile_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        bool in_segments; /* `at` counts from the segment table */
        uint32_t at;
        uint32_t value;
        const char *word;
    } cases[] = {
        {"other version", false, 0, 2, "version"},
        {"file table elsewhere", false, 4, 28, "version"},
        {"segments before files", false, 8, 20, "places"},
        {"segments not whole", false, 12, 1000, "places"},
        {"packages before segments", false, 12, 30, "places"},
        {"last table outside", false, 16, 100000, "places"},
        {"stream longer", false, 20, 161, "end at"},
        {"stream shorter", false, 20, 159, "end at"},
        {"stream empty", false, 20, 0, "0 bytes"},
        {"file longer", false, 24, 301, "do not tile"},
        {"file shorter", false, 24, 299, "do not tile"},
        {"file names no segment", false, 30, 0, "not its own"},
        {"file names another's segment", false, 30, 0xffffffff, "not its own"},
        {"no owner", true, 0, 25, "no file"},
        {"owner beyond", true, 0, 0xfffffff0, "no file"},
        {"gap in the file", true, 4, 101, "do not tile"},
        {"overlap in the file", true, 4, 99, "do not tile"},
        {"unpacked range empty", true, 4, 300, "impossible"},
        {"unpacked range backwards", true, 8, 50, "impossible"},
        {"unpacked range too long", true, 8, 0xfffffff0, "impossible"},
        {"gap in the stream", true, 12, 1, "at byte 0"},
        {"overlap in the stream", true, 16, 91, "at byte 91"},
        {"stored range empty", true, 16, 0, "impossible"},
        {"stored range too long", true, 16, 0xffffffff, "impossible"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_BUF bytes = {0};
        AUTO_TABLE table = {0};
        struct err err = {0};
        make_table(&bytes);
        set_u32(&bytes, cases[i].at + (cases[i].in_segments ? get_u32(&bytes, 8) : 0), cases[i].value);
        if (parse_tight(&bytes, &table, &err) || !strstr(err.msg, cases[i].word))
            fail_msg("%s: %s", cases[i].what, err.msg);
        assert_int_equal(err.code, ERR_NOT_GENUINE);
        assert_null(table.segment);
    }
}

static void table_without_files_is_refused(void **state)
{
    (void)state;
    static const uint32_t fields[] = {
        1, TABLE_HEADER, TABLE_HEADER, TABLE_HEADER + SEGMENT_RECORD, TABLE_HEADER + SEGMENT_RECORD, 160};
    AUTO_BUF bytes = {0};
    AUTO_TABLE table = {0};
    struct err err = {0};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        put_le(&bytes, fields[i], 4);
    put_le(&bytes, TABLE_HEADER, SEGMENT_RECORD);
    assert_fails(parse_tight(&bytes, &table, &err), ERR_NOT_GENUINE);
    assert_non_null(strstr(err.msg, "no file"));
}

static void file_name_without_its_nul_is_refused(void **state)
{
    (void)state;
    AUTO_BUF bytes = {0};
    AUTO_TABLE table = {0};
    struct err err = {0};
    make_table(&bytes);
    bytes.data[TABLE_HEADER + 19 + 10] = 'x';
    assert_fails(parse_tight(&bytes, &table, &err), ERR_NOT_GENUINE);
    assert_non_null(strstr(err.msg, "malformed"));
}

static void mutate(struct buf *bytes, uint32_t *seed)
{
    uint32_t segments_at = get_u32(bytes, 8), at = next_random(seed);
    switch (next_random(seed) % 4) {
    case 0:
        at %= TABLE_HEADER;
        break;
    case 1:
        at %= segments_at;
        break;
    case 2:
        at = segments_at + at % 400 * SEGMENT_RECORD + next_random(seed) % 20;
        break;
    default:
        break;
    }
    bytes->data[at % bytes->len] ^= (uint8_t)(1u << next_random(seed) % 8);
}

static void changed_table_is_refused_or_still_tiles(void **state)
{
    (void)state;
    AUTO_CAB cab = {0};
    AUTO_BUF copy = {0};
    uint32_t seed = 14332;
    size_t refused = 0, tiled = 0;
    int changes = test_effort(600, 3000);
    open_real("s641033.cab", &cab);
    const struct buf *real = &cab_find(&cab, "stream.x64.en-us.man.dat")->data;
    buf_append(&copy, real->data, real->len);
    for (int i = 0; i < changes; i++) {
        AUTO_TABLE table = {0};
        struct err err = {0};
        memcpy(copy.data, real->data, real->len);
        mutate(&copy, &seed);
        if (segment_table_parse(copy.data, copy.len, "x", &table, &err)) {
            check_tiles(&table);
            tiled++;
        } else {
            assert_int_equal(err.code, ERR_NOT_GENUINE);
            assert_null(table.segment);
            refused++;
        }
    }
    print_message("%zu changed tables refused, %zu tile\n", refused, tiled);
    assert_true(refused > (size_t)changes / 3);
}

static void table_cut_anywhere_is_refused(void **state)
{
    (void)state;
    AUTO_CAB cab = {0};
    uint32_t seed = 20176;
    open_real("s641033.cab", &cab);
    const struct buf *real = &cab_find(&cab, "stream.x64.en-us.man.dat")->data;
    for (int i = 0; i < test_effort(300, 1000); i++) {
        struct buf cut = {real->data, i < 100 ? (size_t)i : next_random(&seed) % get_u32(real, 16), 0};
        AUTO_TABLE table = {0};
        struct err err = {0};
        assert_fails(parse_tight(&cut, &table, &err), ERR_NOT_GENUINE);
    }
}

static void small_table_with_any_byte_changed_is_refused_or_still_tiles(void **state)
{
    (void)state;
    AUTO_BUF bytes = {0};
    make_table(&bytes);
    for (size_t at = 0; at < bytes.len; at++)
        for (int value = 0; value < 256; value += test_effort(5, 1)) {
            AUTO_TABLE table = {0};
            struct err err = {0};
            uint8_t old = bytes.data[at];
            bytes.data[at] = (uint8_t)value;
            if (parse_tight(&bytes, &table, &err))
                check_tiles(&table);
            bytes.data[at] = old;
        }
}

static void hash_is_exactly_64_digits_of_utf16(void **state)
{
    (void)state;
    static const char digits[] = "DBC1334F95539EB285A47FF87E10CA601949F8AE68BD4083F0CD1717847333EA";
    AUTO_BUF good = {0}, marked = {0}, narrow = {0};
    struct digest digest;
    struct err err = {0};
    put_utf16(&good, digits, false);
    put_utf16(&marked, digits, true);
    buf_puts(&narrow, digits);
    buf_puts(&narrow, digits);
    assert_ok(stream_hash_parse(good.data, good.len, "x", &digest, &err));
    assert_int_equal(digest.byte[0], 0xdb);
    assert_int_equal(digest.byte[31], 0xea);
    assert_fails(stream_hash_parse(marked.data, marked.len, "x", &digest, &err), ERR_NOT_GENUINE);
    assert_fails(stream_hash_parse(narrow.data, narrow.len, "x", &digest, &err), ERR_NOT_GENUINE);
    assert_fails(stream_hash_parse(good.data, good.len - 1, "x", &digest, &err), ERR_NOT_GENUINE);
    put_le(&good, '\n', 2);
    assert_fails(stream_hash_parse(good.data, good.len, "x", &digest, &err), ERR_NOT_GENUINE);
    good.data[126] = 'G';
    assert_fails(stream_hash_parse(good.data, 128, "x", &digest, &err), ERR_NOT_GENUINE);
    assert_int_equal(digest.byte[0], 0);
}

static void make_stream_cabinet(const char *hash, size_t hash_len, const struct buf *table, struct cab *cab)
{
    const struct made_member members[] = {{"stream.x64.x-none.hash", hash, hash_len, 0},
                                          {"stream.x64.x-none.man.dat", table->data, table->len, 0}};
    AUTO_BUF bytes = {0};
    struct err err = {0};
    make_cabinet(members, table->len ? 2 : 1, &bytes);
    assert_ok(cab_read(bytes.data, bytes.len, "s640.cab", WANT, cab, &err));
}

static void stream_with_an_unusable_table_still_has_its_hash(void **state)
{
    (void)state;
    AUTO_BUF hash = {0}, table = {0}, none = {0};
    struct err err = {0};
    put_utf16(&hash, "DBC1334F95539EB285A47FF87E10CA601949F8AE68BD4083F0CD1717847333EA", false);
    make_table(&table);
    set_u32(&table, 20, 161);
    for (int i = 0; i < 2; i++) {
        AUTO_CAB cab = {0};
        struct stream_facts facts;
        make_stream_cabinet((char *)hash.data, hash.len, i ? &none : &table, &cab);
        assert_ok(stream_facts_read(&cab, "s640.cab", "stream.x64.x-none", &facts, &err));
        assert_int_equal(facts.digest.byte[0], 0xdb);
        assert_false(facts.has_table);
        assert_int_equal(facts.bytes, 0);
        assert_non_null(strstr(facts.table_problem, "man.dat"));
    }
}

static void stream_without_a_sound_hash_is_refused(void **state)
{
    (void)state;
    AUTO_BUF table = {0};
    AUTO_CAB cab = {0};
    struct stream_facts facts;
    struct err err = {0};
    make_table(&table);
    make_stream_cabinet("nothing", 7, &table, &cab);
    assert_fails(stream_facts_read(&cab, "s640.cab", "stream.x64.x-none", &facts, &err), ERR_NOT_GENUINE);
    assert_non_null(strstr(err.msg, "s640.cab: stream.x64.x-none.hash"));
    assert_fails(stream_facts_read(&cab, "s640.cab", "stream.x64.en-us", &facts, &err), ERR_NOT_GENUINE);
}

static bool identity_of_real(const char *real, const char *name, const char *build_text, struct err *err)
{
    AUTO_CAB cab = {0};
    struct build build;
    open_real(real, &cab);
    if (!build_parse(build_text, &build, err))
        fail_msg("%s", err->msg);
    return stream_cab_check_identity(&cab, name, &build, err);
}

static void real_cabinets_are_the_ones_that_their_names_say(void **state)
{
    (void)state;
    static const char *const names[] = {"s640.cab", "s641033.cab", "i641033.cab"};
    struct err err = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_ok(identity_of_real(names[i], names[i], "16.0.14332.20176", &err));
}

static void real_cabinets_of_another_build_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"s640.cab", "s641033.cab", "i641033.cab"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct err err = {0};
        assert_fails(identity_of_real(names[i], names[i], "16.0.14332.20177", &err), ERR_NOT_GENUINE);
        assert_non_null(strstr(err.msg, names[i]));
        assert_non_null(strstr(err.msg, "16.0.14332.20176, not of 16.0.14332.20177"));
    }
}

static void real_cabinets_under_another_name_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *real, *name;
    } cases[] = {
        {"s641033.cab", "s641036.cab"},  {"s641033.cab", "s640.cab"},    {"s640.cab", "s641033.cab"},
        {"s640.cab", "s320.cab"},        {"s641033.cab", "s321033.cab"}, {"s640.cab", "sa640.cab"},
        {"s641033.cab", "sp641033.cab"}, {"s640.cab", "i640.cab"},       {"i641033.cab", "i641036.cab"},
        {"i641033.cab", "i640.cab"},     {"i641033.cab", "i321033.cab"}, {"i641033.cab", "s641033.cab"},
        {"s640.cab", "a640_exp.cab"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        if (identity_of_real(cases[i].real, cases[i].name, "16.0.14332.20176", &err))
            fail_msg("%s passed as %s", cases[i].real, cases[i].name);
        assert_int_equal(err.code, ERR_NOT_GENUINE);
        assert_non_null(strstr(err.msg, cases[i].name));
    }
}

/* A cabinet with a hash member of this name and text (UTF-16), and the hash of a stream unless that is NULL.
 */
static bool identity_of_made(const char *name, const char *hash_name, const char *text, const char *stream,
                             struct err *err)
{
    AUTO_BUF hash = {0}, digest = {0}, bytes = {0};
    AUTO_CAB cab = {0};
    const struct build build = {{16, 0, 20326, 20100}};
    put_utf16(&hash, text, true);
    put_utf16(&digest, "DBC1334F95539EB285A47FF87E10CA601949F8AE68BD4083F0CD1717847333EA", false);
    const struct made_member members[] = {{hash_name, hash.data, hash.len, 0},
                                          {stream ? stream : "placeholder.txt", digest.data, digest.len, 0}};
    make_cabinet(members, 2, &bytes);
    if (!cab_read(bytes.data, bytes.len, name, WANT, &cab, err))
        fail_msg("%s", err->msg);
    return stream_cab_check_identity(&cab, name, &build, err);
}

#define MD5   "B554D220AEEA5E2F3807F8ABBFE98E97\r\n"
#define BUILD "16.0.20326.20100\r\n"

static void every_kind_of_cabinet_is_known_by_its_members(void **state)
{
    (void)state;
    static const struct {
        const char *name, *hash, *stream;
    } cases[] = {{"s320.cab", "s320.hash", "stream.x86.x-none.hash"},
                 {"s641036.cab", "s641036.hash", "stream.x64.fr-fr.hash"},
                 {"S641036.CAB", "s641036.hash", "Stream.x64.fr-FR.hash"},
                 {"sp641036.cab", "sp641036.hash", "stream.x64.fr-fr.proof.hash"},
                 {"sa640.cab", "sa640.hash", "stream.x64.x-none.arm64x.hash"},
                 {"sc320.cab", "sc320.hash", "stream.x86.x-none.chpe.hash"},
                 {"i640.cab", "i640.hash", NULL},
                 {"i6410266.cab", "i6410266.hash", NULL},
                 {"a640_exp.cab", "a640_exp.hash", NULL},
                 {"a640_exp.cab", "other.hash", NULL}};
    struct err err = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_ok(identity_of_made(cases[i].name, cases[i].hash, MD5 BUILD, cases[i].stream, &err));
}

static void cabinets_whose_members_contradict_their_name_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *hash, *text, *stream;
    } cases[] = {{"s641036.cab", "s641033.hash", MD5 BUILD, "stream.x64.fr-fr.hash"},
                 {"s641036.cab", "s641036.hash", MD5 BUILD, "stream.x64.en-us.hash"},
                 {"s641036.cab", "s641036.hash", MD5 BUILD, "stream.x86.fr-fr.hash"},
                 {"s641036.cab", "s641036.hash", MD5 BUILD, "stream.x64.fr-fr.proof.hash"},
                 {"s641036.cab", "s641036.hash", MD5 BUILD, "stream.x64.fr-fr.dat.cat"},
                 {"s641036.cab", "s641036.hash", MD5 BUILD, NULL},
                 {"i641036.cab", "i641036.hash", MD5 BUILD, "stream.x64.fr-fr.hash"},
                 {"s641036.cab", "s641036.hash", MD5 "16.0.20326.20101\r\n", "stream.x64.fr-fr.hash"},
                 {"a640_exp.cab", "a640_exp.hash", MD5 "16.0.20326.20101\r\n", NULL},
                 {"i640.cab", "i640.hash", MD5, NULL},
                 {"i640.cab", "i640.hash", BUILD, NULL},
                 {"i640.cab", "i640.hash", MD5 BUILD BUILD, NULL},
                 {"i640.cab", "i640.hash", MD5 "newest\r\n", NULL},
                 {"i640.cab", "i640.hash", "", NULL},
                 {"i649999.cab", "i649999.hash", MD5 BUILD, NULL},
                 {"v64.cab", "v64.hash", MD5 BUILD, NULL},
                 {"i64.cab", "i64.hash", MD5 BUILD, NULL},
                 {"i640.cab.cat", "i640.hash", MD5 BUILD, NULL},
                 {"", "i640.hash", MD5 BUILD, NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        if (identity_of_made(cases[i].name, cases[i].hash, cases[i].text, cases[i].stream, &err))
            fail_msg("case %zu: %s passed", i, cases[i].name);
        assert_int_equal(err.code, ERR_NOT_GENUINE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neutral_stream_is_as_published),
        cmocka_unit_test(language_stream_is_as_published),
        cmocka_unit_test(largest_real_table_is_read_in_fifty_milliseconds),
        cmocka_unit_test(made_table_is_read_field_by_field),
        cmocka_unit_test(table_that_does_not_tile_is_refused),
        cmocka_unit_test(table_without_files_is_refused),
        cmocka_unit_test(file_name_without_its_nul_is_refused),
        cmocka_unit_test(changed_table_is_refused_or_still_tiles),
        cmocka_unit_test(table_cut_anywhere_is_refused),
        cmocka_unit_test(small_table_with_any_byte_changed_is_refused_or_still_tiles),
        cmocka_unit_test(hash_is_exactly_64_digits_of_utf16),
        cmocka_unit_test(stream_with_an_unusable_table_still_has_its_hash),
        cmocka_unit_test(stream_without_a_sound_hash_is_refused),
        cmocka_unit_test(real_cabinets_are_the_ones_that_their_names_say),
        cmocka_unit_test(real_cabinets_of_another_build_are_refused),
        cmocka_unit_test(real_cabinets_under_another_name_are_refused),
        cmocka_unit_test(every_kind_of_cabinet_is_known_by_its_members),
        cmocka_unit_test(cabinets_whose_members_contradict_their_name_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

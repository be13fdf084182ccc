/* What streams to come have in common with what is at hand: sources, rounds, plans; and the real tables. */
#include "world.h"

#include "c2r/make_cabinet.h"
#include "ringmgr/ops/prove.h"
#include "ringmgr/ops/reuse.h"

#define AUTO_TABLE                                                                                           \
    AUTO(segment_table_clear)                                                                                \
    struct segment_table

#define AUTO_RANGES                                                                                          \
    AUTO(plan_ranges_clear)                                                                                  \
    struct plan_ranges

static const uint64_t MIB = (uint64_t)1 << 20;

/* ---- made streams ---- */

struct made {
    struct buf dat, table;
    struct digest digest;
};

/* A segment of a value is so many bytes, and always these. */
static void put_segment(struct buf *dat, uint8_t value)
{
    uint32_t seed = value + 1u;
    for (int i = 0; i < 100 + 7 * value; i++)
        put_le(dat, next_random(&seed), 1);
}

/* One file "a" of as many bytes as the stream, segments in the order of `values`. */
static struct made make_stream(const uint8_t *values, size_t len)
{
    struct made made = {0};
    AUTO_BUF segments = {0};
    uint32_t first = 24 + 19 + 4;
    for (size_t i = 0; i < len; i++) {
        size_t start = made.dat.len;
        put_segment(&made.dat, values[i]);
        const struct digest digest = digest_of(made.dat.data + start, made.dat.len - start);
        put_le(&segments, 24, 4);
        for (int k = 0; k < 2; k++) {
            put_le(&segments, start, 4);
            put_le(&segments, made.dat.len, 4);
        }
        buf_append(&segments, digest.byte, DIGEST_BYTES);
        put_le(&segments, 0, 7);
    }
    const size_t header[] = {1, 24, first, first + segments.len, first + segments.len, made.dat.len};
    for (size_t i = 0; i < 6; i++)
        put_le(&made.table, header[i], 4);
    put_le(&made.table, made.dat.len, 4);
    put_le(&made.table, 2, 2);
    put_le(&made.table, first, 4);
    put_le(&made.table, 0, 9);
    put_utf16(&made.table, "a", false);
    put_le(&made.table, 0, 2);
    buf_append(&made.table, segments.data, segments.len);
    made.digest = digest_of(made.dat.data, made.dat.len);
    return made;
}

static void clear_made(struct made *made)
{
    buf_clear(&made->dat);
    buf_clear(&made->table);
}

#define AUTO_MADE                                                                                            \
    AUTO(clear_made)                                                                                         \
    struct made

static struct digest put_object(struct world *world, const void *bytes, size_t len)
{
    struct incoming *in;
    struct digest digest;
    struct err err = {0};
    assert_ok(incoming_open(world->store, "object", &in, &err));
    assert_ok(incoming_write(in, bytes, len, &err));
    assert_ok(incoming_commit(in, &digest, &err));
    return digest;
}

static void put_file(struct world *world, const struct channel *channel, const struct build *build,
                     const char *name, const struct digest *digest, uint64_t bytes)
{
    char text[BUILD_TEXT_SIZE];
    struct err err = {0};
    build_format(build, text);
    char *path AUTO_FREE = mem_printf("%s/%s", text, name);
    assert_ok(state_begin(world->state, &err));
    assert_ok(catalog_file_put(world->state, channel, build, path, digest, bytes, &err));
    assert_ok(catalog_build_staged(world->state, channel, build, 1785000000, &err));
    assert_ok(state_commit(world->state, &err));
}

/* Cabinet and stream of a complete build. */
static void put_stream(struct world *world, const char *channel, const struct build *build,
                       const char *cabinet, const char *stem, const struct made *made)
{
    AUTO_BUF cab = {0};
    char *member AUTO_FREE = mem_printf("%s.man.dat", stem);
    char *stream AUTO_FREE = mem_printf("%s.dat", stem);
    const struct made_member members[] = {{"other.hash", "x", 1, 0},
                                          {member, made->table.data, made->table.len, 0}};
    make_cabinet(members, 2, &cab);
    struct digest digest = put_object(world, cab.data, cab.len);
    put_file(world, channel_find(channel), build, cabinet, &digest, cab.len);
    digest = put_object(world, made->dat.data, made->dat.len);
    put_file(world, channel_find(channel), build, stream, &digest, made->dat.len);
}

static size_t want(struct reuse *reuse, const char *path, const struct made *made)
{
    AUTO_TABLE table = {0};
    struct err err = {0};
    assert_ok(segment_table_parse(made->table.data, made->table.len, path, &table, &err));
    return reuse_want(reuse, path, &made->digest, &table);
}

static struct reuse *begin(struct world *world)
{
    return reuse_new(&world->job, world->pilot->channel, &NEW);
}

static void free_reuse(struct reuse **reuse)
{
    reuse_free(*reuse);
}

#define AUTO_REUSE                                                                                           \
    AUTO(free_reuse)                                                                                         \
    struct reuse *

static const struct fetch_plan *search_and_plan(struct reuse *reuse, size_t number)
{
    struct err err = {0};
    assert_ok(reuse_search(reuse, &err));
    assert_true(reuse_begin_round(reuse));
    assert_true(reuse_is_due(reuse, number));
    return reuse_plan(reuse, number, false);
}

/* Puts the stream together as the plan says, what is to be fetched from `right`, and compares. */
static void carry_out(const struct fetch_plan *plan, const struct made *right)
{
    AUTO_BUF is = {0};
    assert_true(plan_is_sound(plan));
    buf_reserve(&is, right->dat.len);
    for (size_t i = 0; i < plan->len; i++) {
        const struct plan_piece *piece = &plan->piece[i];
        size_t len = piece->end - piece->start;
        char *bytes AUTO_FREE = mem_new(len, 1);
        if (piece->source == PLAN_FETCH)
            memcpy(bytes, right->dat.data + piece->start, len);
        else if (piece->source == PLAN_SELF)
            memcpy(bytes, is.data + piece->at, len);
        else
            assert_int_equal(pread(plan->source[piece->source].fd, bytes, len, piece->at), len);
        const struct digest digest = digest_of(bytes, len);
        assert_true(digest_equal(&digest, &piece->digest));
        buf_append(&is, bytes, len);
    }
    assert_int_equal(is.len, right->dat.len);
    assert_memory_equal(is.data, right->dat.data, is.len);
}

static uint64_t bytes_of(const struct fetch_plan *plan, uint32_t source)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < plan->len; i++)
        if (plan->piece[i].source == source)
            bytes += plan->piece[i].end - plan->piece[i].start;
    return bytes;
}

/* ---- sources ---- */

static void a_stream_is_put_together_from_all_that_is_at_hand(void **state)
{
    static const uint8_t old[] = {1, 2, 3, 4}, other[] = {5, 6, 9}, language[] = {2, 7},
                         new[] = {9, 3, 8, 200, 1, 7, 200, 5};
    struct world *world = *state;
    AUTO_MADE a = make_stream(old, 4), b = make_stream(other, 3), c = make_stream(language, 2),
              wanted = make_stream(new, 8);
    put_stream(world, "MonthlyEnterprise", &OLD, "s640.cab", "stream.x64.x-none", &a);
    put_stream(world, "SemiAnnual", &OLD, "s320.cab", "stream.x86.x-none", &b);
    put_stream(world, "MonthlyEnterprise", &OLD, "sp641033.cab", "stream.x64.en-us.proof", &c);
    AUTO_REUSE reuse = begin(world);
    size_t number = want(reuse, "new", &wanted);
    const struct fetch_plan *plan = search_and_plan(reuse, number);
    assert_non_null(plan);
    carry_out(plan, &wanted);
    assert_int_equal(plan->sources, 3);
    assert_int_equal(bytes_of(plan, PLAN_FETCH), 100 + 8 * 7 + 100 + 200 * 7);
    assert_int_equal(bytes_of(plan, PLAN_SELF), 100 + 200 * 7);
    assert_int_equal(reuse_missing_bytes(reuse, number), bytes_of(plan, PLAN_FETCH));
}

static void the_same_build_comes_first_then_its_channel_then_others(void **state)
{
    static const struct build older = {{16, 0, 19000, 20000}}, newest = {{16, 0, 29000, 20000}};
    static const uint8_t values[] = {1, 2, 3, 4}, own[] = {1}, channel_new[] = {1, 2}, channel_old[] = {2, 3},
                         other[] = {1, 2, 3, 4};
    struct world *world = *state;
    AUTO_MADE wanted = make_stream(values, 4), a = make_stream(own, 1), b = make_stream(channel_new, 2),
              c = make_stream(channel_old, 2), d = make_stream(other, 4);
    put_stream(world, "SemiAnnual", &newest, "s640.cab", "stream.x64.x-none", &d);
    put_stream(world, "MonthlyEnterprise", &older, "s640.cab", "stream.x64.x-none", &c);
    put_stream(world, "MonthlyEnterprise", &OLD, "s640.cab", "stream.x64.x-none", &b);
    put_stream(world, "MonthlyEnterprise", &NEW, "s320.cab", "stream.x86.x-none", &a);
    AUTO_REUSE reuse = begin(world);
    size_t number = want(reuse, "new", &wanted);
    const struct fetch_plan *plan = search_and_plan(reuse, number);
    assert_int_equal(plan->sources, 4);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(plan->piece[i].source, i);
    assert_string_equal(plan->source[0].name, "16.0.20228.20188/stream.x86.x-none.dat");
    assert_string_equal(plan->source[3].name, "16.0.29000.20000/stream.x64.x-none.dat");
}

static void builds_that_bring_nothing_end_the_search(void **state)
{
    static const uint8_t useless[] = {1}, useful[] = {2, 3};
    struct world *world = *state;
    AUTO_MADE good = make_stream(useful, 2);
    for (uint16_t i = 0; i < 8; i++) {
        const struct build build = {{16, 0, 19000, 20000u + i}};
        const uint8_t values[] = {useless[0], (uint8_t)(100 + i)};
        AUTO_MADE made = make_stream(values, 2);
        put_stream(world, "MonthlyEnterprise", &build, "s640.cab", "stream.x64.x-none", &made);
    }
    put_stream(world, "MonthlyEnterprise", &(struct build){{16, 0, 18000, 20000}}, "s640.cab",
               "stream.x64.x-none", &good);
    AUTO_REUSE reuse = begin(world);
    size_t number = want(reuse, "new", &good);
    assert_null(search_and_plan(reuse, number));
}

static void what_nobody_has_is_fetched_plainly(void **state)
{
    static const uint8_t values[] = {1, 2, 3};
    AUTO_MADE wanted = make_stream(values, 3);
    AUTO_REUSE reuse = begin(*state);
    size_t number = want(reuse, "new", &wanted);
    assert_null(search_and_plan(reuse, number));
    assert_int_equal(reuse_missing_bytes(reuse, number), wanted.dat.len);
    assert_false(reuse_begin_round(reuse));
}

/* Its pieces prove what is in the part. */
static void what_nobody_has_gets_a_plan_where_the_part_has_bytes(void **state)
{
    static const uint8_t values[] = {1, 2, 3};
    struct err err = {0};
    AUTO_MADE wanted = make_stream(values, 3);
    AUTO_REUSE reuse = begin(*state);
    size_t number = want(reuse, "new", &wanted);
    assert_ok(reuse_search(reuse, &err));
    assert_true(reuse_begin_round(reuse));
    const struct fetch_plan *plan = reuse_plan(reuse, number, true);
    assert_non_null(plan);
    assert_int_equal(bytes_of(plan, PLAN_FETCH), wanted.dat.len);
}

static void nothing_wanted_is_no_round(void **state)
{
    struct err err = {0};
    AUTO_REUSE reuse = begin(*state);
    assert_ok(reuse_search(reuse, &err));
    assert_false(reuse_begin_round(reuse));
    reuse_report(reuse);
}

/* ---- rounds ---- */

static void what_is_in_a_larger_stream_of_the_build_waits_for_it(void **state)
{
    static const uint8_t language[] = {10, 11, 12, 13, 14, 15, 16, 250}, proofing[] = {12, 13, 14},
                         neutral[] = {240, 241, 242, 10}, architecture[] = {10, 11, 15, 30};
    struct world *world = *state;
    AUTO_MADE a = make_stream(language, 8), b = make_stream(proofing, 3), c = make_stream(neutral, 4),
              d = make_stream(architecture, 4);
    AUTO_REUSE reuse = begin(world);
    size_t small = want(reuse, "proof", &b), large = want(reuse, "x-none", &c),
           middle = want(reuse, "en-us", &a), other = want(reuse, "x86", &d);
    struct err err = {0};
    assert_ok(reuse_search(reuse, &err));
    assert_true(reuse_begin_round(reuse));
    /* en-us gains too little from x-none to wait for it */
    assert_true(reuse_is_due(reuse, large) && reuse_is_due(reuse, middle));
    assert_false(reuse_is_due(reuse, small) || reuse_is_due(reuse, other));
    char path[] = "/tmp/ringmgr-arrived-XXXXXX";
    int fd = mkstemp(path);
    unlink(path);
    assert_int_equal(write(fd, a.dat.data, a.dat.len), a.dat.len);
    reuse_arrived(reuse, middle, fd);
    assert_true(reuse_begin_round(reuse));
    assert_true(reuse_is_due(reuse, small) && reuse_is_due(reuse, other) && !reuse_is_due(reuse, middle));
    assert_int_equal(reuse_missing_bytes(reuse, small), 0);
    carry_out(reuse_plan(reuse, small, false), &b);
    carry_out(reuse_plan(reuse, other, false), &d);
    assert_int_equal(bytes_of(reuse_plan(reuse, other, false), PLAN_FETCH), 100 + 30 * 7);
    assert_false(reuse_begin_round(reuse));
}

/* The larger one failed: what waited for it is fetched all the same. */
static void who_waited_in_vain_comes_in_the_next_round(void **state)
{
    static const uint8_t language[] = {10, 11, 12, 250}, proofing[] = {12, 11};
    AUTO_MADE a = make_stream(language, 4), b = make_stream(proofing, 2);
    AUTO_REUSE reuse = begin(*state);
    size_t large = want(reuse, "en-us", &a), small = want(reuse, "proof", &b);
    struct err err = {0};
    assert_ok(reuse_search(reuse, &err));
    assert_true(reuse_begin_round(reuse) && reuse_is_due(reuse, large) && !reuse_is_due(reuse, small));
    assert_true(reuse_begin_round(reuse) && reuse_is_due(reuse, small));
    assert_int_equal(reuse_missing_bytes(reuse, small), b.dat.len);
    assert_false(reuse_begin_round(reuse));
}

/* ---- damage ---- */

static void spoil(struct world *world, const struct digest *digest)
{
    char text[DIGEST_TEXT_SIZE];
    digest_format(digest, text);
    char *path AUTO_FREE = mem_printf("%s/objects/%.2s/%s", world->settings.store, text, text);
    assert_int_equal(chmod(path, 0644), 0);
    int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, "rotten", 6, 110), 6);
    close(fd);
}

static void an_object_that_was_put_aside_is_a_source(void **state)
{
    static const uint8_t values[] = {1, 2, 3}, new[] = {3, 4, 1};
    struct world *world = *state;
    struct err err = {0};
    AUTO_MADE old = make_stream(values, 3), wanted = make_stream(new, 3);
    put_stream(world, "MonthlyEnterprise", &OLD, "s640.cab", "stream.x64.x-none", &old);
    assert_ok(store_evict(world->store, &old.digest, &err));
    AUTO_REUSE reuse = begin(world);
    size_t same = want(reuse, "same", &old), next = want(reuse, "new", &wanted);
    assert_ok(reuse_search(reuse, &err));
    assert_true(reuse_begin_round(reuse));
    assert_true(reuse_is_due(reuse, same) && reuse_is_due(reuse, next));
    assert_int_equal(reuse_missing_bytes(reuse, same), 0);
    carry_out(reuse_plan(reuse, same, false), &old);
    carry_out(reuse_plan(reuse, next, false), &wanted);
    /* it is known to be damaged: there is nothing to report */
    reuse_plan(reuse, same, false)->source[0].rotten = true;
    reuse_report(reuse);
}

static size_t attentions_of(struct world *world, const char *code, const char *ring)
{
    struct attentions list AUTO(attentions_clear) = {0};
    struct err err = {0};
    size_t count = 0;
    assert_ok(catalog_attentions(world->state, &list, &err));
    for (size_t i = 0; i < list.len; i++)
        count += strcmp(list.item[i].code, code) == 0 && strcmp(list.item[i].ring, ring) == 0;
    return count;
}

/* The whole object is read before it is put aside, and rings that show it are told. */
static void a_rotten_source_is_put_aside_and_told(void **state)
{
    static const uint8_t values[] = {1, 2, 3, 7}, new[] = {1, 2, 3, 4};
    struct world *world = *state;
    struct err err = {0};
    AUTO_MADE old = make_stream(values, 4), wanted = make_stream(new, 4);
    put_stream(world, "MonthlyEnterprise", &OLD, "s640.cab", "stream.x64.x-none", &old);
    assert_int_equal(world_promote(world, world->pilot, &OLD, &world->games, &err), PROMOTE_DONE);
    AUTO_REUSE reuse = begin(world);
    size_t number = want(reuse, "new", &wanted);
    const struct fetch_plan *plan = search_and_plan(reuse, number);
    assert_int_equal(plan->sources, 1);
    plan->source[0].rotten = true;
    reuse_report(reuse);
    assert_true(store_has(world->store, &old.digest, NULL));
    assert_int_equal(attentions_of(world, "object-lost", "pilot"), 0);
    spoil(world, &old.digest);
    reuse_report(reuse);
    assert_false(store_has(world->store, &old.digest, NULL));
    int fd = store_open_evicted(world->store, &old.digest);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(attentions_of(world, "object-lost", "pilot"), 1);
    assert_int_equal(attentions_of(world, "object-lost", "production"), 0);
}

/* ---- real tables ---- */

static void read_real(const char *name, struct buf *bytes)
{
    char *path AUTO_FREE = mem_printf("odt-16.0.14332.20176/Office/Data/16.0.14332.20176/%s", name);
    test_read_real(path, bytes);
}

static void parse_real(const char *cabinet, const char *member, struct segment_table *table)
{
    AUTO_BUF bytes = {0};
    AUTO_BUF content = {0};
    struct err err = {0};
    read_real(cabinet, &bytes);
    assert_ok(cab_read_member(bytes.data, bytes.len, cabinet, member, &content, &err));
    assert_ok(segment_table_parse(content.data, content.len, member, table, &err));
}

/* An object of the right size with nothing in it: searching reads no stream. */
static void put_empty_object(struct world *world, const struct digest *digest, uint64_t bytes)
{
    char text[DIGEST_TEXT_SIZE];
    digest_format(digest, text);
    char *folder AUTO_FREE = mem_printf("%s/objects/%.2s", world->settings.store, text);
    char *path AUTO_FREE = mem_printf("%s/%s", folder, text);
    mkdir(folder, 0755);
    int fd = open(path, O_WRONLY | O_CREAT, 0444);
    assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
    close(fd);
}

static void put_real(struct world *world, const char *cabinet, const char *stem, uint64_t bytes)
{
    AUTO_BUF content = {0};
    char *stream AUTO_FREE = mem_printf("%s.dat", stem);
    read_real(cabinet, &content);
    struct digest digest = put_object(world, content.data, content.len);
    put_file(world, world->pilot->channel, &OLD, cabinet, &digest, content.len);
    digest = digest_of(stream, strlen(stream));
    put_empty_object(world, &digest, bytes);
    put_file(world, world->pilot->channel, &OLD, stream, &digest, bytes);
}

enum change { SHUFFLED = 1, REMOVED = 2, ADDED = 4 };

/* Moves segments, drops every tenth, and gives `percent` of them other bytes; returns how many bytes of the
 * result are new. */
static uint64_t vary(struct segment_table *table, unsigned change, unsigned percent, uint32_t *seed)
{
    uint64_t added = 0;
    uint32_t at = 0;
    size_t kept = 0;
    for (size_t i = 0; change & SHUFFLED && i < table->len; i++) {
        size_t other = next_random(seed) % table->len;
        const struct segment held = table->segment[i];
        table->segment[i] = table->segment[other];
        table->segment[other] = held;
    }
    for (size_t i = 0; i < table->len; i++) {
        struct segment segment = table->segment[i];
        uint32_t bytes = segment.end - segment.start;
        if (change & REMOVED && i % 10 == 0)
            continue;
        if (change & ADDED && next_random(seed) % 100 < percent) {
            memcpy(segment.digest.byte, &i, sizeof i);
            added += bytes;
        }
        segment.start = at;
        at = segment.end = at + bytes;
        table->segment[kept++] = segment;
    }
    table->len = kept;
    table->stream_bytes = at;
    return added;
}

static uint64_t count_copies(const struct fetch_plan *plan)
{
    uint64_t copied = 0;
    for (size_t i = 0; i < plan->len; i++)
        copied += plan->piece[i].source == PLAN_FETCH ? 0 : plan->piece[i].end - plan->piece[i].start;
    return copied;
}

static void check_goals(const struct fetch_plan *plan, uint64_t changed, const char *what)
{
    static const struct plan_shape multi = {.multi = true}, single = {.gap_bytes = 250000};
    static const struct plan_ranges none = {0};
    AUTO_RANGES missing = {0};
    AUTO_RANGES many = {0};
    AUTO_RANGES one = {0};
    plan_missing(plan, &none, &missing);
    assert_int_equal(missing.bytes, changed);
    assert_int_equal(count_copies(plan) + missing.bytes, plan->total_bytes);
    plan_coalesce(&missing, &multi, &many);
    plan_coalesce(&missing, &single, &one);
    size_t requests = plan_requests(&many, &multi);
    uint64_t sent = many.bytes + many.len * PLAN_PART_BYTES;
    print_message("%s: %u MiB, %u changed; multi +%u bytes in %zu requests, single +%u KiB in %zu\n", what,
                  (unsigned)(plan->total_bytes / MIB), (unsigned)(changed / MIB), (unsigned)(sent - changed),
                  requests, (unsigned)((one.bytes - changed) / 1024), one.len);
    assert_true(sent <= changed + changed / 50 + PLAN_PART_BYTES);
    assert_true(requests <= many.bytes / (4 * MIB) + 1);
    assert_true(one.bytes <= changed + changed / 10);
}

static void variants_of_the_real_tables_are_planned_exactly(void **state)
{
    static const struct {
        const char *name;
        unsigned change, percent;
    } cases[] = {{"the same", 0, 0},
                 {"shuffled", SHUFFLED, 0},
                 {"every tenth removed", REMOVED, 0},
                 {"80 % added", ADDED, 80},
                 {"40 % added, shuffled", SHUFFLED | ADDED, 40},
                 {"10 % added, shuffled, some removed", SHUFFLED | REMOVED | ADDED, 10}};
    struct world *world = *state;
    AUTO_TABLE neutral = {0};
    AUTO_TABLE english = {0};
    uint32_t seed = 14332;
    parse_real("s640.cab", "stream.x64.x-none.man.dat", &neutral);
    parse_real("s641033.cab", "stream.x64.en-us.man.dat", &english);
    put_real(world, "s640.cab", "stream.x64.x-none", neutral.stream_bytes);
    put_real(world, "s641033.cab", "stream.x64.en-us", english.stream_bytes);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_TABLE a = {0};
        AUTO_TABLE b = {0};
        const struct digest digest = {{0}};
        struct err err = {0};
        parse_real("s640.cab", "stream.x64.x-none.man.dat", &a);
        parse_real("s641033.cab", "stream.x64.en-us.man.dat", &b);
        uint64_t new_a = vary(&a, cases[i].change, cases[i].percent, &seed);
        uint64_t new_b = vary(&b, cases[i].change, cases[i].percent, &seed);
        AUTO_REUSE reuse = begin(world);
        size_t first = reuse_want(reuse, "x-none", &digest, &a);
        size_t second = reuse_want(reuse, "en-us", &digest, &b);
        assert_ok(reuse_search(reuse, &err));
        while (reuse_begin_round(reuse)) {
            if (reuse_is_due(reuse, first))
                check_goals(reuse_plan(reuse, first, false), new_a, cases[i].name);
            if (reuse_is_due(reuse, second))
                check_goals(reuse_plan(reuse, second, false), new_b, cases[i].name);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_stream_is_put_together_from_all_that_is_at_hand),
        TEST(the_same_build_comes_first_then_its_channel_then_others),
        TEST(builds_that_bring_nothing_end_the_search),
        TEST(what_nobody_has_is_fetched_plainly),
        TEST(what_nobody_has_gets_a_plan_where_the_part_has_bytes),
        TEST(nothing_wanted_is_no_round),
        TEST(what_is_in_a_larger_stream_of_the_build_waits_for_it),
        TEST(who_waited_in_vain_comes_in_the_next_round),
        TEST(an_object_that_was_put_aside_is_a_source),
        TEST(a_rotten_source_is_put_aside_and_told),
        TEST(variants_of_the_real_tables_are_planned_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Parts that are filled out of order: what is noted is there, what is there is noted, the digest is right. */
#include "surroundings.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>

enum { MIB = 1 << 20, CONTENT_BYTES = 3 * MIB + 5, PIECE_BYTES = 70000 };

/* What every test fills its part with: no byte is 0, which is what a hole reads as. */
static const uint8_t *content(void)
{
    static uint8_t bytes[CONTENT_BYTES];
    uint64_t seed = 7;
    for (size_t i = 0; bytes[CONTENT_BYTES - 1] == 0 && i < CONTENT_BYTES; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (uint8_t)(seed >> 56) | 1;
    }
    return bytes;
}

static struct incoming *open_part(struct place *place)
{
    struct err err;
    struct incoming *in = NULL;
    assert_ok(incoming_open(place->store, "key", &in, &err));
    return in;
}

static struct incoming *open_reserved(struct place *place)
{
    struct err err;
    struct incoming *in = open_part(place);
    assert_ok(incoming_reserve(in, CONTENT_BYTES, &err));
    return in;
}

static void put_range(struct incoming *in, uint64_t start, uint64_t end)
{
    struct err err;
    assert_ok(incoming_write_at(in, start, content() + start, end - start, &err));
}

/* Fills whatever is missing. */
static void fill_gaps(struct incoming *in)
{
    struct incoming_range gap;
    while (incoming_gap(in, 0, CONTENT_BYTES, &gap))
        put_range(in, gap.start, gap.end);
}

static void assert_no_notes(const struct place *place)
{
    assert_false(exists(place, "incoming/key.have"));
    assert_false(exists(place, "incoming/key.have-new"));
}

/* Fills the part up and commits it. */
static void finish(struct place *place, struct incoming *in)
{
    struct err err;
    struct digest digest, expected = digest_of(content(), CONTENT_BYTES);
    fill_gaps(in);
    assert_int_equal(incoming_bytes(in), CONTENT_BYTES);
    assert_int_equal(incoming_present_bytes(in), CONTENT_BYTES);
    assert_ok(incoming_commit(in, &digest, &err));
    assert_true(digest_equal(&digest, &expected));
    assert_ok(store_check_object(place->store, &digest, &err));
    assert_false(exists(place, "incoming/key.part"));
    assert_no_notes(place);
}

/* Every byte that is said to be there is the right one. Returns how many there are. */
static uint64_t assert_true_notes(struct incoming *in)
{
    struct err err;
    uint64_t sum = 0, at = 0;
    static uint8_t found[CONTENT_BYTES];
    while (at < CONTENT_BYTES) {
        struct incoming_range gap = {CONTENT_BYTES, CONTENT_BYTES};
        (void)incoming_gap(in, at, CONTENT_BYTES, &gap);
        assert_ok(incoming_read_at(in, at, found, gap.start - at, &err));
        assert_memory_equal(found, content() + at, gap.start - at);
        sum += gap.start - at;
        at = gap.end;
    }
    assert_int_equal(sum, incoming_present_bytes(in));
    return sum;
}

static void set_byte(const struct place *place, const char *path, uint64_t at, uint8_t byte)
{
    AUTO_FD fd = openat(place->dir, path, O_WRONLY);
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
}

static void set_size(const struct place *place, const char *path, uint64_t bytes)
{
    AUTO_FD fd = openat(place->dir, path, O_WRONLY);
    assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
}

/* --- writing --- */

/* Deals the content out in pieces in random order, some twice and some overlapping, as `seed` says. */
static void write_pieces(struct place *place, struct incoming **in, unsigned seed)
{
    enum { PIECES = CONTENT_BYTES / PIECE_BYTES };
    for (unsigned i = 0; i < PIECES; i++) {
        uint64_t start = (uint64_t)rand_r(&seed) % CONTENT_BYTES, end = start + PIECE_BYTES;
        put_range(*in, start, end < CONTENT_BYTES ? end : CONTENT_BYTES);
        if (rand_r(&seed) % 8 == 0) {
            incoming_close(*in);
            *in = open_reserved(place);
        }
        if (rand_r(&seed) % 16 == 0)
            (void)incoming_digest(*in);
    }
}

static void any_order_gives_the_right_digest(void **state)
{
    struct place *place = *state;
    for (unsigned seed = 0; seed < 8; seed++) {
        struct incoming *in = open_reserved(place);
        write_pieces(place, &in, seed);
        assert_true_notes(in);
        finish(place, in);
    }
}

static void the_frontier_leaps_over_what_came_early(void **state)
{
    struct place *place = *state;
    struct incoming *in = open_reserved(place);
    put_range(in, 2000, 3000);
    put_range(in, 1000, 2000);
    assert_int_equal(incoming_bytes(in), 0);
    assert_int_equal(incoming_present_bytes(in), 2000);
    put_range(in, 0, 1000);
    assert_int_equal(incoming_bytes(in), 3000);
    struct digest digest = incoming_digest(in), expected = digest_of(content(), 3000);
    assert_true(digest_equal(&digest, &expected));
    finish(place, in);
}

static void one_write_reads_only_so_much_back(void **state)
{
    struct place *place = *state;
    struct err err;
    enum { EARLY_MIB = 20 };
    static const uint8_t block[MIB];
    struct incoming *in = open_part(place);
    assert_ok(incoming_reserve(in, (EARLY_MIB + 1) * (uint64_t)MIB, &err));
    for (uint64_t i = 1; i <= EARLY_MIB; i++)
        assert_ok(incoming_write_at(in, i * MIB, block, MIB, &err));
    assert_ok(incoming_write_at(in, 0, block, MIB, &err));
    assert_int_equal(incoming_bytes(in), (EARLY_MIB + 1) * MIB);
    assert_in_range(incoming_unhashed_bytes(in), (EARLY_MIB - 8) * MIB, EARLY_MIB * MIB);
    uint64_t left = incoming_unhashed_bytes(in);
    assert_ok(incoming_absorb(in, MIB, &err));
    assert_int_equal(incoming_unhashed_bytes(in), left - MIB);
    assert_ok(incoming_absorb(in, UINT64_MAX, &err));
    assert_int_equal(incoming_unhashed_bytes(in), 0);
    incoming_abort(in);
    assert_no_notes(place);
}

static void what_lies_before_the_frontier_is_not_written_again(void **state)
{
    struct place *place = *state;
    struct err err;
    struct incoming *in = open_reserved(place);
    put_range(in, 0, 1000);
    static const uint8_t wrong[800];
    assert_ok(incoming_write_at(in, 0, wrong, sizeof wrong, &err));
    put_range(in, 500, 2000);
    assert_int_equal(incoming_bytes(in), 2000);
    assert_no_notes(place);
    finish(place, in);
}

static void what_came_early_can_be_written_over(void **state)
{
    struct place *place = *state;
    struct err err;
    static const uint8_t wrong[800];
    struct incoming *in = open_reserved(place);
    assert_ok(incoming_write_at(in, 5000, wrong, sizeof wrong, &err));
    put_range(in, 4000, 7000);
    finish(place, in);
}

static void what_makes_no_sense_is_refused(void **state)
{
    struct place *place = *state;
    struct err err;
    uint8_t byte;
    struct incoming *in = open_part(place);
    assert_fails(incoming_write_at(in, 1, "x", 1, &err), ERR_FAILED);
    assert_ok(incoming_reserve(in, CONTENT_BYTES, &err));
    assert_fails(incoming_write_at(in, CONTENT_BYTES - 1, "xy", 2, &err), ERR_FAILED);
    assert_fails(incoming_write_at(in, UINT64_MAX, "xy", 2, &err), ERR_FAILED);
    put_range(in, 10, 20);
    assert_fails(incoming_write(in, "x", 1, &err), ERR_FAILED);
    assert_fails(incoming_read_at(in, 9, &byte, 1, &err), ERR_FAILED);
    assert_fails(incoming_read_at(in, UINT64_MAX, &byte, 1, &err), ERR_FAILED);
    assert_int_equal(stat_of(place, "incoming/key.part").st_size, 20);
    finish(place, in);
}

static void a_part_with_gaps_becomes_no_object(void **state)
{
    struct place *place = *state;
    struct err err;
    struct digest digest;
    struct incoming *in = open_reserved(place);
    put_range(in, 0, 1000);
    put_range(in, 2000, 3000);
    assert_fails(incoming_commit(in, &digest, &err), ERR_FAILED);
    in = open_reserved(place);
    assert_int_equal(incoming_present_bytes(in), 2000);
    finish(place, in);
}

static void a_restart_forgets_early_bytes_too(void **state)
{
    struct place *place = *state;
    struct err err;
    struct incoming *in = open_reserved(place);
    put_range(in, 2000, 3000);
    assert_ok(incoming_restart(in, &err));
    assert_int_equal(incoming_present_bytes(in), 0);
    assert_int_equal(stat_of(place, "incoming/key.part").st_size, 0);
    assert_no_notes(place);
    incoming_close(in);
    finish(place, open_reserved(place));
}

static void early_bytes_of_a_file_of_another_size_are_forgotten(void **state)
{
    struct place *place = *state;
    struct err err;
    struct incoming *in = open_part(place);
    assert_ok(incoming_reserve(in, CONTENT_BYTES + 1, &err));
    put_range(in, 0, 1000);
    put_range(in, 2000, 3000);
    incoming_close(in);
    in = open_reserved(place);
    assert_int_equal(incoming_present_bytes(in), 1000);
    assert_no_notes(place);
    finish(place, in);
}

static void whole_blocks_may_pass_the_cache(void **state)
{
    struct place *place = *state;
    void *block = NULL;
    struct err err;
    assert_int_equal(posix_memalign(&block, 4096, MIB), 0);
    struct incoming *in = open_reserved(place);
    for (uint64_t at = 0; at < CONTENT_BYTES; at += MIB) {
        size_t len = CONTENT_BYTES - at < MIB ? CONTENT_BYTES - at : MIB;
        memcpy(block, content() + at, len);
        assert_ok(incoming_write(in, block, len, &err));
    }
    free(block);
    finish(place, in);
}

static void a_reader_outlives_the_commit(void **state)
{
    struct place *place = *state;
    struct err err;
    uint8_t found[100];
    struct incoming *in = open_reserved(place);
    put_range(in, 0, 1000);
    AUTO_FD fd = incoming_reader(in, &err);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "x", 1), -1);
    finish(place, in);
    assert_int_equal(pread(fd, found, sizeof found, CONTENT_BYTES - 100), 100);
    assert_memory_equal(found, content() + CONTENT_BYTES - 100, 100);
}

/* --- notes --- */

static void notes_do_not_grow_with_the_number_of_writes(void **state)
{
    struct place *place = *state;
    struct incoming *in = open_reserved(place);
    enum { WRITES = 40000 };
    for (uint64_t i = 0; i < WRITES; i++) { /* two connections, a few bytes at a time */
        put_range(in, 100 + i * 2, 102 + i * 2);
        put_range(in, 1000000 + i, 1000001 + i);
    }
    assert_in_range(stat_of(place, "incoming/key.have").st_size, 1, 2 * MIB);
    incoming_close(in);
    in = open_reserved(place);
    assert_int_equal(assert_true_notes(in), 3 * WRITES);
    finish(place, in);
}

static void notes_of_one_connection_stay_short(void **state)
{
    struct place *place = *state;
    struct incoming *in = open_reserved(place);
    for (uint64_t i = 1; i < 1000; i++)
        put_range(in, i * 10, i * 10 + 10);
    assert_in_range(stat_of(place, "incoming/key.have").st_size, 1, 200);
    incoming_close(in);
    in = open_reserved(place);
    assert_int_equal(assert_true_notes(in), 9990);
    finish(place, in);
}

static void the_first_bytes_cost_no_other_note(void **state)
{
    struct place *place = *state;
    struct incoming *in = open_reserved(place);
    put_range(in, 5000, 6000);
    put_range(in, 9000, 9500);
    incoming_close(in);
    in = open_reserved(place);
    put_range(in, 0, 10);
    incoming_close(in);
    in = open_reserved(place);
    assert_int_equal(assert_true_notes(in), 1510);
    finish(place, in);
}

/* What a run that was killed may leave: three pieces. */
static void leave_pieces(struct place *place)
{
    struct incoming *in = open_reserved(place);
    put_range(in, 0, 1000);
    put_range(in, 5000, 6000);
    put_range(in, 9000, 10000);
    incoming_close(in);
}

struct damage {
    uint64_t at; /* of the byte that is changed in the notes, or where they are cut */
    int byte;    /* -1: cut */
};

static void damaged_notes_are_not_believed(void **state)
{
    struct place *place = *state;
    static const struct damage damages[] = {
        {0, -1},        /* empty */
        {31, -1},       /* half a header */
        {3, 0},         /* another magic number */
        {8, 2},         /* another version */
        {17, 0},        /* a file of another size, smaller than what is there */
        {16 + 7, 0x80}, /* a file larger than any */
        {32 + 13, 1} /* a range behind the end of the file */,
        {48 + 9, 0}, /* a range that ends before it begins */
    };
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        leave_pieces(place);
        if (damages[i].byte < 0)
            set_size(place, "incoming/key.have", damages[i].at);
        else
            set_byte(place, "incoming/key.have", damages[i].at, (uint8_t)damages[i].byte);
        if (damages[i].at == 17)
            set_byte(place, "incoming/key.have", 18, 0);
        struct incoming *in = open_reserved(place);
        if (incoming_present_bytes(in) != 0)
            fail_msg("damage %zu was believed", i);
        finish(place, in);
    }
}

static void a_cut_record_says_nothing(void **state)
{
    struct place *place = *state;
    leave_pieces(place);
    uint64_t bytes = (uint64_t)stat_of(place, "incoming/key.have").st_size;
    set_size(place, "incoming/key.have", bytes - 1);
    struct incoming *in = open_reserved(place);
    assert_int_equal(assert_true_notes(in), 2000);
    put_range(in, 20000, 30000);
    incoming_close(in);
    in = open_reserved(place);
    assert_int_equal(assert_true_notes(in), 12000);
    finish(place, in);
}

static void notes_about_bytes_behind_the_file_are_not_believed_later_either(void **state)
{
    struct place *place = *state;
    leave_pieces(place);
    set_size(place, "incoming/key.part", 5500);
    struct incoming *in = open_reserved(place);
    assert_int_equal(assert_true_notes(in), 1500);
    put_range(in, 20000, 21000);
    incoming_close(in);
    in = open_reserved(place);
    assert_int_equal(assert_true_notes(in), 2500);
    finish(place, in);
}

static void notes_without_a_part_are_removed(void **state)
{
    struct place *place = *state;
    leave_pieces(place);
    assert_int_equal(unlinkat(place->dir, "incoming/key.part", 0), 0);
    struct incoming *in = open_reserved(place);
    assert_int_equal(incoming_present_bytes(in), 0);
    assert_no_notes(place);
    put_range(in, 0, 9500);
    incoming_close(in);
    in = open_reserved(place);
    assert_int_equal(assert_true_notes(in), 9500);
    finish(place, in);
}

static void a_sweep_takes_notes_along(void **state)
{
    struct place *place = *state;
    struct err err;
    static const char *const keep[] = {"key", NULL}, *const nothing[] = {NULL};
    leave_pieces(place);
    AUTO_FD fresh = openat(place->dir, "incoming/key.have-new", O_WRONLY | O_CREAT, 0600);
    assert_true(fresh >= 0);
    assert_ok(incoming_sweep(place->store, keep, &err));
    assert_true(exists(place, "incoming/key.have"));
    assert_ok(incoming_sweep(place->store, nothing, &err));
    assert_no_notes(place);
    assert_false(exists(place, "incoming/key.part"));
}

/* --- proof --- */

enum { SEGMENT_BYTES = 30011, SEGMENTS = (CONTENT_BYTES + SEGMENT_BYTES - 1) / SEGMENT_BYTES };

static const struct incoming_segment *table(void)
{
    static struct incoming_segment segment[SEGMENTS];
    for (uint64_t i = 0; segment[SEGMENTS - 1].end == 0 && i < SEGMENTS; i++) {
        uint64_t start = i * SEGMENT_BYTES, end = start + SEGMENT_BYTES;
        end = end < CONTENT_BYTES ? end : CONTENT_BYTES;
        segment[i] = (struct incoming_segment){start, end, digest_of(content() + start, end - start)};
    }
    return segment;
}

static void prove(struct incoming *in)
{
    struct err err;
    assert_ok(incoming_prove(in, table(), SEGMENTS, &err));
}

static void assert_gap(const struct incoming *in, uint64_t start, uint64_t end)
{
    struct incoming_range gap = {0, 0};
    assert_true(incoming_gap(in, start, CONTENT_BYTES, &gap));
    assert_int_equal(gap.start, start);
    assert_int_equal(gap.end, end);
}

static void a_flipped_byte_costs_its_segment(void **state)
{
    struct place *place = *state;
    struct incoming *in = open_reserved(place);
    put_range(in, 0, CONTENT_BYTES);
    incoming_close(in);
    const struct incoming_segment *bad = &table()[40];
    set_byte(place, "incoming/key.part", bad->start + 7, 0);
    in = open_reserved(place);
    assert_int_equal(incoming_bytes(in), CONTENT_BYTES);
    prove(in);
    assert_int_equal(incoming_present_bytes(in), CONTENT_BYTES - SEGMENT_BYTES);
    assert_int_equal(incoming_bytes(in), bad->start);
    assert_gap(in, bad->start, bad->end);
    incoming_close(in);
    in = open_reserved(place);
    assert_int_equal(assert_true_notes(in), CONTENT_BYTES - SEGMENT_BYTES);
    finish(place, in);
}

static void a_table_that_is_asked_for_twice_changes_nothing(void **state)
{
    struct place *place = *state;
    struct incoming *in = open_reserved(place);
    put_range(in, 0, CONTENT_BYTES);
    (void)incoming_digest(in);
    prove(in);
    prove(in);
    assert_int_equal(incoming_bytes(in), CONTENT_BYTES);
    finish(place, in);
}

static void bytes_that_were_forgotten_are_hashed_anew(void **state)
{
    struct place *place = *state;
    struct err err;
    struct incoming *in = open_reserved(place);
    put_range(in, 0, 50);
    assert_ok(incoming_write(in, "wrong", 5, &err));
    put_range(in, 55, 10000);
    assert_ok(incoming_forget(in, (struct incoming_range){50, 55}, &err));
    put_range(in, 50, 55);
    finish(place, in);
}

static void a_wrong_whole_can_be_mended_in_place(void **state)
{
    struct place *place = *state;
    struct err err;
    struct incoming *in = open_reserved(place);
    put_range(in, 0, 50);
    assert_ok(incoming_write(in, "wrong", 5, &err));
    put_range(in, 55, CONTENT_BYTES);
    struct digest digest = incoming_digest(in), right = digest_of(content(), CONTENT_BYTES);
    assert_false(digest_equal(&digest, &right));
    prove(in);
    assert_gap(in, 0, SEGMENT_BYTES);
    finish(place, in);
}

static void what_is_right_is_hashed_at_the_same_pass(void **state)
{
    struct place *place = *state;
    struct incoming *in = open_reserved(place);
    put_range(in, 0, MIB);
    put_range(in, 2 * MIB, CONTENT_BYTES);
    incoming_close(in);
    in = open_reserved(place);
    assert_int_equal(incoming_unhashed_bytes(in), MIB);
    prove(in);
    assert_in_range(incoming_unhashed_bytes(in), 0, SEGMENT_BYTES);
    assert_int_equal(incoming_present_bytes(in), CONTENT_BYTES - MIB);
    finish(place, in);
}

static void segments_are_found_again_where_the_notes_are_lost(void **state)
{
    struct place *place = *state;
    struct incoming *in = open_reserved(place);
    put_range(in, 0, 10 * SEGMENT_BYTES);
    put_range(in, 20 * SEGMENT_BYTES + 1, 30 * SEGMENT_BYTES);
    incoming_close(in);
    set_byte(place, "incoming/key.have", 0, 0);
    set_byte(place, "incoming/key.part", 3 * SEGMENT_BYTES, 0);
    set_byte(place, "incoming/key.part", 25 * SEGMENT_BYTES, 0);
    in = open_reserved(place);
    assert_int_equal(incoming_present_bytes(in), 0);
    prove(in);
    assert_int_equal(assert_true_notes(in), 17 * SEGMENT_BYTES);
    assert_int_equal(incoming_bytes(in), 3 * SEGMENT_BYTES);
    struct digest digest = incoming_digest(in), expected = digest_of(content(), 3 * SEGMENT_BYTES);
    assert_true(digest_equal(&digest, &expected));
    incoming_close(in);
    in = open_reserved(place);
    assert_int_equal(assert_true_notes(in), 17 * SEGMENT_BYTES);
    finish(place, in);
}

static void a_table_out_of_order_is_refused(void **state)
{
    struct place *place = *state;
    struct err err;
    struct incoming_segment swapped[2] = {table()[1], table()[0]};
    struct incoming *in = open_reserved(place);
    put_range(in, 0, CONTENT_BYTES);
    assert_fails(incoming_prove(in, swapped, 2, &err), ERR_FAILED);
    finish(place, in);
}

static void what_is_forgotten_is_a_gap(void **state)
{
    struct place *place = *state;
    struct err err;
    struct incoming *in = open_reserved(place);
    put_range(in, 0, 10000);
    assert_ok(incoming_forget(in, (struct incoming_range){8000, UINT64_MAX}, &err));
    assert_int_equal(incoming_bytes(in), 8000);
    assert_no_notes(place);
    assert_ok(incoming_forget(in, (struct incoming_range){2000, 3000}, &err));
    assert_ok(incoming_forget(in, (struct incoming_range){2500, 3500}, &err));
    assert_int_equal(incoming_bytes(in), 2000);
    assert_gap(in, 2000, 3500);
    incoming_close(in);
    in = open_reserved(place);
    assert_int_equal(assert_true_notes(in), 6500);
    finish(place, in);
}

/* --- kills and disks --- */

/* What the child has been promised, where the parent sees it. */
struct promise {
    unsigned len;
    struct incoming_range range[CONTENT_BYTES / 1000];
};

/* Writes pieces in random order, and forgets some, until it is killed. */
static void write_for_ever(struct place *place, struct promise *promise, unsigned seed)
{
    struct err err;
    struct incoming *in = open_reserved(place);
    for (;;) {
        uint64_t start = (uint64_t)rand_r(&seed) % CONTENT_BYTES, len = (uint64_t)rand_r(&seed) % 20000 + 1;
        len = len < CONTENT_BYTES - start ? len : CONTENT_BYTES - start;
        if (!incoming_write_at(in, start, content() + start, len, &err))
            _exit(1);
        if (promise->len < sizeof promise->range / sizeof *promise->range) {
            promise->range[promise->len] = (struct incoming_range){start, start + len};
            __atomic_add_fetch(&promise->len, 1, __ATOMIC_RELEASE);
        }
    }
}

static void kill_a_writer(struct place *place, struct promise *promise, unsigned round)
{
    pid_t child = fork();
    if (child == 0)
        write_for_ever(place, promise, round);
    usleep(300 + round * 977 % 9000);
    kill(child, SIGKILL);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

static void a_kill_loses_nothing_and_invents_nothing(void **state)
{
    struct place *place = *state;
    struct err err;
    static uint8_t found[CONTENT_BYTES];
    (void)content();
    struct promise *promise =
        mmap(NULL, sizeof *promise, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(promise, MAP_FAILED);
    for (unsigned round = 0; round < 40; round++) {
        kill_a_writer(place, promise, round);
        struct incoming *in = open_reserved(place);
        assert_true_notes(in);
        for (unsigned i = 0; i < promise->len; i++) {
            struct incoming_range range = promise->range[i];
            assert_ok(incoming_read_at(in, range.start, found, range.end - range.start, &err));
        }
        if (round % 10 == 9) {
            promise->len = 0;
            finish(place, in);
        } else {
            incoming_close(in);
        }
    }
    munmap(promise, sizeof *promise);
}

static const char *fail_to_write_back(struct place *place)
{
    struct err err = {0};
    struct incoming *in;
    static const uint8_t block[MIB];
    refuse(SYS_sync_file_range, EIO);
    if (!incoming_open(place->store, "key", &in, &err) || !incoming_reserve(in, (uint64_t)400 * MIB, &err) ||
        !incoming_write_at(in, 300 * (uint64_t)MIB, block, 1, &err))
        return mem_strdup(err.msg);
    uint64_t written = 0;
    while (written < 40 && incoming_write_at(in, written * MIB, block, MIB, &err))
        written++;
    if (written == 40)
        return "a failed write-back went unnoticed";
    if (incoming_present_bytes(in) != 0)
        return "bytes that never reached the disk are believed";
    incoming_close(in);
    return stat_of(place, "incoming/key.part").st_size == 0 && !exists(place, "incoming/key.have")
               ? NULL
               : "bytes that never reached the disk stayed";
}

static void a_failed_write_back_takes_early_bytes_along(void **state)
{
    in_child(fail_to_write_back, *state);
    finish(*state, open_reserved(*state));
}

/* On a file system of 2 MiB: writes from both ends until it is full, and looks at what is there then. */
static const char *fill_a_small_disk(struct place *place)
{
    struct err err = {0};
    struct incoming *in;
    if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount("tmpfs", place->path, "tmpfs", 0, "size=2m"))
        _exit(77);
    struct place small = *place;
    small.dir = open(place->path, O_RDONLY | O_DIRECTORY);
    if (!store_open(place->path, false, &small.store, &err) || !incoming_open(small.store, "key", &in, &err))
        return mem_strdup(err.msg);
    if (incoming_reserve(in, CONTENT_BYTES, &err) || err.code != ERR_NO_SPACE)
        return "3 MiB fitted into 2";
    if (!incoming_reserve(in, MIB, &err))
        return mem_strdup(err.msg);
    uint8_t *rest = mem_new(1, MIB);
    AUTO_FD hog = openat(small.dir, "hog", O_WRONLY | O_CREAT, 0600);
    while (write(hog, rest, MIB) > 0)
        continue;
    free(rest);
    uint64_t start = 0;
    for (; start < MIB / 2; start += 5000)
        if (!incoming_write_at(in, MIB - start - 5000, content() + MIB - start - 5000, 5000, &err))
            break;
    incoming_close(in);
    in = open_part(&small);
    if (incoming_present_bytes(in) != start || assert_true_notes(in) != start)
        return "the notes are wrong";
    return NULL;
}

static void a_full_disk_leaves_true_notes(void **state)
{
    in_child(fill_a_small_disk, *state);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(any_order_gives_the_right_digest),
        TEST(the_frontier_leaps_over_what_came_early),
        TEST(one_write_reads_only_so_much_back),
        TEST(what_lies_before_the_frontier_is_not_written_again),
        TEST(what_came_early_can_be_written_over),
        TEST(what_makes_no_sense_is_refused),
        TEST(a_part_with_gaps_becomes_no_object),
        TEST(a_restart_forgets_early_bytes_too),
        TEST(early_bytes_of_a_file_of_another_size_are_forgotten),
        TEST(whole_blocks_may_pass_the_cache),
        TEST(a_reader_outlives_the_commit),
        TEST(notes_do_not_grow_with_the_number_of_writes),
        TEST(notes_of_one_connection_stay_short),
        TEST(the_first_bytes_cost_no_other_note),
        TEST(damaged_notes_are_not_believed),
        TEST(a_cut_record_says_nothing),
        TEST(notes_about_bytes_behind_the_file_are_not_believed_later_either),
        TEST(notes_without_a_part_are_removed),
        TEST(a_sweep_takes_notes_along),
        TEST(a_flipped_byte_costs_its_segment),
        TEST(a_table_that_is_asked_for_twice_changes_nothing),
        TEST(bytes_that_were_forgotten_are_hashed_anew),
        TEST(a_wrong_whole_can_be_mended_in_place),
        TEST(what_is_right_is_hashed_at_the_same_pass),
        TEST(segments_are_found_again_where_the_notes_are_lost),
        TEST(a_table_out_of_order_is_refused),
        TEST(what_is_forgotten_is_a_gap),
        TEST(a_kill_loses_nothing_and_invents_nothing),
        TEST(a_failed_write_back_takes_early_bytes_along),
        TEST(a_full_disk_leaves_true_notes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

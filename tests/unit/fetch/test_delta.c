/* A file put together from what is at hand and what is fetched: how much is asked for, and what is believed.
 */
#include "ranges.h"

#include "ringmgr/fetch/plan.h"

#include <sys/mman.h>

enum { PIECE = 16 * KIB, PIECES = (CONTENT_BYTES + PIECE - 1) / PIECE, SHIFT = 1000, EVERY = 10 };

/* --- who serves --- */

enum trick { RIGHT, BACKWARDS, LEAVES_OUT, ADDS, SHIFTED, UNENDED };

static size_t part_text(struct asked part, char text[300])
{
    return (size_t)snprintf(text, 300,
                            "\r\n--limit\r\nContent-Type: x/y\r\nContent-Range: bytes %zu-%zu/%d\r\n\r\n",
                            part.start, part.end - 1, CONTENT_BYTES);
}

/* All ranges asked for in one answer, or what the trick makes of them. */
static void serve_parts(const struct request *request, const uint8_t *bytes, enum trick trick)
{
    struct asked part[PLAN_REQUEST_RANGES + 1], swap;
    char text[300];
    size_t len = asked_ranges(request, CONTENT_BYTES, part, PLAN_REQUEST_RANGES), total = 0;
    if (len < 2) {
        serve_range(request, bytes, CONTENT_BYTES, "\"v1\"");
        return;
    }
    if (trick == LEAVES_OUT)
        part[0] = part[--len];
    if (trick == ADDS)
        part[len - 1] = (struct asked){0, PIECE}; /* which nobody has asked for */
    for (size_t i = 0; trick == BACKWARDS && i < len / 2; i++) {
        swap = part[i];
        part[i] = part[len - 1 - i];
        part[len - 1 - i] = swap;
    }
    for (size_t i = 0; i < len; i++)
        total += part_text(part[i], text) + part[i].end - part[i].start;
    server_head(request,
                "HTTP/1.1 206 Parts\r\nETag: \"v1\"\r\nContent-Type: multipart/byteranges; boundary=limit\r\n"
                "Content-Length: %zu\r\n",
                total + (trick == UNENDED ? 0 : strlen("\r\n--limit--\r\n")));
    for (size_t i = 0; i < len; i++) {
        server_send(request, text, part_text(part[i], text));
        server_send(request, bytes + part[i].start + (trick == SHIFTED), part[i].end - part[i].start);
    }
    if (trick != UNENDED)
        server_send(request, "\r\n--limit--\r\n", strlen("\r\n--limit--\r\n"));
}

static void multi(struct request *request)
{
    serve_parts(request, content, RIGHT);
}

static void backwards(struct request *request)
{
    serve_parts(request, content, BACKWARDS);
}

static void leaves_out(struct request *request)
{
    serve_parts(request, content, LEAVES_OUT);
}

static void adds(struct request *request)
{
    serve_parts(request, content, ADDS);
}

static void unended(struct request *request)
{
    serve_parts(request, content, UNENDED);
}

static void shifted_once(struct request *request)
{
    serve_parts(request, content, request->number == 1 ? SHIFTED : RIGHT);
}

static void shifted(struct request *request)
{
    serve_parts(request, content, SHIFTED);
}

/* The first time a byte in the middle of what is sent is not what it should be. */
enum { SPOILT_PIECE = 10 * (PIECES / 20) + 3 };

static void spoils_one_once(struct request *request)
{
    uint8_t *bytes = mem_new(1, CONTENT_BYTES);
    memcpy(bytes, content, CONTENT_BYTES);
    bytes[SPOILT_PIECE * PIECE + 9] ^= request->number == 1;
    serve_parts(request, bytes, RIGHT);
    free(bytes);
}

/* Several ranges: the whole file, or the first range alone. */
static void whole_for_many(struct request *request)
{
    struct asked part[2];
    if (asked_ranges(request, CONTENT_BYTES, part, 2) == 2)
        server_file(request, content, CONTENT_BYTES, "\"v2\"");
    else
        serve_range(request, content, CONTENT_BYTES, "\"v1\"");
}

static void first_of_many(struct request *request)
{
    serve_range(request, content, CONTENT_BYTES, "\"v1\"");
}

static bool asks_several(const struct request *request)
{
    struct asked part[2];
    return asked_ranges(request, CONTENT_BYTES, part, 2) == 2;
}

/* Several ranges: an answer in which there is nothing. */
static void nothing_for_many(struct request *request)
{
    static const char body[] = "--limit--\r\n";
    if (asks_several(request))
        server_text(request, "206 Parts",
                    "ETag: \"v1\"\r\nContent-Type: multipart/byteranges; boundary=limit\r\n", body);
    else
        serve_range(request, content, CONTENT_BYTES, "\"v1\"");
}

/* Several ranges: of the first its first byte. */
static void a_byte_for_many(struct request *request)
{
    struct asked part[2];
    char text[300], body[400];
    if (asked_ranges(request, CONTENT_BYTES, part, 2) < 2) {
        serve_range(request, content, CONTENT_BYTES, "\"v1\"");
        return;
    }
    part[0].end = part[0].start + 1;
    size_t len = part_text(part[0], text);
    int total =
        snprintf(body, sizeof body, "%.*s%c\r\n--limit--\r\n", (int)len, text, content[part[0].start]);
    server_head(request,
                "HTTP/1.1 206 Parts\r\nETag: \"v1\"\r\nContent-Type: multipart/byteranges; boundary=limit\r\n"
                "Content-Length: %d\r\n",
                total);
    server_send(request, body, (size_t)total);
}

static void refuses_many(struct request *request)
{
    if (asks_several(request))
        server_text(request, "403 No", "", "");
    else
        serve_range(request, content, CONTENT_BYTES, "\"v1\"");
}

static void fails_at_many(struct request *request)
{
    if (asks_several(request))
        server_text(request, "503 No", "", "");
    else
        serve_range(request, content, CONTENT_BYTES, "\"v1\"");
}

static void no_ranges(struct request *request)
{
    server_head(request, "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: %d\r\n", CONTENT_BYTES);
    server_send(request, content, CONTENT_BYTES);
}

/* Ranges of another file under the same name; whole, it is the right one. */
static void wrong_ranges(struct request *request)
{
    struct asked part[1];
    if (asked_ranges(request, CONTENT_BYTES, part, 1) == 0)
        no_ranges(request);
    else
        serve_parts(request, other, RIGHT);
}

/* --- what is at hand --- */

struct at_hand {
    struct scene scene;
    struct plan_piece piece[PIECES];
    struct plan_source source;
    struct fetch_plan plan;
    uint64_t missing;
};

/* An older file: the same bytes, all a little further behind; every tenth piece is new. */
static void open_at_hand(struct at_hand *at_hand, void (*answer)(struct request *))
{
    memset(at_hand, 0, sizeof *at_hand);
    begin(&at_hand->scene, answer);
    static char name[] = "old";
    at_hand->source.name = name;
    at_hand->source.fd = memfd_create("old", MFD_CLOEXEC);
    assert_int_equal(pwrite(at_hand->source.fd, content, CONTENT_BYTES, SHIFT), CONTENT_BYTES);
    for (uint32_t i = 0; i < PIECES; i++) {
        struct plan_piece *piece = &at_hand->piece[i];
        piece->start = i * PIECE;
        piece->end = i + 1 == PIECES ? CONTENT_BYTES : (i + 1) * PIECE;
        piece->source = i % EVERY == 3 ? PLAN_FETCH : 0;
        piece->at = piece->start + SHIFT;
        piece->digest = digest_of(content + piece->start, piece->end - piece->start);
        at_hand->missing += i % EVERY == 3 ? piece->end - piece->start : 0;
    }
    at_hand->plan = (struct fetch_plan){.piece = at_hand->piece,
                                        .len = PIECES,
                                        .total_bytes = CONTENT_BYTES,
                                        .source = &at_hand->source,
                                        .sources = 1};
    assert_true(plan_is_sound(&at_hand->plan));
    at_hand->scene.transfer.plan = &at_hand->plan;
}

static void close_at_hand(struct at_hand *at_hand)
{
    close(at_hand->source.fd);
    end(&at_hand->scene);
}

static void spoil_source(const struct at_hand *at_hand, size_t piece)
{
    uint8_t wrong = (uint8_t)(content[piece * PIECE + 7] ^ 1);
    assert_int_equal(pwrite(at_hand->source.fd, &wrong, 1, (off_t)(piece * PIECE + 7 + SHIFT)), 1);
}

/* --- what is asked for --- */

static void several_ranges_are_one_request(void **state)
{
    (void)state;
    struct at_hand at_hand;
    open_at_hand(&at_hand, multi);
    assert_done(&at_hand.scene);
    const struct transfer *transfer = &at_hand.scene.transfer;
    assert_in_range(transfer->fetched_bytes, at_hand.missing, at_hand.missing + at_hand.missing / 50);
    assert_int_equal(transfer->copied_bytes, CONTENT_BYTES - at_hand.missing);
    assert_int_equal(at_hand.scene.server.requests, 1);
    assert_false(at_hand.source.rotten);
    close_at_hand(&at_hand);
}

static void answers_need_no_order(void **state)
{
    (void)state;
    struct at_hand at_hand;
    open_at_hand(&at_hand, backwards);
    assert_done(&at_hand.scene);
    assert_int_equal(at_hand.scene.server.requests, 1);
    close_at_hand(&at_hand);
}

static unsigned asked_several(struct server *server)
{
    unsigned several = 0;
    for (unsigned n = 1; n <= server->requests; n++)
        several += asks_several(server_asked(server, n));
    return several;
}

static void whoever_knows_single_ranges_only_is_asked_for_those(void **state)
{
    (void)state;
    void (*const servers[])(struct request *) = {whole_for_many, first_of_many};
    for (size_t i = 0; i < 2; i++) {
        struct at_hand at_hand;
        open_at_hand(&at_hand, servers[i]);
        assert_done(&at_hand.scene);
        const struct transfer *transfer = &at_hand.scene.transfer;
        assert_in_range(transfer->fetched_bytes, at_hand.missing, at_hand.missing + at_hand.missing / 10);
        assert_int_equal(asked_several(&at_hand.scene.server), 1);
        close_at_hand(&at_hand);
    }
}

static void whoever_does_not_bring_several_ranges_is_asked_for_single_ones(void **state)
{
    (void)state;
    void (*const servers[])(struct request *) = {nothing_for_many, a_byte_for_many, refuses_many,
                                                 fails_at_many};
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        struct at_hand at_hand;
        open_at_hand(&at_hand, servers[i]);
        assert_done(&at_hand.scene);
        assert_in_range(asked_several(&at_hand.scene.server), 1, 2);
        close_at_hand(&at_hand);
    }
}

static void whoever_knows_no_ranges_sends_it_whole(void **state)
{
    (void)state;
    struct at_hand at_hand;
    open_at_hand(&at_hand, no_ranges);
    assert_done(&at_hand.scene);
    assert_in_range(at_hand.scene.server.requests, 2, 3);
    close_at_hand(&at_hand);
}

static void a_plan_that_saves_nothing_is_not_followed(void **state)
{
    (void)state;
    struct at_hand at_hand;
    open_at_hand(&at_hand, multi);
    for (size_t i = 1; i < PIECES; i++)
        at_hand.piece[i].source = PLAN_FETCH;
    assert_done(&at_hand.scene);
    assert_int_equal(at_hand.scene.server.requests, 1);
    assert_field(&at_hand.scene.server, 1, "Range", NULL);
    close_at_hand(&at_hand);
}

static void everything_at_hand_asks_nothing(void **state)
{
    (void)state;
    struct at_hand at_hand;
    open_at_hand(&at_hand, multi);
    for (size_t i = 0; i < PIECES; i++)
        at_hand.piece[i].source = 0;
    assert_done(&at_hand.scene);
    assert_int_equal(at_hand.scene.server.requests, 0);
    close_at_hand(&at_hand);
}

/*
 * One half at hand, and in the other small pieces between large ones that are fetched: with several ranges a
 * request they are copied, with single ones fetched along.
 */
static void make_crumbs(struct at_hand *at_hand)
{
    enum { CRUMB = 512 };
    size_t len = 0;
    at_hand->missing = 0;
    for (uint32_t start = 0; start < CONTENT_BYTES; len++) {
        bool crumb = start >= 2 * MIB && len % 2;
        uint32_t end = start + (crumb ? CRUMB : 2 * PIECE);
        end = end < CONTENT_BYTES ? end : CONTENT_BYTES;
        at_hand->piece[len] = (struct plan_piece){.start = start,
                                                  .end = end,
                                                  .source = start >= 2 * MIB && !crumb ? PLAN_FETCH : 0,
                                                  .at = start + SHIFT,
                                                  .digest = digest_of(content + start, end - start)};
        at_hand->missing += at_hand->piece[len].source == PLAN_FETCH ? end - start : 0;
        start = end;
    }
    at_hand->plan.len = len;
    assert_true(plan_is_sound(&at_hand->plan));
}

static void what_is_left_is_planned_anew_for_single_ranges(void **state)
{
    (void)state;
    void (*const servers[])(struct request *) = {first_of_many, whole_for_many, refuses_many};
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        struct at_hand at_hand;
        open_at_hand(&at_hand, servers[i]);
        make_crumbs(&at_hand);
        assert_done(&at_hand.scene);
        const struct transfer *transfer = &at_hand.scene.transfer;
        assert_in_range(transfer->fetched_bytes, at_hand.missing, at_hand.missing + at_hand.missing / 10);
        assert_in_range(at_hand.scene.server.requests, 1, 5);
        close_at_hand(&at_hand);
    }
}

/* --- what is believed --- */

static void answers_with_other_parts_are_made_good(void **state)
{
    (void)state;
    void (*const servers[])(struct request *) = {leaves_out, adds, unended, shifted_once};
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        struct at_hand at_hand;
        open_at_hand(&at_hand, servers[i]);
        assert_done(&at_hand.scene);
        assert_in_range(at_hand.scene.transfer.fetched_bytes, at_hand.missing, at_hand.missing * 5 / 2);
        close_at_hand(&at_hand);
    }
}

static void a_wrong_piece_is_asked_for_past_caches(void **state)
{
    (void)state;
    struct at_hand at_hand;
    open_at_hand(&at_hand, shifted_once);
    assert_done(&at_hand.scene);
    assert_field(&at_hand.scene.server, 1, "Cache-Control", NULL);
    assert_field(&at_hand.scene.server, 2, "Cache-Control", "no-cache");
    close_at_hand(&at_hand);
}

static void pieces_that_are_wrong_twice_end_the_plan(void **state)
{
    (void)state;
    void (*const servers[])(struct request *) = {wrong_ranges, shifted};
    for (size_t i = 0; i < 2; i++) {
        struct at_hand at_hand;
        open_at_hand(&at_hand, servers[i]);
        assert_done(&at_hand.scene);
        assert_field(&at_hand.scene.server, at_hand.scene.server.requests, "Range", NULL);
        close_at_hand(&at_hand);
    }
}

static void of_a_wrong_whole_only_the_wrong_piece_comes_again(void **state)
{
    (void)state;
    struct at_hand at_hand;
    struct asked part[2];
    open_at_hand(&at_hand, spoils_one_once);
    assert_done(&at_hand.scene);
    const struct transfer *transfer = &at_hand.scene.transfer;
    assert_in_range(transfer->fetched_bytes, at_hand.missing + PIECE, at_hand.missing * 51 / 50 + PIECE);
    assert_int_equal(at_hand.scene.server.requests, 2);
    assert_int_equal(asked_ranges(server_asked(&at_hand.scene.server, 2), CONTENT_BYTES, part, 2), 1);
    assert_int_equal(part[0].start, SPOILT_PIECE * PIECE);
    assert_int_equal(part[0].end, (SPOILT_PIECE + 1) * PIECE);
    assert_field(&at_hand.scene.server, 2, "Cache-Control", "no-cache");
    close_at_hand(&at_hand);
}

/* Pieces of many blocks, of which the second is to be fetched. */
static void make_large(struct at_hand *at_hand)
{
    enum { LARGE = 1200 * KIB };
    at_hand->plan.len = 0;
    for (uint32_t start = 0; start < CONTENT_BYTES; start += LARGE) {
        uint32_t end = start + LARGE < CONTENT_BYTES ? start + LARGE : CONTENT_BYTES;
        at_hand->piece[at_hand->plan.len] =
            (struct plan_piece){.start = start,
                                .end = end,
                                .source = at_hand->plan.len == 1 ? PLAN_FETCH : 0,
                                .at = start + SHIFT,
                                .digest = digest_of(content + start, end - start)};
        at_hand->plan.len++;
    }
    at_hand->missing = LARGE;
    assert_true(plan_is_sound(&at_hand->plan));
}

static void large_pieces_are_copied_and_proven(void **state)
{
    (void)state;
    struct at_hand at_hand;
    open_at_hand(&at_hand, multi);
    make_large(&at_hand);
    assert_done(&at_hand.scene);
    assert_int_equal(at_hand.scene.transfer.fetched_bytes, at_hand.missing);
    assert_int_equal(at_hand.scene.transfer.copied_bytes, CONTENT_BYTES - at_hand.missing);
    close_at_hand(&at_hand);
    open_at_hand(&at_hand, multi);
    make_large(&at_hand);
    spoil_source(&at_hand, 2 * 75 + 60); /* in the second block of the third */
    assert_done(&at_hand.scene);
    assert_true(at_hand.source.rotten);
    assert_int_equal(at_hand.scene.transfer.fetched_bytes, at_hand.missing * 2);
    close_at_hand(&at_hand);
}

static void a_rotten_piece_is_fetched_and_reported(void **state)
{
    (void)state;
    struct at_hand at_hand;
    open_at_hand(&at_hand, multi);
    spoil_source(&at_hand, 5);
    spoil_source(&at_hand, PIECES - 2);
    assert_done(&at_hand.scene);
    assert_true(at_hand.source.rotten);
    uint64_t missing = at_hand.missing + 2 * PIECE;
    assert_in_range(at_hand.scene.transfer.fetched_bytes, missing, missing + missing / 10);
    close_at_hand(&at_hand);
}

/* Nothing is read twice for it: a wrong piece does not get into the part at all. */
static void pieces_of_a_doubtful_source_are_proven_first(void **state)
{
    (void)state;
    struct at_hand at_hand;
    open_at_hand(&at_hand, multi);
    at_hand.source.doubtful = true;
    spoil_source(&at_hand, 5);
    assert_done(&at_hand.scene);
    const struct transfer *transfer = &at_hand.scene.transfer;
    assert_true(at_hand.source.rotten);
    assert_int_equal(transfer->copied_bytes, CONTENT_BYTES - at_hand.missing - PIECE);
    close_at_hand(&at_hand);
}

static void another_file_as_source_is_noticed_by_its_first_piece(void **state)
{
    (void)state;
    struct at_hand at_hand;
    open_at_hand(&at_hand, multi);
    assert_int_equal(pwrite(at_hand.source.fd, other, CONTENT_BYTES, SHIFT), CONTENT_BYTES);
    assert_done(&at_hand.scene);
    assert_true(at_hand.source.rotten);
    assert_int_equal(at_hand.scene.transfer.copied_bytes, 0);
    close_at_hand(&at_hand);
}

static void a_source_that_is_cut_short_is_rotten(void **state)
{
    (void)state;
    struct at_hand at_hand;
    open_at_hand(&at_hand, multi);
    assert_int_equal(ftruncate(at_hand.source.fd, CONTENT_BYTES / 2), 0);
    assert_done(&at_hand.scene);
    assert_true(at_hand.source.rotten);
    close_at_hand(&at_hand);
}

/* --- the file itself as a source, and what an earlier run has left --- */

static void pieces_that_come_twice_are_fetched_once(void **state)
{
    (void)state;
    struct at_hand at_hand;
    uint8_t before[PIECE];
    memcpy(before, content + 90 * PIECE, PIECE);
    memcpy(content + 90 * PIECE, content + 3 * PIECE, PIECE); /* 3 is fetched */
    struct digest digest = digest_of(content, sizeof content);
    open_at_hand(&at_hand, multi);
    at_hand.piece[90].source = PLAN_SELF;
    at_hand.piece[90].at = 3 * PIECE;
    assert_true(plan_is_sound(&at_hand.plan));
    at_hand.scene.transfer.expect = &digest;
    assert_done(&at_hand.scene);
    assert_in_range(at_hand.scene.transfer.fetched_bytes, at_hand.missing,
                    at_hand.missing + at_hand.missing / 50);
    close_at_hand(&at_hand);
    memcpy(content + 90 * PIECE, before, PIECE);
}

/* An earlier run has brought so much, with one byte that is wrong, and the origin has no validators. */
static void leave_part(struct at_hand *at_hand, size_t bytes, size_t wrong)
{
    struct transfer *transfer = &at_hand->scene.transfer;
    struct err err;
    uint8_t *left = mem_new(1, bytes);
    memcpy(left, content, bytes);
    left[wrong] ^= 1;
    assert_ok(incoming_reserve(transfer->in, CONTENT_BYTES, &err));
    assert_ok(incoming_write(transfer->in, left, bytes, &err));
    incoming_close(transfer->in);
    free(left);
    assert_ok(incoming_open(at_hand->scene.store, "x", &transfer->in, &err));
}

static void what_was_left_of_a_piece_at_hand_is_made_good(void **state)
{
    (void)state;
    struct at_hand at_hand;
    open_at_hand(&at_hand, multi);
    leave_part(&at_hand, 40 * PIECE + 5000, 40 * PIECE + 4500);
    assert_done(&at_hand.scene);
    assert_true(at_hand.scene.transfer.fetched_bytes <= at_hand.missing);
    close_at_hand(&at_hand);
}

static void what_is_proven_is_kept_where_the_rest_is_worth_no_plan(void **state)
{
    (void)state;
    struct at_hand at_hand;
    open_at_hand(&at_hand, multi);
    for (size_t i = 0; i < PIECES; i++)
        at_hand.piece[i].source = PLAN_FETCH;
    leave_part(&at_hand, 200 * PIECE, 13 * PIECE + 1);
    assert_done(&at_hand.scene);
    uint64_t rest = CONTENT_BYTES - 199 * PIECE;
    assert_in_range(at_hand.scene.transfer.fetched_bytes, rest, rest + 100);
    close_at_hand(&at_hand);
}

static void what_an_earlier_run_left_is_proven(void **state)
{
    (void)state;
    struct at_hand at_hand;
    open_at_hand(&at_hand, multi);
    struct transfer *transfer = &at_hand.scene.transfer;
    leave_part(&at_hand, 40 * PIECE, 13 * PIECE + 1); /* a piece to fetch */
    assert_done(&at_hand.scene);
    uint64_t there = 3 * PIECE; /* 3, 23 and 33 */
    assert_in_range(transfer->fetched_bytes, at_hand.missing - there,
                    at_hand.missing - there + at_hand.missing / 50);
    close_at_hand(&at_hand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_ranges_are_one_request),
        cmocka_unit_test(answers_need_no_order),
        cmocka_unit_test(whoever_knows_single_ranges_only_is_asked_for_those),
        cmocka_unit_test(whoever_does_not_bring_several_ranges_is_asked_for_single_ones),
        cmocka_unit_test(whoever_knows_no_ranges_sends_it_whole),
        cmocka_unit_test(what_is_left_is_planned_anew_for_single_ranges),
        cmocka_unit_test(a_plan_that_saves_nothing_is_not_followed),
        cmocka_unit_test(everything_at_hand_asks_nothing),
        cmocka_unit_test(answers_with_other_parts_are_made_good),
        cmocka_unit_test(a_wrong_piece_is_asked_for_past_caches),
        cmocka_unit_test(pieces_that_are_wrong_twice_end_the_plan),
        cmocka_unit_test(of_a_wrong_whole_only_the_wrong_piece_comes_again),
        cmocka_unit_test(large_pieces_are_copied_and_proven),
        cmocka_unit_test(a_rotten_piece_is_fetched_and_reported),
        cmocka_unit_test(pieces_of_a_doubtful_source_are_proven_first),
        cmocka_unit_test(another_file_as_source_is_noticed_by_its_first_piece),
        cmocka_unit_test(a_source_that_is_cut_short_is_rotten),
        cmocka_unit_test(pieces_that_come_twice_are_fetched_once),
        cmocka_unit_test(what_an_earlier_run_left_is_proven),
        cmocka_unit_test(what_was_left_of_a_piece_at_hand_is_made_good),
        cmocka_unit_test(what_is_proven_is_kept_where_the_rest_is_worth_no_plan),
    };
    return cmocka_run_group_tests(tests, make_contents, NULL);
}

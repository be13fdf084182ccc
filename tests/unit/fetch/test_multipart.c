/* Bodies with several ranges: real ones at every split of their bytes, and hostile ones. */
#include "test.h"

#include "ringmgr/fetch/multipart.h"

#define TYPE "multipart/byteranges; boundary=00000000000000000001"
#define DASH "--00000000000000000001"

/* As nginx 1.22 answers "Range: bytes=2-4,8-8": an empty line first, no charset. */
static const char NGINX[] =
    "\r\n" DASH "\r\nContent-Type: application/octet-stream\r\n"
    "Content-Range: bytes 2-4/10\r\n\r\ncde\r\n" DASH "\r\nContent-Type: application/octet-stream\r\n"
    "Content-Range: bytes 8-8/10\r\n\r\ni\r\n" DASH "--\r\n";

/* What came, as text: "[2-4/10]cde[8-8/10]i". */
struct heard {
    struct buf text;
    int parts_wanted; /* on_part() says no after so many; 0: never */
    bool data_unwanted;
};

static bool hear_part(void *owner, uint64_t first, uint64_t last, uint64_t total)
{
    struct heard *heard = owner;
    if (total == LENGTH_UNKNOWN)
        buf_printf(&heard->text, "[%llu-%llu/*]", (unsigned long long)first, (unsigned long long)last);
    else
        buf_printf(&heard->text, "[%llu-%llu/%llu]", (unsigned long long)first, (unsigned long long)last,
                   (unsigned long long)total);
    return heard->parts_wanted == 0 || --heard->parts_wanted > 0;
}

static bool hear_data(void *owner, const void *bytes, size_t len)
{
    struct heard *heard = owner;
    assert_true(len > 0);
    buf_append(&heard->text, bytes, len);
    return !heard->data_unwanted;
}

static bool begin(struct multipart *multipart, const char *type, struct heard *heard)
{
    const struct multipart_events events = {hear_part, hear_data, heard};
    return multipart_begin(multipart, type, 3, &events);
}

/* One piece of exactly its size, so that a sanitizer sees a byte read too far. */
static enum multipart_result feed_tight(struct multipart *multipart, const char *bytes, size_t len)
{
    char *copy = malloc(len ? len : 1);
    memcpy(copy, bytes, len);
    enum multipart_result result = multipart_feed(multipart, copy, len);
    free(copy);
    return result;
}

static void expect(const char *type, const char *body, const char *text, bool over)
{
    struct heard heard = {0};
    struct multipart multipart;
    assert_true(begin(&multipart, type, &heard));
    assert_int_equal(feed_tight(&multipart, body, strlen(body)), MULTIPART_MORE);
    assert_string_equal(buf_text(&heard.text), text);
    assert_int_equal(multipart_is_over(&multipart), over);
    buf_clear(&heard.text);
}

static void expect_bad(const char *body, const char *problem)
{
    struct heard heard = {0};
    struct multipart multipart;
    assert_true(begin(&multipart, TYPE, &heard));
    for (size_t i = 0; body[i]; i++)
        if (feed_tight(&multipart, body + i, 1) == MULTIPART_BAD)
            break;
    if (!multipart.problem || !strstr(multipart.problem, problem))
        fail_msg("not \"%s\" but \"%s\"", problem, multipart.problem ? multipart.problem : "taken");
    assert_int_equal(multipart_feed(&multipart, "x", 1), MULTIPART_BAD);
    assert_false(multipart_is_over(&multipart));
    buf_clear(&heard.text);
}

static void reads_what_nginx_answers(void **state)
{
    (void)state;
    expect(TYPE, NGINX, "[2-4/10]cde[8-8/10]i", true);
}

/* Apache quotes nothing and repeats headers; others write charset, quote the boundary, pad it, say "*". */
static void reads_other_spellings(void **state)
{
    (void)state;
    expect("Multipart/ByteRanges;charset=x; Boundary=\"a b\"",
           "hello\r\n--a b  \r\ncontent-RANGE:\tBytes 0-0/*\r\n"
           "\r\nx\r\n--a b--",
           "[0-0/*]x", false);
    expect("multipart/byteranges;boundary=z",
           "--z\r\nContent-Range: bytes 0-2/3 \r\nX: y\r\n\r\n--z\r\n--z--\r\nbye", "[0-2/3]--z", true);
    expect("multipart/byteranges;boundary=z", "--z--\r\n", "", true);
}

static void every_split_gives_the_same(void **state)
{
    (void)state;
    for (size_t first = 0; first < sizeof NGINX - 1; first++) {
        for (size_t second = first; second < sizeof NGINX - 1; second += 1 + second % 7) {
            struct heard heard = {0};
            struct multipart multipart;
            assert_true(begin(&multipart, TYPE, &heard));
            assert_int_equal(feed_tight(&multipart, NGINX, first), MULTIPART_MORE);
            assert_int_equal(feed_tight(&multipart, NGINX + first, second - first), MULTIPART_MORE);
            assert_false(multipart_is_over(&multipart));
            assert_int_equal(feed_tight(&multipart, NGINX + second, sizeof NGINX - 1 - second),
                             MULTIPART_MORE);
            assert_string_equal(buf_text(&heard.text), "[2-4/10]cde[8-8/10]i");
            assert_true(multipart_is_over(&multipart));
            buf_clear(&heard.text);
        }
    }
}

static void a_cut_body_is_not_over(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof NGINX - 3; len++) {
        struct heard heard = {0};
        struct multipart multipart;
        assert_true(begin(&multipart, TYPE, &heard));
        assert_int_equal(feed_tight(&multipart, NGINX, len), MULTIPART_MORE);
        assert_false(multipart_is_over(&multipart));
        buf_clear(&heard.text);
    }
}

#define TEN     "1234567890"
#define LONGEST "multipart/byteranges; boundary=" TEN TEN TEN TEN TEN TEN TEN

static void other_content_types_are_none(void **state)
{
    static const char *const types[] = {
        "application/octet-stream",
        "multipart/byteranges",
        "multipart/byteranges; boundary=",
        "multipart/byteranges; boundary=\"",
        "multipart/byteranges; boundary=\"a",
        "multipart/mixed; boundary=a",
        "multipart/byterangesx; boundary=a",
        "multipart/byteranges; boundary=\"a\\\"b\"",
        "multipart/byteranges; boundary=\"a \"",
        "multipart/byteranges, boundary=a",
        LONGEST "1",
        "multipart/byteranges; boundary=a{b",
        "multipart/byteranges; =a; boundary=b",
    };
    struct heard heard = {0};
    struct multipart multipart;
    (void)state;
    assert_false(begin(&multipart, NULL, &heard));
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (begin(&multipart, types[i], &heard))
            fail_msg("%s is taken", types[i]);
    assert_true(begin(&multipart, LONGEST, &heard));
}

static void hostile_bodies_are_bad(void **state)
{
    static char flood[LIMIT_MULTIPART_HEAD_BYTES + 100];
    (void)state;
    expect_bad(DASH "\r\n\r\nx", "without a Content-Range");
    expect_bad(DASH "\r\nContent-Range: bytes */10\r\n", "malformed");
    expect_bad(DASH "\r\nContent-Range: bytes 5-4/10\r\n", "malformed");
    expect_bad(DASH "\r\nContent-Range: bytes 0-10/10\r\n", "malformed");
    expect_bad(DASH "\r\nContent-Range: bytes 0-18446744073709551616/*\r\n", "malformed");
    expect_bad(DASH "\r\nContent-Range: bytes 0-1/10\r\nContent-Range: bytes 0-1/10\r\n", "two");
    expect_bad(DASH "\r\nno header\r\n", "malformed header");
    expect_bad(DASH "\r\nA: b\r\n c\r\n", "malformed header");
    expect_bad(DASH "\r\nContent-Range: bytes 0-1/10\r\n\r\nabcd\r\n", "no delimiter");
    expect_bad(DASH "\r\nContent-Range: bytes 0-1/10\r\n\r\nab\r\n\r\n", "no delimiter");
    expect_bad(DASH "\r\nContent-Range: bytes 0-1/10\r\n\r\nab\r\n--1\r\n", "no delimiter");
    expect_bad(DASH "\nContent-Range: bytes 0-1/10\n\n", "CR LF");
    memset(flood, 'x', LIMIT_MULTIPART_LINE_BYTES);
    expect_bad(flood, "too long");
    for (size_t i = 0; i + 4 < sizeof flood; i += 4)
        memcpy(flood + i, "a:\r\n", 4);
    expect_bad(flood, "too many bytes");
    memcpy(flood, DASH "\r\nabcd: \r\n", sizeof DASH - 1 + 10);
    expect_bad(flood, "too many bytes");
#define PART DASH "\r\nContent-Range: bytes 0-0/10\r\n\r\na\r\n"
    expect_bad(PART PART PART PART, "more parts");
}

/* What follows the end is nothing, but not without end. */
static void the_epilogue_is_bounded(void **state)
{
    static char much[LIMIT_MULTIPART_HEAD_BYTES + 1];
    struct heard heard = {0};
    struct multipart multipart;
    (void)state;
    assert_true(begin(&multipart, TYPE, &heard));
    assert_int_equal(feed_tight(&multipart, NGINX, sizeof NGINX - 1), MULTIPART_MORE);
    assert_int_equal(multipart_feed(&multipart, much, sizeof much - 1), MULTIPART_MORE);
    assert_true(multipart_is_over(&multipart));
    assert_int_equal(multipart_feed(&multipart, much, 1), MULTIPART_BAD);
    buf_clear(&heard.text);
}

static void callbacks_can_stop_it(void **state)
{
    struct heard one = {.parts_wanted = 1}, data = {.data_unwanted = true};
    struct multipart multipart;
    (void)state;
    assert_true(begin(&multipart, TYPE, &one));
    assert_int_equal(multipart_feed(&multipart, NGINX, sizeof NGINX - 1), MULTIPART_STOPPED);
    assert_string_equal(buf_text(&one.text), "[2-4/10]");
    assert_int_equal(multipart_feed(&multipart, "x", 1), MULTIPART_STOPPED);
    assert_true(begin(&multipart, TYPE, &data));
    assert_int_equal(multipart_feed(&multipart, NGINX, sizeof NGINX - 1), MULTIPART_STOPPED);
    assert_string_equal(buf_text(&data.text), "[2-4/10]cde");
    buf_clear(&one.text);
    buf_clear(&data.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_nginx_answers),     cmocka_unit_test(reads_other_spellings),
        cmocka_unit_test(every_split_gives_the_same),   cmocka_unit_test(a_cut_body_is_not_over),
        cmocka_unit_test(other_content_types_are_none), cmocka_unit_test(hostile_bodies_are_bad),
        cmocka_unit_test(the_epilogue_is_bounded),      cmocka_unit_test(callbacks_can_stop_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

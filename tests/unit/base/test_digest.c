/* SHA-256 and SHA-1: the vectors of FIPS 180-4, texts of digests, files. */
#include "test.h"

#include "ringmgr/base/digest.h"

#include <errno.h>

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void assert_digest(const struct digest *digest, const char *wanted)
{
    char text[DIGEST_TEXT_SIZE];
    digest_format(digest, text);
    assert_string_equal(text, wanted);
}

static const struct {
    const char *text;
    const char *digest;
} vectors[] = {
    {"", EMPTY},
    {"abc", ABC},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrs"
     "tnop"
     "qrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
};

static void knows_the_standard_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct digest digest = digest_of(vectors[i].text, strlen(vectors[i].text));
        assert_digest(&digest, vectors[i].digest);
    }
}

static void a_stream_gives_the_same_in_any_pieces_and_can_be_used_again(void **state)
{
    (void)state;
    struct digest_stream *stream = digest_stream_new();
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        for (size_t at = 0; vectors[i].text[at]; at++)
            digest_stream_add(stream, vectors[i].text + at, 1);
        struct digest digest = digest_stream_end(stream);
        assert_digest(&digest, vectors[i].digest);
    }
    digest_stream_add(stream, "to be forgotten", 15);
    digest_stream_reset(stream);
    digest_stream_add(stream, "abc", 3);
    struct digest digest = digest_stream_end(stream);
    assert_digest(&digest, ABC);
    digest_stream_free(stream);
    digest_stream_free(NULL);
}

static void a_million_times_a(void **state)
{
    (void)state;
    char block[1000];
    struct digest_stream *stream = digest_stream_new();
    memset(block, 'a', sizeof block);
    for (int i = 0; i < 1000; i++)
        digest_stream_add(stream, block, sizeof block);
    struct digest digest = digest_stream_end(stream);
    assert_digest(&digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    digest_stream_free(stream);
}

static void a_file_is_read_from_its_beginning_wherever_it_stands(void **state)
{
    (void)state;
    struct err err = {0};
    struct digest digest;
    uint64_t bytes = 7;
    FILE *file = tmpfile();
    assert_non_null(file);
    int fd = fileno(file);
    assert_ok(digest_of_file(fd, &digest, &bytes, &err));
    assert_digest(&digest, EMPTY);
    assert_int_equal(bytes, 0);
    for (int i = 0; i < 1000000; i++)
        assert_int_equal(fputc('a', file), 'a');
    assert_int_equal(fflush(file), 0);
    assert_ok(digest_of_file(fd, &digest, &bytes, &err));
    assert_int_equal(bytes, 1000000);
    assert_digest(&digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    assert_ok(digest_of_file(fd, &digest, NULL, &err));
    fclose(file);
}

static void a_file_that_cannot_be_read_is_an_error(void **state)
{
    (void)state;
    struct err err = {0};
    struct digest digest;
    assert_fails(digest_of_file(-1, &digest, NULL, &err), ERR_FAILED);
    assert_int_equal(err.sys, EBADF);
    AUTO_FD folder = open("/", O_RDONLY | O_DIRECTORY);
    assert_fails(digest_of_file(folder, &digest, NULL, &err), ERR_FAILED);
    assert_int_equal(err.sys, EISDIR);
}

static void reads_64_hex_digits_of_either_case_and_nothing_else(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "ba",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
        ABC "0",
        ABC "\n",
        " a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a/",
        "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015",
    };
    struct digest abc = digest_of("abc", 3);
    struct digest digest;
    assert_true(digest_parse(ABC, &digest));
    assert_true(digest_equal(&digest, &abc));
    assert_true(digest_parse("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", &digest));
    assert_true(digest_equal(&digest, &abc));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(digest_parse(bad[i], &digest));
}

static void every_byte_counts_for_equality(void **state)
{
    (void)state;
    struct digest abc = digest_of("abc", 3);
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        struct digest other = abc;
        other.byte[i] ^= 1;
        assert_false(digest_equal(&abc, &other));
    }
    assert_true(digest_equal(&abc, &abc));
}

static void sha1_knows_the_standard_vectors(void **state)
{
    static const struct {
        const char *text;
        uint8_t sha1[SHA1_BYTES];
    } cases[] = {
        {"", {0xda, 0x39, 0xa3, 0xee, 0x5e, 0x6b, 0x4b, 0x0d, 0x32, 0x55,
              0xbf, 0xef, 0x95, 0x60, 0x18, 0x90, 0xaf, 0xd8, 0x07, 0x09}},
        {"abc", {0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba, 0x3e,
                 0x25, 0x71, 0x78, 0x50, 0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t sha1[SHA1_BYTES];
        sha1_of(cases[i].text, strlen(cases[i].text), sha1);
        assert_memory_equal(sha1, cases[i].sha1, SHA1_BYTES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_standard_vectors),
        cmocka_unit_test(a_stream_gives_the_same_in_any_pieces_and_can_be_used_again),
        cmocka_unit_test(a_million_times_a),
        cmocka_unit_test(a_file_is_read_from_its_beginning_wherever_it_stands),
        cmocka_unit_test(a_file_that_cannot_be_read_is_an_error),
        cmocka_unit_test(reads_64_hex_digits_of_either_case_and_nothing_else),
        cmocka_unit_test(every_byte_counts_for_equality),
        cmocka_unit_test(sha1_knows_the_standard_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

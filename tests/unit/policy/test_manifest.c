/* The ring manifest: what is read is what was signed, and everything else is refused by name. */
#include "../manifests.h"

#include "ringmgr/base/limits.h"
#include "ringmgr/policy/manifest_json.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static bool open_with(const struct buf *bytes, struct manifest *manifest, struct err *err)
{
    const struct ed25519_public keys[] = {manifest_public(OTHER_PUBLIC), manifest_public(KEY_PUBLIC)};
    return manifest_open(bytes->data, bytes->len, keys, COUNT_OF(keys), manifest, err);
}

static void assert_refused(const struct buf *bytes, const char *part)
{
    struct manifest manifest;
    struct err err = {0};
    if (open_with(bytes, &manifest, &err))
        fail_msg("not refused: %s", part);
    assert_int_equal(err.code, ERR_NOT_GENUINE);
    assert_null(manifest.ring);
    assert_int_equal(manifest.files, 0);
    if (!strstr(err.msg, part))
        fail_msg("\"%s\" says nothing of \"%s\"", err.msg, part);
}

/* ---- as it should be ---- */

static void what_was_sealed_is_read_again(void **state)
{
    AUTO_MANIFEST made = {0}, read = {0};
    AUTO_BUF bytes = {0};
    struct err err = {0};
    (void)state;
    manifest_make(&made, 17);
    manifest_sign(&made, KEY_PRIVATE, &bytes);
    assert_int_equal(strncmp(buf_text(&bytes), "ringmgr-manifest-1 " KEY_ID " ", 36), 0);
    assert_ok(open_with(&bytes, &read, &err));
    assert_string_equal(read.ring, "production");
    assert_ptr_equal(read.channel, made.channel);
    assert_int_equal(read.sequence, 17);
    assert_int_equal(read.issued_unix, made.issued_unix);
    assert_int_equal(read.expires_unix, made.expires_unix);
    assert_int_equal(read.released_unix, made.released_unix);
    assert_int_equal(build_compare(&read.build, &made.build), 0);
    assert_string_equal(read.version, "2607");
    assert_int_equal(read.architectures, ARCH_X64);
    assert_true(digest_equal(&read.pointer[1], &made.pointer[1]));
    assert_true(digest_equal(&read.files_digest, &made.files_digest));
    assert_int_equal(read.files, 3);
    assert_int_equal(manifest_find(&read, MANIFEST_BUILD "/stream.x64.x-none.dat")->bytes, 3000000000);
    assert_null(manifest_find(&read, MANIFEST_BUILD "/s320.cab"));
}

static void one_unknown_date_is_none(void **state)
{
    AUTO_MANIFEST made = {0}, read = {0};
    AUTO_BUF bytes = {0};
    struct err err = {0};
    (void)state;
    manifest_make(&made, 1);
    made.released_unix = -1;
    *made.version = 0;
    manifest_sign(&made, KEY_PRIVATE, &bytes);
    assert_ok(open_with(&bytes, &read, &err));
    assert_int_equal(read.released_unix, -1);
    assert_string_equal(read.version, "");
    manifest_clear(&read);
    assert_ok(manifest_reopen(bytes.data, bytes.len, &read, &err));
    assert_int_equal(read.files, 3);
}

/* ---- who signed ---- */

static void only_configured_keys_may_sign(void **state)
{
    AUTO_MANIFEST made = {0}, read = {0};
    AUTO_BUF bytes = {0};
    struct err err = {0};
    const struct ed25519_public other = manifest_public(OTHER_PUBLIC);
    (void)state;
    manifest_make(&made, 1);
    manifest_sign(&made, KEY_PRIVATE, &bytes);
    assert_fails(manifest_open(bytes.data, bytes.len, &other, 1, &read, &err), ERR_NOT_GENUINE);
    assert_non_null(strstr(err.msg, "signed by the key " KEY_ID ", but only " OTHER_ID " may"));
    assert_fails(manifest_open(bytes.data, bytes.len, NULL, 0, &read, &err), ERR_NOT_GENUINE);
    assert_non_null(strstr(err.msg, "nobody"));
}

/* A stranger who says that he is the known key. */
static void a_key_id_proves_nothing(void **state)
{
    AUTO_MANIFEST made = {0};
    AUTO_BUF bytes = {0};
    (void)state;
    manifest_make(&made, 1);
    manifest_sign(&made, OTHER_PRIVATE, &bytes);
    memcpy(bytes.data + strlen("ringmgr-manifest-1 "), KEY_ID, strlen(KEY_ID));
    assert_refused(&bytes, "the signature by the key " KEY_ID " is not of these bytes");
}

static void every_byte_counts(void **state)
{
    AUTO_MANIFEST made = {0};
    AUTO_BUF bytes = {0};
    struct manifest read;
    (void)state;
    manifest_make(&made, 1);
    manifest_sign(&made, KEY_PRIVATE, &bytes);
    for (size_t i = 0; i < bytes.len; i++) {
        struct err err = {0};
        bytes.data[i] ^= 1;
        if (open_with(&bytes, &read, &err))
            fail_msg("byte %zu does not count", i);
        assert_int_equal(err.code, ERR_NOT_GENUINE);
        bytes.data[i] ^= 1;
    }
    for (size_t len = 0; len < bytes.len; len++) {
        struct err err = {0};
        struct buf part = {bytes.data, len, len};
        assert_fails(open_with(&part, &read, &err), ERR_NOT_GENUINE);
    }
    buf_puts(&bytes, " ");
    assert_refused(&bytes, "not of these bytes");
}

static void the_signature_of_another_file_is_none(void **state)
{
    AUTO_MANIFEST made = {0};
    AUTO_BUF first = {0}, second = {0};
    enum { HEAD = 19 + 17 + 89 };
    (void)state;
    manifest_make(&made, 1);
    manifest_sign(&made, KEY_PRIVATE, &first);
    made.sequence = 2;
    manifest_sign(&made, KEY_PRIVATE, &second);
    memcpy(second.data, first.data, HEAD);
    assert_refused(&second, "not of these bytes");
}

static void an_endless_one_is_not_read(void **state)
{
    struct buf bytes = {.len = 10 << 20, .cap = 10 << 20};
    (void)state;
    bytes.data = mem_new(1, bytes.cap);
    memcpy(bytes.data, "ringmgr-manifest-1 ", 19);
    assert_refused(&bytes, "larger than");
    buf_clear(&bytes);
}

/* ---- what is signed and makes no sense: a key in wrong hands, or another program ---- */

static void spoil_digest(struct manifest *manifest)
{
    manifest->file[1].digest.byte[0] ^= 1; /* a swapped file */
}
static void spoil_list(struct manifest *manifest)
{
    free(manifest->file[--manifest->files].path);
}
static void spoil_pointer(struct manifest *manifest)
{
    manifest->pointer[1].byte[0] ^= 1;
}
static void spoil_architecture(struct manifest *manifest)
{
    manifest->architectures |= ARCH_X86;
}
static void spoil_architectures(struct manifest *manifest)
{
    manifest->architectures = 0;
}
static void spoil_sequence(struct manifest *manifest)
{
    manifest->sequence = 0;
}
static void spoil_expiry(struct manifest *manifest)
{
    manifest->expires_unix = manifest->issued_unix;
}
static void spoil_ring(struct manifest *manifest)
{
    free(manifest->ring);
    manifest->ring = mem_strdup("../pilot");
}
static void rename_file(struct manifest *manifest, const char *path)
{
    free(manifest->file[0].path);
    manifest->file[0].path = mem_strdup(path);
    manifest->files_digest = manifest_files_digest(manifest);
}
static void spoil_path_up(struct manifest *manifest)
{
    rename_file(manifest, MANIFEST_BUILD "/../v64.cab");
}
static void spoil_path_dot(struct manifest *manifest)
{
    rename_file(manifest, MANIFEST_BUILD "/.s640.cab");
}
static void spoil_path_build(struct manifest *manifest)
{
    rename_file(manifest, "16.0.20326.20099/s640.cab");
}
static void spoil_path_pointer(struct manifest *manifest)
{
    rename_file(manifest, "v64.cab");
}
static void spoil_order(struct manifest *manifest)
{
    rename_file(manifest, MANIFEST_BUILD "/t.cab");
}
static void spoil_twice(struct manifest *manifest)
{
    rename_file(manifest, MANIFEST_BUILD "/stream.x64.x-none.dat");
}
static void spoil_size(struct manifest *manifest)
{
    manifest->file[1].bytes = LIMIT_STREAM_BYTES + 1;
    manifest->files_digest = manifest_files_digest(manifest);
}
static void spoil_empty(struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->files; i++)
        free(manifest->file[i].path);
    manifest->files = 0;
    manifest->files_digest = manifest_files_digest(manifest);
}

static const struct {
    void (*spoil)(struct manifest *manifest);
    const char *says;
} spoilt[] = {
    {spoil_digest, "the digest of the file list"},
    {spoil_list, "the digest of the file list"},
    {spoil_pointer, "the pointer of x64 is not the descriptor"},
    {spoil_architecture, "the pointer of x86 is not the descriptor"},
    {spoil_architectures, "no architecture"},
    {spoil_sequence, "\"sequence\""},
    {spoil_expiry, "expires before"},
    {spoil_ring, "\"ring\""},
    {spoil_path_up, "not of the build"},
    {spoil_path_dot, "not of the build"},
    {spoil_path_build, "not of the build"},
    {spoil_path_pointer, "not of the build"},
    {spoil_order, "not in their order"},
    {spoil_twice, "not in their order"},
    {spoil_size, "impossible size"},
    {spoil_empty, "0 files"},
};

static void what_contradicts_itself_is_refused_whoever_signed_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(spoilt); i++) {
        AUTO_MANIFEST made = {0};
        AUTO_BUF bytes = {0};
        manifest_make(&made, 1);
        spoilt[i].spoil(&made);
        manifest_sign(&made, KEY_PRIVATE, &bytes);
        assert_refused(&bytes, spoilt[i].says);
    }
}

static void too_many_files_are_refused(void **state)
{
    AUTO_MANIFEST made = {0};
    AUTO_BUF bytes = {0};
    (void)state;
    manifest_make(&made, 1);
    for (size_t i = 0; i < LIMIT_FILE_LIST; i++) {
        char path[64];
        snprintf(path, sizeof path, "v64_" MANIFEST_BUILD ".cab");
        manifest_add_file(&made, path, 1);
    }
    made.files_digest = manifest_files_digest(&made);
    manifest_sign(&made, KEY_PRIVATE, &bytes);
    assert_refused(&bytes, "4099 files");
}

/* Other texts of the same meaning, by which one number could mean two files. */
static void only_canonical_json_is_read(void **state)
{
    static const struct {
        const char *from, *to, *says;
    } cases[] = {
        {"{\"architectures\"", "{ \"architectures\"", "not canonical"},
        {"\"sequence\":1,", "\"sequence\":1,\"surprise\":1,", "not canonical"},
        {"\"sequence\":1,", "\"sequence\":1,\"sequence\":1,", "not JSON"},
        {"\"sequence\":1,", "\"sequence\":1.0,", "\"sequence\""},
        {"\"sequence\":1,", "\"sequence\":\"1\",", "\"sequence\""},
        {"\"schema\":1", "\"schema\":2", "newer ringmgr"},
        {"MonthlyEnterprise", "monthlyenterprise", "not canonical"},
        {"MonthlyEnterprise", "Weekly", "no channel"},
        {"\"version\":\"2607\"", "\"version\":\"26\\u002f7\"", "\"version\""},
        {"\"version\":\"2607\"", "\"version\":null", "\"version\""},
        {"\"issued\":\"2", "\"issued\":\"x", "\"issued\" is no time"},
        {"16.0.20326.20100\",\"channel\"", "20326.20100\",\"channel\"", "not canonical"},
        {"{\"bytes\":2100000", "{\"bytes\":-1", "impossible size"},
        {"{\"bytes\":2100000", "{\"bytes\":99999999999999999999", "not JSON"},
        {"\"files\":[", "\"files\":[3,", "not of the build"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_MANIFEST made = {0}, read = {0};
        AUTO_BUF json = {0}, changed = {0};
        struct err err = {0};
        manifest_make(&made, 1);
        manifest_json_write(&made, &json);
        const char *text = buf_text(&json), *at = strstr(text, cases[i].from);
        assert_non_null(at);
        buf_append(&changed, text, (size_t)(at - text));
        buf_puts(&changed, cases[i].to);
        buf_puts(&changed, at + strlen(cases[i].from));
        if (manifest_json_read(changed.data, changed.len, &read, &err))
            fail_msg("read: %s", cases[i].to);
        assert_int_equal(err.code, ERR_NOT_GENUINE);
        if (!strstr(err.msg, cases[i].says))
            fail_msg("%s: %s", cases[i].to, err.msg);
    }
}

/* ---- judging ---- */

struct scene {
    struct manifest manifest;
    struct buf bytes, before; /* before: what is followed already */
    struct manifest_known known;
};

static void scene_clear(struct scene *scene)
{
    manifest_clear(&scene->manifest);
    buf_clear(&scene->bytes);
    buf_clear(&scene->before);
}

/* The manifest `sequence` where `known` is followed already (0: none yet). */
static void scene_open(struct scene *scene, int64_t sequence, int64_t known)
{
    AUTO_MANIFEST before = {0};
    *scene = (struct scene){0};
    manifest_make(&scene->manifest, sequence);
    manifest_sign(&scene->manifest, KEY_PRIVATE, &scene->bytes);
    if (!known)
        return;
    manifest_make(&before, known);
    manifest_sign(&before, KEY_PRIVATE, &scene->before);
    scene->known = (struct manifest_known){known, scene->before.data, scene->before.len};
}

static void assert_judged(const struct scene *scene, const char *ring, const char *channel, int64_t now,
                          enum manifest_verdict wanted, const char *part)
{
    char why[256];
    enum manifest_verdict verdict = manifest_judge(&scene->manifest, scene->bytes.data, scene->bytes.len,
                                                   ring, channel_find(channel), &scene->known, now, why);
    if (verdict != wanted || !strstr(why, part) || (!*part && *why))
        fail_msg("verdict %d: \"%s\", wanted %d: \"%s\"", verdict, why, wanted, part);
}

static void judges_what_it_is_to_a_ring(void **state)
{
    static const struct {
        int64_t sequence, known, later; /* seconds after it was issued */
        const char *ring, *channel;
        enum manifest_verdict verdict;
        const char *part;
    } cases[] = {
        {5, 0, 0, "production", "MonthlyEnterprise", MANIFEST_NEW, ""},
        {5, 4, 60, "production", "MonthlyEnterprise", MANIFEST_NEW, ""},
        {5, 5, 60, "production", "MonthlyEnterprise", MANIFEST_SAME, ""},
        {5, 6, 60, "production", "MonthlyEnterprise", MANIFEST_REFUSED, "an old one is offered again"},
        {5, 4, 60, "pilot", "MonthlyEnterprise", MANIFEST_REFUSED, "is of the ring production"},
        {5, 4, 60, "production", "Current", MANIFEST_REFUSED, "is of the channel MonthlyEnterprise"},
        {5, 4, -600, "production", "MonthlyEnterprise", MANIFEST_NEW, ""},
        {5, 4, -601, "production", "MonthlyEnterprise", MANIFEST_REFUSED, "still to come"},
        {5, 4, MANIFEST_VALID - 1, "production", "MonthlyEnterprise", MANIFEST_NEW, ""},
        {5, 4, MANIFEST_VALID, "production", "MonthlyEnterprise", MANIFEST_STALE,
         "the manifest of headquarters expired at 2026-"},
        {5, 5, MANIFEST_VALID, "production", "MonthlyEnterprise", MANIFEST_STALE,
         "the manifest of headquarters expired at 2026-"},
        {5, 6, MANIFEST_VALID, "production", "MonthlyEnterprise", MANIFEST_REFUSED, "offered again"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct scene scene AUTO(scene_clear);
        scene_open(&scene, cases[i].sequence, cases[i].known);
        assert_judged(&scene, cases[i].ring, cases[i].channel, MANIFEST_ISSUED + cases[i].later,
                      cases[i].verdict, cases[i].part);
    }
}

static void one_number_is_one_manifest(void **state)
{
    struct scene scene AUTO(scene_clear);
    (void)state;
    scene_open(&scene, 5, 5);
    scene.manifest.expires_unix++;
    buf_clear(&scene.bytes);
    manifest_sign(&scene.manifest, KEY_PRIVATE, &scene.bytes);
    assert_judged(&scene, "production", "MonthlyEnterprise", MANIFEST_ISSUED, MANIFEST_REFUSED,
                  "two were signed with one number");
    scene.known.len = 0; /* a state that has forgotten the bytes takes what has its number */
    assert_judged(&scene, "production", "MonthlyEnterprise", MANIFEST_ISSUED, MANIFEST_SAME, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sealed_is_read_again),
        cmocka_unit_test(one_unknown_date_is_none),
        cmocka_unit_test(only_configured_keys_may_sign),
        cmocka_unit_test(a_key_id_proves_nothing),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(the_signature_of_another_file_is_none),
        cmocka_unit_test(an_endless_one_is_not_read),
        cmocka_unit_test(what_contradicts_itself_is_refused_whoever_signed_it),
        cmocka_unit_test(too_many_files_are_refused),
        cmocka_unit_test(only_canonical_json_is_read),
        cmocka_unit_test(judges_what_it_is_to_a_ring),
        cmocka_unit_test(one_number_is_one_manifest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

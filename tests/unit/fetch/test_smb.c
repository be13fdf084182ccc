/* Driving smbclient: what it is started with, what of its answers counts, and that it never lasts. A shell
 * script that is called smbclient stands in for it; tests/cli/clients.bats asks the real one. */
#include "test.h"

#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/fetch/smb.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct scene {
    char path[64];
    char *had; /* PATH */
};

static int set_scene(void **state)
{
    struct scene *scene = mem_new(1, sizeof *scene);
    strcpy(scene->path, "/tmp/ringmgr-smb-XXXXXX");
    assert_non_null(mkdtemp(scene->path));
    scene->had = mem_strdup(getenv("PATH"));
    char *path = mem_printf("%s:%s", scene->path, scene->had);
    setenv("PATH", path, 1);
    free(path);
    *state = scene;
    return 0;
}

static int clear_scene(void **state)
{
    struct scene *scene = *state;
    struct err err = {0};
    setenv("PATH", scene->had, 1);
    int tmp = open("/tmp", O_RDONLY | O_DIRECTORY);
    assert_ok(fs_remove_tree(tmp, scene->path + strlen("/tmp/"), &err));
    close(tmp);
    free(scene->had);
    free(scene);
    return 0;
}

/* Makes smbclient this script. */
static void pretend(const struct scene *scene, const char *script)
{
    char *path = mem_printf("%s/smbclient", scene->path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\n%s\n", script);
    fclose(file);
    assert_int_equal(chmod(path, 0755), 0);
    free(path);
}

static const struct smb_file pointer = {
    .unc = "\\\\files\\office pilot", .folder = "Office/Data", .name = "v64.cab"};

struct answer {
    bool ok;
    enum smb_result result;
    struct buf bytes;
    struct err err;
};

static struct answer get(const struct smb_file *file, unsigned seconds, uint64_t limit)
{
    struct answer answer = {0};
    answer.ok = smb_get(file, seconds, limit, &answer.result, &answer.bytes, &answer.err);
    return answer;
}

static void assert_answer(struct answer answer, enum smb_result result, const char *bytes)
{
    if (!answer.ok)
        fail_msg("%s", answer.err.msg);
    assert_int_equal(answer.result, result);
    assert_string_equal(buf_text(&answer.bytes), bytes);
    buf_clear(&answer.bytes);
}

static void assert_failure(struct answer answer, enum err_code code, const char *part)
{
    assert_false(answer.ok);
    assert_int_equal(answer.err.code, code);
    if (!strstr(answer.err.msg, part))
        fail_msg("%s: no \"%s\"", answer.err.msg, part);
    assert_int_equal(answer.bytes.len, 0);
}

static void a_guest_asks_for_one_file(void **state)
{
    pretend(*state, "printf '%s|' \"$@\"");
    assert_answer(get(&pointer, 10, 1000), SMB_READ,
                  "-E|-N|-U|%|\\\\files\\office pilot|-D|Office/Data|-c|get \"v64.cab\" -|");
}

static void an_account_and_folders_behind_the_share(void **state)
{
    const struct smb_file file = {.unc = "\\\\corp.test\\dfs\\up; dates\\pilot",
                                  .credentials = "/etc/account",
                                  .folder = "Office/Data/16.0.1.2",
                                  .name = "s640.cab"};
    pretend(*state, "printf '%s|' \"$@\"");
    assert_answer(get(&file, 10, 1000), SMB_READ,
                  "-E|-A|/etc/account|\\\\corp.test\\dfs|-D|up; dates\\pilot\\Office/Data/16.0.1.2|-c|get "
                  "\"s640.cab\" -|");
}

static void it_knows_nothing_of_who_asks(void **state)
{
    setenv("USER", "anna", 1);
    setenv("PASSWD", "secret", 1);
    pretend(*state, "echo \"$USER$PASSWD$HOME$LC_ALL\"; read line || echo end");
    assert_answer(get(&pointer, 10, 1000), SMB_READ, "C.UTF-8\nend\n");
}

static void what_it_says_is_no_part_of_the_file(void **state)
{
    pretend(*state, "echo 'getting file' >&2; printf 'cab'");
    assert_answer(get(&pointer, 10, 1000), SMB_READ, "cab");
}

static void a_file_that_is_not_there(void **state)
{
    pretend(*state, "echo rest; echo 'NT_STATUS_OBJECT_NAME_NOT_FOUND opening remote file \\x' >&2; exit 1");
    assert_answer(get(&pointer, 10, 1000), SMB_ABSENT, "");
    pretend(*state, "echo 'cd \\Office\\Data\\: NT_STATUS_OBJECT_PATH_NOT_FOUND' >&2; exit 1");
    assert_answer(get(&pointer, 10, 1000), SMB_ABSENT, "");
}

static void its_sentence_is_passed_on(void **state)
{
    pretend(*state, "echo some; echo \"Can't load /etc/samba/smb.conf\" >&2;"
                    "echo 'tree connect failed: NT_STATUS_BAD_NETWORK_NAME' >&2; echo more >&2; exit 1");
    assert_failure(get(&pointer, 10, 1000), ERR_UPSTREAM,
                   "\\\\files\\office pilot: tree connect failed: NT_STATUS_BAD_NETWORK_NAME");
    pretend(*state, "printf 'no\\tway\\n' >&2; exit 1");
    assert_failure(get(&pointer, 10, 1000), ERR_UPSTREAM, "no?way");
    pretend(*state, "kill -9 $$");
    assert_failure(get(&pointer, 10, 1000), ERR_UPSTREAM, "smbclient failed");
}

static void words_without_end_are_not_kept(void **state)
{
    pretend(*state, "yes NT_STATUS_X | head -c 1000000 >&2; echo cab");
    assert_answer(get(&pointer, 30, 1000), SMB_READ, "cab\n");
}

static void a_file_that_is_too_long_ends_it(void **state)
{
    pretend(*state, "exec yes");
    assert_failure(get(&pointer, 30, 1000), ERR_UPSTREAM, "longer than the 1000 bytes");
}

static void it_does_not_last(void **state)
{
    struct timespec begun, ended;
    pretend(*state, "exec sleep 300");
    clock_gettime(CLOCK_MONOTONIC, &begun);
    assert_failure(get(&pointer, 1, 1000), ERR_UPSTREAM, "no answer within 1 seconds");
    clock_gettime(CLOCK_MONOTONIC, &ended);
    assert_true(ended.tv_sec - begun.tv_sec < 60);
}

static void without_the_program_the_package_is_named(void **state)
{
    const struct scene *scene = *state;
    setenv("PATH", scene->path, 1);
    assert_failure(get(&pointer, 10, 1000), ERR_FAILED, "apt install smbclient");
}

#define SMB_CASE(function) cmocka_unit_test_setup_teardown(function, set_scene, clear_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SMB_CASE(a_guest_asks_for_one_file),
        SMB_CASE(an_account_and_folders_behind_the_share),
        SMB_CASE(it_knows_nothing_of_who_asks),
        SMB_CASE(what_it_says_is_no_part_of_the_file),
        SMB_CASE(a_file_that_is_not_there),
        SMB_CASE(its_sentence_is_passed_on),
        SMB_CASE(words_without_end_are_not_kept),
        SMB_CASE(a_file_that_is_too_long_ends_it),
        SMB_CASE(it_does_not_last),
        SMB_CASE(without_the_program_the_package_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

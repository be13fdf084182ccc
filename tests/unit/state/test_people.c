#include "test.h"

#include <dlfcn.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "ringmgr/state/people.h"

static const uid_t SERVICE = 8; /* mail */

static struct ring ring_with(const char *approvers)
{
    struct ring ring = {.name = (char *)"production"};
    strv_split(&ring.approvers, approvers);
    return ring;
}

static enum membership ask(const char *approvers, const char *account, char why[256])
{
    struct ring ring = ring_with(approvers);
    enum membership verdict = people_is_approver(&ring, account, SERVICE, why);
    strv_clear(&ring.approvers);
    return verdict;
}

static uid_t uid_of(const char *account)
{
    const struct passwd *found = getpwnam(account);
    if (!found)
        test_missing("an account that Debian always has");
    return found ? found->pw_uid : 0;
}

/* Who is calling. */

static void test_who_calls_is_found_in_this_order(void **out)
{
    uid_t games = uid_of("games"), news = uid_of("news"), backup = uid_of("backup");
    const struct {
        struct surroundings surroundings;
        const char *account, *how;
    } cases[] = {
        {{games, games, -1, NULL, false, 0, false, ""}, "games", "uid"},
        {{games, 0, -1, NULL, false, 0, false, ""}, "games", "uid"},
        {{0, 0, -1, "9", false, 0, false, ""}, "news", "sudo"},
        {{0, 0, -1, NULL, false, 0, false, ""}, "root", "uid"},
        {{games, games, -1, "9", false, 0, false, ""}, "games", "uid"}, /* anybody can set the variable */
        {{0, 0, backup, "9", false, 0, false, ""}, "backup", "loginuid"},
        {{games, games, news, NULL, false, 0, false, ""}, "news", "loginuid"},
        {{games, games, 0, NULL, false, 0, false, ""}, "root", "loginuid"},
        {{backup, backup, games, "9", true, news, false, ""},
         "news",
         "socket"}, /* whatever started the service */
        {{0, 0, -1, "9", true, 0, false, ""}, "root", "socket"},
    };
    (void)out;
    assert_int_equal(news, 9);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        struct settings settings = {0};
        struct identity identity;
        assert_ok(people_identify(&settings, &cases[i].surroundings, &identity, &err));
        assert_string_equal(identity.account, cases[i].account);
        assert_string_equal(identity.person, cases[i].account);
        assert_string_equal(identity.how, cases[i].how);
        assert_int_equal(identity.uid, uid_of(cases[i].account));
    }
}

static void test_an_unreadable_sudo_uid_is_an_error(void **out)
{
    static const char *const wrong[] = {"",   "x",  "-1",         " 9",
                                        "9 ", "9x", "4294967295", "99999999999999999999"};
    (void)out;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct err err = {0};
        struct settings settings = {0};
        struct identity identity;
        struct surroundings surroundings = {0, 0, -1, wrong[i], false, 0, false, ""};
        assert_fails(people_identify(&settings, &surroundings, &identity, &err), ERR_FAILED);
    }
}

static void test_accounts_belong_to_a_person(void **out)
{
    struct err err = {0};
    struct person person = {.name = (char *)"anna"};
    struct settings settings = {.person = &person, .persons = 1};
    struct surroundings surroundings = {uid_of("games"), 5, -1, NULL, false, 0, false, ""};
    struct identity identity;
    (void)out;
    strv_add(&person.accounts, "someone");
    strv_add(&person.accounts, "games");
    assert_ok(people_identify(&settings, &surroundings, &identity, &err));
    assert_string_equal(identity.account, "games");
    assert_string_equal(identity.person, "anna");
    strv_clear(&person.accounts);
}

static void test_a_uid_without_account_has_no_name_and_cannot_decide(void **out)
{
    struct err err = {0};
    struct settings settings = {0};
    struct surroundings surroundings = {3999999999u, 5, -1, NULL, false, 0, false, ""};
    struct identity identity;
    (void)out;
    assert_ok(people_identify(&settings, &surroundings, &identity, &err));
    assert_string_equal(identity.account, "");
    assert_string_equal(identity.person, "");
    assert_fails(people_may_decide(&identity, SERVICE, &err), ERR_REFUSED);
    assert_non_null(strstr(err.msg, "3999999999"));
}

static void test_root_and_the_service_cannot_decide(void **out)
{
    struct err err = {0};
    struct identity root = {.uid = 0, .account = "root"}, service = {.uid = SERVICE, .account = "mail"};
    struct identity person = {.uid = 5, .account = "games"};
    (void)out;
    assert_fails(people_may_decide(&root, SERVICE, &err), ERR_REFUSED);
    assert_non_null(strstr(err.msg, "sudo"));
    assert_fails(people_may_decide(&service, SERVICE, &err), ERR_REFUSED);
    assert_non_null(strstr(err.msg, "the service's user"));
    assert_ok(people_may_decide(&person, SERVICE, &err));
}

static void test_the_surroundings_are_this_process(void **out)
{
    struct surroundings surroundings;
    (void)out;
    setenv("SUDO_UID", "1234", 1);
    people_surroundings(&surroundings);
    assert_int_equal(surroundings.real_uid, getuid());
    assert_int_equal(surroundings.effective_uid, geteuid());
    assert_string_equal(surroundings.sudo_uid, "1234");
    unsetenv("SUDO_UID");
    people_surroundings(&surroundings);
    assert_null(surroundings.sudo_uid);
    assert_true(surroundings.login_uid >= -1 && surroundings.login_uid < UINT32_MAX);
}

static void test_a_peer_is_who_has_connected(void **out)
{
    struct surroundings surroundings;
    struct err err = {0};
    int pair[2], end[2];
    (void)out;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    people_surroundings(&surroundings);
    assert_false(surroundings.has_peer);
    assert_ok(people_surroundings_peer(&surroundings, pair[0], &err));
    assert_true(surroundings.has_peer);
    assert_int_equal(surroundings.peer_uid, geteuid());
    assert_int_equal(pipe(end), 0);
    assert_fails(people_surroundings_peer(&surroundings, end[0], &err), ERR_FAILED);
    for (int i = 0; i < 2; i++) {
        close(pair[i]);
        close(end[i]);
    }
}

/* Who is an approver. */

static void test_who_is_an_approver(void **out)
{
    static const struct {
        const char *approvers, *account;
        enum membership verdict;
        const char *why;
    } cases[] = {
        {"user:news", "news", MEMBER_YES, ""},
        {"user:news", "games", MEMBER_NO, "games is no approver of ring production"},
        {"group:games", "games", MEMBER_YES, ""}, /* by its primary group */
        {"group:games", "news", MEMBER_NO, "news is no approver"},
        {"group:news, group:games", "games", MEMBER_YES, ""},
        {"group:none-such", "games", MEMBER_NO, "games is no approver"},
        {"user:games", "none-such", MEMBER_NO, "no account none-such"},
        {"games", "games", MEMBER_NO, "no approver"},
        {"", "games", MEMBER_NO, "no approver"},
        {"user:root", "root", MEMBER_NO, "root, which cannot approve"},
        {"user:mail", "mail", MEMBER_NO, "the service's user, which cannot approve"},
        {"user:", "", MEMBER_NO, "no account"},
    };
    (void)out;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char why[256] = "before";
        enum membership verdict = ask(cases[i].approvers, cases[i].account, why);
        if (verdict != cases[i].verdict || !strstr(why, cases[i].why))
            fail_msg("%s, %s: %d, %s", cases[i].approvers, cases[i].account, verdict, why);
    }
}

/*
 * Other directories: this program once more, in a mount namespace of its own, where the account database is
 * the test's. What it runs there is said by the environment.
 */

#define PART "RINGMGR_TEST_PEOPLE"

enum { CROWD = 3000, CANNOT_MOUNT = 77 };

static void test_nobody_can_be_asked(void **out)
{
    struct err err = {0};
    struct settings settings = {0};
    struct identity identity;
    struct surroundings surroundings = {5, 5, -1, NULL, false, 0, false, ""};
    struct rlimit usual, none;
    char why[256];
    (void)out;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = usual.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0); /* nothing can be opened, /etc/passwd neither */
    assert_int_equal(ask("user:games", "games", why), MEMBER_UNKNOWN);
    assert_non_null(strstr(why, "the directory does not say who games is"));
    assert_fails(people_identify(&settings, &surroundings, &identity, &err), ERR_FAILED);
    assert_non_null(strstr(err.msg, "the directory does not say who uid 5 is"));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
}

static void test_membership_is_primary_or_listed(void **out)
{
    char why[256];
    (void)out;
    assert_int_equal(ask("group:approvers", "anna", why), MEMBER_YES);
    assert_int_equal(ask("group:bobs", "bob", why), MEMBER_YES);
    assert_int_equal(ask("group:approvers", "bob", why), MEMBER_NO);
    assert_int_equal(ask("group:approvers group:bobs", "carl", why), MEMBER_NO);
    assert_int_equal(ask("group:empty", "anna", why), MEMBER_NO);
    assert_int_equal(ask("group:users", "anna", why), MEMBER_YES);
}

static void test_a_group_may_be_large(void **out)
{
    char why[256];
    (void)out;
    assert_int_equal(ask("group:crowd", "carl", why), MEMBER_YES);
    assert_int_equal(ask("group:crowd", "anna", why), MEMBER_NO);
}

static void test_a_listed_account_that_is_gone_does_not_count(void **out)
{
    char why[256];
    (void)out;
    assert_int_equal(ask("group:approvers user:gone", "gone", why), MEMBER_NO);
    assert_non_null(strstr(why, "no account gone"));
    assert_int_equal(ask("group:approvers", "mail", why), MEMBER_NO);
}

static void test_who_is_found_without_the_silent_source_counts(void **out)
{
    char why[256];
    (void)out;
    assert_int_equal(ask("group:approvers", "anna", why), MEMBER_YES);
    assert_int_equal(ask("group:elsewhere group:approvers", "anna", why), MEMBER_YES);
    assert_int_equal(ask("group:elsewhere user:anna", "anna", why), MEMBER_YES);
    assert_int_equal(ask("group:approvers", "bob", why), MEMBER_NO);
}

static void test_what_the_silent_source_would_know_is_unknown(void **out)
{
    struct err err = {0};
    struct settings settings = {0};
    struct identity identity;
    struct surroundings surroundings = {4242, 4242, -1, NULL, false, 0, false, ""};
    char why[256];
    (void)out;
    assert_int_equal(ask("group:elsewhere", "anna", why), MEMBER_UNKNOWN);
    assert_non_null(strstr(why, "the directory does not say who is in group elsewhere"));
    assert_int_equal(ask("group:elsewhere user:bob group:bobs", "anna", why), MEMBER_UNKNOWN);
    assert_int_equal(ask("user:gone", "gone", why), MEMBER_UNKNOWN);
    assert_non_null(strstr(why, "the directory does not say who gone is"));
    assert_fails(people_identify(&settings, &surroundings, &identity, &err), ERR_FAILED);
}

static int run_part(const char *part)
{
    const struct CMUnitTest deaf[] = {cmocka_unit_test(test_nobody_can_be_asked)};
    const struct CMUnitTest answering[] = {
        cmocka_unit_test(test_membership_is_primary_or_listed),
        cmocka_unit_test(test_a_group_may_be_large),
        cmocka_unit_test(test_a_listed_account_that_is_gone_does_not_count),
    };
    const struct CMUnitTest silent[] = {
        cmocka_unit_test(test_who_is_found_without_the_silent_source_counts),
        cmocka_unit_test(test_what_the_silent_source_would_know_is_unknown),
    };
    if (strcmp(part, "deaf") == 0)
        return cmocka_run_group_tests_name(part, deaf, NULL, NULL);
    if (strcmp(part, "answering") == 0)
        return cmocka_run_group_tests_name(part, answering, NULL, NULL);
    return cmocka_run_group_tests_name(part, silent, NULL, NULL);
}

static FILE *create(const char *folder, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    return file;
}

static void write_directory(const char *folder, const char *sources)
{
    FILE *file = create(folder, "passwd");
    fputs("root:x:0:0::/:/bin/sh\nmail:x:8:8::/:/bin/sh\nanna:x:1001:100::/:/bin/sh\n"
          "bob:x:1002:2000::/:/bin/sh\ncarl:x:1003:100::/:/bin/sh\n",
          file);
    fclose(file);
    file = create(folder, "group");
    fputs("users:x:100:\nbobs:x:2000:\nempty:x:2003:\napprovers:x:2001:anna,mail,gone\ncrowd:x:2002:", file);
    for (int i = 0; i < CROWD; i++)
        fprintf(file, "member%05d,", i);
    fputs("carl\n", file);
    fclose(file);
    file = create(folder, "nsswitch.conf");
    fprintf(file, "passwd: %s\ngroup: %s\n", sources, sources);
    fclose(file);
}

/* In a child: puts the folder's files over those of /etc, for this process and what it executes. */
static void mount_directory(const char *folder)
{
    static const char *const names[] = {"passwd", "group", "nsswitch.conf"};
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        _exit(CANNOT_MOUNT);
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        _exit(CANNOT_MOUNT);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char from[128], to[128];
        snprintf(from, sizeof from, "%s/%s", folder, names[i]);
        snprintf(to, sizeof to, "/etc/%s", names[i]);
        if (mount(from, to, NULL, MS_BIND, NULL) != 0)
            _exit(CANNOT_MOUNT);
    }
}

static int run_again(const char *part, const char *folder)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        if (folder)
            mount_directory(folder);
        setenv(PART, part, 1);
        execl("/proc/self/exe", "test_people", (char *)NULL);
        _exit(126);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void run_in_directory(const char *part, const char *sources)
{
    struct err err = {0};
    char folder[] = "/tmp/ringmgr-people-XXXXXX";
    assert_non_null(mkdtemp(folder));
    write_directory(folder, sources);
    int status = run_again(part, folder);
    int root = open("/tmp", O_RDONLY | O_DIRECTORY);
    assert_ok(fs_remove_tree(root, folder + strlen("/tmp/"), &err));
    close(root);
    if (status == CANNOT_MOUNT)
        test_missing("the right to mount");
    assert_int_equal(status, 0);
}

static void test_where_nobody_can_be_asked(void **out)
{
    (void)out;
    assert_int_equal(run_again("deaf", NULL), 0);
}

static void test_in_a_directory_that_answers(void **out)
{
    (void)out;
    run_in_directory("answering", "files");
}

/* Hesiod, without its configuration, is a source that fails as a stopped sssd does: with ENOENT. */
static void test_in_a_directory_with_a_silent_source(void **out)
{
    (void)out;
    void *module = dlopen("libnss_hesiod.so.2", RTLD_LAZY | RTLD_LOCAL);
    if (!module)
        test_missing("libnss_hesiod.so.2");
    dlclose(module);
    run_in_directory("silent", "files hesiod");
}

static void test_only_the_proxy_speaks_for_others(void **state)
{
    char proxy[] = "www-data", header[] = "X-Remote-User", none[] = "";
    struct settings settings = {.web = {.proxy_user = proxy, .proxy_header = header}};
    struct surroundings by_proxy = {.has_peer = true, .peer_uid = uid_of("www-data"), .login_uid = -1};
    struct surroundings by_other = {.has_peer = true, .peer_uid = uid_of("news"), .login_uid = -1};
    struct surroundings refused = by_proxy, plain = by_proxy;
    struct identity identity;
    struct err err = {0};
    (void)state;
    assert_ok(people_surroundings_web(&by_proxy, &settings, "games", &err));
    assert_ok(people_identify(&settings, &by_proxy, &identity, &err));
    assert_string_equal(identity.account, "games");
    assert_string_equal(identity.how, "web via www-data");
    assert_ok(people_surroundings_web(&by_other, &settings, "games", &err));
    assert_ok(people_identify(&settings, &by_other, &identity, &err));
    assert_string_equal(identity.account, "news");
    assert_string_equal(identity.how, "web");
    assert_fails(people_surroundings_web(&refused, &settings, NULL, &err), ERR_REFUSED);
    assert_fails(people_surroundings_web(&refused, &settings, "", &err), ERR_REFUSED);
    assert_fails(people_surroundings_web(&refused, &settings, "nobody-of-that-name", &err), ERR_REFUSED);
    settings.web.proxy_user = none;
    assert_ok(people_surroundings_web(&plain, &settings, "games", &err));
    assert_int_equal(plain.peer_uid, uid_of("www-data"));
}

int main(void)
{
    if (getenv(PART))
        return run_part(getenv(PART));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_proxy_speaks_for_others),
        cmocka_unit_test(test_who_calls_is_found_in_this_order),
        cmocka_unit_test(test_an_unreadable_sudo_uid_is_an_error),
        cmocka_unit_test(test_accounts_belong_to_a_person),
        cmocka_unit_test(test_a_uid_without_account_has_no_name_and_cannot_decide),
        cmocka_unit_test(test_root_and_the_service_cannot_decide),
        cmocka_unit_test(test_the_surroundings_are_this_process),
        cmocka_unit_test(test_a_peer_is_who_has_connected),
        cmocka_unit_test(test_who_is_an_approver),
        cmocka_unit_test(test_where_nobody_can_be_asked),
        cmocka_unit_test(test_in_a_directory_that_answers),
        cmocka_unit_test(test_in_a_directory_with_a_silent_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

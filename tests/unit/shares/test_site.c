/* The commands for sites, word by word, and the reading of their answers: honest ones as rsync 3.2.7
 * and 3.5.0, env(1), sha256sum(1) and OpenSSH 9.2 gave them, and such as an enemy would give. */
#include "test.h"

#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "shares/site.h"

#define B "16.0.20326.20100"
#define A "16.0.20228.20188"

static const struct site_where daemon_of_anna = {.kind = WHERE_DAEMON,
                                                 .user = "anna",
                                                 .host = "fs-tokyo",
                                                 .port = 8730,
                                                 .module = "office",
                                                 .path = "a/b",
                                                 .credentials = "/etc/secret"};
static const struct site_where bare_daemon = {
    .kind = WHERE_DAEMON, .user = "", .host = "2001:db8::1", .ipv6 = true, .module = "office", .path = ""};
static const struct site_where by_ssh = {
    .kind = WHERE_SSH, .user = "anna", .host = "fs", .path = "/srv/o", .ssh_config = "/etc/ssh/it's"};
static const struct site_where bare_ssh = {.kind = WHERE_SSH, .host = "fs", .path = "/"};
static const struct site_where in_folder = {.kind = WHERE_FOLDER, .path = "/mnt/tokyo"};

static struct share_file files[] = {{"v32_" B ".cab", {{0x32}}, 5},
                                    {"v64_" B ".cab", {{0x64}}, 6},
                                    {B "/i640.cab", {{0xaa}}, 7},
                                    {B "/s640.cab", {{0xbb}}, 8}};
static const struct site_load load = {
    .ring = "pilot", .build = B, .data = "/box/rings/pilot/Office/Data", .file = files, .files = 4};

/* ---- commands ---- */

/* What would be run: arguments, then " |" and what is in the environment, then " <" and the input, in which
 * "\0" and line ends are "/" . */
static char *text_of(struct errand *errand)
{
    AUTO_BUF text = {0};
    char *arguments = strv_join(&errand->arguments, " "), *environment = strv_join(&errand->environment, " ");
    buf_printf(&text, "%s | %s", arguments, environment);
    for (size_t i = 0; i < errand->input.len; i++)
        if (!errand->input.data[i] || errand->input.data[i] == '\n')
            errand->input.data[i] = ',';
    if (errand->input.len)
        buf_printf(&text, " < %s", buf_text(&errand->input));
    assert_true(errand->out_bytes > 0 && errand->out_bytes <= 1 << 20); /* everything is bounded */
    assert_true(errand->seconds > 0 || errand->silent_seconds > 0);
    free(arguments);
    free(environment);
    errand_clear(errand);
    return mem_strdup(buf_text(&text));
}

static void assert_command(struct errand *errand, const char *wanted)
{
    char *text = text_of(errand);
    assert_string_equal(text, wanted);
    free(text);
}

#define SSH_OPTIONS                                                                                          \
    "-o BatchMode=yes -o ConnectTimeout=30 -o ServerAliveInterval=30 -o ServerAliveCountMax=6 "              \
    "-o ControlPath=none -o LogLevel=ERROR"
#define PILOT_OF_DAEMON "rsync://anna@fs-tokyo:8730/office/a/b/pilot/Office/Data/"

static void looking(void **state)
{
    (void)state;
    struct errand errand = {0};
    site_list_plan(&daemon_of_anna, "pilot", &errand);
    assert_command(&errand, "rsync --timeout=120 --stderr=client --no-motd --contimeout=30 "
                            "--password-file=/etc/secret --list-only "
                            "--no-human-readable -- " PILOT_OF_DAEMON " | TZ=UTC0");
    site_list_plan(&bare_daemon, "pilot", &errand);
    assert_command(
        &errand,
        "rsync --timeout=120 --stderr=client --no-motd --contimeout=30 --list-only --no-human-readable -- "
        "rsync://[2001:db8::1]/office/pilot/Office/Data/ | TZ=UTC0 RSYNC_PASSWORD=");
    site_list_plan(&by_ssh, "pilot", &errand);
    assert_command(&errand,
                   "rsync --timeout=120 --stderr=client --rsh=ssh -T -x -a -F '/etc/ssh/it''s' " SSH_OPTIONS
                   " --list-only --no-human-readable -- anna@fs:/srv/o/pilot/Office/Data/ | TZ=UTC0");
    site_list_plan(&bare_ssh, "pilot", &errand);
    assert_command(&errand, "rsync --timeout=120 --stderr=client --rsh=ssh -T -x -a " SSH_OPTIONS
                            " --list-only --no-human-readable -- fs:/pilot/Office/Data/ | TZ=UTC0");
    site_list_plan(&in_folder, "pilot", &errand);
    assert_command(
        &errand,
        "env --chdir=/mnt/tokyo rsync --timeout=120 --stderr=client --list-only --no-human-readable "
        "--recursive --filter=- /pilot/Office/Data/[!0-9]*/ --filter=+ /pilot/Office/Data/* "
        "--filter=+ /pilot/Office/Data --filter=+ /pilot/Office --filter=+ /pilot --filter=- * -- pilot "
        "| TZ=UTC0");
    site_knock_plan(&in_folder, &errand);
    assert_command(
        &errand,
        "env --chdir=/mnt/tokyo rsync --timeout=120 --stderr=client --list-only --no-human-readable -- ./ | "
        "TZ=UTC0");
    site_fetch_plan(&in_folder, "pilot", ARCH_X86 | ARCH_X64, "/box/look", &errand);
    assert_int_equal(errand.file_bytes, LIMIT_METADATA_BYTES);
    assert_int_equal(errand.memory_bytes, 256 << 20);
    assert_command(&errand, "env --chdir=/mnt/tokyo rsync --timeout=120 --stderr=client --times "
                            "--chmod=F0600 --max-size=4194304b -- "
                            "pilot/Office/Data/v32.cab pilot/Office/Data/v64.cab /box/look/ | TZ=UTC0");
    site_fetch_plan(&bare_ssh, "pilot", ARCH_X64, "/box/look", &errand);
    assert_command(
        &errand,
        "rsync --timeout=120 --stderr=client --rsh=ssh -T -x -a " SSH_OPTIONS
        " --times --chmod=F0600 --max-size=4194304b -- fs:/pilot/Office/Data/v64.cab /box/look/ | TZ=UTC0");
}

#define STAGE_OPTIONS                                                                                        \
    "--times --perms --chmod=F0444 --fsync --files-from=- --from0 --partial-dir=.ringmgr-partial "

static void staging(void **state)
{
    (void)state;
    struct errand errand = {0};
    AUTO_STRV basis = {0};
    strv_add(&basis, "production/" B);
    strv_add(&basis, "pilot/" A);
    struct site_stage stage = {.load = load, .rate_limit = 4 << 20, .until_seconds = 77};
    site_folders_plan(&daemon_of_anna, "pilot", B, "/box/rings", false, &errand);
    assert_command(
        &errand,
        "rsync --timeout=120 --stderr=client --no-motd --contimeout=30 --password-file=/etc/secret --dirs "
        "--perms --chmod=D0755 --files-from=- --from0 --keep-dirlinks -- /box/rings/ "
        "rsync://anna@fs-tokyo:8730/office/a/b/. | TZ=UTC0 < "
        "pilot,pilot/Office,pilot/Office/Data,pilot/Office/Data/" B ",");
    site_folders_plan(&in_folder, "pilot", B, "/box/rings", true, &errand);
    assert_command(&errand,
                   "env --chdir=/mnt/tokyo rsync --timeout=120 --stderr=client --dirs --perms --chmod=D0755 "
                   "--files-from=- --from0 -- /box/rings/pilot/Office/Data/ pilot/Office/Data/ | TZ=UTC0 "
                   "< " B ",");
    site_stage_plan(&in_folder, &stage, &errand);
    assert_int_equal(errand.until_seconds, 77);
    assert_command(&errand, "env --chdir=/mnt/tokyo rsync --timeout=300 --stderr=client " STAGE_OPTIONS
                            "--stats --no-human-readable --info=progress2 --bwlimit=4096 -- "
                            "/box/rings/pilot/Office/Data/" B "/ pilot/Office/Data/" B
                            "/ | TZ=UTC0 < i640.cab,s640.cab,");
    stage.basis = &basis;
    stage.rate_limit = 100;
    site_measure_plan(&bare_ssh, &stage, &errand);
    assert_command(&errand,
                   "rsync --timeout=300 --stderr=client --rsh=ssh -T -x -a " SSH_OPTIONS " " STAGE_OPTIONS
                   "--stats --no-human-readable --dry-run -- /box/rings/pilot/Office/Data/" B
                   "/ fs:/pilot/Office/Data/" B "/ | TZ=UTC0 < i640.cab,s640.cab,");
    site_stage_plan(&daemon_of_anna, &stage, &errand);
    assert_command(&errand, "rsync --timeout=1800 --stderr=client --no-motd --contimeout=30 "
                            "--password-file=/etc/secret " STAGE_OPTIONS
                            "--checksum --checksum-choice=md5 --stats --no-human-readable "
                            "--link-dest=/a/b/production/Office/Data/" B
                            " --link-dest=/a/b/pilot/Office/Data/" A " --info=progress2 --bwlimit=1 -- "
                            "/box/rings/pilot/Office/Data/" B "/ " PILOT_OF_DAEMON B
                            "/ | TZ=UTC0 < i640.cab,s640.cab,");
    stage = (struct site_stage){.load = load, .by_content = true};
    site_stage_plan(&in_folder, &stage, &errand);
    assert_command(&errand,
                   "env --chdir=/mnt/tokyo rsync --timeout=1800 --stderr=client " STAGE_OPTIONS
                   "--checksum --checksum-choice=md5 --stats --no-human-readable --info=progress2 -- "
                   "/box/rings/pilot/Office/Data/" B "/ pilot/Office/Data/" B
                   "/ | TZ=UTC0 < i640.cab,s640.cab,");
    stage.basis = &(struct strv){0};
    site_measure_plan(&in_folder, &stage, &errand);
    assert_command(&errand, "env --chdir=/mnt/tokyo rsync --timeout=1800 --stderr=client " STAGE_OPTIONS
                            "--checksum --checksum-choice=md5 --stats --no-human-readable --dry-run -- "
                            "/box/rings/pilot/Office/Data/" B "/ pilot/Office/Data/" B
                            "/ | TZ=UTC0 < i640.cab,s640.cab,");
}

static void no_more_basis_than_rsync_takes(void **state)
{
    (void)state;
    struct errand errand = {0};
    AUTO_STRV basis = {0};
    struct site_stage stage = {.load = load, .basis = &basis};
    int links = 0;
    for (int i = 0; i < 30; i++)
        strv_addf(&basis, "pilot/16.0.1.%d", i);
    site_stage_plan(&in_folder, &stage, &errand);
    for (size_t i = 0; i < errand.arguments.len; i++)
        links +=
            strncmp(errand.arguments.item[i], "--link-dest=/mnt/tokyo/pilot/Office/Data/16.0.1.", 48) == 0;
    assert_int_equal(links, SITE_BASIS_MAX);
    errand_clear(&errand);
}

#define ZEROS "00000000000000000000000000000000000000000000000000000000000000"

static void proving(void **state)
{
    (void)state;
    struct errand errand = {0};
    site_prove_plan(&in_folder, &load, SITE_PROOF_RSYNC, false, &errand);
    assert_command(&errand,
                   "env --chdir=/mnt/tokyo rsync --timeout=1800 --stderr=client --dry-run --checksum "
                   "--checksum-choice=md5 --out-format=%i %n --stats --no-human-readable --files-from=- "
                   "--from0 -- /box/rings/pilot/Office/Data/ pilot/Office/Data/ | TZ=UTC0 < " B "/i640.cab," B
                   "/s640.cab,");
    site_prove_plan(&by_ssh, &load, SITE_PROOF_SHA256, true, &errand);
    assert_command(&errand,
                   "ssh -T -x -a -F /etc/ssh/it's " SSH_OPTIONS
                   " -- anna@fs cd '/srv/o/pilot/Office/Data' || exit 66; LC_ALL=C exec sha256sum -c |  < "
                   "32" ZEROS "  v32_" B ".cab,64" ZEROS "  v64_" B ".cab,aa" ZEROS "  " B
                   "/i640.cab,bb" ZEROS "  " B "/s640.cab,");
}

static void placing_and_removing(void **state)
{
    (void)state;
    struct errand errand = {0};
    site_descriptors_plan(&in_folder, &load, &errand);
    assert_command(
        &errand,
        "env --chdir=/mnt/tokyo rsync --timeout=120 --stderr=client --times --perms --chmod=F0444 --fsync "
        "--files-from=- --from0 --whole-file --checksum --checksum-choice=md5 -- "
        "/box/rings/pilot/Office/Data/ pilot/Office/Data/ | TZ=UTC0 < v32_" B ".cab,v64_" B ".cab,");
    site_flip_plan(&in_folder, "pilot", ARCH_X64, "/box/sites/tokyo/pilot", &errand);
    assert_command(
        &errand,
        "env --chdir=/mnt/tokyo rsync --timeout=120 --stderr=client --times --perms --chmod=F0444 --fsync "
        "--files-from=- --from0 --whole-file --ignore-times -- /box/sites/tokyo/pilot/ "
        "pilot/Office/Data/ | TZ=UTC0 < v64.cab,");
    site_undescribe_plan(&in_folder, "pilot", B, "/box/empty", &errand);
    assert_command(&errand,
                   "env --chdir=/mnt/tokyo rsync --timeout=120 --stderr=client --dirs --filter=+ /v32_" B
                   ".cab --filter=+ /v64_" B ".cab --delete --filter=- * -- /box/empty/ "
                   "pilot/Office/Data/ | TZ=UTC0");
    site_remove_plan(&in_folder, "pilot", B, "/box/empty", &errand);
    assert_command(&errand,
                   "env --chdir=/mnt/tokyo rsync --timeout=1800 --stderr=client --recursive --filter=+ /" B
                   "/ --filter=+ /" B "/** --delete --filter=- * -- /box/empty/ pilot/Office/Data/ | "
                   "TZ=UTC0");
    site_sweep_plan(&in_folder, "pilot", NULL, "/box/empty", &errand);
    assert_command(&errand, "env --chdir=/mnt/tokyo rsync --timeout=1800 --stderr=client --dirs --filter=+ "
                            "/.v[36][24].cab.?????? "
                            "--filter=+ /.v[36][24]_16.*.cab.?????? --delete --filter=- * -- /box/empty/ "
                            "pilot/Office/Data/ | TZ=UTC0");
    site_sweep_plan(&in_folder, "pilot", B, "/box/empty", &errand);
    assert_command(
        &errand,
        "env --chdir=/mnt/tokyo rsync --timeout=1800 --stderr=client --dirs --filter=+ /.*.?????? --delete "
        "--filter=- * -- /box/empty/ pilot/Office/Data/" B "/ | TZ=UTC0");
}

static void a_pointer_is_later_than_the_one_before(void **state)
{
    (void)state;
    static const struct {
        int64_t now, there, time;
    } table[] = {{1785000000, -1, 1785000000},         {1785000000, 1784999999, 1785000000},
                 {1785000000, 1785000000, 1785000001}, {1785000000, 1785000500, 1785000501},
                 {1785000000, INT64_MAX, 1785000000},  {1785000000, INT64_MIN, 1785000000}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(site_pointer_time(table[i].now, table[i].there), table[i].time);
}

/* ---- ends ---- */

static struct errand_end answer(int status, const char *out, const char *said)
{
    struct errand_end end = {.how = ERRAND_EXITED, .status = status};
    buf_puts(&end.out, out);
    buf_puts(&end.said, said);
    return end;
}

struct judged {
    int status;
    const char *said;
    enum site_trouble trouble;
    enum err_code code;
    const char *part;
};

static void assert_judged(const struct site_where *where, const struct judged *judged)
{
    AUTO_ERRAND_END end = answer(judged->status, "", judged->said);
    enum site_trouble trouble;
    struct err err = {0};
    assert_fails(site_judge(where, &end, &trouble, &err), judged->code);
    if (trouble != judged->trouble || !strstr(err.msg, judged->part))
        fail_msg("%s: %s, %s", judged->said, site_trouble_name(trouble), err.msg);
    for (const char *at = err.msg; *at; at++)
        assert_true(*at >= ' ' && *at <= '~');
}

static void what_an_exit_means(void **state)
{
    (void)state;
    static const struct judged table[] = {
        {11,
         "rsync: [receiver] write failed on \"/pilot/s640.cab\" (in full): No space left on device (28)\n"
         "rsync error: error in file IO (code 11) at receiver.c(657) [receiver=3.5.0]\n"
         "rsync: [sender] read error: Connection reset by peer (104)\n",
         SITE_NO_SPACE, ERR_NO_SPACE, "fs-tokyo: rsync: [receiver] write failed"},
        {12, "rsync: connection unexpectedly closed\nrsync: write failed: Disk quota exceeded (122)\n",
         SITE_NO_SPACE, ERR_NO_SPACE, "quota exceeded (122): make room there"},
        {5, "@ERROR: Unknown module 'x'\nrsync error: error starting client-server protocol (code 5)\n",
         SITE_DENIED, ERR_FAILED, "@ERROR: Unknown module 'x': look at the target"},
        {5, "@ERROR: chdir failed\n", SITE_NO_TARGET, ERR_FAILED, "chdir failed"},
        {5, "@ERROR: max connections (1) reached -- try again later\n", SITE_UNREACHABLE, ERR_UPSTREAM,
         "try again"},
        {5, "@ERROR: access denied to deny from localhost (127.0.0.1)\n", SITE_DENIED, ERR_FAILED,
         "hosts allow"},
        {5, "@ERROR: \033]0;evil\a\n", SITE_DENIED, ERR_FAILED, "@ERROR: ?]0;evil?"},
        {5, "rsync: server sent \"HTTP/1.1 400 Bad Request\" rather than greeting\n", SITE_STRANGE,
         ERR_FAILED, "rather than greeting"},
        {10, "rsync: [sender] failed to connect to fs (192.0.2.1): Connection refused (111)\n",
         SITE_UNREACHABLE, ERR_UPSTREAM, "Connection refused"},
        {10, "rsync: getaddrinfo: fs 873: Name or service not known\n", SITE_UNREACHABLE, ERR_UPSTREAM,
         "not known"},
        {10, "\nrsync: [sender] read error: Connection reset by peer (104)\n", SITE_UNREACHABLE, ERR_UPSTREAM,
         "reset by peer"},
        {12, "", SITE_UNREACHABLE, ERR_UPSTREAM, "ended with status 12 without a word"},
        {20, "rsync error: received SIGINT\n", SITE_UNREACHABLE, ERR_UPSTREAM, "SIGINT"},
        {30, "[Receiver] io timeout after 4 seconds -- exiting\n", SITE_UNREACHABLE, ERR_UPSTREAM, "timeout"},
        {35, "rsync error: timeout waiting for daemon connection (code 35)\n", SITE_UNREACHABLE, ERR_UPSTREAM,
         "timeout"},
        {1, "ERROR: module is read only\nrsync error: syntax or usage error (code 1)\n", SITE_DENIED,
         ERR_FAILED, "read only = no"},
        {4, "rsync: The server is configured to refuse --delete\n", SITE_UNABLE, ERR_FAILED,
         "refuse options"},
        {1, "rsync: on remote machine: --fsync: unknown option\n", SITE_UNABLE, ERR_FAILED, "rsync 3.2.4"},
        {23, "ERROR: daemon refused to receive file \"s640.cab\"\n", SITE_UNABLE, ERR_FAILED, "exclude"},
        {12,
         "/usr/bin/rrsync error: invalid rsync-command syntax or options\nrsync: connection unexpectedly\n",
         SITE_UNABLE, ERR_FAILED, "rrsync error: invalid"},
        {2, "protocol version mismatch -- is your shell clean?\n", SITE_UNABLE, ERR_FAILED, "shell there"},
        {127, "bash: line 1: rsync: command not found\nrsync: connection unexpectedly closed\n", SITE_UNABLE,
         ERR_FAILED, "install rsync at the site"},
        {255, "ssh: connect to host fs port 22: No route to host\nrsync: connection unexpectedly closed\n",
         SITE_UNREACHABLE, ERR_UPSTREAM, "fs-tokyo: "},
        {255, "Host key verification failed.\n", SITE_DENIED, ERR_FAILED, "put it into known_hosts"},
        {255, "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.\n",
         SITE_DENIED, ERR_FAILED, "somebody may stand in between"},
        {255, "anna@fs: Permission denied (publickey).\r\nrsync: connection unexpectedly closed\n",
         SITE_DENIED, ERR_FAILED, "authorized_keys"},
        {23,
         "rsync: [generator] recv_generator: mkdir \"pilot\" (in office) failed: Permission denied (13)\n",
         SITE_DENIED, ERR_FAILED, "permissions there"},
        {23, "rsync: [generator] recv_generator: mkdir \"/m/pilot\" failed: Read-only file system (30)\n",
         SITE_DENIED, ERR_FAILED, "Read-only"},
        {11, "rsync: [Receiver] mkdir \"nope/.\" (in office) failed: No such file or directory (2)\n",
         SITE_NO_TARGET, ERR_FAILED, "mount it"},
        {11, "rsync: [Receiver] mkdir \"/m/nope/.\" failed: No such file or directory (2)\n", SITE_NO_TARGET,
         ERR_FAILED, "mount it"},
        {3, "rsync: [sender] change_dir \"/box/rings\" failed: No such file or directory (2)\n", SITE_HERE,
         ERR_FAILED, "/box/rings"},
        {1, "ERROR: password file must not be other-accessible\n", SITE_HERE, ERR_FAILED, "credentials"},
        {1, "rsync: [sender] could not open password file /etc/x: Permission denied (13)\n", SITE_HERE,
         ERR_FAILED, "which lies here"},
        {255, "Can't open user config file /etc/ringmgr/ssh/config: Permission denied\r\n", SITE_HERE,
         ERR_FAILED, "ssh_config"},
        {255, "Load key \"/etc/key\": Permission denied\r\nanna@tokyo: Permission denied (publickey).\r\n",
         SITE_HERE, ERR_FAILED, "that key, which lies here"},
        {255,
         "Connection timed out during banner exchange\r\nConnection to 10.1.0.5 port 22 timed out\r\nrsync: "
         "connection unexpectedly closed\n",
         SITE_UNREACHABLE, ERR_UPSTREAM, "no answer from the ssh server"},
        {23, "rsync: [sender] link_stat \"v64.cab\" failed: No such file or directory (2)\n", SITE_STRANGE,
         ERR_FAILED, "link_stat"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_judged(&daemon_of_anna, &table[i]);
}

static void what_an_exit_means_in_a_folder(void **state)
{
    (void)state;
    static const struct judged table[] = {
        {125, "env: cannot change directory to '/mnt/tokyo': No such file or directory\n", SITE_NO_TARGET,
         ERR_FAILED, "mount it"},
        {125, "env: cannot change directory to '/mnt/tokyo': Stale file handle\n", SITE_UNREACHABLE,
         ERR_UPSTREAM, "mount it anew"},
        {125, "env: cannot change directory to '/mnt/tokyo': Permission denied\n", SITE_DENIED, ERR_FAILED,
         "permissions there"},
        {127, "env: 'rsync': No such file or directory\n", SITE_HERE, ERR_FAILED, "apt install rsync"},
        {23, "rsync: [receiver] write failed on \"x\": Stale file handle (116)\n", SITE_UNREACHABLE,
         ERR_UPSTREAM, "mount it anew"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_judged(&in_folder, &table[i]);
}

static void what_other_ends_mean(void **state)
{
    (void)state;
    static const struct {
        enum errand_how how;
        enum site_trouble trouble;
        enum err_code code;
        const char *part;
    } table[] = {
        {ERRAND_SIGNAL, SITE_STRANGE, ERR_FAILED, "signal 11"},
        {ERRAND_TIMEOUT, SITE_UNREACHABLE, ERR_UPSTREAM, "no answer for 30 s"},
        {ERRAND_SILENT, SITE_UNREACHABLE, ERR_UPSTREAM, "no answer for 30 s"},
        {ERRAND_CLOSED, SITE_CLOSED, ERR_LOCKED, "its time was over"},
        {ERRAND_STOPPED, SITE_CLOSED, ERR_LOCKED, "stopped"},
        {ERRAND_TOO_MUCH, SITE_STRANGE, ERR_FAILED, "more was answered"},
        {ERRAND_MISSING, SITE_HERE, ERR_FAILED, "apt install rsync"},
        {ERRAND_UNSTARTED, SITE_HERE, ERR_FAILED, "because"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct errand_end end = {.how = table[i].how, .status = -1, .signal = 11, .ms = 30500};
        struct err err = {0};
        enum site_trouble trouble;
        err_set(&end.why, ERR_FAILED, "because");
        assert_fails(site_judge(&in_folder, &end, &trouble, &err), table[i].code);
        assert_int_equal(trouble, table[i].trouble);
        assert_non_null(strstr(err.msg, table[i].part));
    }
    struct errand_end fine = {.how = ERRAND_EXITED};
    struct err err = {0};
    assert_ok(site_judge(&in_folder, &fine, NULL, &err));
}

/* ---- listings ---- */

static void what_stands_there(void **state)
{
    (void)state;
    AUTO_ERRAND_END end =
        answer(0,
               "drwxr-xr-x         180 2026/11/23 08:26:24 .\n"
               "drwxr-xr-x         860 2026/11/23 08:25:13 16.0.20326.20100\n"
               "drwxr-xr-x         860 2026/11/23 08:25:13 16.0.9126.2295\n"
               "-r--r--r--           9 2023/11/14 22:13:21 v64.cab\n"
               "-r--r--r--      10,017 2023/11/14 22:13:21 v64_16.0.20326.20100.cab\n"
               "-r--r--r--         900 2023/11/14 22:13:21 ring.manifest\n"
               "-rw-------           9 2023/11/14 22:13:21 .v64.cab.a1B2c3\n"
               "-rw-------           9 2023/11/14 22:13:21 .v64_16.0.20326.20100.cab.a1B2c3\n"
               /* none of ours */
               "lrwxrwxrwx           4 2026/11/23 08:26:21 16.0.9.9\n"
               "lrwxrwxrwx           4 2026/11/23 08:26:21 v32.cab\n"
               "-rw-r--r--           0 2026/11/23 08:26:24 16.0.9.8\n"
               "drwxr-xr-x           0 2026/11/23 08:26:24 v32_16.0.1.2.cab\n"
               "drwxr-xr-x           0 2026/11/23 08:26:24 16.0.1.02\n"
               "drwxr-xr-x           0 2026/11/23 08:26:24 20326.20100\n"
               "drwxr-xr-x           0 2026/11/23 08:26:24 ..\n"
               "drwxr-xr-x           0 2026/11/23 08:26:24 16.0.1.2/../..\n"
               "-rw-r--r--           0 2026/11/23 08:26:24 v64_16.0.1.2.cab \n"
               "-rw-r--r--           0 2026/11/23 08:26:24 v64_.cab\n"
               "-rw-r--r--           0 2026/11/23 08:26:24 .s640.cab.a1B2c3\n"
               "-rw-r--r--           0 2026/11/23 08:26:24 ev\\#033[31mil\\#012name\n"
               "nonsense\n"
               "-rw-r--r--           0 2026/11/23 08:26:24",
               "");
    struct site_listing listing;
    struct err err = {0};
    assert_ok(site_list_read(&daemon_of_anna, "pilot", &end, &listing, NULL, &err));
    char *builds = strv_join(&listing.builds, " "), *descriptors = strv_join(&listing.descriptors, " ");
    assert_true(listing.stands && listing.manifest);
    assert_string_equal(builds, "16.0.9126.2295 16.0.20326.20100");
    assert_string_equal(descriptors, "v64_16.0.20326.20100.cab");
    assert_int_equal(listing.pointers, ARCH_X64);
    assert_int_equal(listing.leftovers, 2);
    assert_int_equal(listing.foreign, 13);
    assert_true(listing.odd_pointers);
    assert_int_equal(listing.links.len, 1);
    assert_string_equal(listing.links.item[0], "16.0.9.9");
    free(builds);
    free(descriptors);
    site_listing_clear(&listing);
}

/* We would follow it: into our own shares, if a site says so. */
static void a_folder_behind_a_link(void **state)
{
    (void)state;
    static const char *const way[] = {"pilot", "pilot/Office", "pilot/Office/Data"};
    struct site_listing listing;
    enum site_trouble trouble;
    for (size_t link = 0; link <= 3; link++) {
        AUTO_BUF out = {0};
        struct err err = {0};
        for (size_t i = 0; i < 3 && i <= link; i++)
            buf_printf(&out, "%crwxr-xr-x  60 2026/11/23 09:37:27 %s\n", i == link ? 'l' : 'd', way[i]);
        buf_puts(&out, link < 3 ? ""
                                : "drwxr-xr-x  60 2026/11/23 09:37:27 pilot/Office/Data/16.0.1.2\n"
                                  "-rw-r--r--  60 2026/11/23 09:37:27 pilot/Office/Data/v64.cab\n"
                                  "-rw-r--r--  60 2026/11/23 09:37:27 pilot/Office/v32.cab\n");
        AUTO_ERRAND_END end = answer(0, buf_text(&out), "");
        if (link < 3) {
            assert_fails(site_list_read(&in_folder, "pilot", &end, &listing, &trouble, &err), ERR_FAILED);
            assert_int_equal(trouble, SITE_STRANGE);
            assert_non_null(strstr(err.msg, "symbolic link"));
            continue;
        }
        assert_ok(site_list_read(&in_folder, "pilot", &end, &listing, &trouble, &err));
        assert_true(listing.stands && listing.pointers == ARCH_X64 && listing.builds.len == 1);
        assert_int_equal(listing.foreign, 1);
        site_listing_clear(&listing);
    }
}

static void a_listing_without_end(void **state)
{
    (void)state;
    AUTO_BUF out = {0};
    struct site_listing listing;
    struct err err = {0};
    for (int i = 0; i < 2 * SITE_BUILDS_MAX; i++)
        buf_printf(&out, "drwxr-xr-x  60 2026/11/23 09:37:27 16.0.20000.%d\n", 10000 + i);
    AUTO_ERRAND_END end = answer(0, buf_text(&out), "");
    assert_ok(site_list_read(&daemon_of_anna, "pilot", &end, &listing, NULL, &err));
    assert_int_equal(listing.builds.len, SITE_BUILDS_MAX);
    assert_int_equal(listing.foreign, SITE_BUILDS_MAX);
    site_listing_clear(&listing);
}

/* A daemon's own words stand before ours. */
static void numbers_that_nothing_could_count(void **state)
{
    (void)state;
    struct site_sent sent;
    struct err err = {0};
    AUTO_ERRAND_END end =
        answer(0,
               "Total transferred file size: 18446744073709551615\n"
               "Number of regular files transferred: 2\nTotal bytes sent: 99999999999999999\n",
               "");
    assert_ok(site_sent_read(&daemon_of_anna, &end, &sent, NULL, &err));
    assert_true(sent.bytes <= UINT64_C(1) << 50 && sent.wire_bytes <= UINT64_C(1) << 50);
}

static void a_ring_without_a_tree(void **state)
{
    (void)state;
    static const char absent[] =
        "rsync: [sender] change_dir \"pilot/Office/Data\" (in office) failed: No such file or directory (2)\n"
        "rsync error: some files/attrs were not transferred (see previous errors) (code 23) at "
        "main.c(1956)\n";
    struct site_listing listing;
    struct err err = {0};
    enum site_trouble trouble = SITE_HERE;
    AUTO_ERRAND_END end = answer(23, "", absent);
    assert_ok(site_list_read(&daemon_of_anna, "pilot", &end, &listing, &trouble, &err));
    assert_int_equal(trouble, SITE_FINE);
    assert_false(listing.stands);
    AUTO_ERRAND_END barred =
        answer(23, "", "rsync: [sender] change_dir \"x\" failed: Permission denied (13)\n");
    assert_fails(site_list_read(&daemon_of_anna, "pilot", &barred, &listing, &trouble, &err), ERR_FAILED);
    assert_int_equal(trouble, SITE_DENIED);
}

/* ---- transfers ---- */

static void what_was_sent(void **state)
{
    (void)state;
    struct site_sent sent;
    struct err err = {0};
    enum site_trouble trouble;
    AUTO_ERRAND_END end =
        answer(0,
               "\r     25873   0%    0.00kB/s    0:00:00\r  300 100% (xfr#41, to-chk=0/41)\n\n"
               "Number of files: 41 (reg: 41)\nNumber of regular files transferred: 17\n"
               "Total file size: 266282176 bytes\nTotal transferred file size: 265180419 bytes\n"
               "Literal data: 43379347 bytes\nTotal bytes sent: 43453159\n",
               "");
    assert_ok(site_sent_read(&in_folder, &end, &sent, &trouble, &err));
    assert_int_equal(sent.files, 17);
    assert_int_equal(sent.bytes, 265180419);
    assert_int_equal(sent.wire_bytes, 43453159);
    AUTO_ERRAND_END broken = answer(30, "\r   100   0%\r   2000   1%  20.00kB/s", "io timeout\n");
    assert_fails(site_sent_read(&in_folder, &broken, &sent, &trouble, &err), ERR_UPSTREAM);
    assert_int_equal(sent.bytes, 2000);
    AUTO_ERRAND_END nothing = answer(0, "hello\n", "");
    assert_fails(site_sent_read(&in_folder, &nothing, &sent, &trouble, &err), ERR_FAILED);
    assert_int_equal(trouble, SITE_STRANGE);
    assert_int_equal(site_progress(""), 0);
    assert_int_equal(site_progress("\r\r \r"), 0);
    assert_int_equal(site_progress("half a line 7\r  12   3%\rx"), 12);
}

/* ---- proofs ---- */

struct proven {
    int status;
    const char *out;
    const char *wrongs; /* "path problem," each; NULL: no proof */
    enum site_trouble trouble;
};

static void assert_proven(enum site_proof by, bool descriptors, const struct proven *proven)
{
    AUTO_ERRAND_END end = answer(proven->status, proven->out, "rsync: said\n");
    AUTO_BUF text = {0};
    struct site_wrongs wrongs;
    struct err err = {0};
    enum site_trouble trouble;
    bool ok = site_prove_read(&by_ssh, &load, by, descriptors, &end, &wrongs, &trouble, &err);
    for (size_t i = 0; i < wrongs.len; i++)
        buf_printf(&text, "%s %s,", wrongs.item[i].file->path, wrongs.item[i].problem);
    if (ok != (proven->wrongs != NULL) || trouble != proven->trouble)
        fail_msg("%s: %d %s %s", proven->out, ok, site_trouble_name(trouble), err.msg);
    assert_string_equal(buf_text(&text), ok ? proven->wrongs : "");
    site_wrongs_clear(&wrongs);
}

#define STATS(files) "\nNumber of files: " files "\nNumber of created files: 0\nTotal bytes sent: 9\n"

static void proofs_by_rsync(void **state)
{
    (void)state;
    static const struct proven table[] = {
        {0, STATS("3 (reg: 2, dir: 1)"), "", SITE_FINE},
        {0, STATS("2 (reg: 2)"), "", SITE_FINE},
        {0, "<fc.T...... " B "/s640.cab\n" STATS("2 (reg: 2)"), B "/s640.cab has other bytes,", SITE_FINE},
        {0, ">fcsT...... " B "/s640.cab\n" STATS("2 (reg: 2)"), B "/s640.cab has other bytes,", SITE_FINE},
        {0,
         "created directory pilot/Office/Data\ncd+++++++++ " B "/\n<f+++++++++ " B "/i640.cab\n<f+++++++++ " B
         "/s640.cab\n" STATS("3 (reg: 2, dir: 1)"),
         B "/i640.cab is missing," B "/s640.cab is missing,", SITE_FINE},
        /* fewer compared than asked for, more, none at all, others */
        {0, STATS("1 (reg: 1)"), NULL, SITE_STRANGE},
        {0, STATS("4 (reg: 4)"), NULL, SITE_STRANGE},
        {0, STATS("0"), NULL, SITE_STRANGE},
        {0, "Number of files: 2\n(reg: 2)\n", NULL, SITE_STRANGE},
        {0, "", NULL, SITE_STRANGE},
        {0, "<fc.T...... " B "/other.cab\n" STATS("2 (reg: 2)"), NULL, SITE_STRANGE},
        {0, "<fc.T...... v64_" B ".cab\n" STATS("2 (reg: 2)"), NULL, SITE_STRANGE},
        {23, STATS("2 (reg: 2)"), NULL, SITE_STRANGE},
        {12, STATS("2 (reg: 2)"), NULL, SITE_UNREACHABLE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_proven(SITE_PROOF_RSYNC, false, &table[i]);
    static const struct proven with_descriptors = {0,
                                                   "<fc.T...... v64_" B ".cab\n" STATS("5 (reg: 4, dir: 1)"),
                                                   "v64_" B ".cab has other bytes,", SITE_FINE};
    assert_proven(SITE_PROOF_RSYNC, true, &with_descriptors);
}

static void proofs_by_sha256sum(void **state)
{
    (void)state;
    static const struct proven table[] = {
        {0, B "/i640.cab: OK\n" B "/s640.cab: OK\n", "", SITE_FINE},
        {1, B "/i640.cab: FAILED\n" B "/s640.cab: OK\n", B "/i640.cab has other bytes,", SITE_FINE},
        {1, B "/i640.cab: FAILED open or read\n" B "/s640.cab: FAILED\n",
         B "/i640.cab is missing," B "/s640.cab has other bytes,", SITE_FINE},
        {SITE_NO_FOLDER, "", B "/i640.cab is missing," B "/s640.cab is missing,", SITE_FINE},
        {0, B "/i640.cab: OK\n", NULL, SITE_STRANGE},
        {0, B "/i640.cab: OK\n" B "/s640.cab: OK\nmore\n", NULL, SITE_STRANGE},
        {0, B "/i640.cab: OK\n" B "/other.cab: OK\n", NULL, SITE_STRANGE},
        {0, "", NULL, SITE_STRANGE},
        {1, "", NULL, SITE_UNABLE}, /* BusyBox's usage, rrsync's sentence */
        {127, "", NULL, SITE_UNABLE},
        {255, "", NULL, SITE_UNREACHABLE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_proven(SITE_PROOF_SHA256, false, &table[i]);
}

/* One file told of twice does not stand for another. */
static void each_file_is_counted_once(void **state)
{
    (void)state;
    static const struct proven table[] = {
        {0, B "/i640.cab: OK\n" B "/i640.cab: OK\n", NULL, SITE_STRANGE},
        {1, B "/i640.cab: FAILED\n" B "/i640.cab: OK\n", NULL, SITE_STRANGE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_proven(SITE_PROOF_SHA256, false, &table[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looking),
        cmocka_unit_test(staging),
        cmocka_unit_test(no_more_basis_than_rsync_takes),
        cmocka_unit_test(proving),
        cmocka_unit_test(placing_and_removing),
        cmocka_unit_test(a_pointer_is_later_than_the_one_before),
        cmocka_unit_test(what_an_exit_means),
        cmocka_unit_test(what_an_exit_means_in_a_folder),
        cmocka_unit_test(what_other_ends_mean),
        cmocka_unit_test(what_stands_there),
        cmocka_unit_test(a_folder_behind_a_link),
        cmocka_unit_test(a_listing_without_end),
        cmocka_unit_test(numbers_that_nothing_could_count),
        cmocka_unit_test(a_ring_without_a_tree),
        cmocka_unit_test(what_was_sent),
        cmocka_unit_test(proofs_by_rsync),
        cmocka_unit_test(proofs_by_sha256sum),
        cmocka_unit_test(each_file_is_counted_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The commands for sites against a real rsync daemon and a real sshd, and in a folder: what they do there,
 * and what their answers are read as. The daemons end with their test. */
#include "world.h"

#include "ringmgr/base/clock.h"
#include "shares/outbox.h"
#include "shares/site.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/wait.h>
#include <utime.h>

#define RING  "production"
#define OTHER "pilot"

struct scene {
    struct world *world;
    struct outbox *outbox;
    char *site; /* where its rings are */
    pid_t daemon;
    unsigned port;
    char *ssh_config, *password;
    struct site_where where[3]; /* by enum where_kind */
    char *data, *rings, *empty;
};

/* ---- servers ---- */

static void write_text(const char *path, mode_t mode, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static void need(const char *program)
{
    if (access(program, X_OK) != 0)
        test_missing(program);
}

static int connect_to(unsigned port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
        return fd;
    close(fd);
    return -1;
}

/* A port that nobody has at the moment. */
static unsigned free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    close(fd);
    return ntohs(at.sin_port);
}

static void start_daemon(struct scene *scene)
{
    static const char *const modules[] = {"office",   "",
                                          "reading",  "read only = yes\n",
                                          "writing",  "write only = yes\n",
                                          "refusing", "refuse options = checksum delete\n",
                                          "hiding",   "exclude = s*.cab\n",
                                          "closed",   "hosts allow = 192.0.2.1\n"};
    AUTO_BUF text = {0};
    const char *as_root = getuid() == 0 ? "uid = 0\ngid = 0\n" : "";
    char *conf = mem_printf("%s/rsyncd.conf", scene->world->path);
    char *secrets = mem_printf("%s/secrets", scene->world->path);
    buf_printf(&text, "use chroot = no\n%sread only = no\nmotd file = %s\nlog file = /dev/null\n", as_root,
               conf);
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i += 2)
        buf_printf(&text, "[%s]\npath = %s\n%s", modules[i], scene->site, modules[i + 1]);
    buf_printf(&text, "[gone]\npath = %s/none\n", scene->world->path);
    buf_printf(&text, "[account]\npath = %s\nauth users = anna\nsecrets file = %s\n", scene->site, secrets);
    write_text(conf, 0600, buf_text(&text));
    write_text(secrets, 0600, "anna:geheim\n");
    char *config = mem_printf("--config=%s", conf);
    for (int attempt = 0; attempt < 5 && !scene->daemon; attempt++) {
        scene->port = free_port();
        char *port = mem_printf("--port=%u", scene->port);
        scene->daemon = fork();
        if (scene->daemon == 0) {
            execlp("rsync", "rsync", "--daemon", "--no-detach", "--address=127.0.0.1", port, config, NULL);
            _exit(127);
        }
        int fd = -1;
        while (fd < 0 && waitpid(scene->daemon, NULL, WNOHANG) == 0 && (fd = connect_to(scene->port)) < 0)
            usleep(5000);
        if (fd < 0)
            scene->daemon = 0;
        close(fd);
        free(port);
    }
    assert_true(scene->daemon > 0);
    free(config);
    free(secrets);
    free(conf);
}

/* No daemon: ssh starts its sshd itself, and both end together. */
static void prepare_ssh(struct scene *scene)
{
    const char *at = scene->world->path;
    AUTO_BUF text = {0};
    char *command = mem_printf("cd %s && ssh-keygen -q -t ed25519 -N '' -f host && "
                               "ssh-keygen -q -t ed25519 -N '' -f key && cp key.pub keys && "
                               "echo \"there $(cat host.pub)\" >known && chmod 600 keys known",
                               at);
    assert_int_equal(system(command), 0);
    free(command);
    if (getuid() == 0)
        (void)!mkdir("/run/sshd", 0755); /* as Debian's own unit does */
    buf_printf(&text,
               "HostKey %s/host\nAuthorizedKeysFile %s/keys\nStrictModes no\nUsePAM no\n"
               "PermitRootLogin yes\nPidFile none\n",
               at, at);
    char *path = mem_printf("%s/sshd_config", at);
    write_text(path, 0600, buf_text(&text));
    free(path);
    buf_clear(&text);
    buf_printf(&text,
               "Host *\nHostKeyAlias there\nUserKnownHostsFile %s/known\nIdentityFile %s/key\n"
               "IdentitiesOnly yes\nKexAlgorithms curve25519-sha256\nProxyCommand /usr/sbin/sshd -i -f "
               "%s/sshd_config -E %s/sshd.log\n",
               at, at, at, at);
    scene->ssh_config = mem_printf("%s/ssh config's", at);
    write_text(scene->ssh_config, 0600, buf_text(&text));
}

static int set_scene(void **state)
{
    struct scene *scene = mem_new(1, sizeof *scene);
    struct err err = {0};
    assert_int_equal(world_setup(state), 0);
    scene->world = *state;
    scene->site = mem_printf("%s/site", scene->world->path);
    assert_int_equal(mkdir(scene->site, 0755), 0);
    *state = scene;
    char *store = mem_printf("%s/store", scene->world->path);
    scene->outbox = outbox_make(scene->world->store, store, "run", &err);
    if (!scene->outbox)
        fail_msg("%s", err.msg);
    free(store);
    scene->data = outbox_data_path(scene->outbox, RING);
    scene->rings = outbox_rings_path(scene->outbox);
    scene->empty = outbox_empty_path(scene->outbox);
    need("/usr/bin/rsync");
    need("/usr/sbin/sshd");
    return 0;
}

static int clear_scene(void **state)
{
    struct scene *scene = *state;
    *state = scene->world;
    if (scene->daemon > 0) {
        kill(scene->daemon, SIGTERM);
        waitpid(scene->daemon, NULL, 0);
    }
    outbox_close(scene->outbox);
    free(scene->data);
    free(scene->rings);
    free(scene->empty);
    free(scene->site);
    free(scene->ssh_config);
    free(scene->password);
    free(scene);
    return world_teardown(state);
}

static struct site_where where_of(struct scene *scene, enum where_kind kind)
{
    if (kind == WHERE_DAEMON && !scene->daemon)
        start_daemon(scene);
    if (kind == WHERE_SSH && !scene->ssh_config)
        prepare_ssh(scene);
    return (struct site_where){.kind = kind,
                               .user = "",
                               .host = "127.0.0.1",
                               .port = scene->port,
                               .module = "office",
                               .path = kind == WHERE_DAEMON ? "" : scene->site,
                               .credentials = "",
                               .ssh_config = scene->ssh_config};
}

/* ---- steps ---- */

static struct errand_end run(struct errand *errand)
{
    struct errand_end end = {0};
    errand_run(errand, &end);
    return end;
}

static void assert_done(const struct site_where *where, struct errand *errand)
{
    struct err err = {0};
    AUTO_ERRAND_END end = run(errand);
    if (!site_judge(where, &end, NULL, &err))
        fail_msg("%s\n%s", err.msg, buf_text(&end.said));
}

static struct site_load load_of(const struct scene *scene, const char *build, const struct share_file *files)
{
    return (struct site_load){
        .ring = RING, .build = build, .data = scene->data, .file = files, .files = FILES};
}

static void add_to_outbox(struct scene *scene, const char *ring, const struct share_file *files)
{
    struct err err = {0};
    assert_ok(outbox_add(scene->outbox, ring, files, FILES, &err));
    assert_ok(outbox_prove(scene->outbox, ring, files, FILES, NULL, NULL, &err));
}

static struct site_sent send_build(const struct site_where *where, const struct site_stage *stage,
                                   bool measure)
{
    AUTO_ERRAND errand = {0};
    struct err err = {0};
    struct site_sent sent;
    if (measure)
        site_measure_plan(where, stage, &errand);
    else
        site_stage_plan(where, stage, &errand);
    AUTO_ERRAND_END end = run(&errand);
    if (!site_sent_read(where, &end, &sent, NULL, &err))
        fail_msg("%s\n%s", err.msg, buf_text(&end.said));
    return sent;
}

static struct site_listing look(const struct site_where *where, const char *ring);

static bool stands(const struct site_where *where, const char *ring)
{
    struct site_listing listing = look(where, ring);
    bool it = listing.stands;
    site_listing_clear(&listing);
    return it;
}

static void make_folders(const struct scene *scene, const struct site_where *where, const char *ring,
                         const char *build)
{
    AUTO_ERRAND errand = {0};
    site_folders_plan(where, ring, build, scene->rings, stands(where, ring), &errand);
    assert_done(where, &errand);
}

/* What is wrong, as "path problem" lines. */
static char *prove(const struct site_where *where, const struct site_load *load, enum site_proof by,
                   bool descriptors)
{
    AUTO_ERRAND errand = {0};
    AUTO_STRV lines = {0};
    struct err err = {0};
    struct site_wrongs wrongs;
    enum site_trouble trouble;
    site_prove_plan(where, load, by, descriptors, &errand);
    AUTO_ERRAND_END end = run(&errand);
    if (!site_prove_read(where, load, by, descriptors, &end, &wrongs, &trouble, &err))
        fail_msg("%s\n%s\n%s", err.msg, buf_text(&end.out), buf_text(&end.said));
    for (size_t i = 0; i < wrongs.len; i++)
        strv_addf(&lines, "%s %s", wrongs.item[i].file->path, wrongs.item[i].problem);
    strv_sort(&lines);
    site_wrongs_clear(&wrongs);
    return strv_join(&lines, "\n");
}

static void assert_proof(const struct site_where *where, const struct site_load *load, bool descriptors,
                         const char *wanted)
{
    for (enum site_proof by = SITE_PROOF_RSYNC; by <= SITE_PROOF_SHA256; by++) {
        if (by == SITE_PROOF_SHA256 && where->kind != WHERE_SSH)
            continue;
        char *found = prove(where, load, by, descriptors);
        assert_string_equal(found, wanted);
        free(found);
    }
}

static struct site_listing look(const struct site_where *where, const char *ring)
{
    AUTO_ERRAND errand = {0};
    struct err err = {0};
    struct site_listing listing;
    enum site_trouble trouble;
    site_list_plan(where, ring, &errand);
    AUTO_ERRAND_END end = run(&errand);
    if (!site_list_read(where, ring, &end, &listing, &trouble, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(trouble, SITE_FINE);
    return listing;
}

static void assert_listing(const struct site_where *where, unsigned pointers, const char *builds,
                           size_t descriptors, size_t leftovers, size_t foreign)
{
    struct site_listing listing = look(where, RING);
    char *found = strv_join(&listing.builds, " ");
    assert_true(listing.stands);
    assert_int_equal(listing.pointers, pointers);
    assert_string_equal(found, builds);
    assert_int_equal(listing.descriptors.len, descriptors);
    assert_int_equal(listing.leftovers, leftovers);
    assert_int_equal(listing.foreign, foreign);
    free(found);
    site_listing_clear(&listing);
}

static void flip(struct scene *scene, const struct site_where *where, enum architecture architecture,
                 const struct share_file *descriptor, int64_t mtime)
{
    AUTO_ERRAND errand = {0};
    struct err err = {0};
    char *folder = outbox_pointer_path(scene->outbox, "tokyo", RING);
    assert_ok(outbox_pointer(scene->outbox, "tokyo", RING, architecture, &descriptor->digest, mtime, &err));
    site_flip_plan(where, RING, architecture, folder, &errand);
    assert_done(where, &errand);
    free(folder);
}

static void assert_pointer(struct scene *scene, const struct site_where *where,
                           enum architecture architecture, const struct share_file *descriptor, int64_t mtime)
{
    AUTO_ERRAND errand = {0};
    AUTO_BUF bytes = {0};
    struct err err = {0};
    bool present;
    int64_t there;
    char *folder = outbox_scratch(scene->outbox, "tokyo", RING, &err);
    assert_non_null(folder);
    site_fetch_plan(where, RING, architecture, folder, &errand);
    assert_done(where, &errand);
    assert_ok(outbox_fetched(scene->outbox, "tokyo", RING, architecture, &present, &bytes, &there, &err));
    assert_true(present);
    struct digest digest = digest_of(bytes.data, bytes.len);
    assert_true(digest_equal(&digest, &descriptor->digest));
    assert_int_equal(there, mtime);
    free(folder);
}

/* A path below Office/Data at the site. */
static char *there(const struct scene *scene, const char *ring, const char *path)
{
    return mem_printf("%s/%s/" TREE_DATA "/%s", scene->site, ring, path);
}

static struct stat stat_there(const struct scene *scene, const char *ring, const char *path)
{
    struct stat st;
    char *full = there(scene, ring, path);
    if (lstat(full, &st) != 0)
        fail_msg("%s: %s", full, strerror(errno));
    free(full);
    return st;
}

/* Gives a file there other bytes, of the same length and with the same time. */
static void spoil(const struct scene *scene, const char *path)
{
    struct stat st = stat_there(scene, RING, path);
    char *full = there(scene, RING, path);
    chmod(full, 0644);
    int fd = open(full, O_WRONLY);
    assert_int_equal(pwrite(fd, "X", 1, 3), 1);
    struct timespec times[] = {st.st_atim, st.st_mtim};
    futimens(fd, times);
    close(fd);
    chmod(full, 0444);
    free(full);
}

static void make_there(const struct scene *scene, const char *path)
{
    char *full = there(scene, RING, path);
    write_text(full, 0644, "a stranger's");
    free(full);
}

static void assert_gone(const struct scene *scene, const char *path)
{
    char *full = there(scene, RING, path);
    assert_int_not_equal(access(full, F_OK), 0);
    free(full);
}

/* ---- journeys ---- */

static void bring(struct scene *scene, const struct site_where *where, const char *build,
                  const struct share_file *files, const struct strv *basis)
{
    AUTO_ERRAND errand = {0};
    struct site_stage stage = {.load = load_of(scene, build, files), .basis = basis};
    add_to_outbox(scene, RING, files);
    make_folders(scene, where, RING, build);
    assert_int_equal(send_build(where, &stage, true).files, 3);
    assert_int_equal(send_build(where, &stage, false).files, 3);
    assert_int_equal(send_build(where, &stage, true).files, 0);
    assert_proof(where, &stage.load, false, "");
    site_descriptors_plan(where, &stage.load, &errand);
    assert_done(where, &errand);
    assert_proof(where, &stage.load, true, "");
}

/* What is wrong there is found by name, and put right. */
static void repair(struct scene *scene, const struct site_where *where)
{
    const struct share_file *files = scene->world->old_files;
    struct site_stage stage = {.load = load_of(scene, OLD_BUILD, files), .by_content = true};
    char *lost = there(scene, RING, OLD_BUILD "/i640.cab");
    spoil(scene, OLD_BUILD "/s640.cab");
    assert_int_equal(unlink(lost), 0);
    char *descriptor = there(scene, RING, "v32_" OLD_BUILD ".cab");
    assert_int_equal(unlink(descriptor), 0);
    assert_proof(where, &stage.load, true,
                 OLD_BUILD "/i640.cab is missing\n" OLD_BUILD "/s640.cab has other bytes\n"
                           "v32_" OLD_BUILD ".cab is missing");
    assert_int_equal(send_build(where, &stage, false).files, 2);
    assert_proof(where, &stage.load, false, "");
    AUTO_ERRAND errand = {0};
    site_descriptors_plan(where, &stage.load, &errand);
    assert_done(where, &errand);
    assert_proof(where, &stage.load, true, "");
    free(lost);
    free(descriptor);
}

/* The same build in another ring takes no room there. */
static void share_with_other_ring(struct scene *scene, const struct site_where *where)
{
    const struct share_file *files = scene->world->new_files;
    AUTO_STRV basis = {0};
    strv_add(&basis, OTHER "/16.0.1.1");
    strv_add(&basis, RING "/" NEW_BUILD);
    char *data = outbox_data_path(scene->outbox, OTHER);
    struct site_stage stage = {.load = load_of(scene, NEW_BUILD, files), .basis = &basis};
    stage.load.ring = OTHER;
    stage.load.data = data;
    add_to_outbox(scene, OTHER, files);
    make_folders(scene, where, OTHER, NEW_BUILD);
    assert_int_equal(send_build(where, &stage, true).files, 3);
    assert_int_equal(send_build(where, &stage, false).files, 0);
    assert_proof(where, &stage.load, false, "");
    assert_int_equal(stat_there(scene, RING, NEW_BUILD "/s640.cab").st_ino,
                     stat_there(scene, OTHER, NEW_BUILD "/s640.cab").st_ino);
    free(data);
}

static void flip_twice(struct scene *scene, const struct site_where *where)
{
    const struct share_file *old = scene->world->old_files, *new = scene->world->new_files;
    flip(scene, where, ARCH_X86, &old[0], 1785000000);
    flip(scene, where, ARCH_X64, &old[1], 1785000000);
    struct stat before = stat_there(scene, RING, "v64.cab");
    assert_pointer(scene, where, ARCH_X86, &old[0], 1785000000);
    assert_pointer(scene, where, ARCH_X64, &old[1], 1785000000);
    flip(scene, where, ARCH_X64, &new[1], 1785000001);
    assert_pointer(scene, where, ARCH_X64, &new[1], 1785000001);
    assert_pointer(scene, where, ARCH_X86, &old[0], 1785000000);
    struct stat after = stat_there(scene, RING, "v64.cab");
    assert_true(before.st_ino != after.st_ino);
    assert_int_equal(after.st_nlink, 1);
    assert_int_equal(after.st_mode & 07777, 0444);
    flip(scene, where, ARCH_X86, &new[0], 1785000001);
}

static void clean_up(struct scene *scene, const struct site_where *where)
{
    AUTO_ERRAND errand = {0};
    make_there(scene, "notes.txt");
    make_there(scene, ".v64.cab.a1B2c3");
    make_there(scene, ".v64_" OLD_BUILD ".cab.a1B2c3");
    make_there(scene, NEW_BUILD "/.s640.cab.a1B2c3");
    make_there(scene, OLD_BUILD "/anything");
    assert_listing(where, ARCH_X86 | ARCH_X64, OLD_BUILD " " NEW_BUILD, 4, 2, 1);
    site_sweep_plan(where, RING, NULL, scene->empty, &errand);
    assert_done(where, &errand);
    site_sweep_plan(where, RING, NEW_BUILD, scene->empty, &errand);
    assert_done(where, &errand);
    assert_gone(scene, NEW_BUILD "/.s640.cab.a1B2c3");
    assert_listing(where, ARCH_X86 | ARCH_X64, OLD_BUILD " " NEW_BUILD, 4, 0, 1);
    site_undescribe_plan(where, RING, OLD_BUILD, scene->empty, &errand);
    assert_done(where, &errand);
    assert_listing(where, ARCH_X86 | ARCH_X64, OLD_BUILD " " NEW_BUILD, 2, 0, 1);
    site_remove_plan(where, RING, OLD_BUILD, scene->empty, &errand);
    assert_done(where, &errand);
    assert_listing(where, ARCH_X86 | ARCH_X64, NEW_BUILD, 2, 0, 1);
    struct site_load load = load_of(scene, NEW_BUILD, scene->world->new_files);
    assert_proof(where, &load, true, "");
    assert_gone(scene, OLD_BUILD);
}

static void journey(struct scene *scene, enum where_kind kind)
{
    struct site_where where = where_of(scene, kind);
    struct site_listing empty = look(&where, RING);
    AUTO_ERRAND errand = {0};
    AUTO_STRV basis = {0};
    strv_add(&basis, RING "/" OLD_BUILD);
    assert_false(empty.stands);
    site_knock_plan(&where, &errand);
    assert_done(&where, &errand);
    struct site_load load = load_of(scene, OLD_BUILD, scene->world->old_files);
    add_to_outbox(scene, RING, scene->world->old_files);
    assert_proof(&where, &load, false,
                 OLD_BUILD "/i640.cab is missing\n" OLD_BUILD "/s320.cab is missing\n" OLD_BUILD
                           "/s640.cab is missing");
    assert_gone(scene, "."); /* to ask makes nothing */
    bring(scene, &where, OLD_BUILD, scene->world->old_files, NULL);
    assert_listing(&where, 0, OLD_BUILD, 2, 0, 0);
    repair(scene, &where);
    bring(scene, &where, NEW_BUILD, scene->world->new_files, &basis);
    share_with_other_ring(scene, &where);
    flip_twice(scene, &where);
    clean_up(scene, &where);
    assert_int_equal(stat_there(scene, RING, NEW_BUILD "/s640.cab").st_mode & 07777, 0444);
}

static void a_daemon(void **state)
{
    journey(*state, WHERE_DAEMON);
}

/* As many of the steps as tell anything new: each makes a connection, and that is dear. */
static void an_account_by_ssh(void **state)
{
    struct scene *scene = *state;
    const struct share_file *old = scene->world->old_files, *new = scene->world->new_files;
    struct site_where where = where_of(scene, WHERE_SSH);
    struct site_stage stage = {.load = load_of(scene, OLD_BUILD, old)};
    AUTO_ERRAND errand = {0};
    AUTO_STRV basis = {0};
    assert_false(look(&where, RING).stands);
    add_to_outbox(scene, RING, old);
    make_folders(scene, &where, RING, OLD_BUILD);
    assert_int_equal(send_build(&where, &stage, false).files, 3);
    char *lost = there(scene, RING, OLD_BUILD "/i640.cab");
    spoil(scene, OLD_BUILD "/s640.cab");
    assert_int_equal(unlink(lost), 0);
    assert_proof(&where, &stage.load, false,
                 OLD_BUILD "/i640.cab is missing\n" OLD_BUILD "/s640.cab has other bytes");
    stage.by_content = true;
    assert_int_equal(send_build(&where, &stage, false).files, 2);
    site_descriptors_plan(&where, &stage.load, &errand);
    assert_done(&where, &errand);
    assert_proof(&where, &stage.load, true, "");
    /* files of the same name, size and second that are not the same */
    strv_add(&basis, RING "/" OLD_BUILD);
    stage = (struct site_stage){.load = load_of(scene, NEW_BUILD, new), .basis = &basis};
    add_to_outbox(scene, RING, new);
    make_folders(scene, &where, RING, NEW_BUILD);
    assert_int_equal(send_build(&where, &stage, false).files, 3);
    flip(scene, &where, ARCH_X64, &old[1], 1785000000);
    assert_pointer(scene, &where, ARCH_X64, &old[1], 1785000000);
    site_remove_plan(&where, RING, OLD_BUILD, scene->empty, &errand);
    assert_done(&where, &errand);
    assert_listing(&where, ARCH_X64, NEW_BUILD, 2, 0, 0);
    assert_proof(&where, &stage.load, false, "");
    free(lost);
}

static void a_folder(void **state)
{
    journey(*state, WHERE_FOLDER);
}

/* A transfer that is stopped goes on where it was. */
static void it_goes_on_where_it_was(void **state)
{
    enum { LENGTH = 6 << 20, ENOUGH = 2 << 20 };
    struct scene *scene = *state;
    struct site_where where = where_of(scene, WHERE_DAEMON);
    struct share_file *file = &scene->world->old_files[2];
    struct err err = {0};
    char *bytes = mem_new(LENGTH + 1, 1);
    for (size_t i = 0; i < LENGTH; i++)
        bytes[i] = (char)("abcdefghijklmnopqrstuvwxyz"[(i * i / 7 + i / 251) % 26]);
    file->digest = world_object(scene->world, bytes);
    file->bytes = LENGTH;
    free(bytes);
    struct site_stage stage = {.load = load_of(scene, OLD_BUILD, scene->world->old_files),
                               .rate_limit = 2 << 20};
    add_to_outbox(scene, RING, scene->world->old_files);
    make_folders(scene, &where, RING, OLD_BUILD);
    struct errands *pool = errands_new(1);
    AUTO_ERRAND errand = {0};
    struct errand_end end = {0};
    struct site_sent sent;
    enum site_trouble trouble;
    site_stage_plan(&where, &stage, &errand);
    errands_begin(pool, &errand, scene);
    while (site_progress(errands_peek(pool, scene)) < ENOUGH)
        assert_false(errands_next(pool, 50, &end));
    errands_stop(pool, scene);
    assert_true(errands_next(pool, -1, &end));
    assert_fails(site_sent_read(&where, &end, &sent, &trouble, &err), ERR_LOCKED);
    assert_int_equal(trouble, SITE_CLOSED);
    assert_true(sent.bytes >= ENOUGH && sent.bytes < LENGTH);
    errand_end_clear(&end);
    errands_free(pool);
    char *part = there(scene, RING, OLD_BUILD "/" SITE_PARTIAL_DIR "/s640.cab");
    for (int i = 0; i < 2000 && access(part, F_OK) != 0; i++)
        usleep(5000); /* the daemon hears of it a little later */
    assert_int_equal(access(part, F_OK), 0);
    free(part);
    assert_gone(scene, OLD_BUILD "/s640.cab");
    stage.rate_limit = 0;
    assert_true(send_build(&where, &stage, false).wire_bytes < LENGTH - ENOUGH / 2);
    assert_gone(scene, OLD_BUILD "/" SITE_PARTIAL_DIR);
    char *found = prove(&where, &stage.load, SITE_PROOF_RSYNC, false);
    assert_string_equal(found, "");
    free(found);
}

/* ---- what goes wrong ---- */

static void assert_trouble(const struct site_where *where, struct errand *errand, enum site_trouble wanted,
                           enum err_code code, const char *part)
{
    struct err err = {0};
    enum site_trouble trouble;
    AUTO_ERRAND_END end = run(errand);
    assert_fails(site_judge(where, &end, &trouble, &err), code);
    if (trouble != wanted || !strstr(err.msg, part))
        fail_msg("%s, not %s: %s\n%s", site_trouble_name(trouble), site_trouble_name(wanted), err.msg,
                 buf_text(&end.said));
}

static void assert_no_knock(const struct site_where *where, enum site_trouble wanted, enum err_code code,
                            const char *part)
{
    AUTO_ERRAND errand = {0};
    site_knock_plan(where, &errand);
    assert_trouble(where, &errand, wanted, code, part);
}

static void a_daemon_that_does_not_want(void **state)
{
    struct scene *scene = *state;
    const struct site_where good = where_of(scene, WHERE_DAEMON);
    struct site_where where = good;
    where.module = "nothing";
    assert_no_knock(&where, SITE_DENIED, ERR_FAILED, "Unknown module 'nothing'");
    where.module = "closed";
    assert_no_knock(&where, SITE_DENIED, ERR_FAILED, "hosts allow");
    where.module = "gone";
    assert_no_knock(&where, SITE_NO_TARGET, ERR_FAILED, "chdir failed");
    where.module = "writing";
    assert_no_knock(&where, SITE_DENIED, ERR_FAILED, "write only");
    where = good;
    where.path = "none/at/all";
    assert_no_knock(&where, SITE_NO_TARGET, ERR_FAILED, "mount it");
    where = good;
    where.port = free_port();
    assert_no_knock(&where, SITE_UNREACHABLE, ERR_UPSTREAM, "127.0.0.1: rsync: ");
    where = good;
    where.host = "no-such-host.invalid";
    assert_no_knock(&where, SITE_UNREACHABLE, ERR_UPSTREAM, "no-such-host.invalid: ");
}

static void a_password(void **state)
{
    struct scene *scene = *state;
    struct site_where where = where_of(scene, WHERE_DAEMON);
    AUTO_ERRAND errand = {0};
    where.module = "account";
    assert_no_knock(&where, SITE_DENIED, ERR_FAILED, "auth failed");
    where.user = "anna";
    assert_no_knock(&where, SITE_DENIED, ERR_FAILED, "auth failed");
    scene->password = mem_printf("%s/password", scene->world->path);
    where.credentials = scene->password;
    assert_no_knock(&where, SITE_HERE, ERR_FAILED, "credentials");
    write_text(scene->password, 0600, "falsch\n");
    assert_no_knock(&where, SITE_DENIED, ERR_FAILED, "auth failed");
    write_text(scene->password, 0600, "geheim\n");
    site_knock_plan(&where, &errand);
    for (size_t i = 0; i < errand.arguments.len; i++)
        assert_null(strstr(errand.arguments.item[i], "geheim"));
    assert_done(&where, &errand);
    chmod(scene->password, 0644);
    assert_no_knock(&where, SITE_HERE, ERR_FAILED, "credentials");
}

static void a_daemon_that_refuses(void **state)
{
    struct scene *scene = *state;
    const struct share_file *files = scene->world->old_files;
    struct site_where where = where_of(scene, WHERE_DAEMON);
    struct site_stage stage = {.load = load_of(scene, OLD_BUILD, files)};
    AUTO_ERRAND errand = {0};
    add_to_outbox(scene, RING, files);
    make_folders(scene, &where, RING, OLD_BUILD);
    where.module = "reading";
    site_stage_plan(&where, &stage, &errand);
    assert_trouble(&where, &errand, SITE_DENIED, ERR_FAILED, "read only = no");
    site_folders_plan(&where, RING, OLD_BUILD, scene->rings, false, &errand);
    assert_trouble(&where, &errand, SITE_DENIED, ERR_FAILED, "read only = no");
    where.module = "refusing";
    site_prove_plan(&where, &stage.load, SITE_PROOF_RSYNC, false, &errand);
    assert_trouble(&where, &errand, SITE_UNABLE, ERR_FAILED, "refuse options");
    site_remove_plan(&where, RING, OLD_BUILD, scene->empty, &errand);
    assert_trouble(&where, &errand, SITE_UNABLE, ERR_FAILED, "refuse options");
    where.module = "hiding";
    site_stage_plan(&where, &stage, &errand);
    assert_trouble(&where, &errand, SITE_UNABLE, ERR_FAILED, "exclude");
    where.module = "office";
    where.path = "none";
    site_folders_plan(&where, RING, OLD_BUILD, scene->rings, false, &errand);
    assert_trouble(&where, &errand, SITE_NO_TARGET, ERR_FAILED, "mount it");
}

static void a_folder_that_is_not_mounted(void **state)
{
    struct scene *scene = *state;
    struct site_where where = where_of(scene, WHERE_FOLDER);
    char *none = mem_printf("%s/none", scene->world->path);
    AUTO_ERRAND errand = {0};
    add_to_outbox(scene, RING, scene->world->old_files);
    where.path = none;
    assert_no_knock(&where, SITE_NO_TARGET, ERR_FAILED, "mount it");
    site_folders_plan(&where, RING, OLD_BUILD, scene->rings, false, &errand);
    assert_trouble(&where, &errand, SITE_NO_TARGET, ERR_FAILED, "mount it");
    assert_int_not_equal(access(none, F_OK), 0);
    free(none);
}

static void an_ssh_that_does_not_let_in(void **state)
{
    struct scene *scene = *state;
    struct site_where where = where_of(scene, WHERE_SSH);
    char *known = mem_printf("%s/known", scene->world->path);
    char *keys = mem_printf("%s/keys", scene->world->path);
    AUTO_ERRAND errand = {0};
    add_to_outbox(scene, RING, scene->world->old_files);
    where.path = "/nonexistent/folder";
    site_folders_plan(&where, RING, OLD_BUILD, scene->rings, false, &errand);
    assert_trouble(&where, &errand, SITE_NO_TARGET, ERR_FAILED, "mount it");
    assert_no_knock(&where, SITE_NO_TARGET, ERR_FAILED, "mount it");
    write_text(keys, 0600, "");
    assert_no_knock(&where, SITE_DENIED, ERR_FAILED, "authorized_keys");
    write_text(known, 0600, "");
    assert_no_knock(&where, SITE_DENIED, ERR_FAILED, "known_hosts");
    free(known);
    free(keys);
}

/* rrsync(1) lets nothing through but rsync: the other way to prove is open. */
static void an_ssh_for_rsync_only(void **state)
{
    struct scene *scene = *state;
    struct site_where where = where_of(scene, WHERE_SSH);
    const struct share_file *files = scene->world->old_files;
    struct site_load load = load_of(scene, OLD_BUILD, files);
    AUTO_BUF text = {0};
    AUTO_ERRAND errand = {0};
    struct err err = {0};
    struct site_wrongs wrongs;
    enum site_trouble trouble;
    char *keys = mem_printf("%s/keys", scene->world->path);
    int dir = open(scene->world->path, O_RDONLY | O_DIRECTORY);
    need("/usr/bin/rrsync");
    assert_ok(fs_read_file(dir, "key.pub", 4096, &text, &err));
    close(dir);
    char *line = mem_printf("command=\"/usr/bin/rrsync %s\",restrict %s", scene->site, buf_text(&text));
    write_text(keys, 0600, line);
    where.path = "/";
    add_to_outbox(scene, RING, files);
    make_folders(scene, &where, RING, OLD_BUILD);
    AUTO_STRV basis = {0};
    strv_add(&basis, OTHER "/" OLD_BUILD);
    struct site_stage stage = {.load = load, .basis = &basis, .rate_limit = 1 << 20};
    assert_int_equal(send_build(&where, &stage, false).files, 3);
    site_prove_plan(&where, &load, SITE_PROOF_SHA256, false, &errand);
    AUTO_ERRAND_END end = run(&errand);
    assert_fails(site_prove_read(&where, &load, SITE_PROOF_SHA256, false, &end, &wrongs, &trouble, &err),
                 ERR_FAILED);
    assert_int_equal(trouble, SITE_UNABLE);
    char *found = prove(&where, &load, SITE_PROOF_RSYNC, false);
    assert_string_equal(found, "");
    flip(scene, &where, ARCH_X64, &files[1], 1785000000);
    assert_pointer(scene, &where, ARCH_X64, &files[1], 1785000000);
    site_remove_plan(&where, RING, OLD_BUILD, scene->empty, &errand);
    assert_done(&where, &errand);
    assert_gone(scene, OLD_BUILD);
    free(found);
    free(line);
    free(keys);
}

/* A site's people may have put a ring on another disk. rsync would put an empty folder in the link's place,
 * and all that clients read there would be gone. */
static void a_ring_behind_a_link_stays_where_it_is(void **state)
{
    struct scene *scene = *state;
    struct site_where where = where_of(scene, WHERE_DAEMON);
    struct stat st;
    char *disk = mem_printf("%s/disk", scene->site), *link = mem_printf("%s/" RING, scene->site);
    char *command = mem_printf("mkdir -p %s/Office/Data && echo old >%s/Office/Data/v64.cab", disk, disk);
    char *pointer = mem_printf("%s/Office/Data/v64.cab", link);
    assert_int_equal(system(command), 0);
    assert_int_equal(symlink("disk", link), 0);
    add_to_outbox(scene, RING, scene->world->old_files);
    make_folders(scene, &where, RING, OLD_BUILD);
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(access(pointer, R_OK), 0);
    assert_listing(&where, ARCH_X64, OLD_BUILD, 0, 0, 0);
    free(pointer);
    free(command);
    free(link);
    free(disk);
}

/* In a mounted folder it is we who would follow it: into our own shares, if the server says so. */
static void a_mounted_ring_behind_a_link_is_refused(void **state)
{
    struct scene *scene = *state;
    struct site_where where = where_of(scene, WHERE_FOLDER);
    AUTO_ERRAND errand = {0};
    struct err err = {0};
    struct site_listing listing;
    enum site_trouble trouble;
    char *command = mem_printf("mkdir -p %s/own/Data %s/" RING " && ln -s %s/own %s/" RING "/Office",
                               scene->world->path, scene->site, scene->world->path, scene->site);
    assert_int_equal(system(command), 0);
    site_list_plan(&where, RING, &errand);
    AUTO_ERRAND_END end = run(&errand);
    assert_fails(site_list_read(&where, RING, &end, &listing, &trouble, &err), ERR_FAILED);
    assert_non_null(strstr(err.msg, "symbolic link"));
    free(command);
}

static void folders_are_open_to_clients_whatever_the_umask(void **state)
{
    struct scene *scene = *state;
    struct site_where where = where_of(scene, WHERE_FOLDER);
    static const char *const way[] = {"", "/Office", "/Office/Data", ("/Office/Data/" OLD_BUILD)};
    add_to_outbox(scene, RING, scene->world->old_files);
    mode_t was = umask(077);
    make_folders(scene, &where, RING, OLD_BUILD);
    umask(was);
    for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
        struct stat st;
        char *path = mem_printf("%s/" RING "%s", scene->site, way[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0755);
        free(path);
    }
}

#define SITE_CASE(function) cmocka_unit_test_setup_teardown(function, set_scene, clear_scene)

int main(void)
{

    const struct CMUnitTest tests[] = {
        SITE_CASE(a_daemon),
        SITE_CASE(an_account_by_ssh),
        SITE_CASE(a_folder),
        SITE_CASE(it_goes_on_where_it_was),
        SITE_CASE(a_daemon_that_does_not_want),
        SITE_CASE(a_password),
        SITE_CASE(a_daemon_that_refuses),
        SITE_CASE(a_folder_that_is_not_mounted),
        SITE_CASE(a_ring_behind_a_link_stays_where_it_is),
        SITE_CASE(a_mounted_ring_behind_a_link_is_refused),
        SITE_CASE(folders_are_open_to_clients_whatever_the_umask),
        SITE_CASE(an_ssh_that_does_not_let_in),
        SITE_CASE(an_ssh_for_rsync_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

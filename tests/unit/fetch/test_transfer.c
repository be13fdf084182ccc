/* Many files: how many at once, in which order, what one failure does to the others, what it costs. */
#include "scene.h"

#include <fcntl.h>
#include <sys/stat.h>

enum { MANY = 40 };

/* --- who serves --- */

static unsigned number_of(const struct request *request)
{
    return (unsigned)strtoul(strrchr(request->target, '/') + 1, NULL, 10);
}

/* File N is the first N × 1000 bytes of the content. */
static void by_number(struct request *request)
{
    server_file(request, content, number_of(request) * 1000u, "\"v1\"");
}

static void by_number_slowly(struct request *request)
{
    usleep(20 * 1000);
    by_number(request);
}

/* --- who asks --- */

struct many {
    struct transfer transfer[MANY];
    struct digest digest[MANY];
    char name[MANY][24];
};

/* Transfers for the files 1, 2 … MANY. */
static struct many *open_many(struct scene *scene)
{
    struct many *many = mem_new(1, sizeof *many);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(many->name[i], sizeof many->name[i], "%u", i + 1);
        many->digest[i] = digest_of(content, (i + 1) * 1000u);
        many->transfer[i] = transfer_of(scene, many->name[i], many->name[i]);
        many->transfer[i].expect_bytes = (i + 1) * 1000u;
        many->transfer[i].expect = &many->digest[i];
    }
    return many;
}

static void close_many(struct many *many)
{
    for (unsigned i = 0; i < MANY; i++)
        incoming_abort(many->transfer[i].in);
    free(many);
}

static void run_many(struct scene *scene, struct many *many)
{
    struct err err;
    assert_ok(transfer_run(scene->http, many->transfer, MANY, &err));
}

static void assert_all_done(const struct many *many)
{
    for (unsigned i = 0; i < MANY; i++) {
        if (many->transfer[i].result != TRANSFER_DONE)
            fail_msg("%s: %s", many->transfer[i].path, many->transfer[i].err.msg);
        assert_holds(&many->transfer[i], content, (i + 1) * 1000u);
        assert_int_equal(many->transfer[i].requests, 1);
        assert_int_equal(many->transfer[i].fetched_bytes, (i + 1) * 1000u);
    }
}

/* --- how many, in which order --- */

static void all_files_arrive_and_none_is_asked_twice(void **state)
{
    (void)state;
    struct scene scene;
    uint64_t requests, bytes;
    begin(&scene, by_number);
    struct many *many = open_many(&scene);
    run_many(&scene, many);
    assert_all_done(many);
    assert_int_equal(scene.server.requests, MANY);
    http_counters(scene.http, &requests, &bytes);
    assert_int_equal(requests, MANY);
    assert_int_equal(bytes, 1000u * MANY * (MANY + 1) / 2);
    close_many(many);
    end(&scene);
}

static void no_more_connections_than_allowed(void **state)
{
    (void)state;
    for (unsigned connections = 1; connections <= 5; connections += 2) {
        struct scene scene;
        begin(&scene, by_number_slowly);
        open_session(&scene, &(struct http_options){.connections = connections});
        struct many *many = open_many(&scene);
        run_many(&scene, many);
        assert_all_done(many);
        assert_int_equal(scene.server.most_busy, connections);
        assert_int_equal(scene.server.connections, connections);
        close_many(many);
        end(&scene);
    }
}

static void the_largest_come_first(void **state)
{
    (void)state;
    struct scene scene;
    char target[32];
    begin(&scene, by_number);
    open_session(&scene, &(struct http_options){.connections = 1});
    struct many *many = open_many(&scene);
    run_many(&scene, many);
    for (unsigned i = 1; i <= MANY; i++) {
        snprintf(target, sizeof target, "/pr/%u", MANY - i + 1);
        assert_string_equal(server_asked(&scene.server, i)->target, target);
    }
    close_many(many);
    end(&scene);
}

static void nothing_to_fetch_is_fine(void **state)
{
    (void)state;
    struct scene scene;
    struct err err;
    begin(&scene, by_number);
    assert_ok(transfer_run(scene.http, NULL, 0, &err));
    assert_int_equal(scene.server.requests, 0);
    end(&scene);
}

static void many_complete_parts_take_no_time(void **state)
{
    (void)state;
    for (unsigned connections = 1; connections <= 4; connections += 3) {
        struct scene scene;
        struct timespec before, after;
        struct err err;
        begin(&scene, by_number);
        open_session(&scene, &(struct http_options){.connections = connections});
        struct many *many = open_many(&scene);
        for (unsigned i = 0; i < MANY; i++)
            assert_ok(incoming_write(many->transfer[i].in, content, (i + 1) * 1000u, &err));
        clock_gettime(CLOCK_MONOTONIC, &before);
        run_many(&scene, many);
        clock_gettime(CLOCK_MONOTONIC, &after);
        assert_in_range(after.tv_sec - before.tv_sec, 0, 1);
        assert_int_equal(scene.server.requests, 0);
        for (unsigned i = 0; i < MANY; i++)
            assert_int_equal(many->transfer[i].result, TRANSFER_DONE);
        close_many(many);
        end(&scene);
    }
}

static void a_session_serves_more_than_one_run(void **state)
{
    (void)state;
    struct scene scene;
    struct err err;
    struct http_answer answer;
    begin(&scene, by_number);
    struct many *many = open_many(&scene);
    run_many(&scene, many);
    for (unsigned i = 0; i < MANY; i++)
        assert_ok(incoming_restart(many->transfer[i].in, &err));
    run_many(&scene, many);
    assert_all_done(many);
    assert_ok(http_get(scene.http, "7", NULL, MIB, &answer, &err));
    assert_int_equal(answer.body.len, 7000);
    http_answer_clear(&answer);
    assert_int_equal(scene.server.requests, 2 * MANY + 1);
    close_many(many);
    end(&scene);
}

/* --- failures --- */

/* 3 is missing, 5 forbidden, 7 wrong, 9 busy for ever. */
static void some_fail(struct request *request)
{
    switch (number_of(request)) {
    case 3:
        server_text(request, "404 Not Found", "", "");
        break;
    case 5:
        server_text(request, "403 Forbidden", "", "");
        break;
    case 7:
        server_file(request, other, 7000, "\"v1\"");
        break;
    case 9:
        server_text(request, "503 Busy", "", "");
        break;
    default:
        by_number(request);
    }
}

static void one_failure_does_not_stop_the_others(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, some_fail);
    struct many *many = open_many(&scene);
    run_many(&scene, many);
    for (unsigned i = 1; i <= MANY; i++) {
        const struct transfer *transfer = &many->transfer[i - 1];
        if (i != 3 && i != 5 && i != 7 && i != 9)
            assert_int_equal(transfer->result, TRANSFER_DONE);
    }
    assert_int_equal(many->transfer[2].result, TRANSFER_ABSENT);
    assert_int_equal(many->transfer[4].result, TRANSFER_FAILED);
    assert_int_equal(many->transfer[4].err.code, ERR_UPSTREAM);
    assert_int_equal(many->transfer[6].result, TRANSFER_FAILED);
    assert_int_equal(many->transfer[6].err.code, ERR_NOT_GENUINE);
    assert_int_equal(many->transfer[6].requests, 2);
    assert_int_equal(many->transfer[8].result, TRANSFER_FAILED);
    assert_int_equal(many->transfer[8].err.code, ERR_UPSTREAM);
    assert_int_equal(many->transfer[8].requests, 3);
    close_many(many);
    end(&scene);
}

/* File 20 says that it is larger than any disk. */
static void one_is_huge(struct request *request)
{
    if (number_of(request) == 20)
        server_head(request, "HTTP/1.1 200 OK\r\nContent-Length: %" PRIu64 "\r\n", (uint64_t)1 << 60);
    else
        by_number(request);
    if (number_of(request) == 20)
        server_stall(request);
}

static void no_space_stops_all(void **state)
{
    (void)state;
    for (unsigned connections = 1; connections <= 4; connections += 3) {
        struct scene scene;
        unsigned done = 0;
        begin(&scene, one_is_huge);
        open_session(&scene, &(struct http_options){.connections = connections});
        struct many *many = open_many(&scene);
        many->transfer[19].expect_bytes = (uint64_t)1 << 60;
        run_many(&scene, many);
        for (unsigned i = 0; i < MANY; i++) {
            const struct transfer *transfer = &many->transfer[i];
            done += transfer->result == TRANSFER_DONE;
            if (transfer->result == TRANSFER_DONE)
                continue;
            assert_int_equal(transfer->result, TRANSFER_FAILED);
            assert_int_equal(transfer->err.code, ERR_NO_SPACE);
            assert_non_null(strstr(transfer->err.msg, "bytes are missing"));
        }
        if (connections == 1)
            assert_int_equal(scene.server.requests, 1);
        assert_in_range(done, 0, MANY - 1);
        close_many(many);
        end(&scene);
    }
}

/* --- file:// --- */

static void write_file(const char *folder, const char *name, const void *bytes, size_t len)
{
    char path[200];
    struct err err;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    AUTO_FD fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_ok(fs_write_all(fd, bytes, len, path, &err));
}

/* A session with a folder of this machine that holds "x". */
static void begin_with_folder(struct scene *scene, char *folder)
{
    char base[100];
    strcpy(folder, "/tmp/ringmgr-files-XXXXXX");
    assert_non_null(mkdtemp(folder));
    write_file(folder, "x", content, sizeof content);
    snprintf(base, sizeof base, "file://%s", folder);
    begin(scene, by_number);
    open_session(scene, &(struct http_options){.base = base});
}

static void end_with_folder(struct scene *scene, const char *folder)
{
    char path[200];
    snprintf(path, sizeof path, "%s/x", folder);
    if (remove(path) != 0 || rmdir(folder) != 0)
        fail_msg("%s stays", folder);
    end(scene);
}

static void files_of_this_machine_arrive(void **state)
{
    (void)state;
    struct scene scene;
    char folder[40];
    begin_with_folder(&scene, folder);
    assert_int_equal(run(&scene), TRANSFER_DONE);
    assert_holds(&scene.transfer, content, sizeof content);
    assert_int_equal(scene.transfer.fetched_bytes, CONTENT_BYTES);
    end_with_folder(&scene, folder);
}

static void files_of_this_machine_are_continued(void **state)
{
    (void)state;
    struct scene scene;
    struct err err;
    char folder[40];
    begin_with_folder(&scene, folder);
    assert_int_equal(run(&scene), TRANSFER_DONE);
    char *validator AUTO_FREE = mem_strdup(incoming_validator(scene.transfer.in));
    assert_non_null(validator);
    leave(&scene, content, 3 * MIB, validator);
    assert_int_equal(run(&scene), TRANSFER_DONE);
    assert_holds(&scene.transfer, content, sizeof content);
    assert_int_equal(scene.transfer.fetched_bytes, CONTENT_BYTES - 3 * MIB);
    leave(&scene, content, sizeof content, validator);
    scene.transfer.expect_bytes = TRANSFER_SIZE_UNKNOWN;
    assert_int_equal(run(&scene), TRANSFER_DONE);
    assert_int_equal(scene.transfer.fetched_bytes, 0);
    assert_ok(incoming_restart(scene.transfer.in, &err));
    leave(&scene, other, 3 * MIB, "\"another file\"");
    assert_int_equal(run(&scene), TRANSFER_DONE);
    assert_holds(&scene.transfer, content, sizeof content);
    end_with_folder(&scene, folder);
}

static void what_is_no_file_of_this_machine(void **state)
{
    (void)state;
    struct scene scene;
    char folder[40], path[60];
    begin_with_folder(&scene, folder);
    scene.transfer.path = "absent";
    assert_int_equal(run(&scene), TRANSFER_ABSENT);
    scene.transfer.path = "x";
    write_file(folder, "x", content, 1000);
    assert_failed(&scene, ERR_NOT_GENUINE, "1000 bytes where 4194625 are expected");
    snprintf(path, sizeof path, "%s/x", folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0755), 0);
    assert_failed(&scene, ERR_UPSTREAM, "/x: Is a directory");
    end_with_folder(&scene, folder);
}

/* --- what it costs --- */

enum { LARGE_MIB = 160 };

static void large(struct request *request)
{
    server_head(request, "HTTP/1.1 200 OK\r\nContent-Length: %" PRIu64 "\r\n", (uint64_t)LARGE_MIB * MIB);
    for (int i = 0; i < LARGE_MIB; i++)
        server_send(request, content, MIB);
}

static uint64_t anonymous_kib(void)
{
    struct err err;
    AUTO_BUF text = {0};
    AUTO_FD dir = open("/proc/self", O_RDONLY | O_DIRECTORY);
    assert_ok(fs_read_file(dir, "status", MIB, &text, &err));
    const char *line = strstr(buf_text(&text), "RssAnon:");
    assert_non_null(line);
    return strtoull(line + strlen("RssAnon:"), NULL, 10);
}

struct watch {
    atomic_bool over;
    atomic_uint_fast64_t most_kib;
};

static void *watch_memory(void *data)
{
    struct watch *watch = data;
    while (!watch->over) {
        uint64_t now = anonymous_kib();
        if (now > watch->most_kib)
            watch->most_kib = now;
        usleep(5000);
    }
    return NULL;
}

/* Sanitizers keep freed memory for a while. */
#if defined(__has_feature)
#define BUILT_WITH(sanitizer) __has_feature(sanitizer)
#else
#define BUILT_WITH(sanitizer) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || BUILT_WITH(address_sanitizer) ||        \
    BUILT_WITH(thread_sanitizer)
enum { GROWTH_KIB = 128 * KIB };
#else
enum { GROWTH_KIB = 8 * KIB };
#endif

/* The most anonymous memory while 4 × 160 MiB arrive. */
static void memory_does_not_grow_with_the_files(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d"};
    struct transfer transfer[4];
    struct scene scene;
    struct err err;
    begin(&scene, large);
    for (int i = 0; i < 4; i++) {
        transfer[i] = transfer_of(&scene, names[i], names[i]);
        transfer[i].expect = NULL;
        transfer[i].expect_bytes = (uint64_t)LARGE_MIB * MIB;
    }
    struct watch watch = {0};
    pthread_t watcher;
    uint64_t before = anonymous_kib();
    assert_int_equal(pthread_create(&watcher, NULL, watch_memory, &watch), 0);
    bool ran = transfer_run(scene.http, transfer, 4, &err);
    watch.over = true;
    pthread_join(watcher, NULL);
    assert_ok(ran);
    assert_in_range(watch.most_kib, 1, before + GROWTH_KIB);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(transfer[i].result, TRANSFER_DONE);
        assert_int_equal(incoming_bytes(transfer[i].in), (uint64_t)LARGE_MIB * MIB);
        incoming_abort(transfer[i].in);
    }
    end(&scene);
}

static void slowly(struct request *request)
{
    size_t offset = server_file_head(request, sizeof content, "\"v1\"");
    for (; offset < sizeof content; offset += MIB) {
        size_t len = sizeof content - offset;
        server_send(request, content + offset, len < MIB ? len : MIB);
        usleep(500 * 1000);
    }
}

/* What goes to stderr during a run. */
static char *said_while_running(struct scene *scene)
{
    char text[4096] = "";
    FILE *file = tmpfile();
    assert_non_null(file);
    fflush(stderr);
    int old = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    enum transfer_result result = run(scene);
    dup2(old, STDERR_FILENO);
    close(old);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    assert_int_equal(result, TRANSFER_DONE);
    return mem_strdup(text);
}

static unsigned count(const char *text, const char *what)
{
    unsigned found = 0;
    while ((text = strstr(text, what))) {
        found++;
        text++;
    }
    return found;
}

static void progress_is_said_once_a_second(void **state)
{
    (void)state;
    static const struct log verbose = {.level = LOG_VERBOSE};
    struct scene scene;
    begin(&scene, slowly);
    open_session(&scene, &(struct http_options){.log = &verbose});
    char *said AUTO_FREE = said_while_running(&scene);
    assert_in_range(count(said, "left\n"), 1, 3);
    assert_non_null(strstr(said, "1 file: "));
    assert_non_null(strstr(said, " of 4.2 MB, "));
    assert_int_equal(count(said, "fetched x: 4194625 bytes"), 1);
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_files_arrive_and_none_is_asked_twice),
        cmocka_unit_test(no_more_connections_than_allowed),
        cmocka_unit_test(the_largest_come_first),
        cmocka_unit_test(nothing_to_fetch_is_fine),
        cmocka_unit_test(many_complete_parts_take_no_time),
        cmocka_unit_test(a_session_serves_more_than_one_run),
        cmocka_unit_test(one_failure_does_not_stop_the_others),
        cmocka_unit_test(no_space_stops_all),
        cmocka_unit_test(files_of_this_machine_arrive),
        cmocka_unit_test(files_of_this_machine_are_continued),
        cmocka_unit_test(what_is_no_file_of_this_machine),
        cmocka_unit_test(memory_does_not_grow_with_the_files),
        cmocka_unit_test(progress_is_said_once_a_second),
    };
    return cmocka_run_group_tests(tests, make_contents, NULL);
}

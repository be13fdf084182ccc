/* Documents that go back to who asked: written there, and what fails there fails here. */
#include "test.h"

#include "ringmgr/app/output_channel.h"
#include <pthread.h>
#include <sys/socket.h>

struct there {
    int channel;
    char seen[256];
    bool fails;
};

static bool write_there(void *context, const struct document *document, struct err *err)
{
    struct there *there = context;
    size_t used = strlen(there->seen);
    snprintf(there->seen + used, sizeof there->seen - used, "%s=%s;", document->path,
             buf_text(&document->bytes));
    return !there->fails || err_set(err, ERR_NO_SPACE, "no room for %s", document->path);
}

static bool check_there(void *context, const struct documents *documents, struct err *err)
{
    struct there *there = context;
    for (size_t i = 0; i < documents->len; i++) {
        size_t used = strlen(there->seen);
        snprintf(there->seen + used, sizeof there->seen - used, "%s?", documents->item[i].path);
    }
    return !there->fails || err_set(err, ERR_USAGE, "not empty");
}

static void *serve(void *context)
{
    static const struct output_channel_acts acts = {write_there, check_there};
    struct there *there = context;
    struct err err = {0};
    bool open = true;
    while (open && output_channel_serve(there->channel, &acts, there, &open, &err))
        ;
    return NULL;
}

struct scene {
    struct there there;
    int channel;
    pthread_t thread;
};

static void begin(struct scene *scene, bool fails)
{
    int fd[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
    *scene = (struct scene){.there = {.channel = fd[1], .fails = fails}, .channel = fd[0]};
    assert_int_equal(pthread_create(&scene->thread, NULL, serve, &scene->there), 0);
}

static void end(struct scene *scene)
{
    close(scene->channel);
    pthread_join(scene->thread, NULL);
    close(scene->there.channel);
}

static void documents_arrive_one_by_one(void **state)
{
    struct documents documents AUTO(documents_clear) = {0};
    struct scene scene;
    struct err err = {0};
    (void)state;
    begin(&scene, false);
    buf_puts(documents_add(&documents, "a/README.txt"), "text");
    documents_add(&documents, "empty");
    assert_ok(output_channel_check(scene.channel, &documents, &err));
    for (size_t i = 0; i < documents.len; i++)
        assert_ok(
            output_channel_write(scene.channel, documents.item[i].path, &documents.item[i].bytes, &err));
    end(&scene);
    assert_string_equal(scene.there.seen, "a/README.txt?empty?a/README.txt=text;empty=;");
}

static void what_fails_there_fails_here(void **state)
{
    AUTO_BUF bytes = {0};
    struct documents none = {0};
    struct scene scene;
    struct err err = {0};
    (void)state;
    begin(&scene, true);
    assert_fails(output_channel_write(scene.channel, "x", &bytes, &err), ERR_NO_SPACE);
    assert_string_equal(err.msg, "no room for x");
    assert_fails(output_channel_check(scene.channel, &none, &err), ERR_USAGE);
    assert_string_equal(err.msg, "not empty");
    end(&scene);
}

static void nobody_there_is_an_error(void **state)
{
    AUTO_BUF bytes = {0};
    struct err err = {0};
    int fd[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
    shutdown(fd[1], SHUT_WR); /* takes the question and never answers */
    assert_fails(output_channel_write(fd[0], "x", &bytes, &err), ERR_FAILED);
    close(fd[1]);
    assert_fails(output_channel_write(fd[0], "x", &bytes, &err), ERR_FAILED);
    close(fd[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_arrive_one_by_one),
        cmocka_unit_test(what_fails_there_fails_here),
        cmocka_unit_test(nobody_there_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

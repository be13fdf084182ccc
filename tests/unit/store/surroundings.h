/* What the store tests stand on: a fresh folder, a store in it, and a kernel that says no. */
#ifndef RINGMGR_TESTS_UNIT_STORE_SURROUNDINGS_H
#define RINGMGR_TESTS_UNIT_STORE_SURROUNDINGS_H

#include "test.h"

#include "ringmgr/base/mem.h"
#include "ringmgr/store/incoming.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct place {
    char path[200];
    int dir;
    struct store *store;
};

/* A folder of its own for one test, with an open store. */
static inline int set_up(void **state)
{
    struct err err = {0};
    const char *tmp = getenv("TMPDIR");
    struct place *place = mem_new(1, sizeof *place);
    snprintf(place->path, sizeof place->path, "%.150s/ringmgr-store-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(place->path))
        return -1;
    place->dir = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (place->dir < 0 || !store_open(place->path, false, &place->store, &err))
        return -1;
    *state = place;
    return 0;
}

static inline int tear_down(void **state)
{
    struct place *place = *state;
    struct err err;
    AUTO_STRV names = {0};
    store_close(place->store);
    if (fs_list(place->dir, ".", &names, &err))
        for (size_t i = 0; i < names.len; i++)
            if (!fs_remove_tree(place->dir, names.item[i], &err))
                fprintf(stderr, "%s\n", err.msg);
    close(place->dir);
    rmdir(place->path);
    free(place);
    return 0;
}

/* Puts `text` into the store. */
static inline struct digest put(struct store *store, const char *text)
{
    struct err err;
    struct incoming *in;
    struct digest digest;
    assert_ok(incoming_open(store, "put", &in, &err));
    assert_ok(incoming_write(in, text, strlen(text), &err));
    assert_ok(incoming_commit(in, &digest, &err));
    return digest;
}

/* The path of an object below the store. */
static inline const char *object_path(const struct digest *digest)
{
    static char path[100];
    char text[DIGEST_TEXT_SIZE];
    digest_format(digest, text);
    snprintf(path, sizeof path, "objects/%.2s/%s", text, text);
    return path;
}

static inline bool exists(const struct place *place, const char *path)
{
    return faccessat(place->dir, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline struct stat stat_of(const struct place *place, const char *path)
{
    struct stat st;
    if (fstatat(place->dir, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
        fail_msg("%s is missing", path);
    return st;
}

static inline void assert_content(const struct place *place, const char *path, const char *text)
{
    struct err err;
    AUTO_BUF content = {0};
    assert_ok(fs_read_file(place->dir, path, 1 << 20, &content, &err));
    assert_string_equal(buf_text(&content), text);
}

/* From here on, in this process, the system call `number` fails with `errnum` (seccomp(2)). */
static inline void refuse(long number, int errnum)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)errnum),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
        _exit(77);
}

/*
 * Runs `body` in a child, where it may refuse() things, become somebody else or be killed. It returns NULL if
 * all was well, else what was not.
 */
static inline void in_child(const char *(*body)(struct place *), struct place *place)
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        const char *wrong = body(place);
        if (wrong)
            fprintf(stderr, "%s\n", wrong);
        _exit(wrong ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        test_missing("what the child needs (seccomp, root or a mount)");
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#endif

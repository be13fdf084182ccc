/* A store with a few objects and a share beside it, in a folder of the test's own. */
#ifndef RINGMGR_TESTS_UNIT_SHARES_WORLD_H
#define RINGMGR_TESTS_UNIT_SHARES_WORLD_H

#include "ringmgr/base/mem.h"
#include "ringmgr/store/incoming.h"
#include "shares/publish.h"
#include "test.h"
#include <errno.h>

#define OLD_BUILD "16.0.20131.20150"
#define NEW_BUILD "16.0.20228.20188"

enum { FILES = 5 };

struct world {
    char path[64];
    struct store *store;
    struct tree tree;
    struct share_file old_files[FILES], new_files[FILES];
    struct publication old_build, new_build;
};

static inline struct digest world_object(struct world *world, const char *content)
{
    struct incoming *in;
    struct digest digest;
    struct err err = {0};
    assert_ok(incoming_open(world->store, "object", &in, &err));
    assert_ok(incoming_write(in, content, strlen(content), &err));
    assert_ok(incoming_commit(in, &digest, &err));
    return digest;
}

/* Five files of a build: both descriptors and three in its folder. */
static inline void world_build(struct world *world, const char *build, const char *id,
                               struct share_file *files, struct publication *publication)
{
    static const char *const before[FILES] = {"v32_", "v64_", "", "", ""};
    static const char *const after[FILES] = {".cab", ".cab", "/s640.cab", "/i640.cab", "/s320.cab"};
    for (int i = 0; i < FILES; i++) {
        char path[128], content[256];
        snprintf(path, sizeof path, "%s%s%s", before[i], build, after[i]);
        snprintf(content, sizeof content, "content of %s", path);
        files[i] = (struct share_file){strdup(path), world_object(world, content), strlen(content)};
    }
    *publication = (struct publication){.id = id,
                                        .build = build,
                                        .file = files,
                                        .files = FILES,
                                        .architectures = ARCH_X64 | ARCH_X86,
                                        .link = LINK_HARD,
                                        .now_unix = 1785000000};
}

static inline int world_setup(void **state)
{
    struct world *world = mem_new(1, sizeof *world);
    struct err err = {0};
    char path[128];
    strcpy(world->path, "/tmp/ringmgr-shares-XXXXXX");
    assert_non_null(mkdtemp(world->path));
    snprintf(path, sizeof path, "%s/store", world->path);
    assert_int_equal(mkdir(path, 0755), 0);
    assert_ok(store_open(path, false, &world->store, &err));
    snprintf(path, sizeof path, "%s/share", world->path);
    assert_int_equal(mkdir(path, 0755), 0);
    assert_ok(tree_open(path, true, &world->tree, &err));
    world_build(world, OLD_BUILD, "11111111", world->old_files, &world->old_build);
    world_build(world, NEW_BUILD, "22222222", world->new_files, &world->new_build);
    *state = world;
    return 0;
}

static inline int world_teardown(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    tree_close(&world->tree);
    store_close(world->store);
    for (int i = 0; i < FILES; i++) {
        free((char *)world->old_files[i].path);
        free((char *)world->new_files[i].path);
    }
    int tmp = open("/tmp", O_RDONLY | O_DIRECTORY);
    assert_ok(fs_remove_tree(tmp, world->path + strlen("/tmp/"), &err));
    close(tmp);
    free(world);
    return 0;
}

static inline struct stat world_stat(const struct world *world, const char *path)
{
    struct stat st;
    if (fstatat(world->tree.data, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
        fail_msg("%s: %s", path, strerror(errno));
    return st;
}

static inline bool world_exists(const struct world *world, const char *path)
{
    struct stat st;
    return fstatat(world->tree.data, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline void world_write(const struct world *world, const char *path, const char *content)
{
    unlinkat(world->tree.data, path, 0);
    int fd = openat(world->tree.data, path, O_WRONLY | O_CREAT | O_EXCL, 0444);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    close(fd);
}

static inline struct digest world_pointer(const struct world *world, enum architecture architecture)
{
    struct tree_pointer pointer;
    struct err err = {0};
    assert_ok(tree_pointer_read(&world->tree, architecture, &pointer, &err));
    assert_true(pointer.present);
    return pointer.digest;
}

/* The pointer names the build whose files these are. */
static inline void assert_points_to(const struct world *world, const struct share_file *files)
{
    struct digest x86 = world_pointer(world, ARCH_X86), x64 = world_pointer(world, ARCH_X64);
    assert_true(digest_equal(&x86, &files[0].digest));
    assert_true(digest_equal(&x64, &files[1].digest));
}

#endif

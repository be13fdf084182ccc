/* A state in a folder of its own, made before each test and removed after it. */
#ifndef RINGMGR_TESTS_UNIT_STATE_WORLD_H
#define RINGMGR_TESTS_UNIT_STATE_WORLD_H

#include "test.h"

#include <sqlite3.h>
#include <sys/wait.h>

#include "ringmgr/base/digest.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/channel.h"
#include "ringmgr/c2r/version.h"
#include "ringmgr/state/db.h"

struct world {
    char *path;
    struct state *state;
};

static inline struct world *world_new(void)
{
    struct err err = {0};
    struct world *world = mem_new(1, sizeof *world);
    world->path = mem_strdup("/tmp/ringmgr-state-XXXXXX");
    assert_non_null(mkdtemp(world->path));
    assert_ok(state_open(world->path, STATE_WRITE, &world->state, &err));
    return world;
}

static inline void world_free(struct world *world)
{
    struct err err = {0};
    state_close(world->state);
    int root = open("/tmp", O_RDONLY | O_DIRECTORY);
    assert_ok(fs_remove_tree(root, world->path + strlen("/tmp/"), &err));
    close(root);
    free(world->path);
    free(world);
}

static inline int world_make(void **out)
{
    *out = world_new();
    return 0;
}

static inline int world_remove(void **out)
{
    world_free(*out);
    return 0;
}

#define world_test(function) cmocka_unit_test_setup_teardown(function, world_make, world_remove)

/* Does SQL through a connection of its own, as somebody with an editor would. */
static inline void raw_sql(const struct world *world, const char *sql)
{
    char path[128], *why = NULL;
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/ringmgr.db", world->path);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s in %s", why, sql);
    sqlite3_close(db);
}

static inline struct build build_of(const char *text)
{
    struct err err = {0};
    struct build build;
    assert_ok(build_parse(text, &build, &err));
    return build;
}

static inline const struct channel *mec(void)
{
    return channel_find("MonthlyEnterprise");
}

static inline const struct channel *current(void)
{
    return channel_find("Current");
}

static inline struct digest digest_of_text(const char *text)
{
    return digest_of(text, strlen(text));
}

/* A transaction of the test; `err` is the test's. */
#define begin(world)  assert_ok(state_begin((world)->state, &err))
#define commit(world) assert_ok(state_commit((world)->state, &err))

/* Waits for a child; its exit status, or 128 + the signal that ended it. */
static inline int status_of(pid_t pid)
{
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif

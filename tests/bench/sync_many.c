/*
 * sync_many CONF COUNT: calls ops/sync COUNT times in one process, as a service would over years, and prints
 * how many descriptors it had open after the first hundred and at the end, what the first and the last
 * hundred took, and how the anonymous memory grew: "descriptors: N, N; first 100: N ms, last 100: N ms; after
 * 100: N KiB, after COUNT: N KiB, growth: N KiB". Ends 1 if a sync fails.
 */
#include "ringmgr/app/settings.h"
#include "ringmgr/app/settings_support.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/sync.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long rss_anon_kib(void)
{
    char line[256];
    long kib = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, "RssAnon:", 8) == 0)
            kib = strtol(line + 8, NULL, 10);
    if (status)
        fclose(status);
    return kib;
}

static int open_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool sync_once(const struct job *job, struct err *err)
{
    const struct ring *rings[] = {&job->settings->ring[0], NULL};
    const struct sync_options options = {.rings = rings};
    struct sync sync;
    bool ok = sync_run(job, &options, &sync, err);
    sync_clear(&sync);
    return ok;
}

static bool run(const struct settings *settings, long count, struct err *err)
{
    struct state *state AUTO(state_auto_close)
    = NULL;
    struct store *store AUTO(store_auto_close)
    = NULL;
    const struct log log = {.level = LOG_QUIET};
    long after_first = 0, first_ms = 0, last_ms = 0, began_ms = now_ms();
    int descriptors = 0;
    if (!state_open(settings->state, STATE_WRITE, &state, err) ||
        !store_open(settings->store, false, &store, err))
        return false;
    struct support_rules rules AUTO(support_rules_clear) = {0};
    if (!settings_load_support(settings, &rules, err))
        return false;
    const struct job job = {.settings = settings,
                            .support = &rules,
                            .store = store,
                            .state = state,
                            .log = &log,
                            .service_uid = geteuid(),
                            .command = "sync_many",
                            .wait_ms = 1000};
    for (long i = 1; i <= count; i++) {
        if (!sync_once(&job, err))
            return err_prefix(err, "sync %ld", i);
        if (i == 100) { /* by then SQLite and libcurl have what they keep */
            after_first = rss_anon_kib();
            first_ms = now_ms() - began_ms;
            descriptors = open_descriptors();
        }
        if (i == count - 100)
            last_ms = now_ms();
    }
    long at_end = rss_anon_kib();
    printf("descriptors: %d, %d; first 100: %ld ms, last 100: %ld ms; ", descriptors, open_descriptors(),
           first_ms, now_ms() - last_ms);
    printf("after 100: %ld KiB, after %ld: %ld KiB, growth: %ld KiB\n", after_first, count, at_end,
           at_end - after_first);
    return true;
}

int main(int argc, char **argv)
{
    struct settings settings AUTO(settings_clear) = {0};
    struct settings_problems problems AUTO(settings_problems_clear) = {0};
    struct err err = {0};
    if (argc != 3) {
        fputs("usage: sync_many CONF COUNT\n", stderr);
        return 2;
    }
    if (settings_read(argv[1], &settings, &problems, &err) && run(&settings, strtol(argv[2], NULL, 10), &err))
        return 0;
    fprintf(stderr, "sync_many: %s\n", err.msg);
    return 1;
}

#include "ringmgr/base/hashpool.h"
#include "ringmgr/base/fs.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 32 };

struct pool {
    hashpool_open *open_file;
    void *context;
    size_t count;
    atomic_size_t next;
    uint64_t rate_limit; /* bytes a second; 0: none */
    struct timespec begun;
    atomic_uint_fast64_t bytes; /* of all threads */
    struct hash_result *result;
};

/* Sleeps until so many bytes may have been read. */
static void wait_for_turn(void *context, size_t len)
{
    struct pool *pool = context;
    uint64_t bytes = atomic_fetch_add(&pool->bytes, len) + len;
    uint64_t seconds = bytes / pool->rate_limit;
    struct timespec due = pool->begun;
    due.tv_sec += (time_t)seconds;
    due.tv_nsec += (long)((double)(bytes % pool->rate_limit) / (double)pool->rate_limit * 1e9);
    if (due.tv_nsec >= 1000000000) {
        due.tv_nsec -= 1000000000;
        due.tv_sec++;
    }
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

static void hash_one(struct pool *pool, size_t index)
{
    struct hash_result *result = &pool->result[index];
    *result = (struct hash_result){0};
    AUTO_FD fd = pool->open_file(pool->context, index, &result->err);
    if (fd >= 0)
        result->ok = digest_of_file_at_pace(fd, pool->rate_limit ? wait_for_turn : NULL, pool,
                                            &result->digest, &result->bytes, &result->err);
}

static void *work(void *argument)
{
    struct pool *pool = argument;
    size_t index;
    while ((index = atomic_fetch_add(&pool->next, 1)) < pool->count)
        hash_one(pool, index);
    return NULL;
}

void hashpool_run(hashpool_open *open_file, void *context, size_t count, unsigned threads,
                  uint64_t rate_limit, struct hash_result *result)
{
    struct pool pool = {.open_file = open_file,
                        .context = context,
                        .count = count,
                        .rate_limit = rate_limit,
                        .result = result};
    clock_gettime(CLOCK_MONOTONIC, &pool.begun);
    pthread_t thread[THREADS_MAX];
    unsigned started = 0;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (threads == 0)
        threads = cores > 0 ? (unsigned)cores : 1;
    while (started + 1 < threads && started < THREADS_MAX && started + 1 < count)
        if (pthread_create(&thread[started], NULL, work, &pool) == 0)
            started++;
        else
            break;
    work(&pool); /* this thread works too, and alone where no other can be made */
    while (started > 0)
        pthread_join(thread[--started], NULL);
}

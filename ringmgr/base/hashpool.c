#include "ringmgr/base/hashpool.h"
#include "ringmgr/base/fs.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { THREADS_MAX = 32 };

struct pool {
    hashpool_open *open_file;
    void *context;
    size_t count;
    atomic_size_t next;
    struct hash_result *result;
};

static void hash_one(struct pool *pool, size_t index)
{
    struct hash_result *result = &pool->result[index];
    *result = (struct hash_result){0};
    AUTO_FD fd = pool->open_file(pool->context, index, &result->err);
    if (fd >= 0)
        result->ok = digest_of_file(fd, &result->digest, &result->bytes, &result->err);
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
                  struct hash_result *result)
{
    struct pool pool = {.open_file = open_file, .context = context, .count = count, .result = result};
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

#include "ringmgr/ops/soundness.h"
#include "ringmgr/base/hashpool.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void soundness_add(struct soundness *soundness, const struct digest *digest, uint64_t bytes)
{
    soundness->object = mem_grow(soundness->object, soundness->objects, sizeof *soundness->object);
    soundness->object[soundness->objects++] = (struct sized_object){*digest, bytes};
}

static int by_digest(const void *a, const void *b)
{
    return memcmp(((const struct sized_object *)a)->digest.byte,
                  ((const struct sized_object *)b)->digest.byte, DIGEST_BYTES);
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = ((const struct sized_object *)a)->bytes, y = ((const struct sized_object *)b)->bytes;
    return (x < y) - (x > y);
}

/* Each once, largest first. */
static void sort(struct soundness *soundness)
{
    if (soundness->objects == 0)
        return;
    qsort(soundness->object, soundness->objects, sizeof *soundness->object, by_digest);
    size_t distinct = 1;
    for (size_t i = 1; i < soundness->objects; i++)
        if (by_digest(&soundness->object[i], &soundness->object[distinct - 1]) != 0)
            soundness->object[distinct++] = soundness->object[i];
    soundness->objects = distinct;
    qsort(soundness->object, soundness->objects, sizeof *soundness->object, by_size);
}

struct reading {
    const struct store *store;
    const struct soundness *soundness;
};

static int open_object(void *context, size_t index, struct err *err)
{
    const struct reading *reading = context;
    return store_open_object(reading->store, &reading->soundness->object[index].digest, err);
}

static void note(struct digest **list, size_t *len, const struct digest *digest)
{
    *list = mem_grow(*list, *len, sizeof **list);
    (*list)[(*len)++] = *digest;
}

/* Damaged is what was read and is not its name, or is not there. */
static bool judge(const struct job *job, struct soundness *soundness, const struct digest *digest,
                  const struct hash_result *result, bool evict, struct err *err)
{
    struct err again = {0};
    if (!result->ok && result->err.sys != ENOENT) {
        *err = result->err;
        return false;
    }
    if ((result->ok && digest_equal(&result->digest, digest)) ||
        store_check_object(job->store, digest,
                           &again)) { /* a passing error, or a sync has fetched it meanwhile */
        note(&soundness->sound, &soundness->sound_len, digest);
        return true;
    }
    note(&soundness->damaged, &soundness->damaged_len, digest);
    if (!evict || !result->ok)
        return true;
    soundness->evicted++;
    return store_evict(job->store, digest, err);
}

bool soundness_check(const struct job *job, struct soundness *soundness, bool evict, struct err *err)
{
    sort(soundness);
    struct reading reading = {job->store, soundness};
    struct hash_result *result AUTO_FREE = mem_new(soundness->objects, sizeof *result);
    hashpool_run(open_object, &reading, soundness->objects, 0, soundness->rate_limit, result);
    for (size_t i = 0; i < soundness->objects; i++)
        if (!judge(job, soundness, &soundness->object[i].digest, &result[i], evict, err))
            return false;
    return true;
}

void soundness_look(const struct job *job, struct soundness *soundness)
{
    sort(soundness);
    for (size_t i = 0; i < soundness->objects; i++) {
        const struct sized_object *object = &soundness->object[i];
        uint64_t bytes;
        if (!store_has(job->store, &object->digest, &bytes) || bytes != object->bytes)
            note(&soundness->damaged, &soundness->damaged_len, &object->digest);
    }
}

void soundness_clear(struct soundness *soundness)
{
    free(soundness->object);
    free(soundness->sound);
    free(soundness->damaged);
    *soundness = (struct soundness){0};
}

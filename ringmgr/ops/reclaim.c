#include "ringmgr/ops/reclaim.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/standing.h"

static bool take_back(const struct job *job, const struct tree *tree, const struct catalog_file *file,
                      bool *taken, struct err *err)
{
    struct stat st;
    *taken = false;
    if (fstatat(tree->data, file->path, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) ||
        (uint64_t)st.st_size != file->bytes)
        return true;
    return store_take_back(job->store, &file->digest, tree->data, file->path, taken, err);
}

static size_t find_damaged(const struct soundness *soundness, const struct digest *digest)
{
    size_t at = 0;
    while (at < soundness->damaged_len && !digest_equal(&soundness->damaged[at], digest))
        at++;
    return at;
}

static void make_sound(struct soundness *soundness, size_t at)
{
    soundness->sound = mem_grow(soundness->sound, soundness->sound_len, sizeof *soundness->sound);
    soundness->sound[soundness->sound_len++] = soundness->damaged[at];
    soundness->damaged[at] = soundness->damaged[--soundness->damaged_len];
}

static bool reclaim_from(const struct job *job, const struct ring *ring, struct soundness *soundness,
                         struct err *err)
{
    struct catalog_files files AUTO(catalog_files_clear) = {0};
    AUTO_TREE tree = TREE_CLOSED;
    struct err unread = {0};
    if (!tree_open(ring->path, false, &tree, &unread) || tree.data < 0)
        return true;
    if (!standing_files(job, ring, &files, err))
        return false;
    for (size_t i = 0; i < files.len && soundness->damaged_len; i++) {
        size_t at = find_damaged(soundness, &files.file[i].digest);
        bool taken;
        if (at == soundness->damaged_len)
            continue;
        if (!take_back(job, &tree, &files.file[i], &taken, err))
            return err_prefix(err, "take %s back from the share of %s", files.file[i].path, ring->name);
        if (!taken)
            continue;
        log_info(job->log, "%s: the store has its object back, from the share of %s", files.file[i].path,
                 ring->name);
        make_sound(soundness, at);
    }
    return true;
}

bool reclaim_objects(const struct job *job, struct soundness *soundness, struct err *err)
{
    for (size_t i = 0; i < job->settings->rings && soundness->damaged_len; i++)
        if (!reclaim_from(job, &job->settings->ring[i], soundness, err))
            return false;
    return true;
}

#include "ringmgr/ops/damage.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/heal_books.h"
#include "ringmgr/state/catalog.h"

static bool has_damaged(const struct soundness *soundness, const struct catalog_files *files)
{
    for (size_t i = 0; i < files->len; i++)
        for (size_t k = 0; k < soundness->damaged_len; k++)
            if (digest_equal(&files->file[i].digest, &soundness->damaged[k]))
                return true;
    return false;
}

bool damage_list_lost(const struct job *job, const struct ring *ring, const struct soundness *soundness,
                      struct strv *lost, struct err *err)
{
    struct offers offers AUTO(offers_clear) = {0};
    if (soundness->damaged_len == 0)
        return true;
    if (!catalog_offers_standing(job->state, ring->name, &offers, err))
        return false;
    for (size_t i = 0; i < offers.len; i++) {
        struct catalog_files files AUTO(catalog_files_clear) = {0};
        char build[BUILD_TEXT_SIZE];
        build_format(&offers.item[i].build, build);
        if (!catalog_offer_files(job->state, offers.item[i].id, &files, err))
            return false;
        if (has_damaged(soundness, &files) && !strv_has(lost, build))
            strv_add(lost, build);
    }
    return true;
}

static bool tell_ring(const struct job *job, const struct ring *ring, const struct soundness *soundness,
                      struct err *err)
{
    AUTO_STRV lost = {0};
    if (!damage_list_lost(job, ring, soundness, &lost, err))
        return false;
    for (size_t i = 0; i < lost.len; i++)
        if (!heal_books_raise_lost(job, ring, lost.item[i], err))
            return false;
    return true;
}

static void log_damaged(const struct job *job, const struct soundness *soundness)
{
    for (size_t i = 0; i < soundness->damaged_len; i++) {
        char text[DIGEST_TEXT_SIZE];
        digest_format(&soundness->damaged[i], text);
        log_warn(
            job->log,
            "object %s is damaged and was put aside: the next sync fetches it again, if a build needs it",
            text);
    }
}

bool damage_take(const struct job *job, const struct digest *digest, size_t len, struct err *err)
{
    struct soundness soundness AUTO(soundness_clear) = {0};
    for (size_t i = 0; i < len; i++)
        soundness_add(&soundness, &digest[i], 0);
    if (!soundness_check(job, &soundness, true, err))
        return false;
    log_damaged(job, &soundness);
    for (size_t i = 0; i < job->settings->rings; i++)
        if (!tell_ring(job, &job->settings->ring[i], &soundness, err))
            return false;
    return true;
}
